/* SPDX-License-Identifier: BSD-3-Clause */
/* The AF_XDP egress over veth pairs, in a namespace of the test's own. */
#include <errno.h>
#include <string.h>

#include "af_xdp/kernel.h"
#include "af_xdp_bed.h"
#include "give_up.h"
#include "net_eal.h"
#include "net_ns.h"

#define FRAMES 2000u

struct rte_mempool *bed_pool; /* the bed's view of net_pool */

static void end(struct rte_qsock_egress *e)
{
	bed_free(e);
	assert_int_equal(rte_mempool_in_use_count(net_pool), 0);
}

/* ------------------------------------------------------------------ sending */

static bool all_done(const struct rte_qsock_af_xdp_info *info)
{
	return info->in_flight_frames == 0;
}

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
	bed_await(e, all_done);
	info = bed_info(e);
	assert_int_equal(info.submitted, FRAMES * RTE_DIM(lens));
	assert_int_equal(info.completed, info.submitted);
	assert_int_equal(info.in_flight_bytes, 0);
	assert_int_equal(info.dropped + info.kick_errors + info.lost, 0);
	assert_true(info.kicks > 0 && info.kicks <= 2 * info.submitted / 32 + info.held + 8);
	assert_string_equal(info.ifname, NEAR);
	assert_true(info.features & RTE_QSOCK_AF_XDP_NEED_WAKEUP);
	assert_false(info.features & RTE_QSOCK_AF_XDP_ZERO_COPY);
	end(e);
}

static void test_segments_are_gathered(void **state)
{
	struct rte_qsock_egress *e = bed_open(.frames = 64);
	struct rte_mbuf *pkts[8];

	(void)state;
	for (uint32_t i = 0; i < RTE_DIM(pkts); i++)
		pkts[i] = bed_frame(i, 1001, true);
	assert_int_equal(e->ops->tx_burst(e, pkts, RTE_DIM(pkts)), RTE_DIM(pkts));
	bed_receive(e, 0, RTE_DIM(pkts), 1001);
	end(e);
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
	end(e);
}

/* ------------------------------------------------------------------ what is in flight is bounded */

static uint64_t done_before;

static bool more_done(const struct rte_qsock_af_xdp_info *info)
{
	return info->completed > done_before;
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
	end(e);
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
	bed_await(e, all_done);
	assert_int_equal(bed_info(e).completed, 300);
	end(e);
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
	assert_true(bed_offer(e, 64, 32, 1000) < 32);
	assert_true(bed_info(e).in_flight_frames > 60);
	assert_int_equal(bed_offer(e, 64, 32, 1000), 0);
	done_before = bed_info(e).completed;
	bed_await(e, more_done);
	assert_true(bed_offer(e, 64, 32, 1000) > 0);
	assert_true(bed_info(e).held > 0);
	end(e);
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
	bed_await(e, all_done);
	end(e);
}

/* ------------------------------------------------------------------ the interface changes */

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
	end(e);
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
	end(e);
}

/* The news may come after the first frames: what the device refuses is counted, and nothing hangs. */
static void test_down_before_it_is_told(void **state)
{
	struct rte_qsock_egress *e = bed_open(.frames = 64);
	struct rte_qsock_af_xdp_info info;

	(void)state;
	assert_int_equal(sh("ip link set " FAR " down"), 0);
	e->link_down = false; /* as before the news */
	assert_int_equal(bed_offer(e, 0, 8, 100), 8);
	assert_int_equal(sh("ip link set " NEAR " down"), 0);
	e->link_down = false;
	assert_int_equal(bed_offer(e, 0, 8, 100), 8);
	info = bed_info(e);
	assert_int_equal(info.dropped, 8);
	assert_int_equal(info.kick_error, ENETDOWN);
	assert_true(info.kick_errors > 0);
	assert_int_equal(info.in_flight_frames, 8);
	assert_int_equal(sh("ip link set " NEAR " up && ip link set " FAR " up"), 0);
	bed_await(e, all_done);
	end(e);
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
	end(e);
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
	end(e);
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
	e->link_down = false; /* as before the news */
	assert_int_equal(bed_offer(e, 110, 8, 100), 8);
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
	bed_await(e, all_done);
	info = bed_info(e);
	assert_int_equal(info.lost, 18);
	assert_int_equal(info.submitted, 218);
	end(e);
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
	end(e);
}

