/* SPDX-License-Identifier: BSD-3-Clause */
/* The ledger of gaps: entered and looked up where something went wrong, never on the way of a packet in time.
 */
#include "obs/qs_stalls.h"

#include <stdbool.h>
#include <string.h>

static inline uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static inline uint64_t most(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* One more gap; one that begins within apart_ns of the latest goes on with that. */
static void ledger_add(struct qs_ledger *l, uint64_t start_ns, uint64_t end_ns, uint64_t apart_ns)
{
	struct qs_gap *gap = &l->gap[(l->count - 1) % QS_LEDGER_GAPS];

	if (l->count == 0 || start_ns - gap->end_ns > apart_ns) {
		gap = &l->gap[l->count++ % QS_LEDGER_GAPS];
		*gap = (struct qs_gap){.start_ns = start_ns};
	}
	gap->end_ns = end_ns;
	gap->away_ns += end_ns - start_ns;
	l->end_ns = end_ns;
	l->reach_ns = most(l->reach_ns, end_ns + gap->away_ns);
}

static uint32_t ledger_kept(const struct qs_ledger *l)
{
	return (uint32_t)least(l->count, QS_LEDGER_GAPS);
}

static bool ledger_blames(const struct qs_ledger *l, uint64_t from_ns, uint64_t missed_ns, uint64_t late_ns)
{
	uint64_t waited_ns = 0;
	uint32_t i;

	for (i = 0; i < ledger_kept(l); i++) {
		const struct qs_gap *gap = &l->gap[i];

		if (missed_ns >= gap->start_ns && missed_ns <= gap->end_ns + gap->away_ns)
			return true;
		if (gap->end_ns > from_ns)
			waited_ns += least(gap->away_ns, gap->end_ns - most(gap->start_ns, from_ns));
	}
	return late_ns != 0 && waited_ns >= late_ns;
}

void qs_stalls_add(struct qs_stalls *s, uint64_t start_ns, uint64_t end_ns)
{
	s->count++;
	s->total_ns += end_ns - start_ns;
	s->max_ns = most(s->max_ns, end_ns - start_ns);
	ledger_add(&s->loop, start_ns, end_ns, 0);
}

void qs_stalls_refused(struct qs_stalls *s, uint64_t now_ns)
{
	if (s->refused_ns == 0)
		s->refused_ns = now_ns;
}

void qs_stalls_taken(struct qs_stalls *s, uint64_t now_ns)
{
	if (s->refused_ns != 0 && now_ns > s->refused_ns)
		ledger_add(&s->driver, s->refused_ns, now_ns, s->over_ns);
	s->refused_ns = 0;
}

enum qs_cause qs_stalls_find(const struct qs_stalls *s, uint64_t from_ns, uint64_t missed_ns,
			     uint64_t late_ns)
{
	if (ledger_blames(&s->loop, from_ns, missed_ns, late_ns))
		return QS_CAUSE_STALL;
	if (ledger_blames(&s->driver, from_ns, missed_ns, late_ns))
		return QS_CAUSE_DRIVER;
	return QS_CAUSE_QUEUE;
}

void qs_stalls_reset(struct qs_stalls *s)
{
	s->polls = 0;
	s->count = 0;
	s->total_ns = 0;
	s->max_ns = 0;
}

void qs_stalls_fill(const struct qs_stalls *s, struct rte_qsock_stalls *out)
{
	uint64_t i, n = least(s->count, least(ledger_kept(&s->loop), RTE_QSOCK_STALLS_KEPT));

	memset(out, 0, sizeof(*out));
	out->polls = s->polls;
	out->count = s->count;
	out->total_ns = s->total_ns;
	out->max_ns = s->max_ns;
	out->over_ns = s->over_ns;
	for (i = 0; i < n; i++) {
		const struct qs_gap *gap = &s->loop.gap[(s->loop.count - 1 - i) % QS_LEDGER_GAPS];

		out->last[i].start_ns = gap->start_ns;
		out->last[i].length_ns = gap->away_ns;
	}
	out->last_at_ns = n > 0 ? s->loop.end_ns : 0;
}
