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

static const struct qs_gap *ledger_at(const struct qs_ledger *l, uint64_t i)
{
	return &l->gap[i % QS_LEDGER_GAPS];
}

static uint64_t ledger_oldest(const struct qs_ledger *l)
{
	return l->count - least(l->count, QS_LEDGER_GAPS);
}

/* One more gap; one that begins less than apart_ns after the latest goes on with that. */
static void ledger_add(struct qs_ledger *l, uint64_t start_ns, uint64_t end_ns, uint64_t apart_ns)
{
	struct qs_gap *gap = &l->gap[(l->count - 1) % QS_LEDGER_GAPS];

	if (l->count == 0 || start_ns - gap->end_ns >= apart_ns) {
		gap = &l->gap[l->count++ % QS_LEDGER_GAPS];
		*gap = (struct qs_gap){.start_ns = start_ns, .before_ns = l->away_ns};
	}
	gap->end_ns = end_ns;
	gap->away_ns += end_ns - start_ns;
	l->away_ns += end_ns - start_ns;
	l->end_ns = end_ns;
	l->reach_ns = most(l->reach_ns, end_ns + gap->away_ns);
	gap->reach_ns = l->reach_ns;
}

/* The first that ends (or, by start, begins) after a time; count: none does. */
static uint64_t ledger_after(const struct qs_ledger *l, uint64_t ns, bool start)
{
	uint64_t low = ledger_oldest(l), high = l->count;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		const struct qs_gap *gap = ledger_at(l, middle);

		if ((start ? gap->start_ns : gap->end_ns) > ns)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* Whether a deadline falls into a gap, or after one by no more than that lasted. */
static bool ledger_hits(const struct qs_ledger *l, uint64_t missed_ns)
{
	uint64_t after = ledger_after(l, missed_ns, true);

	return after > ledger_oldest(l) && missed_ns <= ledger_at(l, after - 1)->reach_ns;
}

/* How much of the time from then on lies in gaps. */
static uint64_t ledger_away_ns(const struct qs_ledger *l, uint64_t from_ns)
{
	uint64_t first = ledger_after(l, from_ns, false);
	const struct qs_gap *gap = ledger_at(l, first);

	if (first == l->count)
		return 0;
	return l->away_ns - gap->before_ns - gap->away_ns +
	       least(gap->away_ns, gap->end_ns - most(gap->start_ns, from_ns));
}

static bool ledger_blames(const struct qs_ledger *l, uint64_t from_ns, uint64_t missed_ns, uint64_t late_ns)
{
	return ledger_hits(l, missed_ns) || (late_ns != 0 && ledger_away_ns(l, from_ns) >= late_ns);
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
	uint64_t i, n = least(s->count, least(s->loop.count, RTE_QSOCK_STALLS_KEPT));

	memset(out, 0, sizeof(*out));
	out->polls = s->polls;
	out->count = s->count;
	out->total_ns = s->total_ns;
	out->max_ns = s->max_ns;
	out->over_ns = s->over_ns;
	for (i = 0; i < n; i++) {
		const struct qs_gap *gap = ledger_at(&s->loop, s->loop.count - 1 - i);

		out->last[i].start_ns = gap->start_ns;
		out->last[i].length_ns = gap->away_ns;
	}
	out->last_at_ns = n > 0 ? s->loop.end_ns : 0;
}
