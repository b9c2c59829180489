/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>

#include <rte_errno.h>
#include <rte_ether.h>

#include "net_ns.h"
#include "veth_bed.h"

#define TYPE 0x88b5
#define LIMIT_S 10
#define BURST 32
#define SEGMENT 1600u /* longer frames have more than one */

struct rte_mempool *bed_pool;

static int receiver = -1;

static uint64_t now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec;
}

static void receiver_open(const char *dev, uint16_t protocol)
{
	struct sockaddr_ll addr = {.sll_family = AF_PACKET,
				   .sll_protocol = htons(protocol),
				   .sll_ifindex = (int)if_nametoindex(dev)};
	int bytes = 64 << 20;

	if (receiver >= 0)
		close(receiver);
	receiver = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_true(receiver >= 0);
	setsockopt(receiver, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
	assert_int_equal(bind(receiver, (struct sockaddr *)&addr, sizeof(addr)), 0);
}

void bed_receiver(void)
{
	receiver_open(FAR, TYPE);
}

void bed_watcher(void)
{
	receiver_open(NEAR, ETH_P_ALL);
}

void bed_veth_up(void)
{
	assert_int_equal(sh(MAKE_PAIR " && ip link set " NEAR " up"), 0);
}

void bed_veth_down(void)
{
	close(receiver);
	receiver = -1;
	sh("ip link del " NEAR " 2>/dev/null; ip link del slow 2>/dev/null");
}

bool bed_slow(const char *rate)
{
	return sh("ip link add slow type ifb && ip link set slow up && tc qdisc add dev " FAR
		  " ingress && tc filter add dev " FAR " parent ffff: protocol all u32 match u32 0 0"
		  " action mirred egress redirect dev slow && "
		  "tc qdisc add dev slow root tbf rate %s burst 1600 limit 100000000",
		  rate) == 0;
}

/* A byte of a frame, by its number and place. */
static uint8_t byte_at(uint32_t number, uint32_t i)
{
	return (uint8_t)(number * 31 + i * 7);
}

struct rte_mbuf *bed_frame(uint32_t number, uint32_t len, bool segments)
{
	struct rte_mbuf *m = NULL, *segment;
	uint8_t frame[16384];
	struct rte_ether_hdr *eth = (struct rte_ether_hdr *)(void *)frame;
	uint32_t at, bytes;

	assert_true(len <= sizeof(frame));
	for (uint32_t i = 0; i < len; i++)
		frame[i] = byte_at(number, i);
	memset(&eth->dst_addr, 0xff, sizeof(eth->dst_addr));
	memset(&eth->src_addr, 2, sizeof(eth->src_addr));
	eth->ether_type = htons(TYPE);
	if (len >= sizeof(*eth) + sizeof(number))
		memcpy(eth + 1, &number, sizeof(number));
	for (at = 0; at < len; at += bytes) {
		bytes = RTE_MIN(len - at, segments ? len / 2 : SEGMENT);
		segment = rte_pktmbuf_alloc(bed_pool);
		assert_non_null(segment);
		memcpy(rte_pktmbuf_append(segment, (uint16_t)bytes), frame + at, bytes);
		if (m == NULL)
			m = segment;
		else
			assert_int_equal(rte_pktmbuf_chain(m, segment), 0);
	}
	return m;
}

uint16_t bed_offer(struct rte_qsock_egress *e, uint32_t from, uint16_t n, uint32_t len)
{
	struct rte_mbuf *pkts[BURST];
	uint16_t taken;

	assert_true(n <= BURST);
	for (uint16_t i = 0; i < n; i++)
		pkts[i] = bed_frame(from + i, len, false);
	taken = e->ops->tx_burst(e, pkts, n);
	assert_true(taken <= n);
	rte_pktmbuf_free_bulk(pkts + taken, n - taken);
	return taken;
}

void bed_send(struct rte_qsock_egress *e, uint32_t from, uint32_t n, uint32_t len)
{
	const uint64_t until = now_s() + LIMIT_S;
	uint32_t i = 0;

	while (i < n) {
		i += bed_offer(e, from + i, (uint16_t)RTE_MIN(n - i, (uint32_t)BURST), len);
		e->ops->poll(e, 0);
		if (now_s() > until)
			fail_msg("%u of %u frames taken in %d s", i, n, LIMIT_S);
	}
}

/* What a watcher sees of others. */
static bool is_foreign(const uint8_t *frame, const struct sockaddr_ll *from)
{
	const struct rte_ether_hdr *eth = (const struct rte_ether_hdr *)(const void *)frame;

	return eth->ether_type != htons(TYPE) ||
	       (from->sll_pkttype != PACKET_OUTGOING && from->sll_ifindex == (int)if_nametoindex(NEAR));
}

/* @return its length; 0: there is none */
static uint32_t receive_one(uint8_t *frame, size_t size)
{
	struct sockaddr_ll from = {0};
	socklen_t len = sizeof(from);
	ssize_t n;

	do {
		n = recvfrom(receiver, frame, size, 0, (struct sockaddr *)&from, &len);
		if (n < 0 && (errno == ENETDOWN || errno == EAGAIN))
			return 0;
		assert_true(n > 0);
	} while (is_foreign(frame, &from));
	return (uint32_t)n;
}

void bed_receive(struct rte_qsock_egress *e, uint32_t from, uint32_t n, uint32_t len)
{
	const uint64_t until = now_s() + LIMIT_S;
	uint8_t frame[16384];
	uint32_t i = 0, number, got;

	while (i < n) {
		got = receive_one(frame, sizeof(frame));
		if (got == 0) {
			if (now_s() > until)
				fail_msg("%u of %u frames came in %d s", i, n, LIMIT_S);
			e->ops->poll(e, 0);
			continue;
		}
		assert_int_equal(got, len);
		memcpy(&number, frame + sizeof(struct rte_ether_hdr), sizeof(number));
		assert_int_equal(number, from + i);
		for (uint32_t k = sizeof(struct rte_ether_hdr) + sizeof(number); k < len; k++)
			assert_int_equal(frame[k], byte_at(number, k));
		i++;
	}
	assert_int_equal(receive_one(frame, sizeof(frame)), 0);
}

uint32_t bed_receive_all(struct rte_qsock_egress *e, uint32_t *last)
{
	uint8_t frame[16384];
	uint32_t n = 0, quiet;

	for (quiet = 0; quiet < 100; quiet++) {
		while (receive_one(frame, sizeof(frame)) > 0) {
			memcpy(last, frame + sizeof(struct rte_ether_hdr), sizeof(*last));
			quiet = 0;
			n++;
		}
		e->ops->poll(e, 0);
		usleep(1000);
	}
	return n;
}

void bed_await(struct rte_qsock_egress *e, bool (*is)(const struct rte_qsock_egress *e, uint64_t value),
	       uint64_t value)
{
	const uint64_t until = now_s() + LIMIT_S;

	for (;;) {
		e->ops->poll(e, 0);
		if (is(e, value))
			return;
		if (now_s() > until)
			fail_msg("what is awaited does not come");
		usleep(1000);
	}
}
