/* SPDX-License-Identifier: BSD-3-Clause */
#include "sched/qs_idset.h"
#include "sched/qs_sort.h"

#include "sched_rig.h"

static struct qs_idset make(uint32_t n)
{
	struct qs_idset set = {.count = 0};

	for (unsigned int l = 0; l < QS_IDSET_LEVELS - 1; l++)
		set.levels[l] = calloc(qs_idset_words(n, l), sizeof(uint64_t));
	return set;
}

static void unmake(struct qs_idset *set)
{
	for (unsigned int l = 0; l < QS_IDSET_LEVELS - 1; l++)
		free(set->levels[l]);
}

static void lowest_first(void **state)
{
	static const uint32_t ids[] = {0, 63, 64, 4095, 4096, 262143, 262144, (1u << 24) - 1};
	struct qs_idset set = make(1u << 24);

	for (size_t i = sizeof(ids) / sizeof(ids[0]); i-- > 0;) {
		qs_idset_add(&set, ids[i]);
		qs_idset_add(&set, ids[i]);
	}
	assert_int_equal(set.count, sizeof(ids) / sizeof(ids[0]));
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		assert_int_equal(qs_idset_pop(&set), ids[i]);
	assert_int_equal(set.count, 0);
	assert_int_equal(set.top, 0);
	unmake(&set);
}

static void deleted_is_not_found(void **state)
{
	struct qs_idset set = make(5000);
	uint64_t seed = 5;
	static bool in[5000];

	for (int i = 0; i < 20000; i++) {
		uint32_t id = rig_random(&seed, 5000);

		if (rig_random(&seed, 2) != 0)
			qs_idset_add(&set, id);
		else
			qs_idset_del(&set, id);
		in[id] = set.levels[0][id / 64] >> (id % 64) & 1;
	}
	for (uint32_t id = 0; id < 5000; id++)
		if (in[id])
			assert_int_equal(qs_idset_pop(&set), id);
	assert_int_equal(set.count, 0);
	unmake(&set);
}

static bool less(const struct rte_qsock_sched *s, uint32_t a, uint32_t b)
{
	return a < b;
}

static void sorted(void **state)
{
	uint32_t v[200];
	uint64_t seed = 1;

	for (uint32_t n = 0; n < 200; n++) {
		for (uint32_t i = 0; i < n; i++)
			v[i] = rig_random(&seed, 50);
		qs_sort(NULL, v, n, less);
		for (uint32_t i = 1; i < n; i++)
			assert_true(v[i - 1] <= v[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lowest_first),
		cmocka_unit_test(deleted_is_not_found),
		cmocka_unit_test(sorted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
