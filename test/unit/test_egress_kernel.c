/* SPDX-License-Identifier: BSD-3-Clause */
/* The egress through the kernel's qdisc over veth pairs, in a namespace of the test's own. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>

#include "give_up.h"
#include "net_eal.h"
#include "net_ns.h"
#include "packet/packet.h"
#include "rte_qsock_egress_kernel.h"
#include "veth_bed.h"

#define FRAMES 2000u
#define PLAIN 100000u /* number of the first frame that is not the egress's */

struct rte_mempool *bed_pool;		/* the bed's view of net_pool */
static struct rte_qsock_egress *opened; /* that a test which failed has left */

static struct rte_qsock_egress *open_egress(struct rte_qsock_kernel_conf conf)
{
	conf.size = sizeof(conf);
	conf.ifname = NEAR;
	opened = rte_qsock_egress_kernel(&conf);
	if (opened == NULL)
		fail_msg("no egress: %s", rte_strerror(rte_errno));
	return opened;
}
#define bed_open(...) open_egress((struct rte_qsock_kernel_conf){__VA_ARGS__})

static void end(struct rte_qsock_egress *e)
{
	opened = NULL;
	e->ops->free(e);
	assert_int_equal(rte_mempool_in_use_count(net_pool), 0);
}

static struct rte_qsock_kernel_info info_of(const struct rte_qsock_egress *e)
{
	struct rte_qsock_kernel_info info = {.size = sizeof(info)};

	assert_int_equal(rte_qsock_kernel_info_get(e, &info), 0);
	assert_int_equal(info.size, sizeof(info));
	assert_true(info.in_flight_bytes <= info.in_flight_limit_bytes);
	assert_true(info.dropped <= e->tx_error_frames);
	return info;
}

struct awaited {
	bool (*so)(const struct rte_qsock_kernel_info *info);
};

static bool is_so(struct rte_qsock_egress *e, void *arg)
{
	const struct awaited *awaited = arg;
	struct rte_qsock_kernel_info info = info_of(e);

	return awaited->so(&info);
}

static void await(struct rte_qsock_egress *e, bool (*so)(const struct rte_qsock_kernel_info *info))
{
	struct awaited awaited = {so};

	bed_await_true(e, is_so, &awaited);
}

static bool rate_is(struct rte_qsock_egress *e, void *arg)
{
	(void)e;
	return sh("tc class show dev " NEAR " | grep -q '5153:10 .* ceil %s '", (const char *)arg) == 0;
}

static void rate_set(struct rte_qsock_egress *e, uint64_t rate_bps, const char *as_tc_says)
{
	char text[16];

	snprintf(text, sizeof(text), "%s", as_tc_says);
	e->ops->rate_set(e, rate_bps);
	bed_await_true(e, rate_is, text);
}

/* ------------------------------------------------------------------ sending */

static bool all_gone(const struct rte_qsock_kernel_info *info)
{
	return info->in_flight_bytes == 0;
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
	await(e, all_gone);
	info = info_of(e);
	assert_int_equal(info.submitted, FRAMES * RTE_DIM(lens));
	assert_int_equal(info.dropped + info.call_errors + e->tx_error_frames, 0);
	assert_true(info.calls > 0 && info.calls <= 2 * info.submitted / 32 + info.held + 8);
	assert_string_equal(info.ifname, NEAR);
	/* All of them in the urgent class. */
	assert_int_equal(sh("tc -s class show dev " NEAR " | grep -A1 '5153:10 ' | grep -q ' %u pkt'",
			    FRAMES * (uint32_t)RTE_DIM(lens)),
			 0);
	end(e);
}

static void test_segments_are_gathered(void **state)
{
	struct rte_qsock_egress *e = bed_open(0);
	struct rte_mbuf *pkts[8];

	(void)state;
	for (uint32_t i = 0; i < RTE_DIM(pkts); i++)
		pkts[i] = bed_frame(i, 1001, true);
	assert_int_equal(e->ops->tx_burst(e, pkts, RTE_DIM(pkts)), RTE_DIM(pkts));
	bed_receive(e, 0, RTE_DIM(pkts), 1001);
	end(e);
}

