/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <util/qs_units.h>

#include "csv.h"
#include "feed.h"

#define HEADER "time_ns,stream,bytes,deadline_ns,flags"

/* A packet may be many frames; recorded, their overhead counts among its bytes. */
#define BYTES_MAX 16777215

struct feed_file {
	struct feed feed; /* first */
	struct arrival *arrivals;
	size_t count;
	size_t taken;
};

static uint64_t next_ns(struct feed *feed, uint64_t now_ns)
{
	const struct feed_file *f = (struct feed_file *)feed;

	return f->taken < f->count ? f->arrivals[f->taken].time_ns : RTE_QSOCK_NEVER;
}

static bool take(struct feed *feed, uint64_t now_ns, struct arrival *out)
{
	struct feed_file *f = (struct feed_file *)feed;

	if (f->taken == f->count || f->arrivals[f->taken].time_ns > now_ns)
		return false;
	*out = f->arrivals[f->taken++];
	return true;
}

static void left(struct feed *feed, uint32_t stream)
{
}

static void free_feed(struct feed *feed)
{
	struct feed_file *f = (struct feed_file *)feed;

	free(f->arrivals);
	free(f);
}

static int parse_flags(struct csv *csv, const char *text, uint16_t *flags)
{
	static const struct {
		char letter;
		uint16_t flag;
	} letters[] = {
		{'n', RTE_QSOCK_PKT_NON_DROPPABLE},
		{'d', RTE_QSOCK_PKT_DROPPABLE},
		{'s', RTE_QSOCK_PKT_FRAME_START},
		{'e', RTE_QSOCK_PKT_FRAME_END},
	};
	const uint16_t both = RTE_QSOCK_PKT_DROPPABLE | RTE_QSOCK_PKT_NON_DROPPABLE;
	const char *p;
	size_t i;

	*flags = 0;
	for (p = text; *p != '\0'; p++) {
		for (i = 0; i < 4 && letters[i].letter != *p; i++)
			;
		if (i == 4 || (*flags & letters[i].flag) != 0)
			return csv_fail(csv,
					"flags: '%.64s' is not allowed: n or d, s, e, each once, or nothing",
					text);
		*flags |= letters[i].flag;
	}
	if ((*flags & both) == both)
		return csv_fail(csv, "flags: '%.64s' has both n and d: only one of them is allowed", text);
	return 0;
}

static int parse_uint(struct csv *csv, const char *what, const char *text, uint64_t min, uint64_t max,
		      uint64_t *value)
{
	char why[256];

	if (qs_uint_parse(text, min, max, value, why, sizeof(why)) != 0)
		return csv_fail(csv, "%s: %s", what, why);
	return 0;
}

static int parse_row(struct csv *csv, char **fields, const struct qs_config *cfg, struct arrival *a)
{
	int64_t stream;
	uint64_t bytes;

	if (parse_uint(csv, "time_ns", fields[0], 0, SIM_TIME_MAX_NS, &a->time_ns) != 0 ||
	    parse_uint(csv, "bytes", fields[2], 1, BYTES_MAX, &bytes) != 0 ||
	    parse_uint(csv, "deadline_ns", fields[3], 0, SIM_TIME_MAX_NS, &a->deadline_ns) != 0 ||
	    parse_flags(csv, fields[4], &a->flags) != 0)
		return -EINVAL;
	stream = qs_config_stream(cfg, fields[1]);
	if (stream < 0)
		return csv_fail(csv, "stream: '%.64s' does not exist: the name of a [stream NAME] in %s",
				fields[1], cfg->path);
	a->stream = (uint32_t)stream;
	a->bytes = (uint32_t)bytes;
	a->row = csv->line_number;
	return 0;
}

static int append(struct feed_file *f, size_t *room, const struct arrival *a)
{
	struct arrival *grown;

	if (f->count == *room) {
		*room = *room == 0 ? 1024 : *room * 2;
		grown = reallocarray(f->arrivals, *room, sizeof(*grown));
		if (grown == NULL)
			return -ENOMEM;
		f->arrivals = grown;
	}
	f->arrivals[f->count++] = *a;
	return 0;
}

static int read_rows(struct csv *csv, const struct qs_config *cfg, struct feed_file *f)
{
	char *fields[CSV_FIELDS_MAX];
	struct arrival a;
	size_t room = 0;
	int rc;

	while ((rc = csv_next(csv, fields)) > 0) {
		rc = parse_row(csv, fields, cfg, &a);
		if (rc != 0)
			return rc;
		if (f->count > 0 && a.time_ns < f->arrivals[f->count - 1].time_ns)
			return csv_fail(csv,
					"not sorted by time: '%s' is before the line above: %llu or later",
					fields[0], (unsigned long long)f->arrivals[f->count - 1].time_ns);
		if (append(f, &room, &a) != 0) {
			csv_fail(csv, "no memory for more packets");
			return -ENOMEM;
		}
	}
	return rc;
}

static int by_time_stream_row(const void *pa, const void *pb)
{
	const struct arrival *a = pa, *b = pb;

	if (a->time_ns != b->time_ns)
		return a->time_ns < b->time_ns ? -1 : 1;
	if (a->stream != b->stream)
		return a->stream < b->stream ? -1 : 1;
	return a->row < b->row ? -1 : a->row > b->row;
}

int feed_from_file(const char *path, const struct qs_config *cfg, struct feed **out, char *why,
		   size_t why_len)
{
	struct feed_file *f = calloc(1, sizeof(*f));
	struct csv csv;
	int rc;

	if (f == NULL) {
		snprintf(why, why_len, "%s: no memory", path);
		return -ENOMEM;
	}
	f->feed = (struct feed){next_ns, take, left, free_feed};
	rc = csv_open(&csv, path, HEADER, why, why_len);
	if (rc == 0) {
		rc = read_rows(&csv, cfg, f);
		csv_close(&csv);
	}
	if (rc != 0) {
		free_feed(&f->feed);
		return rc;
	}
	/* The file is sorted by time alone; at one time, streams come by number. */
	if (f->count > 1)
		qsort(f->arrivals, f->count, sizeof(*f->arrivals), by_time_stream_row);
	*out = &f->feed;
	return 0;
}
