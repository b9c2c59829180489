/* SPDX-License-Identifier: BSD-3-Clause */
/* The priority structure against a search through all members. */
#include "sched/qs_rank.h"

#include "sched_rig.h"

#define N 300

static bool tie(const struct rte_qsock_sched *s, uint32_t a, uint32_t b)
{
	return a < b;
}

static struct qs_rank r;
static struct qs_node *nodes;
static bool in[N];

static uint32_t naive_top(void)
{
	uint32_t best = QS_NIL;

	for (uint32_t i = 0; i < N; i++) {
		if (!in[i])
			continue;
		if (best == QS_NIL || nodes[i].key.hi < nodes[best].key.hi ||
		    (nodes[i].key.hi == nodes[best].key.hi && nodes[i].key.lo < nodes[best].key.lo))
			best = i;
	}
	return best;
}

static void run(uint32_t spread, uint64_t seed)
{
	struct rte_qsock_sched *s;
	struct rte_qsock_sched_conf conf = rig_conf(NULL, "fifo");

	assert_int_equal(rte_qsock_sched_create(&conf, &s), 0);
	nodes = rte_qsock_sched_alloc(s, N * sizeof(*nodes));
	qs_rank_init(&r, nodes);
	memset(in, 0, sizeof(in));
	for (int step = 0; step < 60000; step++) {
		uint32_t i = rig_random(&seed, N);
		uint32_t grow = step / 10000 % 3 == 0 ? 7 : 4;

		if (!in[i] && rig_random(&seed, 10) < grow) {
			qs_rank_insert(&r, i,
				       (struct qs_key){rig_random(&seed, spread), rig_random(&seed, 3)});
			in[i] = true;
		} else if (in[i] && rig_random(&seed, 4) == 0) {
			qs_rank_remove(NULL, &r, i, tie);
			in[i] = false;
		}
		assert_int_equal(qs_rank_has(&r, i), in[i]);

		uint32_t top = naive_top();

		assert_int_equal(qs_rank_top(NULL, &r, tie), top);
		if (top != QS_NIL && rig_random(&seed, 4) != 0) {
			qs_rank_remove(NULL, &r, top, tie);
			in[top] = false;
		}
	}
	rte_qsock_sched_free(s);
}

static void many_alike(void **state)
{
	run(9, 11);
}

static void few_alike(void **state)
{
	run(60000, 13);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_alike),
		cmocka_unit_test(few_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
