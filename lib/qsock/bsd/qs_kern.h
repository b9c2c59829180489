/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * A descriptor with a stream on a port above the kernel's stack.
 *
 * `control` is held by whoever sends, changes or closes; nobody sleeps with it. Sockets are recycled, never
 * freed, so that one may be looked at before its lock is had.
 */
#ifndef QS_KERN_H
#define QS_KERN_H

#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "bsd/qs_attr.h"
#include "bsd/qs_dev.h"
#include "bsd/qs_fdtable.h"
#include "bsd/qs_options.h"
#include "bsd/qs_parts.h"
#include "kernel/qs_kport.h"

#ifdef __cplusplus
extern "C" {
#endif

struct qs_ksock {
	struct qs_fd base;
	pthread_mutex_t control;
	struct qs_kstream *stream; /* NULL: free */
	struct qs_dev *dev;
	int fd;
	struct qs_kind kind;
	struct qs_attr attr;
	bool connected; /* it was, when it was looked at last */
	bool peer_ipv6;
	bool bound;
	struct sockaddr_in6 peer; /* of a Q_FIXED one: it does not change */
	socklen_t peer_len;	  /* 0: it was not looked at */
	struct qs_parts parts;	  /* of the datagram that a call with MSG_MORE began */
	TAILQ_ENTRY(qs_ksock) idle_next;
	SLIST_ENTRY(qs_ksock) all_next;

	pthread_mutex_t room; /* innermost */
	uint32_t room_seq;    /* futex */
	int room_fd;	      /* eventfd of qpollfd(); -1 none */
};

extern const struct qs_fd_ops qs_ksock_ops;

/** Find a descriptor's socket and hold its control. @return NULL: none, and *error says why. [app] */
struct qs_ksock *qs_ksock_hold(int fd, int *error);
void qs_ksock_release(struct qs_ksock *k);

/** Whether the descriptor of one that is held is still that socket: else it is detached and let go. @return
 * 0; -EBADF closed; -EOPNOTSUPP another. [app] */
int qs_ksock_check(struct qs_ksock *k);

/** As qs_sock_attach(). [ctl] */
int qs_ksock_attach(int fd, struct qs_dev *dev, const struct qs_attr *attr);

/** Take the stream off, with control held: what was taken drains. [ctl] */
void qs_ksock_detach(struct qs_ksock *k);

/** Detach those that were closed; with a device, all of it. [ctl] */
void qs_ksock_sweep(const struct qs_dev *all_of);

/** qsendto(). [app] */
ssize_t qs_ksock_send(int fd, const void *buf, size_t len, int flags, const struct sockaddr *addr,
		      socklen_t addrlen, struct packet_flags *pflags);

/** Set or clear the eventfd of qpollfd(). [any] */
void qs_ksock_room_set(struct qs_ksock *k, bool room);

#ifdef __cplusplus
}
#endif
#endif
