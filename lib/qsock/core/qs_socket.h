/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * A socket, and what the other layers of the library may know of it: its name, and how many packets it
 * may still send.
 *
 * A socket lies in three places, by who works on it and since when. There may be a million of them, most of
 * which are at rest: a socket that has never sent has its handle and what [ctl] knows of it, 120 bytes in
 * all; what the TX core counts of it comes when it first sends. All is
 * allocated for a chunk of neighbours at a time, but the line of counters that each packet needs: those stand
 * in one array, close together and without a pointer to look up, because a page of addresses costs as much as
 * a line.
 */
#ifndef QS_SOCKET_H
#define QS_SOCKET_H

#include <rte_common.h>

#include "core/qs_lane.h"
#include "obs/qs_counts.h"
#include "obs/qs_rate.h"
#include "rte_qsock.h"
#include "sched/qs_brief.h"
#include "util/qs_histogram.h"

#define QS_LINGER_MAX_NS UINT64_C(1000000000000)
#define QS_CHUNK 64u /* sockets allocated together */

struct qs_name;

/** Where a socket is in its life. */
enum qs_socket_state {
	QS_SOCKET_FREE,	   /**< its slot is not in use */
	QS_SOCKET_OPENING, /**< [ctl] has it */
	QS_SOCKET_OPEN,
	QS_SOCKET_CLOSING, /**< drains */
	QS_SOCKET_ENDING,  /**< what is left of its queue ends, in steps */
	QS_SOCKET_REMOVED, /**< the discipline does not know it any more */
	QS_SOCKET_DEAD,	   /**< drained; [ctl] may have it back */
};

/** Whether it may move from port to port: see qs_migrate.h. */
enum qs_socket_moving {
	QS_SOCKET_FIXED,
	QS_SOCKET_MOBILE,
	QS_SOCKET_MOVING, /**< its senders are sent elsewhere */
};

/** What many applications want to know and some cannot afford. */
struct qs_socket_obs {
	struct qs_histogram delay;
	struct qs_histogram lateness;
};

/** Its counters: written by [tx]; producers read left. A packet that is sent needs no other line. */
struct qs_socket_tx {
	uint64_t left __rte_cache_aligned; /**< packets that have ended, however */
	uint64_t on_time;
	uint64_t sent_bytes;
	uint64_t rate_next_ns; /**< no mark before this */
	uint64_t late;
	struct qs_socket_obs *obs;
	struct qs_socket_rare *rare; /**< constant; NULL: no socket of the id has sent */
	uint32_t queued;	     /**< of a bounded socket: in the discipline */
	uint8_t rate_newest;	     /**< mark of its rate */
	bool watched; /**< has histograms or a limit in time: its decided packets are looked at */
	bool bounded; /**< has a limit in time */
};

/** What goes with them, less often. [tx] */
struct qs_socket_rare {
	struct qs_rate rate __rte_aligned(16); /**< a mark is on one line */
	uint64_t queued_bytes;		       /**< on the wire, of a bounded socket */
	uint64_t late_drop;
	uint64_t frame_drop;
	struct qs_rare_ends ends;
	uint64_t base_refused; /**< at the last reset */
	uint64_t base_put_drop;
	uint64_t close_at_ns;
};

/** What it was opened with, beside its stream's parameters. */
struct qs_socket_bounds {
	uint64_t linger_ns : 40;
	uint64_t queue_ns : 40;	    /**< what its queue may hold of the link's time; 0: no matter */
	uint64_t ring_packets : 17; /**< 0: the queue's limit */
} __attribute__((packed, aligned(4)));

/** What those need who look after it, whether it sends or not. */
struct qs_socket_ctl {
	uint64_t put_drop;		/**< [app] */
	struct qs_brief conf;		/**< [tx] */
	struct qs_socket_bounds bounds; /**< constant */
	uint32_t next;	  /**< in the list of closing or of dead sockets; id + 1, 0 ends it. [tx] */
	uint32_t waiting; /**< accepted, and not yet put: no neighbour. Several threads */
};

_Static_assert(QS_LINGER_MAX_NS < UINT64_C(1) << 40 && RTE_QSOCK_QUEUE_MAX < 1u << 17, "they fit");

/** The handle: the line that a sender works on. */
struct rte_qsock {
	/* Written by [app], but credit. */
	struct qs_lane *lane __rte_cache_aligned; /* where its packets go; NULL: none yet */
	uint64_t put;				  /* packets ever put */
	uint64_t lane_pos;			  /* of the lane, after the last one */
	uint64_t refused;
	struct qs_socket_tx *tx;     /* NULL: it has never sent */
	struct rte_qsock_port *port; /* constant, but of a mobile one */
	uint32_t left_seen;	     /* left, when last looked at, modulo 2^32 */
	uint32_t credit;	     /* most packets put and not left: [tx] sets it */
	uint32_t what;		     /* of its slots: its id, and QS_SLOT_NEW before it has sent */
	uint8_t slot : 6;	     /* constant: which one of its chunk */
	uint8_t named : 1;	     /* constant: not by its id */
	uint8_t drop_when_full : 1;  /* constant */
	uint8_t state;		     /* enum qs_socket_state; [tx] sets it, FREE and OPENING [ctl] */
	uint8_t moving;		     /* enum qs_socket_moving; [ctl] */
	uint8_t sending;	     /* mobile: its sender looks at where it is */
};

