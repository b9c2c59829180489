/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Packets that wait for a neighbour: a port polled by the test, an egress that keeps what it is given, a
 * veth whose other end answers ARP or does not. Order, bounds, and the balance at every step.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <net/if.h>
#include <pthread.h>

#include "core/qs_socket.h"
#include "net/qs_fragment.h"
#include "net/qs_neigh.h"
#include "net/qs_neigh_wait.h"
#include "net/qs_route_priv.h"
#include "net/qs_sock_lock.h"
#include "net_eal.h"
#include "net_ns.h"
#include "rte_qsock_egress.h"
#include "keep_egress.h"

#define POOL 1023
#define WAIT 8
#define TIMEOUT_NS UINT64_C(300000000)

/* ---------------------------------------------------------------- an egress that keeps frames */

static void sent_forget(void)
{
	rte_pktmbuf_free_bulk(sent, n_sent);
	n_sent = 0;
}

/* ---------------------------------------------------------------- the test's world */

static struct rte_qsock_port *port;
static struct rte_qsock *qs, *small;
static struct qs_route *rt;
static uint32_t woken;

static void on_wake(void *arg)
{
	(*(uint32_t *)arg)++;
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * UINT64_C(1000000000) + (uint64_t)ts.tv_nsec;
}

static void poll_port(void)
{
	for (int i = 0; i < 200; i++) {
		rte_qsock_tx_poll(port);
		usleep(10);
	}
}

static struct rte_qsock_counts counts_of(struct rte_qsock *s)
{
	struct rte_qsock_info info;
	struct rte_qsock_counts *c = &info.counts;

	assert_int_equal(rte_qsock_info_get(s, &info), 0);
	assert_int_equal(c->offered, c->refused + c->queue_drop + c->accepted);
	assert_int_equal(c->accepted, c->on_time + c->late + c->late_drop + c->frame_drop + c->closed +
					      c->neigh_drop + c->tx_error + c->queued);
	return *c;
}

/* What the service thread does, until a condition holds; bounded. */
static bool service_until(bool (*fn)(void))
{
	uint64_t end = now() + UINT64_C(4000000000);

	while (!fn() && now() < end) {
		qs_route_service(rt);
		qs_neigh_service(rt, now());
		poll_port();
	}
	return fn();
}

static bool nothing_waits(void)
{
	return rt->n_waits == 0;
}

static bool nobody_is_known(void)
{
	const struct qs_neigh_entry *e;
	uint32_t iter = 0;

	while ((e = qs_neigh_next(&rt->neighs, &iter)) != NULL)
		if (e->data.usable)
			return false;
	return true;
}

static struct qs_hop hop_to(const char *text)
{
	struct qs_route_ask ask = {.family = strchr(text, ':') ? AF_INET6 : AF_INET};
	struct qs_hop hop;

	assert_int_equal(inet_pton(ask.family, text, &ask.dst), 1);
	assert_int_equal(qs_route_resolve(rt, &ask, &hop), 0);
	return hop;
}

static enum qs_neigh_verdict send_to(struct rte_qsock *s, const char *text, uint32_t number, size_t bytes)
{
	static uint8_t payload[4000];
	struct qs_hop hop = hop_to(text);
	struct qs_flow flow = {.family = hop.via_family, .dst = hop.via, .src = hop.src, .dport = htons(9)};
	enum qs_neigh_verdict verdict;
	struct rte_mbuf *m;
	struct qs_frame f;

	memcpy(payload, &number, sizeof(number));
	assert_int_equal(qs_frame_init(&f, &flow, 0), 0);
	m = qs_datagram_make(&f, net_pool, &(struct iovec){payload, bytes}, 1, hop.mtu_bytes);
	assert_non_null(m);
	verdict = hop.resolved ? QS_NEIGH_RESOLVED : qs_neigh_wait(rt, &hop, s, m);
	if (verdict == QS_NEIGH_RESOLVED) {
		qs_datagram_macs_set(m, &hop.mac, &hop.src_mac);
		assert_true(qs_sock_put(s, m));
	} else if (verdict == QS_NEIGH_FULL) {
		rte_pktmbuf_free(m);
	}
	return verdict;
}

static uint32_t number_of(const struct rte_mbuf *m)
{
	uint32_t number;

	memcpy(&number, rte_pktmbuf_mtod_offset(m, void *, 42), sizeof(number));
	return number;
}

