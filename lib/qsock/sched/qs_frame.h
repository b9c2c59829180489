/* SPDX-License-Identifier: BSD-3-Clause */
/* Which frame an arriving packet belongs to. Frames are numbered, so that neighbours in a queue can be told
 * apart. */
#ifndef QS_FRAME_H
#define QS_FRAME_H

#include "qs_types.h"

static inline uint32_t qs_frame_next(struct qs_cold *cold)
{
	if (++cold->last_frame == 0) /* 0 means none */
		cold->last_frame = 1;
	return cold->last_frame;
}

/* The packet is the first of a frame: it starts one, or no frame is open. */
static inline bool qs_frame_first(const struct qs_cold *cold, const struct rte_qsock_pkt *pkt)
{
	return cold->open_frame == 0 || pkt->flags & RTE_QSOCK_PKT_FRAME_START;
}

/* The packet's frame, 0 for none; the open frame moves on to what the next packet will find. */
static inline uint32_t qs_frame_track(struct qs_stream *st, struct qs_cold *cold,
				      const struct rte_qsock_pkt *pkt)
{
	uint32_t frame;

	if (pkt->flags & RTE_QSOCK_PKT_FRAME_START)
		cold->open_frame = qs_frame_next(cold);
	frame = cold->open_frame;
	if (pkt->flags & RTE_QSOCK_PKT_FRAME_END)
		cold->open_frame = 0;
	st->flags = (st->flags & ~QS_ST_OPEN) | (cold->open_frame != 0 ? QS_ST_OPEN : 0);
	return frame;
}

#endif
