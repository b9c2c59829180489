/* SPDX-License-Identifier: BSD-3-Clause */
/* Datagrams in fragments, put together again by librte_ip_frag, which shares no code with ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_ip_frag.h>

#include "net/qs_fragment.h"
#include "net_eal.h"

#define POOL 2047

static uint8_t payload[65536];

static struct qs_frame frame_of(uint8_t family, uint64_t offloads, bool vlan)
{
	struct qs_flow flow = {.dst_mac = {{2, 0, 0, 0, 0, 2}},
			       .src_mac = {{2, 0, 0, 0, 0, 1}},
			       .family = family,
			       .vlan = vlan,
			       .vlan_id = 7,
			       .dont_fragment = true,
			       .sport = htons(1),
			       .dport = htons(2)};
	struct qs_frame f;

	inet_pton(family, family == AF_INET ? "10.0.0.1" : "fd09::1", &flow.src);
	inet_pton(family, family == AF_INET ? "10.0.0.2" : "fd09::2", &flow.dst);
	assert_int_equal(qs_frame_init(&f, &flow, offloads), 0);
	return f;
}

static struct rte_mbuf *make(struct qs_frame *f, uint32_t bytes, uint16_t mtu)
{
	/* An odd cut, and an empty piece: sums of odd pieces are the trap. */
	uint32_t first = bytes / 3 | 1;
	struct iovec iov[4] = {{payload, RTE_MIN(first, bytes)},
			       {payload, 0},
			       {payload + RTE_MIN(first, bytes), bytes - RTE_MIN(first, bytes)},
			       {NULL, 0}};

	return qs_datagram_make(f, net_pool, iov, 4, mtu);
}

/* Feed a train to librte_ip_frag; the last frame completes it. */
static struct rte_mbuf *reassemble(struct rte_mbuf *m, const struct qs_frame *f, struct rte_ip_frag_tbl *tbl)
{
	struct rte_ip_frag_death_row death = {0};
	struct rte_mbuf *whole = NULL, *next;

	for (; m != NULL; m = next) {
		void *l3 = rte_pktmbuf_mtod_offset(m, void *, f->l2_bytes);

		next = m->next;
		m->next = NULL;
		m->l2_len = f->l2_bytes;
		assert_null(whole);
		if (f->family == AF_INET) {
			m->l3_len = sizeof(struct rte_ipv4_hdr);
			assert_int_equal(rte_raw_cksum(l3, m->l3_len), 0xffff);
			assert_true(rte_ipv4_frag_pkt_is_fragmented(l3));
			whole = rte_ipv4_frag_reassemble_packet(tbl, &death, m, rte_rdtsc(), l3);
		} else {
			m->l3_len = sizeof(struct rte_ipv6_hdr) + RTE_IPV6_FRAG_HDR_SIZE;
			whole = rte_ipv6_frag_reassemble_packet(tbl, &death, m, rte_rdtsc(), l3,
								rte_ipv6_frag_get_ipv6_fragment_header(l3));
		}
	}
	assert_int_equal(death.cnt, 0);
	return whole;
}

static void check_train(const struct rte_mbuf *m, const struct qs_frame *f, uint16_t n, uint16_t mtu)
{
	uint16_t frames = 0;

	assert_int_equal(rte_qsock_meta(m)->flags & RTE_QSOCK_META_TRAIN, RTE_QSOCK_META_TRAIN);
	assert_int_equal(rte_qsock_meta(m)->frames, n);
	for (; m != NULL; m = m->next, frames++) {
		assert_int_equal(m->nb_segs, 1);
		assert_int_equal(m->pkt_len, m->data_len);
		assert_in_range(m->pkt_len, f->l2_bytes + f->l3_bytes + 1, mtu + f->l2_bytes);
	}
	assert_int_equal(frames, n);
}

