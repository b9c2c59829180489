/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>

#include "qs_timers.h"

#define LEAP_MAX_NS (UINT64_C(1) << 39) /* within it the wheel tells all times */
#define FETCH_STREAMS 16384u		/* from so many on memory is fetched before */
#define ADAPT_STREAMS 16384u		/* up to so many all is built anew for ticks of another length, */
#define TICK_LOG2_MAX 12u
#define APART_MAX 40u /* if decisions are more ticks apart */
#define VOTES 16      /* so often */

void qs_near_share(struct qs_near *near, struct qs_bags *bags, uint32_t k, uint32_t id)
{
	uint32_t old = near->ids[k], bag = old & ~QS_NEAR_BAG;

	if (!(old & QS_NEAR_BAG))
		bag = qs_bag_add(bags, 0, qs_timer_of(0, old));
	near->ids[k] = QS_NEAR_BAG | qs_bag_add(bags, bag, qs_timer_of(0, id));
}

void qs_timers_later(struct rte_qsock_sched *s, struct qs_timers *t, uint32_t id)
{
	const uint32_t shift = t->wheel.tick_log2_ns;

	/* It was set anew, for later, or now is in the midst of its tick. */
	if (s->streams[id].armed_ns >> shift != s->now_ns >> shift)
		return;
	qs_near_add(&t->near, &t->wheel.bags, s->now_ns >> shift, id);
	t->again++;
}

static void put(struct qs_timers *t, uint64_t time_ns, uint32_t id)
{
	if (time_ns < t->wheel.near_ns)
		qs_near_add(&t->near, &t->wheel.bags, time_ns >> t->wheel.tick_log2_ns, id);
	else
		(void)qs_wheel_add(&t->wheel, time_ns, id);
}

void qs_timers_look_bag(struct rte_qsock_sched *s, struct qs_timers *t, uint32_t bag, qs_timer_fn fire)
{
	const uint64_t *items;

	while (bag != 0) {
		uint32_t n = qs_bag_last(&t->wheel.bags, bag, &items);

		for (uint32_t k = 0; k < n; k++)
			qs_timers_look(s, t, qs_timer_id(items[k]), fire);
		bag = qs_bag_drop(&t->wheel.bags, bag);
	}
}

/* The time of a timer that stands in a slot; NEVER if it is of no use any more. */
static uint64_t time_of(const struct rte_qsock_sched *s, const struct qs_timers *t, unsigned int level,
			uint64_t slot, uint64_t timer)
{
	const struct qs_wheel *w = &t->wheel;
	uint64_t armed_ns;

	if (level != QS_WHEEL_TOP)
		return qs_wheel_time_ns(w, level, slot, timer);
	armed_ns = s->streams[qs_timer_id(timer)].armed_ns;
	return armed_ns >> qs_wheel_shift(w, level) >= slot ? armed_ns : RTE_QSOCK_NEVER;
}

/* Timers that stood in a slot move to where they belong now. */
static void move(const struct rte_qsock_sched *s, struct qs_timers *t, unsigned int level, uint64_t slot,
		 const uint64_t *items, uint32_t n)
{
	for (uint32_t k = 0; k < n; k++) {
		uint64_t time_ns = time_of(s, t, level, slot, items[k]);

		if (time_ns != RTE_QSOCK_NEVER)
			put(t, time_ns, qs_timer_id(items[k]));
	}
}

/* The same of a slot that is not all to come: what is due fires. */
static void scatter(struct rte_qsock_sched *s, struct qs_timers *t, unsigned int level, uint64_t slot,
		    uint32_t bag, qs_timer_fn fire)
{
	const uint64_t *items;

	while (bag != 0) {
		uint32_t n = qs_bag_last(&t->wheel.bags, bag, &items);

		for (uint32_t k = 0; k < n; k++) {
			if (time_of(s, t, level, slot, items[k]) <= s->now_ns)
				qs_timers_look(s, t, qs_timer_id(items[k]), fire);
			else
				move(s, t, level, slot, &items[k], 1);
		}
		bag = qs_bag_drop(&t->wheel.bags, bag);
	}
}

