/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Pools of packet buffers. They outlive the device that they were made for, because threads keep some of
 * their buffers; the next device that wants such a pool gets it.
 */
#ifndef QS_POOL_H
#define QS_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_mempool.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @param room bytes behind the headroom
 * @param socket_id its node, or SOCKET_ID_ANY
 * @param packed without gaps, as net_af_xdp wants it to receive into
 * @return NULL: no memory. [ctl]
 */
struct rte_mempool *qs_pool_take(uint32_t buffers, uint16_t room, bool packed, int socket_id);

/** NULL is allowed. [ctl] */
void qs_pool_give(struct rte_mempool *pool);

#ifdef __cplusplus
}
#endif
#endif
