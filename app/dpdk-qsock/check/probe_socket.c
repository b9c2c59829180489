/* SPDX-License-Identifier: BSD-3-Clause */
/* What sockets can do: set on one that is closed again. */
#include <errno.h>
#include <linux/if_xdp.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "probe.h"

/* Of kernels newer than the headers. */
#ifndef XDP_USE_NEED_WAKEUP
#define XDP_USE_NEED_WAKEUP (1 << 3)
#endif
#ifndef XDP_MAX_TX_SKB_BUDGET
#define XDP_MAX_TX_SKB_BUDGET 9
#endif
#ifndef SO_PREFER_BUSY_POLL
#define SO_PREFER_BUSY_POLL 69
#endif
#define NO_INTERFACE 0x7ffffff0

/* @return a descriptor or a negative errno value */
static int open_socket(int family, int type)
{
	int fd = socket(family, type | SOCK_CLOEXEC, 0);

	return fd < 0 ? -errno : fd;
}

/* Options that a kernel does not know. */
static int meaning(int error)
{
	return error == ENOPROTOOPT || error == EOPNOTSUPP ? -ENOENT : -error;
}

static int try_option(int fd, int level, int option, const void *value, socklen_t len)
{
	int rc = setsockopt(fd, level, option, value, len) == 0 ? 0 : meaning(errno);

	close(fd);
	return rc;
}

int probe_af_xdp(void)
{
	int fd = open_socket(AF_XDP, SOCK_RAW);

	if (fd >= 0)
		close(fd);
	/* Without the right to one it is known to be there. */
	return fd == -EAFNOSUPPORT ? -ENOENT : fd >= 0 || fd == -EPERM ? 0 : fd;
}

/* Flags are looked at before the interface is. */
int probe_need_wakeup(void)
{
	const struct sockaddr_xdp to = {
		.sxdp_family = AF_XDP, .sxdp_flags = XDP_USE_NEED_WAKEUP, .sxdp_ifindex = NO_INTERFACE};
	int fd = open_socket(AF_XDP, SOCK_RAW), error;

	if (fd < 0)
		return fd;
	error = bind(fd, (const struct sockaddr *)&to, sizeof(to)) < 0 ? errno : 0;
	close(fd);
	return error == EINVAL ? -ENOENT : error == ENODEV || error == 0 ? 0 : -error;
}

int probe_busy_poll(void)
{
	int fd = open_socket(AF_INET, SOCK_DGRAM), value, rc;
	socklen_t len = sizeof(value);

	if (fd < 0)
		return fd;
	rc = getsockopt(fd, SOL_SOCKET, SO_PREFER_BUSY_POLL, &value, &len) == 0 ? 0 : meaning(errno);
	close(fd);
	return rc;
}

/* A socket without a ring is told that any budget is too large. */
int probe_tx_budget(void)
{
	int fd = open_socket(AF_XDP, SOCK_RAW), budget = 64, rc;

	if (fd < 0)
		return fd;
	rc = try_option(fd, SOL_XDP, XDP_MAX_TX_SKB_BUDGET, &budget, sizeof(budget));
	return rc == -EACCES ? 0 : rc;
}

int probe_txtime(void)
{
	const struct sock_txtime txtime = {.clockid = CLOCK_MONOTONIC};
	int fd = open_socket(AF_INET, SOCK_DGRAM);

	return fd < 0 ? fd : try_option(fd, SOL_SOCKET, SO_TXTIME, &txtime, sizeof(txtime));
}

int probe_udp_segment(void)
{
	int fd = open_socket(AF_INET, SOCK_DGRAM), bytes = 1200;

	return fd < 0 ? fd : try_option(fd, SOL_UDP, UDP_SEGMENT, &bytes, sizeof(bytes));
}

/* A datagram to ourselves, with a priority that everybody may have. */
int probe_priority_cmsg(void)
{
	struct sockaddr_in self = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec data = {.iov_base = &self, .iov_len = 1};
	struct msghdr msg = {.msg_name = &self,
			     .msg_namelen = sizeof(self),
			     .msg_iov = &data,
			     .msg_iovlen = 1,
			     .msg_control = &control,
			     .msg_controllen = sizeof(control)};
	const int priority = 1;
	int fd = open_socket(AF_INET, SOCK_DGRAM), error;

	if (fd < 0)
		return fd;
	self.sin_port = htons(9);
	memset(&control, 0, sizeof(control));
	control.head.cmsg_level = SOL_SOCKET;
	control.head.cmsg_type = SO_PRIORITY;
	control.head.cmsg_len = CMSG_LEN(sizeof(priority));
	memcpy(CMSG_DATA(&control.head), &priority, sizeof(priority));
	error = sendmsg(fd, &msg, MSG_DONTWAIT) < 0 ? errno : 0;
	close(fd);
	/* The namespace has no route; what comes with a datagram is looked at before. */
	return error == EINVAL ? -ENOENT : 0;
}

int probe_pidfd_getfd(void)
{
	int pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0), fd, error;

	if (pidfd < 0)
		return errno == ENOSYS ? -ENOENT : -errno;
	fd = (int)syscall(SYS_pidfd_getfd, pidfd, pidfd, 0);
	error = fd < 0 ? errno : 0;
	if (fd >= 0)
		close(fd);
	close(pidfd);
	return error == ENOSYS ? -ENOENT : -error;
}
