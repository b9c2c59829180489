/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Lanes: how packets get from the threads that send to the TX core. Each thread has one lane on a port, a
 * ring for all the sockets that it sends on; so a packet costs the TX core a quarter of a cache line,
 * whichever socket it belongs to, and a socket needs no ring of its own.
 *
 * A socket's packets stay in order though it is handed from thread to thread: its first packet in another
 * lane is preceded by an entry that says up to where the old one comes first.
 *
 * A thread is known by its kernel id. The lane of one that has ended goes to the next thread that needs one;
 * where all are in use the rest of the threads share the last one, under a lock.
 */
#ifndef QS_LANE_H
#define QS_LANE_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>
#include <rte_spinlock.h>

#include "core/qs_ring.h"

struct qs_idle;
struct rte_qsock;
struct rte_qsock_port;

#define QS_LANES 64u
#define QS_LANE_SHARED (QS_LANES - 1)
#define QS_LANE_ANYBODY UINT32_MAX	   /* no thread has this id */
#define QS_LANE_MOBILE (UINT32_C(1) << 30) /* above any thread's id: its sockets may be on the move */
#define QS_LANE_ENTRIES_MIN 1024u
#define QS_LANE_ENTRIES_MAX 16384u

struct qs_lane {
	struct qs_ring_put put __rte_cache_aligned;
	uint32_t thread;		   /* whose it is, with its port's mark; QS_LANE_ANYBODY: shared */
	uint32_t max_frame_bytes;	   /* constant, of the port: here it is in the cache */
	uint32_t plain_lengths;		   /* constant: so many from QS_FRAME_MIN_BYTES on fit unpadded */
	uint32_t index;			   /* constant */
	struct qs_idle *idle;		   /* constant, the port's */
	rte_spinlock_t lock;		   /* of the shared one */
	uint64_t take __rte_cache_aligned; /* [tx] */
};

/** A port's lanes. */
struct qs_lanes {
	uint32_t count; /* so many are to be looked at; grows */
	rte_spinlock_t lock;
	uint32_t entries; /* constant: of each */
	uint32_t turn;	  /* [tx] which one comes first */
	uint32_t mark;	  /* constant: QS_LANE_MOBILE or 0 */
	struct qs_lane
		*lane[QS_LANES + 1]; /* the last one is what waits while a socket moves: qs_migrate.h */
};

/** Set up; lanes are made when threads first send. [ctl] */
void qs_lanes_init(struct qs_lanes *lanes, uint32_t max_packets);

/** How many entries a lane has, of a port with so many packets. */
uint32_t qs_lane_entries(uint32_t max_packets);

/** A lane of any thread, under its lock, in no port's round. @return NULL: no memory. [ctl] */
struct qs_lane *qs_lane_waiting(uint32_t entries, uint32_t max_frame_bytes, struct qs_idle *idle, int node);

/**
 * A socket's packets go on in that lane, of any thread: what is in its old one comes first. There is room.
 * [app]
 */
void qs_lane_divert(struct rte_qsock *qs, struct qs_lane *lane);

/** Free them. [ctl] */
void qs_lanes_free(struct qs_lanes *lanes);

/**
 * The calling thread's lane on the port, made if it is new. [app]
 * @return NULL: no memory
 */
struct qs_lane *qs_lane_own(struct rte_qsock_port *port);

/** Whether there is anything to take. [tx] */
static inline bool qs_lanes_any(const struct qs_lanes *lanes)
{
	uint32_t i, n = __atomic_load_n(&lanes->count, __ATOMIC_ACQUIRE);

	for (i = 0; i < n; i++)
		if (qs_ring_end(&lanes->lane[i]->put) != lanes->lane[i]->take)
			return true;
	return false;
}

#endif
