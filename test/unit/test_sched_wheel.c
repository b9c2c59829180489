/* SPDX-License-Identifier: BSD-3-Clause */
/* The radix wheel: the first slot has the next entries, all of them, once. */
#include "sched/qs_wheel.h"

#include "sched_rig.h"

#define N 1000

static uint64_t want[N]; /* NEVER: no entry */

static uint64_t some_delta(uint64_t *seed)
{
	unsigned int bits = rig_random(seed, 60);

	return ((uint64_t)rig_random(seed, 1u << 31) << 31 | rig_random(seed, 1u << 31)) >> bits;
}

static uint64_t soonest(void)
{
	uint64_t min = RTE_QSOCK_NEVER;

	for (uint32_t i = 0; i < N; i++)
		min = want[i] < min ? want[i] : min;
	return min;
}

/* All of the first slot come, and nobody else is earlier than its end. */
static uint32_t take_slot(struct qs_wheel *w, const struct qs_wheel_slot *slot)
{
	struct qs_wheel_entry entries[QS_WHEEL_CHUNK];
	uint32_t left = w->counts[slot->index], taken = left;

	qs_wheel_begin(w, slot);
	while (left > 0) {
		uint32_t n = qs_wheel_take(w, slot, entries);

		for (uint32_t i = 0; i < n; i++) {
			assert_true(entries[i].time_ns == want[entries[i].id]);
			assert_true(entries[i].time_ns >= slot->start_ns);
			assert_true(entries[i].time_ns <= slot->end_ns);
			want[entries[i].id] = RTE_QSOCK_NEVER;
		}
		left -= n;
	}
	assert_true(soonest() > slot->end_ns);
	return taken;
}

static void exact(void **state)
{
	struct qs_wheel w = {.nr_chunks = qs_wheel_chunks(N)};
	uint64_t seed = 23, least_ns = 0; /* no time before */
	uint32_t pending = 0;

	w.chunks = calloc(w.nr_chunks, sizeof(*w.chunks));
	qs_wheel_reset(&w, 0);
	for (uint32_t i = 0; i < N; i++)
		want[i] = RTE_QSOCK_NEVER;
	for (int step = 0; step < 100000; step++) {
		uint32_t id = rig_random(&seed, N);
		struct qs_wheel_slot slot;

		if (want[id] == RTE_QSOCK_NEVER) {
			want[id] = least_ns + some_delta(&seed);
			qs_wheel_insert(&w, want[id], id);
			pending++;
		}
		if (rig_random(&seed, 3) != 0)
			continue;
		if (!qs_wheel_first(&w, &slot)) {
			assert_int_equal(pending, 0);
			continue;
		}
		assert_true(slot.start_ns <= soonest() && slot.end_ns >= soonest());
		if (slot.level > 0 && rig_random(&seed, 2) != 0) {
			qs_wheel_spill(&w, &slot);
			least_ns = slot.start_ns;
		} else {
			pending -= take_slot(&w, &slot);
			least_ns = slot.end_ns;
		}
		assert_int_equal(w.nr_entries, pending);
		if (least_ns >> 61 != 0) { /* where clocks end */
			qs_wheel_reset(&w, 0);
			for (uint32_t i = 0; i < N; i++)
				want[i] = RTE_QSOCK_NEVER;
			pending = 0;
			least_ns = 0;
		}
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
