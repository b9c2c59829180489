/* SPDX-License-Identifier: BSD-3-Clause */
/* The ends of packets. */
#include "qs_queue.h"

void qs_drop_rec(struct rte_qsock_sched *s, uint32_t i, uint64_t now_ns, uint8_t type)
{
	struct qs_rec *rec = &s->recs[i];
	struct qs_stream *st = &s->streams[rec->stream];
	struct rte_qsock_event ev;
	bool late = type == RTE_QSOCK_EV_LATE_DROP || type == RTE_QSOCK_EV_FRAME_DROP;

	late = late || rec->pkt.flags & QS_REC_LATE;
	qs_queue_unlink(s, st, rec);
	qs_event_fill(&ev, st, rec->stream, &rec->pkt, rec->seq, now_ns, type, late);
	qs_rec_put(s, i);
	s->on_drop(s->on_drop_arg, &ev);
}

void qs_drop_pkt(struct rte_qsock_sched *s, uint32_t id, const struct rte_qsock_pkt *pkt, uint64_t seq,
		 uint64_t now_ns, uint8_t type)
{
	struct rte_qsock_event ev;

	qs_event_fill(&ev, &s->streams[id], id, pkt, seq, now_ns, type, type == RTE_QSOCK_EV_FRAME_DROP);
	s->on_drop(s->on_drop_arg, &ev);
}

int qs_queue_offer(struct rte_qsock_sched *s, uint32_t id, const struct rte_qsock_pkt *pkt, uint64_t now_ns)
{
	struct qs_intake *in = &s->intakes[id];
	uint64_t seq = in->seq++;

	if (qs_queue_len(&s->streams[id], in) >= in->conf.queue_packets) {
		qs_drop_pkt(s, id, pkt, seq, now_ns, RTE_QSOCK_EV_QUEUE_DROP);
		return 1;
	}
	qs_queue_push(s, id, pkt, seq, 0);
	return 0;
}

bool qs_fifo_take(struct rte_qsock_sched *s, uint64_t now_ns, struct rte_qsock_event *sent)
{
	uint32_t i = s->fifo_head;

	if (i == QS_NIL)
		return false;

	uint32_t id = s->recs[i].stream;

	/* In the one fifo, what came first is also the first of its stream. */
	qs_take_head(s, id, &s->streams[id], now_ns, false, sent);
	return true;
}
