/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Waiting for room in a socket's queue: blocked senders, and the eventfd of qpollfd(). The keeper thread
 * looks for room while anybody waits, so the TX core makes no system call.
 */
#ifndef QS_ROOM_H
#define QS_ROOM_H

#include <stdbool.h>
#include <stdint.h>

#include "bsd/qs_patience.h"

#ifdef __cplusplus
extern "C" {
#endif

#define QS_ROOM_LOOK_NS UINT64_C(250000) /* between two looks */

#define QS_ROOM_WAITING_MAX                                                                                  \
	256u			/* of a socket's packets that wait for a neighbour: then its queue is full   \
				 */
#define QS_ROOM_NEIGH_MAX 1024u /* of all sockets' that wait for one */

struct rte_qsock;
struct qs_bsd_sock;

/**
 * The queue of qs, which was fd's, is full: wait for room as the descriptor's mode says. No lock is held.
 * [any]
 * @return 0: look again; -EAGAIN, -EINTR
 */
int qs_room_wait(struct qs_bsd_sock *s, struct rte_qsock *qs, int fd, int flags,
		 struct qs_patience *patience);

/** The eventfd of a socket, made at the first call. Control is held. @return it; negative errno. [ctl] */
int qs_room_fd(struct qs_bsd_sock *s);

/** The socket is detached: nobody looks for room any more, and its eventfd is closed. Control is held. [ctl]
 */
void qs_room_forget(struct qs_bsd_sock *s);

/** Wake whoever sleeps, to look again. [ctl] */
void qs_room_wake(struct qs_bsd_sock *s);

/** Look for room. @return when to call again, CLOCK_MONOTONIC ns; UINT64_MAX: when somebody waits. [keeper]
 */
uint64_t qs_room_look(uint64_t now_ns);

#ifdef __cplusplus
}
#endif
#endif
