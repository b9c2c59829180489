/* SPDX-License-Identifier: BSD-3-Clause */
/* What the application's thread does: packets into the ring, and the announcement. */
#include <rte_atomic.h>
#include <rte_ether.h>

#include "core/qs_port.h"
#include "core/qs_thread.h"

/* A frame on the wire: what is shorter is padded. */
static inline uint32_t frame_bytes(const struct rte_mbuf *m)
{
	return RTE_MAX(m->pkt_len, QS_FRAME_MIN_BYTES);
}

/* Whether the egress can never send it: less than an Ethernet header, or too long. One comparison. */
static inline bool frame_unfit(const struct rte_mbuf *m, uint32_t max_frame_bytes)
{
	return m->pkt_len - RTE_ETHER_HDR_LEN > max_frame_bytes - RTE_ETHER_HDR_LEN;
}

/* The frames of a train are counted here, where they are in the cache. */
static void slot_train(struct qs_slot *slot, const struct rte_mbuf *m, uint32_t max_frame_bytes)
{
	uint32_t frames = 0;

	slot->len_bytes = 0;
	for (; m != NULL; m = m->next, frames++) {
		slot->len_bytes += frame_bytes(m);
		if (frame_unfit(m, max_frame_bytes) || frames == UINT16_MAX)
			slot->flags |= QS_SLOT_UNFIT;
	}
	slot->frames = (uint16_t)frames;
	slot->flags |= QS_SLOT_TRAIN;
}

/* What the mbuf's field says; a packet whose field contradicts itself is not sent. */
static void slot_meta(struct qs_slot *slot, struct rte_mbuf *m, const struct rte_qsock *qs)
{
	struct rte_qsock_meta *meta = rte_qsock_meta(m);
	const uint16_t both = RTE_QSOCK_PKT_DROPPABLE | RTE_QSOCK_PKT_NON_DROPPABLE;

	if ((meta->flags & both) == both)
		slot->flags |= QS_SLOT_UNFIT;
	meta->stream = qs->id;
	slot->flags |= meta->flags & QS_SLOT_PKT_FLAGS;
	slot->flags |= (meta->deadline_ns != 0 ? QS_SLOT_DEADLINE : 0) |
		       (meta->sent_ns != 0 ? QS_SLOT_STAMP : 0) |
		       (meta->flags & RTE_QSOCK_META_NO_NEIGH ? QS_SLOT_NO_NEIGH : 0);
	if (meta->flags & RTE_QSOCK_META_TRAIN)
		slot_train(slot, m, qs->port->max_frame_bytes);
}

static inline void slot_fill(struct qs_slot *slot, struct rte_mbuf *m, const struct rte_qsock *qs,
			     uint32_t max_frame_bytes, uint64_t meta_flag)
{
	slot->mbuf = m;
	slot->len_bytes = frame_bytes(m);
	slot->frames = 1;
	slot->flags = frame_unfit(m, max_frame_bytes) ? QS_SLOT_UNFIT : 0;
	if (m->ol_flags & meta_flag)
		slot_meta(slot, m, qs);
}

/* Tell the TX core, unless it knows. Its own thread needs no barrier. */
static inline void announce(struct rte_qsock *qs)
{
	struct rte_qsock_port *port = qs->port;
	bool own = (uint32_t)__atomic_load_n(&port->owner, __ATOMIC_RELAXED) == qs_thread_self();

	/* The entry must be visible before announced is read, as the TX core clears it before it looks. */
	if (!own)
		rte_smp_mb();
	if (__atomic_load_n(&qs->announced, __ATOMIC_RELAXED) != 0)
		return;
	__atomic_store_n(&qs->announced, 1, __ATOMIC_RELAXED);
	if (own)
		qs_ready_set_own(&port->ready, qs->id);
	else
		qs_ready_set(&port->ready, qs->id);
}

static void refuse(struct rte_qsock *qs, uint32_t n)
{
	uint64_t *counter = qs->drop_when_full ? &qs->put_drop : &qs->refused;

	__atomic_store_n(counter, *counter + n, __ATOMIC_RELAXED);
}

uint16_t rte_qsock_tx_burst(struct rte_qsock *qs, struct rte_mbuf **pkts, uint16_t n)
{
	const uint32_t max_frame_bytes = qs->port->max_frame_bytes;
	const uint64_t meta_flag = rte_qsock_meta_dynflag;
	uint16_t i, take;
	uint32_t room;

	/* Both lines of the socket at once, not one after the other. */
	__builtin_prefetch(qs->near, 1);
	room = qs_ring_room(&qs->put, &qs->take, n);
	take = (uint16_t)RTE_MIN(room, n);
	for (i = 0; i < take; i++)
		slot_fill(qs_ring_at(&qs->put, qs->near, (uint32_t)qs->put.pos + i), pkts[i], qs,
			  max_frame_bytes, meta_flag);
	if (likely(i > 0)) {
		qs_ring_put(&qs->put, i);
		announce(qs);
	}
	if (unlikely(i < n))
		refuse(qs, n - i);
	return i;
}

uint32_t rte_qsock_tx_room(const struct rte_qsock *qs)
{
	return qs_socket_room(qs);
}
