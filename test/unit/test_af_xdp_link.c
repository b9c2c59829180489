/* SPDX-License-Identifier: BSD-3-Clause */
/* The interface of an AF_XDP egress changes: its link, its MTU; it is removed, and made again. */
#include <errno.h>

#include "af_xdp_bed.h"
#include "net_ns.h"

static bool is_down(const struct rte_qsock_af_xdp_info *info)
{
	return info->link_down;
}

static bool is_up(const struct rte_qsock_af_xdp_info *info)
{
	return !info->link_down;
}

static void down_and_up(const char *dev)
{
	struct rte_qsock_egress *e = bed_open(.frames = 64);
	struct rte_qsock_af_xdp_info info;

	bed_send(e, 0, 100, 100);
	bed_receive(e, 0, 100, 100);
	assert_int_equal(sh("ip link set %s down", dev), 0);
	bed_await(e, is_down);
	assert_int_equal(bed_offer(e, 100, 8, 100), 0);
	assert_int_equal(bed_info(e).submitted, 100);
	assert_int_equal(sh("ip link set %s up", dev), 0);
	bed_await(e, is_up);
	bed_receiver();
	bed_send(e, 100, 100, 100);
	bed_receive(e, 100, 100, 100);
	info = bed_info(e);
	assert_true(info.link_changes >= 2);
	assert_int_equal(info.rebinds, 0);
	bed_end(e);
}

static void test_link_down_and_up(void **state)
{
	(void)state;
	down_and_up(NEAR);
}

static void test_no_carrier(void **state)
{
	(void)state;
	down_and_up(FAR);
}

static void test_made_while_down(void **state)
{
	struct rte_qsock_egress *e;

	(void)state;
	assert_int_equal(sh("ip link set " NEAR " down"), 0);
	e = bed_open(.frames = 64);
	assert_true(bed_info(e).link_down);
	assert_int_equal(bed_offer(e, 0, 8, 100), 0);
	assert_int_equal(sh("ip link set " NEAR " up"), 0);
	bed_await(e, is_up);
	bed_send(e, 0, 100, 100);
	bed_receive(e, 0, 100, 100);
	bed_end(e);
}

/* All or nothing is taken, as the news has come meanwhile or not. */
static void offer_before_it_is_told(struct rte_qsock_egress *e)
{
	uint16_t taken = 0;

	for (int i = 0; taken == 0 && i < 1000; i++) {
		e->link_down = false;
		taken = bed_offer(e, 0, 8, 100);
	}
	assert_int_equal(taken, 8);
}

/* The news may come after the first frames: what the device refuses is counted, and nothing hangs. */
static void test_down_before_it_is_told(void **state)
{
	struct rte_qsock_egress *e = bed_open(.frames = 64);
	struct rte_qsock_af_xdp_info info;

	(void)state;
	assert_int_equal(sh("ip link set " FAR " down"), 0);
	offer_before_it_is_told(e);
	assert_int_equal(sh("ip link set " NEAR " down"), 0);
	offer_before_it_is_told(e);
	info = bed_info(e);
	assert_int_equal(info.dropped, 8);
	assert_int_equal(info.kick_error, ENETDOWN);
	assert_true(info.kick_errors > 0);
	assert_int_equal(info.in_flight_frames, 8);
	assert_int_equal(sh("ip link set " NEAR " up && ip link set " FAR " up"), 0);
	bed_await(e, bed_all_done);
	bed_end(e);
}

static bool mtu_900(const struct rte_qsock_af_xdp_info *info)
{
	return info->max_frame_bytes == 918;
}

static bool mtu_1500(const struct rte_qsock_af_xdp_info *info)
{
	return info->max_frame_bytes == 1518;
}

