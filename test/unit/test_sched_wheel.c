/* SPDX-License-Identifier: BSD-3-Clause */
/* The radix wheel: every entry fires at the first advance to or beyond its time, once. */
#include "sched/qs_wheel.h"

#include "sched_rig.h"

#define N 1000

static uint64_t want[N];
static uint32_t pending;
static uint64_t now_ns;

static void on_fire(struct rte_qsock_sched *s, void *arg, uint64_t time_ns, uint32_t id)
{
	assert_true(time_ns == want[id]);
	assert_true(time_ns <= now_ns);
	want[id] = RTE_QSOCK_NEVER;
	pending--;
}

static void exact(void **state)
{
	struct qs_wheel w = {.nr_chunks = qs_wheel_chunks(N)};
	uint64_t seed = 23;

	w.chunks = calloc(w.nr_chunks, sizeof(*w.chunks));
	qs_wheel_reset(&w);
	for (uint32_t i = 0; i < N; i++)
		want[i] = RTE_QSOCK_NEVER;
	for (int step = 0; step < 100000; step++) {
		uint32_t id = rig_random(&seed, N);
		unsigned int bits = rig_random(&seed, 60);

		if (want[id] == RTE_QSOCK_NEVER) {
			uint64_t delta =
				((uint64_t)rig_random(&seed, 1u << 31) << 31 | rig_random(&seed, 1u << 31)) >>
				bits;

			want[id] = now_ns + delta;
			qs_wheel_insert(&w, want[id], id);
			pending++;
		}
		if (rig_random(&seed, 3) != 0)
			continue;
		now_ns += (uint64_t)rig_random(&seed, 1u << 31) >> rig_random(&seed, 31);
		if (rig_random(&seed, 1000) == 0)
			now_ns += UINT64_C(1) << 55;
		qs_wheel_advance(NULL, &w, now_ns, on_fire, NULL);
		assert_int_equal(w.nr_entries, pending);

		uint64_t min = RTE_QSOCK_NEVER;

		for (uint32_t i = 0; i < N; i++)
			min = want[i] < min ? want[i] : min;
		assert_true(min > now_ns);
		assert_true(w.soonest_ns <= min);
		assert_true(w.soonest_ns > now_ns);
	}
	free(w.chunks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
