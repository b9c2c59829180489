/* SPDX-License-Identifier: BSD-3-Clause */
/* Where a datagram goes and how large it may be: addresses that stand for others, path MTUs, ports. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/udp.h>

#include "bed.h"

#define ETHERNET 14
#define IPV4_UDP 28

static struct q_dwcs_attr often = {0, 0, 1, DWCS_NON_DROPPABLE};
static char big[70000];

static int make(int domain)
{
	struct qos_params params = bed_params("dwcs", &often);
	int fd = qsocket(domain, SOCK_DGRAM, 0, &params);

	assert_true(fd >= 0);
	return fd;
}

static struct sockaddr_in far_away(void)
{
	struct sockaddr_in addr = bed_peer();

	inet_pton(AF_INET, "10.79.0.1", &addr.sin_addr);
	return addr;
}

static void set_int(int fd, int level, int name, int value)
{
	assert_int_equal(setsockopt(fd, level, name, &value, sizeof(value)), 0);
}

/* Frame bytes that a socket has sent when it has sent so many datagrams. */
static uint64_t sent_bytes(int fd, uint64_t datagrams)
{
	bed_until(bed_info(fd).sent >= datagrams);
	assert_int_equal(bed_info(fd).sent, datagrams);
	return bed_info(fd).sent_bytes;
}

/* ------------------------------------------------------------------ addresses */

/* As sendto(2) has it: this host. A route for everything does not change that. */
static void test_any_is_this_host(void **state)
{
	struct sockaddr_in6 here6 = {.sin6_family = AF_INET6, .sin6_port = htons(7001)}, to6 = here6;
	struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(7001)}, to = here;
	int receiver = socket(AF_INET, SOCK_DGRAM, 0), receiver6 = socket(AF_INET6, SOCK_DGRAM, 0);
	int fd = make(AF_INET), fd6 = make(AF_INET6);

	(void)state;
	here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	here6.sin6_addr = in6addr_loopback;
	assert_int_equal(bind(receiver, (struct sockaddr *)&here, sizeof(here)), 0);
	assert_int_equal(bind(receiver6, (struct sockaddr *)&here6, sizeof(here6)), 0);
	bed_run("ip route add default via 10.77.0.2; ip -6 route add default via fd77::2");
	assert_int_equal(qsendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to), NULL), 1);
	assert_int_equal(qsendto(fd6, "x", 1, 0, (struct sockaddr *)&to6, sizeof(to6), NULL), 1);
	assert_int_equal(bed_info(fd).kernel_path, 1);
	assert_int_equal(bed_info(fd6).kernel_path, 1);
	assert_int_equal(recv(receiver, big, 2, MSG_DONTWAIT), 1);
	assert_int_equal(recv(receiver6, big, 2, MSG_DONTWAIT), 1);
	bed_run("ip route del default; ip -6 route del default");
	assert_int_equal(qclose(fd), 0);
	assert_int_equal(qclose(fd6), 0);
	close(receiver);
	close(receiver6);
}

/* No family on an IPv6 socket: the connected peer. */
static void test_no_family(void **state)
{
	struct sockaddr_in6 peer = bed_peer6(), none = {.sin6_family = AF_UNSPEC, .sin6_port = htons(9)};
	int fd = make(AF_INET6);

	(void)state;
	assert_errno(qsendto(fd, "x", 1, 0, (struct sockaddr *)&none, sizeof(none), NULL), EDESTADDRREQ);
	assert_int_equal(connect(fd, (struct sockaddr *)&peer, sizeof(peer)), 0);
	assert_int_equal(qsendto(fd, "x", 1, 0, (struct sockaddr *)&none, sizeof(none), NULL), 1);
	assert_int_equal(bed_info(fd).accepted, 1);
	assert_int_equal(qclose(fd), 0);
}

/* All ports are taken: it may be otherwise later. */
static void test_no_port_left(void **state)
{
	struct sockaddr_in taken = {.sin_family = AF_INET, .sin_port = htons(50000)}, peer = bed_peer();
	int other = socket(AF_INET, SOCK_DGRAM, 0), fd = make(AF_INET);

	(void)state;
	assert_int_equal(bind(other, (struct sockaddr *)&taken, sizeof(taken)), 0);
	bed_run("sysctl -qw net.ipv4.ip_local_port_range='50000 50000'");
	assert_errno(qsendto(fd, "x", 1, 0, (struct sockaddr *)&peer, sizeof(peer), NULL), EAGAIN);
	close(other);
	assert_int_equal(qsendto(fd, "x", 1, 0, (struct sockaddr *)&peer, sizeof(peer), NULL), 1);
	bed_run("sysctl -qw net.ipv4.ip_local_port_range='32768 60999'");
	assert_int_equal(qclose(fd), 0);
}

