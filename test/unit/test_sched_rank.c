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
static uint64_t leaves_ns[N]; /* members of slots leave by then */

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

/* A place that keeps the promises of its kind. Classes 0 .. 15, of which four share a word. */
static struct qs_place some_place(uint64_t *seed, enum qs_rank_kind kind, uint64_t now_ns, uint32_t spread)
{
	uint64_t time_ns = now_ns + 1 + rig_random(seed, spread);
	uint64_t class = kind == QS_RANK_BY_CLASS ? rig_random(seed, 16) : 0;
	struct qs_place p = {.class = class, .word = (uint32_t) class / 4 * 1000, .time_ns = time_ns};

	p.key = kind == QS_RANK_BY_CLASS ? (struct qs_key){class, time_ns}
					 : (struct qs_key){time_ns, rig_random(seed, 3)};
	if (kind == QS_RANK_PLAIN)
		p.key = (struct qs_key){rig_random(seed, 9), rig_random(seed, 3)};
	if (rig_random(seed, 20) == 0)
		p.time_ns = QS_RANK_NO_TIME;
	return p;
}

static void run(enum qs_rank_kind kind, uint32_t spread, uint64_t seed)
{
	struct rte_qsock_sched *s;
	struct rte_qsock_sched_conf conf = rig_conf(NULL, "fifo");
	uint64_t now_ns = 12345;

	assert_int_equal(rte_qsock_sched_create(&conf, &s), 0);
	nodes = qs_rank_nodes(s, N);
	memset(&r, 0, sizeof(r));
	assert_int_equal(qs_rank_create(s, &r, kind, N, nodes), 0);
	r.shift = 4;
	memset(in, 0, sizeof(in));
	for (int step = 0; step < 60000; step++) {
		uint32_t i = rig_random(&seed, N);
		uint32_t grow = step / 10000 % 3 == 0 ? 7 : 4;

		if (!in[i] && rig_random(&seed, 10) < grow) {
			struct qs_place p = some_place(&seed, kind, now_ns, spread);

			qs_rank_insert(&r, i, &p, now_ns, kind);
			leaves_ns[i] = p.time_ns;
			in[i] = true;
		} else if (in[i] && rig_random(&seed, 4) == 0) {
			qs_rank_remove(NULL, &r, i, tie);
			in[i] = false;
		}
		assert_int_equal(qs_rank_has(&r, i), in[i]);
		now_ns += rig_random(&seed, 8) == 0 ? rig_random(&seed, spread / 20) : 0;
		for (i = 0; i < N && kind != QS_RANK_PLAIN; i++) {
			if (in[i] && leaves_ns[i] <= now_ns) {
				qs_rank_remove(NULL, &r, i, tie);
				in[i] = false;
			}
		}

		uint32_t top = naive_top();

		assert_int_equal(qs_rank_top(NULL, &r, now_ns, kind, tie), top);
		assert_int_equal(qs_rank_empty(&r), top == QS_NIL);
		if (top != QS_NIL && rig_random(&seed, 4) != 0) {
			qs_rank_pop(NULL, &r, top, tie);
			in[top] = false;
		}
	}
	rte_qsock_sched_free(s);
}

static void plain(void **state)
{
	run(QS_RANK_PLAIN, 100, 11);
}

static void by_time(void **state)
{
	run(QS_RANK_BY_TIME, 300, 12);
	run(QS_RANK_BY_TIME, 60000, 13);
	run(QS_RANK_BY_TIME, 200000, 14); /* beyond the circle, too */
}

static void by_class(void **state)
{
	run(QS_RANK_BY_CLASS, 50, 15);
	run(QS_RANK_BY_CLASS, 1000, 16);
	run(QS_RANK_BY_CLASS, 5000, 17);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain),
		cmocka_unit_test(by_time),
		cmocka_unit_test(by_class),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
