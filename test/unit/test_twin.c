/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A twin over net_ring, whose receive queue gives back what is put on its transmit queue: what the port
 * receives is thus made here, driver's flags included. What the kernel sends goes to an egress that keeps it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <rte_dev.h>
#include <rte_ethdev.h>

#include "net/qs_fragment.h"
#include "net_eal.h"
#include "net_ns.h"
#include "rte_qsock_egress.h"
#include "twin/qs_twin.h"
#include "keep_egress.h"

#define POOL 511

static struct rte_qsock_port *port;
static struct rte_qsock_twin *twin;
static uint16_t ring;

static void poll_port(int rounds)
{
	for (int i = 0; i < rounds; i++) {
		rte_qsock_tx_poll(port);
		usleep(50);
	}
}

static void sent_forget(void)
{
	rte_pktmbuf_free_bulk(sent, n_sent);
	n_sent = 0;
}

static struct rte_qsock_twin_info info(void)
{
	struct rte_qsock_twin_info i;

	assert_int_equal(rte_qsock_twin_info_get(twin, &i), 0);
	return i;
}

static struct rte_qsock_twin_conf conf_of(const char *name)
{
	return (struct rte_qsock_twin_conf){.size = sizeof(struct rte_qsock_twin_conf),
					    .name = name,
					    .port = port,
					    .eth_port_id = ring,
					    .tx_pool = net_pool,
					    .mac = {{2, 0, 0, 0, 0, 1}},
					    .mtu = 1500};
}

/* A UDP datagram as if from the wire. */
static struct rte_mbuf *from_wire(const char *text)
{
	struct qs_flow flow = {.dst_mac = {{2, 0, 0, 0, 0, 1}},
			       .src_mac = {{2, 0, 0, 0, 0, 2}},
			       .family = AF_INET,
			       .sport = htons(5000),
			       .dport = htons(6000)};
	struct rte_mbuf *m = rte_pktmbuf_alloc(net_pool);
	struct qs_frame f;

	inet_pton(AF_INET, "10.9.0.2", &flow.src);
	inet_pton(AF_INET, "10.9.0.1", &flow.dst);
	assert_non_null(m);
	assert_int_equal(qs_frame_init(&f, &flow, 0), 0);
	qs_frame_make(&f, m, m->buf_addr, text, (uint32_t)strlen(text), 0);
	return m;
}

static int udp_socket(void)
{
	struct sockaddr_in sin = {.sin_family = AF_INET, .sin_port = htons(6000)};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	return fd;
}

static void expect_datagram(int fd, const char *text)
{
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	char buf[64];

	assert_int_equal(poll(&pfd, 1, 2000), 1);
	assert_int_equal(recv(fd, buf, sizeof(buf), 0), strlen(text));
	assert_memory_equal(buf, text, strlen(text));
}

static void inject(struct rte_mbuf *m)
{
	assert_int_equal(rte_eth_tx_burst(ring, 0, &m, 1), 1);
}

/* The kernel drops what has a wrong checksum; so these arrive only if the twin has put them right. */
static void test_receive_checksum_states(void **state)
{
	int fd = udp_socket();
	struct rte_mbuf *m;

	(void)state;
	inject(from_wire("as it is"));
	expect_datagram(fd, "as it is");
	m = from_wire("not made");
	rte_pktmbuf_mtod_offset(m, struct rte_udp_hdr *, 34)->dgram_cksum = 0x1234;
	m->ol_flags |= RTE_MBUF_F_RX_L4_CKSUM_NONE;
	inject(m);
	expect_datagram(fd, "not made");
	m = from_wire("is bad");
	rte_pktmbuf_mtod_offset(m, struct rte_udp_hdr *, 34)->dgram_cksum ^= 0x1234;
	inject(m);
	m = from_wire("said good");
	m->ol_flags |= RTE_MBUF_F_RX_L4_CKSUM_GOOD;
	inject(m);
	expect_datagram(fd, "said good"); /* the bad one did not come */
	close(fd);
}

