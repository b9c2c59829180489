/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Pools that nobody takes packets from any more, while some of theirs are still on their way: a pool must be whole
 * when it goes, and nobody is to wait for that.
 */
#ifndef DQ_POOLS_H
#define DQ_POOLS_H

#include <stdint.h>

#include <rte_mempool.h>

#include "instance.h"

/** Keep a pool until it is whole. NULL is allowed. Without memory for that it stays for good. */
void dq_pools_add(struct dq_list *pools, struct rte_mempool *pool);

/** Move all that from has. */
void dq_pools_move(struct dq_list *pools, struct dq_list *from);

/** Free those that are whole. @return packets of the others that are on their way */
uint32_t dq_pools_reap(struct dq_list *pools);

#endif
