/* SPDX-License-Identifier: BSD-3-Clause */
/* One stream alone goes a way of its own: what happens is what happens beside another that never comes first.
 */
#include "sched_rig.h"

#define OTHER 7u /* backlogged for ever, and never eligible */

struct pair {
	struct rig *alone, *beside;
};

static struct pair pair_make(const char *name, bool deadline_first)
{
	struct rte_qsock_sched_conf conf = rig_conf(NULL, name);
	struct pair p;

	conf.precedence = deadline_first ? RTE_QSOCK_PRECEDENCE_DEADLINE : RTE_QSOCK_PRECEDENCE_WINDOW;
	p.alone = rig_make(&conf);
	p.beside = rig_make(&conf);
	rig_add(p.beside, OTHER, rig_stream(0, 1, RTE_QSOCK_IPG_MAX_NS));
	rig_pkts(p.beside, OTHER, 0, 2);
	assert_true(rig_decide(p.beside, 0));
	assert_false(rig_decide(p.beside, 0));
	assert_false(rig_decide(p.alone, 0));
	rig_expect(p.beside, p.beside->log);
	return p;
}

static void pair_free(struct pair *p)
{
	rig_free(p->alone);
	rig_free(p->beside);
}

static struct rte_qsock_stream_conf any_stream(uint64_t *seed)
{
	uint32_t y = 1 + rig_random(seed, 4);
	struct rte_qsock_stream_conf conf = rig_stream(rig_random(seed, y + 1), y, 0);

	conf.ipg_ns = RIG_T * (1 + rig_random(seed, 3));
	conf.queue_packets = 4;
	conf.droppable = rig_random(seed, 2) != 0;
	if (rig_random(seed, 6) == 0)
		conf.unit = RTE_QSOCK_UNIT_FRAME;
	if (rig_random(seed, 8) == 0)
		conf.cls = RTE_QSOCK_BEST_EFFORT;
	return conf;
}

/* The same of both, most often of stream 0. */
static void step(struct pair *p, uint64_t now_ns, uint64_t *seed)
{
	uint32_t what = rig_random(seed, 40), id = rig_random(seed, 5) == 0 ? 1 : 0;
	struct rte_qsock_stream_conf conf = any_stream(seed);
	uint64_t own_ns = rig_random(seed, 10) == 0 ? now_ns + rig_random(seed, 2 * RIG_T) : 0;
	uint16_t flags = rig_random(seed, 10) == 0 ? (uint16_t)(rig_random(seed, 4) << 2) : 0;

	if (what < 16) {
		assert_int_equal(rig_pkt(p->alone, id, now_ns, flags, own_ns),
				 rig_pkt(p->beside, id, now_ns, flags, own_ns));
	} else if (what == 16) {
		assert_int_equal(rte_qsock_sched_change(p->alone->sched, id, &conf),
				 rte_qsock_sched_change(p->beside->sched, id, &conf));
	} else if (what == 17) {
		assert_int_equal(rte_qsock_sched_remove(p->alone->sched, id, now_ns),
				 rte_qsock_sched_remove(p->beside->sched, id, now_ns));
	} else if (what < 20) {
		assert_int_equal(rte_qsock_sched_add(p->alone->sched, id, &conf),
				 rte_qsock_sched_add(p->beside->sched, id, &conf));
	} else {
		bool found = rig_decide(p->alone, now_ns);

		assert_int_equal(found, rig_decide(p->beside, now_ns));
		assert_true(found || rte_qsock_sched_next_ns(p->alone->sched) > now_ns);
	}
	assert_string_equal(p->alone->log, p->beside->log);
	rig_expect(p->alone, p->alone->log);
	rig_expect(p->beside, p->beside->log);
}

static void as_beside(const char *name, bool deadline_first)
{
	for (uint64_t first = 1; first < 40; first++) {
		struct pair p = pair_make(name, deadline_first);
		uint64_t seed = first, now_ns = 0;

		for (uint32_t i = 0; i < 1500; i++) {
			now_ns += rig_random(&seed, 3) == 0 ? rig_random(&seed, RIG_T) : 0;
			step(&p, now_ns, &seed);
		}
		assert_true(p.alone->sent > 50);
		assert_int_equal(p.alone->dropped, p.beside->dropped);
		pair_free(&p);
	}
}

static void dwcs_window(void **state)
{
	as_beside("dwcs", false);
}

static void dwcs_deadline(void **state)
{
	as_beside("dwcs", true);
}

static void vds(void **state)
{
	as_beside("vds", false);
}

/* Its next time is known, and it may be late, and go on alone. */
static void next_and_late(void **state)
{
	struct rig *r = rig_new("dwcs");

	rig_add(r, 0, rig_stream(1, 2, RIG_T));
	rig_pkts(r, 0, 100, 4);
	assert_true(rig_decide(r, 100));
	assert_int_equal(rte_qsock_sched_next_ns(r->sched), 1100);
	assert_false(rig_decide(r, 1099));
	assert_true(rig_decide(r, 2100)); /* it should have been before this */
	assert_int_equal(rte_qsock_sched_next_ns(r->sched), 3100);
	assert_true(rig_decide(r, 3100));
	rig_expect(r, "100 sent 0.0 1/1  2100 late 0.1! 1/2  2100 sent 0.2 1/1  3100 sent 0.3 1/2");
	assert_int_equal(rte_qsock_sched_next_ns(r->sched), RTE_QSOCK_NEVER);
	rig_free(r);
}

static void work_conserving(void **state)
{
	struct rig *r = rig_dwcs(RTE_QSOCK_PRECEDENCE_WINDOW, true);

	rig_add(r, 0, rig_stream(1, 2, RIG_T));
	rig_add(r, 1, rig_stream(0, 2, RIG_T));
	rig_pkts(r, 0, 0, 3);
	assert_true(rig_decide(r, 0));
	assert_int_equal(rte_qsock_sched_next_ns(r->sched), 0);
	assert_true(rig_decide(r, 1)); /* before its period */
	rig_pkts(r, 1, 1, 1);
	assert_true(rig_decide(r, 2));
	assert_true(rig_decide(r, 3));
	rig_expect(r, "0 sent 0.0 1/1  1 sent 0.1 1/2  2 sent 1.0 0/1  3 sent 0.2 1/1");
	rig_free(r);
}

/* A change makes one decision due, not the next poll as well: a packet late by its own deadline waits for
 * one. */
static void change_is_decided_on_once(void **state)
{
	struct rig *r = rig_new("dwcs");

	rig_add(r, 0, rig_stream(1, 2, RIG_T));
	rig_add(r, 1, rig_stream(1, 2, RIG_T));
	rig_pkts(r, 0, 0, 1);
	assert_int_equal(rig_pkt(r, 0, 0, 0, 500), 0);
	assert_true(rig_decide(r, 0));
	assert_false(rig_decide(r, 5));
	rig_change(r, 1, rig_stream(1, 2, RIG_T));
	assert_false(rig_decide(r, 10));
	assert_false(rig_decide(r, 600)); /* only a poll */
	assert_false(rig_decide(r, 1000));
	rig_expect(r, "0 sent 0.0 1/1  1000 late 0.1! 1/2");
	rig_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dwcs_window),
		cmocka_unit_test(dwcs_deadline),
		cmocka_unit_test(vds),
		cmocka_unit_test(next_and_late),
		cmocka_unit_test(work_conserving),
		cmocka_unit_test(change_is_decided_on_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
