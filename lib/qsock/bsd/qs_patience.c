/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <linux/futex.h>

#include "bsd/qs_patience.h"
#include "rte_qsock.h"

#define NS 1000000000u
#define LIMIT_MAX_S                                                                                          \
	INT32_MAX /* 68 years: what is longer is for ever, as for the kernel what it cannot count */

void qs_patience_read(int fd, int flags, struct qs_patience *patience)
{
	struct timeval limit = {0};
	socklen_t len = sizeof(limit);
	uint64_t limit_ns;

	if (patience->known)
		return;
	patience->known = true;
	patience->never = (flags & MSG_DONTWAIT) || (fcntl(fd, F_GETFL) & O_NONBLOCK);
	if (getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, &len) < 0 || limit.tv_sec > LIMIT_MAX_S)
		return;
	limit_ns = (uint64_t)limit.tv_sec * NS + (uint64_t)limit.tv_usec * 1000;
	patience->until_ns = limit_ns == 0 ? 0 : rte_qsock_now_ns() + limit_ns;
}

/* A futex sleeps as send(2) does: a handler with SA_RESTART does not end it, but where there is a time limit.
 */
int qs_patience_sleep(const struct qs_patience *patience, uint32_t *word, uint32_t value)
{
	uint64_t now_ns = patience->until_ns != 0 ? rte_qsock_now_ns() : 0, wait_ns = 0;
	struct timespec ts;

	if (patience->until_ns != 0) {
		if (now_ns >= patience->until_ns)
			return -EAGAIN;
		wait_ns = patience->until_ns - now_ns;
	}
	ts = (struct timespec){(time_t)(wait_ns / NS), (long)(wait_ns % NS)};
	if (syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, wait_ns != 0 ? &ts : NULL, NULL, 0) == 0)
		return 0;
	return errno == EINTR ? -EINTR : errno == ETIMEDOUT ? -EAGAIN : 0;
}

void qs_patience_wake(uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}
