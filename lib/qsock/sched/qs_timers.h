/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One timer a stream: when to look at it next (armed_ns).
 *
 * Near times stand in a calendar of slots, as wide as there is about one timer a slot to come, linked
 * through an array; a bitmap finds the next slot in use. Far times wait in a radix wheel until they are
 * near. A timer in either is one to look at only: whether it still counts, armed_ns tells. So moving a timer
 * to a later time costs nothing (it is set again when it fires) and removing it neither.
 */
#ifndef QS_TIMERS_H
#define QS_TIMERS_H

#include "qs_types.h"
#include "qs_wheel.h"

#define QS_SLOTS_MIN 4096u
#define QS_SLOTS_MAX (1u << 22)
#define QS_SHIFT_MAX 40u   /* a slot of 2^40 ns holds any period */
#define QS_RATE_ONE 48	   /* fraction bits of a rate, in timers a nanosecond */
#define QS_AHEAD_SLOTS 16u /* how far ahead memory is fetched where streams are too many for the caches */
#define QS_AHEAD_STREAMS 16384u

struct qs_timers {
	uint64_t soonest_ns; /* no timer is earlier */
	uint64_t near_soonest_ns;
	uint64_t base_slot;  /* no near timer stands before it */
	uint64_t ahead_slot; /* up to here memory was fetched */
	uint32_t *heads;     /* of slots */
	uint32_t *next;	     /* of streams in them */
	uint64_t *bits;	     /* which slots are in use */
	uint64_t *sums;	     /* which words of bits are not 0 */
	uint32_t mask;	     /* number of slots - 1 */
	uint32_t shift;	     /* a slot is 2^shift ns wide */
	uint64_t rate;	     /* timers to come, in 2^-QS_RATE_ONE a nanosecond */
	uint32_t max_far;    /* with more in the wheel it is rebuilt */
	bool running;	     /* not now: timers are being fired */
	struct qs_wheel far;
};

typedef void (*qs_timer_fn)(struct rte_qsock_sched *s, uint32_t id);

/* Allocate for max_streams. Returns 0 or -ENOMEM. */
int qs_timers_create(struct rte_qsock_sched *s, struct qs_timers *t);
/* A stream's period was old_ns and is new_ns, 0 for none. True: the width of slots is another. */
bool qs_timers_rate(struct rte_qsock_sched *s, struct qs_timers *t, uint64_t old_ns, uint64_t new_ns);
/* Set a timer that the calendar cannot take. armed_ns is set. */
void qs_timers_arm_far(struct rte_qsock_sched *s, struct qs_timers *t, uint32_t id);
/* Far timers that have come near, or are due. */
void qs_timers_run_far(struct rte_qsock_sched *s, struct qs_timers *t, qs_timer_fn fire);
/* Start again with those timers that count. */
void qs_timers_rebuild(struct rte_qsock_sched *s, struct qs_timers *t);
/* The earliest time in the calendar or the wheel, closer than soonest_ns. */
uint64_t qs_timers_next_ns(const struct rte_qsock_sched *s, const struct qs_timers *t);

static inline void qs_slot_link(struct qs_timers *t, uint32_t id, uint32_t slot)
{
	uint64_t word = t->bits[slot / 64];

	t->next[id] = t->heads[slot];
	t->heads[slot] = id;
	t->bits[slot / 64] = word | UINT64_C(1) << (slot % 64);
	if (word == 0)
		t->sums[slot / 4096] |= UINT64_C(1) << (slot / 64 % 64);
}

static inline void qs_slot_empty(struct qs_timers *t, uint32_t slot)
{
	uint64_t word = t->bits[slot / 64] & ~(UINT64_C(1) << (slot % 64));

	t->bits[slot / 64] = word;
	if (word == 0)
		t->sums[slot / 4096] &= ~(UINT64_C(1) << (slot / 64 % 64));
}

uint32_t qs_slot_search(const struct qs_timers *t, uint32_t slot);

/* How many slots from this one, around the calendar, the next one in use is; more than mask: none is. */
static inline uint32_t qs_slot_distance(const struct qs_timers *t, uint32_t slot)
{
	uint64_t word = t->bits[slot / 64] >> (slot % 64);

	return qs_likely(word != 0) ? (uint32_t)__builtin_ctzll(word) : qs_slot_search(t, slot);
}

