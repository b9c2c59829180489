/* SPDX-License-Identifier: BSD-3-Clause */
/* The egress through the kernel's qdisc sends, with no more in flight than it may. */
#include <errno.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "egress_kernel_bed.h"
#include "egress_tests.h"
#include "net_ns.h"
#include "packet/packet.h"
#include "rte_qsock_sched.h"

#define FRAMES 2000u
#define PLAIN 100000u /* number of the first frame that is not the egress's */

static bool rate_is(const struct rte_qsock_egress *e, uint64_t mbit)
{
	(void)e;
	return sh("tc class show dev " NEAR " | grep -q '5153:10 .* ceil %uMbit '", (unsigned int)mbit) == 0;
}

static void rate_set_mbit(struct rte_qsock_egress *e, uint64_t mbit)
{
	e->ops->rate_set(e, mbit * 1000000);
	bed_await(e, rate_is, mbit);
}

/* ------------------------------------------------------------------ sending */

static bool in_flight_is(const struct rte_qsock_egress *e, uint64_t bytes)
{
	return bed_info(e).in_flight_bytes == bytes;
}

static void test_frames_arrive_whole_and_in_order(void **state)
{
	static const uint32_t lens[] = {60, 64, 1500, 1514};
	struct rte_qsock_egress *e = bed_open(0);
	struct rte_qsock_kernel_info info;
	uint32_t i;

	(void)state;
	assert_string_equal(e->ops->name, "kernel");
	assert_int_equal(e->ops->max_frame_bytes(e), 1518);
	assert_int_equal(e->ops->rate_bps(e), UINT64_C(10000000000)); /* as veth says */
	for (i = 0; i < RTE_DIM(lens); i++) {
		bed_send(e, i * FRAMES, FRAMES, lens[i]);
		bed_receive(e, i * FRAMES, FRAMES, lens[i]);
	}
	bed_await(e, in_flight_is, 0);
	info = bed_info(e);
	assert_int_equal(info.submitted, FRAMES * RTE_DIM(lens));
	assert_int_equal(info.dropped + info.call_errors + e->tx_error_frames, 0);
	assert_true(info.calls > 0 && info.calls <= 2 * info.submitted / 32 + info.held + 8);
	assert_string_equal(info.ifname, NEAR);
	/* All of them in the urgent class. */
	assert_int_equal(sh("tc -s class show dev " NEAR " | grep -A1 '5153:10 ' | grep -q ' %u pkt'",
			    FRAMES * (uint32_t)RTE_DIM(lens)),
			 0);
	bed_end(e);
}

/* A frame that lies in n parts, the last of what is missing to 1,000 bytes. */
static struct rte_mbuf *frame_in(uint32_t number, uint32_t n)
{
	struct rte_mbuf *whole = bed_frame(number, 1000, false), *m = NULL, *part;
	uint32_t at = 0;

	for (uint32_t i = 0; i < n; i++) {
		const uint32_t bytes = i + 1 < n ? 10 : 1000 - at;

		part = rte_pktmbuf_alloc(bed_pool);
		assert_non_null(part);
		memcpy(rte_pktmbuf_append(part, (uint16_t)bytes), rte_pktmbuf_mtod_offset(whole, char *, at),
		       bytes);
		at += bytes;
		if (m == NULL)
			m = part;
		else
			assert_int_equal(rte_pktmbuf_chain(m, part), 0);
	}
	rte_pktmbuf_free(whole);
	return m;
}

/* More parts than one call has places for; and a frame of more than is allowed. */
static void test_many_segments(void **state)
{
	struct rte_qsock_egress *e = bed_open(0);
	struct rte_mbuf *pkts[16];

	(void)state;
	for (uint32_t i = 0; i < RTE_DIM(pkts) - 1; i++)
		pkts[i] = frame_in(i, QS_PACKET_SEGMENTS);
	pkts[RTE_DIM(pkts) - 1] = frame_in(99, QS_PACKET_SEGMENTS + 1);
	assert_int_equal(e->ops->tx_burst(e, pkts, RTE_DIM(pkts)), RTE_DIM(pkts));
	assert_int_equal(e->tx_error_frames, 1);
	assert_null(pkts[RTE_DIM(pkts) - 1]);
	bed_receive(e, 0, RTE_DIM(pkts) - 1, 1000);
	bed_end(e);
}