/* The streams of those that come next, then the heads of their queues. */
static void fetch(const struct rte_qsock_sched *s, const struct qs_timers *t, uint32_t bag)
{
	const uint64_t *items;
	uint32_t n = qs_bag_last(&t->wheel.bags, bag, &items);

	__builtin_prefetch(&t->wheel.bags.cells[((uint32_t)items[-1] - 1) & ~(QS_BAG_CELLS - 1)]);
	for (uint32_t k = 0; k < n; k++)
		__builtin_prefetch(&s->streams[qs_timer_id(items[k])], 1, 2);
}

static void to_near(const struct rte_qsock_sched *s, struct qs_timers *t, const uint64_t *items, uint32_t n)
{
	const uint32_t shift = t->wheel.tick_log2_ns;

	for (uint32_t k = 0; k < n; k++)
		qs_near_add(&t->near, &t->wheel.bags, items[k] >> shift, qs_timer_id(items[k]));
	if (!t->fetch)
		return;
	for (uint32_t k = 0; k < n; k++) {
		uint32_t head = s->streams[qs_timer_id(items[k])].head;

		if (head != QS_NIL)
			__builtin_prefetch(&s->recs[head], 0, 2);
	}
}

void qs_timers_flow(struct rte_qsock_sched *s, struct qs_timers *t)
{
	struct qs_wheel *w = &t->wheel;
	unsigned int level = (unsigned int)__builtin_ctz(w->next);
	uint64_t slot = qs_wheel_slot(w, level) + 1;
	uint32_t *bag = &w->slots[level][slot % QS_WHEEL_RING];
	const uint64_t *items;
	uint32_t n = qs_bag_last(&w->bags, *bag, &items);

	if (level == 0)
		to_near(s, t, items, n);
	else
		move(s, t, level, slot, items, n);
	*bag = qs_bag_drop(&w->bags, *bag);
	if (*bag == 0) {
		(void)qs_wheel_take(w, level, slot % QS_WHEEL_RING);
		w->next &= w->next - 1;
	} else if (t->fetch && level == 0) {
		fetch(s, t, *bag);
	}
}

/* Time has entered a slot: those in it are about to come. */
static void entered(struct rte_qsock_sched *s, struct qs_timers *t, unsigned int level, uint32_t bag,
		    qs_timer_fn fire)
{
	scatter(s, t, level, qs_wheel_slot(&t->wheel, level), bag, fire);
	if (level == 0 && t->fetch && t->wheel.next & 1)
		fetch(s, t, t->wheel.slots[0][(qs_wheel_slot(&t->wheel, 0) + 1) % QS_WHEEL_RING]);
}

/* Near timers fire. */
static void sweep(struct rte_qsock_sched *s, struct qs_timers *t, uint64_t from, uint64_t upto,
		  qs_timer_fn fire)
{
	uint64_t words = qs_near_take_words(&t->near, from, upto);

	for (; words != 0; words &= words - 1) {
		unsigned int word = (unsigned int)__builtin_ctzll(words);
		bool last = word == upto / 64 % QS_NEAR_WORDS;
		uint64_t due = qs_near_due(&t->near, word * 64, last ? upto % 64 : 63);

		for (; due != 0; due &= due - 1) {
			uint32_t id = qs_near_take(&t->near, word * 64 + (unsigned int)__builtin_ctzll(due));

			if (id & QS_NEAR_BAG)
				qs_timers_look_bag(s, t, id & ~QS_NEAR_BAG, fire);
			else
				qs_timers_look(s, t, id, fire);
		}
	}
}

