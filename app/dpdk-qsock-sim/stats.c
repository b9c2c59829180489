/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>

#include "stats.h"

#define SAMPLES_FIRST 16

int stats_init(struct stats *st, uint32_t n_streams)
{
	*st = (struct stats){.n_streams = n_streams, .exact = true};
	st->streams = calloc(n_streams, sizeof(*st->streams));
	return st->streams == NULL ? -ENOMEM : 0;
}

void stats_free(struct stats *st)
{
	uint32_t i;

	for (i = 0; st->streams != NULL && i < st->n_streams; i++) {
		free(st->streams[i].samples);
		free(st->streams[i].histogram);
	}
	free(st->streams);
	st->streams = NULL;
}

/* From exact delays to histograms, for all streams at once. */
static int stats_spill(struct stats *st)
{
	struct stream_stats *s;
	uint64_t k;
	uint32_t i;

	for (i = 0; i < st->n_streams; i++) {
		s = &st->streams[i];
		s->histogram = calloc(1, sizeof(*s->histogram));
		if (s->histogram == NULL)
			return -ENOMEM;
		for (k = 0; k < s->n_samples; k++)
			qs_histogram_add(s->histogram, s->samples[k]);
		free(s->samples);
		s->samples = NULL;
	}
	st->exact = false;
	return 0;
}

/* Samples double when their number is a power of two. */
static int add_sample(struct stream_stats *s, uint64_t delay_ns)
{
	uint64_t n = s->n_samples, room = n < SAMPLES_FIRST ? SAMPLES_FIRST : n * 2;
	uint64_t *grown;

	if (n == 0 || (n >= SAMPLES_FIRST && (n & (n - 1)) == 0)) {
		grown = reallocarray(s->samples, room, sizeof(*grown));
		if (grown == NULL)
			return -ENOMEM;
		s->samples = grown;
	}
	s->samples[s->n_samples++] = delay_ns;
	return 0;
}

static int add_delay(struct stats *st, struct stream_stats *s, uint64_t delay_ns)
{
	if (st->exact && st->n_samples == STATS_SAMPLES_MAX && stats_spill(st) != 0)
		return -ENOMEM;
	st->n_samples++;
	if (st->exact)
		return add_sample(s, delay_ns);
	qs_histogram_add(s->histogram, delay_ns);
	return 0;
}

int stats_event(struct stats *st, const struct rte_qsock_event *ev)
{
	struct stream_stats *s = &st->streams[ev->stream];

	switch (ev->type) {
	case RTE_QSOCK_EV_LATE_DROP:
		s->late_drop++;
		return 0;
	case RTE_QSOCK_EV_FRAME_DROP:
		s->frame_drop++;
		return 0;
	case RTE_QSOCK_EV_QUEUE_DROP:
		s->queue_drop++;
		return 0;
	default:
		s->sent++;
		s->late += ev->late;
		s->bytes += ev->pkt.len_bytes;
		return add_delay(st, s, ev->time_ns - ev->pkt.arrival_ns);
	}
}

uint64_t stats_queued(const struct stream_stats *s)
{
	return s->offered - s->sent - s->late_drop - s->frame_drop - s->queue_drop;
}

static int by_value(const void *pa, const void *pb)
{
	const uint64_t *a = pa, *b = pb;

	return *a < *b ? -1 : *a > *b;
}

/* Nearest rank: the smallest sample that per_mille of 1000 do not exceed. */
static uint64_t percentile(const struct stream_stats *s, uint64_t per_mille)
{
	return s->samples[(s->n_samples * per_mille + 999) / 1000 - 1];
}

void stats_delays(struct stats *st, uint32_t stream, struct delays *out)
{
	struct stream_stats *s = &st->streams[stream];
	const struct qs_histogram *h = s->histogram;
	unsigned __int128 sum = 0;
	uint64_t i;

	*out = (struct delays){.count = s->sent};
	if (s->sent == 0)
		return;
	if (!st->exact) {
		*out = (struct delays){h->count,
				       h->min_ns,
				       qs_histogram_mean(h),
				       qs_histogram_percentile(h, 500),
				       qs_histogram_percentile(h, 990),
				       qs_histogram_percentile(h, 999),
				       h->max_ns};
		return;
	}
	qsort(s->samples, s->n_samples, sizeof(*s->samples), by_value);
	for (i = 0; i < s->n_samples; i++)
		sum += s->samples[i];
	out->min_ns = s->samples[0];
	out->mean_ns = (uint64_t)(sum / s->n_samples);
	out->p50_ns = percentile(s, 500);
	out->p99_ns = percentile(s, 990);
	out->p999_ns = percentile(s, 999);
	out->max_ns = s->samples[s->n_samples - 1];
}
