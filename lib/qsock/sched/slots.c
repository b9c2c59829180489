/* SPDX-License-Identifier: BSD-3-Clause */
/* What a discipline from outside the tree builds on. */
#include "qs_queue.h"

int rte_qsock_sched_push(struct rte_qsock_sched *s, uint32_t id, const struct rte_qsock_pkt *pkt,
			 uint64_t now_ns)
{
	uint32_t i = s->arriving;

	s->arriving = QS_NIL;
	/* The spare record is not to be queued: if there is room, another packet has left its own. */
	if (qs_unlikely(i == s->max_packets) && !qs_queue_full(&s->streams[id]))
		(void)qs_rec_new(s, &i);
	if (pkt != &s->recs[i].pkt)
		s->recs[i].pkt = *pkt;
	s->recs[i].stream = id;
	return qs_queue_offer(s, i) ? 0 : 1;
}

const struct rte_qsock_pkt *rte_qsock_sched_head(const struct rte_qsock_sched *s, uint32_t id)
{
	const struct qs_stream *st = &s->streams[id];

	return !qs_stream_unused(st) && st->head != QS_NIL ? &s->recs[st->head].pkt : NULL;
}

void rte_qsock_sched_take(struct rte_qsock_sched *s, uint32_t id, uint64_t now_ns, bool late,
			  struct rte_qsock_event *sent)
{
	struct qs_stream *st = &s->streams[id];
	struct qs_rec *rec = &s->recs[st->head];

	s->taken = st->head;
	qs_queue_unlink(s, st, rec);
	rec->missed_ns = rec->pkt.deadline_ns;
	qs_event_fill(sent, s, id, &rec->pkt, rec->seq, now_ns, RTE_QSOCK_EV_SENT, late);
}

void rte_qsock_sched_drop_head(struct rte_qsock_sched *s, uint32_t id, uint64_t now_ns, uint8_t type)
{
	qs_drop_rec(s, s->streams[id].head, now_ns, type);
}

void rte_qsock_sched_drop_arrival(struct rte_qsock_sched *s, uint32_t id, const struct rte_qsock_pkt *pkt,
				  uint64_t now_ns, uint8_t type)
{
	qs_drop_pkt(s, id, pkt, qs_seq_next(s, id), now_ns, type);
}
