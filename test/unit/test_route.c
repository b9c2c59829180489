/* SPDX-License-Identifier: BSD-3-Clause */
/* Routes and neighbours as the kernel has them, in a namespace of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <net/if.h>
#include <pthread.h>

#include <rte_cycles.h>

#include "net/qs_route.h"
#include "net/qs_route_priv.h"
#include "net_eal.h"
#include "net_ns.h"

static struct qs_route *rt;
static bool in_ns;

static void settle(void)
{
	usleep(20000);
	for (int i = 0; i < 20; i++) /* a call reads a bounded number of messages */
		qs_route_service(rt);
}

static struct in6_addr addr(uint8_t family, const char *text)
{
	struct in6_addr a = {0};

	assert_int_equal(inet_pton(family, text, &a), 1);
	return a;
}

static int resolve(uint8_t family, const char *dst, struct qs_hop *hop)
{
	struct qs_route_ask ask = {.family = family, .dst = addr(family, dst)};

	return qs_route_resolve(rt, &ask, hop);
}

static void expect_via(uint8_t family, const char *dst, const char *via)
{
	struct qs_hop hop;
	struct in6_addr want = addr(family, via);

	if (resolve(family, dst, &hop) < 0)
		fail_msg("%s: %s", dst, rte_strerror(rte_errno));
	assert_int_equal(hop.kind, QS_HOP_UNICAST);
	assert_memory_equal(&hop.via, &want, sizeof(want));
}

static void expect_error(uint8_t family, const char *dst, int error)
{
	struct qs_hop hop;

	assert_int_equal(resolve(family, dst, &hop), -1);
	assert_int_equal(rte_errno, error);
}

static void expect_mac(const struct qs_hop *hop, const char *text)
{
	struct rte_ether_addr mac;

	assert_int_equal(rte_ether_unformat_addr(text, &mac), 0);
	assert_true(hop->resolved);
	assert_memory_equal(&hop->mac, &mac, sizeof(mac));
}

static void test_on_link_and_gateways(void **state)
{
	struct qs_hop hop;
	struct in6_addr src = addr(AF_INET, "10.9.0.1");

	(void)state;
	expect_via(AF_INET, "10.9.0.7", "10.9.0.7");
	assert_int_equal(resolve(AF_INET, "10.9.0.7", &hop), 0);
	assert_memory_equal(&hop.src, &src, sizeof(src));
	assert_int_equal(hop.mtu_bytes, 1500);
	assert_false(hop.resolved);
	expect_via(AF_INET6, "fd09::7", "fd09::7");
	assert_int_equal(sh("ip route add 10.20.0.0/16 via 10.9.0.2 dev va mtu 1280"), 0);
	assert_int_equal(sh("ip route add 10.20.30.0/24 via 10.9.0.3 dev va metric 200"), 0);
	assert_int_equal(sh("ip route add 10.20.30.0/24 via 10.9.0.4 dev va metric 100"), 0);
	assert_int_equal(sh("ip route add fd20::/16 via fd09::2 dev va"), 0);
	settle();
	expect_via(AF_INET, "10.20.1.1", "10.9.0.2");
	expect_via(AF_INET, "10.20.30.1", "10.9.0.4"); /* longest prefix, lowest metric */
	expect_via(AF_INET6, "fd20::1", "fd09::2");
	assert_int_equal(resolve(AF_INET, "10.20.1.1", &hop), 0);
	assert_int_equal(hop.mtu_bytes, 1280);
	assert_int_equal(sh("ip route del 10.20.30.0/24 via 10.9.0.4 dev va"), 0);
	settle();
	expect_via(AF_INET, "10.20.30.1", "10.9.0.3");
}

static void test_ipv4_through_ipv6(void **state)
{
	struct qs_hop hop;
	struct in6_addr via = addr(AF_INET6, "fd09::2");

	(void)state;
	assert_int_equal(sh("ip route add 10.66.0.0/16 via inet6 fd09::2 dev va"), 0);
	settle();
	assert_int_equal(resolve(AF_INET, "10.66.0.1", &hop), 0);
	assert_int_equal(hop.via_family, AF_INET6);
	assert_memory_equal(&hop.via, &via, sizeof(via));
}