static void test_removed_for_good(void **state)
{
	struct rte_qsock_egress *e = bed_open(.frames = 64);

	(void)state;
	bed_send(e, 0, 10, 100);
	assert_int_equal(sh("ip link del " NEAR), 0);
	bed_await(e, is_down);
	end(e);
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
	end(e);

	bed_kernel.no_socket_option = 0;
	e = bed_open(.busy_poll_us = 20);
	assert_int_equal(bed_info(e).features, RTE_QSOCK_AF_XDP_NEED_WAKEUP | RTE_QSOCK_AF_XDP_BUSY_POLL);
	bed_send(e, 0, 100, 64);
	bed_receive(e, 0, 100, 64);
	end(e);
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
	end(e);
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
	end(e);
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
	end(e);
}

/* ------------------------------------------------------------------ refusals */

static void test_values_out_of_range(void **state)
{
	static const struct rte_qsock_af_xdp_conf wrong[] = {
		{.ifname = NULL},
		{.ifname = ""},
		{.ifname = "sixteen-letters-"},
		{.ifname = NEAR, .frames = 100},
		{.ifname = NEAR, .frames = 32},
		{.ifname = NEAR, .frames = 65536},
		{.ifname = NEAR, .in_flight_ns = 999},
		{.ifname = NEAR, .in_flight_ns = 1000000001},
		{.ifname = NEAR, .busy_wait_ns = UINT64_C(60000000001)},
		{.ifname = NEAR, .busy_poll_us = 10001},
		{.ifname = NEAR, .tx_budget = 31},
		{.ifname = NEAR, .frames = 64, .tx_budget = 65},
		{.ifname = NEAR, .queue_id = 7},
	};
	struct {
		struct rte_qsock_af_xdp_conf conf;
		char more;
	} newer = {.conf = {.size = sizeof(newer), .ifname = NEAR}, .more = 1};

	(void)state;
	for (uint32_t i = 0; i < RTE_DIM(wrong); i++)
		bed_refused(wrong[i], EINVAL);
	assert_null(rte_qsock_egress_af_xdp(NULL));
	assert_int_equal(rte_errno, EINVAL);
	assert_null(rte_qsock_egress_af_xdp(&newer.conf));
	assert_int_equal(rte_errno, EINVAL);
}

static void test_info_refused(void **state)
{
	static const struct rte_qsock_egress_ops others = {.name = "other"};
	struct rte_qsock_egress other = {.ops = &others}, *e = bed_open(.frames = 64);
	struct rte_qsock_af_xdp_info info = {.size = sizeof(info)}, none = {0};

	(void)state;
	assert_int_equal(rte_qsock_af_xdp_info_get(NULL, &info), -1);
	assert_int_equal(rte_errno, EINVAL);
	rte_errno = 0;
	assert_int_equal(rte_qsock_af_xdp_info_get(&other, &info), -1);
	assert_int_equal(rte_errno, EINVAL);
	rte_errno = 0;
	assert_int_equal(rte_qsock_af_xdp_info_get(e, NULL), -1);
	assert_int_equal(rte_errno, EINVAL);
	rte_errno = 0;
	assert_int_equal(rte_qsock_af_xdp_info_get(e, &none), -1);
	assert_int_equal(rte_errno, EINVAL);
	end(e);
}

static void test_no_such_interface(void **state)
{
	(void)state;
	bed_refused((struct rte_qsock_af_xdp_conf){.ifname = "nowhere"}, ENODEV);
}

static void test_queue_in_use(void **state)
{
	struct rte_qsock_egress *e = bed_open(.frames = 64);

	(void)state;
	bed_refused((struct rte_qsock_af_xdp_conf){.ifname = NEAR, .busy_wait_ns = 1}, EBUSY);
	bed_free(e);
	e = bed_open(.frames = 64); /* at once: the kernel takes a moment */
	bed_send(e, 0, 10, 64);
	bed_receive(e, 0, 10, 64);
	end(e);
}