/* A frame that lies in n parts, the last of what is missing to 1,000 bytes. */
static struct rte_mbuf *frame_in(uint32_t number, uint32_t n)
{
	struct rte_mbuf *whole = bed_frame(number, 1000, false), *m = NULL, *part;
	uint32_t at = 0;

	for (uint32_t i = 0; i < n; i++) {
		const uint32_t bytes = i + 1 < n ? 10 : 1000 - at;

		part = rte_pktmbuf_alloc(net_pool);
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
	end(e);
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
	assert_int_equal(info_of(e).submitted, 3);
	assert_int_equal(info_of(e).dropped, 0);
	end(e);
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
	rate_set(e, 2000000, "2Mbit");
	fd = send_plain(80, 1000); /* 320 ms of it */
	assert_int_equal(bed_offer(e, 0, 2, 1000), 2);
	assert_int_equal(ioctl(fd, SIOCOUTQ, &waiting), 0);
	if (waiting == 0)
		skip(); /* this process was away for long */
	assert_int_equal(bed_receive_all(e, &last), 82);
	assert_true(last >= PLAIN);
	close(fd);
	end(e);
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
	rate_set(e, 1000000, "1Mbit");
	assert_int_equal(bed_offer(e, 0, 1, 9014), 1); /* the bucket is empty */
	for (uint32_t i = 0; i < RTE_DIM(lens); i++) {
		const uint64_t before = info_of(e).in_flight_bytes;
		uint64_t after;

		assert_int_equal(bed_offer(e, 0, 1, lens[i]), 1);
		after = info_of(e).in_flight_bytes; /* some may have gone meanwhile */
		assert_true(after < before || after - before <= qs_packet_memory(lens[i]));
		assert_true(qs_packet_memory(lens[i]) > lens[i]);
	}
	assert_int_equal(qs_packet_memory(1514), 2304);
	assert_int_equal(qs_packet_memory(9014), 13120);
	end(e);
}

static uint64_t limit_awaited;

static bool limit_is(const struct rte_qsock_kernel_info *info)
{
	return info->in_flight_limit_bytes == limit_awaited;
}

static void limit_follows(struct rte_qsock_egress *e, uint64_t rate_bps, uint64_t frames)
{
	limit_awaited = frames * 2304 + 1; /* the kernel doubles what is set */
	e->ops->rate_set(e, rate_bps);
	await(e, limit_is);
}

static void test_in_flight_follows_the_rate(void **state)
{
	struct rte_qsock_egress *e = bed_open(.in_flight_ns = 2000000);

	(void)state;
	limit_follows(e, UINT64_C(1000000000), 250000 / (1518 + 24));
	limit_follows(e, UINT64_C(100000000), 25000 / (1518 + 24));
	limit_awaited = 4608 + 2304 - 1; /* the least that the kernel has */
	e->ops->rate_set(e, 1000);
	await(e, limit_is);
	limit_awaited = QS_PACKET_QUEUE * 832 + 1; /* no more than its queue has places for */
	e->ops->rate_set(e, RTE_QSOCK_RATE_MAX_BPS);
	await(e, limit_is);
	end(e);
}

static void test_a_slow_wire_holds_the_sender(void **state)
{
	struct rte_qsock_egress *e;
	struct rte_qsock_kernel_info info;

	(void)state;
	e = bed_open(.in_flight_ns = 5000000);
	rate_set(e, 20000000, "20Mbit"); /* 8 frames */
	bed_send(e, 0, 300, 1000);
	info = info_of(e);
	assert_true(info.held > 0);
	assert_true(info.in_flight_max_bytes > 2304);
	assert_true(info.in_flight_max_bytes <= info.in_flight_limit_bytes);
	bed_receive(e, 0, 300, 1000);
	await(e, all_gone);
	assert_int_equal(info_of(e).submitted, 300);
	assert_int_equal(e->tx_error_frames, 0);
	end(e);
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
	end(e);
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
	end(e);
}

static bool is_lost(const struct rte_qsock_kernel_info *info)
{
	return info->qdisc_lost;
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
	await(e, is_lost);
	bed_send(e, 0, 64, 1000);
	info = info_of(e);
	assert_true(info.dropped > 0);
	assert_int_equal(info.submitted + info.dropped, 64);
	assert_int_equal(e->tx_error_frames, info.dropped);
	came = bed_receive_all(e, &last);
	assert_int_equal(came, info.submitted);
	end(e);
	assert_int_equal(sh("tc qdisc show dev " NEAR " | grep -q 'tbf 8: root'"), 0);
}

/* ------------------------------------------------------------------ the interface changes */

static bool is_down(const struct rte_qsock_kernel_info *info)
{
	return info->link_down;
}

static bool is_up(const struct rte_qsock_kernel_info *info)
{
	return !info->link_down;
}

static void down_and_up(const char *dev)
{
	struct rte_qsock_egress *e = bed_open(0);
	struct rte_qsock_kernel_info info;

	bed_send(e, 0, 100, 100);
	bed_receive(e, 0, 100, 100);
	assert_int_equal(sh("ip link set %s down", dev), 0);
	await(e, is_down);
	assert_int_equal(bed_offer(e, 100, 8, 100), 0);
	assert_int_equal(info_of(e).submitted, 100);
	assert_int_equal(sh("ip link set %s up", dev), 0);
	await(e, is_up);
	bed_watcher();
	bed_send(e, 100, 100, 100);
	bed_receive(e, 100, 100, 100);
	info = info_of(e);
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
	e = bed_open(0);
	assert_true(info_of(e).link_down);
	assert_int_equal(bed_offer(e, 0, 8, 100), 0);
	assert_int_equal(sh("ip link set " NEAR " up"), 0);
	await(e, is_up);
	bed_send(e, 0, 100, 100);
	bed_receive(e, 0, 100, 100);
	end(e);
}

/* The news may come after the first frames: they are held, none is lost. */
static void test_down_before_it_is_told(void **state)
{
	struct rte_qsock_egress *e = bed_open(0);

	(void)state;
	assert_int_equal(sh("ip link set " NEAR " down"), 0);
	await(e, is_down);
	e->link_down = false; /* as before the news */
	assert_int_equal(bed_offer(e, 0, 8, 100), 0);
	assert_int_equal(info_of(e).call_error, ENETDOWN);
	assert_true(info_of(e).call_errors > 0);
	assert_int_equal(e->tx_error_frames, 0);
	assert_int_equal(sh("ip link set " NEAR " up"), 0);
	await(e, is_up);
	end(e);
}

static bool mtu_900(const struct rte_qsock_kernel_info *info)
{
	return info->max_frame_bytes == 918;
}

static bool mtu_1500(const struct rte_qsock_kernel_info *info)
{
	return info->max_frame_bytes == 1518;
}

static void test_mtu_changes(void **state)
{
	struct rte_qsock_egress *e = bed_open(0);

	(void)state;
	assert_int_equal(sh("ip link set " NEAR " mtu 900"), 0);
	await(e, mtu_900);
	assert_int_equal(bed_offer(e, 0, 4, 919), 4);
	assert_int_equal(e->tx_error_frames, 4);
	bed_send(e, 0, 10, 914);
	bed_receive(e, 0, 10, 914);
	assert_int_equal(sh("ip link set " NEAR " mtu 3000"), 0);
	await(e, mtu_1500); /* it does not grow beyond what it was */
	assert_int_equal(bed_offer(e, 0, 4, 1519), 4);
	assert_int_equal(e->tx_error_frames, 8);
	bed_send(e, 10, 10, 1514);
	bed_receive(e, 10, 10, 1514);
	assert_int_equal(info_of(e).mtu_changes, 2);
	end(e);
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
	end(e);
}

static const char made_again[] = "ip link add " NEAR " type veth peer name " FAR " && ip link set " FAR " up";

static bool is_taken_again(const struct rte_qsock_kernel_info *info)
{
	return info->rebinds == 1 && !info->link_down;
}

static void test_removed_and_made_again(void **state)
{
	struct rte_qsock_egress *e = bed_open(0);

	(void)state;
	bed_send(e, 0, 100, 100);
	bed_receive(e, 0, 100, 100);
	assert_int_equal(sh("ip link del " NEAR), 0);
	await(e, is_down);
	assert_int_equal(bed_offer(e, 110, 8, 100), 0);
	e->link_down = false; /* as before the news */
	assert_int_equal(bed_offer(e, 110, 8, 100), 0);
	assert_int_equal(info_of(e).call_error, ENXIO);
	e->link_down = true;

	assert_int_equal(sh("%s && ip link set " NEAR " up", made_again), 0);
	await(e, is_taken_again);
	assert_int_equal(sh("tc qdisc show dev " NEAR " | grep -q 'htb 5153: root'"), 0);
	bed_watcher();
	bed_send(e, 200, 100, 100);
	bed_receive(e, 200, 100, 100);
	assert_int_equal(info_of(e).submitted, 200);
	assert_int_equal(e->tx_error_frames, 0);
	end(e);
	assert_int_equal(sh("! tc qdisc show dev " NEAR " | grep -q 5153:"), 0);
}

/* It comes back, and is not to be had yet. */
static void test_taken_again_when_it_can_be(void **state)
{
	struct rte_qsock_egress *e = bed_open(0);

	(void)state;
	assert_int_equal(sh("ip link del " NEAR), 0);
	await(e, is_down);
	assert_int_equal(sh("%s && tc qdisc add dev " NEAR " root handle 9: pfifo && ip link set " NEAR " up",
			    made_again),
			 0);
	usleep(300000); /* three times it is tried */
	assert_true(info_of(e).link_down);
	assert_int_equal(sh("tc qdisc del dev " NEAR " root"), 0);
	await(e, is_taken_again);
	end(e);
}

static void test_removed_for_good(void **state)
{
	struct rte_qsock_egress *e = bed_open(0);

	(void)state;
	bed_send(e, 0, 10, 100);
	assert_int_equal(sh("ip link del " NEAR), 0);
	await(e, is_down);
	end(e);
}

/* ------------------------------------------------------------------ refusals */

static bool is_refused_as(struct rte_qsock_kernel_conf conf, int error)
{
	struct rte_qsock_egress *e;

	conf.size = sizeof(conf);
	e = rte_qsock_egress_kernel(&conf);
	if (e != NULL)
		e->ops->free(e);
	return e == NULL && rte_errno == error;
}
#define refused(error, ...) is_refused_as((struct rte_qsock_kernel_conf){__VA_ARGS__}, error)

static bool is_refused(int error)
{
	return refused(error, .ifname = NEAR);
}

static void test_values_out_of_range(void **state)
{
	struct {
		struct rte_qsock_kernel_conf conf;
		char more;
	} newer = {.conf = {.size = sizeof(newer), .ifname = NEAR}, .more = 1};

	(void)state;
	assert_true(refused(EINVAL, .ifname = NULL));
	assert_true(refused(EINVAL, .ifname = ""));
	assert_true(refused(EINVAL, .ifname = "sixteen-letters-"));
	assert_true(refused(EINVAL, .ifname = NEAR, .in_flight_ns = 999));
	assert_true(refused(EINVAL, .ifname = NEAR, .in_flight_ns = 1000000001));
	assert_true(refused(EINVAL, .ifname = NEAR, .rate_bps = 999));
	assert_true(refused(EINVAL, .ifname = NEAR, .rate_bps = RTE_QSOCK_RATE_MAX_BPS + 1));
	assert_true(refused(EINVAL, .ifname = NEAR, .best_effort_share = 901));
	assert_null(rte_qsock_egress_kernel(NULL));
	assert_int_equal(rte_errno, EINVAL);
	assert_null(rte_qsock_egress_kernel(&newer.conf));
	assert_int_equal(rte_errno, EINVAL);
}

static void test_info_refused(void **state)
{
	static const struct rte_qsock_egress_ops others = {.name = "other"};
	struct rte_qsock_egress other = {.ops = &others}, *e = bed_open(0);
	struct rte_qsock_kernel_info info = {.size = sizeof(info)}, none = {0};

	(void)state;
	assert_int_equal(rte_qsock_kernel_info_get(NULL, &info), -1);
	assert_int_equal(rte_errno, EINVAL);
	rte_errno = 0;
	assert_int_equal(rte_qsock_kernel_info_get(&other, &info), -1);
	assert_int_equal(rte_errno, EINVAL);
	rte_errno = 0;
	assert_int_equal(rte_qsock_kernel_info_get(e, NULL), -1);
	assert_int_equal(rte_errno, EINVAL);
	rte_errno = 0;
	assert_int_equal(rte_qsock_kernel_info_get(e, &none), -1);
	assert_int_equal(rte_errno, EINVAL);
	end(e);
}

static void test_no_such_interface(void **state)
{
	(void)state;
	assert_true(refused(ENODEV, .ifname = "nowhere"));
}

static void test_qdisc_in_the_way(void **state)
{
	struct rte_qsock_egress *e;

	(void)state;
	assert_int_equal(sh("tc qdisc add dev " NEAR " root handle 7: pfifo limit 77"), 0);
	assert_true(is_refused(EBUSY));
	assert_int_equal(sh("tc qdisc show dev " NEAR " | grep -q 'pfifo 7: root .* limit 77p'"), 0);
	assert_int_equal(sh("tc qdisc del dev " NEAR " root"), 0);
	e = bed_open(0);
	assert_true(is_refused(EBUSY)); /* one at a time */
	assert_true(refused(EBUSY, .ifname = NEAR, .force = true));
	end(e);
}

static void test_no_descriptor(void **state)
{
	struct rlimit limit, few;
	bool so;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	few = limit;
	few.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	so = is_refused(EMFILE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_true(so);
}

static void give_up_raw(void)
{
	cap_drop(CAP_NET_RAW);
}

static void give_up_admin(void)
{
	cap_drop(CAP_NET_ADMIN);
}

static void test_no_privilege(void **state)
{
	(void)state;
	assert_true(give_up_child(give_up_raw, is_refused, EPERM));
	assert_true(give_up_child(give_up_admin, is_refused, EPERM));
}

/* What the heap has left is enough. */
static void give_up_the_heap(void)
{
	give_up_all_memory();
	while (malloc(16) != NULL)
		;
}

static void test_no_memory(void **state)
{
	(void)state;
	if (SANITIZED)
		skip();
	assert_true(give_up_child(give_up_the_heap, is_refused, ENOMEM));
}

static void test_no_thread(void **state)
{
	(void)state;
	if (SANITIZED)
		skip();
	assert_true(give_up_child(give_up_memory, is_refused, EAGAIN));
}

/* A kernel that has no packet sockets, or none for us. */
static void packet_sockets_fail(int error)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_PACKET, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned int)error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {RTE_DIM(filter), filter};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		_exit(1);
}

