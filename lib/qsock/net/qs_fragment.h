/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Datagrams of any size: one frame where it fits the MTU, else a train of IP fragments.
 *
 * A train is one packet to the scheduler (RTE_QSOCK_META_TRAIN): m->next links frames, each of
 * them linear with its own pkt_len and nb_segs 1, and meta.frames of the first counts them.
 *
 * librte_ip_frag's fragmenting is not used, only its header layout: for IPv6 it makes segments,
 * which some drivers do not take, and where memory is short it frees what it already took,
 * which only the TX core may do. Here all mbufs are taken at once, or none.
 */
#ifndef QS_FRAGMENT_H
#define QS_FRAGMENT_H

#include <stdint.h>
#include <sys/uio.h>

#include <rte_mbuf.h>
#include <rte_mempool.h>

#include "net/qs_frame.h"

#ifdef __cplusplus
extern "C" {
#endif

#define QS_FRAGMENT_MTU_MIN 68	  /**< IPv4's smallest */
#define QS_FRAGMENT_MTU6_MIN 1280 /**< IPv6's */
#define QS_FRAGMENT_MAX 1366 /**< most frames of a datagram: 65515 bytes in pieces of 48 at an MTU of 68 */

/**
 * Frames that a payload takes at an MTU, headers included. [any]
 *
 * @param mtu_bytes of the IP packet, without Ethernet
 * @return 1: it fits; more: fragments; 0: larger than the family's largest datagram, or the MTU is too small
 */
uint16_t qs_fragment_count(const struct qs_frame *f, uint32_t payload_bytes, uint16_t mtu_bytes);

/**
 * Make a datagram of what iov gathers: a frame, or a train. [app]
 *
 * An IPv4 datagram in fragments has no DF bit, whatever the flow says: who must not fragment asks
 * qs_fragment_count() before. Its checksum, over the whole datagram, is made here.
 *
 * @param pool with a data room of at least RTE_PKTMBUF_HEADROOM + mtu_bytes
 * @return the packet; NULL: EMSGSIZE larger than the family's largest datagram, ENOBUFS the pool is
 *   empty (nothing was taken from it), EINVAL the MTU or the pool's data room is too small
 */
struct rte_mbuf *qs_datagram_make(struct qs_frame *f, struct rte_mempool *pool, const struct iovec *iov,
				  int iov_count, uint16_t mtu_bytes);

/** Write the next hop, and the interface's own address, into a frame, or into each of a train. [any] */
void qs_datagram_macs_set(struct rte_mbuf *m, const struct rte_ether_addr *dst,
			  const struct rte_ether_addr *src);

/** An identification for fragments from src to dst, as apart as its 16 (IPv6: 32) bits allow. [any] */
uint32_t qs_fragment_id(const struct in6_addr *src, const struct in6_addr *dst, uint8_t family);

#ifdef __cplusplus
}
#endif
#endif
