/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One timer a stream: when to look at it next (armed_ns).
 *
 * The next ones stand in a row, in order; the others wait in a radix wheel, from which they come some dozens
 * at a time, so that memory is fetched for all of them at once. A timer in either is one to look at only:
 * whether it still counts, armed_ns tells. So moving a timer to a later time costs nothing (it is set again
 * when it comes) and removing it neither.
 */
#ifndef QS_TIMERS_H
#define QS_TIMERS_H

#include "qs_keysort.h"
#include "qs_types.h"
#include "qs_wheel.h"

#define QS_TIMERS_SOON 8u
#define QS_TIMERS_ROW (2 * QS_KEYSORT_MAX)

struct qs_timers {
	uint64_t soonest_ns; /* no timer is earlier */
	uint64_t row_ns;     /* times in the row are told from here */
	uint64_t upto_ns;    /* timers before this stand in the row, the others in the wheel */
	uint32_t first, end; /* of the row */
	uint32_t bits;	     /* of an id, in the keys of the row */
	uint32_t max_timers; /* with more of them all is built anew */
	uint64_t row[QS_TIMERS_ROW + 2 * QS_TIMERS_SOON + 1]; /* the last are fetched ahead of, never used */
	struct qs_wheel wheel;
};

typedef void (*qs_timer_fn)(struct rte_qsock_sched *s, uint32_t id);

/* Allocate for max_streams. Returns 0 or -ENOMEM. */
int qs_timers_create(struct rte_qsock_sched *s, struct qs_timers *t);
/* Start again with those timers that count. */
void qs_timers_rebuild(struct rte_qsock_sched *s, struct qs_timers *t);
/* A timer takes its place in the row. */
void qs_timers_insert(struct rte_qsock_sched *s, struct qs_timers *t, uint64_t time_ns, uint32_t id);
/* The row is empty: the next timers come, if any are due. False: none is, and soonest_ns
 * is set. */
bool qs_timers_pull(struct rte_qsock_sched *s, struct qs_timers *t);

static inline uint64_t qs_timers_time_ns(const struct qs_timers *t, uint64_t key)
{
	return t->row_ns + (key >> t->bits);
}

static inline uint32_t qs_timers_id(const struct qs_timers *t, uint64_t key)
{
	return (uint32_t)key & ((1u << t->bits) - 1);
}

/* Look at the stream no later than time_ns. A timer set for earlier will do. */
QS_INLINE void qs_timers_arm(struct rte_qsock_sched *s, struct qs_timers *t, struct qs_stream *st,
			     uint32_t id, uint64_t time_ns)
{
	if (st->armed_ns <= time_ns)
		return;
	st->armed_ns = time_ns;
	t->soonest_ns = time_ns < t->soonest_ns ? time_ns : t->soonest_ns;
	if (time_ns < t->upto_ns) {
		qs_timers_insert(s, t, time_ns, id);
		return;
	}
	qs_wheel_insert(&t->wheel, time_ns, id);
	if (qs_unlikely(t->wheel.nr_entries >= t->max_timers))
		qs_timers_rebuild(s, t);
}

/* Memory of those who come soon: the streams, then their heads. What stands behind the row does no harm. */
QS_INLINE void qs_timers_fetch(const struct rte_qsock_sched *s, const struct qs_timers *t)
{
	const struct qs_stream *soon = &s->streams[qs_timers_id(t, t->row[t->first + QS_TIMERS_SOON])];

	__builtin_prefetch(&s->streams[qs_timers_id(t, t->row[t->first + 2 * QS_TIMERS_SOON])], 1);
	if (t->first + QS_TIMERS_SOON < t->end)
		__builtin_prefetch(&s->recs[soon->head]);
}

/* Everything due up to s->now_ns fires. What fires may arm, for later than now. */
QS_INLINE void qs_timers_run(struct rte_qsock_sched *s, struct qs_timers *t, qs_timer_fn fire)
{
	const uint64_t now_ns = s->now_ns;

	do {
		while (t->first != t->end) {
			uint64_t key = t->row[t->first], time_ns = qs_timers_time_ns(t, key);
			uint32_t id = qs_timers_id(t, key);
			struct qs_stream *st = &s->streams[id];

			if (time_ns > now_ns) {
				t->soonest_ns = time_ns;
				return;
			}
			t->first++;
			qs_timers_fetch(s, t);
			if (qs_likely(st->armed_ns <= now_ns)) { /* else it was set anew, for later */
				st->armed_ns = RTE_QSOCK_NEVER;
				fire(s, id);
			}
		}
	} while (qs_timers_pull(s, t));
}

#endif
