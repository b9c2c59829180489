/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>

#include "qs_timers.h"

/* Far timers come near when half the calendar is still before them. */
static uint64_t lead_ns(const struct qs_timers *t)
{
	return (uint64_t)(t->mask / 2) << t->shift;
}

uint32_t qs_slot_search(const struct qs_timers *t, uint32_t slot)
{
	uint32_t nr_words = t->mask / 64 + 1;
	uint32_t nr_sums = nr_words / 64;
	uint32_t word = (slot / 64 + 1) & (nr_words - 1);
	uint32_t sum = word / 64;
	uint64_t found = t->sums[sum] >> (word % 64) << (word % 64);

	/* Once around, and the words before the first one again. */
	for (uint32_t i = 0; found == 0; i++) {
		if (i == nr_sums)
			return UINT32_MAX;
		sum = sum + 1 == nr_sums ? 0 : sum + 1;
		found = t->sums[sum];
	}
	word = sum * 64 + (uint32_t)__builtin_ctzll(found);
	return (word * 64 + (uint32_t)__builtin_ctzll(t->bits[word]) - slot) & t->mask;
}

static void empty(struct rte_qsock_sched *s, struct qs_timers *t)
{
	for (uint32_t i = 0; i <= t->mask; i++)
		t->heads[i] = QS_NIL;
	for (uint32_t i = 0; i <= t->mask / 64; i++)
		t->bits[i] = 0;
	for (uint32_t i = 0; i <= t->mask / 4096; i++)
		t->sums[i] = 0;
	qs_wheel_reset(&t->far);
	t->far.base_ns = s->now_ns;
	t->base_slot = s->now_ns >> t->shift;
	t->soonest_ns = RTE_QSOCK_NEVER;
	t->near_soonest_ns = RTE_QSOCK_NEVER;
}

QS_COLD void qs_timers_rebuild(struct rte_qsock_sched *s, struct qs_timers *t)
{
	empty(s, t);
	for (uint32_t id = 0; id < s->max_streams; id++) {
		struct qs_stream *st = &s->streams[id];
		uint64_t armed_ns = st->armed_ns;

		st->flags &= ~QS_ST_NEAR;
		st->armed_ns = RTE_QSOCK_NEVER;
		if (st->head != QS_NIL && armed_ns != RTE_QSOCK_NEVER)
			qs_timers_arm(s, t, st, id, armed_ns);
	}
}

void qs_timers_arm_far(struct rte_qsock_sched *s, struct qs_timers *t, uint32_t id)
{
	struct qs_stream *st = &s->streams[id];

	/* The calendar may lag behind: nothing stands before soonest. */
	if (s->now_ns < t->near_soonest_ns && s->now_ns >> t->shift > t->base_slot) {
		uint64_t armed_ns = st->armed_ns;

		t->base_slot = s->now_ns >> t->shift;
		st->armed_ns = RTE_QSOCK_NEVER;
		qs_timers_arm(s, t, st, id, armed_ns);
		return;
	}
	if (t->far.nr_entries >= t->max_far && !t->running) {
		qs_timers_rebuild(s, t); /* arms this one, too */
		return;
	}
	if (t->far.nr_entries == 0)
		t->far.base_ns = s->now_ns;
	/* Where an old timer still links the stream, it fires from here. */
	qs_wheel_insert(&t->far, st->flags & QS_ST_NEAR ? st->armed_ns : st->armed_ns - lead_ns(t), id);
	if (t->far.soonest_ns < t->soonest_ns)
		t->soonest_ns = t->far.soonest_ns;
}

struct far_run {
	struct qs_timers *t;
	qs_timer_fn fire;
};

static void run_entry(struct rte_qsock_sched *s, void *arg, uint64_t time_ns, uint32_t id)
{
	const struct far_run *run = arg;
	struct qs_stream *st = &s->streams[id];
	uint64_t armed_ns = st->armed_ns;

	if (armed_ns != time_ns && armed_ns - lead_ns(run->t) != time_ns)
		return;
	st->armed_ns = RTE_QSOCK_NEVER;
	if (armed_ns <= s->now_ns)
		run->fire(s, id);
	else
		qs_timers_arm(s, run->t, st, id, armed_ns);
}