/* By some slots: what it passes fires, and what stands in slots that it enters moves down. */
static void leap(struct rte_qsock_sched *s, struct qs_timers *t, qs_timer_fn fire)
{
	struct qs_wheel *w = &t->wheel;
	const uint64_t now_ns = s->now_ns;
	uint32_t bags[QS_WHEEL_LEVELS];
	uint64_t slot;

	/* Timers that are set meanwhile stand where they belong as long as it has not, all of them after now.
	 */
	if (now_ns >= w->near_ns)
		sweep(s, t, t->turn_ns >> w->tick_log2_ns, (w->near_ns - 1) >> w->tick_log2_ns, fire);
	for (unsigned int l = 0; l < QS_WHEEL_LEVELS; l++)
		while ((slot = qs_wheel_first(w, l)) < now_ns >> qs_wheel_shift(w, l))
			scatter(s, t, l, slot, qs_wheel_take(w, l, slot % QS_WHEEL_RING), fire);
	for (unsigned int l = 0; l < QS_WHEEL_LEVELS; l++) {
		slot = now_ns >> qs_wheel_shift(w, l);
		bags[l] = slot != qs_wheel_slot(w, l) ? qs_wheel_take(w, l, slot % QS_WHEEL_RING) : 0;
	}
	qs_wheel_turn(w, now_ns);
	for (unsigned int l = QS_WHEEL_LEVELS; l-- > 0;)
		entered(s, t, l, bags[l], fire);
}

/* How far decisions are apart in ticks, of which there shall be some dozens. */
static bool unfit(const struct rte_qsock_sched *s, struct qs_timers *t, uint32_t *tick_log2_ns)
{
	const uint64_t apart = (s->now_ns - t->at_ns) >> *tick_log2_ns;

	if (s->max_streams > ADAPT_STREAMS)
		return false;
	if (t->again > s->max_streams + 1024) {
		*tick_log2_ns -= *tick_log2_ns < 4 ? *tick_log2_ns : 4;
		return true;
	}
	if (apart < APART_MAX) {
		t->votes -= t->votes > 0;
		return false;
	}
	if (*tick_log2_ns == TICK_LOG2_MAX || ++t->votes < VOTES || t->runs < s->max_streams / 4)
		return false;
	*tick_log2_ns += *tick_log2_ns < TICK_LOG2_MAX - 1 ? 2 : 1;
	return true;
}

void qs_timers_turn(struct rte_qsock_sched *s, struct qs_timers *t, qs_timer_fn fire)
{
	struct qs_wheel *w = &t->wheel;
	uint32_t tick_log2_ns = w->tick_log2_ns;

	if (unfit(s, t, &tick_log2_ns) || s->now_ns - t->at_ns >= LEAP_MAX_NS) {
		w->tick_log2_ns = tick_log2_ns;
		qs_timers_rebuild(s, t);
		return;
	}

	const uint32_t shift = qs_wheel_shift(w, 0);
	const uint64_t slot = s->now_ns >> shift;

	t->turning = true;
	sweep(s, t, t->at_ns >> tick_log2_ns, (t->turn_ns - 1) >> tick_log2_ns, fire);
	if (slot == qs_wheel_slot(w, 0) + 1 && slot % (1u << QS_WHEEL_STEP) != 0) {
		uint32_t bag = qs_wheel_take(w, 0, slot % QS_WHEEL_RING);

		qs_wheel_step(w);
		entered(s, t, 0, bag, fire);
	} else {
		leap(s, t, fire);
	}
	t->turning = false;
	t->at_ns = slot << shift;
	t->turn_ns = (slot + 1) << shift;
}

/* The first in a tick; NEVER if none of it counts. */
static uint64_t first_ns(const struct rte_qsock_sched *s, const struct qs_timers *t, uint64_t tick)
{
	uint64_t first_ns = RTE_QSOCK_NEVER;
	uint32_t id = t->near.ids[tick % QS_NEAR_TICKS];

	if (!(id & QS_NEAR_BAG))
		return s->streams[id].armed_ns;
	for (uint32_t bag = id & ~QS_NEAR_BAG; bag != 0;) {
		const uint64_t *items;
		uint32_t n = qs_bag_last(&t->wheel.bags, bag, &items);

		for (uint32_t k = 0; k < n; k++) {
			uint64_t armed_ns = s->streams[qs_timer_id(items[k])].armed_ns;

			first_ns = armed_ns < first_ns ? armed_ns : first_ns;
		}
		bag = (uint32_t)items[-1];
	}
	return first_ns;
}

