/* SPDX-License-Identifier: BSD-3-Clause */
/* Packet records and the queues they stand in: one a stream, and one fifo of the whole scheduler. */
#ifndef QS_QUEUE_H
#define QS_QUEUE_H

#include "qs_pick.h"

/* Up to 65536: a full queue of that size differs from an empty one by having a head. */
static inline uint32_t qs_queue_len(const struct qs_stream *st, const struct qs_intake *in)
{
	uint16_t n = (uint16_t)(in->nr_in - st->nr_out);

	return n != 0 || st->head == QS_NIL ? n : 65536;
}

static inline bool qs_queue_full(const struct rte_qsock_sched *s, uint32_t id)
{
	return qs_queue_len(&s->streams[id], &s->intakes[id]) >= s->intakes[id].conf.queue_packets;
}

static inline void qs_fifo_push(struct rte_qsock_sched *s, uint32_t i)
{
	struct qs_rec *rec = &s->recs[i];

	rec->gnext = QS_NIL;
	rec->gprev = s->fifo_tail;
	if (s->fifo_tail == QS_NIL)
		s->fifo_head = i;
	else
		s->recs[s->fifo_tail].gnext = i;
	s->fifo_tail = i;
}

static inline void qs_fifo_unlink(struct rte_qsock_sched *s, struct qs_rec *rec)
{
	if (rec->gprev == QS_NIL)
		s->fifo_head = rec->gnext;
	else
		s->recs[rec->gprev].gnext = rec->gnext;
	if (rec->gnext == QS_NIL)
		s->fifo_tail = rec->gprev;
	else
		s->recs[rec->gnext].gprev = rec->gprev;
}

/* Append a record. */
static inline void qs_queue_push(struct rte_qsock_sched *s, uint32_t i, uint64_t seq, uint32_t frame)
{
	struct qs_rec *rec = &s->recs[i];
	struct qs_stream *st = &s->streams[rec->stream];
	struct qs_intake *in = &s->intakes[rec->stream];

	rec->seq = seq;
	rec->next = QS_NIL;
	rec->frame = frame;
	rec->prev = in->tail;
	if (st->head == QS_NIL)
		st->head = i;
	else
		s->recs[in->tail].next = i;
	in->tail = i;
	in->nr_in++;
	in->bytes_in += rec->pkt.len_bytes;
	s->nr_queued++;
	if (st->flags & QS_ST_FIFO)
		qs_fifo_push(s, i);
}

/*
 * Take a record out of its queues. Its contents stay until qs_rec_put(). The head's prev means nothing, nor
 * does the tail of an empty queue: so to take the head touches no other record.
 */
static inline void qs_queue_unlink(struct rte_qsock_sched *s, struct qs_stream *st, struct qs_rec *rec)
{
	if (rec == &s->recs[st->head]) {
		st->head = rec->next;
	} else {
		s->recs[rec->prev].next = rec->next;
		if (rec->next == QS_NIL)
			s->intakes[rec->stream].tail = rec->prev;
		else
			s->recs[rec->next].prev = rec->prev;
	}
	st->nr_out++;
	st->bytes_out += rec->pkt.len_bytes;
	s->nr_queued--;
	if (st->flags & QS_ST_FIFO)
		qs_fifo_unlink(s, rec);
}

static inline void qs_event_fill(struct rte_qsock_event *ev, const struct qs_stream *st, uint32_t id,
				 const struct rte_qsock_pkt *pkt, uint64_t seq, uint64_t now_ns, uint8_t type,
				 bool late)
{
	ev->time_ns = now_ns;
	ev->seq = seq;
	ev->violations = st->violations;
	ev->pkt = *pkt;
	ev->pkt.flags = pkt->flags & QS_PKT_PUBLIC;
	ev->stream = id;
	ev->x = st->x_now;
	ev->y = st->y_now;
	ev->type = type;
	ev->late = late;
}

/* The end of a queued packet other than being sent. */
void qs_drop_rec(struct rte_qsock_sched *s, uint32_t i, uint64_t now_ns, uint8_t type);
/* The end of a packet that was never queued; seq is its number. */
void qs_drop_pkt(struct rte_qsock_sched *s, uint32_t id, const struct rte_qsock_pkt *pkt, uint64_t seq,
		 uint64_t now_ns, uint8_t type);
/* The same of one that has a record. */
void qs_drop_arrival(struct rte_qsock_sched *s, uint32_t i, uint64_t seq, uint8_t type);
/* Append a packet without a frame, or drop it where the queue is full. Returns whether it was appended. */
bool qs_queue_offer(struct rte_qsock_sched *s, uint32_t i);

/* Take the head of the one fifo, to be sent; QS_NIL: there is none. */
static inline uint32_t qs_fifo_take(struct rte_qsock_sched *s)
{
	uint32_t i = s->fifo_head;

	/* In the one fifo, what came first is also the first of its stream. */
	if (i != QS_NIL)
		qs_queue_unlink(s, &s->streams[s->recs[i].stream], &s->recs[i]);
	return i;
}

#endif
