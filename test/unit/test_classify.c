/* SPDX-License-Identifier: BSD-3-Clause */
/* Which socket takes a packet: parsing, rules, flows, fragments. Sockets are only names here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include <rte_cycles.h>

#include "net/qs_fragment.h"
#include "net_eal.h"
#include "twin/qs_classify.h"

#define SOCK(n) ((struct rte_qsock *)(uintptr_t)(0x1000 * (n)))

static struct qs_classifier *c;

static struct in6_addr addr(uint8_t family, const char *text)
{
	struct in6_addr a = {0};

	assert_int_equal(inet_pton(family, text, &a), 1);
	return a;
}

static struct qs_flow flow_of(uint8_t family, uint16_t sport, uint16_t dport)
{
	bool v4 = family == AF_INET;

	return (struct qs_flow){.family = family,
				.src = addr(family, v4 ? "10.9.0.1" : "fd09::1"),
				.dst = addr(family, v4 ? "10.9.0.2" : "fd09::2"),
				.sport = htons(sport),
				.dport = htons(dport)};
}

/* A packet of a flow; more bytes than the MTU make a train. */
static struct rte_mbuf *packet(const struct qs_flow *flow, size_t bytes, uint16_t mtu)
{
	static uint8_t payload[9000];
	struct qs_frame f;
	struct rte_mbuf *m;

	assert_int_equal(qs_frame_init(&f, flow, 0), 0);
	m = qs_datagram_make(&f, net_pool, &(struct iovec){payload, bytes}, 1, mtu);
	assert_non_null(m);
	return m;
}

static struct rte_qsock *classified(const struct qs_flow *flow)
{
	struct rte_mbuf *m = packet(flow, 10, 1500);
	struct rte_qsock *qs = qs_classify(c, m);

	rte_pktmbuf_free(m);
	return qs;
}

static struct qs_flow_key key_of(uint8_t family, const char *local, uint16_t lport, const char *remote,
				 uint16_t rport)
{
	struct qs_flow_key key = {
		.family = family, .protocol = IPPROTO_UDP, .lport = htons(lport), .rport = htons(rport)};

	if (local != NULL)
		key.local = addr(family, local);
	if (remote != NULL)
		key.remote = addr(family, remote);
	return key;
}

static void test_parse(void **state)
{
	struct qs_flow flow = flow_of(AF_INET6, 7, 8);
	struct rte_mbuf *m;
	struct qs_packet p;

	(void)state;
	flow.tos = 46 << 2;
	flow.vlan = true;
	flow.vlan_id = 100;
	flow.vlan_prio = 7;
	m = packet(&flow, 10, 1500);
	qs_packet_parse(m, &p);
	assert_true(p.ip);
	assert_int_equal(p.vlan, 100);
	assert_int_equal(p.dscp, 46);
	assert_int_equal(p.flow.family, AF_INET6);
	assert_int_equal(p.flow.protocol, IPPROTO_UDP);
	assert_int_equal(ntohs(p.flow.lport), 7);
	assert_int_equal(ntohs(p.flow.rport), 8);
	assert_memory_equal(&p.flow.local, &flow.src, 16);
	assert_memory_equal(&p.flow.remote, &flow.dst, 16);
	/* Cut short anywhere: no more is said than is there. */
	for (uint16_t bytes = 0; bytes < m->data_len; bytes++) {
		uint16_t whole = m->data_len;

		m->data_len = bytes;
		m->pkt_len = bytes;
		qs_packet_parse(m, &p);
		if (bytes < 18 + 40)
			assert_false(p.ip);
		if (bytes < 18 + 40 + 4)
			assert_int_equal(p.flow.rport, 0);
		m->data_len = whole;
		m->pkt_len = whole;
	}
	rte_pktmbuf_free(m);
}