static void test_kinds(void **state)
{
	struct qs_hop hop;

	(void)state;
	assert_int_equal(resolve(AF_INET, "10.9.0.1", &hop), 0);
	assert_int_equal(hop.kind, QS_HOP_LOCAL);
	assert_int_equal(resolve(AF_INET, "10.9.0.255", &hop), 0);
	assert_int_equal(hop.kind, QS_HOP_BROADCAST);
	expect_mac(&hop, "ff:ff:ff:ff:ff:ff");
	assert_int_equal(resolve(AF_INET, "255.255.255.255", &hop), 0);
	assert_int_equal(hop.kind, QS_HOP_BROADCAST);
	assert_int_equal(resolve(AF_INET, "239.129.2.3", &hop), 0);
	assert_int_equal(hop.kind, QS_HOP_MULTICAST);
	expect_mac(&hop, "01:00:5e:01:02:03");
	assert_int_equal(resolve(AF_INET6, "ff02::1:2", &hop), 0);
	assert_int_equal(hop.kind, QS_HOP_MULTICAST);
	expect_mac(&hop, "33:33:00:01:00:02");
	assert_int_equal(resolve(AF_INET6, "fd09::1", &hop), 0);
	assert_int_equal(hop.kind, QS_HOP_LOCAL);
	assert_int_equal(resolve(AF_INET6, "fe80::1234", &hop), 0); /* link-local: this link */
	assert_int_equal(hop.kind, QS_HOP_UNICAST);
}

static void test_errors(void **state)
{
	struct qs_route_ask ask = {.family = AF_UNIX};
	struct qs_hop hop;

	(void)state;
	assert_int_equal(qs_route_resolve(rt, &ask, &hop), -1);
	assert_int_equal(rte_errno, EINVAL);
	expect_error(AF_INET, "198.51.100.1", ENETUNREACH);
	expect_error(AF_INET, "198.51.100.1", ENETUNREACH); /* remembered too */
	expect_error(AF_INET6, "2001:db8::1", ENETUNREACH);
	expect_error(AF_INET, "172.16.0.1", ENETUNREACH); /* reached through another interface */
	assert_int_equal(sh("ip route add unreachable 10.77.0.0/16"), 0);
	assert_int_equal(sh("ip route add prohibit 10.78.0.0/16"), 0);
	settle();
	expect_error(AF_INET, "10.77.0.1", EHOSTUNREACH);
	expect_error(AF_INET, "10.78.0.1", EACCES);
	assert_null(qs_route_create(&(struct qs_route_conf){0}));
	assert_int_equal(rte_errno, EINVAL);
	assert_null(qs_route_create(&(struct qs_route_conf){.ifindex = 9999}));
	assert_int_equal(rte_errno, ENODEV);
}

static void test_generation(void **state)
{
	struct qs_hop hop;
	uint64_t asked, generation;

	(void)state;
	settle();
	assert_int_equal(resolve(AF_INET, "10.9.0.50", &hop), 0);
	asked = rt->asked;
	generation = qs_route_generation(rt);
	assert_true(hop.generation == generation);
	for (int i = 0; i < 100; i++)
		assert_int_equal(resolve(AF_INET, "10.9.0.50", &hop), 0);
	assert_true(rt->asked == asked);			     /* no system call */
	assert_int_equal(sh("ip route add 10.99.0.0/16 dev vc"), 0); /* another interface's route */
	settle();
	assert_true(qs_route_generation(rt) == generation);
	assert_int_equal(sh("ip addr add 10.9.1.1/24 dev va"), 0);
	settle();
	assert_true(qs_route_generation(rt) != generation);
	expect_via(AF_INET, "10.9.1.7", "10.9.1.7");
	generation = qs_route_generation(rt);
	qs_route_flush(rt);
	assert_true(qs_route_generation(rt) != generation);
}

