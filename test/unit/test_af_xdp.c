/* SPDX-License-Identifier: BSD-3-Clause */
/* The AF_XDP egress sends, with no more in flight than it may; what a kernel may lack. */
#include "af_xdp/kernel.h"
#include "af_xdp_bed.h"
#include "egress_tests.h"
#include "rte_qsock_sched.h"

#define FRAMES 2000u

/* ------------------------------------------------------------------ sending */

static void test_frames_arrive_whole_and_in_order(void **state)
{
	static const uint32_t lens[] = {60, 64, 1500, 1518};
	struct rte_qsock_egress *e = bed_open(.frames = 256);
	struct rte_qsock_af_xdp_info info;
	uint32_t i;

	(void)state;
	assert_string_equal(e->ops->name, "af_xdp");
	assert_int_equal(e->ops->max_frame_bytes(e), 1518);
	assert_int_equal(e->ops->rate_bps(e), UINT64_C(10000000000)); /* as veth says */
	for (i = 0; i < RTE_DIM(lens); i++) {
		bed_send(e, i * FRAMES, FRAMES, lens[i]);
		bed_receive(e, i * FRAMES, FRAMES, lens[i]);
	}
	bed_await(e, bed_in_flight_is, 0);
	info = bed_info(e);
	assert_int_equal(info.submitted, FRAMES * RTE_DIM(lens));
	assert_int_equal(info.completed, info.submitted);
	assert_int_equal(info.in_flight_bytes, 0);
	assert_int_equal(info.dropped + info.kick_errors + info.lost, 0);
	assert_true(info.kicks > 0 && info.kicks <= 2 * info.submitted / 32 + info.held + 8);
	assert_string_equal(info.ifname, NEAR);
	assert_true(info.features & RTE_QSOCK_AF_XDP_NEED_WAKEUP);
	assert_false(info.features & RTE_QSOCK_AF_XDP_ZERO_COPY);
	bed_end(e);
}

static void test_what_can_never_be_sent_is_an_error(void **state)
{
	struct rte_qsock_egress *e = bed_open(.frames = 64);
	struct rte_mbuf *pkts[] = {bed_frame(0, 100, false), bed_frame(9, 1519, false),
				   bed_frame(1, 100, false), bed_frame(9, 13, false),
				   bed_frame(9, 4000, true)};

	(void)state;
	assert_int_equal(e->ops->tx_burst(e, pkts, RTE_DIM(pkts)), RTE_DIM(pkts));
	assert_int_equal(e->tx_error_frames, 3);
	assert_non_null(pkts[0]);
	assert_null(pkts[1]);
	assert_non_null(pkts[2]);
	assert_null(pkts[3]);
	assert_null(pkts[4]);
	bed_receive(e, 0, 2, 100);
	assert_int_equal(bed_info(e).submitted, 2);
	bed_end(e);
}

/* ------------------------------------------------------------------ what is in flight is bounded */

static bool is_done_beyond(const struct rte_qsock_egress *e, uint64_t frames)
{
	return bed_info(e).completed > frames;
}

static void test_in_flight_follows_the_rate(void **state)
{
	struct rte_qsock_egress *e = bed_open(.in_flight_ns = 2000000);

	(void)state;
	e->ops->rate_set(e, UINT64_C(1000000000));
	assert_int_equal(bed_info(e).in_flight_limit_bytes, 250000);
	e->ops->rate_set(e, UINT64_C(100000000));
	assert_int_equal(bed_info(e).in_flight_limit_bytes, 25000);
	e->ops->rate_set(e, 1000); /* two frames at least */
	assert_int_equal(bed_info(e).in_flight_limit_bytes, 2 * (1518 + 24));
	e->ops->rate_set(e, RTE_QSOCK_RATE_MAX_BPS); /* no more than there are places for */
	assert_int_equal(bed_info(e).in_flight_limit_bytes, 1024 * (1518 + 24));
	bed_end(e);
}

static void test_a_slow_wire_holds_the_sender(void **state)
{
	struct rte_qsock_egress *e;
	struct rte_qsock_af_xdp_info info;

	(void)state;
	if (!bed_slow("20mbit"))
		skip();
	e = bed_open(.in_flight_ns = 5000000);
	e->ops->rate_set(e, UINT64_C(20000000)); /* 12,500 bytes: 12 frames */
	bed_send(e, 0, 300, 1000);
	info = bed_info(e);
	assert_true(info.held > 0);
	assert_true(info.in_flight_max_bytes > 10000); /* bed_info() has looked at the bound */
	bed_receive(e, 0, 300, 1000);
	bed_await(e, bed_in_flight_is, 0);
	assert_int_equal(bed_info(e).completed, 300);
	bed_end(e);
}