static void give_up_packet_sockets(void)
{
	packet_sockets_fail(EAFNOSUPPORT);
}

static void give_up_for_another_reason(void)
{
	packet_sockets_fail(EPROTO);
}

static void test_kernel_without_packet_sockets(void **state)
{
	(void)state;
	assert_true(give_up_child(give_up_packet_sockets, is_refused, ENOTSUP));
	assert_true(give_up_child(give_up_for_another_reason, is_refused, EIO));
}

static int setup(void **state)
{
	(void)state;
	bed_veth_up();
	bed_watcher();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	if (opened != NULL)
		opened->ops->free(opened);
	opened = NULL;
	bed_veth_down();
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
		TEST(test_many_segments),
		TEST(test_what_can_never_be_sent_is_an_error),
		TEST(test_before_what_others_send),
		TEST(test_memory_of_a_frame),
		TEST(test_in_flight_follows_the_rate),
		TEST(test_a_slow_wire_holds_the_sender),
		TEST(test_qdisc_comes_back),
		TEST(test_qdisc_has_the_conf),
		TEST(test_another_programs_qdisc),
		TEST(test_link_down_and_up),
		TEST(test_no_carrier),
		TEST(test_made_while_down),
		TEST(test_down_before_it_is_told),
		TEST(test_mtu_changes),
		TEST(test_jumbo_frames),
		TEST(test_removed_and_made_again),
		TEST(test_taken_again_when_it_can_be),
		TEST(test_removed_for_good),
		TEST(test_values_out_of_range),
		TEST(test_info_refused),
		TEST(test_no_such_interface),
		TEST(test_qdisc_in_the_way),
		TEST(test_no_descriptor),
		TEST(test_no_privilege),
		TEST(test_no_memory),
		TEST(test_no_thread),
		TEST(test_kernel_without_packet_sockets),
	};

	if (!net_ns_enter()) {
		puts("SKIP: needs root, for a network namespace");
		return 77;
	}
	return cmocka_run_group_tests(tests, group_up, group_down);
}