static void test_neighbours(void **state)
{
	struct qs_hop hop;
	uint64_t generation;

	(void)state;
	assert_int_equal(resolve(AF_INET, "10.9.0.60", &hop), 0);
	assert_false(hop.resolved);
	generation = hop.generation;
	assert_int_equal(sh("ip neigh add 10.9.0.60 lladdr 02:00:00:00:00:60 dev va"), 0);
	settle();
	assert_true(qs_route_generation(rt) != generation);
	assert_int_equal(resolve(AF_INET, "10.9.0.60", &hop), 0);
	expect_mac(&hop, "02:00:00:00:00:60");
	assert_int_equal(sh("ip neigh replace 10.9.0.60 lladdr 02:00:00:00:00:61 dev va"), 0);
	settle();
	assert_true(qs_route_generation(rt) != hop.generation);
	assert_int_equal(resolve(AF_INET, "10.9.0.60", &hop), 0);
	expect_mac(&hop, "02:00:00:00:00:61");
	assert_int_equal(sh("ip neigh add fd09::60 lladdr 02:00:00:00:00:62 dev va"), 0);
	assert_int_equal(sh("ip neigh del 10.9.0.60 dev va"), 0);
	settle();
	assert_int_equal(resolve(AF_INET, "10.9.0.60", &hop), 0);
	assert_false(hop.resolved);
	assert_int_equal(resolve(AF_INET6, "fd09::60", &hop), 0);
	expect_mac(&hop, "02:00:00:00:00:62");
}

static void test_many_neighbours_survive_lost_announcements(void **state)
{
	struct qs_hop hop;

	(void)state;
	assert_int_equal(
		sh("i=0; while [ $i -lt 500 ]; do echo neigh replace 10.9.$((4 + i / 250)).$((1 + i %% 250)) "
		   "lladdr 02:00:00:01:00:01 dev va; i=$((i + 1)); done | ip -batch -"),
		0);
	settle();
	qs_route_follow_again(rt); /* as after an overrun */
	settle();
	assert_false(rt->lost);
	assert_int_equal(sh("ip addr add 10.9.4.254/23 dev va"), 0);
	settle();
	assert_int_equal(resolve(AF_INET, "10.9.4.250", &hop), 0);
	expect_mac(&hop, "02:00:00:01:00:01");
	assert_int_equal(resolve(AF_INET, "10.9.5.250", &hop), 0);
	expect_mac(&hop, "02:00:00:01:00:01");
}

static void test_link(void **state)
{
	struct qs_hop hop;

	(void)state;
	assert_true(qs_route_link_up(rt));
	assert_int_equal(sh("ip link set va mtu 1400"), 0);
	settle();
	assert_int_equal(qs_route_mtu(rt), 1400);
	assert_int_equal(resolve(AF_INET, "10.9.0.7", &hop), 0);
	assert_int_equal(hop.mtu_bytes, 1400);
	assert_int_equal(sh("ip link set va down"), 0);
	settle();
	assert_false(qs_route_link_up(rt));
	expect_error(AF_INET, "10.9.0.7", ENETDOWN);
	assert_int_equal(sh("ip link set va up"), 0);
	settle();
	expect_via(AF_INET, "10.9.0.7", "10.9.0.7");
	assert_int_equal(sh("ip link set va mtu 1500"), 0);
}

/* Its own MAC is the source of what is sent. */
static void test_own_mac(void **state)
{
	struct rte_ether_addr want;
	struct qs_hop hop;

	(void)state;
	assert_int_equal(resolve(AF_INET, "10.9.0.7", &hop), 0);
	assert_int_equal(sh("ip link set va address 02:00:00:00:00:a1"), 0);
	settle();
	assert_true(qs_route_generation(rt) != hop.generation);
	assert_int_equal(resolve(AF_INET, "10.9.0.7", &hop), 0);
	rte_ether_unformat_addr("02:00:00:00:00:a1", &want);
	assert_memory_equal(&hop.src_mac, &want, sizeof(want));
}

static void interface_make(const char *mac)
{
	assert_int_equal(
		sh("ip link add va address %s type veth peer name vb && "
		   "sysctl -qw net.ipv6.conf.va.accept_dad=0 && ip link set va up && ip link set vb up && "
		   "ip addr add 10.9.0.1/24 dev va && ip addr add fd09::1/64 dev va nodad",
		   mac),
		0);
}

