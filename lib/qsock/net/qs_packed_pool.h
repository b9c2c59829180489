/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * A pool of mbufs without gaps between them, for net_af_xdp.
 *
 * That driver (22.11) lends the kernel the pool's memory, and takes its size for the number of objects
 * times the size of one. But DPDK leaves gaps, so that no object crosses a page: with 4 KiB pages nearly
 * half of an ordinary pool is beyond what was lent, and is silently not sent and not received into
 * when its turn comes, after some ten thousand packets; with 2 MiB pages it is the last few objects.
 */
#ifndef QS_PACKED_POOL_H
#define QS_PACKED_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_mempool.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Make a pool of mbufs as rte_pktmbuf_pool_create_by_ops() does, but without gaps. Not for devices that
 * read memory by physical address: an object may cross pages. [ctl]
 *
 * With net_af_xdp the TX core takes from the receive pool too, for the copies that it sends; "ring_mt_rts" or
 * "lf_stack" keep it from waiting for a thread that was preempted there.
 *
 * @param data_room headroom included; net_af_xdp takes objects of up to a page
 * @param ops       NULL: the default
 * @return the pool; NULL: EINVAL, ENOMEM, EEXIST, as rte_mempool_create_empty() sets them
 */
struct rte_mempool *qs_packed_pool_create(const char *name, uint32_t mbufs, uint32_t cache,
					  uint16_t data_room, int socket_id, const char *ops);

/** Whether a device wants its receive pool so: its driver is net_af_xdp. [ctl] */
bool qs_packed_pool_wanted(uint16_t eth_port_id);

/** Whether a pool has no gaps. [ctl] */
bool qs_packed_pool_is(const struct rte_mempool *pool);

#ifdef __cplusplus
}
#endif
#endif
