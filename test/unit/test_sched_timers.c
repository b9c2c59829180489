/* SPDX-License-Identifier: BSD-3-Clause */
/* Timers against a look at every stream: none is early, none is late, none is lost. */
#include "sched/qs_timers.h"

#include "sched_rig.h"

#define N 200

static struct qs_timers timers;
static uint64_t wanted[N]; /* NEVER: no timer */
static uint64_t seed = 17;
static uint64_t spread_ns;
static uint32_t fired;

static uint64_t some_time(uint64_t now_ns)
{
	uint64_t reach = spread_ns >> rig_random(&seed, 20);

	return now_ns + 1 +
	       (reach != 0 ? rig_random(&seed, reach < 1u << 31 ? (uint32_t)reach : 1u << 31) : 0) *
		       (reach >> 31 != 0 ? reach >> 31 : 1);
}

static void on_timer(struct rte_qsock_sched *s, uint32_t id)
{
	fired++;
	assert_true(wanted[id] <= s->now_ns); /* set for no later time is allowed, but here none is */
	wanted[id] = RTE_QSOCK_NEVER;
	if (rig_random(&seed, 4) != 0) {
		wanted[id] = some_time(s->now_ns);
		qs_timers_arm(s, &timers, &s->streams[id], id, wanted[id]);
	}
}

static uint64_t soonest(void)
{
	uint64_t min = RTE_QSOCK_NEVER;

	for (uint32_t id = 0; id < N; id++)
		min = wanted[id] < min ? wanted[id] : min;
	return min;
}

/* One step of time: to the next timer, a little or far beyond it. */
static void step(struct rte_qsock_sched *s)
{
	uint64_t next_ns = qs_timers_next_ns(s, &timers);
	uint64_t min_ns = soonest();

	assert_true(next_ns <= min_ns);
	if (rig_random(&seed, 3) != 0 && next_ns != RTE_QSOCK_NEVER && next_ns > s->now_ns)
		s->now_ns = next_ns;
	else
		s->now_ns = some_time(s->now_ns);
	qs_timers_run(s, &timers, on_timer);
	assert_true(soonest() > s->now_ns);
	assert_true(timers.soonest_ns > s->now_ns);
}

/* Set an earlier time now and then: the old timer is left behind, and must not count. */
static void meddle(struct rte_qsock_sched *s)
{
	uint32_t id = rig_random(&seed, N);
	uint64_t time_ns = some_time(s->now_ns);

	if (wanted[id] > time_ns) {
		wanted[id] = time_ns;
		qs_timers_arm(s, &timers, &s->streams[id], id, time_ns);
	}
}

static struct rte_qsock_sched *make(void)
{
	struct rte_qsock_sched_conf conf = rig_conf(NULL, "fifo");
	struct rte_qsock_sched *s;

	conf.max_streams = N;
	assert_int_equal(rte_qsock_sched_create(&conf, &s), 0);
	for (uint32_t id = 0; id < N; id++) {
		/* A timer counts for the backlogged only. */
		s->streams[id] = (struct qs_stream){.head = 0, .armed_ns = RTE_QSOCK_NEVER};
		wanted[id] = RTE_QSOCK_NEVER;
	}
	timers = (struct qs_timers){0};
	assert_int_equal(qs_timers_create(s, &timers), 0);
	fired = 0;
	return s;
}

static void exact(void **state)
{
	static const uint64_t spreads[] = {1 << 2,	     1 << 8, 1 << 14, 1 << 22, UINT64_C(1) << 33,
					   UINT64_C(1) << 41};
	struct rte_qsock_sched *s = make();
	uint32_t ticks = 0; /* of different length */

	for (int i = 0; i < 200000; i++) {
		spread_ns = spreads[i / 5000 % 6];
		if (i % 20000 == 0) /* what is set is kept */
			qs_timers_rebuild(s, &timers);
		if (rig_random(&seed, 2) != 0)
			meddle(s);
		else
			step(s);
		ticks |= 1u << timers.wheel.tick_log2_ns;
	}
	assert_true(fired > 20000);
	assert_true(ticks & 1 && ticks >> 8 != 0);
	rte_qsock_sched_free(s);
}

static void arm(struct rte_qsock_sched *s, uint32_t id, uint64_t time_ns)
{
	wanted[id] = time_ns;
	qs_timers_arm(s, &timers, &s->streams[id], id, time_ns);
}

static void once(struct rte_qsock_sched *s, uint32_t id)
{
	assert_int_equal(wanted[id], s->now_ns);
	wanted[id] = RTE_QSOCK_NEVER;
	fired++;
}

/* Any number at one time, wherever it lies; nobody before, and what comes next is known to the nanosecond. */
static void crowds(void **state)
{
	for (unsigned int bits = 0; bits < 44; bits++) {
		for (uint32_t tick_log2_ns = 0; tick_log2_ns <= 12; tick_log2_ns += 4) {
			struct rte_qsock_sched *s = make();
			uint64_t time_ns = (UINT64_C(1) << bits) + 12345, next_ns;

			timers.wheel.tick_log2_ns = tick_log2_ns;
			s->now_ns = 12344;
			qs_timers_rebuild(s, &timers);
			for (uint32_t id = 0; id < N; id++)
				arm(s, id, time_ns + id % 3);
			while ((next_ns = qs_timers_next_ns(s, &timers)) < time_ns) {
				assert_true(next_ns > s->now_ns);
				s->now_ns = next_ns;
				qs_timers_run(s, &timers, once);
				assert_int_equal(fired, 0);
			}
			for (s->now_ns = time_ns; s->now_ns < time_ns + 3; s->now_ns++) {
				assert_int_equal(qs_timers_next_ns(s, &timers), s->now_ns);
				qs_timers_run(s, &timers, once);
				assert_true(soonest() > s->now_ns);
			}
			assert_int_equal(fired, N);
			assert_true(qs_timers_next_ns(s, &timers) == RTE_QSOCK_NEVER);
			rte_qsock_sched_free(s);
		}
	}
}

/* Timers left behind by earlier ones do not use up the room. */
static void left_behind(void **state)
{
	struct rte_qsock_sched *s = make();
	uint64_t far_ns = UINT64_C(1) << 45;
	uint32_t least = UINT32_MAX;

	for (uint32_t i = 0; i < 200000; i++) {
		arm(s, rig_random(&seed, N), far_ns - (uint64_t)i * 100000);
		least = timers.wheel.bags.nr_free < least ? timers.wheel.bags.nr_free : least;
	}
	assert_in_range(least, 1, timers.wheel.tight); /* it was short of room, and never out of it */
	while (soonest() != RTE_QSOCK_NEVER) {
		s->now_ns = soonest();
		assert_true(qs_timers_next_ns(s, &timers) <= s->now_ns);
		qs_timers_run(s, &timers, once);
		assert_true(soonest() > s->now_ns);
	}
	assert_int_equal(fired, N);
	rte_qsock_sched_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exact),
		cmocka_unit_test(crowds),
		cmocka_unit_test(left_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