static void check_whole(struct rte_mbuf *whole, const struct qs_frame *f, uint32_t bytes)
{
	/* librte_ip_frag takes the fragment header out of the IPv6 packet. */
	uint32_t hdr = f->hdr_bytes;
	static uint8_t flat[65536 + QS_FRAME_HDR_MAX];
	const void *all;

	assert_non_null(whole);
	assert_int_equal(whole->pkt_len, hdr + bytes);
	all = rte_pktmbuf_read(whole, 0, whole->pkt_len, flat);
	if (all != flat)
		memcpy(flat, all, whole->pkt_len);
	assert_memory_equal(flat + hdr, payload, bytes);
	if (f->family == AF_INET)
		assert_int_equal(rte_ipv4_udptcp_cksum_verify((void *)(flat + f->l2_bytes),
							      flat + f->l2_bytes + f->l3_bytes),
				 0);
	else
		assert_int_equal(rte_ipv6_udptcp_cksum_verify((void *)(flat + f->l2_bytes),
							      flat + f->l2_bytes + f->l3_bytes),
				 0);
	rte_pktmbuf_free(whole);
}

/* librte_ip_frag here takes RTE_LIBRTE_IP_FRAG_MAX_FRAG pieces at most. */
static void round_trip(uint8_t family, uint32_t bytes, uint16_t mtu, uint64_t offloads, bool vlan,
		       struct rte_ip_frag_tbl *tbl)
{
	struct qs_frame f = frame_of(family, offloads, vlan);
	uint16_t n = qs_fragment_count(&f, bytes, mtu);
	struct rte_mbuf *m = make(&f, bytes, mtu);

	assert_non_null(m);
	if (n == 1) {
		assert_int_equal(m->pkt_len, f.hdr_bytes + bytes);
		assert_null(m->next);
		rte_pktmbuf_free(m);
		return;
	}
	check_train(m, &f, n, mtu);
	if (n <= RTE_LIBRTE_IP_FRAG_MAX_FRAG)
		check_whole(reassemble(m, &f, tbl), &f, bytes);
	else
		rte_pktmbuf_free(m);
}

static void test_round_trips(void **state)
{
	static const uint32_t sizes[] = {0,    1,    1444, 1452, 1453, 1472, 1473,
					 1480, 2001, 2952, 2953, 5000, 11000};
	struct rte_ip_frag_tbl *tbl =
		rte_ip_frag_table_create(16, 16, 256, rte_get_tsc_hz() * 10, (int)rte_socket_id());

	(void)state;
	assert_non_null(tbl);
	for (unsigned int i = 0; i < RTE_DIM(sizes); i++)
		for (int how = 0; how < 8; how++)
			round_trip(how & 1 ? AF_INET6 : AF_INET, sizes[i], 1500,
				   how & 2 ? RTE_ETH_TX_OFFLOAD_UDP_CKSUM : 0, how & 4, tbl);
	for (uint32_t bytes = 1200; bytes < 1400; bytes++) {
		round_trip(AF_INET, bytes, 576, 0, false, tbl);
		round_trip(AF_INET6, bytes, 1280, 0, false, tbl);
	}
	rte_ip_frag_table_destroy(tbl);
	assert_int_equal(rte_mempool_avail_count(net_pool), POOL);
}

/* Larger than librte_ip_frag's own limit of pieces: put together here. */
static void whole_by_hand(uint8_t family, uint32_t bytes, uint16_t mtu)
{
	struct qs_frame f = frame_of(family, 0, false);
	struct rte_mbuf *m = make(&f, bytes, mtu), *first = m;
	uint16_t hdr = (uint16_t)(14 + f.l3_bytes + (family == AF_INET6 ? 8 : 0));
	uint32_t at = 0, udp_bytes = bytes + 8;
	uint8_t *flat = calloc(1, udp_bytes);

	assert_non_null(m);
	check_train(m, &f, qs_fragment_count(&f, bytes, mtu), mtu);
	for (; m != NULL; m = m->next) {
		assert_true(at + m->pkt_len - hdr <= udp_bytes);
		if (family == AF_INET) {
			const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod_offset(m, struct rte_ipv4_hdr *, 14);

			assert_int_equal(ntohs(ip->fragment_offset), at / 8 | (m->next ? 0x2000 : 0));
			assert_int_equal(ntohs(ip->total_length), m->pkt_len - 14);
		}
		memcpy(flat + at, rte_pktmbuf_mtod_offset(m, void *, hdr), m->pkt_len - hdr);
		at += m->pkt_len - hdr;
	}
	assert_int_equal(at, udp_bytes);
	assert_memory_equal(flat + 8, payload, bytes);
	free(flat);
	rte_pktmbuf_free(first);
	assert_int_equal(rte_mempool_avail_count(net_pool), POOL);
}

