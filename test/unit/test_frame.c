/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames of a flow: byte for byte, against rte_ip's own checksums, and how long one takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>

#include "net/qs_frame.h"
#include "net_eal.h"

static struct qs_flow flow4(void)
{
	struct qs_flow flow = {.src_mac = {{2, 0, 0, 0, 0, 1}},
			       .dst_mac = {{2, 0, 0, 0, 0, 2}},
			       .sport = htons(4000),
			       .dport = htons(5001),
			       .family = AF_INET,
			       .tos = 0xb8};

	inet_pton(AF_INET, "10.9.0.1", &flow.src);
	inet_pton(AF_INET, "10.9.0.2", &flow.dst);
	return flow;
}

static struct qs_flow flow6(void)
{
	struct qs_flow flow = flow4();

	flow.family = AF_INET6;
	flow.ttl = 3;
	inet_pton(AF_INET6, "fd09::1", &flow.src);
	inet_pton(AF_INET6, "fd09::2", &flow.dst);
	return flow;
}

static struct rte_mbuf *make(struct qs_frame *f, const void *payload, uint16_t bytes)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(net_pool);

	assert_non_null(m);
	qs_frame_make(f, m, m->buf_addr, payload, bytes, 0);
	assert_int_equal(m->pkt_len, f->hdr_bytes + bytes);
	assert_int_equal(m->nb_segs, 1);
	return m;
}

/* Written out by hand from RFC 768, 791 and 894; the two checksums by rte_ip. */
static void test_ipv4_bytes(void **state)
{
	static const uint8_t expected[] = {
		2,    0,    0,	  0,	0,    2,    2,	  0,	0,    0,    0,	  1,
		0x08, 0x00, 0x45, 0xb8, 0x00, 0x21, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11,
		0x26, 0x00, 0x0a, 0x09, 0x00, 0x01, 0x0a, 0x09, 0x00, 0x02, 0x0f, 0xa0,
		0x13, 0x89, 0x00, 0x0d, 0x00, 0x00, 'h',  'e',	'l',  'l',  'o',
	};
	struct qs_flow flow = flow4();
	struct qs_frame f;
	struct rte_mbuf *m;
	uint8_t want[sizeof(expected)];
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(want + 14);
	struct rte_udp_hdr *udp = (struct rte_udp_hdr *)(ip + 1);

	(void)state;
	memcpy(want, expected, sizeof(want));
	ip->hdr_checksum = 0;
	ip->hdr_checksum = rte_ipv4_cksum(ip);
	udp->dgram_cksum = rte_ipv4_udptcp_cksum(ip, udp);
	flow.dont_fragment = true;
	assert_int_equal(qs_frame_init(&f, &flow, 0), 0);
	m = make(&f, "hello", 5);
	assert_int_equal(m->pkt_len, sizeof(want));
	assert_memory_equal(rte_pktmbuf_mtod(m, void *), want, sizeof(want));
	rte_pktmbuf_free(m);
	m = make(&f, "hello", 5); /* the next id, and its checksum */
	ip->packet_id = htons(1);
	ip->hdr_checksum = 0;
	ip->hdr_checksum = rte_ipv4_cksum(ip);
	assert_memory_equal(rte_pktmbuf_mtod(m, void *), want, sizeof(want));
	rte_pktmbuf_free(m);
}

static void check_sums(struct rte_mbuf *m, const struct qs_frame *f)
{
	void *l3 = rte_pktmbuf_mtod_offset(m, void *, f->l2_bytes);
	void *l4 = rte_pktmbuf_mtod_offset(m, void *, f->l2_bytes + f->l3_bytes);

	if (f->family == AF_INET) {
		assert_int_equal(rte_raw_cksum(l3, sizeof(struct rte_ipv4_hdr)), 0xffff);
		assert_int_equal(rte_ipv4_udptcp_cksum_verify(l3, l4), 0);
	} else {
		assert_int_equal(rte_ipv6_udptcp_cksum_verify(l3, l4), 0);
	}
}

static void test_sums_of_every_length(void **state)
{
	uint8_t payload[1472];

	(void)state;
	for (unsigned int i = 0; i < sizeof(payload); i++)
		payload[i] = (uint8_t)(i * 7 + 3);
	for (int v6 = 0; v6 < 2; v6++) {
		struct qs_flow flow = v6 ? flow6() : flow4();
		struct qs_frame f;

		assert_int_equal(qs_frame_init(&f, &flow, 0), 0);
		f.ip_id = 0xfff0;
		for (uint16_t bytes = 0; bytes <= sizeof(payload); bytes++) {
			struct rte_mbuf *m = make(&f, payload, bytes);

			check_sums(m, &f);
			assert_memory_equal(rte_pktmbuf_mtod_offset(m, void *, f.hdr_bytes), payload, bytes);
			rte_pktmbuf_free(m);
		}
	}
}

