/* SPDX-License-Identifier: BSD-3-Clause */
/* The priority structure against a search through all members. */
#include "sched/qs_rank.h"

#include "sched_rig.h"

#define N 300

static bool tie(const struct rte_qsock_sched *s, uint32_t a, uint32_t b)
{
	return a < b;
}

static uint32_t naive_top(const struct qs_node *nodes, const bool *in, const uint32_t *bucket)
{
	uint32_t best = QS_NIL;

	for (uint32_t i = 0; i < N; i++) {
		if (!in[i])
			continue;
		if (best == QS_NIL || bucket[i] < bucket[best] ||
		    (bucket[i] == bucket[best] &&
		     (nodes[i].key.hi < nodes[best].key.hi ||
		      (nodes[i].key.hi == nodes[best].key.hi && nodes[i].key.lo < nodes[best].key.lo))))
			best = i;
	}
	return best;
}

static void as_a_search(void **state)
{
	static struct qs_rank r;
	static struct qs_node nodes[N];
	static bool in[N];
	static uint32_t bucket[N];
	uint64_t seed = 11;

	for (uint32_t i = 0; i < N; i++)
		nodes[i].bucket = QS_NIL;
	qs_rank_init(&r, nodes);
	for (int step = 0; step < 300000; step++) {
		uint32_t i = rig_random(&seed, N);
		/* Phases of few and of many buckets, members and different keys. */
		uint32_t buckets = step / 30000 % 2 != 0 ? 3 : QS_RANK_BUCKETS;
		uint32_t grow = step / 10000 % 3 == 0 ? 7 : 4;

		if (!in[i] && rig_random(&seed, 10) < grow) {
			struct qs_key key = {rig_random(&seed, 9), rig_random(&seed, 3)};

			bucket[i] = rig_random(&seed, buckets);
			qs_rank_insert(&r, i, key, bucket[i]);
			in[i] = true;
		} else if (in[i] && rig_random(&seed, 4) == 0) {
			qs_rank_remove(NULL, &r, i, tie);
			in[i] = false;
		}
		assert_int_equal(qs_rank_has(&r, i), in[i]);
		if (rig_random(&seed, 3) != 0)
			continue;

		uint32_t top = naive_top(nodes, in, bucket);

		assert_int_equal(qs_rank_top(NULL, &r, tie), top);
		assert_int_equal(qs_rank_empty(&r), top == QS_NIL);
		if (top != QS_NIL && rig_random(&seed, 2) != 0) {
			qs_rank_pop(NULL, &r, top, tie);
			in[top] = false;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_a_search),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
