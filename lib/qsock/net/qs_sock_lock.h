/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The lock of a socket that has two producers: its application, and the service thread that brings
 * it what the kernel sent or what waited for a neighbour. A socket of one producer needs none.
 *
 * Held for a ring operation only. Whoever finds it held gives the processor away, since the holder
 * may have lost its own.
 */
#ifndef QS_SOCK_LOCK_H
#define QS_SOCK_LOCK_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

struct rte_mbuf;
struct rte_qsock;

/** Before producing. [app, service] */
void qs_sock_lock(struct rte_qsock *qs);

/** After it. [app, service] */
void qs_sock_unlock(struct rte_qsock *qs);

/** Produce one packet under the lock. @return false: the ring is full, nothing is counted. [app, service] */
bool qs_sock_put(struct rte_qsock *qs, struct rte_mbuf *m);

/**
 * The same for a packet whose sender cannot be told. [service]
 * @return false: the ring is full, and queue_drop counts it; the mbuf is still the caller's
 */
bool qs_sock_put_or_count(struct rte_qsock *qs, struct rte_mbuf *m);

#ifdef __cplusplus
}
#endif
#endif