void qs_timers_run_far(struct rte_qsock_sched *s, struct qs_timers *t, qs_timer_fn fire)
{
	struct far_run run = {.t = t, .fire = fire};

	if (s->now_ns < t->near_soonest_ns && s->now_ns >> t->shift > t->base_slot)
		t->base_slot = s->now_ns >> t->shift;
	qs_wheel_advance(s, &t->far, s->now_ns, run_entry, &run);
}

bool qs_timers_rate(struct rte_qsock_sched *s, struct qs_timers *t, uint64_t old_ns, uint64_t new_ns)
{
	const uint64_t one = UINT64_C(1) << QS_RATE_ONE;
	uint32_t shift = QS_SHIFT_MAX;

	t->rate -= old_ns != 0 ? one / old_ns : 0;
	t->rate += new_ns != 0 ? one / new_ns : 0;
	if (t->rate != 0) /* at most one timer a slot, on average */
		shift = 63 - (uint32_t)__builtin_clzll(one / t->rate | 1);
	if (shift > QS_SHIFT_MAX)
		shift = QS_SHIFT_MAX;
	/* Within a factor of 4 the old width will do. */
	if (shift + 1 >= t->shift && shift <= t->shift + 1)
		return false;
	t->shift = shift;
	qs_timers_rebuild(s, t);
	return true;
}

uint64_t qs_timers_next_ns(const struct rte_qsock_sched *s, const struct qs_timers *t)
{
	uint32_t distance = qs_slot_distance(t, (uint32_t)t->base_slot & t->mask);

	if (distance > t->mask)
		return t->far.soonest_ns;

	uint64_t slot = t->base_slot + distance;
	uint64_t near_ns = (slot + 1) << t->shift; /* what does not count any more may say a later time */
	uint32_t looks = 16;			   /* enough for a usual slot */
	uint32_t id;

	for (id = t->heads[slot & t->mask]; id != QS_NIL && looks > 0; id = t->next[id], looks--)
		near_ns = s->streams[id].armed_ns < near_ns ? s->streams[id].armed_ns : near_ns;
	if (id != QS_NIL) {
		near_ns = slot << t->shift;
		near_ns = near_ns > s->now_ns ? near_ns : s->now_ns + 1;
	}
	return near_ns < t->far.soonest_ns ? near_ns : t->far.soonest_ns;
}

int qs_timers_create(struct rte_qsock_sched *s, struct qs_timers *t)
{
	uint32_t n = QS_SLOTS_MIN;

	while (n < QS_SLOTS_MAX && n / 2 < s->max_streams)
		n *= 2;
	t->mask = n - 1;
	t->shift = QS_SHIFT_MAX;
	t->heads = rte_qsock_sched_alloc(s, n * sizeof(*t->heads));
	t->next = rte_qsock_sched_alloc(s, s->max_streams * sizeof(*t->next));
	t->bits = rte_qsock_sched_alloc(s, n / 64 * sizeof(*t->bits));
	t->sums = rte_qsock_sched_alloc(s, n / 4096 * sizeof(*t->sums));
	/*
	 * One timer a stream counts; with a quarter more that do not it is rebuilt seldom. In one run each
	 * stream may set a timer anew before that can be done.
	 */
	t->max_far = s->max_streams + s->max_streams / 4 + 1024;
	t->far.nr_chunks = qs_wheel_chunks((uint64_t)t->max_far + s->max_streams);
	t->far.chunks = rte_qsock_sched_alloc(s, t->far.nr_chunks * sizeof(*t->far.chunks));
	if (t->heads == NULL || t->next == NULL || t->bits == NULL || t->sums == NULL ||
	    t->far.chunks == NULL)
		return -ENOMEM;
	empty(s, t);
	return 0;
}
