/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One timer a stream: when to look at it next (armed_ns).
 *
 * Those of the next decisions stand tick by tick (qs_near.h), the others wait in a wheel (qs_wheel.h), from
 * which they come some at a time, while decisions are made. What is due at a decision is told exactly, but in
 * no order. How long a tick is follows from how far decisions are apart. A timer is one to look at only:
 * whether it still counts, armed_ns tells. So moving it to a later time costs nothing (it is set again when
 * it comes) and removing it neither.
 */
#ifndef QS_TIMERS_H
#define QS_TIMERS_H

#include "qs_near.h"
#include "qs_types.h"
#include "qs_wheel.h"

#define QS_TIMERS_RUNNING UINT64_MAX

struct qs_timers {
	uint64_t soonest_ns; /* no timer is earlier */
	uint64_t at_ns;	     /* all before were looked at; RUNNING: they are just being looked at */
	uint64_t turn_ns;    /* then the wheel turns */
	uint32_t runs;	     /* since all was built anew */
	uint32_t again;	     /* in these, timers met in a tick before they were due */
	int votes;	     /* for longer ticks, and below 0 for shorter ones */
	struct qs_near near;
	struct qs_wheel wheel;
	uint32_t nr_chunks;
	bool turning;
	bool fetch; /* so many streams that they are not in the caches */
};

typedef void (*qs_timer_fn)(struct rte_qsock_sched *s, uint32_t id);

/* Allocate for max_streams. Returns 0 or -ENOMEM. */
int qs_timers_create(struct rte_qsock_sched *s, struct qs_timers *t);
/* Start again with those timers that count. */
void qs_timers_rebuild(struct rte_qsock_sched *s, struct qs_timers *t);
/* Some come nearer, before their time. */
void qs_timers_flow(struct rte_qsock_sched *s, struct qs_timers *t);
/* The wheel turns: what is due and was not looked at stands between at_ns and turn_ns then. */
void qs_timers_turn(struct rte_qsock_sched *s, struct qs_timers *t, qs_timer_fn fire);
/* One was met that is not due. */
void qs_timers_later(struct rte_qsock_sched *s, struct qs_timers *t, uint32_t id);
/* Free chunks are few: all is built anew, as soon as it may be. */
void qs_timers_tight(struct rte_qsock_sched *s, struct qs_timers *t);
/* Find out what is only known to be after at_ns. */
uint64_t qs_timers_find(const struct rte_qsock_sched *s, struct qs_timers *t);

/* When to run next. Never too late; too early only where what comes next is far ahead. */
static inline uint64_t qs_timers_next_ns(const struct rte_qsock_sched *s, struct qs_timers *t)
{
	if (t->soonest_ns == t->at_ns + 1)
		t->soonest_ns = qs_timers_find(s, t);
	return t->soonest_ns;
}

/* Look at the stream no later than time_ns. A timer set for earlier will do. */
QS_INLINE void qs_timers_arm(struct rte_qsock_sched *s, struct qs_timers *t, struct qs_stream *st,
			     uint32_t id, uint64_t time_ns)
{
	if (st->armed_ns <= time_ns)
		return;
	/* What is over is due now: it stands there, and armed_ns tells of it where it stands. */
	time_ns = time_ns > s->now_ns ? time_ns : s->now_ns;
	st->armed_ns = time_ns;
	t->soonest_ns = time_ns < t->soonest_ns ? time_ns : t->soonest_ns;
	if (time_ns < t->wheel.near_ns)
		qs_near_add(&t->near, &t->wheel.bags, time_ns >> t->wheel.tick_log2_ns, id);
	else if (qs_unlikely(qs_wheel_add(&t->wheel, time_ns, id)))
		qs_timers_tight(s, t);
}

/* Whatever is due fires. */
QS_INLINE void qs_timers_look(struct rte_qsock_sched *s, struct qs_timers *t, uint32_t id, qs_timer_fn fire)
{
	struct qs_stream *st = &s->streams[id];

	if (qs_likely(st->armed_ns <= s->now_ns)) {
		st->armed_ns = RTE_QSOCK_NEVER;
		fire(s, id);
	} else {
		qs_timers_later(s, t, id);
	}
}

/* The same of all in a bag. */
void qs_timers_look_bag(struct rte_qsock_sched *s, struct qs_timers *t, uint32_t bag, qs_timer_fn fire);

/* Everything due up to s->now_ns fires. */
QS_INLINE void qs_timers_run(struct rte_qsock_sched *s, struct qs_timers *t, qs_timer_fn fire)
{
	const uint64_t now_ns = s->now_ns;

	do {
		uint64_t now = now_ns >> t->wheel.tick_log2_ns, from, due = 0, words = 0;

		if (qs_unlikely(now_ns >= t->turn_ns)) {
			qs_timers_turn(s, t, fire);
			now = now_ns >> t->wheel.tick_log2_ns;
		}
		from = t->at_ns >> t->wheel.tick_log2_ns & ~UINT64_C(7); /* bits between these were taken */
		t->at_ns = QS_TIMERS_RUNNING;
		t->soonest_ns = now_ns + 1;
		t->runs++;
		if (qs_likely(now - from < 64))
			due = qs_near_due(&t->near, from, now - from);
		else
			words = qs_near_take_words(&t->near, from, now);
		for (;;) {
			for (; due != 0; due &= due - 1) {
				uint32_t id =
					qs_near_take(&t->near, from + (unsigned int)__builtin_ctzll(due));

				if (qs_unlikely(id & QS_NEAR_BAG))
					qs_timers_look_bag(s, t, id & ~QS_NEAR_BAG, fire);
				else
					qs_timers_look(s, t, id, fire);
			}
			if (qs_likely(words == 0))
				break;
			from = (unsigned int)__builtin_ctzll(words) * 64;
			words &= words - 1;
			due = qs_near_due(&t->near, from,
					  from / 64 == now / 64 % QS_NEAR_WORDS ? now % 64 : 63);
		}
		t->at_ns = now_ns;
	} while (qs_unlikely(t->soonest_ns <= now_ns)); /* one was set for now */
	if (qs_unlikely(t->wheel.next != 0))
		qs_timers_flow(s, t);
}

/* The same where nothing is due, and the wheel does not turn. */
QS_INLINE void qs_timers_pass(struct rte_qsock_sched *s, struct qs_timers *t)
{
	t->at_ns = s->now_ns;
	if (qs_unlikely(t->wheel.next != 0))
		qs_timers_flow(s, t);
}

#endif
