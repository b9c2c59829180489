/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * A socket, and what the other layers of the library may know of it: its user's pointer, and how full its
 * ring is.
 */
#ifndef QS_SOCKET_H
#define QS_SOCKET_H

#include <rte_common.h>

#include "core/qs_ring.h"
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
	/* Written by [app]; the TX core reads put and clears announced. */
	struct qs_ring_put put __rte_cache_aligned;
	uint64_t refused;
	uint64_t put_drop;
	struct rte_qsock_port *port; /* constant */
	uint32_t id;		     /* constant */
	uint8_t announced;
	bool drop_when_full; /* constant */
	struct qs_slot near[QS_RING_NEAR] __rte_cache_aligned;

	/* Written by [tx]; producers read take. A packet sent on time needs no other line. */
	uint64_t take __rte_cache_aligned; /* packets ever taken from the ring */
	uint64_t on_time;
	uint64_t sent_bytes;
	uint64_t rate_next_ns; /* no mark before this */
	struct qs_socket_obs *obs;
	uint32_t queued;     /* in the discipline */
	uint32_t pending;    /* decided, and not taken by the driver */
	uint32_t limit;	     /* of queued */
	uint32_t violations; /* so far, as last told, modulo 2^32 */
	uint8_t state;	     /* enum qs_socket_state; FREE and OPENING are set by [ctl] */
	bool blocked;	     /* has packets in its ring and no room in its queue */
	bool bounded;	     /* has a limit in time */

	/* [tx], less often */
	uint64_t queued_bytes __rte_cache_aligned; /* on the wire, of a bounded socket */
	uint64_t limit_ns;
	uint64_t late;
	uint64_t late_drop;
	uint64_t frame_drop;
	uint64_t relative_ns; /* edf: the deadline of packets without their own, from their arrival */
	struct qs_rare_ends rare;
	struct qs_offers base;
	struct qs_rate rate;
	uint64_t close_at_ns;
	uint32_t next;	  /* in the list of closing or of dead sockets; id + 1, 0 ends it */
	bool removed;	  /* the discipline does not know it any more */
	uint32_t waiting; /* accepted, and not yet put: no neighbour. Several threads */

	/* [ctl] */
	uint32_t hash_next; /* id + 1 */
	char name[RTE_QSOCK_NAMESIZE];
	uint64_t linger_ns;
	void *user;
};

/** Whatever another layer wants to find again. [ctl] */
static inline void qs_socket_user_set(struct rte_qsock *qs, void *user)
{
	qs->user = user;
}

/** [any] */
static inline void *qs_socket_user(const struct rte_qsock *qs)
{
	return qs->user;
}

/** [any] */
static inline struct rte_qsock_port *qs_socket_port(const struct rte_qsock *qs)
{
	return qs->port;
}

/** The stream's id on its port. [any] */
static inline uint32_t qs_socket_id(const struct rte_qsock *qs)
{
	return qs->id;
}

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

/** Packets in the ring, from any thread: a figure that may be a moment old. [any] */
static inline uint32_t qs_socket_ring_used(const struct rte_qsock *qs)
{
	uint64_t take = __atomic_load_n(&qs->take, __ATOMIC_ACQUIRE);

	return (uint32_t)(__atomic_load_n(&qs->put.pos, __ATOMIC_ACQUIRE) - take);
}

/** Free entries of the ring, from any thread. [any] */
static inline uint32_t qs_socket_room(const struct rte_qsock *qs)
{
	uint32_t used = qs_socket_ring_used(qs), size = qs->put.mask + 1;

	return used < size ? size - used : 0;
}

/** The link's rate in bit/s. [any] */
uint64_t qs_port_rate_bps(const struct rte_qsock_port *port);

/** The largest frame that the egress takes. [any] */
uint32_t qs_port_max_frame_bytes(const struct rte_qsock_port *port);

#endif
