/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * What every driver does with frames, and counts.
 */
#ifndef QS_EGRESS_FRAMES_H
#define QS_EGRESS_FRAMES_H

#include "rte_qsock_egress.h"

/** A frame that can never be sent: freed, counted, and told by an empty place. [tx] */
static inline void qs_frame_fail(struct rte_qsock_egress *e, struct rte_mbuf **m)
{
	rte_pktmbuf_free(*m);
	*m = NULL;
	e->tx_error_frames++;
}

/** Add to a counter that one thread writes and others read. */
static inline void qs_frames_count(uint64_t *counter, uint64_t n)
{
	__atomic_store_n(counter, *counter + n, __ATOMIC_RELAXED);
}

/** Bytes that a rate takes in a time. [any] */
static inline uint64_t qs_frames_bytes(uint64_t rate_bps, uint64_t ns)
{
	return (uint64_t)((unsigned __int128)rate_bps * ns / (8 * UINT64_C(1000000000)));
}

#endif
