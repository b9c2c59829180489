/* SPDX-License-Identifier: BSD-3-Clause */
/* What the application's thread does: packets into its lane, as many as the socket has credit for. */
#include <rte_prefetch.h>

#include "core/qs_port.h"
#include "core/qs_send.h"
#include "core/qs_thread.h"
#include "eal/qs_wait.h"

/* A packet at a slot, and what its socket's slots say. As a rule that is all. */
static __rte_always_inline void slot_fill(struct qs_slot *slot, struct rte_mbuf *m, uint32_t what,
					  const struct qs_lane *lane, uint64_t meta_flag)
{
	slot->cookie = (uintptr_t)m;
	slot->len_bytes = m->pkt_len;
	slot->what = what;
	if (unlikely(m->pkt_len - QS_FRAME_MIN_BYTES >= lane->plain_lengths || m->ol_flags & meta_flag))
		qs_slot_other(slot, m, lane->max_frame_bytes);
}

/* Packets that the socket may still put: exact if less than want, else at least want. */
static inline uint32_t socket_credit(struct rte_qsock *qs, uint32_t want)
{
	uint32_t credit = __atomic_load_n(&qs->credit, __ATOMIC_RELAXED);
	uint32_t used = (uint32_t)qs->put - qs->left_seen;

	if (unlikely(used + want > credit)) {
		qs->left_seen = (uint32_t)__atomic_load_n(&qs->tx->left, __ATOMIC_ACQUIRE);
		used = (uint32_t)qs->put - qs->left_seen;
	}
	return used < credit ? credit - used : 0;
}

static void refuse(struct rte_qsock *qs, uint32_t n)
{
	if (qs->drop_when_full)
		qs_socket_put_drop(qs, n);
	else
		qs_socket_refuse(qs, n);
}

/* Packets at a lane's position, not published yet. */
static void lane_fill(struct qs_lane *lane, struct rte_mbuf **pkts, uint32_t n, uint32_t what)
{
	const uint64_t meta_flag = rte_qsock_meta_dynflag;
	uint32_t pos = (uint32_t)lane->put.pos, row, i;

	for (; n > 0; n -= row, pkts += row, pos += row) {
		struct qs_slot *slot = qs_ring_at(&lane->put, pos);

		row = qs_ring_row(&lane->put, pos, n);
		for (i = 0; i < row; i++)
			slot_fill(&slot[i], pkts[i], what, lane, meta_flag);
	}
}

static __rte_noinline uint16_t lane_burst(struct rte_qsock *qs, struct qs_lane *lane, struct rte_mbuf **pkts,
					  uint16_t n)
{
	uint32_t room = RTE_MIN(qs_ring_room(&lane->put, &lane->take, n), socket_credit(qs, n));
	uint16_t take = (uint16_t)RTE_MIN(room, n);

	lane_fill(lane, pkts, take, qs->what);
	/* Counted before it can be seen, so that nothing ends that was not put. */
	__atomic_store_n(&qs->put, qs->put + take, __ATOMIC_RELAXED);
	qs_ring_put(&lane->put, take);
	qs_idle_told(lane->idle);
	qs->lane_pos = lane->put.pos;
	if (unlikely(take < n))
		refuse(qs, n - take);
	return take;
}

/*
 * One packet, where room need not be looked for. It is filled in at pos and not published.
 * @return whether so
 */
static __rte_always_inline bool lane_quick(struct rte_qsock *qs, struct qs_lane *lane, uint64_t pos,
					   struct rte_mbuf *m)
{
	if (unlikely(!qs_send_room(qs, lane, pos)))
		return false;
	slot_fill(qs_ring_at(&lane->put, (uint32_t)pos), m, qs->what, lane, rte_qsock_meta_dynflag);
	qs_send_count(qs, pos);
	return true;
}

/*
 * The socket's packets go on in this lane. What is still in the old one comes first, if any: an entry says
 * so. @return whether there was room for it
 */