static void test_what_can_never_be_sent_is_an_error(void **state)
{
	struct rte_qsock_egress *e = bed_open(0);
	/* Of 1,515 bytes a frame may be that has a VLAN tag: this one the kernel refuses. */
	struct rte_mbuf *pkts[] = {bed_frame(0, 100, false),  bed_frame(9, 1519, false),
				   bed_frame(1, 100, false),  bed_frame(9, 13, false),
				   bed_frame(9, 1515, false), bed_frame(9, 1515, false),
				   bed_frame(2, 100, false),  bed_frame(9, 4000, true)};
	static const bool sent[] = {true, false, true, false, false, false, true, false};

	(void)state;
	assert_int_equal(e->ops->tx_burst(e, pkts, RTE_DIM(pkts)), RTE_DIM(pkts));
	assert_int_equal(e->tx_error_frames, 5);
	for (uint32_t i = 0; i < RTE_DIM(pkts); i++)
		assert_int_equal(pkts[i] != NULL, sent[i]);
	bed_receive(e, 0, 3, 100);
	assert_int_equal(bed_info(e).submitted, 3);
	assert_int_equal(bed_info(e).dropped, 0);
	bed_end(e);
}

/* What others send: no class of ours. @return its socket */
static int send_plain(uint32_t n, uint32_t len)
{
	const struct sockaddr_ll addr = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(NEAR)};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), room = 1 << 20;

	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)), 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)(const void *)&addr, sizeof(addr)), 0);
	for (uint32_t i = 0; i < n; i++) {
		struct rte_mbuf *m = bed_frame(PLAIN + i, len, false);

		assert_int_equal(send(fd, rte_pktmbuf_mtod(m, void *), len, 0), len);
		rte_pktmbuf_free(m);
	}
	return fd;
}

static void test_before_what_others_send(void **state)
{
	struct rte_qsock_egress *e = bed_open(0);
	uint32_t last = 0;
	int fd, waiting = 0;

	(void)state;
	rate_set_mbit(e, 2);
	fd = send_plain(80, 1000); /* 320 ms of it */
	assert_int_equal(bed_offer(e, 0, 2, 1000), 2);
	assert_int_equal(ioctl(fd, SIOCOUTQ, &waiting), 0);
	if (waiting == 0)
		skip(); /* this process was away for long */
	assert_int_equal(bed_receive_all(e, &last), 82);
	assert_true(last >= PLAIN);
	close(fd);
	bed_end(e);
}

/* ------------------------------------------------------------------ what is in flight is bounded */

/* By the limit of what a frame takes the bound is a bound of time. */
static void test_memory_of_a_frame(void **state)
{
	static const uint32_t lens[] = {60, 300, 1000, 1514, 1800, 3600, 4000, 4096, 4500, 9014};
	struct rte_qsock_egress *e;

	(void)state;
	assert_int_equal(sh("ip link set " NEAR " mtu 9000 && ip link set " FAR " mtu 9000"), 0);
	e = bed_open(.in_flight_ns = 1000000000);
	rate_set_mbit(e, 1);
	assert_int_equal(bed_offer(e, 0, 1, 9014), 1); /* the bucket is empty */
	for (uint32_t i = 0; i < RTE_DIM(lens); i++) {
		const uint64_t before = bed_info(e).in_flight_bytes;
		uint64_t after;

		assert_int_equal(bed_offer(e, 0, 1, lens[i]), 1);
		after = bed_info(e).in_flight_bytes; /* some may have gone meanwhile */
		assert_true(after < before || after - before <= qs_packet_memory(lens[i]));
		assert_true(qs_packet_memory(lens[i]) > lens[i]);
	}
	assert_int_equal(qs_packet_memory(1514), 2304);
	assert_int_equal(qs_packet_memory(9014), 13120);
	bed_end(e);
}

static bool limit_is(const struct rte_qsock_egress *e, uint64_t bytes)
{
	return bed_info(e).in_flight_limit_bytes == bytes;
}

static void limit_follows(struct rte_qsock_egress *e, uint64_t rate_bps, uint64_t frames)
{
	e->ops->rate_set(e, rate_bps);
	bed_await(e, limit_is, frames * 2304 + 1); /* the kernel doubles what is set */
}

