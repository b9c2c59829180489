/* SPDX-License-Identifier: BSD-3-Clause */
/* The wheel of timers: each stands in the slot of its time, once, and nothing is put where time comes next.
 */
#include "sched/qs_wheel.h"

#include "sched_rig.h"

#define N 1000

static struct qs_wheel w;
static uint64_t want[N]; /* NEVER: no timer */

static uint64_t some_delta(uint64_t *seed)
{
	unsigned int bits = rig_random(seed, 60);

	return ((uint64_t)rig_random(seed, 1u << 31) << 31 | rig_random(seed, 1u << 31)) >> bits;
}

/* What stands in a slot belongs there; it is taken. Returns how many they were. */
static uint32_t take_slot(unsigned int level, uint64_t slot)
{
	uint32_t bag = qs_wheel_take(&w, level, slot % QS_WHEEL_RING), taken = 0;
	const uint64_t *items;

	while (bag != 0) {
		uint32_t n = qs_bag_last(&w.bags, bag, &items);

		assert_in_range(n, 1, QS_BAG_CHUNK);
		for (uint32_t k = 0; k < n; k++) {
			uint32_t id = qs_timer_id(items[k]);

			assert_true(want[id] != RTE_QSOCK_NEVER);
			if (level != QS_WHEEL_TOP)
				assert_true(qs_wheel_time_ns(&w, level, slot, items[k]) == want[id]);
			else
				assert_true(want[id] >> qs_wheel_shift(&w, level) >= slot);
			want[id] = RTE_QSOCK_NEVER;
			taken++;
		}
		bag = qs_bag_drop(&w.bags, bag);
	}
	return taken;
}

static uint64_t soonest(void)
{
	uint64_t min = RTE_QSOCK_NEVER;

	for (uint32_t i = 0; i < N; i++)
		min = want[i] < min ? want[i] : min;
	return min;
}

/* Levels with something in the slot next to that of time. */
static uint32_t next_slots(void)
{
	uint32_t next = 0;

	for (unsigned int l = 0; l < QS_WHEEL_LEVELS; l++)
		if (w.slots[l][(qs_wheel_slot(&w, l) + 1) % QS_WHEEL_RING] != 0)
			next |= 1u << l;
	return next;
}

/* Time goes on to at_ns, and all slots that it passes or enters are taken first. */
static uint32_t go_on(uint64_t at_ns)
{
	uint32_t taken = 0;

	for (unsigned int l = 0; l < QS_WHEEL_LEVELS; l++)
		for (uint64_t slot; (slot = qs_wheel_first(&w, l)) <= at_ns >> qs_wheel_shift(&w, l);)
			taken += take_slot(l, slot);
	qs_wheel_turn(&w, at_ns);
	return taken;
}

static void exact(void **state)
{
	const uint32_t nr_chunks = N / QS_BAG_CHUNK + QS_WHEEL_SLOTS + 2;
	uint64_t seed = 23, at_ns = 0;
	uint32_t pending = 0, taken = 0;

	w.bags.cells = calloc((size_t)nr_chunks * QS_BAG_CELLS, sizeof(uint64_t));
	for (int step = 0; step < 100000; step++) {
		uint32_t id = rig_random(&seed, N);
		uint64_t time_ns = at_ns + some_delta(&seed);

		if (step % 10000 == 0) {
			qs_wheel_reset(&w, at_ns = some_delta(&seed), (uint32_t)step / 10000, nr_chunks);
			for (uint32_t i = 0; i < N; i++)
				want[i] = RTE_QSOCK_NEVER;
			pending = 0;
			continue;
		}
		if (want[id] == RTE_QSOCK_NEVER && time_ns >= w.near_ns) {
			want[id] = time_ns;
			(void)qs_wheel_add(&w, time_ns, id);
			pending++;
			assert_true(qs_wheel_soonest_ns(&w) <= soonest());
			assert_int_equal(w.next, next_slots());
		}
		if (rig_random(&seed, 8) != 0 || at_ns >> 60 != 0)
			continue;
		/* What is next comes as a rule; slots next to that of time can be emptied before. */
		time_ns = qs_wheel_soonest_ns(&w);
		assert_int_equal(time_ns == RTE_QSOCK_NEVER, pending == 0);
		if (time_ns == RTE_QSOCK_NEVER || rig_random(&seed, 4) == 0)
			time_ns = at_ns + (some_delta(&seed) & ((UINT64_C(1) << 40) - 1));
		for (unsigned int l = 0; l < QS_WHEEL_LEVELS; l++) {
			uint32_t n = take_slot(l, qs_wheel_slot(&w, l) + 1);

			pending -= n;
			taken += n;
		}
		w.next = 0;
		at_ns = time_ns > at_ns ? time_ns : at_ns;

		uint32_t n = go_on(at_ns);

		pending -= n;
		taken += n;
		assert_int_equal(pending == 0, soonest() == RTE_QSOCK_NEVER);
		assert_true(soonest() >= w.near_ns || soonest() > at_ns);
	}
	assert_true(taken > 10000);
	free(w.bags.cells);
}

/* All chunks are given back, however bags grow and shrink. */
static void chunks(void **state)
{
	uint64_t cells[8 * QS_BAG_CELLS];
	struct qs_bags b = {.cells = cells};
	const uint64_t *items;

	qs_bags_reset(&b, 8);
	for (uint32_t many = 1; many <= 4 * QS_BAG_CHUNK; many++) {
		uint32_t one = 0, two = 0, sum = 0;

		for (uint32_t k = 1; k <= many; k++) {
			one = qs_bag_add(&b, one, k);
			two = qs_bag_add(&b, two, k);
		}
		assert_int_equal(b.nr_free, 8 - 2 * ((many + QS_BAG_CHUNK - 1) / QS_BAG_CHUNK));
		for (uint32_t bag = one; bag != 0; bag = qs_bag_drop(&b, bag)) {
			uint32_t n = qs_bag_last(&b, bag, &items);

			for (uint32_t k = 0; k < n; k++)
				sum += (uint32_t)items[k];
		}
		for (uint32_t bag = two; bag != 0; bag = qs_bag_drop(&b, bag)) {
			uint32_t n = qs_bag_last(&b, bag, &items);

			for (uint32_t k = 0; k < n; k++)
				sum += (uint32_t)items[k];
		}
		assert_int_equal(sum, many * (many + 1));
		assert_int_equal(b.nr_free, 8);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exact),
		cmocka_unit_test(chunks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
