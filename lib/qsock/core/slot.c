/* SPDX-License-Identifier: BSD-3-Clause */
/* What a lane's entry says of a packet that is not a plain one. */
#include <rte_ether.h>

#include "core/qs_send.h"

/* A frame on the wire: what is shorter is padded. */
static inline uint32_t frame_bytes(const struct rte_mbuf *m)
{
	return RTE_MAX(m->pkt_len, QS_FRAME_MIN_BYTES);
}

/* Whether the egress can never send it: less than an Ethernet header, or too long. */
static inline bool frame_unfit(const struct rte_mbuf *m, uint32_t max_frame_bytes)
{
	return m->pkt_len < RTE_ETHER_HDR_LEN || m->pkt_len > max_frame_bytes;
}

/* The frames of a train are counted here, where they are in the cache. */
static void slot_train(struct qs_slot *slot, struct rte_mbuf *first, uint32_t max_frame_bytes)
{
	const struct rte_mbuf *m;
	uint32_t frames = 0;

	slot->len_bytes = 0;
	for (m = first; m != NULL; m = m->next, frames++) {
		slot->len_bytes += frame_bytes(m);
		if (frame_unfit(m, max_frame_bytes) || frames == UINT16_MAX)
			slot->what |= QS_SLOT_UNFIT;
	}
	rte_qsock_meta(first)->frames = (uint16_t)frames;
	slot->cookie |= QS_COOKIE_TRAIN;
	slot->what |= QS_SLOT_TRAIN;
}

/* What the mbuf's field says; a packet whose field contradicts itself is not sent. */
static void slot_meta(struct qs_slot *slot, struct rte_mbuf *m, uint32_t max_frame_bytes)
{
	const uint16_t both = RTE_QSOCK_PKT_DROPPABLE | RTE_QSOCK_PKT_NON_DROPPABLE;
	struct rte_qsock_meta *meta = rte_qsock_meta(m);

	if ((meta->flags & both) == both)
		slot->what |= QS_SLOT_UNFIT;
	meta->stream = QS_SLOT_ID(slot->what);
	slot->what |= (meta->flags & UINT32_C(0xf)) << QS_SLOT_ID_BITS;
	slot->what |= (meta->deadline_ns != 0 ? QS_SLOT_DEADLINE : 0) |
		      (meta->flags & RTE_QSOCK_META_NO_NEIGH ? QS_SLOT_NO_NEIGH : 0);
	if (meta->sent_ns != 0)
		slot->cookie |= QS_COOKIE_STAMP;
	if (meta->flags & RTE_QSOCK_META_TRAIN)
		slot_train(slot, m, max_frame_bytes);
}

void qs_slot_other(struct qs_slot *slot, struct rte_mbuf *m, uint32_t max_frame_bytes)
{
	slot->len_bytes = frame_bytes(m);
	if (frame_unfit(m, max_frame_bytes))
		slot->what |= QS_SLOT_UNFIT;
	if (m->ol_flags & rte_qsock_meta_dynflag)
		slot_meta(slot, m, max_frame_bytes);
}