static void test_receive_segments_and_stripped_vlan(void **state)
{
	int fd = udp_socket(), raw = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL)), on = 1;
	struct sockaddr_ll sll = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	struct pollfd pfd = {.fd = raw, .events = POLLIN};
	struct rte_mbuf *m = from_wire("in two parts"), *tail = rte_pktmbuf_alloc(net_pool);
	union {
		char buf[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
		struct cmsghdr align;
	} control;
	uint16_t tci = 0;

	(void)state;
	memcpy(rte_pktmbuf_append(tail, 5), rte_pktmbuf_mtod_offset(m, void *, m->data_len - 5), 5);
	rte_pktmbuf_trim(m, 5);
	assert_int_equal(rte_pktmbuf_chain(m, tail), 0);
	inject(m);
	expect_datagram(fd, "in two parts");
	close(fd);

	sll.sll_ifindex = (int)qs_twin_ifindex(twin);
	assert_int_equal(bind(raw, (struct sockaddr *)&sll, sizeof(sll)), 0);
	assert_int_equal(setsockopt(raw, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)), 0);
	m = from_wire("stripped");
	m->ol_flags |= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
	m->vlan_tci = 100;
	inject(m);
	for (int i = 0; i < 50 && tci == 0 && poll(&pfd, 1, 2000) == 1; i++) {
		char frame[2048];
		struct iovec iov = {frame, sizeof(frame)};
		struct msghdr msg = {.msg_iov = &iov,
				     .msg_iovlen = 1,
				     .msg_control = &control,
				     .msg_controllen = sizeof(control)};
		struct cmsghdr *c;

		assert_true(recvmsg(raw, &msg, 0) > 0);
		c = CMSG_FIRSTHDR(&msg);
		if (c != NULL)
			tci = ((struct tpacket_auxdata *)(void *)CMSG_DATA(c))->tp_vlan_tci;
	}
	assert_int_equal(tci, 100); /* the kernel takes the tag out again, and says so */
	close(raw);
}

static void test_nothing_leaks_when_the_interface_is_down(void **state)
{
	uint64_t dropped = info().to_kernel_drop;

	(void)state;
	assert_int_equal(sh("ip link set tw0 down"), 0);
	for (int i = 0; i < 20; i++)
		inject(from_wire("nobody"));
	for (int i = 0; i < 1000 && info().to_kernel_drop < dropped + 20; i++)
		usleep(1000);
	assert_int_equal(info().to_kernel_drop, dropped + 20);
	assert_int_equal(sh("ip link set tw0 up; ip addr replace 10.9.0.1/24 dev tw0; "
			    "ip neigh replace 10.9.0.2 lladdr 02:00:00:00:00:02 dev tw0"),
			 0);
}

static uint64_t best_effort_offered(void)
{
	struct rte_qsock_info si;

	assert_int_equal(rte_qsock_info_get(rte_qsock_lookup(port, "tw0.best-effort"), &si), 0);
	return si.counts.offered;
}

/* Nobody polls the port: the kernel is not held up, drops are counted, buffers are used again. */
static void test_full_ring_is_counted(void **state)
{
	struct rte_qsock_twin_info before = info(), i;
	struct rte_qsock_info si;
	struct sockaddr_in sin = {.sin_family = AF_INET, .sin_port = htons(7)};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	uint64_t offered;

	(void)state;
	inet_pton(AF_INET, "10.9.0.2", &sin.sin_addr);
	poll_port(100);
	sent_forget();
	offered = best_effort_offered();
	for (int k = 0; k < 300; k++) {
		assert_int_equal(sendto(fd, "x", 1, 0, (struct sockaddr *)&sin, sizeof(sin)), 1);
		usleep(50);
	}
	/* A frame counts as read before it is offered. */
	for (int k = 0; k < 1000 && best_effort_offered() < offered + 300; k++)
		usleep(1000);
	i = info();
	assert_true(i.from_kernel >= before.from_kernel + 300);
	assert_int_equal(i.no_mbuf, before.no_mbuf);
	poll_port(200);
	assert_int_equal(rte_qsock_info_get(rte_qsock_lookup(port, "tw0.best-effort"), &si), 0);
	assert_true(si.counts.queue_drop >= 300 - 64); /* the ring has room for 64 */
	assert_int_equal(si.counts.offered, si.counts.queue_drop + si.counts.accepted);
	sent_forget();
	close(fd);
}