static void test_in_flight_follows_the_rate(void **state)
{
	struct rte_qsock_egress *e = bed_open(.in_flight_ns = 2000000);

	(void)state;
	limit_follows(e, UINT64_C(1000000000), 250000 / (1518 + 24));
	limit_follows(e, UINT64_C(100000000), 25000 / (1518 + 24));
	e->ops->rate_set(e, 1000);
	bed_await(e, limit_is, 4608 + 2304 - 1); /* the least that the kernel has */
	e->ops->rate_set(e, RTE_QSOCK_RATE_MAX_BPS);
	bed_await(e, limit_is, QS_PACKET_QUEUE * 832 + 1); /* no more than its queue has places for */
	bed_end(e);
}

static void test_a_slow_wire_holds_the_sender(void **state)
{
	struct rte_qsock_egress *e;
	struct rte_qsock_kernel_info info;

	(void)state;
	e = bed_open(.in_flight_ns = 5000000);
	rate_set_mbit(e, 20); /* 8 frames */
	bed_send(e, 0, 300, 1000);
	info = bed_info(e);
	assert_true(info.held > 0);
	assert_true(info.in_flight_max_bytes > 2304);
	assert_true(info.in_flight_max_bytes <= info.in_flight_limit_bytes);
	bed_receive(e, 0, 300, 1000);
	bed_await(e, in_flight_is, 0);
	assert_int_equal(bed_info(e).submitted, 300);
	assert_int_equal(e->tx_error_frames, 0);
	bed_end(e);
}

/* ------------------------------------------------------------------ the qdisc */

static void test_qdisc_comes_back(void **state)
{
	struct rte_qsock_egress *e;

	(void)state;
	assert_int_equal(sh("tc qdisc add dev " NEAR " root handle 7: pfifo limit 77"), 0);
	e = bed_open(.force = true);
	assert_int_equal(sh("tc qdisc show dev " NEAR " | grep -q 'htb 5153: root'"), 0);
	assert_int_equal(sh("tc qdisc show dev " NEAR " | grep -q 'tbf .* parent 5153:20'"), 0);
	assert_int_equal(sh("tc qdisc show dev " NEAR " | grep -q 'fifo .* parent 5153:10'"), 0);
	bed_send(e, 0, 100, 100);
	bed_receive(e, 0, 100, 100);
	bed_end(e);
	assert_int_equal(sh("tc qdisc show dev " NEAR " | grep -q 'pfifo 7: root .* limit 77p'"), 0);
}

static void test_qdisc_has_the_conf(void **state)
{
	struct rte_qsock_egress *e = bed_open(.rate_bps = 10000000, .best_effort_share = 200,
					      .overhead_set = true, .overhead_bytes = 38);

	(void)state;
	assert_int_equal(sh("tc -d class show dev " NEAR " | grep '5153:30 ' | grep 'rate 2Mbit' | "
			    "grep -q 'overhead 38'"),
			 0);
	bed_end(e);
}

static bool qdisc_is_lost(const struct rte_qsock_egress *e, uint64_t lost)
{
	return bed_info(e).qdisc_lost == !!lost;
}

/* What their qdisc refuses ends in tx_error, to the frame; and theirs stays. */
static void test_another_programs_qdisc(void **state)
{
	struct rte_qsock_egress *e = bed_open(.in_flight_ns = 100000000);
	struct rte_qsock_kernel_info info;
	uint32_t last, came;

	(void)state;
	assert_int_equal(
		sh("tc qdisc replace dev " NEAR " root handle 8: tbf rate 1mbit burst 2000 limit 5000"), 0);
	bed_await(e, qdisc_is_lost, true);
	bed_send(e, 0, 64, 1000);
	info = bed_info(e);
	assert_true(info.dropped > 0);
	assert_int_equal(info.submitted + info.dropped, 64);
	assert_int_equal(e->tx_error_frames, info.dropped);
	came = bed_receive_all(e, &last);
	assert_int_equal(came, info.submitted);
	bed_end(e);
	assert_int_equal(sh("tc qdisc show dev " NEAR " | grep -q 'tbf 8: root'"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BED_TEST(test_frames_arrive_whole_and_in_order),
		BED_TEST(test_segments_are_gathered),
		BED_TEST(test_many_segments),
		BED_TEST(test_what_can_never_be_sent_is_an_error),
		BED_TEST(test_before_what_others_send),
		BED_TEST(test_memory_of_a_frame),
		BED_TEST(test_in_flight_follows_the_rate),
		BED_TEST(test_a_slow_wire_holds_the_sender),
		BED_TEST(test_qdisc_comes_back),
		BED_TEST(test_qdisc_has_the_conf),
		BED_TEST(test_another_programs_qdisc),
	};

	return bed_run(tests);
}