static void test_vlan_and_ipv6_fields(void **state)
{
	struct qs_flow flow = flow6();
	struct qs_frame f;
	struct rte_mbuf *m;
	const struct rte_vlan_hdr *vlan;
	const struct rte_ipv6_hdr *ip;

	(void)state;
	flow.vlan = true;
	flow.vlan_id = 100;
	flow.vlan_prio = 5;
	assert_int_equal(qs_frame_init(&f, &flow, 0), 0);
	assert_int_equal(f.hdr_bytes, QS_FRAME_HDR_MAX);
	m = make(&f, "x", 1);
	vlan = rte_pktmbuf_mtod_offset(m, const struct rte_vlan_hdr *, 14);
	assert_int_equal(rte_pktmbuf_mtod(m, struct rte_ether_hdr *)->ether_type, htons(0x8100));
	assert_int_equal(ntohs(vlan->vlan_tci), 5 << 13 | 100);
	assert_int_equal(ntohs(vlan->eth_proto), 0x86dd);
	ip = (const struct rte_ipv6_hdr *)(vlan + 1);
	assert_int_equal(ntohl(ip->vtc_flow), 0x6b800000);
	assert_int_equal(ip->hop_limits, 3);
	assert_int_equal(ip->proto, IPPROTO_UDP);
	assert_int_equal(ntohs(ip->payload_len), 9);
	check_sums(m, &f);
	rte_pktmbuf_free(m);
}

/* Find a payload whose sum is 0 on the wire: it must be sent as 0xffff. */
static void test_zero_checksum_is_ffff(void **state)
{
	for (int v6 = 0; v6 < 2; v6++) {
		struct qs_flow flow = v6 ? flow6() : flow4();
		struct qs_frame f;
		struct rte_mbuf *m;
		struct rte_udp_hdr *udp;
		uint16_t word = 0;

		assert_int_equal(qs_frame_init(&f, &flow, 0), 0);
		m = make(&f, &word, 2);
		udp = rte_pktmbuf_mtod_offset(m, struct rte_udp_hdr *, f.hdr_bytes - 8);
		word = udp->dgram_cksum; /* adding it makes the sum 0xffff, its complement 0 */
		rte_pktmbuf_free(m);
		m = make(&f, &word, 2);
		udp = rte_pktmbuf_mtod_offset(m, struct rte_udp_hdr *, f.hdr_bytes - 8);
		assert_int_equal(udp->dgram_cksum, 0xffff);
		check_sums(m, &f);
		rte_pktmbuf_free(m);
	}
	(void)state;
}

static void test_no_checksum_only_in_ipv4(void **state)
{
	struct qs_flow flow = flow4();
	struct qs_frame f;
	struct rte_mbuf *m;

	(void)state;
	flow.no_checksum = true;
	assert_int_equal(qs_frame_init(&f, &flow, RTE_ETH_TX_OFFLOAD_UDP_CKSUM), 0);
	m = make(&f, "abc", 3);
	assert_int_equal(rte_pktmbuf_mtod_offset(m, struct rte_udp_hdr *, 34)->dgram_cksum, 0);
	assert_int_equal(m->ol_flags, 0);
	rte_pktmbuf_free(m);
	flow = flow6();
	flow.no_checksum = true; /* mandatory there */
	assert_int_equal(qs_frame_init(&f, &flow, 0), 0);
	m = make(&f, "abc", 3);
	check_sums(m, &f);
	rte_pktmbuf_free(m);
}

/* What a driver is asked for must be what rte_net's own helper would prepare. */
static void test_offload(void **state)
{
	for (int v6 = 0; v6 < 2; v6++) {
		struct qs_flow flow = v6 ? flow6() : flow4();
		struct qs_frame f;
		struct rte_mbuf *m;
		uint16_t pseudo;
		void *l3;

		assert_int_equal(qs_frame_init(&f, &flow, RTE_ETH_TX_OFFLOAD_UDP_CKSUM), 0);
		m = make(&f, "hello", 5);
		l3 = rte_pktmbuf_mtod_offset(m, void *, 14);
		pseudo = v6 ? rte_ipv6_phdr_cksum(l3, 0) : rte_ipv4_phdr_cksum(l3, 0);
		assert_int_equal(
			rte_pktmbuf_mtod_offset(m, struct rte_udp_hdr *, 14 + f.l3_bytes)->dgram_cksum,
			pseudo);
		assert_int_equal(m->ol_flags,
				 RTE_MBUF_F_TX_UDP_CKSUM | (v6 ? RTE_MBUF_F_TX_IPV6 : RTE_MBUF_F_TX_IPV4));
		assert_int_equal(m->l2_len, 14);
		assert_int_equal(m->l3_len, v6 ? 40 : 20);
		assert_int_equal(m->l4_len, 8);
		if (!v6)
			assert_int_equal(rte_raw_cksum(l3, 20), 0xffff);
		rte_pktmbuf_free(m);
	}
	(void)state;
}