static void test_no_buffers(void **state)
{
	struct rte_mbuf *all[POOL];
	struct sockaddr_in sin = {.sin_family = AF_INET, .sin_port = htons(7)};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	uint64_t before = info().no_mbuf;
	uint32_t n = 0;

	(void)state;
	inet_pton(AF_INET, "10.9.0.2", &sin.sin_addr);
	while (n < POOL && (all[n] = rte_pktmbuf_alloc(net_pool)) != NULL)
		n++;
	for (int k = 0; k < 20; k++)
		assert_int_equal(sendto(fd, "x", 1, 0, (struct sockaddr *)&sin, sizeof(sin)), 1);
	for (int k = 0; k < 1000 && info().no_mbuf < before + 19; k++)
		usleep(1000);
	assert_in_range(info().no_mbuf, before + 19, before + 40); /* one may have a spare buffer */
	rte_pktmbuf_free_bulk(all, n);
	close(fd);
}

static void expect_refusal(const struct rte_qsock_twin_conf *conf, int error)
{
	rte_errno = 0;
	assert_null(rte_qsock_twin_create(conf));
	assert_int_equal(rte_errno, error);
}

static void test_create_errors(void **state)
{
	struct rte_qsock_twin_conf conf = conf_of("tw1"), bad;

	(void)state;
	expect_refusal(NULL, EINVAL);
	bad = conf, bad.size = 0;
	expect_refusal(&bad, EINVAL);
	bad = conf, bad.port = NULL;
	expect_refusal(&bad, EINVAL);
	bad = conf, bad.tx_pool = NULL;
	expect_refusal(&bad, EINVAL);
	bad = conf, bad.mtu = 9000; /* more than a buffer holds */
	expect_refusal(&bad, EINVAL);
	bad = conf, bad.best_effort_packets = RTE_QSOCK_QUEUE_MAX + 1;
	expect_refusal(&bad, EINVAL);
	bad = conf, bad.name = "a-name-of-16-byt";
	expect_refusal(&bad, EINVAL);
	bad = conf, bad.name = "a/b";
	expect_refusal(&bad, EINVAL);
	bad = conf, bad.name = "tw0";
	expect_refusal(&bad, EEXIST);
	bad = conf, bad.eth_port_id = 31;
	expect_refusal(&bad, ENODEV);
	bad = conf, bad.move_from = "nosuch";
	expect_refusal(&bad, ENODEV);
	assert_int_equal(if_nametoindex("tw1"), 0); /* a failed attempt leaves nothing */
	assert_null(rte_qsock_lookup(port, "tw1.best-effort"));
	assert_int_equal(rte_qsock_twin_free(NULL), -1);
	assert_int_equal(rte_errno, EINVAL);
	assert_int_equal(rte_qsock_twin_info_get(twin, NULL), -1);
	assert_int_equal(rte_errno, EINVAL);
}

/* What fails is told, and nothing else: what was not made is not undone. */
static void test_failed_creation_says_what_failed(void **state)
{
	struct rte_qsock_twin_conf conf = conf_of("tw1");
	static char text[16384];
	FILE *f = fmemopen(text, sizeof(text), "w");

	(void)state;
	assert_non_null(f);
	conf.move_from = "nosuch";
	rte_openlog_stream(f);
	rte_log_set_level_pattern("lib.qsock", RTE_LOG_ERR);
	expect_refusal(&conf, ENODEV);
	rte_log_set_level_pattern("lib.qsock", RTE_LOG_CRIT);
	rte_openlog_stream(NULL);
	fclose(f);
	assert_non_null(strstr(text, "nosuch"));
	assert_null(strstr(text, "not removed"));
}

