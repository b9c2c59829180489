/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The queues of packets that wait for a neighbour, for the files of net/ only. Every function is
 * called with wait_lock held, unless it says otherwise.
 */
#ifndef QS_NEIGH_WAIT_H
#define QS_NEIGH_WAIT_H

#include "net/qs_route_priv.h"

/** Put what waits for a neighbour into its sockets. @return false: a ring is full, the rest still waits.
 * [service] */
bool qs_wait_flush(struct qs_route *rt, const struct qs_neigh_data *data);

/** Pass on, marked, what waits for a neighbour that does not answer. [service] */
void qs_wait_fail(struct qs_route *rt, const struct qs_neigh_key *key);

/** The kernel has forgotten it (NULL: all): ask again for those that wait. [service] */
void qs_wait_renew(struct qs_route *rt, const struct qs_neigh_key *key);

/** The i-th queue, if its neighbour is resolved and a ring was full. [service] */
bool qs_wait_unflushed(const struct qs_route *rt, uint32_t i, struct qs_neigh_data *data);

/** Fail what has waited for too long. @return when to look again. Takes the lock. [service] */
uint64_t qs_wait_expire(struct qs_route *rt, uint64_t now_ns);

#endif