uint64_t qs_timers_find(const struct rte_qsock_sched *s, struct qs_timers *t)
{
	const uint32_t shift = t->wheel.tick_log2_ns;
	uint64_t soonest_ns = qs_wheel_soonest_ns(&t->wheel), tick = t->at_ns >> shift;

	while (tick < t->wheel.near_ns >> shift) {
		uint64_t bits = t->near.bits[tick / 64 % QS_NEAR_WORDS] >> tick % 64;

		if (bits == 0) {
			tick = (tick | 63) + 1;
			continue;
		}
		tick += (unsigned int)__builtin_ctzll(bits);
		if (tick << shift >= soonest_ns)
			break;

		uint64_t time_ns = first_ns(s, t, tick++);

		if (time_ns < soonest_ns)
			soonest_ns = time_ns;
	}
	return soonest_ns;
}

static void empty(struct qs_timers *t, uint64_t from_ns)
{
	memset(t->near.bits, 0, sizeof(t->near.bits));
	t->near.words = 0;
	qs_wheel_reset(&t->wheel, from_ns, t->wheel.tick_log2_ns, t->nr_chunks);
	t->at_ns = from_ns;
	t->turn_ns = t->wheel.near_ns - (UINT64_C(1) << qs_wheel_shift(&t->wheel, 0));
	t->runs = 0;
	t->again = 0;
	t->votes = 0;
	t->soonest_ns = RTE_QSOCK_NEVER;
}

QS_COLD void qs_timers_rebuild(struct rte_qsock_sched *s, struct qs_timers *t)
{
	empty(t, s->now_ns);
	t->turning = true;
	for (uint32_t id = 0; id < s->max_streams; id++) {
		struct qs_stream *st = &s->streams[id];
		uint64_t armed_ns = st->armed_ns;

		if (qs_stream_unused(st))
			continue;
		st->armed_ns = RTE_QSOCK_NEVER;
		if (st->head != QS_NIL && armed_ns != RTE_QSOCK_NEVER)
			qs_timers_arm(s, t, st, id, armed_ns);
	}
	t->turning = false;
}

void qs_timers_tight(struct rte_qsock_sched *s, struct qs_timers *t)
{
	/* While lists are gone through it waits: the next one finds so few, too. */
	if (!t->turning && t->at_ns != QS_TIMERS_RUNNING)
		qs_timers_rebuild(s, t);
}

int qs_timers_create(struct rte_qsock_sched *s, struct qs_timers *t)
{
	const size_t chunk_bytes = QS_BAG_CELLS * sizeof(uint64_t);
	/* One timer a stream counts; with a quarter more that do not all is built anew seldom. */
	const uint32_t max_timers = s->max_streams + s->max_streams / 4 + 1024;
	/* A near timer needs no room in a bag, or half a chunk, until it fires and is set anew. */
	const uint32_t near = max_timers < QS_NEAR_TICKS ? max_timers : QS_NEAR_TICKS;
	/* The last chunk of a bag may be all but empty. */
	uint32_t few;

	t->wheel.tight = near / QS_BAG_CHUNK + 64;
	few = 1024 / QS_BAG_CHUNK + near / 2 + QS_WHEEL_SLOTS + t->wheel.tight + 1;
	t->nr_chunks = max_timers / QS_BAG_CHUNK + near / 2 + QS_WHEEL_SLOTS + t->wheel.tight;
	t->fetch = s->max_streams >= FETCH_STREAMS;
	t->wheel.bags.cells =
		qs_sched_reserve(s, QS_RESERVE_FROM_FRONT(t->nr_chunks * chunk_bytes, few * chunk_bytes,
							  (chunk_bytes * 5 / 4 - 1) / QS_BAG_CHUNK + 1));
	if (t->wheel.bags.cells == NULL)
		return -ENOMEM;
	empty(t, s->now_ns);
	return 0;
}