_Static_assert(QS_CHUNK <= 1 << 6, "a slot fits");
_Static_assert(sizeof(struct rte_qsock) == 64 && sizeof(struct qs_socket_tx) == 64, "a line each");
_Static_assert(sizeof(struct qs_socket_rare) == 208, "of one that sends");
_Static_assert(sizeof(struct qs_socket_ctl) == 56, "a million of them");

/** A chunk of handles, and what goes with each. */
struct qs_chunk {
	struct rte_qsock socket[QS_CHUNK];
	struct qs_socket_ctl ctl[QS_CHUNK];
	struct qs_name *names; /**< so many, once one of them has a name; under the port's lock */
};

/** What goes with the counters of a chunk, once one of its sockets has sent. */
struct qs_rare_chunk {
	struct qs_socket_rare rare[QS_CHUNK];
};

/** [any] */
static inline struct qs_socket_ctl *qs_socket_ctl(const struct rte_qsock *qs)
{
	struct qs_chunk *chunk = (struct qs_chunk *)(uintptr_t)(qs - qs->slot);

	return &chunk->ctl[qs->slot];
}

/** [tx] */
static inline struct qs_socket_rare *qs_tx_rare(const struct qs_socket_tx *tx)
{
	return tx->rare;
}

/** Where it is: of a mobile one a figure that may be a moment old. [any] */
static inline struct rte_qsock_port *qs_socket_port(const struct rte_qsock *qs)
{
	return __atomic_load_n(&qs->port, __ATOMIC_RELAXED);
}

/** [any] */
static inline uint32_t qs_socket_id(const struct rte_qsock *qs)
{
	return QS_SLOT_ID(qs->what);
}

/** Its name, which may be made in the buffer. [any], as long as the socket is open */
const char *qs_socket_name(const struct rte_qsock *qs, char own[RTE_QSOCK_NAMESIZE]);

/**
 * Make sure that there is memory for what is counted of it, before its first packet. [app]
 * @return 0; -1: there is none
 */
int qs_socket_wake(struct rte_qsock *qs);

/** Packets of it that have ended; 0 before it sends. [any] */
static inline uint64_t qs_socket_left(const struct rte_qsock *qs)
{
	const struct qs_socket_tx *tx = __atomic_load_n(&qs->tx, __ATOMIC_ACQUIRE);

	return tx != NULL ? __atomic_load_n(&tx->left, __ATOMIC_ACQUIRE) : 0;
}

/**
 * n packets more (or fewer) that are accepted and wait for a neighbour's address before they are put into
 * the ring. They count as offered, accepted and queued. [any]
 */
static inline void qs_socket_waiting_add(struct rte_qsock *qs, int32_t n)
{
	__atomic_fetch_add(&qs_socket_ctl(qs)->waiting, (uint32_t)n, __ATOMIC_RELAXED);
}

/** Packets that wait so. [any] */
static inline uint32_t qs_socket_waiting(const struct rte_qsock *qs)
{
	return __atomic_load_n(&qs_socket_ctl(qs)->waiting, __ATOMIC_RELAXED);
}

/** A packet was dropped for want of room, and there is no sender to tell. [app] */
static inline void qs_socket_put_drop(struct rte_qsock *qs, uint32_t n)
{
	uint64_t *drops = &qs_socket_ctl(qs)->put_drop;

	__atomic_store_n(drops, *drops + n, __ATOMIC_RELAXED);
}

/** Packets were refused, and their sender is told. [app] */
static inline void qs_socket_refuse(struct rte_qsock *qs, uint32_t n)
{
	__atomic_store_n(&qs->refused, qs->refused + n, __ATOMIC_RELAXED);
}

/** What its producers have done. What was put must be read after what has ended. [any] */
static inline struct qs_offers qs_socket_offers(const struct rte_qsock *qs)
{
	return (struct qs_offers){
		.put = __atomic_load_n(&qs->put, __ATOMIC_ACQUIRE),
		.refused = __atomic_load_n(&qs->refused, __ATOMIC_RELAXED),
		.put_drop = __atomic_load_n(&qs_socket_ctl(qs)->put_drop, __ATOMIC_RELAXED),
	};
}

/** Packets put and not ended, from any thread: a figure that may be a moment old. [any] */
static inline uint32_t qs_socket_used(const struct rte_qsock *qs)
{
	uint64_t left = qs_socket_left(qs);

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

#endif
