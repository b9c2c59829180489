/* SPDX-License-Identifier: BSD-3-Clause */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "kernel_bed.h"

static int here, there;
static char discipline_now[IFNAMSIZ];

static int net_open(void)
{
	return open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
}

void kbed_start(void)
{
	bed_namespace();
	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", "/run", "tmpfs", 0, NULL) < 0)
		exit(1);
	there = net_open();
	if (unshare(CLONE_NEWNET) < 0)
		exit(1);
	here = net_open();
	bed_run("ip link set lo up; ip link add va type veth peer name vb");
	/* The one of before is that of this process's parent's eyes: by descriptor. */
	char line[512];

	snprintf(line, sizeof(line),
		 "sysctl -qw net.ipv6.conf.va.accept_dad=0; ip link set vb netns /proc/%d/fd/%d && "
		 "ip addr add 10.9.0.1/24 dev va && ip addr add fd09::1/64 dev va nodad && "
		 "ethtool -K va tx off gso off tso off gro off >/dev/null 2>&1; ip link set va up",
		 (int)getpid(), there);
	bed_run(line);
	kbed_run_there("sysctl -qw net.ipv6.conf.vb.accept_dad=0; ip addr add 10.9.0.2/24 dev vb && "
		       "ip addr add fd09::2/64 dev vb nodad && "
		       "ethtool -K vb tx off gso off tso off gro off >/dev/null 2>&1; ip link set vb up");
	/* So that no message waits for a neighbour. */
	bed_run("ping -q -c 1 -W 5 10.9.0.2 >/dev/null && ping -q -c 1 -W 5 fd09::2 >/dev/null");
}

void kbed_run_there(const char *command)
{
	if (setns(there, CLONE_NEWNET) < 0)
		exit(1);
	bed_run(command);
	if (setns(here, CLONE_NEWNET) < 0)
		exit(1);
}

void kbed_init(const char *discipline, const char *args)
{
	struct qos_params params = {.dev = KBED_DEV};
	char line[512];

	snprintf(line, sizeof(line), "driver=kernel,%s", args);
	setenv("QSOCK_PORT_ARGS", line, 1);
	strcpy(discipline_now, discipline);
	strcpy(params.name, discipline);
	assert_int_equal(qsockinit(&params), 0);
}

socklen_t kbed_address(int domain, uint16_t port, struct sockaddr_storage *addr)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)addr;
	struct sockaddr_in *in = (struct sockaddr_in *)addr;

	memset(addr, 0, sizeof(*addr));
	addr->ss_family = (sa_family_t)domain;
	in6->sin6_port = htons(port);
	if (domain == AF_INET6) {
		inet_pton(AF_INET6, "fd09::2", &in6->sin6_addr);
		return sizeof(*in6);
	}
	inet_pton(AF_INET, "10.9.0.2", &in->sin_addr);
	return sizeof(*in);
}

int kbed_receiver(int domain, int type, uint16_t port)
{
	int on = 1, bytes = 16 << 20, fd;
	struct sockaddr_storage addr;
	socklen_t len = kbed_address(domain, port, &addr);

	assert_int_equal(setns(there, CLONE_NEWNET), 0);
	fd = socket(domain, type | SOCK_CLOEXEC, 0);
	assert_int_equal(setns(here, CLONE_NEWNET), 0);
	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (type == SOCK_DGRAM)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, len), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 8), 0);
	return fd;
}

int kbed_socket(int domain, int type, uint16_t port, void *attr)
{
	struct qos_params params = {.dev = KBED_DEV, .attributes = attr};
	struct sockaddr_storage addr;
	socklen_t len = kbed_address(domain, port, &addr);
	int fd;

	strcpy(params.name, discipline_now);
	fd = qsocket(domain, type | SOCK_CLOEXEC, 0, &params);
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&addr, len), 0);
	return fd;
}

struct q_attr_ex kbed_attr(int ipg_ms, int x, int y, uint32_t queue_packets, int flags)
{
	return (struct q_attr_ex){
		.base = {x, y, ipg_ms, flags | Q_ATTR_EX},
		.size = sizeof(struct q_attr_ex),
		.queue_packets = queue_packets,
	};
}

struct q_info kbed_info(int fd)
{
	struct q_info i = {.size = sizeof(i)};

	assert_int_equal(qinfo(fd, &i), 0);
	assert_string_equal(i.driver, "kernel");
	assert_int_equal(i.offered, i.refused + i.queue_drop + i.accepted);
	assert_int_equal(i.accepted, i.sent + i.late_drop + i.frame_drop + i.closed + i.neigh_drop +
					     i.tx_error + i.queued);
	assert_int_equal(i.sent, i.met + i.late + i.txtime_drop);
	assert_int_equal(i.missed, i.late + i.late_drop + i.frame_drop + i.txtime_drop);
	assert_int_equal(i.late + i.late_drop, i.late_queue + i.late_stall + i.late_driver);
	return i;
}

struct q_info kbed_drained(int fd)
{
	struct q_info i;
	int tries;

	for (tries = 0; (i = kbed_info(fd)).queued != 0 && tries < 10000; tries++)
		usleep(1000);
	assert_int_equal(i.queued, 0);
	return i;
}