static void expect_frames(uint32_t first, uint32_t n)
{
	static const struct rte_ether_addr peer = {{2, 0, 0, 0, 0, 0xbb}};

	assert_int_equal(n_sent, n);
	for (uint32_t i = 0; i < n; i++) {
		assert_int_equal(number_of(sent[i]), first + i);
		assert_memory_equal(rte_pktmbuf_mtod(sent[i], void *), &peer, sizeof(peer));
	}
	sent_forget();
}

/* ---------------------------------------------------------------- tests */

static void test_resolved_in_order(void **state)
{
	struct rte_qsock_counts before = counts_of(qs), c;

	(void)state;
	woken = 0;
	for (uint32_t i = 0; i < 5; i++)
		assert_int_equal(send_to(qs, "10.9.0.2", i, 100), QS_NEIGH_TAKEN);
	assert_int_equal(woken, 1); /* the first one only */
	c = counts_of(qs);
	assert_int_equal(c.offered - before.offered, 5);
	assert_int_equal(c.accepted - before.accepted, 5);
	assert_int_equal(c.queued - before.queued, 5); /* a waiting packet is a queued one */
	poll_port();
	assert_int_equal(n_sent, 0);
	assert_true(service_until(nothing_waits)); /* the kernel asks, the other namespace answers */
	assert_int_equal(send_to(qs, "10.9.0.2", 5, 100), QS_NEIGH_RESOLVED);
	poll_port();
	expect_frames(0, 6);
	c = counts_of(qs);
	assert_int_equal(c.offered - before.offered, 6);
	assert_int_equal(c.on_time + c.late - before.on_time - before.late, 6);
	assert_int_equal(c.queued, 0);
	assert_int_equal(rt->counts.resolved, 5);
}

static void test_ipv6(void **state)
{
	(void)state;
	assert_int_equal(send_to(qs, "fd09::2", 1, 100), QS_NEIGH_TAKEN);
	assert_true(service_until(nothing_waits));
	poll_port();
	assert_int_equal(n_sent, 1);
	assert_int_equal(rte_pktmbuf_mtod(sent[0], uint8_t *)[5], 0xbb);
	sent_forget();
}

static void test_peer_changes_its_mac(void **state)
{
	struct qs_hop hop = hop_to("10.9.0.2");

	(void)state;
	assert_true(hop.resolved);
	assert_int_equal(sh("ip neigh replace 10.9.0.2 lladdr 02:00:00:00:00:cc dev va nud reachable"), 0);
	usleep(20000);
	qs_route_service(rt);
	assert_true(qs_route_generation(rt) != hop.generation); /* what a connected socket looks at */
	hop = hop_to("10.9.0.2");
	assert_int_equal(hop.mac.addr_bytes[5], 0xcc);
	assert_int_equal(sh("ip neigh replace 10.9.0.2 lladdr 02:00:00:00:00:bb dev va nud reachable"), 0);
	usleep(20000);
	qs_route_service(rt);
}

static bool stale_no_more(void)
{
	struct qs_hop hop = hop_to("10.9.0.2"); /* somebody sends there */
	struct qs_neigh_key key = {.addr = hop.via, .family = AF_INET};

	return qs_neigh_find(&rt->neighs, &key)->data.nud_state != NUD_STALE;
}

/* The kernel does not see what we send: without help its entry would stay stale for ever. */
static void test_stale_is_confirmed(void **state)
{
	(void)state;
	assert_int_equal(sh("ip neigh replace 10.9.0.2 lladdr 02:00:00:00:00:bb dev va nud stale"), 0);
	usleep(20000);
	qs_route_service(rt);
	assert_true(hop_to("10.9.0.2").resolved); /* and is usable meanwhile */
	assert_true(service_until(stale_no_more));
}

static void test_no_answer(void **state)
{
	struct rte_qsock_counts before = counts_of(qs), c;
	uint64_t start = now();

	(void)state;
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(send_to(qs, "10.9.0.77", i, 100), QS_NEIGH_TAKEN);
	assert_int_equal(send_to(qs, "10.9.0.77", 3, 3000), QS_NEIGH_TAKEN); /* a train */
	assert_true(service_until(nothing_waits));
	assert_true(now() - start >= TIMEOUT_NS);
	poll_port();
	c = counts_of(qs);
	assert_int_equal(c.neigh_drop - before.neigh_drop, 4); /* a datagram is one packet */
	assert_int_equal(c.queued, 0);
	assert_int_equal(n_sent, 0);
	assert_int_equal(rte_mempool_avail_count(net_pool), POOL); /* freed by the TX core */
}

