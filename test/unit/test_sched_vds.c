/* SPDX-License-Identifier: BSD-3-Clause */
#include "sched_rig.h"

static void lower_virtual_deadline(void **state)
{
	struct rig *r = rig_new("vds");

	rig_add(r, 0, rig_stream(1, 2, 2 * RIG_T)); /* V = 2 * 2000 / 1 = 4000 */
	rig_add(r, 1, rig_stream(1, 3, 2 * RIG_T)); /* V = 3 * 2000 / 2 = 3000 */
	rig_add(r, 2, rig_stream(0, 1, 5 * RIG_T)); /* V = 5000 */
	rig_add(r, 3, rig_stream(1, 1, 3 * RIG_T)); /* m = 0: after all others */
	rig_add(r, 4, rig_stream(2, 2, 2 * RIG_T)); /* m = 0, earlier D */
	for (uint32_t id = 0; id < 5; id++)
		rig_pkts(r, id, 0, 1);
	rig_slots(r, 0, 1, 5);
	rig_expect(r, "0 sent 1.0 1/2  1 sent 0.0 0/1  2 sent 2.0 1/1  3 sent 4.0 0/1  4 sent 3.0 0/1");
	rig_free(r);
}

/* Virtual deadlines that differ by fractions of a nanosecond: 65535 * T / 65534 and 65534 * T / 65533. */
static void fractions_count(void **state)
{
	struct rig *r = rig_new("vds");

	rig_add(r, 0, rig_stream(1, 65534, RIG_T)); /* more */
	rig_add(r, 1, rig_stream(1, 65535, RIG_T)); /* less */
	rig_pkts(r, 0, 0, 1);
	rig_pkts(r, 1, 0, 1);
	rig_slots(r, 0, 1, 2);
	rig_expect(r, "0 sent 1.0 65533/65534  1 sent 0.0 65532/65533");
	rig_free(r);
}

/* Equal virtual deadlines of different fractions: 2/1 and 4/2 of the same period. */
static void ties(void **state)
{
	struct rig *r = rig_new("vds");

	rig_add(r, 2, rig_stream(2, 4, RIG_T));
	rig_add(r, 1, rig_stream(1, 2, RIG_T));
	rig_add(r, 3, rig_stream(1, 2, RIG_T));
	for (uint32_t id = 1; id < 4; id++)
		rig_pkts(r, id, 0, 1);
	rig_slots(r, 0, 1, 3);
	rig_expect(r, "0 sent 1.0 0/1  1 sent 2.0 1/3  2 sent 3.0 0/1");
	rig_free(r);
}

static void misses_and_violations(void **state)
{
	struct rig *r = rig_new("vds");

	rig_add(r, 0, rig_stream(1, 3, RIG_T)); /* 2 of 3 */
	rig_pkts(r, 0, 0, 6);
	assert_true(rig_decide(r, 0));	  /* 1/2 */
	assert_true(rig_decide(r, 3500)); /* late at 2000 and 3000: 1/1, then a violation and 2/3 */
	assert_true(rig_decide(r, 4000));
	rig_expect(r, "0 sent 0.0 1/2  3500 late 0.1! 1/1  3500 late 0.2! 2/3*1  3500 sent 0.3 1/2*1  "
		      "4000 sent 0.4 0/1*1");
	rig_free(r);
}

static void non_droppable(void **state)
{
	struct rig *r = rig_new("vds");

	rig_add(r, 0, rig_stream(1, 2, RIG_T)); /* 1 of 2 */
	assert_int_equal(rig_pkt(r, 0, 0, ND, 0), 0);
	assert_true(rig_decide(
		r, 5100)); /* 5 misses: 1/1, *1 1/2, 1/1, *2 1/2, 1/1; the service ends the window */
	rig_expect(r, "5100 sent 0.0! 1/2*2");
	rig_free(r);
}

/* An own deadline decides expiry, and the order where m' = 0; V is of the stream's D. */
static void own_deadline(void **state)
{
	struct rig *r = rig_new("vds");

	rig_add(r, 0, rig_stream(0, 1, 3 * RIG_T)); /* V = 3000 */
	rig_add(r, 1, rig_stream(0, 1, 2 * RIG_T)); /* V = 2000 */
	rig_add(r, 2, rig_stream(1, 1, 3 * RIG_T)); /* m = 0 */
	rig_add(r, 3, rig_stream(1, 1, 2 * RIG_T)); /* m = 0 */
	assert_int_equal(rig_pkt(r, 0, 0, 0, 1000), 0);
	rig_pkts(r, 1, 0, 1);
	assert_int_equal(rig_pkt(r, 2, 0, 0, 1000), 0);
	rig_pkts(r, 3, 0, 1);
	rig_slots(r, 0, 1, 2);
	rig_expect(r, "0 sent 1.0 1/1  1 sent 0.0 1/1");
	rig_slots(r, 2, 1, 2);
	rig_expect(r, "2 sent 2.0 0/1  3 sent 3.0 0/1");
	assert_int_equal(rig_pkt(r, 2, 3500, 0, 3600), 0);
	assert_false(rig_decide(r, 3600));
	rig_expect(r, "3600 late 2.1! 0/1");
	rig_free(r);
}

