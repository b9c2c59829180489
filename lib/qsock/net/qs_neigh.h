/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Neighbours as the kernel has them, and the packets that wait for one.
 *
 * The kernel resolves (ARP, neighbour discovery); a packet whose next hop has no MAC yet waits here,
 * at most so many for each neighbour, in order. When the kernel knows, the service thread writes the
 * MAC into them and puts them into their sockets; when it gives up they go there marked
 * RTE_QSOCK_META_NO_NEIGH, and the TX core counts and frees them. A neighbour is published as
 * resolved only after its waiting packets are in their sockets, so nothing overtakes them: order to
 * one next hop is kept. Packets of the socket to other next hops do not wait.
 */
#ifndef QS_NEIGH_H
#define QS_NEIGH_H

#include <stdint.h>

#include <rte_mbuf.h>

#include "rte_qsock.h"
#include "net/qs_route.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What became of a packet given to qs_neigh_wait(). */
enum qs_neigh_verdict {
	QS_NEIGH_TAKEN,	   /**< it waits, or was passed on marked; it is not the caller's any more */
	QS_NEIGH_RESOLVED, /**< meanwhile there is a MAC: hop has it, the caller sends the packet itself */
	QS_NEIGH_FULL, /**< too many wait, and the socket's ring is full too: the packet stays the caller's */
};

/**
 * Let a packet wait for its next hop, and ask the kernel for it. [app]
 *
 * A socket whose packets can wait has two producers, its application and the service thread: both
 * hold qs_sock_lock() while they produce (see qs_sock_lock.h); not held while this is called.
 *
 * @param hop an answer with resolved false; gets the MAC with QS_NEIGH_RESOLVED
 * @param m   a frame or a train; its destination MAC is written later. Beyond the limit it is passed on
 *   marked at once, and the TX core drops it
 */
enum qs_neigh_verdict qs_neigh_wait(struct qs_route *rt, struct qs_hop *hop, struct rte_qsock *qs,
				    struct rte_mbuf *m);

/** Pass everything of a socket on, marked, before it is closed. [ctl] */
void qs_neigh_forget(struct qs_route *rt, struct rte_qsock *qs);

/** Look after packets that wait. @return when to call again, CLOCK_MONOTONIC ns. [service] */
uint64_t qs_neigh_service(struct qs_route *rt, uint64_t now_ns);

#ifdef __cplusplus
}
#endif
#endif
