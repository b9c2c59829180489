/* SPDX-License-Identifier: BSD-3-Clause */
/* The interface of an AF_XDP egress changes: its link, its MTU; it is removed, and made again. */
#include <errno.h>

#include "af_xdp_bed.h"
#include "egress_tests.h"
#include "net_ns.h"

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
	bed_await(e, bed_in_flight_is, 0);
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
	bed_await(e, bed_link_is_up, false);
	assert_int_equal(bed_offer(e, 110, 8, 100), 0);
	offer_before_it_is_told(e);
	info = bed_info(e);
	assert_int_equal(info.kick_error, ENXIO);
	assert_int_equal(info.in_flight_frames, 18);
	e->link_down = true;

	assert_int_equal(sh(MAKE_PAIR " && ip link set " NEAR " up"), 0);
	bed_await(e, bed_is_back, 1);
	bed_driver.receive_from();
	bed_send(e, 200, 100, 100);
	bed_receive(e, 200, 100, 100);
	bed_await(e, bed_in_flight_is, 0);
	info = bed_info(e);
	assert_int_equal(info.lost, 18);
	assert_int_equal(info.submitted, 218);
	bed_end(e);
}

static bool is_waiting_to_bind(const struct rte_qsock_egress *e, uint64_t binds)
{
	return bed_info(e).link_down && bed_kernel.binds >= (int)binds;
}

/* It comes back, and is not to be had yet. */
static void test_bound_again_when_it_can_be(void **state)
{
	struct rte_qsock_egress *e;

	(void)state;
	bed_kernel_use();
	e = bed_open(.frames = 64);
	assert_int_equal(sh("ip link del " NEAR), 0);
	bed_await(e, bed_link_is_up, false);
	bed_kernel.bind_errno = EBUSY;
	assert_int_equal(sh(MAKE_PAIR " && ip link set " NEAR " up"), 0);
	bed_await(e, is_waiting_to_bind, 3);
	bed_kernel.bind_errno = 0;
	bed_await(e, bed_is_back, 1);
	bed_end(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		EGRESS_LINK_TESTS,
		BED_TEST(test_down_before_it_is_told),
		BED_TEST(test_large_mtu),
		BED_TEST(test_removed_and_made_again),
		BED_TEST(test_bound_again_when_it_can_be),
	};

	return bed_run(tests);
}