static void test_a_full_ring_takes_nothing(void **state)
{
	struct rte_qsock_egress *e;

	(void)state;
	if (!bed_slow("1mbit"))
		skip();
	e = bed_open(.frames = 64, .in_flight_ns = 1000000000);
	e->ops->rate_set(e, RTE_QSOCK_RATE_MAX_BPS);
	assert_int_equal(bed_offer(e, 0, 32, 1000) + bed_offer(e, 32, 32, 1000), 64);
	while (bed_offer(e, 64, 32, 1000) > 0) /* what the wire took meanwhile */
		continue;
	assert_true(bed_info(e).in_flight_frames > 60);
	bed_await(e, is_done_beyond, bed_info(e).completed);
	assert_true(bed_offer(e, 64, 32, 1000) > 0);
	assert_true(bed_info(e).held > 0);
	bed_end(e);
}

static void test_a_device_that_sends_nothing(void **state)
{
	struct rte_qsock_egress *e;

	(void)state;
	bed_kernel_use();
	e = bed_open(.frames = 64);
	e->ops->rate_set(e, RTE_QSOCK_RATE_MAX_BPS);
	bed_kernel.mute = true;
	assert_int_equal(bed_offer(e, 0, 32, 100) + bed_offer(e, 32, 32, 100), 64);
	assert_int_equal(bed_offer(e, 64, 32, 100), 0);
	assert_int_equal(bed_info(e).in_flight_frames, 64);
	assert_int_equal(bed_info(e).in_flight_bytes, 64 * 124);
	bed_kernel.mute = false;
	bed_receive(e, 0, 64, 100); /* a poll sends them */
	bed_await(e, bed_in_flight_is, 0);
	bed_end(e);
}

/* ------------------------------------------------------------------ what a kernel may lack */

static void test_features(void **state)
{
	struct rte_qsock_egress *e;

	(void)state;
	bed_kernel_use();
	bed_kernel.no_option = XDP_MAX_TX_SKB_BUDGET;
	bed_kernel.no_socket_option = SO_PREFER_BUSY_POLL;
	e = bed_open(.busy_poll_us = 20);
	assert_int_equal(bed_info(e).features, RTE_QSOCK_AF_XDP_NEED_WAKEUP);
	bed_send(e, 0, FRAMES, 64);
	bed_receive(e, 0, FRAMES, 64);
	bed_end(e);

	bed_kernel.no_socket_option = 0;
	e = bed_open(.busy_poll_us = 20);
	assert_int_equal(bed_info(e).features, RTE_QSOCK_AF_XDP_NEED_WAKEUP | RTE_QSOCK_AF_XDP_BUSY_POLL);
	bed_send(e, 0, 100, 64);
	bed_receive(e, 0, 100, 64);
	bed_end(e);
}

/* veth has no zero copy. */
static void test_zero_copy_not_to_be_had(void **state)
{
	struct rte_qsock_egress *e;

	(void)state;
	bed_kernel_use();
	e = bed_open(.zero_copy = true);
	assert_int_equal(bed_kernel.zero_binds, 1);
	assert_false(bed_info(e).features & RTE_QSOCK_AF_XDP_ZERO_COPY);
	bed_send(e, 0, 100, 64);
	bed_receive(e, 0, 100, 64);
	bed_end(e);
}

static void test_zero_copy_that_proves_itself(void **state)
{
	struct rte_qsock_egress *e;
	uint32_t last;

	(void)state;
	bed_kernel_use();
	bed_kernel.zero_copy = true;
	e = bed_open(.zero_copy = true);
	assert_int_equal(bed_kernel.binds, 1);
	assert_true(bed_info(e).features & RTE_QSOCK_AF_XDP_ZERO_COPY);
	assert_int_equal(bed_receive_all(e, &last), 1); /* the frame that proved it */
	bed_send(e, 0, 100, 64);
	bed_receive(e, 0, 100, 64);
	assert_int_equal(bed_info(e).submitted, 100);
	bed_end(e);
}

static void test_zero_copy_that_does_not_complete(void **state)
{
	struct rte_qsock_egress *e;

	(void)state;
	bed_kernel_use();
	bed_kernel.zero_copy = bed_kernel.mute = true;
	e = bed_open(.zero_copy = true);
	assert_int_equal(bed_kernel.zero_binds, 1);
	assert_false(bed_info(e).features & RTE_QSOCK_AF_XDP_ZERO_COPY);
	bed_kernel.mute = false;
	bed_send(e, 0, 100, 64);
	bed_receive(e, 0, 100, 64);
	bed_end(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BED_TEST(test_frames_arrive_whole_and_in_order),
		BED_TEST(test_segments_are_gathered),
		BED_TEST(test_what_can_never_be_sent_is_an_error),
		BED_TEST(test_in_flight_follows_the_rate),
		BED_TEST(test_a_slow_wire_holds_the_sender),
		BED_TEST(test_a_full_ring_takes_nothing),
		BED_TEST(test_a_device_that_sends_nothing),
		BED_TEST(test_features),
		BED_TEST(test_zero_copy_not_to_be_had),
		BED_TEST(test_zero_copy_that_proves_itself),
		BED_TEST(test_zero_copy_that_does_not_complete),
	};

	return bed_run(tests);
}