static void test_rule_and_flow_errors(void **state)
{
	struct rte_qsock *qs = rte_qsock_lookup(port, "tw0.best-effort");
	struct rte_qsock_rule rule = {.size = sizeof(rule), .name = "r"};
	struct rte_qsock_flow flow = {
		.size = sizeof(flow), .family = AF_INET, .protocol = IPPROTO_UDP, .local_port = 7};

	(void)state;
	assert_int_equal(rte_qsock_twin_rule_add(twin, &rule, NULL), -1);
	assert_int_equal(rte_errno, EINVAL);
	assert_int_equal(rte_qsock_twin_rule_add(twin, &rule, qs), 0);
	assert_int_equal(rte_qsock_twin_rule_add(twin, &rule, qs), -1);
	assert_int_equal(rte_errno, EEXIST);
	assert_int_equal(info().rules, 1);
	assert_int_equal(rte_qsock_twin_rule_del(twin, "other"), -1);
	assert_int_equal(rte_errno, ENOENT);
	assert_int_equal(rte_qsock_twin_rule_del(twin, NULL), -1);
	assert_int_equal(rte_errno, EINVAL);
	assert_int_equal(qs_twin_flow_add(twin, AF_UNIX, IPPROTO_UDP, NULL, 1, NULL, 0, qs), -1);
	assert_int_equal(rte_errno, EINVAL);
	assert_int_equal(qs_twin_flow_add(twin, AF_INET, IPPROTO_UDP, NULL, 0, NULL, 0, qs), -1);
	assert_int_equal(rte_errno, EINVAL);
	assert_int_equal(qs_twin_flow_add(twin, AF_INET, IPPROTO_UDP, NULL, htons(1), NULL, 0, qs), 0);
	assert_int_equal(qs_twin_flow_add(twin, AF_INET, IPPROTO_UDP, NULL, htons(1), NULL, 0, qs), -1);
	assert_int_equal(rte_errno, EEXIST);
	assert_int_equal(info().flows, 1);
	assert_int_equal(rte_qsock_twin_flow_add(twin, &flow, NULL), -1);
	assert_int_equal(rte_errno, EINVAL);
	assert_int_equal(rte_qsock_twin_flow_add(twin, NULL, qs), -1);
	assert_int_equal(rte_errno, EINVAL);
	assert_int_equal(rte_qsock_twin_flow_add(twin, &flow, qs), 0);
	assert_int_equal(rte_qsock_twin_flow_add(twin, &flow, qs), -1);
	assert_int_equal(rte_errno, EEXIST);
	assert_int_equal(info().flows, 2);
	assert_int_equal(rte_qsock_twin_flow_del(NULL, &flow), -1);
	assert_int_equal(rte_errno, EINVAL);
	assert_int_equal(qs_twin_flow_del(twin, AF_INET, IPPROTO_UDP, NULL, htons(7), NULL, 0), 0);
	assert_int_equal(rte_qsock_twin_flow_del(twin, &flow), -1);
	assert_int_equal(rte_errno, ENOENT);
	assert_int_equal(qs_twin_flow_del(twin, AF_INET, IPPROTO_UDP, NULL, htons(2), NULL, 0), -1);
	assert_int_equal(rte_errno, ENOENT);
	assert_int_equal(rte_qsock_twin_forget(twin, qs), 0);
	assert_int_equal(info().flows + info().rules, 0);
	assert_int_equal(rte_qsock_twin_forget(NULL, qs), -1);
	assert_int_equal(rte_errno, EINVAL);
}

static int count_rule(const struct rte_qsock_rule *rule, struct rte_qsock *qs, void *arg)
{
	(void)qs;
	strcat(arg, rule->name);
	return strlen(arg) == 2; /* stop after the second */
}

static int find_neigh(const struct rte_qsock_neigh *neigh, void *arg)
{
	(void)arg;
	return neigh->family == AF_INET && neigh->mac.addr_bytes[5] == 2 && neigh->addr.s6_addr[0] == 10;
}

static void test_foreach(void **state)
{
	struct rte_qsock *qs = rte_qsock_lookup(port, "tw0.best-effort");
	struct rte_qsock_rule rule = {.size = sizeof(rule)};
	char names[8] = "";

	(void)state;
	for (uint16_t i = 0; i < 3; i++) {
		rule.name[0] = (char)('c' - i);
		rule.priority = (uint16_t)(10 - i);
		assert_int_equal(rte_qsock_twin_rule_add(twin, &rule, qs), 0);
	}
	assert_int_equal(rte_qsock_twin_rule_foreach(twin, count_rule, names), 1);
	assert_string_equal(names, "ab"); /* in order of priority */
	assert_int_equal(rte_qsock_twin_forget(twin, qs), 0);
	assert_int_equal(rte_qsock_twin_neigh_foreach(twin, find_neigh, NULL), 1);
	assert_int_equal(rte_qsock_twin_neigh_foreach(twin, NULL, NULL), -1);
	assert_int_equal(rte_errno, EINVAL);
	assert_int_equal(rte_qsock_twin_rule_foreach(NULL, count_rule, names), -1);
	assert_int_equal(rte_errno, EINVAL);
	assert_ptr_equal(qs_twin_by_ifindex(if_nametoindex("tw0")), twin);
	assert_null(qs_twin_by_ifindex(9999));
}