/* Hop-by-hop and destination options before UDP. */
static void test_ipv6_extensions(void **state)
{
	struct qs_flow flow = flow_of(AF_INET6, 7, 8);
	struct rte_mbuf *m = packet(&flow, 10, 1500);
	struct rte_ipv6_hdr *ip;
	struct qs_packet p;
	uint8_t *ext;

	(void)state;
	assert_non_null(rte_pktmbuf_prepend(m, 24));
	ext = rte_pktmbuf_mtod(m, uint8_t *);
	memmove(ext, ext + 24, 54);
	ip = (struct rte_ipv6_hdr *)(ext + 14);
	ip->proto = IPPROTO_HOPOPTS;
	memcpy(ext + 54, (uint8_t[24]){IPPROTO_DSTOPTS, 0, 1, 4, 0, 0, 0, 0, IPPROTO_UDP, 1, 1, 12}, 24);
	qs_packet_parse(m, &p);
	assert_true(p.ip);
	assert_int_equal(p.flow.protocol, IPPROTO_UDP);
	assert_int_equal(ntohs(p.flow.lport), 7);
	assert_int_equal(ntohs(p.flow.rport), 8);
	rte_pktmbuf_free(m);
}

static void test_garbage(void **state)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(net_pool);
	uint8_t *data = (uint8_t *)rte_pktmbuf_append(m, 128);
	uint32_t seed = 1;
	struct qs_packet p;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		for (int k = 0; k < 128; k++) {
			seed = seed * 1664525 + 1013904223;
			data[k] = (uint8_t)(seed >> 24);
		}
		data[12] = i & 1 ? 0x08 : 0x86;
		data[13] = i & 1 ? 0x00 : 0xdd;
		m->data_len = (uint16_t)(seed % 129);
		m->pkt_len = m->data_len;
		qs_packet_parse(m, &p);
		qs_classify(c, m);
	}
	rte_pktmbuf_free(m);
}

static void test_flows_most_exact_first(void **state)
{
	struct qs_flow_key any = key_of(AF_INET, NULL, 4000, NULL, 0);
	struct qs_flow_key local = key_of(AF_INET, "10.9.0.1", 4000, NULL, 0);
	struct qs_flow_key remote = key_of(AF_INET, NULL, 4000, "10.9.0.2", 5000);
	struct qs_flow_key all = key_of(AF_INET, "10.9.0.1", 4000, "10.9.0.2", 5000);
	struct qs_flow flow = flow_of(AF_INET, 4000, 5000), other = flow_of(AF_INET, 4000, 5001);
	struct qs_flow six = flow_of(AF_INET6, 4000, 5000);

	(void)state;
	assert_int_equal(qs_classifier_flow_add(c, &any, SOCK(1)), 0);
	assert_ptr_equal(classified(&flow), SOCK(1));
	assert_int_equal(qs_classifier_flow_add(c, &local, SOCK(2)), 0);
	assert_ptr_equal(classified(&flow), SOCK(2));
	assert_int_equal(qs_classifier_flow_add(c, &remote, SOCK(3)), 0);
	assert_ptr_equal(classified(&flow), SOCK(3));
	assert_int_equal(qs_classifier_flow_add(c, &all, SOCK(4)), 0);
	assert_ptr_equal(classified(&flow), SOCK(4));
	assert_ptr_equal(classified(&other), SOCK(2));
	assert_null(classified(&six));
	assert_int_equal(qs_classifier_flow_add(c, &all, SOCK(5)), -EEXIST);
	assert_int_equal(qs_classifier_flows(c), 4);
	assert_int_equal(qs_classifier_flow_del(c, &all), 0);
	assert_int_equal(qs_classifier_flow_del(c, &all), -ENOENT);
	assert_ptr_equal(classified(&flow), SOCK(3));
	qs_classifier_forget(c, SOCK(3));
	assert_ptr_equal(classified(&flow), SOCK(2));
	qs_classifier_forget(c, SOCK(2));
	qs_classifier_forget(c, SOCK(1));
	assert_null(classified(&flow));
	assert_int_equal(qs_classifier_flows(c), 0);
}

static struct rte_qsock_rule rule_of(const char *name)
{
	struct rte_qsock_rule rule = {.size = sizeof(rule)};

	strcpy(rule.name, name);
	return rule;
}

