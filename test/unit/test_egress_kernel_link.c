/* SPDX-License-Identifier: BSD-3-Clause */
/* The interface of a kernel egress changes: its link, its MTU; it is removed, and made again. */
#include <errno.h>
#include <unistd.h>

#include "egress_kernel_bed.h"
#include "egress_tests.h"
#include "net_ns.h"
#include "packet/packet.h"

/* The news may come after the first frames: they are held, none is lost. */
static void test_down_before_it_is_told(void **state)
{
	struct rte_qsock_egress *e = bed_open(0);

	(void)state;
	assert_int_equal(sh("ip link set " NEAR " down"), 0);
	bed_await(e, bed_link_is_up, false);
	e->link_down = false; /* as before the news */
	assert_int_equal(bed_offer(e, 0, 8, 100), 0);
	assert_int_equal(bed_info(e).call_error, ENETDOWN);
	assert_true(bed_info(e).call_errors > 0);
	assert_int_equal(e->tx_error_frames, 0);
	assert_int_equal(sh("ip link set " NEAR " up"), 0);
	bed_await(e, bed_link_is_up, true);
	bed_end(e);
}

static void test_jumbo_frames(void **state)
{
	struct rte_qsock_egress *e;

	(void)state;
	assert_int_equal(sh("ip link set " NEAR " mtu 9000 && ip link set " FAR " mtu 9000"), 0);
	e = bed_open(0);
	assert_int_equal(e->ops->max_frame_bytes(e), 9018);
	bed_send(e, 0, 100, 8000); /* of five segments */
	bed_receive(e, 0, 100, 8000);
	bed_end(e);
}

static void test_removed_and_made_again(void **state)
{
	struct rte_qsock_egress *e = bed_open(0);

	(void)state;
	bed_send(e, 0, 100, 100);
	bed_receive(e, 0, 100, 100);
	assert_int_equal(sh("ip link del " NEAR), 0);
	bed_await(e, bed_link_is_up, false);
	assert_int_equal(bed_offer(e, 110, 8, 100), 0);
	e->link_down = false; /* as before the news */
	assert_int_equal(bed_offer(e, 110, 8, 100), 0);
	assert_int_equal(bed_info(e).call_error, ENXIO);
	e->link_down = true;

	assert_int_equal(sh(MAKE_PAIR " && ip link set " NEAR " up"), 0);
	bed_await(e, bed_is_back, 1);
	assert_int_equal(sh("tc qdisc show dev " NEAR " | grep -q 'htb 5153: root'"), 0);
	bed_driver.receive_from();
	bed_send(e, 200, 100, 100);
	bed_receive(e, 200, 100, 100);
	assert_int_equal(bed_info(e).submitted, 200);
	assert_int_equal(e->tx_error_frames, 0);
	bed_end(e);
	assert_int_equal(sh("! tc qdisc show dev " NEAR " | grep -q 5153:"), 0);
}

static bool link_changes_are(const struct rte_qsock_egress *e, uint64_t n)
{
	return bed_info(e).link_changes == n;
}

/* Down, and not taken: nothing is due before the link's next news, or the service would not rest. */
static void goes_down_before_it_is_taken(struct rte_qsock_egress *e)
{
	const uint64_t much_later_ns = UINT64_MAX / 2;

	bed_await(e, link_changes_are, 2);
	assert_int_equal(sh("ip link set " NEAR " down"), 0);
	bed_await(e, link_changes_are, 3);
	assert_true(qs_packet_follow(e, much_later_ns) > much_later_ns);
	assert_int_equal(sh("ip link set " NEAR " up"), 0);
}

/* It comes back, and is not to be had yet. */
static void test_taken_again_when_it_can_be(void **state)
{
	struct rte_qsock_egress *e = bed_open(0);

	(void)state;
	assert_int_equal(sh("ip link del " NEAR), 0);
	bed_await(e, bed_link_is_up, false);
	assert_int_equal(
		sh(MAKE_PAIR " && tc qdisc add dev " NEAR " root handle 9: pfifo && ip link set " NEAR " up"),
		0);
	usleep(300000); /* three times it is tried */
	assert_true(bed_info(e).link_down);
	goes_down_before_it_is_taken(e);
	assert_int_equal(sh("tc qdisc del dev " NEAR " root"), 0);
	bed_await(e, bed_is_back, 1);
	bed_end(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		EGRESS_LINK_TESTS,
		BED_TEST(test_down_before_it_is_told),
		BED_TEST(test_jumbo_frames),
		BED_TEST(test_removed_and_made_again),
		BED_TEST(test_taken_again_when_it_can_be),
	};

	return bed_run(tests);
}