static void expect_followed(const char *mac)
{
	struct rte_ether_addr want;
	struct qs_hop hop;

	rte_ether_unformat_addr(mac, &want);
	assert_int_equal(qs_route_ifindex(rt), if_nametoindex("va"));
	assert_true(qs_route_link_up(rt));
	assert_int_equal(resolve(AF_INET, "10.9.0.60", &hop), 0);
	assert_false(hop.resolved); /* it was another interface's neighbour */
	assert_memory_equal(&hop.src_mac, &want, sizeof(want));
	assert_int_equal(sh("ip neigh add 10.9.0.60 lladdr 02:00:00:00:00:77 dev va && "
			    "ip neigh add fd09::60 lladdr 02:00:00:00:00:78 dev va"),
			 0);
	settle();
	assert_true(qs_route_generation(rt) != hop.generation);
	assert_int_equal(resolve(AF_INET, "10.9.0.60", &hop), 0);
	expect_mac(&hop, "02:00:00:00:00:77");
	assert_int_equal(resolve(AF_INET6, "fd09::60", &hop), 0);
	expect_mac(&hop, "02:00:00:00:00:78");
	assert_memory_equal(&hop.src_mac, &want, sizeof(want));
}

static void expect_gone(uint32_t ifindex)
{
	assert_false(qs_route_link_up(rt));
	assert_int_equal(qs_route_ifindex(rt), ifindex);
	expect_error(AF_INET, "10.9.0.60", ENETDOWN);
	expect_error(AF_INET6, "fd09::60", ENETDOWN);
}

static void test_made_again(void **state)
{
	const uint32_t before = if_nametoindex("va");
	uint64_t generation = qs_route_generation(rt);

	(void)state;
	assert_int_equal(sh("ip neigh replace 10.9.0.60 lladdr 02:00:00:00:00:60 dev va && ip link del va"),
			 0);
	settle();
	assert_true(qs_route_generation(rt) != generation);
	expect_gone(before);
	interface_make("02:00:00:00:00:a2");
	settle();
	assert_true(qs_route_ifindex(rt) != before);
	expect_followed("02:00:00:00:00:a2");
}

/* Ours is the one that has been followed, whatever its name is by now, and then the one of the name. */
static void test_made_again_under_another_name(void **state)
{
	const uint32_t before = if_nametoindex("va");

	(void)state;
	assert_int_equal(sh("ip link set va down && ip link set va name old && ip link set vb down && "
			    "ip link set vb name oldb"),
			 0);
	interface_make("02:00:00:00:00:a3");
	settle();
	assert_int_equal(qs_route_ifindex(rt), before);
	assert_int_equal(sh("ip link del old"), 0);
	settle();
	expect_followed("02:00:00:00:00:a3");
	assert_int_equal(
		sh("ip link del va && ip link add other type veth peer name vb && ip link set vb up && "
		   "ip link set other up"),
		0);
	settle();
	assert_false(qs_route_link_up(rt));
	assert_int_equal(sh("ip link set other down && ip link set other name va && ip link set va up && "
			    "ip link set va address 02:00:00:00:00:a4 && ip addr add 10.9.0.1/24 dev va && "
			    "ip addr add fd09::1/64 dev va nodad"),
			 0);
	settle();
	expect_followed("02:00:00:00:00:a4");
}

/* An overrun: what was announced is not heard. */
static void announcements_lose(void)
{
	char byte;

	usleep(20000);
	while (recv(qs_route_fd(rt), &byte, sizeof(byte), MSG_DONTWAIT) > 0)
		continue;
	qs_route_follow_again(rt);
	settle();
	assert_false(rt->lost);
}

static void test_made_again_unheard(void **state)
{
	const uint32_t before = if_nametoindex("va");

	(void)state;
	assert_int_equal(sh("ip link del va"), 0);
	announcements_lose();
	expect_gone(before);
	interface_make("02:00:00:00:00:a5");
	announcements_lose();
	expect_followed("02:00:00:00:00:a5");
	assert_int_equal(sh("ip link del va"), 0);
	interface_make("02:00:00:00:00:a7");
	announcements_lose();
	expect_followed("02:00:00:00:00:a7");
}

static void test_without_a_name_it_is_gone(void **state)
{
	struct qs_route *named = rt;

	(void)state;
	rt = qs_route_create(&(struct qs_route_conf){.ifindex = if_nametoindex("va")});
	assert_non_null(rt);
	assert_int_equal(sh("ip link del va"), 0);
	interface_make("02:00:00:00:00:a6");
	settle();
	assert_false(qs_route_link_up(rt));
	expect_error(AF_INET, "10.9.0.60", ENETDOWN);
	qs_route_free(rt);
	rt = named;
	settle();
	expect_followed("02:00:00:00:00:a6");
}