static void test_rules_by_priority(void **state)
{
	struct rte_qsock_rule dscp = rule_of("dscp"), port = rule_of("port"), net = rule_of("net"),
			      vlan = rule_of("vlan");
	struct qs_flow flow = flow_of(AF_INET, 4000, 5000);
	struct rte_qsock *qs;

	(void)state;
	dscp.match_dscp = true;
	dscp.dscp = 46;
	dscp.priority = 20;
	port.protocol = IPPROTO_UDP;
	port.dport_min = 4999;
	port.dport_max = 5000;
	port.priority = 10;
	net.family = AF_INET;
	net.dst = addr(AF_INET, "10.8.0.0");
	net.dst_len = 15; /* 10.8.0.0 .. 10.9.255.255 */
	net.priority = 30;
	vlan.match_vlan = true;
	vlan.vlan = 100;
	vlan.priority = 5;
	assert_int_equal(qs_classifier_rule_add(c, &dscp, SOCK(1)), 0);
	assert_int_equal(qs_classifier_rule_add(c, &net, SOCK(3)), 0);
	assert_int_equal(qs_classifier_rule_add(c, &port, SOCK(2)), 0);
	assert_int_equal(qs_classifier_rule_add(c, &vlan, SOCK(4)), 0);
	assert_int_equal(qs_classifier_rule_add(c, &vlan, SOCK(4)), -EEXIST);
	assert_string_equal(qs_classifier_rule(c, 0, &qs)->name, "vlan");
	assert_string_equal(qs_classifier_rule(c, 3, &qs)->name, "net");
	assert_null(qs_classifier_rule(c, 4, &qs));
	assert_ptr_equal(classified(&flow), SOCK(2));
	flow.dport = htons(5001);
	assert_ptr_equal(classified(&flow), SOCK(3));
	flow.tos = 46 << 2;
	assert_ptr_equal(classified(&flow), SOCK(1));
	flow.vlan = true;
	flow.vlan_id = 100;
	assert_ptr_equal(classified(&flow), SOCK(4));
	flow = flow_of(AF_INET, 1, 2);
	flow.dst = addr(AF_INET, "10.10.0.1");
	assert_null(classified(&flow));
	assert_int_equal(qs_classifier_rule_del(c, "vlan"), 0);
	assert_int_equal(qs_classifier_rule_del(c, "vlan"), -ENOENT);
	qs_classifier_forget(c, SOCK(1));
	qs_classifier_forget(c, SOCK(2));
	qs_classifier_forget(c, SOCK(3));
	assert_int_equal(qs_classifier_rules(c), 0);
}

static void test_ties_in_order_of_addition(void **state)
{
	struct rte_qsock_rule a = rule_of("a"), b = rule_of("b");
	struct qs_flow flow = flow_of(AF_INET, 1, 2);

	(void)state;
	assert_int_equal(qs_classifier_rule_add(c, &a, SOCK(1)), 0);
	assert_int_equal(qs_classifier_rule_add(c, &b, SOCK(2)), 0);
	assert_ptr_equal(classified(&flow), SOCK(1)); /* a rule that says nothing matches everything */
	assert_int_equal(qs_classifier_rule_del(c, "a"), 0);
	assert_ptr_equal(classified(&flow), SOCK(2));
	assert_int_equal(qs_classifier_rule_del(c, "b"), 0);
}

static void test_fragments_follow_the_first(void **state)
{
	(void)state;
	for (int v6 = 0; v6 < 2; v6++) {
		uint8_t family = v6 ? AF_INET6 : AF_INET;
		struct qs_flow_key key = key_of(family, NULL, 4000, NULL, 0);
		struct qs_flow flow = flow_of(family, 4000, 5000), other = flow_of(family, 4001, 5000);
		struct rte_mbuf *first, *stranger, *m;

		assert_int_equal(qs_classifier_flow_add(c, &key, SOCK(1)), 0);
		first = packet(&flow, 5000, 1500);
		stranger = packet(&other, 5000, 1500);
		for (m = first; m != NULL; m = m->next)
			assert_ptr_equal(qs_classify(c, m), SOCK(1));
		for (m = stranger; m != NULL;
		     m = m->next) /* a flow between the same hosts that nobody attached */
			assert_null(qs_classify(c, m));
		for (m = first; m != NULL; m = m->next)
			assert_ptr_equal(qs_classify(c, m), SOCK(1));
		qs_classifier_forget(c, SOCK(1));
		assert_null(qs_classify(c, first->next)); /* nothing leads to a forgotten socket */
		rte_pktmbuf_free(first);
		rte_pktmbuf_free(stranger);
	}
}

