/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <semaphore.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "kernel_calls.h"

#define STALL_US 2000
#define ICMP_WAIT_MS 5000

static struct kcalls seen;
static sem_t is_held, go;
static bool hold, midway, no_segment, no_txtime, stall_tai;
static int joined_error;

void kcalls_reset(void)
{
	memset(&seen, 0, sizeof(seen));
}

struct kcalls kcalls_seen(void)
{
	return seen;
}

void kcalls_hold(void)
{
	sem_init(&is_held, 0, 0);
	sem_init(&go, 0, 0);
	__atomic_store_n(&hold, true, __ATOMIC_SEQ_CST);
}

void kcalls_await_held(void)
{
	while (sem_wait(&is_held) < 0)
		continue;
}

void kcalls_let_go(void)
{
	sem_post(&go);
}

void kcalls_let_one_go(void)
{
	__atomic_store_n(&hold, true, __ATOMIC_SEQ_CST);
	sem_post(&go);
}

void kcalls_refuse_midway(bool on)
{
	midway = on;
}

void kcalls_stall_tai(bool on)
{
	stall_tai = on;
}

void kcalls_no_txtime(bool on)
{
	no_txtime = on;
}

void kcalls_no_segment(bool on)
{
	no_segment = on;
}

void kcalls_refuse_joined(int error)
{
	joined_error = error;
}

static int really(int fd, struct mmsghdr *vec, unsigned int n, int flags)
{
	return (int)syscall(SYS_sendmmsg, fd, vec, n, flags);
}

/* As the kernel does where an error of the first comes while it sends: it stops, and tells how far it came
 * only. */
static int refused_midway(int fd, struct mmsghdr *vec, unsigned int n, int flags)
{
	struct pollfd p = {fd, 0, 0};
	int first = really(fd, vec, 1, flags), rest;

	if (first != 1 || n == 1)
		return first;
	poll(&p, 1, ICMP_WAIT_MS);
	rest = really(fd, vec + 1, n - 1, flags);
	return rest < 0 ? 1 : 1 + rest;
}

static int parts_of(const struct mmsghdr *entry)
{
	return entry->msg_hdr.msg_controllen != 0 ? (int)entry->msg_hdr.msg_iovlen : 1;
}

/* In the order in which the kernel took them. */
static void note(const struct mmsghdr *vec, int n)
{
	for (int i = 0; i < n; i++) {
		const struct iovec *iov = vec[i].msg_hdr.msg_iov;

		if (seen.parcels < KCALLS_MAX)
			seen.parts[seen.parcels++] = parts_of(&vec[i]);
		for (int part = 0; part < parts_of(&vec[i]); part++, seen.messages++) {
			if (seen.messages < KCALLS_MAX && iov[part].iov_len >= sizeof(int))
				memcpy(&seen.first[seen.messages], iov[part].iov_base, sizeof(int));
		}
	}
}

int sendmmsg(int fd, struct mmsghdr *vec, unsigned int n, int flags)
{
	int ret;

	if (__atomic_exchange_n(&hold, false, __ATOMIC_SEQ_CST)) {
		sem_post(&is_held);
		while (sem_wait(&go) < 0)
			continue;
	}
	if (seen.sends < KCALLS_MAX)
		seen.entries[seen.sends] = (int)n;
	seen.sends++;
	if (joined_error != 0 && parts_of(vec) > 1) {
		errno = joined_error;
		return -1;
	}
	ret = midway ? refused_midway(fd, vec, n, flags) : really(fd, vec, n, flags);
	note(vec, ret);
	return ret;
}

int clock_gettime(clockid_t clock, struct timespec *ts)
{
	static unsigned int times;
	int ret = (int)syscall(SYS_clock_gettime, clock, ts);

	if (stall_tai && clock == CLOCK_TAI && times++ % 2 != 0)
		usleep(STALL_US);
	return ret;
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	if ((level == IPPROTO_IP && name == IP_RECVERR) || (level == IPPROTO_IPV6 && name == IPV6_RECVERR))
		seen.recverr++;
	if (no_txtime && level == SOL_SOCKET && name == SO_TXTIME) {
		errno = ENOPROTOOPT;
		return -1;
	}
	return (int)syscall(SYS_setsockopt, fd, level, name, value, len);
}

int getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	if (no_segment && level == IPPROTO_UDP && name == UDP_SEGMENT) {
		errno = ENOPROTOOPT;
		return -1;
	}
	return (int)syscall(SYS_getsockopt, fd, level, name, value, len);
}

int getpeername(int fd, struct sockaddr *addr, socklen_t *len)
{
	seen.peers++;
	return (int)syscall(SYS_getpeername, fd, addr, len);
}
