/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * What the driver asks of the kernel's AF_XDP, behind one table, so that a test stands in for a kernel that
 * lacks a feature. And what Debian 12's headers do not know yet.
 */
#ifndef QS_TXSK_KERNEL_H
#define QS_TXSK_KERNEL_H

#include <sys/socket.h>
#include <sys/types.h>

#include <linux/if_xdp.h>

#ifndef AF_XDP
#define AF_XDP 44
#endif
#ifndef SOL_XDP
#define SOL_XDP 283
#endif
#ifndef SO_BUSY_POLL
#define SO_BUSY_POLL 46
#endif
#ifndef SO_PREFER_BUSY_POLL /* 5.11 */
#define SO_PREFER_BUSY_POLL 69
#define SO_BUSY_POLL_BUDGET 70
#endif
#ifndef XDP_MAX_TX_SKB_BUDGET /* 6.17 */
#define XDP_MAX_TX_SKB_BUDGET 9
#endif

struct qs_txsk_kernel {
	int (*socket)(int domain, int type, int protocol);
	int (*setsockopt)(int fd, int level, int option, const void *value, socklen_t len);
	int (*getsockopt)(int fd, int level, int option, void *value, socklen_t *len);
	int (*bind)(int fd, const struct sockaddr *addr, socklen_t len);
	ssize_t (*kick)(int fd); /**< [tx] the one system call of a TX core */
};

/** The kernel itself. */
extern const struct qs_txsk_kernel qs_txsk_kernel_real;

/** What new egresses use; a test changes it before it makes one. [ctl] */
extern const struct qs_txsk_kernel *qs_txsk_kernel;

#endif