static void test_kernel_without_af_xdp(void **state)
{
	(void)state;
	bed_kernel_use();
	bed_kernel.socket_errno = EAFNOSUPPORT;
	bed_refused((struct rte_qsock_af_xdp_conf){.ifname = NEAR}, ENOTSUP);
	bed_kernel.socket_errno = 0;
	bed_kernel.old = true;
	bed_refused((struct rte_qsock_af_xdp_conf){.ifname = NEAR}, ENOTSUP);
	bed_kernel.old = false;
	bed_kernel.bind_errno = EPROTO;
	bed_refused((struct rte_qsock_af_xdp_conf){.ifname = NEAR}, EIO);
}

static void test_no_descriptor(void **state)
{
	const struct rte_qsock_af_xdp_conf conf = {.size = sizeof(conf), .ifname = NEAR};
	struct rlimit limit, none;
	bool refused;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	bed_kernel_use();
	bed_kernel.socket_errno = EMFILE;
	bed_refused((struct rte_qsock_af_xdp_conf){.ifname = NEAR}, EMFILE);
	bed_kernel.socket_errno = 0;
	/* And for real. */
	none = limit;
	none.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	refused = rte_qsock_egress_af_xdp(&conf) == NULL && rte_errno == EMFILE;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_true(refused);
}

static bool is_refused(int error)
{
	const struct rte_qsock_af_xdp_conf conf = {
		.size = sizeof(conf), .ifname = NEAR, .frames = 256, .busy_wait_ns = 1};

	return rte_qsock_egress_af_xdp(&conf) == NULL && rte_errno == error;
}

/* Whether a child that has given something up is refused with this. */
static bool child_refused(void (*give_up)(void), int error)
{
	return give_up_child(give_up, is_refused, error);
}

static void give_up_raw(void)
{
	cap_drop(CAP_NET_RAW);
}

static void give_up_locked_memory(void)
{
	const struct rlimit small = {65536, 65536};

	setrlimit(RLIMIT_MEMLOCK, &small);
	cap_drop(CAP_IPC_LOCK);
}

static void test_no_privilege(void **state)
{
	(void)state;
	assert_true(child_refused(give_up_raw, EPERM));
}

static void test_no_memory(void **state)
{
	(void)state;
	assert_true(child_refused(give_up_locked_memory, ENOMEM));
	if (!SANITIZED)
		assert_true(child_refused(give_up_all_memory, ENOMEM));
}

static void test_no_thread(void **state)
{
	(void)state;
	if (SANITIZED)
		skip();
	assert_true(child_refused(give_up_memory, EAGAIN));
}

static int setup(void **state)
{
	(void)state;
	bed_up();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	bed_down();
	return 0;
}

static int group_up(void **state)
{
	(void)state;
	if (net_eal_up(8191) != 0)
		return -1;
	bed_pool = net_pool;
	return 0;
}

static int group_down(void **state)
{
	(void)state;
	return net_eal_down();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_frames_arrive_whole_and_in_order),
		TEST(test_segments_are_gathered),
		TEST(test_what_can_never_be_sent_is_an_error),
		TEST(test_in_flight_follows_the_rate),
		TEST(test_a_slow_wire_holds_the_sender),
		TEST(test_a_full_ring_takes_nothing),
		TEST(test_a_device_that_sends_nothing),
		TEST(test_link_down_and_up),
		TEST(test_no_carrier),
		TEST(test_made_while_down),
		TEST(test_down_before_it_is_told),
		TEST(test_mtu_changes),
		TEST(test_large_mtu),
		TEST(test_removed_and_made_again),
		TEST(test_bound_again_when_it_can_be),
		TEST(test_removed_for_good),
		TEST(test_features),
		TEST(test_zero_copy_not_to_be_had),
		TEST(test_zero_copy_that_proves_itself),
		TEST(test_zero_copy_that_does_not_complete),
		TEST(test_values_out_of_range),
		TEST(test_info_refused),
		TEST(test_no_such_interface),
		TEST(test_queue_in_use),
		TEST(test_kernel_without_af_xdp),
		TEST(test_no_descriptor),
		TEST(test_no_privilege),
		TEST(test_no_memory),
		TEST(test_no_thread),
	};

	if (!net_ns_enter()) {
		puts("SKIP: needs root, for a network namespace");
		return 77;
	}
	return cmocka_run_group_tests(tests, group_up, group_down);
}
