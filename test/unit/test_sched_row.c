/* SPDX-License-Identifier: BSD-3-Clause */
/* The sort of keys, and the row of ready streams, against a naive order. */
#include "sched/qs_row.h"

#include "sched_rig.h"

#define IDS 64u /* of a row: six bits */

static uint64_t whole[IDS]; /* keys of which the brief ones are the upper parts */
static uint64_t compared;

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void sort(void **state)
{
	uint64_t seed = 5, keys[QS_KEYSORT_MAX], sorted[QS_KEYSORT_MAX];

	for (uint32_t i = 0; i < 20000; i++) {
		uint32_t n = 1 + i % QS_KEYSORT_MAX;

		for (uint32_t k = 0; k < n; k++)
			keys[k] = (uint64_t)rig_random(&seed, i % 3 != 0 ? 1u << 31 : 8) << 33 | k;
		memcpy(sorted, keys, sizeof(keys));
		qsort(sorted, n, sizeof(sorted[0]), by_value);
		qs_keysort(keys, n);
		assert_memory_equal(keys, sorted, n * sizeof(keys[0]));
	}
}

/* Whole keys first, then ids. */
static bool before(const struct rte_qsock_sched *s, uint32_t a, uint32_t b)
{
	compared++;
	return whole[a] != whole[b] ? whole[a] < whole[b] : a < b;
}

static bool same(const struct rte_qsock_sched *s, uint32_t a, uint32_t b)
{
	return whole[a] == whole[b] && (a + b) % 3 != 0; /* not all can be seen at once */
}

static uint32_t naive_first(uint64_t in)
{
	uint32_t best = QS_NIL;

	for (uint32_t id = 0; id < IDS; id++)
		if (in >> id & 1 && (best == QS_NIL || before(NULL, id, best)))
			best = id;
	return best;
}

static struct qs_row r;

static uint32_t resolve(struct rte_qsock_sched *s)
{
	return qs_row_resolve(s, &r, before, same);
}

static uint64_t key_of(uint32_t id)
{
	return whole[id] / 4 << 6 | id;
}

static uint32_t count(void)
{
	uint32_t n = r.end - r.first;

	for (uint32_t k = 0; k < QS_ROW_FRONT; k++)
		n += r.front[k] != QS_ROW_NONE;
	return n;
}

/* One comes: behind the others, without a key, or to its place. */
static void enter(uint32_t id, bool batch)
{
	if (!batch && key_of(id) < r.bound) {
		qs_row_insert_front(&r, key_of(id), 100 + whole[id]);
		return;
	}
	if (!batch && r.sorted == r.end) {
		qs_row_insert(&r, key_of(id), 100 + whole[id]);
		return;
	}
	qs_row_append(&r, id, 100 + whole[id]);
}

static uint32_t leave(void)
{
	if (qs_row_alone(&r))
		return qs_row_pop_alone(&r);
	if (qs_row_prepared(&r))
		return qs_row_pop(NULL, &r, resolve);
	for (uint32_t k = r.sorted; k < r.end; k++)
		r.tail[k] = key_of((uint32_t)r.tail[k]);
	if (r.sorted != r.end)
		qs_row_order(&r);
	qs_row_prepare(&r);
	return qs_row_pop(NULL, &r, resolve);
}

/*
 * Members come in batches or one by one, the first leaves, or any. spread: how many brief keys there are. Of
 * a row that is not open those wait elsewhere whose whole keys are not below a floor.
 */
static void run(uint32_t spread, bool open, uint64_t seed)
{
	uint64_t in = 0, floor = open ? UINT64_MAX : spread * 2;

	r = (struct qs_row){.scale.bits = 6, .scale.mask = 63};
	qs_row_init(&r, 0);
	r.open = open;
	qs_row_begin(&r, 0);
	for (uint32_t step = 0; step < 4000; step++) {
		uint32_t come = rig_random(&seed, 3) != 0 ? rig_random(&seed, 4) : rig_random(&seed, 60);
		uint32_t go = rig_random(&seed, 3) != 0 ? rig_random(&seed, 4) : rig_random(&seed, 60);
		bool batch = rig_random(&seed, 2) != 0;

		for (; come > 0; come--) {
			uint32_t id = rig_random(&seed, IDS);

			if (in >> id & 1)
				continue;
			whole[id] = rig_random(&seed, spread) * 4 + rig_random(&seed, 4);
			if (whole[id] >= floor) {
				assert_true(key_of(id) >= r.bound);
				continue;
			}
			enter(id, batch);
			in |= UINT64_C(1) << id;
			assert_true(r.due_ns <= 100 + whole[id]);
		}
		for (; go > 0 && in != 0; go--) {
			uint32_t id = rig_random(&seed, IDS);

			if (rig_random(&seed, 4) != 0) {
				id = leave();
				assert_int_equal(id, naive_first(in));
			} else if (in >> id & 1) {
				qs_row_remove(&r, id);
			}
			in &= ~(UINT64_C(1) << id);
		}
		assert_int_equal(count(), __builtin_popcountll(in));
		assert_int_equal(qs_row_empty(&r), in == 0);
		if (in == 0 && rig_random(&seed, 2) != 0) {
			qs_row_begin(&r, 0);
			floor = open ? UINT64_MAX : rig_random(&seed, spread * 4);
		}
	}
}

static void many_alike(void **state)
{
	for (uint64_t seed = 1; seed < 20; seed++)
		run(3, seed % 2 != 0, seed);
}

static void few_alike(void **state)
{
	for (uint64_t seed = 1; seed < 20; seed++)
		run(1000, seed % 2 != 0, seed);
}

static void steps_adapt(void **state)
{
	struct qs_scale scale = {.max = 1023, .shift = 4};

	qs_scale_adapt(&scale, 1000);
	assert_int_equal(qs_scale_steps(&scale, 900, scale.shift, scale.max), 0);
	assert_int_equal(qs_scale_steps(&scale, 1032, scale.shift, scale.max), 2);
	assert_int_equal(qs_scale_steps(&scale, 1000 + (1 << 20), scale.shift, scale.max), 1023);
	qs_scale_alike(&scale, 1000 + (1 << 20), 2000 + (1 << 20));
	qs_scale_adapt(&scale, 2000);
	assert_int_equal(scale.shift, 6); /* beyond all steps: these were too fine */
	for (uint32_t i = 0; i < QS_SCALE_ALIKE; i++)
		qs_scale_alike(&scale, 2100, 2101);
	qs_scale_adapt(&scale, 2000);
	assert_int_equal(scale.shift, 5);
	qs_scale_adapt(&scale, 2000);
	assert_int_equal(scale.shift, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sort),
		cmocka_unit_test(many_alike),
		cmocka_unit_test(few_alike),
		cmocka_unit_test(steps_adapt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
