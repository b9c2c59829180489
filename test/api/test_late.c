/* SPDX-License-Identifier: BSD-3-Clause */
/* Why a packet is late: its own queueing, a stall of the TX core, or the driver. */
#include "core/qs_txcore.h"
#include "rig.h"

#define US UINT64_C(1000)

static struct rig r;
static struct rte_qsock *drop, *keep;

/* Two sockets of edf: a packet is late 1 ms after it came. */
static void make(void)
{
	rig_port(&r, .scheduler = "edf");
	drop = rig_open(&r, .name = "drop");
	keep = rig_open(&r, .name = "keep", .non_droppable = true);
	rig_round(&r, r.now_ns);
	/* In time: neither of what follows is put down to these. */
	rig_send(drop, 1, 100);
	rig_send(keep, 1, 100);
	rig_rounds(&r, MS);
}

static void causes(struct rte_qsock *qs, uint64_t queue, uint64_t stall, uint64_t driver)
{
	struct rte_qsock_counts c = rig_counts(qs);

	assert_int_equal(c.late_queue, queue);
	assert_int_equal(c.late_stall, stall);
	assert_int_equal(c.late_driver, driver);
}

static void causes_total(uint64_t queue, uint64_t stall, uint64_t driver)
{
	const struct rte_qsock_counts c = rig_info(&r).total;

	assert_int_equal(c.late_queue, queue);
	assert_int_equal(c.late_stall, stall);
	assert_int_equal(c.late_driver, driver);
}

/* 120 frames of 10 us: the last 20 have to wait for more than 1 ms. */
static void test_queue(void **state)
{
	uint32_t i;

	make();
	for (i = 0; i < 60; i++) {
		rig_send(drop, 1, 1226);
		rig_send(keep, 1, 1226);
		rig_round(&r, r.now_ns += 100);
	}
	rig_rounds(&r, 3 * MS);
	assert_true(rig_counts(drop).late_drop > 0);
	assert_true(rig_counts(keep).late > 0);
	causes(drop, rig_counts(drop).late_drop, 0, 0);
	causes(keep, rig_counts(keep).late, 0, 0);
	causes_total(rig_counts(drop).late_drop + rig_counts(keep).late, 0, 0);
	rig_end(&r);
}

/* What waits for the link while nobody polls. */
static void stall(uint64_t for_ns)
{
	rig_send(keep, 1, 1226);
	rig_round(&r, r.now_ns);
	rig_send(drop, 1, 100);
	rig_send(keep, 1, 100);
	rig_round(&r, r.now_ns);
	rig_round(&r, r.now_ns += for_ns);
	rig_rounds(&r, MS);
}

static void test_stall(void **state)
{
	struct rte_qsock_port_info info;
	uint64_t from_ns;

	make();
	from_ns = r.now_ns;
	stall(5 * MS);
	causes(drop, 0, 1, 0);
	causes(keep, 0, 1, 0);
	causes_total(0, 2, 0);
	info = rig_info(&r);
	assert_int_equal(info.stalls.count, 1);
	assert_int_equal(info.stalls.over_ns, 50 * US);
	assert_int_equal(info.stalls.last[0].start_ns, from_ns);
	assert_int_equal(info.stalls.last[0].length_ns, 5 * MS);
	assert_int_equal(info.stalls.last[1].length_ns, 0);
	stall(2 * MS);
	info = rig_info(&r);
	assert_int_equal(info.stalls.last[0].length_ns, 2 * MS);
	assert_int_equal(info.stalls.last[1].length_ns, 5 * MS);
	causes_total(0, 4, 0);
	/* Counting begins anew; the ledger is empty for whoever reads it. */
	assert_int_equal(rte_qsock_port_stats_reset(r.port), 0);
	causes_total(0, 0, 0);
	causes(drop, 0, 0, 0);
	assert_int_equal(rig_info(&r).stalls.last[0].length_ns, 0);
	rig_end(&r);
}

/* A stall ends before the deadline, and what it held up is not yet on its way when that comes. */
static void test_after_stall(void **state)
{
	uint32_t i;

	make();
	for (i = 0; i < 60; i++)
		rig_send(keep, 1, 1226);
	rig_round(&r, r.now_ns);
	rig_round(&r, r.now_ns += 900 * US);
	rig_rounds(&r, 3 * MS);
	/* 1 frame before it; 10 of the others by their deadline. */
	assert_true(rig_counts(keep).late > 40);
	causes(keep, 0, rig_counts(keep).late, 0);
	rig_end(&r);
}

static void test_driver(void **state)
{
	make();
	r.egress.accept = 0;
	/* The first is decided in time. */
	rig_send(keep, 1, 1226);
	rig_rounds(&r, 100 * US);
	rig_send(drop, 1, 100);
	rig_send(keep, 1, 100);
	rig_rounds(&r, 3 * MS);
	causes_total(0, 0, 0);
	r.egress.accept = UINT32_MAX;
	rig_rounds(&r, MS);
	causes(drop, 0, 0, 1);
	causes(keep, 0, 0, 1);
	causes_total(0, 0, 2);
	assert_int_equal(rig_info(&r).stalls.count, 0);
	rig_end(&r);
}

/* A driver that is a little too slow all the time: what it holds up adds up. */
static void test_slow_driver(void **state)
{
	uint32_t i;

	make();
	for (i = 0; i < 60; i++)
		rig_send(keep, 1, 100);
	for (i = 0; i < 60; i++) {
		r.egress.accept = 1;
		rig_rounds(&r, 30 * US);
	}
	r.egress.accept = UINT32_MAX;
	rig_rounds(&r, MS);
	assert_true(rig_counts(keep).late > 20);
	causes(keep, 0, 0, rig_counts(keep).late);
	rig_end(&r);
}

/* Late when it was decided on, and then not sent at all: only what was sent late counts. */
static void test_not_sent(void **state)
{
	make();
	r.egress.fail_every = 1;
	stall(5 * MS);
	causes(drop, 0, 1, 0);
	causes(keep, 0, 0, 0);
	assert_int_equal(rig_counts(keep).tx_error, 2);
	rig_end(&r);
}

static void test_setting(void **state)
{
	rig_port(&r, .scheduler = "edf", .stall_ns = 10 * MS);
	drop = rig_open(&r, .name = "drop");
	keep = rig_open(&r, .name = "keep", .non_droppable = true);
	rig_round(&r, r.now_ns);
	stall(5 * MS);
	assert_int_equal(rig_info(&r).stalls.count, 0);
	assert_int_equal(rig_info(&r).stalls.over_ns, 10 * MS);
	causes_total(2, 0, 0);
	rig_end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_queue),	    cmocka_unit_test(test_stall),
		cmocka_unit_test(test_after_stall), cmocka_unit_test(test_driver),
		cmocka_unit_test(test_slow_driver), cmocka_unit_test(test_not_sent),
		cmocka_unit_test(test_setting),
	};
	int ret;

	api_eal_start("qslate");
	rte_log_set_level_pattern("lib.qsock", RTE_LOG_CRIT);
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	api_eal_stop();
	return ret;
}
