/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * A descriptor with a stream.
 *
 * Two locks. `control` is held by whoever reads the kernel socket's options, changes the stream or closes it,
 * and may be held long. qs_sock_lock() of the native socket is held while a packet is made and produced; what
 * senders read is only written with both. Sockets are recycled, never freed, so that a sender may look at one
 * before it has the lock.
 */
#ifndef QS_SOCK_H
#define QS_SOCK_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include <rte_common.h>

#include "bsd/qs_attr.h"
#include "bsd/qs_dest.h"
#include "bsd/qs_fdtable.h"
#include "bsd/qs_options.h"
#include "rte_qsock.h"

#ifdef __cplusplus
extern "C" {
#endif

#define QS_SOCK_DEST_BITS 3u /* destinations kept ready: the peer and eight others */
#define QS_SOCK_DESTS (1u + (1u << QS_SOCK_DEST_BITS))

struct qs_dev;

struct qs_bsd_sock {
	struct qs_fd base;
	/* Read by every sender, written with both locks. */
	struct rte_qsock *qs; /* NULL: free */
	struct qs_dev *dev;
	int fd;
	bool tcp;
	bool fixed;		/* Q_FIXED */
	bool stale;		/* qrefresh(), or a check that failed */
	uint32_t options_seq;	/* destinations made with older ones are not valid */
	uint64_t checked_tsc;	/* when the options were read last ... */
	const void *checked_by; /* ... and by which thread */
	struct qs_dest dest[QS_SOCK_DESTS];

	/* Room: see qs_room.h. */
	uint32_t room_seq; /* futex */
	uint32_t sleepers;
	bool room_wanted; /* the keeper looks for room */
	int room_fd;	  /* eventfd of qpollfd(), used under the lock of rooms; -1 none */
	TAILQ_ENTRY(qs_bsd_sock) room_next;

	/* Under control. */
	pthread_mutex_t control;
	struct qs_kind kind;
	struct qs_options options;
	bool corked;	    /* the kernel has the first parts of a datagram: MSG_MORE */
	uint8_t multicasts; /* QS_MULTICAST4, QS_MULTICAST6: whose options are followed */
	struct qs_attr attr;
	struct qs_end flow_local, flow_peer; /* as the twin was told */
	bool flow_known, flow_dual;	     /* and has it, and for IPv4 beside IPv6 */
	uint64_t kernel_path;
	TAILQ_ENTRY(qs_bsd_sock) next;
} __rte_cache_aligned;

/** The q-calls on a socket of a device that EAL has. */
extern const struct qs_fd_ops qs_sock_ops;

/** @return the descriptor's socket, or NULL. [any] */
static inline struct qs_bsd_sock *qs_sock_get(int fd)
{
	struct qs_fd *s = qs_fd_get(fd);

	return s != NULL && s->ops == &qs_sock_ops ? (struct qs_bsd_sock *)s : NULL;
}

/**
 * Give a descriptor a stream on a device. Its device's lock is held, and nothing stale is in its place. [ctl]
 * @return 0; negative errno as qattach()
 */
int qs_sock_attach(int fd, struct qs_dev *dev, const struct qs_attr *attr);

/**
 * Take the stream off, with control held: senders find it gone, what was accepted drains. The descriptor is
 * left as it is. [ctl]
 */
void qs_sock_detach(struct qs_bsd_sock *s);

/**
 * Find a descriptor's socket and hold its control. [ctl]
 * @return the socket; NULL: none, and *error is -EPERM, -EBADF, -ENOTSOCK or -EOPNOTSUPP
 */
struct qs_bsd_sock *qs_sock_hold(int fd, int *error);

/** Let it go. [ctl] */
void qs_sock_release(struct qs_bsd_sock *s);

/** Why a descriptor has no stream: -EBADF, -ENOTSOCK or -EOPNOTSUPP. [any] */
int qs_sock_why_none(int fd);

/**
 * Read addresses and options again, and have the flow in the twin follow. Control is held. A socket that was
 * closed is detached. [ctl]
 * @return 0; -EBADF the descriptor was closed; -EOPNOTSUPP it is another one now; other errno of
 * getsockname(2)
 */
int qs_sock_refresh(struct qs_bsd_sock *s);

/** qinfo() of a socket of a device that EAL has. @return 0; negative errno. [ctl] */
int qs_sock_info(int fd, struct q_info *info);

/** qsendto() of a socket of a device that EAL has. [app] */
ssize_t qs_sock_send(int fd, const void *buf, size_t len, int flags, const struct sockaddr *addr,
		     socklen_t addrlen, struct packet_flags *pflags);

/** Forget a number that the caller closed and got again. @return 0; -EISCONN it is what it was. [ctl] */
int qs_sock_stale(int fd);

/** Have the twin know the flow as s->options says. Control is held. [ctl] */
void qs_sock_flow_update(struct qs_bsd_sock *s);

/** Have the twin forget it. Control is held. [ctl] */
void qs_sock_flow_remove(struct qs_bsd_sock *s);

/** Call fn for each socket that has a stream, with its control held unless that is busy. [ctl] */
void qs_sock_foreach(void (*fn)(struct qs_bsd_sock *s, void *arg), void *arg);

/** Detach all sockets of a device, or of all where it is NULL, waiting for their control. [ctl] */
void qs_sock_detach_all(const struct qs_dev *dev);

#ifdef __cplusplus
}
#endif
#endif