static void expect_bad(struct rte_qsock_rule rule)
{
	rte_errno = 0;
	assert_int_equal(qs_rule_check(&rule), -1);
	assert_int_equal(rte_errno, EINVAL);
}

static void test_rule_errors(void **state)
{
	struct rte_qsock_rule good = rule_of("r"), bad;

	(void)state;
	assert_int_equal(qs_rule_check(&good), 0);
	bad = rule_of("");
	expect_bad(bad);
	memset(bad.name, 'x', sizeof(bad.name));
	expect_bad(bad);
	bad = good, bad.family = AF_UNIX;
	expect_bad(bad);
	bad = good, bad.family = AF_INET, bad.src_len = 33;
	expect_bad(bad);
	bad = good, bad.dst_len = 1; /* of which family? */
	expect_bad(bad);
	bad = good, bad.family = AF_INET6, bad.dst_len = 129;
	expect_bad(bad);
	bad = good, bad.match_dscp = true, bad.dscp = 64;
	expect_bad(bad);
	bad = good, bad.match_vlan = true, bad.vlan = 4095;
	expect_bad(bad);
	bad = good, bad.sport_min = 2, bad.sport_max = 1;
	expect_bad(bad);
	bad = good, bad.dport_min = 2;
	expect_bad(bad);
	bad = good, bad.protocol = IPPROTO_ICMP, bad.dport_min = bad.dport_max = 1;
	expect_bad(bad);
}

static void test_full(void **state)
{
	struct rte_qsock_rule rule = rule_of("x");
	uint32_t i;

	(void)state;
	for (i = 0; i < QS_RULES_MAX; i++) {
		snprintf(rule.name, sizeof(rule.name), "r%u", i);
		assert_int_equal(qs_classifier_rule_add(c, &rule, SOCK(1)), 0);
	}
	strcpy(rule.name, "one-more");
	assert_int_equal(qs_classifier_rule_add(c, &rule, SOCK(1)), -ENOSPC);
	for (i = 0; i <= QS_FLOWS_MAX; i++) {
		struct qs_flow_key key =
			key_of(AF_INET, NULL, (uint16_t)(1 + i % 60000), NULL, (uint16_t)(i / 60000));

		key.remote.s6_addr32[0] = i;
		assert_int_equal(qs_classifier_flow_add(c, &key, SOCK(2)), i < QS_FLOWS_MAX ? 0 : -ENOSPC);
	}
	qs_classifier_forget(c, SOCK(1));
	qs_classifier_forget(c, SOCK(2));
	assert_int_equal(qs_classifier_rules(c), 0);
	assert_int_equal(qs_classifier_flows(c), 0);
}

static void test_speed(void **state)
{
	enum { ROUNDS = 200000 };
	struct qs_flow flow = flow_of(AF_INET, 4000, 5000);
	struct qs_flow_key all = key_of(AF_INET, "10.9.0.1", 4000, "10.9.0.2", 5000);
	struct rte_mbuf *m = packet(&flow, 10, 1500);
	uint64_t start;

	(void)state;
	assert_int_equal(qs_classifier_flow_add(c, &all, SOCK(4)), 0);
	start = rte_rdtsc();
	for (int i = 0; i < ROUNDS; i++)
		qs_classify(c, m);
	print_message("classify: %.0f ns\n",
		      (double)(rte_rdtsc() - start) * 1e9 / (double)rte_get_tsc_hz() / ROUNDS);
	qs_classifier_forget(c, SOCK(4));
	rte_pktmbuf_free(m);
}

static int up(void **state)
{
	(void)state;
	if (net_eal_up(255) < 0)
		return -1;
	c = qs_classifier_create();
	return c ? 0 : -1;
}

static int down(void **state)
{
	(void)state;
	qs_classifier_free(c);
	qs_classifier_free(NULL);
	return net_eal_down();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_ipv6_extensions),
		cmocka_unit_test(test_garbage),
		cmocka_unit_test(test_flows_most_exact_first),
		cmocka_unit_test(test_rules_by_priority),
		cmocka_unit_test(test_ties_in_order_of_addition),
		cmocka_unit_test(test_fragments_follow_the_first),
		cmocka_unit_test(test_rule_errors),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_speed),
	};

	return cmocka_run_group_tests(tests, up, down);
}