static void best_effort_window(void **state)
{
	struct rig *r = rig_new("vds");
	struct rte_qsock_stream_conf be = rig_stream(1, 4, 0);

	be.cls = RTE_QSOCK_BEST_EFFORT;
	rig_add(r, 0, be);
	rig_pkts(r, 0, 0, 1);
	assert_true(rig_decide(r, 0));
	rig_expect(r, "0 sent 0.0 3/4");
	rig_free(r);
}

static void change(void **state)
{
	struct rig *r = rig_new("vds");
	struct rte_qsock_stream_conf conf = rig_stream(1, 4, RIG_T);
	struct rte_qsock_stream_state now;

	rig_add(r, 0, conf);
	rig_pkts(r, 0, 0, 2);
	assert_true(rig_decide(r, 0));
	conf.old = 9;
	rig_change(r, 0, conf);
	assert_int_equal(rte_qsock_sched_state(r->sched, 0, &now), 0);
	assert_int_equal(now.x, 8);
	assert_int_equal(now.y, 9);
	assert_int_equal(now.eligible_ns, 1000);
	conf.old = 0;
	conf.oln = 0;
	assert_int_equal(rte_qsock_sched_change(r->sched, 0, &conf), -EINVAL);
	rig_free(r);
}

/* Behind in its window, a stream has a virtual deadline before its deadline, and now may pass it. */
static void virtual_deadline_passes(void **state)
{
	struct rig *r = rig_new("vds");

	rig_add(r, 0, rig_stream(1, 3, RIG_T));
	rig_add(r, 1, rig_stream(0, 1, RIG_T));
	rig_add(r, 2, rig_stream(0, 1, RIG_T));
	assert_int_equal(rig_pkt(r, 0, 0, ND, 0), 0); /* misses at 1000 and 2000: 2/1, V = 2000 + 1000 / 2 */
	rig_pkts(r, 1, 1150, 1);		      /* V = D = 2150 */
	rig_pkts(r, 2, 1950, 1);		      /* V = D = 2950 */
	assert_true(rig_decide(r, 2100));
	assert_true(rig_decide(r, 2700));
	assert_true(rig_decide(r, 2701));
	rig_expect(r, "2100 sent 1.0 1/1  2700 sent 0.0! 2/3*1  2701 sent 2.0 1/1");
	rig_free(r);
}

/* Among those with m' = 0 the earlier own deadline comes first, however far away both are. */
static void far_deadlines(void **state)
{
	static const uint64_t far_ns[] = {RTE_QSOCK_TIME_MAX_NS, UINT64_C(1) << 63, UINT64_MAX};

	for (uint32_t i = 0; i < 3; i++) {
		struct rig *r = rig_new("vds");

		rig_add(r, 0, rig_stream(1, 1, RIG_T));
		rig_add(r, 1, rig_stream(1, 1, RIG_T));
		rig_add(r, 2, rig_stream(1, 1, RIG_T));
		assert_int_equal(rig_pkt(r, 0, 0, 0, far_ns[i]), 0);
		assert_int_equal(rig_pkt(r, 1, 1, 0, far_ns[i] - 1), 0);
		assert_int_equal(rig_pkt(r, 2, 2, 0, far_ns[i] - 2), 0);
		rig_slots(r, 10, 1, 3);
		rig_expect(r, "10 sent 2.0 0/1  11 sent 1.0 0/1  12 sent 0.0 0/1");
		rig_free(r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lower_virtual_deadline),
		cmocka_unit_test(fractions_count),
		cmocka_unit_test(ties),
		cmocka_unit_test(misses_and_violations),
		cmocka_unit_test(non_droppable),
		cmocka_unit_test(own_deadline),
		cmocka_unit_test(best_effort_window),
		cmocka_unit_test(change),
		cmocka_unit_test(virtual_deadline_passes),
		cmocka_unit_test(far_deadlines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