static void test_bound(void **state)
{
	struct rte_qsock_counts before = counts_of(qs), c;
	uint64_t overflow = rt->counts.overflow;

	(void)state;
	for (uint32_t i = 0; i < WAIT + 3; i++)
		assert_int_equal(send_to(qs, "10.9.0.78", i, 100), QS_NEIGH_TAKEN);
	assert_int_equal(rt->counts.overflow - overflow, 3);
	poll_port();
	c = counts_of(qs);
	assert_int_equal(c.neigh_drop - before.neigh_drop, 3);
	assert_int_equal(c.queued, WAIT);
	assert_true(service_until(nothing_waits));
	poll_port();
	c = counts_of(qs);
	assert_int_equal(c.neigh_drop - before.neigh_drop, WAIT + 3);
	assert_int_equal(rte_mempool_avail_count(net_pool), POOL);
}

/* A full ring when the answer comes: nothing is lost, nothing overtakes. */
static void test_full_ring_keeps_order(void **state)
{
	uint32_t n = 0;

	(void)state;
	assert_int_equal(
		sh("ip neigh flush dev va 2>/dev/null; ip neigh del 10.9.0.2 dev va 2>/dev/null; true"), 0);
	usleep(20000);
	qs_route_service(rt);
	assert_false(hop_to("10.9.0.2").resolved);
	for (n = 0; n < WAIT; n++)
		assert_int_equal(send_to(small, "10.9.0.2", n, 100), QS_NEIGH_TAKEN);
	for (int i = 0; i < 100 && rt->waits[0].fate == QS_WAIT_OPEN;
	     i++) { /* nobody polls: the ring of 4 fills */
		qs_route_service(rt);
		qs_neigh_service(rt, now());
		usleep(10000);
	}
	assert_int_equal(rt->waits[0].fate, QS_WAIT_RESOLVED);
	assert_int_equal(rt->waits[0].count, WAIT - 4);
	assert_false(hop_to("10.9.0.2").resolved); /* not published: this one joins the queue */
	assert_int_equal(send_to(small, "10.9.0.2", n++, 100), QS_NEIGH_TAKEN);
	assert_true(service_until(nothing_waits));
	assert_true(hop_to("10.9.0.2").resolved);
	poll_port();
	expect_frames(0, n);
	assert_int_equal(counts_of(small).queued, 0);
}

static void test_forget(void **state)
{
	struct rte_qsock_counts before = counts_of(qs), c;

	(void)state;
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(send_to(qs, "10.9.0.79", i, 100), QS_NEIGH_TAKEN);
		assert_int_equal(send_to(small, "10.9.0.79", i, 100), QS_NEIGH_TAKEN);
	}
	qs_neigh_forget(rt, qs);
	poll_port();
	c = counts_of(qs);
	assert_int_equal(c.neigh_drop - before.neigh_drop, 3);
	assert_int_equal(c.queued, 0);
	assert_int_equal(counts_of(small).queued, 3); /* another socket's still wait */
	qs_neigh_forget(rt, small);
	poll_port();
	assert_true(service_until(nothing_waits));
	assert_int_equal(rte_mempool_avail_count(net_pool), POOL);
}

static struct qs_neigh_key key_of(const char *text)
{
	const struct qs_hop hop = hop_to(text);

	return (struct qs_neigh_key){.addr = hop.via, .family = hop.via_family};
}

static void *forget_small(void *arg)
{
	qs_neigh_forget(rt, small);
	return arg;
}

/* Its ring is full, so it is waited for; meanwhile another's neighbour fails, whose place the last queue
 * takes: that is the socket's too, and would outlive it. */
static void test_forget_beside_service(void **state)
{
	struct qs_neigh_key others = key_of("10.9.0.81"), first = key_of("10.9.0.82");
	pthread_t thread;

	(void)state;
	assert_int_equal(send_to(qs, "10.9.0.81", 0, 100), QS_NEIGH_TAKEN);
	for (uint32_t i = 0; i < WAIT + 4; i++)
		assert_int_equal(send_to(small, "10.9.0.82", i, 100), QS_NEIGH_TAKEN);
	assert_int_equal(send_to(small, "10.9.0.83", 0, 100), QS_NEIGH_TAKEN);
	assert_int_equal(pthread_create(&thread, NULL, forget_small, NULL), 0);
	while (qs_neigh_waiting(rt, &first) != 0)
		usleep(100);
	pthread_mutex_lock(&rt->wait_lock);
	qs_wait_fail(rt, &others);
	pthread_mutex_unlock(&rt->wait_lock);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(qs_socket_waiting(small), 0);
	assert_true(service_until(nothing_waits));
	poll_port();
	assert_int_equal(counts_of(small).queued, 0);
	assert_int_equal(rte_mempool_avail_count(net_pool), POOL);
}

