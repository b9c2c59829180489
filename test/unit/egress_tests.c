/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>

#include <rte_errno.h>

#include "egress_tests.h"
#include "net_ns.h"

void test_segments_are_gathered(void **state)
{
	struct rte_qsock_egress *e = bed_driver.make();
	struct rte_mbuf *pkts[8];

	(void)state;
	for (uint32_t i = 0; i < RTE_DIM(pkts); i++)
		pkts[i] = bed_frame(i, 1001, true);
	assert_int_equal(e->ops->tx_burst(e, pkts, RTE_DIM(pkts)), RTE_DIM(pkts));
	bed_receive(e, 0, RTE_DIM(pkts), 1001);
	bed_end(e);
}

static void down_and_up(const char *dev)
{
	struct rte_qsock_egress *e = bed_driver.make();
	struct bed_figures figures;

	bed_send(e, 0, 100, 100);
	bed_receive(e, 0, 100, 100);
	assert_int_equal(sh("ip link set %s down", dev), 0);
	bed_await(e, bed_link_is_up, false);
	assert_int_equal(bed_offer(e, 100, 8, 100), 0);
	assert_int_equal(bed_driver.figures(e).submitted, 100);
	assert_int_equal(sh("ip link set %s up", dev), 0);
	bed_await(e, bed_link_is_up, true);
	bed_driver.receive_from();
	bed_send(e, 100, 100, 100);
	bed_receive(e, 100, 100, 100);
	figures = bed_driver.figures(e);
	assert_true(figures.link_changes >= 2);
	assert_int_equal(figures.rebinds, 0);
	bed_end(e);
}

void test_link_down_and_up(void **state)
{
	(void)state;
	down_and_up(NEAR);
}

void test_no_carrier(void **state)
{
	(void)state;
	down_and_up(FAR);
}

void test_made_while_down(void **state)
{
	struct rte_qsock_egress *e;

	(void)state;
	assert_int_equal(sh("ip link set " NEAR " down"), 0);
	e = bed_driver.make();
	assert_true(bed_driver.figures(e).link_down);
	assert_int_equal(bed_offer(e, 0, 8, 100), 0);
	assert_int_equal(sh("ip link set " NEAR " up"), 0);
	bed_await(e, bed_link_is_up, true);
	bed_send(e, 0, 100, 100);
	bed_receive(e, 0, 100, 100);
	bed_end(e);
}

static bool longest_is(const struct rte_qsock_egress *e, uint64_t bytes)
{
	return bed_driver.figures(e).max_frame_bytes == bytes;
}

void test_mtu_changes(void **state)
{
	struct rte_qsock_egress *e = bed_driver.make();
	const uint32_t beyond = bed_driver.beyond_mtu_bytes;

	(void)state;
	assert_int_equal(sh("ip link set " NEAR " mtu 900"), 0);
	bed_await(e, longest_is, 918);
	assert_int_equal(bed_offer(e, 0, 4, 919), 4);
	assert_int_equal(e->tx_error_frames, 4);
	bed_send(e, 0, 10, 900 + beyond);
	bed_receive(e, 0, 10, 900 + beyond);
	assert_int_equal(sh("ip link set " NEAR " mtu 3000"), 0);
	bed_await(e, longest_is, 1518); /* it does not grow beyond what it was */
	assert_int_equal(bed_offer(e, 0, 4, 1519), 4);
	assert_int_equal(e->tx_error_frames, 8);
	bed_send(e, 10, 10, 1500 + beyond);
	bed_receive(e, 10, 10, 1500 + beyond);
	assert_int_equal(bed_driver.figures(e).mtu_changes, 2);
	bed_end(e);
}

void test_removed_for_good(void **state)
{
	struct rte_qsock_egress *e = bed_driver.make();

	(void)state;
	bed_send(e, 0, 10, 100);
	assert_int_equal(sh("ip link del " NEAR), 0);
	bed_await(e, bed_link_is_up, false);
	bed_end(e);
}

/* It is the interface that counts, not its name; once it is gone, the one that has the name by then. */
void test_renamed(void **state)
{
	struct rte_qsock_egress *e = bed_driver.make();

	(void)state;
	assert_int_equal(sh("ip link set " NEAR " down && ip link set " NEAR " name other && "
			    "ip link set " FAR
			    " name beyond && ip link set other up && ip link set beyond up"),
			 0);
	bed_await(e, bed_link_is_up, true);
	bed_send(e, 0, 10, 100);
	assert_int_equal(bed_driver.figures(e).rebinds, 0);
	assert_int_equal(sh(MAKE_PAIR " && ip link set " NEAR " up && ip link del other"), 0);
	bed_await(e, bed_is_back, 1);
	bed_driver.receive_from();
	bed_send(e, 10, 10, 100);
	bed_receive(e, 10, 10, 100);
	bed_end(e);
}

#define INFO_MAX 4096 /* bytes; a larger structure is taken for a mistake */

/* A caller may be older than the library, or newer: it gets what it has room for, and zero beyond. */
void test_info_by_size(void **state)
{
	struct rte_qsock_egress *e = bed_driver.make();
	size_t info[INFO_MAX / sizeof(size_t)] = {INFO_MAX},
			       older[3] = {2 * sizeof(size_t), SIZE_MAX, SIZE_MAX};

	(void)state;
	info[RTE_DIM(info) - 1] = 1;
	assert_int_equal(bed_driver.info_get(e, info), 0);
	assert_int_equal(info[0], bed_driver.info_bytes);
	assert_int_equal(info[RTE_DIM(info) - 1], 0);
	assert_int_equal(bed_driver.info_get(e, older), 0);
	assert_int_equal(older[0], 2 * sizeof(size_t));
	assert_int_equal(older[1], info[1]);
	assert_true(older[2] == SIZE_MAX);
	bed_end(e);
}

static bool is_info_refused(const struct rte_qsock_egress *e, void *info)
{
	rte_errno = 0;
	return bed_driver.info_get(e, info) == -1 && rte_errno == EINVAL;
}

void test_info_refused(void **state)
{
	static const struct rte_qsock_egress_ops others = {.name = "other"};
	struct rte_qsock_egress other = {.ops = &others}, *e = bed_driver.make();
	size_t info[INFO_MAX / sizeof(size_t)] = {INFO_MAX}, none = 0, large = INFO_MAX + 1;

	(void)state;
	assert_true(is_info_refused(NULL, info));
	assert_true(is_info_refused(&other, info));
	assert_true(is_info_refused(e, NULL));
	assert_true(is_info_refused(e, &none));
	assert_true(is_info_refused(e, &large));
	bed_end(e);
}
