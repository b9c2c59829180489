/* SPDX-License-Identifier: BSD-3-Clause */
/* The ends of packets. */
#include "qs_queue.h"

void qs_drop_rec(struct rte_qsock_sched *s, uint32_t i, uint64_t now_ns, uint8_t type)
{
	struct qs_rec *rec = &s->recs[i];
	uint32_t id = rec->stream;
	struct qs_stream *st = &s->streams[id];
	struct rte_qsock_event ev;
	bool late = type == RTE_QSOCK_EV_LATE_DROP || type == RTE_QSOCK_EV_FRAME_DROP;

	late = late || rec->pkt.flags & QS_REC_LATE;
	qs_queue_unlink(s, st, rec);
	qs_event_fill(&ev, s, id, &rec->pkt, rec->seq, now_ns, type, late);
	rec->stream = QS_NIL;
	qs_rec_put(s, i);
	s->on_drop(s->on_drop_arg, &ev);
}

void qs_drop_pkt(struct rte_qsock_sched *s, uint32_t id, const struct rte_qsock_pkt *pkt, uint32_t seq,
		 uint64_t now_ns, uint8_t type)
{
	struct rte_qsock_event ev;

	qs_event_fill(&ev, s, id, pkt, seq, now_ns, type, type == RTE_QSOCK_EV_FRAME_DROP);
	s->on_drop(s->on_drop_arg, &ev);
}

void qs_drop_arrival(struct rte_qsock_sched *s, uint32_t i, uint32_t seq, uint8_t type)
{
	qs_drop_pkt(s, s->recs[i].stream, &s->recs[i].pkt, seq, s->now_ns, type);
	qs_rec_put(s, i);
}

bool qs_fifo_close(struct rte_qsock_sched *s)
{
	for (uint32_t n = QS_CLOSE_MAX; s->fifo_head != QS_NIL; n--) {
		if (!(s->streams[s->recs[s->fifo_head].stream].flags & QS_ST_CLOSING))
			return true;
		if (n == 0)
			return false;
		qs_drop_rec(s, s->fifo_head, s->now_ns, RTE_QSOCK_EV_CLOSED);
	}
	return false;
}

bool qs_queue_offer(struct rte_qsock_sched *s, uint32_t i)
{
	return qs_queue_try(s, i);
}
