/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * One frame that the library itself has just made, into the lane: in line, and with nothing of it read
 * again. What is not quickly done rte_qsock_tx_burst() does.
 */
#ifndef QS_SEND_H
#define QS_SEND_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_branch_prediction.h>
#include <rte_common.h>

#include "core/qs_idle.h"
#include "core/qs_lane.h"
#include "core/qs_socket.h"
#include "core/qs_thread.h"

/**
 * Say of a packet in its slot what there is to say beside its mbuf and socket: it is padded, or does not fit,
 * or its field says something. [app]
 */
void qs_slot_other(struct qs_slot *slot, struct rte_mbuf *m, uint32_t max_frame_bytes);

/** Whether lane and socket are known to have room at a position. [app] */
static inline bool qs_send_room(const struct rte_qsock *qs, const struct qs_lane *lane, uint64_t pos)
{
	return lane->put.look != (uint32_t)pos &&
	       (uint32_t)qs->put - qs->left_seen < __atomic_load_n(&qs->credit, __ATOMIC_RELAXED);
}

/** One packet of the socket stands at a position, not published yet. [app] */
static inline void qs_send_count(struct rte_qsock *qs, uint64_t pos)
{
	/* Counted before it can be seen, so that nothing ends that was not put. */
	__atomic_store_n(&qs->put, qs->put + 1, __ATOMIC_RELAXED);
	qs->lane_pos = pos + 1;
}

/**
 * The socket's lane, where the thread may put a frame there at once. [app]
 * @return NULL: rte_qsock_tx_burst() is to look
 */
static inline struct qs_lane *qs_send_lane(const struct rte_qsock *qs)
{
	struct qs_lane *lane = qs->lane;

	if (unlikely(lane == NULL || lane->thread != qs_thread_id || !qs_send_room(qs, lane, lane->put.pos)))
		return NULL;
	return lane;
}

/**
 * Put a frame in the lane that qs_send_lane() told. [app]
 *
 * @param cookie the mbuf, and QS_COOKIE_STAMP if its field has one
 * @param bytes of the frame
 * @param told enum qs_slot_flags and packet flags, as its field says; not a train
 */
static inline void qs_send_put(struct rte_qsock *qs, struct qs_lane *lane, uint64_t cookie, uint32_t bytes,
			       uint32_t told)
{
	uint64_t pos = lane->put.pos;
	struct qs_slot *slot = qs_ring_at(&lane->put, (uint32_t)pos);

	slot->cookie = cookie;
	slot->len_bytes = RTE_MAX(bytes, QS_FRAME_MIN_BYTES);
	slot->what = qs->what | told | (unlikely(bytes > lane->max_frame_bytes) ? QS_SLOT_UNFIT : 0);
	qs_send_count(qs, pos);
	qs_ring_put(&lane->put, 1);
	qs_idle_told(lane->idle);
}

#endif
