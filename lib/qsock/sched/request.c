/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Frames as requests (unit = frame) in dwcs and vds.
 *
 * The current frame is that of the queue's head, or, where nothing is queued, the open one. MISSED and DIRTY
 * are of the current frame. A frame of which no packet found room in the queue never was a request: as with
 * unit = packet, what the queue refuses leaves the stream clock alone.
 */
#include "qs_clock.h"
#include "qs_queue.h"

static void over(struct rte_qsock_sched *s, uint32_t id)
{
	struct qs_stream *st = &s->streams[id];

	if (!(st->flags & (QS_ST_MISSED | QS_ST_DIRTY)))
		qs_violated(s, id, qs_clock(s)->rules->service(st));
	qs_clock_step(st, 1);
	st->flags &= ~(QS_ST_MISSED | QS_ST_DIRTY);
}

void qs_request_open(struct rte_qsock_sched *s, uint32_t id)
{
	/* OPEN_DIRTY says that no packet of it ever found room: then it was no request. */
	if ((s->streams[id].flags & (QS_ST_OPEN | QS_ST_OPEN_DIRTY)) != QS_ST_OPEN)
		return;
	over(s, id);
}

void qs_request_left(struct rte_qsock_sched *s, uint32_t id, uint32_t frame)
{
	struct qs_stream *st = &s->streams[id];

	if (frame == s->colds[id].open_frame)
		return;
	if (st->head == QS_NIL || s->recs[st->head].frame != frame)
		over(s, id);
}

void qs_request_sent(struct rte_qsock_sched *s, uint32_t id, const struct qs_rec *rec)
{
	if (rec->pkt.flags & QS_REC_DIRTY)
		s->streams[id].flags |= QS_ST_DIRTY;
	qs_request_left(s, id, rec->frame);
}

void qs_request_queue_drop(struct rte_qsock_sched *s, uint32_t id, uint32_t frame)
{
	struct qs_rec *tail = &s->recs[s->streams[id].tail]; /* a full queue has one */

	if (tail->frame == frame)
		tail->pkt.flags |= QS_REC_DIRTY;
	else
		s->streams[id].flags |= QS_ST_OPEN_DIRTY;
}
