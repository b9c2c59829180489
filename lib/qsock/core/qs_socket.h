/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * A socket, and what the other layers of the library may know of it: its name, and how many packets it
 * may still send.
 */
#ifndef QS_SOCKET_H
#define QS_SOCKET_H

#include <rte_common.h>

#include "core/qs_lane.h"
#include "obs/qs_counts.h"
#include "obs/qs_rate.h"
#include "rte_qsock.h"
#include "util/qs_histogram.h"

/** Where a socket is in its life. */
enum qs_socket_state {
	QS_SOCKET_FREE,	   /**< its slot is not in use */
	QS_SOCKET_OPENING, /**< [ctl] has it */
	QS_SOCKET_OPEN,
	QS_SOCKET_CLOSING, /**< drains */
	QS_SOCKET_DEAD,	   /**< drained; [ctl] may have it back */
};

/** What many applications want to know and some cannot afford. */
struct qs_socket_obs {
	struct qs_histogram delay;
	struct qs_histogram lateness;
};

struct rte_qsock {
	/* Written by [app], but credit. */
	struct qs_lane *lane __rte_cache_aligned; /* where its packets go; NULL: none yet */
	uint64_t put;				  /* packets ever put */
	uint64_t lane_pos;			  /* of the lane, after the last one */
	uint64_t refused;
	uint64_t put_drop;
	struct rte_qsock_port *port; /* constant */
	uint32_t left_seen;	     /* left, when last looked at, modulo 2^32 */
	uint32_t credit;	     /* most packets put and not left: [tx] sets it */
	uint32_t what;		     /* constant, of its slots */
	bool drop_when_full;	     /* constant */

	/* Written by [tx]; producers read left. A packet sent on time needs no other line. */
	uint64_t left __rte_cache_aligned; /* packets that have ended, however */
	uint64_t on_time;
	uint64_t sent_bytes;
	uint64_t rate_next_ns; /* no mark before this */
	struct qs_socket_obs *obs;
	uint32_t id;	 /* constant */
	uint32_t limit;	 /* of packets in its queue */
	uint32_t queued; /* of a bounded socket: in the discipline */
	uint8_t state;	 /* enum qs_socket_state; FREE and OPENING are set by [ctl] */
	bool watched;	 /* has histograms or a limit in time: its decided packets are looked at */
	bool bounded;	 /* has a limit in time */
	bool removed;	 /* the discipline does not know it any more */

	/* [tx], less often */
	uint64_t queued_bytes __rte_cache_aligned; /* on the wire, of a bounded socket */
	uint64_t limit_ns;
	uint64_t late;
	uint64_t late_drop;
	uint64_t frame_drop;
	struct qs_rare_ends rare;
	struct qs_offers base;
	struct qs_rate rate;
	uint64_t close_at_ns;
	uint32_t next;	  /* in the list of closing or of dead sockets; id + 1, 0 ends it */
	uint32_t waiting; /* accepted, and not yet put: no neighbour. Several threads */

	/* [ctl] */
	uint32_t hash_next;    /* id + 1 */
	uint32_t ring_packets; /* as asked for; 0: the queue's limit */
	char name[RTE_QSOCK_NAMESIZE];
	uint64_t linger_ns;
};

/** [any], as long as the socket is open */
static inline const char *qs_socket_name(const struct rte_qsock *qs)
{
	return qs->name;
}

/**
 * n packets more (or fewer) that are accepted and wait for a neighbour's address before they are put into
 * the ring. They count as offered, accepted and queued. [any]
 */
static inline void qs_socket_waiting_add(struct rte_qsock *qs, int32_t n)
{
	__atomic_fetch_add(&qs->waiting, (uint32_t)n, __ATOMIC_RELAXED);
}

/** Packets that wait so. [any] */
static inline uint32_t qs_socket_waiting(const struct rte_qsock *qs)
{
	return __atomic_load_n(&qs->waiting, __ATOMIC_RELAXED);
}

/** Packets put and not ended, from any thread: a figure that may be a moment old. [any] */
static inline uint32_t qs_socket_used(const struct rte_qsock *qs)
{
	uint64_t left = __atomic_load_n(&qs->left, __ATOMIC_ACQUIRE);

	return (uint32_t)(__atomic_load_n(&qs->put, __ATOMIC_RELAXED) - left);
}

/** Packets that it has credit for, from any thread. [any] */
static inline uint32_t qs_socket_room(const struct rte_qsock *qs)
{
	uint32_t used = qs_socket_used(qs), credit = __atomic_load_n(&qs->credit, __ATOMIC_RELAXED);

	return used < credit ? credit - used : 0;
}

/** The link's rate in bit/s. [any] */
uint64_t qs_port_rate_bps(const struct rte_qsock_port *port);

/** The largest frame that the egress takes. [any] */
uint32_t qs_port_max_frame_bytes(const struct rte_qsock_port *port);

#endif