static bool lane_join(struct rte_qsock *qs, struct qs_lane *lane)
{
	const struct qs_lane *old = qs->lane;
	struct qs_slot *slot;

	if (old != NULL && old != lane &&
	    (int64_t)(qs->lane_pos - __atomic_load_n(&old->take, __ATOMIC_ACQUIRE)) > 0) {
		if (qs_ring_room(&lane->put, &lane->take, 2) < 2)
			return false;
		slot = qs_ring_at(&lane->put, (uint32_t)lane->put.pos);
		slot->pos = qs->lane_pos;
		slot->ring = old->index;
		slot->what = QS_SLOT_AFTER;
		qs_ring_put(&lane->put, 1);
	}
	qs->lane = lane;
	return true;
}

static void lane_lock(struct qs_lane *lane)
{
	if (lane->thread == QS_LANE_ANYBODY)
		qs_spin_lock(&lane->lock);
}

static void lane_unlock(struct qs_lane *lane)
{
	if (lane->thread == QS_LANE_ANYBODY)
		rte_spinlock_unlock(&lane->lock);
}

/* Into that lane, which need not be where the socket's packets went before. */
static uint16_t lane_join_burst(struct rte_qsock *qs, struct qs_lane *lane, struct rte_mbuf **pkts,
				uint16_t n)
{
	uint16_t taken;

	if (qs_socket_wake(qs) != 0 || !lane_join(qs, lane)) {
		refuse(qs, n);
		return 0;
	}
	taken = lane_burst(qs, lane, pkts, n);
	if (taken > 0)
		qs->what &= ~(uint32_t)QS_SLOT_NEW;
	else if (qs->what & QS_SLOT_NEW)
		qs->lane = NULL; /* the first one is still to come */
	return taken;
}

/* Into the calling thread's lane, or the one that it shares. */
static uint16_t own_burst(struct rte_qsock *qs, struct rte_mbuf **pkts, uint16_t n)
{
	struct qs_lane *lane = qs_lane_own(qs->port);
	uint16_t taken;

	if (lane == NULL) {
		refuse(qs, n);
		return 0;
	}
	lane_lock(lane);
	taken = lane_join_burst(qs, lane, pkts, n);
	lane_unlock(lane);
	return taken;
}

static inline bool socket_moves(const struct rte_qsock *qs)
{
	return __atomic_load_n(&qs->moving, __ATOMIC_ACQUIRE) == QS_SOCKET_MOVING;
}

/* The socket is on its way from port to port: its packets wait, unless it has arrived. @return whether so */
static bool waiting_burst(struct rte_qsock *qs, struct rte_mbuf **pkts, uint16_t n, uint16_t *taken)
{
	struct qs_lane *waiting = qs_socket_port(qs)->lanes.lane[QS_LANES];
	bool moving;

	qs_spin_lock(&waiting->lock);
	moving = socket_moves(qs);
	if (moving)
		*taken = lane_join_burst(qs, waiting, pkts, n);
	rte_spinlock_unlock(&waiting->lock);
	return moving;
}

/*
 * A socket that may be moved under its sender's hands: the sender says when it looks at where the socket is,
 * and the mover waits until it does not. The barrier between the two accesses is the mover's.
 */
static uint16_t mobile_burst(struct rte_qsock *qs, struct rte_mbuf **pkts, uint16_t n)
{
	struct qs_lane *lane;
	uint16_t taken;

	for (;;) {
		__atomic_store_n(&qs->sending, 1, __ATOMIC_RELAXED);
		rte_compiler_barrier();
		if (likely(!socket_moves(qs)))
			break;
		__atomic_store_n(&qs->sending, 0, __ATOMIC_RELEASE);
		if (waiting_burst(qs, pkts, n, &taken))
			return taken;
	}
	lane = qs->lane;
	if (unlikely(lane == NULL || lane->thread != (qs_thread_id | QS_LANE_MOBILE))) {
		taken = own_burst(qs, pkts, n);
	} else if (n == 1 && likely(lane_quick(qs, lane, lane->put.pos, pkts[0]))) {
		qs_ring_put(&lane->put, 1);
		qs_idle_told(lane->idle);
		taken = 1;
	} else {
		taken = lane_burst(qs, lane, pkts, n);
	}
	__atomic_store_n(&qs->sending, 0, __ATOMIC_RELEASE);
	return taken;
}