static void test_first_free_name(void **state)
{
	struct rte_qsock_twin_conf conf = conf_of(NULL);
	struct rte_qsock_twin *a, *b;

	(void)state;
	conf.no_rx = true;
	a = rte_qsock_twin_create(&conf);
	b = rte_qsock_twin_create(&conf);
	assert_non_null(a);
	assert_non_null(b);
	assert_true(if_nametoindex("qs0") != 0 && if_nametoindex("qs1") != 0);
	assert_int_equal(rte_qsock_twin_free(a), 0);
	assert_int_equal(if_nametoindex("qs0"), 0);
	a = rte_qsock_twin_create(&conf);
	assert_non_null(a);
	assert_true(if_nametoindex("qs0") != 0);
	assert_int_equal(rte_qsock_twin_free(a), 0);
	assert_int_equal(rte_qsock_twin_free(b), 0);
}

/* Last: the thread gives up its right to administer networks. */
static void test_not_permitted(void **state)
{
	struct rte_qsock_twin_conf conf = conf_of("tw1");

	(void)state;
	/* Without capabilities: another user's id for this thread. */
	assert_int_equal(setresuid(65534, 65534, 0), 0);
	expect_refusal(&conf, EPERM);
	assert_int_equal(setresuid(0, 0, 0), 0);
}

static int up(void **state)
{
	struct rte_qsock_port_conf pc = {
		.size = sizeof(pc), .name = "test", .egress = &keep, .scheduler = "fifo"};
	struct rte_qsock_ethdev_conf ec = {.size = sizeof(ec)};
	struct rte_qsock_twin_conf tc;

	(void)state;
	if (!net_ns_enter() || net_eal_up(POOL) < 0 || rte_eal_hotplug_add("vdev", "net_ring0", "") < 0 ||
	    rte_eth_dev_get_port_by_name("net_ring0", &ring) < 0)
		return -1;
	ec.rx_pool = net_pool;
	if (rte_qsock_ethdev_setup(ring, &ec) < 0)
		return -1;
	port = rte_qsock_port_create(&pc);
	if (port == NULL)
		return -1;
	rte_qsock_tx_poll(port);
	tc = conf_of("tw0");
	tc.best_effort_packets = 64;
	twin = rte_qsock_twin_create(&tc);
	if (twin == NULL)
		return -1;
	return sh("ip addr add 10.9.0.1/24 dev tw0; ip neigh add 10.9.0.2 lladdr 02:00:00:00:00:02 dev tw0");
}

static int down(void **state)
{
	int ret = rte_qsock_twin_free(twin);

	(void)state;
	poll_port(10);
	sent_forget();
	rte_qsock_tx_stop(port);
	rte_qsock_port_free(port);
	rte_eth_dev_stop(ring);
	rte_eth_dev_close(ring);
	if (rte_mempool_avail_count(net_pool) != POOL) {
		printf("leaked: %u of %u\n", POOL - rte_mempool_avail_count(net_pool), POOL);
		ret = -1;
	}
	return ret == 0 ? net_eal_down() : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_receive_checksum_states),
		cmocka_unit_test(test_receive_segments_and_stripped_vlan),
		cmocka_unit_test(test_nothing_leaks_when_the_interface_is_down),
		cmocka_unit_test(test_full_ring_is_counted),
		cmocka_unit_test(test_no_buffers),
		cmocka_unit_test(test_create_errors),
		cmocka_unit_test(test_failed_creation_says_what_failed),
		cmocka_unit_test(test_rule_and_flow_errors),
		cmocka_unit_test(test_foreach),
		cmocka_unit_test(test_first_free_name),
		cmocka_unit_test(test_not_permitted),
	};

	if (geteuid() != 0) {
		printf("SKIP: a network namespace needs root\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, up, down);
}
