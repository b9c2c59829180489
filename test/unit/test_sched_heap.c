/* SPDX-License-Identifier: BSD-3-Clause */
/* The heap against a search through all members. */
#include "sched/qs_heap.h"

#include "sched_rig.h"

#define N 300u

static struct qs_heap_entry entries[N];
static bool in[N];

static bool before(uint32_t a, uint32_t b)
{
	const struct qs_heap_entry *x = &entries[a], *y = &entries[b];

	if (x->key != y->key)
		return x->key < y->key;
	return x->arrival_ns != y->arrival_ns ? x->arrival_ns < y->arrival_ns : a < b;
}

static uint32_t naive_first(void)
{
	uint32_t best = QS_NIL;

	for (uint32_t id = 0; id < N; id++)
		if (in[id] && (best == QS_NIL || before(id, best)))
			best = id;
	return best;
}

/* spread: how many keys there are */
static void run(uint32_t spread, uint64_t seed)
{
	struct rte_qsock_sched *s;
	struct rte_qsock_sched_conf conf = rig_conf(NULL, "fifo");
	uint32_t at[N];
	struct qs_heap h = {.at = at};

	assert_int_equal(rte_qsock_sched_create(&conf, &s), 0);
	assert_int_equal(qs_heap_create(s, &h, N), 0);
	memset(in, 0, sizeof(in));
	for (uint32_t step = 0; step < 60000; step++) {
		uint32_t id = rig_random(&seed, N);
		uint32_t grow = step / 10000 % 3 == 0 ? 9 : 4;

		if (!in[id] && rig_random(&seed, 10) < grow) {
			entries[id] = (struct qs_heap_entry){
				.key = (unsigned __int128)rig_random(&seed, 2) << 64 |
				       rig_random(&seed, spread),
				.arrival_ns = rig_random(&seed, 3),
				.id = id,
			};
			qs_heap_push(&h, entries[id]);
			in[id] = true;
		} else if (in[id] && rig_random(&seed, 4) == 0) {
			qs_heap_take(&h, h.at[id]);
			in[id] = false;
		}

		uint32_t first = naive_first();

		assert_int_equal(qs_heap_empty(&h), first == QS_NIL);
		if (first == QS_NIL)
			continue;
		assert_int_equal(qs_heap_first(&h), first);
		if (rig_random(&seed, 3) == 0) {
			qs_heap_take(&h, 0);
			in[first] = false;
		}
	}
	rte_qsock_sched_free(s);
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