struct racer {
	pthread_t thread;
	uint64_t good, bad;
};

static bool race_over;

/* The MAC's bytes are all the same: a torn one is not. */
static void *race_main(void *arg)
{
	struct racer *r = arg;

	while (!__atomic_load_n(&race_over, __ATOMIC_RELAXED)) {
		struct qs_hop hop;

		if (resolve(AF_INET, "10.9.0.70", &hop) < 0 || !hop.resolved)
			continue;
		for (int i = 3; i < 6; i++)
			if (hop.mac.addr_bytes[i] != hop.mac.addr_bytes[2])
				r->bad++;
		r->good++;
	}
	return NULL;
}

static void test_readers_and_a_writer(void **state)
{
	struct racer racers[2] = {{0}};
	struct qs_neigh_data data = {.nud_state = NUD_REACHABLE,
				     .key = {.addr = addr(AF_INET, "10.9.0.70"), .family = AF_INET}};

	(void)state;
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&racers[i].thread, NULL, race_main, &racers[i]), 0);
	for (uint32_t i = 0; i < 200000; i++) {
		memset(&data.mac, (int)(i & 0xfe), sizeof(data.mac));
		qs_neigh_update(rt, &data);
		if (i % 64 == 0)
			qs_neigh_gone(rt, &data.key);
	}
	for (int i = 0; i < 20; i++) { /* on one processor the readers want a turn too */
		qs_neigh_update(rt, &data);
		usleep(1000);
	}
	__atomic_store_n(&race_over, true, __ATOMIC_RELAXED);
	for (int i = 0; i < 2; i++) {
		pthread_join(racers[i].thread, NULL);
		assert_int_equal(racers[i].bad, 0);
		assert_true(racers[i].good > 0);
	}
}

/* Printed, not judged: the time of a remembered answer with its neighbour. */
static void test_speed(void **state)
{
	enum { ROUNDS = 200000 };
	uint64_t start = rte_rdtsc();
	struct qs_hop hop;

	(void)state;
	for (int i = 0; i < ROUNDS; i++)
		resolve(AF_INET, "10.9.0.70", &hop);
	print_message("resolve: %.0f ns\n",
		      (double)(rte_rdtsc() - start) * 1e9 / (double)rte_get_tsc_hz() / ROUNDS);
}

static int up(void **state)
{
	(void)state;
	in_ns = net_ns_enter() &&
		sh("ip link add va type veth peer name vb && ip link add vc type dummy 2>/dev/null || "
		   "ip link add vc type veth peer name vd") == 0 &&
		sh("sysctl -qw net.ipv6.conf.va.accept_dad=0; ip link set va up; ip link set vb up; ip link "
		   "set vc up; "
		   "ip addr add 10.9.0.1/24 dev va; ip addr add fd09::1/64 dev va nodad; "
		   "ip addr add 172.16.0.9/16 dev vc") == 0;
	if (net_eal_up(63) < 0)
		return -1;
	if (!in_ns)
		return 0;
	usleep(100000);
	rt = qs_route_create(&(struct qs_route_conf){.ifindex = if_nametoindex("va"), .ifname = "va"});
	return rt ? 0 : -1;
}

static int down(void **state)
{
	(void)state;
	qs_route_free(rt);
	return net_eal_down();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_on_link_and_gateways),
		cmocka_unit_test(test_ipv4_through_ipv6),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_generation),
		cmocka_unit_test(test_neighbours),
		cmocka_unit_test(test_many_neighbours_survive_lost_announcements),
		cmocka_unit_test(test_link),
		cmocka_unit_test(test_own_mac),
		cmocka_unit_test(test_made_again),
		cmocka_unit_test(test_made_again_under_another_name),
		cmocka_unit_test(test_made_again_unheard),
		cmocka_unit_test(test_without_a_name_it_is_gone),
		cmocka_unit_test(test_readers_and_a_writer),
		cmocka_unit_test(test_speed),
	};

	if (geteuid() != 0) {
		printf("SKIP: a network namespace needs root\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, up, down);
}