static void test_largest(void **state)
{
	(void)state;
	whole_by_hand(AF_INET, QS_FRAME_PAYLOAD4_MAX, 1500);
	whole_by_hand(AF_INET, QS_FRAME_PAYLOAD4_MAX, QS_FRAGMENT_MTU_MIN);
	whole_by_hand(AF_INET6, QS_FRAME_PAYLOAD6_MAX, 1500);
	whole_by_hand(AF_INET6, QS_FRAME_PAYLOAD6_MAX, 1280);
}

static void test_errors(void **state)
{
	struct qs_frame f = frame_of(AF_INET, 0, false), six = frame_of(AF_INET6, 0, false);
	struct rte_mempool *tiny = rte_pktmbuf_pool_create("tiny", 3, 0, 0, 1024, SOCKET_ID_ANY);

	(void)state;
	assert_null(make(&f, QS_FRAME_PAYLOAD4_MAX + 1, 1500));
	assert_int_equal(rte_errno, EMSGSIZE);
	assert_int_equal(qs_fragment_count(&f, QS_FRAME_PAYLOAD4_MAX + 1, 1500), 0);
	assert_null(make(&f, 100, QS_FRAGMENT_MTU_MIN - 1));
	assert_int_equal(rte_errno, EINVAL);
	/* More frames than a datagram can have, were they so short. */
	assert_null(make(&six, QS_FRAME_PAYLOAD6_MAX, 70));
	assert_int_equal(rte_errno, EINVAL);
	assert_int_equal(qs_fragment_count(&six, 100, QS_FRAGMENT_MTU6_MIN - 1), 0);
	assert_null(qs_datagram_make(&f, tiny, &(struct iovec){payload, 3000}, 1, 1500));
	assert_int_equal(rte_errno, EINVAL);
	assert_null(qs_datagram_make(&f, tiny, &(struct iovec){payload, 3000}, 1, 576));
	assert_int_equal(rte_errno, ENOBUFS);
	assert_int_equal(rte_mempool_avail_count(tiny), 3);
	rte_mempool_free(tiny);
}

static void test_mac_of_all(void **state)
{
	struct rte_ether_addr macs[] = {{{2, 9, 9, 9, 9, 9}}, {{2, 8, 8, 8, 8, 8}}};
	struct qs_frame f = frame_of(AF_INET, 0, false);
	struct rte_mbuf *first = make(&f, 4000, 1500);

	(void)state;
	qs_datagram_macs_set(first, &macs[0], &macs[1]);
	for (struct rte_mbuf *m = first; m != NULL; m = m->next)
		assert_memory_equal(rte_pktmbuf_mtod(m, void *), macs, sizeof(macs));
	rte_pktmbuf_free(first);
}

static void test_ids_differ(void **state)
{
	struct in6_addr a = {0}, b = {0};
	uint32_t id;

	(void)state;
	a.s6_addr[0] = 10;
	b.s6_addr[0] = 11;
	id = qs_fragment_id(&a, &b, AF_INET);
	for (uint32_t i = 1; i < 70000; i++)
		assert_int_equal(qs_fragment_id(&a, &b, AF_INET), id + i);
}

static int up(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < sizeof(payload); i++)
		payload[i] = (uint8_t)(i * 31 + i / 251);
	return net_eal_up(POOL);
}

static int down(void **state)
{
	(void)state;
	return net_eal_down();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trips), cmocka_unit_test(test_largest),
		cmocka_unit_test(test_errors),	    cmocka_unit_test(test_mac_of_all),
		cmocka_unit_test(test_ids_differ),
	};

	return cmocka_run_group_tests(tests, up, down);
}
