/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * A packet whose field the library itself has just filled in: nothing of it has to be read again.
 */
#ifndef QS_SEND_H
#define QS_SEND_H

#include <stdbool.h>
#include <stdint.h>

struct rte_mbuf;
struct rte_qsock;

/**
 * Put one frame, if it is quickly done: the thread's lane is the socket's, and both are known to have room.
 * [app]
 *
 * @param told enum qs_slot_flags and packet flags of its slot, as its field says, not a train
 * @return false: nothing was done; rte_qsock_tx_burst() does it
 */
bool qs_send_quick(struct rte_qsock *qs, struct rte_mbuf *m, uint32_t told);

#endif