static void test_mtu_changes(void **state)
{
	struct rte_qsock_egress *e = bed_open(.frames = 64);

	(void)state;
	assert_int_equal(sh("ip link set " NEAR " mtu 900"), 0);
	bed_await(e, mtu_900);
	assert_int_equal(bed_offer(e, 0, 4, 919), 4);
	assert_int_equal(e->tx_error_frames, 4);
	bed_send(e, 0, 10, 918);
	bed_receive(e, 0, 10, 918);
	assert_int_equal(sh("ip link set " NEAR " mtu 3000"), 0);
	bed_await(e, mtu_1500); /* it does not grow beyond what it was */
	assert_int_equal(bed_offer(e, 0, 4, 1519), 4);
	assert_int_equal(e->tx_error_frames, 8);
	bed_send(e, 10, 10, 1518);
	bed_receive(e, 10, 10, 1518);
	assert_int_equal(bed_info(e).mtu_changes, 2);
	bed_end(e);
}

static void test_large_mtu(void **state)
{
	struct rte_qsock_egress *e;

	(void)state;
	assert_int_equal(sh("ip link set " NEAR " mtu 9000 && ip link set " FAR " mtu 9000"), 0);
	e = bed_open(.frames = 64);
	assert_int_equal(e->ops->max_frame_bytes(e), 4096); /* a page */
	bed_send(e, 0, 100, 4096);
	bed_receive(e, 0, 100, 4096);
	bed_end(e);
}

static bool is_bound_again(const struct rte_qsock_af_xdp_info *info)
{
	return info->rebinds == 1 && !info->link_down;
}

static void test_removed_and_made_again(void **state)
{
	struct rte_qsock_egress *e;
	struct rte_qsock_af_xdp_info info;

	(void)state;
	bed_kernel_use();
	e = bed_open(.frames = 64);
	bed_send(e, 0, 100, 100);
	bed_receive(e, 0, 100, 100);
	bed_kernel.mute = true; /* some are in flight when it goes */
	assert_int_equal(bed_offer(e, 100, 10, 100), 10);
	assert_int_equal(sh("ip link del " NEAR), 0);
	bed_kernel.mute = false;
	bed_await(e, is_down);
	assert_int_equal(bed_offer(e, 110, 8, 100), 0);
	offer_before_it_is_told(e);
	info = bed_info(e);
	assert_int_equal(info.kick_error, ENXIO);
	assert_int_equal(info.in_flight_frames, 18);
	e->link_down = true;

	assert_int_equal(sh("ip link add " NEAR " type veth peer name " FAR " && ip link set " FAR
			    " up && ip link set " NEAR " up"),
			 0);
	bed_await(e, is_bound_again);
	bed_receiver();
	bed_send(e, 200, 100, 100);
	bed_receive(e, 200, 100, 100);
	bed_await(e, bed_all_done);
	info = bed_info(e);
	assert_int_equal(info.lost, 18);
	assert_int_equal(info.submitted, 218);
	bed_end(e);
}

static bool is_waiting_to_bind(const struct rte_qsock_af_xdp_info *info)
{
	return info->link_down && bed_kernel.binds >= 3;
}

/* It comes back, and is not to be had yet. */
static void test_bound_again_when_it_can_be(void **state)
{
	struct rte_qsock_egress *e;

	(void)state;
	bed_kernel_use();
	e = bed_open(.frames = 64);
	assert_int_equal(sh("ip link del " NEAR), 0);
	bed_await(e, is_down);
	bed_kernel.bind_errno = EBUSY;
	assert_int_equal(sh("ip link add " NEAR " type veth peer name " FAR " && ip link set " FAR
			    " up && ip link set " NEAR " up"),
			 0);
	bed_await(e, is_waiting_to_bind);
	bed_kernel.bind_errno = 0;
	bed_await(e, is_bound_again);
	bed_end(e);
}

static void test_removed_for_good(void **state)
{
	struct rte_qsock_egress *e = bed_open(.frames = 64);

	(void)state;
	bed_send(e, 0, 10, 100);
	assert_int_equal(sh("ip link del " NEAR), 0);
	bed_await(e, is_down);
	bed_end(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BED_TEST(test_link_down_and_up),
		BED_TEST(test_no_carrier),
		BED_TEST(test_made_while_down),
		BED_TEST(test_down_before_it_is_told),
		BED_TEST(test_mtu_changes),
		BED_TEST(test_large_mtu),
		BED_TEST(test_removed_and_made_again),
		BED_TEST(test_bound_again_when_it_can_be),
		BED_TEST(test_removed_for_good),
	};

	return bed_run(tests);
}
