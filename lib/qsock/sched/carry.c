/* SPDX-License-Identifier: BSD-3-Clause */
/* Streams from one scheduler to another. */
#include <errno.h>

#include "qs_carry.h"
#include "qs_clock.h"
#include "qs_queue.h"

/* What a stream's flags say of its past. The others follow from its parameters, or from where it stands. */
#define CARRIED                                                                                              \
	(QS_ST_TAGGED | QS_ST_OWN | QS_ST_CONDEMNED | QS_ST_OPEN_DIRTY | QS_ST_MISSED | QS_ST_DIRTY |        \
	 QS_ST_OPEN)

static bool in_use(const struct rte_qsock_sched *s, uint32_t id)
{
	return id < s->max_streams && s->streams[id].flags & QS_ST_USED;
}

static bool from_outside(const struct rte_qsock_sched *s)
{
	return s->ops->enqueue != NULL;
}

uint32_t qs_carry_size(const struct rte_qsock_sched *s, uint32_t id)
{
	return in_use(s, id) ? qs_queue_len(s, id) : 0;
}

int qs_carry_out(struct rte_qsock_sched *s, uint32_t id, struct qs_carried *c)
{
	struct qs_stream *st = &s->streams[id];

	if (!in_use(s, id))
		return -ENOENT;
	rte_qsock_sched_conf_get(s, id, &c->conf);
	if (s->ops->remove != NULL)
		s->ops->remove(s, id);
	c->stream = *st;
	c->cold = s->colds[id];
	for (c->n = 0; st->head != QS_NIL; c->n++) {
		uint32_t i = st->head;
		struct qs_rec *rec = &s->recs[i];

		c->recs[c->n] = *rec;
		qs_queue_unlink(s, st, rec);
		rec->stream = QS_NIL;
		qs_rec_put(s, i);
	}
	s->nr_fifo -= (st->flags & QS_ST_FIFO) != 0;
	st->flags = 0;
	return 0;
}

/* Of two packets in the one fifo, whether this one comes first. */
static bool fifo_before(const struct qs_rec *a, const struct qs_rec *b)
{
	return a->pkt.arrival_ns != b->pkt.arrival_ns ? a->pkt.arrival_ns < b->pkt.arrival_ns
						      : a->stream < b->stream;
}

static void fifo_insert_after(struct rte_qsock_sched *s, uint32_t at, uint32_t i)
{
	struct qs_rec *rec = &s->recs[i];
	uint32_t next = at == QS_NIL ? s->fifo_head : s->recs[at].gnext;

	rec->gprev = at;
	rec->gnext = next;
	if (at == QS_NIL)
		s->fifo_head = i;
	else
		s->recs[at].gnext = i;
	if (next == QS_NIL)
		s->fifo_tail = i;
	else
		s->recs[next].gprev = i;
}

/* The queue takes its places among the packets of others, from its end on. */
static void fifo_merge(struct rte_qsock_sched *s, const uint32_t *recs, uint32_t n)
{
	uint32_t at = s->fifo_tail;

	while (n-- > 0) {
		while (at != QS_NIL && fifo_before(&s->recs[recs[n]], &s->recs[at]))
			at = s->recs[at].gprev;
		fifo_insert_after(s, at, recs[n]);
	}
}

/* The queue as it was. */
static void refill(struct rte_qsock_sched *s, uint32_t id, const struct qs_carried *c, const uint32_t *recs)
{
	struct qs_stream *st = &s->streams[id];

	for (uint32_t k = 0; k < c->n; k++) {
		struct qs_rec *rec = &s->recs[recs[k]];

		*rec = c->recs[k];
		rec->stream = id;
		(void)qs_queue_append(s, st, rec, recs[k]);
		if (rec->pkt.arrival_ns > s->arrival_ns)
			s->arrival_ns = rec->pkt.arrival_ns;
	}
	s->nr_queued += c->n;
	if (st->flags & QS_ST_FIFO)
		fifo_merge(s, recs, c->n);
}

/* Through the slots of a discipline from outside, one after the other. */
static void arrive_anew(struct rte_qsock_sched *s, uint32_t id, const struct qs_carried *c,
			const uint32_t *recs, uint64_t now_ns)
{
	s->colds[id].seq_high -= s->streams[id].seq < c->n;
	s->streams[id].seq -= c->n;
	for (uint32_t k = 0; k < c->n; k++) {
		struct qs_rec *rec = &s->recs[recs[k]];
		uint32_t one = recs[k];

		rec->pkt = c->recs[k].pkt;
		rec->pkt.flags &= QS_PKT_PUBLIC;
		rec->pkt.arrival_ns = now_ns > s->arrival_ns ? now_ns : s->arrival_ns;
		rec->stream = id;
		(void)qs_sched_arrive(s, &one, 1, now_ns);
	}
}

/* The discipline looks at a stream whose state and queue are there at once. */
static void settle(struct rte_qsock_sched *s, uint32_t id, const struct qs_carried *c)
{
	if (s->ops->next_ns == qs_clock_next_ns) {
		if (s->streams[id].flags & QS_ST_REALTIME)
			qs_clock_settle(s, id);
	} else if (s->ops->change != NULL) {
		s->ops->change(s, id, &c->conf);
	}
}

int qs_carry_in(struct rte_qsock_sched *s, uint32_t id, const struct qs_carried *c, const uint32_t *recs,
		uint64_t now_ns)
{
	int rc = rte_qsock_sched_add(s, id, &c->conf);

	if (rc != 0)
		return rc;

	struct qs_stream *st = &s->streams[id];
	struct qs_cold *cold = &s->colds[id];

	if (now_ns > s->now_ns && now_ns <= QS_TIME_MAX)
		s->now_ns = now_ns;
	st->ts_ns = c->stream.ts_ns;
	st->x_now = c->stream.x_now;
	st->y_now = c->stream.y_now;
	st->seq = c->stream.seq;
	st->flags |= c->stream.flags & CARRIED;
	cold->violations = c->cold.violations;
	cold->seq_high = c->cold.seq_high;
	cold->last_frame = c->cold.last_frame;
	cold->open_frame = c->cold.open_frame;
	if (c->n == 0)
		return 0;
	s->barren = false; /* to come is to arrive */
	if (from_outside(s)) {
		arrive_anew(s, id, c, recs, now_ns);
		return 0;
	}
	refill(s, id, c, recs);
	settle(s, id, c);
	return 0;
}
