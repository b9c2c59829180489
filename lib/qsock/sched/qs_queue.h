/* SPDX-License-Identifier: BSD-3-Clause */
/* Packet records and the queues they stand in: one a stream, and one fifo of the whole scheduler. */
#ifndef QS_QUEUE_H
#define QS_QUEUE_H

#include "qs_pick.h"

/* The number of a packet that arrives, its low half. */
static inline uint32_t qs_seq_next(struct rte_qsock_sched *s, uint32_t id)
{
	struct qs_stream *st = &s->streams[id];
	uint32_t seq = st->seq++;

	if (qs_unlikely(st->seq == 0))
		s->colds[id].seq_high++;
	return seq;
}

/* All of a number whose low half this is. A queue is too short for two of them to look alike. */
static inline uint64_t qs_seq_whole(const struct rte_qsock_sched *s, uint32_t id, uint32_t seq)
{
	uint64_t next = (uint64_t)s->colds[id].seq_high << 32 | s->streams[id].seq;

	return next - (uint32_t)((uint32_t)next - seq);
}

static inline uint32_t qs_queue_len(const struct rte_qsock_sched *s, uint32_t id)
{
	return (uint32_t)((int32_t)s->colds[id].conf.queue_packets - s->streams[id].room);
}

static inline bool qs_queue_full(const struct qs_stream *st)
{
	return st->room <= 0;
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

/* Append a record, its number and frame set, to its stream's queue. Returns whether that was empty. The
 * caller counts it in nr_queued. */
QS_INLINE bool qs_queue_append(struct rte_qsock_sched *s, struct qs_stream *st, struct qs_rec *rec,
			       uint32_t i)
{
	bool empty = st->head == QS_NIL;

	rec->next = QS_NIL;
	st->room--;
	st->bytes += rec->pkt.len_bytes;
	if (empty) {
		st->head = i;
	} else {
		rec->prev = st->tail;
		s->recs[st->tail].next = i;
	}
	st->tail = i;
	return empty;
}

/*
 * Append records of the stream, as many as the queue has room for, behind the one that was appended last: up
 * to the first that is of another stream, or says something of itself. Returns how many.
 */
QS_INLINE uint32_t qs_queue_append_more(struct rte_qsock_sched *s, struct qs_stream *st, uint32_t id,
					const uint32_t *recs, uint32_t n)
{
	struct qs_rec *last = &s->recs[st->tail];
	const uint32_t seq = st->seq;
	uint32_t k, tail = st->tail;
	uint64_t bytes = 0;

	if (n > (uint32_t)st->room)
		n = (uint32_t)st->room;
	for (k = 0; k < n; k++) {
		struct qs_rec *rec = &s->recs[recs[k]];

		if (rec->stream != id || ((rec->pkt.flags & QS_PKT_FRAME) | rec->pkt.deadline_ns) != 0)
			break;
		rec->seq = seq + k;
		rec->frame = 0;
		rec->prev = tail;
		tail = recs[k];
		last->next = tail;
		bytes += rec->pkt.len_bytes;
		last = rec;
	}
	last->next = QS_NIL;
	st->tail = tail;
	st->room -= (int32_t)k;
	st->bytes += bytes;
	st->seq = seq + k;
	if (qs_unlikely(st->seq < seq))
		s->colds[id].seq_high++;
	return k;
}

static inline void qs_queue_push(struct rte_qsock_sched *s, uint32_t i, uint32_t seq, uint32_t frame)
{
	struct qs_rec *rec = &s->recs[i];
	struct qs_stream *st = &s->streams[rec->stream];

	rec->seq = seq;
	rec->frame = frame;
	(void)qs_queue_append(s, st, rec, i);
	s->nr_queued++;
	if (st->flags & QS_ST_FIFO)
		qs_fifo_push(s, i);
}

QS_INLINE void qs_queue_less(struct rte_qsock_sched *s, struct qs_stream *st, const struct qs_rec *rec)
{
	st->room++;
	st->bytes -= rec->pkt.len_bytes;
	s->nr_queued--;
}

/* Take the head of a queue that is not in the one fifo. It touches no other record. */
QS_INLINE void qs_queue_shift(struct rte_qsock_sched *s, struct qs_stream *st, const struct qs_rec *head)
{
	st->head = head->next;
	qs_queue_less(s, st, head);
}

/* Take a record out of its queues. Its contents stay until qs_rec_put(). */
static inline void qs_queue_unlink(struct rte_qsock_sched *s, struct qs_stream *st, struct qs_rec *rec)
{
	if (rec == &s->recs[st->head]) {
		st->head = rec->next;
	} else {
		s->recs[rec->prev].next = rec->next;
		if (rec->next == QS_NIL)
			st->tail = rec->prev;
		else
			s->recs[rec->next].prev = rec->prev;
	}
	qs_queue_less(s, st, rec);
	if (st->flags & QS_ST_FIFO)
		qs_fifo_unlink(s, rec);
}

static inline void qs_event_fill(struct rte_qsock_event *ev, const struct rte_qsock_sched *s, uint32_t id,
				 const struct rte_qsock_pkt *pkt, uint32_t seq, uint64_t now_ns, uint8_t type,
				 bool late)
{
	const struct qs_stream *st = &s->streams[id];

	ev->time_ns = now_ns;
	ev->seq = qs_seq_whole(s, id, seq);
	ev->violations = s->colds[id].violations;
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
void qs_drop_pkt(struct rte_qsock_sched *s, uint32_t id, const struct rte_qsock_pkt *pkt, uint32_t seq,
		 uint64_t now_ns, uint8_t type);
/* The same of one that has a record. */
void qs_drop_arrival(struct rte_qsock_sched *s, uint32_t i, uint32_t seq, uint8_t type);
/* Append a packet without a frame, or drop it where the queue is full. Returns whether it was appended. */
QS_INLINE bool qs_queue_try(struct rte_qsock_sched *s, uint32_t i)
{
	uint32_t id = s->recs[i].stream;
	uint32_t seq = qs_seq_next(s, id);

	if (qs_unlikely(qs_queue_full(&s->streams[id]))) {
		qs_drop_arrival(s, i, seq, RTE_QSOCK_EV_QUEUE_DROP);
		return false;
	}
	qs_queue_push(s, i, seq, 0);
	return true;
}

/* The same, as a call. */
bool qs_queue_offer(struct rte_qsock_sched *s, uint32_t i);

/* Packets of streams that are being closed stand first in the one fifo: some of them end here. Returns
 * whether another one comes first now. */
bool qs_fifo_close(struct rte_qsock_sched *s);

/* Take the head of the one fifo, to be sent; false: there is none, or too many are in its way. */
static inline bool qs_fifo_take(struct rte_qsock_sched *s, struct qs_picked *p)
{
	uint32_t i = s->fifo_head;

	if (i == QS_NIL)
		return false;
	if (qs_unlikely(s->streams[s->recs[i].stream].flags & QS_ST_CLOSING)) {
		if (!qs_fifo_close(s))
			return false;
		i = s->fifo_head;
	}
	/* In the one fifo, what came first is also the first of its stream. */
	qs_queue_unlink(s, &s->streams[s->recs[i].stream], &s->recs[i]);
	p->rec = i;
	p->late = false;
	return true;
}

#endif