/* Look at the stream no later than time_ns. A timer set for earlier will do. */
QS_INLINE void qs_timers_arm(struct rte_qsock_sched *s, struct qs_timers *t, struct qs_stream *st,
			     uint32_t id, uint64_t time_ns)
{
	if (st->armed_ns <= time_ns)
		return;
	st->armed_ns = time_ns;
	t->soonest_ns = time_ns < t->soonest_ns ? time_ns : t->soonest_ns;
	t->near_soonest_ns = time_ns < t->near_soonest_ns ? time_ns : t->near_soonest_ns;

	uint64_t slot = time_ns >> t->shift;

	if (slot < t->base_slot)
		slot = t->base_slot;
	if (qs_unlikely(slot - t->base_slot > t->mask || st->flags & QS_ST_NEAR)) {
		qs_timers_arm_far(s, t, id);
		return;
	}
	st->flags |= QS_ST_NEAR;
	qs_slot_link(t, id, (uint32_t)slot & t->mask);
}

/* All timers of a slot that are due fire; the others stay, or are gone if they do not count. */
QS_INLINE void qs_slot_run(struct rte_qsock_sched *s, struct qs_timers *t, uint32_t slot, qs_timer_fn fire)
{
	uint32_t *link =
		&t->heads[slot]; /* what fires may come in here again: it is looked at then, and stays */
	uint32_t id;

	while ((id = *link) != QS_NIL) {
		struct qs_stream *st = &s->streams[id];

		if (st->armed_ns <= s->now_ns) {
			*link = t->next[id];
			st->flags &= ~QS_ST_NEAR;
			st->armed_ns = RTE_QSOCK_NEVER;
			fire(s, id);
		} else if (qs_likely(((st->armed_ns >> t->shift) & t->mask) == slot)) {
			/* later in this slot, or in its next turn */
			t->near_soonest_ns =
				st->armed_ns < t->near_soonest_ns ? st->armed_ns : t->near_soonest_ns;
			link = &t->next[id];
		} else {
			*link = t->next[id];
			st->flags &= ~QS_ST_NEAR;
		}
	}
	if (t->heads[slot] == QS_NIL)
		qs_slot_empty(t, slot);
}

/* Fetch what will be touched soon: the streams at the head of slots, then who stands behind them. */
QS_INLINE void qs_timers_fetch(struct rte_qsock_sched *s, struct qs_timers *t, const void *by_stream,
			       size_t size)
{
	uint64_t upto = t->base_slot + QS_AHEAD_SLOTS;

	if (upto - t->ahead_slot > QS_AHEAD_SLOTS)
		t->ahead_slot = upto - QS_AHEAD_SLOTS / 2;
	while (t->ahead_slot != upto) {
		t->ahead_slot++;

		uint32_t id = t->heads[t->ahead_slot & t->mask];
		uint32_t sooner = t->heads[(t->ahead_slot - QS_AHEAD_SLOTS / 2) & t->mask];

		if (id != QS_NIL) {
			__builtin_prefetch(&s->streams[id], 1);
			__builtin_prefetch((const char *)by_stream + id * size, 1);
		}
		if (sooner != QS_NIL) {
			const struct qs_stream *st = &s->streams[sooner];

			if (st->head != QS_NIL)
				__builtin_prefetch(&s->recs[st->head]);
			if (t->next[sooner] != QS_NIL)
				__builtin_prefetch(&s->streams[t->next[sooner]], 1);
		}
	}
}

/* Everything due up to s->now_ns fires. What fires may arm. */
QS_INLINE void qs_timers_run(struct rte_qsock_sched *s, struct qs_timers *t, qs_timer_fn fire)
{
	t->running = true;
	if (s->now_ns >= t->near_soonest_ns) {
		uint64_t now_slot = s->now_ns >> t->shift;
		uint64_t left = now_slot - t->base_slot;
		uint32_t slot = (uint32_t)t->base_slot & t->mask;
		uint32_t distance;

		t->base_slot = now_slot;
		/* The next slot may be empty: then it is looked at for nothing, which is less than a search
		 * now. */
		t->near_soonest_ns = (now_slot + 1) << t->shift;
		left = left < t->mask ? left : t->mask;
		while ((distance = qs_slot_distance(t, slot)) <= left) {
			slot = (slot + distance) & t->mask;
			left -= distance;
			qs_slot_run(s, t, slot, fire);
			if (left == 0)
				break;
			left--;
			slot = (slot + 1) & t->mask;
		}
	}
	if (qs_unlikely(s->now_ns >= t->far.soonest_ns))
		qs_timers_run_far(s, t, fire);
	t->running = false;
	/* What fires arms, and it may be all that ever does: then here is the place to make room. */
	if (qs_unlikely(t->far.nr_entries >= t->max_far))
		qs_timers_rebuild(s, t);
	t->soonest_ns = t->near_soonest_ns < t->far.soonest_ns ? t->near_soonest_ns : t->far.soonest_ns;
}

#endif