/* Ring full, and too many wait: the caller is told. */
static void test_full(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 0; i < WAIT; i++)
		assert_int_equal(send_to(small, "10.9.0.80", i, 100), QS_NEIGH_TAKEN);
	for (; i < WAIT + 4; i++) /* marked, into the ring */
		assert_int_equal(send_to(small, "10.9.0.80", i, 100), QS_NEIGH_TAKEN);
	assert_int_equal(send_to(small, "10.9.0.80", i, 100), QS_NEIGH_FULL);
	counts_of(small);
	assert_true(service_until(nothing_waits));
	poll_port();
	assert_int_equal(rte_mempool_avail_count(net_pool), POOL);
}

/* Another thread adds up what waits and what was put, as a snapshot does: nothing is ever in both. */
static struct {
	uint32_t begun, twice;
	bool stop;
} sums;

static uint32_t put_and_waiting(void)
{
	return (uint32_t)__atomic_load_n(&qs->put, __ATOMIC_ACQUIRE) + qs_socket_waiting(qs);
}

static void *sums_main(void *arg)
{
	uint32_t from = *(uint32_t *)arg;
	cpu_set_t any;

	/* EAL has bound its maker to one processor: this one needs another. */
	memset(&any, 0xff, sizeof(any));
	pthread_setaffinity_np(pthread_self(), sizeof(any), &any);
	while (!__atomic_load_n(&sums.stop, __ATOMIC_ACQUIRE)) {
		uint32_t sum = put_and_waiting() - from;

		sums.twice += sum > __atomic_load_n(&sums.begun, __ATOMIC_ACQUIRE);
	}
	return NULL;
}

/* The peer's end lives in its namespace; both ends get other MACs. */
static void interface_make(unsigned int number)
{
	assert_int_equal(
		sh("P=peer%d; ip link add va address 02:00:00:00:%02x:aa type veth peer name vb address "
		   "02:00:00:00:00:bb netns $P && sysctl -qw net.ipv6.conf.va.accept_dad=0 && "
		   "ip netns exec $P sysctl -qw net.ipv6.conf.vb.accept_dad=0 && ip -n $P link set vb up && "
		   "ip link set va up && ip addr add 10.9.0.1/24 dev va && "
		   "ip addr add fd09::1/64 dev va nodad && ip -n $P addr add 10.9.0.2/24 dev vb && "
		   "ip -n $P addr add fd09::2/64 dev vb nodad",
		   (int)getpid(), number),
		0);
}

static void expect_waiting_survive(const char *peer, unsigned int number)
{
	const struct rte_ether_addr own = {{2, 0, 0, 0, (uint8_t)number, 0xaa}};
	struct rte_qsock_counts before = counts_of(qs), c;

	assert_int_equal(sh("ip neigh flush dev va; ip -n peer%d link set vb down", (int)getpid()), 0);
	assert_true(service_until(nobody_is_known));
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(send_to(qs, peer, i, 100), QS_NEIGH_TAKEN);
	qs_neigh_service(rt, now()); /* asked for in vain */
	assert_int_equal(sh("ip link del va"), 0);
	interface_make(number);
	assert_true(service_until(nothing_waits));
	poll_port();
	c = counts_of(qs);
	assert_int_equal(c.offered - before.offered, 3);
	assert_int_equal(c.neigh_drop - before.neigh_drop, 0);
	assert_int_equal(n_sent, 3);
	for (uint32_t i = 0; i < n_sent; i++)
		assert_memory_equal(&rte_pktmbuf_mtod(sent[i], struct rte_ether_hdr *)->src_addr, &own,
				    sizeof(own));
	sent_forget();
}

static void test_interface_made_again(void **state)
{
	const uint64_t timeout_ns = rt->wait_timeout_ns;

	(void)state;
	rt->wait_timeout_ns = UINT64_C(3000000000);
	expect_waiting_survive("10.9.0.2", 1);
	expect_waiting_survive("fd09::2", 2);
	rt->wait_timeout_ns = timeout_ns;
}

