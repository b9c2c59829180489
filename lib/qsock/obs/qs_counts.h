/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The ends of packets. In include order below core/, because sockets and ports are made of them.
 *
 * What has left a socket has exactly one end:
 * left - base_left = queue_drop + on_time + late + late_drop + frame_drop + closed + neigh_drop + tx_error.
 * What was put and has not left is queued: in a lane, in the discipline, or decided and not taken by the
 * driver. offered and accepted are not counted but derived from what was put, so that the equations of
 * rte_qsock.h hold in every snapshot, though producers run on.
 */
#ifndef QS_COUNTS_H
#define QS_COUNTS_H

#include <stdint.h>

struct rte_qsock_counts;

/** Ends that many packets have: one cache line together with what goes with them. [tx] */
struct qs_ends {
	uint64_t on_time;
	uint64_t late;
	uint64_t late_drop;
	uint64_t frame_drop;
	uint64_t sent_bytes;
	uint64_t violations; /**< all so far */
};

/** Ends that few packets have. [tx] */
struct qs_rare_ends {
	uint64_t queue_drop; /**< by the TX core: the queue's bytes or packets */
	uint64_t closed;
	uint64_t neigh_drop;
	uint64_t tx_error;
	uint64_t late_stall;  /**< of late and late_drop: put down to a stall, */
	uint64_t late_driver; /**< and to the driver */
	uint64_t base_left;   /**< what had ended before the last reset */
	uint64_t base_violations;
};

/** What producers did: positions and counters of theirs. [app], read by others */
struct qs_offers {
	uint64_t put; /**< ever put into a lane */
	uint64_t refused;
	uint64_t put_drop; /**< refused, and no sender to tell */
};

/** Put a snapshot together. offers->put must have been read after left. [any] */
void qs_counts_fill(struct rte_qsock_counts *c, const struct qs_ends *ends, const struct qs_rare_ends *rare,
		    const struct qs_offers *offers, const struct qs_offers *base, uint64_t left);

#endif
