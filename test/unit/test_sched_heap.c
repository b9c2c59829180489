/* SPDX-License-Identifier: BSD-3-Clause */
/* The heap against a search through all members. */
#include "sched/qs_heap.h"

#include "sched_rig.h"

#define N 300u

static struct {
	uint32_t key, arrival;
} entries[N];
static bool in[N];

static bool before(const struct rte_qsock_sched *s, uint32_t a, uint32_t b)
{
	if (entries[a].key != entries[b].key)
		return entries[a].key < entries[b].key;
	return entries[a].arrival != entries[b].arrival ? entries[a].arrival < entries[b].arrival : a < b;
}

static uint32_t naive_first(void)
{
	uint32_t best = QS_NIL;

	for (uint32_t id = 0; id < N; id++)
		if (in[id] && (best == QS_NIL || before(NULL, id, best)))
			best = id;
	return best;
}

/* spread: how many keys there are */
static void run(uint32_t spread, uint64_t seed)
{
	uint32_t ids[N], at[N];
	struct qs_heap h = {.v = ids, .at = at};

	memset(in, 0, sizeof(in));
	for (uint32_t step = 0; step < 60000; step++) {
		uint32_t id = rig_random(&seed, N);
		uint32_t grow = step / 10000 % 3 == 0 ? 9 : 4;

		if (!in[id] && rig_random(&seed, 10) < grow) {
			entries[id].key = rig_random(&seed, spread);
			entries[id].arrival = rig_random(&seed, 3);
			qs_heap_push(NULL, &h, id, before);
			in[id] = true;
		} else if (in[id] && rig_random(&seed, 4) == 0) {
			qs_heap_take(NULL, &h, at[id], before);
			in[id] = false;
		}

		uint32_t first = naive_first();

		assert_int_equal(qs_heap_empty(&h), first == QS_NIL);
		if (first == QS_NIL)
			continue;
		assert_int_equal(qs_heap_first(&h), first);
		if (rig_random(&seed, 3) == 0) {
			qs_heap_take(NULL, &h, 0, before);
			in[first] = false;
		}
	}
}

static void many_alike(void **state)
{
	run(5, 1);
	run(60, 2);
}

static void few_alike(void **state)
{
	run(100000, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_alike),
		cmocka_unit_test(few_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