/* What a buffer's last use may have left in it: whoever takes one from the pool does not reset it. */
static void used_before(struct rte_mbuf *m)
{
	m->data_off = (uint16_t)rand();
	m->port = (uint16_t)rand();
	m->ol_flags = (uint64_t)rand();
	m->packet_type = (uint32_t)rand();
	m->pkt_len = (uint32_t)rand();
	m->data_len = (uint16_t)rand();
	m->vlan_tci = (uint16_t)rand();
	m->vlan_tci_outer = (uint16_t)rand();
	m->tx_offload = (uint64_t)rand();
	memset(m->buf_addr, rand(), m->buf_len);
}

static struct qs_flow random_flow(void)
{
	struct qs_flow flow = rand() % 2 ? flow6() : flow4();

	flow.vlan = rand() % 2;
	flow.vlan_id = (uint16_t)(rand() % 4095);
	flow.dont_fragment = rand() % 2;
	flow.no_checksum = rand() % 4 == 0;
	flow.tos = (uint8_t)rand();
	flow.sport = (rte_be16_t)rand();
	flow.dst.s6_addr[3] = (uint8_t)rand();
	flow.dst.s6_addr[15] = (uint8_t)rand();
	return flow;
}

static void check_same(const struct rte_mbuf *a, const struct rte_mbuf *b)
{
	assert_int_equal(a->pkt_len, b->pkt_len);
	assert_int_equal(a->data_len, b->data_len);
	assert_int_equal(a->nb_segs, b->nb_segs);
	assert_int_equal(a->refcnt, b->refcnt);
	assert_int_equal(a->port, b->port);
	assert_int_equal(a->ol_flags, b->ol_flags);
	assert_int_equal(a->packet_type, b->packet_type);
	assert_int_equal(a->vlan_tci, b->vlan_tci);
	assert_int_equal(a->vlan_tci_outer, b->vlan_tci_outer);
	assert_int_equal(a->tx_offload, b->tx_offload);
	assert_ptr_equal(a->next, b->next);
	assert_memory_equal(rte_pktmbuf_mtod(a, void *), rte_pktmbuf_mtod(b, void *), a->pkt_len);
}

/* One frame in the short way, and in the long one: reset, append, copy, headers in front. */
static void check_both_ways(struct qs_frame *f, const uint8_t *payload, uint16_t bytes)
{
	struct rte_mbuf *quick = rte_pktmbuf_alloc(net_pool), *slow = rte_pktmbuf_alloc(net_pool);
	struct qs_frame copy = *f;

	used_before(quick);
	qs_frame_make(f, quick, quick->buf_addr, payload, bytes, 0);
	memcpy(rte_pktmbuf_append(slow, bytes), payload, bytes);
	assert_true(qs_frame_build(&copy, slow));
	check_same(quick, slow);
	assert_int_equal(f->ip_id, copy.ip_id);
	if (f->ol_flags == 0 && f->l2_bytes == 14 && !f->no_checksum)
		check_sums(quick, f);
	rte_pktmbuf_free(quick);
	rte_pktmbuf_free(slow);
}

static void test_short_way_as_the_long_one(void **state)
{
	enum { FLOWS = 200, FRAMES = 100, BYTES_MAX = 1472 };
	uint8_t payload[BYTES_MAX + 64];

	(void)state;
	srand(20);
	for (int i = 0; i < FLOWS; i++) {
		struct qs_flow flow = random_flow();
		struct qs_frame f;

		assert_int_equal(qs_frame_init(&f, &flow, rand() % 2 ? RTE_ETH_TX_OFFLOAD_UDP_CKSUM : 0), 0);
		f.ip_id = (uint16_t)rand();
		for (size_t n = 0; n < sizeof(payload); n++)
			payload[n] = (uint8_t)(i % 8 == 0 ? 0xff : rand());
		for (int n = 0; n < FRAMES; n++)
			check_both_ways(&f, payload + rand() % 64,
					(uint16_t)(rand() % (n % 2 ? 128 : BYTES_MAX + 1)));
	}
}