/* What the kernel says, and then what a q-call says, to a datagram after one that was refused. */
static void refused_before(int fd, bool ours, const struct sockaddr_in *peer)
{
	struct sockaddr_in nobody = {.sin_family = AF_INET, .sin_port = htons(9)};
	struct pollfd p = {fd, POLLERR, 0};

	nobody.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	set_int(fd, IPPROTO_IP, IP_RECVERR, 1);
	assert_int_equal(sendto(fd, "x", 1, 0, (struct sockaddr *)&nobody, sizeof(nobody)), 1);
	assert_int_equal(poll(&p, 1, 20000), 1);
	if (ours)
		assert_errno(qsendto(fd, "x", 1, 0, (const struct sockaddr *)peer, sizeof(*peer), NULL),
			     ECONNREFUSED);
	else
		assert_errno(sendto(fd, "x", 1, 0, (const struct sockaddr *)peer, sizeof(*peer)),
			     ECONNREFUSED);
}

/* Who is not connected is told of errors where it has asked for them, by the next call, whatever that is. */
static void test_errors_asked_for(void **state)
{
	struct sockaddr_in peer = bed_peer();
	int fd = make(AF_INET), plain = socket(AF_INET, SOCK_DGRAM, 0);

	(void)state;
	refused_before(plain, false, &peer);
	close(plain);
	assert_int_equal(qsendto(fd, "x", 1, 0, (struct sockaddr *)&peer, sizeof(peer), NULL), 1);
	refused_before(fd, true, &peer);
	assert_int_equal(qsendto(fd, "x", 1, 0, (struct sockaddr *)&peer, sizeof(peer), NULL), 1);
	assert_int_equal(bed_info(fd).accepted, 2);
	assert_int_equal(qclose(fd), 0);
}

/* Parts of a datagram meet in the kernel, the last one, too; then the bypass has the next. */
static void test_parts(void **state)
{
	struct sockaddr_in peer = bed_peer();
	int fd = make(AF_INET);
	uint64_t whole;

	(void)state;
	assert_int_equal(connect(fd, (struct sockaddr *)&peer, sizeof(peer)), 0);
	assert_int_equal(qsend(fd, big, 300, 0, NULL), 300);
	whole = sent_bytes(fd, 1);
	assert_int_equal(qsend(fd, big, 100, MSG_MORE, NULL), 100);
	assert_int_equal(qsend(fd, big, 150, MSG_MORE, NULL), 150);
	assert_int_equal(qsend(fd, big, 50, 0, NULL), 50);
	assert_int_equal(sent_bytes(fd, 2), 2 * whole);
	assert_int_equal(bed_info(fd).kernel_path, 3);
	assert_int_equal(qsend(fd, big, 300, 0, NULL), 300);
	assert_int_equal(sent_bytes(fd, 3), 3 * whole);
	assert_int_equal(bed_info(fd).kernel_path, 3);
	/* What is too long ends them all. */
	assert_int_equal(qsend(fd, big, 100, MSG_MORE, NULL), 100);
	assert_errno(qsend(fd, big, 65500, MSG_MORE, NULL), EMSGSIZE);
	assert_int_equal(qsend(fd, big, 300, 0, NULL), 300);
	assert_int_equal(sent_bytes(fd, 4), 4 * whole);
	assert_int_equal(bed_info(fd).kernel_path, 5);
	assert_int_equal(qclose(fd), 0);
}

/* ------------------------------------------------------------------ sizes */

/* What both the kernel and the bypass say to a datagram of a size: the same. */
static void expect_alike(int fd, int discover, size_t bytes)
{
	ssize_t ours, kernels;
	int error;

	set_int(fd, IPPROTO_IP, IP_MTU_DISCOVER, discover);
	errno = 0;
	kernels = send(fd, big, bytes, 0);
	error = errno;
	errno = 0;
	ours = qsend(fd, big, bytes, 0, NULL);
	if (ours != kernels || errno != error)
		fail_msg("IP_MTU_DISCOVER %d, %zu bytes: %zd (errno %d), the kernel %zd (%d)", discover,
			 bytes, ours, errno, kernels, error);
}

/* Who looks for the path's MTU, or has nothing to do with it, is bound by the device's alone. */
static void test_path_mtu_by_option(void **state)
{
	struct sockaddr_in peer = far_away();
	int fd = make(AF_INET), discover;

	(void)state;
	bed_run("ip route add 10.79.0.0/24 via 10.77.0.2 mtu 1000");
	assert_int_equal(connect(fd, (struct sockaddr *)&peer, sizeof(peer)), 0);
	for (discover = IP_PMTUDISC_DONT; discover <= IP_PMTUDISC_OMIT; discover++) {
		expect_alike(fd, discover, 972);
		expect_alike(fd, discover, 973);
		expect_alike(fd, discover, 1472);
		expect_alike(fd, discover, 1473);
	}
	assert_int_equal(qclose(fd), 0);
	/* And it is so on the wire. */
	fd = make(AF_INET);
	set_int(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT);
	assert_int_equal(qsendto(fd, big, 1472, 0, (struct sockaddr *)&peer, sizeof(peer), NULL), 1472);
	assert_int_equal(sent_bytes(fd, 1), ETHERNET + IPV4_UDP + 1472);
	set_int(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_WANT);
	assert_int_equal(qsendto(fd, big, 1472, 0, (struct sockaddr *)&peer, sizeof(peer), NULL), 1472);
	assert_int_equal(sent_bytes(fd, 2), 2 * (ETHERNET + IPV4_UDP + 1472) + ETHERNET + 20);
	assert_int_equal(qclose(fd), 0);
	bed_run("ip route del 10.79.0.0/24");
}