void qs_lane_divert(struct rte_qsock *qs, struct qs_lane *lane)
{
	qs_spin_lock(&lane->lock);
	if (qs->lane != lane && lane_join(qs, lane))
		qs->lane_pos = lane->put.pos;
	rte_spinlock_unlock(&lane->lock);
}

/* Another thread sent on this socket before, or none, or this one shares its lane, or the socket may move. */
static __rte_noinline uint16_t burst_elsewhere(struct rte_qsock *qs, struct rte_mbuf **pkts, uint16_t n)
{
	return qs->moving != QS_SOCKET_FIXED ? mobile_burst(qs, pkts, n) : own_burst(qs, pkts, n);
}

uint16_t rte_qsock_tx_burst(struct rte_qsock *qs, struct rte_mbuf **pkts, uint16_t n)
{
	struct qs_lane *lane = qs->lane;

	if (unlikely(lane == NULL || lane->thread != qs_thread_id))
		return burst_elsewhere(qs, pkts, n);
	if (n == 1 && likely(lane_quick(qs, lane, lane->put.pos, pkts[0]))) {
		qs_ring_put(&lane->put, 1);
		qs_idle_told(lane->idle);
		return 1;
	}
	return lane_burst(qs, lane, pkts, n);
}

/* Sockets fetched ahead: in a row without work between, fetches wait for each other's addresses. */
#define SCATTER_AHEAD 16u

/* Packets to sockets that have this lane, up to the first that is not quick, published together. */
static inline uint16_t scatter_quick(struct qs_lane *lane, struct rte_qsock **qs, struct rte_mbuf **pkts,
				     uint16_t n)
{
	uint64_t pos = lane->put.pos;
	uint16_t i;

	for (i = 0; i < n; i++) {
		if (i + SCATTER_AHEAD < n)
			rte_prefetch0_write(qs[i + SCATTER_AHEAD]);
		if (unlikely(qs[i]->lane != lane || !lane_quick(qs[i], lane, pos + i, pkts[i])))
			break;
	}
	qs_ring_put(&lane->put, i);
	qs_idle_told(lane->idle);
	return i;
}

uint16_t rte_qsock_tx_scatter(struct rte_qsock **qs, struct rte_mbuf **pkts, uint16_t n)
{
	struct qs_lane *lane;
	uint16_t i, refused = 0;

	if (unlikely(n == 0))
		return 0;
	for (i = 0; i < RTE_MIN(n, SCATTER_AHEAD); i++)
		rte_prefetch0_write(qs[i]);
	lane = qs_lane_own(qs_socket_port(qs[0]));
	if (unlikely(lane != NULL && lane->thread != qs_thread_id))
		lane = NULL; /* it takes a lock, or its sockets may move */
	for (i = 0; i < n; i++) {
		if (likely(lane != NULL))
			i += scatter_quick(lane, &qs[i], &pkts[i], n - i);
		if (i == n || rte_qsock_tx_burst(qs[i], &pkts[i], 1) == 1)
			continue;
		qs[refused] = qs[i];
		pkts[refused++] = pkts[i];
	}
	return refused;
}

uint32_t rte_qsock_tx_room(const struct rte_qsock *qs)
{
	struct qs_lane *lane = qs_lane_own(qs_socket_port(qs));
	uint32_t room;

	if (lane == NULL || qs_socket_wake((struct rte_qsock *)(uintptr_t)qs) != 0)
		return 0;
	lane_lock(lane);
	room = qs_ring_free(&lane->put, &lane->take);
	lane_unlock(lane);
	/* One entry may have to say where the socket's packets were before. */
	if (lane != qs->lane)
		room -= RTE_MIN(room, 1u);
	return RTE_MIN(room, qs_socket_room(qs));
}
