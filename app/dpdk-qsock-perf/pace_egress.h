/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The paced port's egress: it notes when each frame is handed over, and gives it back to the application,
 * which sends it again on the same socket.
 *
 * A frame is due when the modelled link is free for it and its socket's period has begun, whichever is later.
 * The modelled start alone would not do: with catch-up it may lie before the period.
 */
#ifndef PACE_EGRESS_H
#define PACE_EGRESS_H

#include <rte_qsock_egress.h>
#include <rte_ring.h>

#include "perf.h"
#include "util/qs_histogram.h"

#define PACE_STALL_NS 1000u /* a gap in the TX core's loop that is longer is none of its work */
#define PACE_LONG_NS 50000u /* one that cannot be: a round that catches up takes over 1 us, too */

/** What is noted of a socket. */
struct paced {
	uint64_t ipg_ns;
	uint64_t first_ns, last_ns; /**< handed over */
	uint32_t count;
	uint32_t id;
	uint64_t burst; /**< in which it was seen last */
};

/** Of all, while it counts. */
struct pace_counts {
	struct qs_histogram raw, calm, held; /**< calm: outside stalls; held: outside long ones */
	uint64_t first_ns, last_ns, frames, early, in_stalls;
	uint64_t stalls, stalled_ns;
	uint64_t lost_ns;			  /**< of stalls, beyond what catch-up makes up for */
	uint64_t first_behind_ns, last_behind_ns; /**< how late the modelled link was with these frames */
};

struct pace_egress {
	struct rte_qsock_egress head;
	/* Constant while it runs. */
	struct rte_qsock_port *port;
	struct rte_ring *back; /**< to the application */
	struct paced *of;
	uint64_t slot_ns, catchup_ns;
	bool count_only; /**< what is late is of no interest: the frames, when they begin and end, how far
			    behind */
	/* [tx] */
	struct pace_counts counts;
	struct rte_mbuf *sent[PERF_BURST]; /**< to go back together, as an application sends in bursts */
	uint32_t nr_sent;
	uint64_t bursts;
	uint64_t seen_stalls;		    /**< of the port's ledger */
	uint64_t stall_end_ns, long_end_ns; /**< when the last of each kind was over */
	uint32_t phase __rte_cache_aligned; /**< [app]: odd: it shall count */
	bool hold;			    /**< [app]: it shall take nothing */
	uint32_t seen __rte_cache_aligned;  /**< [tx]: of phase */
};

extern const struct rte_qsock_egress_ops pace_egress_ops;

/** How many periods of a socket began after one time and up to another: its grid does not drift. */
int64_t pace_begun(const struct pace_egress *p, const struct paced *of, uint64_t from_ns, uint64_t to_ns);

#endif