static void test_counted_once(void **state)
{
	struct qs_neigh_data data = {.key.family = AF_INET, .mac = {{2, 0, 0, 0, 0, 0xcc}}};
	uint64_t end = now() + UINT64_C(1500000000);
	uint32_t from = put_and_waiting();
	pthread_t thread;

	(void)state;
	inet_pton(AF_INET, "10.9.0.81", &data.key.addr);
	assert_int_equal(pthread_create(&thread, NULL, sums_main, &from), 0);
	while (now() < end) {
		for (uint32_t i = 0; i < WAIT; i++) {
			__atomic_add_fetch(&sums.begun, 1, __ATOMIC_RELEASE);
			assert_int_equal(send_to(qs, "10.9.0.81", i, 100), QS_NEIGH_TAKEN);
		}
		pthread_mutex_lock(&rt->wait_lock);
		assert_true(qs_wait_flush(rt, &data));
		pthread_mutex_unlock(&rt->wait_lock);
		while (n_sent < WAIT)
			rte_qsock_tx_poll(port);
		sent_forget();
	}
	__atomic_store_n(&sums.stop, true, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	assert_int_equal(sums.twice, 0);
	counts_of(qs);
	assert_int_equal(rte_mempool_avail_count(net_pool), POOL);
}

static struct rte_qsock *sock(const char *name, uint32_t ring)
{
	struct rte_qsock_conf conf = {.size = sizeof(conf), .name = name, .ring_packets = ring};

	rte_qsock_stream_defaults(&conf.stream);
	conf.stream.cls = RTE_QSOCK_BEST_EFFORT;
	return rte_qsock_open(port, &conf);
}

static int up(void **state)
{
	struct rte_qsock_port_conf pc = {
		.size = sizeof(pc), .name = "test", .egress = &keep, .scheduler = "fifo"};

	(void)state;
	if (!net_ns_enter() || net_eal_up(POOL) < 0)
		return -1;
	/* The peer lives in a namespace of its own, so that the kernel really has to ask. */
	if (sh("P=peer%d; ip netns add $P && ip link add va type veth peer name vb netns $P && "
	       "sysctl -qw net.ipv6.conf.va.accept_dad=0 && ip netns exec $P sysctl -qw "
	       "net.ipv6.conf.vb.accept_dad=0 && "
	       "ip -n $P link set vb address 02:00:00:00:00:bb && ip -n $P link set vb up && ip link set va "
	       "up && "
	       "sysctl -qw net.ipv4.neigh.va.delay_first_probe_time=1 && "
	       "ip addr add 10.9.0.1/24 dev va && ip addr add fd09::1/64 dev va nodad && "
	       "ip -n $P addr add 10.9.0.2/24 dev vb && ip -n $P addr add fd09::2/64 dev vb nodad",
	       (int)getpid()) != 0)
		return -1;
	usleep(300000);
	port = rte_qsock_port_create(&pc);
	if (port == NULL)
		return -1;
	rte_qsock_tx_poll(port);
	qs = sock("app", 0);
	small = sock("small", 4);
	rt = qs_route_create(&(struct qs_route_conf){.ifindex = if_nametoindex("va"),
						     .ifname = "va",
						     .wait_packets = WAIT,
						     .wait_timeout_ns = TIMEOUT_NS,
						     .wake = on_wake,
						     .wake_arg = &woken});
	return qs && small && rt ? 0 : -1;
}

static int down(void **state)
{
	(void)state;
	qs_route_free(rt);
	rte_qsock_tx_stop(port);
	rte_qsock_port_free(port);
	return sh("ip netns del peer%d", (int)getpid()) == 0 ? net_eal_down() : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_resolved_in_order),
		cmocka_unit_test(test_ipv6),
		cmocka_unit_test(test_peer_changes_its_mac),
		cmocka_unit_test(test_stale_is_confirmed),
		cmocka_unit_test(test_no_answer),
		cmocka_unit_test(test_bound),
		cmocka_unit_test(test_full_ring_keeps_order),
		cmocka_unit_test(test_forget),
		cmocka_unit_test(test_forget_beside_service),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_interface_made_again),
		cmocka_unit_test(test_counted_once),
	};

	if (geteuid() != 0) {
		printf("SKIP: a network namespace needs root\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, up, down);
}