/* Of a route whose MTU is smaller than IPv6 allows: what the kernel says. */
static void test_tiny_mtu(void **state)
{
	struct sockaddr_in6 peer = bed_peer6();
	int fd = make(AF_INET6);

	(void)state;
	bed_run("ip -6 route add fd79::/64 via fd77::2 mtu 70");
	inet_pton(AF_INET6, "fd79::1", &peer.sin6_addr);
	(void)qsendto(fd, big, 65527, 0, (struct sockaddr *)&peer, sizeof(peer), NULL);
	(void)qsendto(fd, big, 1, 0, (struct sockaddr *)&peer, sizeof(peer), NULL);
	assert_int_equal(bed_info(fd).kernel_path, 2);
	bed_run("ip -6 route del fd79::/64");
	assert_int_equal(qclose(fd), 0);
}

/* "It does not fit", said by a router of the peer's way of a datagram from fd. */
static void icmp_too_big(int fd, const struct sockaddr_in *peer, uint16_t mtu)
{
	struct {
		struct ip ip;
		struct icmphdr icmp;
		struct ip of;
		struct udphdr udp;
	} packet = {
		.ip = {.ip_v = 4, .ip_hl = 5, .ip_ttl = 64, .ip_p = IPPROTO_ICMP},
		.icmp = {.type = ICMP_DEST_UNREACH, .code = ICMP_FRAG_NEEDED},
		.of = {.ip_v = 4, .ip_hl = 5, .ip_ttl = 64, .ip_p = IPPROTO_UDP, .ip_len = htons(1500)},
		.udp = {.dest = peer->sin_port, .len = htons(1480)},
	};
	const uint16_t *word = (const uint16_t *)&packet.icmp, *end = (const uint16_t *)(&packet + 1);
	struct sockaddr_in own, to = {.sin_family = AF_INET};
	int raw = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	socklen_t len = sizeof(own);
	uint32_t sum = 0;

	assert_true(raw >= 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&own, &len), 0);
	inet_pton(AF_INET, "10.77.0.1", &to.sin_addr);
	inet_pton(AF_INET, "10.77.0.2", &packet.ip.ip_src);
	packet.ip.ip_dst = packet.of.ip_src = to.sin_addr;
	packet.of.ip_dst = peer->sin_addr;
	packet.udp.source = own.sin_port;
	packet.icmp.un.frag.mtu = htons(mtu);
	for (; word < end; word++)
		sum += *word;
	sum = (sum & 0xffff) + (sum >> 16);
	packet.icmp.checksum = (uint16_t) ~(sum + (sum >> 16));
	assert_int_equal(sendto(raw, &packet, sizeof(packet), 0, (struct sockaddr *)&to, sizeof(to)),
			 sizeof(packet));
	close(raw);
}

static uint64_t one_more(int fd, const struct sockaddr_in *peer)
{
	const struct q_info before = bed_info(fd);

	assert_int_equal(qsendto(fd, big, 1472, 0, (const struct sockaddr *)peer, sizeof(*peer), NULL), 1472);
	return sent_bytes(fd, before.sent + 1) - before.sent_bytes;
}

/* A router says that the way takes less: the kernel learns it without a word to us. A sender that goes on as
 * before would send, with DF, into nothing. */
static void test_path_mtu_learnt(void **state)
{
	struct sockaddr_in peer = far_away();
	int fd = make(AF_INET), i;

	(void)state;
	bed_run("ip route add 10.79.0.0/24 via 10.77.0.2; sysctl -qw net.ipv4.conf.lo.rp_filter=0 "
		"net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.lo.accept_local=1");
	/* Until all the news of the route are read: from then on there are none. */
	for (i = 0; i < 20; i++) {
		assert_int_equal(one_more(fd, &peer), ETHERNET + IPV4_UDP + 1472);
		usleep(10000);
	}
	icmp_too_big(fd, &peer, 1000);
	bed_until(one_more(fd, &peer) > ETHERNET + IPV4_UDP + 1472);
	bed_run("ip route del 10.79.0.0/24");
	assert_int_equal(qclose(fd), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_is_this_host), cmocka_unit_test(test_no_family),
		cmocka_unit_test(test_errors_asked_for), cmocka_unit_test(test_parts),
		cmocka_unit_test(test_no_port_left),	 cmocka_unit_test(test_path_mtu_by_option),
		cmocka_unit_test(test_tiny_mtu),	 cmocka_unit_test(test_path_mtu_learnt),
	};

	bed_start("dwcs", "rate=1gbit,twin=qs0,linger=200ms");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