/* Sums of any length from any byte on, beside the ones of rte_ip. */
static void test_sum(void **state)
{
	uint8_t bytes[256];

	(void)state;
	srand(21);
	for (int round = 0; round < 20; round++) {
		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (uint8_t)(round < 2 ? -round : rand());
		for (uint32_t from = 0; from < 16; from++)
			for (uint32_t n = 0; n <= sizeof(bytes) - from; n++)
				assert_int_equal(qs_frame_sum(bytes + from, n),
						 rte_raw_cksum(bytes + from, n));
	}
}

static void test_segments(void **state)
{
	struct qs_flow flow = flow4();
	struct qs_frame f;
	struct rte_mbuf *m = rte_pktmbuf_alloc(net_pool), *tail = rte_pktmbuf_alloc(net_pool);
	struct rte_udp_hdr *udp;
	uint16_t cksum;

	(void)state;
	assert_int_equal(qs_frame_init(&f, &flow, 0), 0);
	memcpy(rte_pktmbuf_append(m, 3), "abc", 3);
	memcpy(rte_pktmbuf_append(tail, 4), "defg", 4);
	assert_int_equal(rte_pktmbuf_chain(m, tail), 0);
	assert_true(qs_frame_build(&f, m));
	udp = rte_pktmbuf_mtod_offset(m, struct rte_udp_hdr *, 34);
	cksum = udp->dgram_cksum;
	assert_int_equal(ntohs(udp->dgram_len), 15);
	rte_pktmbuf_free(m);
	assert_int_equal(qs_frame_init(&f, &flow, 0), 0);
	m = make(&f, "abcdefg", 7);
	assert_int_equal(rte_pktmbuf_mtod_offset(m, struct rte_udp_hdr *, 34)->dgram_cksum, cksum);
	rte_pktmbuf_free(m);
}

static void test_no_room(void **state)
{
	struct qs_flow flow = flow4();
	struct qs_frame f;
	struct rte_mbuf *m = rte_pktmbuf_alloc(net_pool);

	(void)state;
	assert_int_equal(qs_frame_init(&f, &flow, 0), 0);
	rte_pktmbuf_prepend(m, (uint16_t)(rte_pktmbuf_headroom(m) - 41));
	assert_false(qs_frame_build(&f, m));
	rte_pktmbuf_free(m);
}

static void test_errors(void **state)
{
	struct qs_flow flow = flow4();
	struct qs_frame f;

	(void)state;
	flow.family = AF_UNIX;
	assert_int_equal(qs_frame_init(&f, &flow, 0), -1);
	assert_int_equal(rte_errno, EINVAL);
	flow = flow4();
	flow.vlan = true;
	flow.vlan_id = 4095;
	assert_int_equal(qs_frame_init(&f, &flow, 0), -1);
	assert_int_equal(rte_errno, EINVAL);
	flow.vlan_id = 4094;
	flow.vlan_prio = 8;
	assert_int_equal(qs_frame_init(&f, &flow, 0), -1);
	assert_int_equal(rte_errno, EINVAL);
	flow.vlan_prio = 7;
	assert_int_equal(qs_frame_init(&f, &flow, 0), 0);
}

/* Not a test of the machine: the time is printed, and only an absurd one fails. */
static void test_speed(void **state)
{
	enum { ROUNDS = 1000000 };
	struct qs_flow flow = flow4();
	struct qs_frame f;
	struct rte_mbuf *m = rte_pktmbuf_alloc(net_pool);
	uint64_t start, ns;

	(void)state;
	assert_int_equal(qs_frame_init(&f, &flow, RTE_ETH_TX_OFFLOAD_UDP_CKSUM), 0);
	rte_pktmbuf_append(m, 64);
	start = rte_rdtsc();
	for (int i = 0; i < ROUNDS; i++) {
		qs_frame_build(&f, m);
		rte_pktmbuf_adj(m, f.hdr_bytes);
	}
	ns = (uint64_t)((double)(rte_rdtsc() - start) * 1e10 / (double)rte_get_tsc_hz() /
			ROUNDS); /* tenths */
	print_message("headers: %u.%u ns\n", (unsigned int)(ns / 10), (unsigned int)(ns % 10));
	rte_pktmbuf_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ipv4_bytes),
		cmocka_unit_test(test_sums_of_every_length),
		cmocka_unit_test(test_vlan_and_ipv6_fields),
		cmocka_unit_test(test_zero_checksum_is_ffff),
		cmocka_unit_test(test_no_checksum_only_in_ipv4),
		cmocka_unit_test(test_offload),
		cmocka_unit_test(test_short_way_as_the_long_one),
		cmocka_unit_test(test_sum),
		cmocka_unit_test(test_segments),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_speed),
	};

	return cmocka_run_group_tests(tests, net_eal_setup, net_eal_teardown);
}
