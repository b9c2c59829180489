/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>

#include <qs_source.h>

#include "feed.h"

struct source {
	const struct qs_stream_config *stream;
	struct qs_source times;
	uint32_t number; /* of its stream */
	uint32_t room;	 /* greedy: free places in its queue */
};

/*
 * A heap of sources by (time, stream). A greedy source is in it with the packets that fill its queue
 * now; otherwise it is in waiting if its queue has room, and its packets arrive with the next decision.
 */
struct feed_sources {
	struct feed feed; /* first */
	struct source *sources;
	struct source **heap;
	struct source **waiting;
	struct source **by_stream; /* greedy ones; NULL for others */
	uint32_t n_sources;
	uint32_t n_heap;
	uint32_t n_waiting;
};

static bool before(const struct source *a, const struct source *b)
{
	return a->times.next_ns != b->times.next_ns ? a->times.next_ns < b->times.next_ns
						    : a->number < b->number;
}

static void sift_down(struct feed_sources *f, uint32_t i)
{
	struct source *s = f->heap[i];
	uint32_t child;

	for (; (child = 2 * i + 1) < f->n_heap; i = child) {
		if (child + 1 < f->n_heap && before(f->heap[child + 1], f->heap[child]))
			child++;
		if (!before(f->heap[child], s))
			break;
		f->heap[i] = f->heap[child];
	}
	f->heap[i] = s;
}

static void push(struct feed_sources *f, struct source *s)
{
	uint32_t i = f->n_heap++;

	for (; i > 0 && before(s, f->heap[(i - 1) / 2]); i = (i - 1) / 2)
		f->heap[i] = f->heap[(i - 1) / 2];
	f->heap[i] = s;
}

static void pop(struct feed_sources *f)
{
	f->heap[0] = f->heap[--f->n_heap];
	if (f->n_heap > 0)
		sift_down(f, 0);
}

static bool is_over(const struct source *s, uint64_t at_ns)
{
	return qs_source_over(s->stream, at_ns);
}

static uint64_t next_ns(struct feed *feed, uint64_t now_ns)
{
	struct feed_sources *f = (struct feed_sources *)feed;

	while (f->n_waiting > 0 && is_over(f->waiting[f->n_waiting - 1], now_ns))
		f->n_waiting--;
	if (f->n_waiting > 0)
		return now_ns;
	return f->n_heap > 0 ? f->heap[0]->times.next_ns : RTE_QSOCK_NEVER;
}

static bool take(struct feed *feed, uint64_t now_ns, struct arrival *out)
{
	struct feed_sources *f = (struct feed_sources *)feed;
	struct source *s;

	while (f->n_waiting > 0) {
		s = f->waiting[--f->n_waiting];
		s->times.next_ns = now_ns;
		if (!is_over(s, now_ns))
			push(f, s);
	}
	if (f->n_heap == 0 || f->heap[0]->times.next_ns > now_ns)
		return false;
	s = f->heap[0];
	*out = (struct arrival){
		.time_ns = s->times.next_ns, .stream = s->number, .bytes = s->stream->packet_bytes};
	if (s->stream->source == QS_SOURCE_GREEDY) {
		if (--s->room == 0)
			pop(f);
		return true;
	}
	qs_source_advance(&s->times, s->stream);
	if (is_over(s, s->times.next_ns))
		pop(f);
	else
		sift_down(f, 0);
	return true;
}

static void left(struct feed *feed, uint32_t stream)
{
	struct feed_sources *f = (struct feed_sources *)feed;
	struct source *s = f->by_stream[stream];

	if (s != NULL && s->room++ == 0)
		f->waiting[f->n_waiting++] = s;
}

static void free_feed(struct feed *feed)
{
	struct feed_sources *f = (struct feed_sources *)feed;

	free(f->sources);
	free(f->heap);
	free(f->waiting);
	free(f->by_stream);
	free(f);
}

static void start(struct feed_sources *f, const struct qs_stream_config *c, uint32_t number)
{
	struct source *s = &f->sources[f->n_sources++];

	s->stream = c;
	s->number = number;
	qs_source_start(&s->times, c);
	if (c->source == QS_SOURCE_GREEDY) {
		s->room = c->conf.queue_packets;
		f->by_stream[number] = s;
	}
	if (!is_over(s, s->times.next_ns))
		push(f, s);
}

static bool has_source(const struct qs_stream_config *c)
{
	return c->source != QS_SOURCE_NONE && c->source != QS_SOURCE_PCAP;
}

int feed_from_sources(const struct qs_config *cfg, struct feed **out, char *why, size_t why_len)
{
	struct feed_sources *f = calloc(1, sizeof(*f));
	uint32_t i, n = cfg->n_streams;

	if (f != NULL) {
		f->feed = (struct feed){next_ns, take, left, free_feed};
		f->sources = calloc(n, sizeof(*f->sources));
		f->heap = calloc(n, sizeof(struct source *));
		f->waiting = calloc(n, sizeof(struct source *));
		f->by_stream = calloc(n, sizeof(struct source *));
	}
	if (f == NULL || f->sources == NULL || f->heap == NULL || f->waiting == NULL ||
	    f->by_stream == NULL) {
		snprintf(why, why_len, "%s: no memory for the sources of %u streams", cfg->path, n);
		if (f != NULL)
			free_feed(&f->feed);
		return -ENOMEM;
	}
	for (i = 0; i < n; i++) {
		if (has_source(&cfg->streams[i]))
			start(f, &cfg->streams[i], i);
	}
	*out = &f->feed;
	return 0;
}
