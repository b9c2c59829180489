/* SPDX-License-Identifier: BSD-3-Clause */
/* Arrivals and decisions of all disciplines: batches, and what the public calls make of them. */
#include <errno.h>

#include "qs_batch.h"

/* ---- disciplines from outside the tree: packet by packet, through their slots */

static void outside_arrive_one(struct rte_qsock_sched *s, uint32_t i, uint32_t id)
{
	s->arriving = i;
	s->returned = s->ops->enqueue(s, id, &s->recs[i].pkt, s->now_ns);
	if (s->arriving != QS_NIL) /* it was dropped */
		qs_rec_put(s, i);
	s->arriving = QS_NIL;
}

static uint32_t outside_arrive(struct rte_qsock_sched *s, uint32_t *recs, uint32_t n)
{
	return qs_arrive_with(s, recs, n, outside_arrive_one);
}

static bool outside_select(struct rte_qsock_sched *s, struct qs_picked *p)
{
	struct rte_qsock_event sent;

	if (!s->ops->decide(s, s->now_ns, &sent))
		return false;
	p->rec = s->taken;
	p->late = sent.late;
	s->taken = QS_NIL;
	return true;
}

static uint32_t outside_pick(struct rte_qsock_sched *s, struct qs_pace *pace, struct qs_picked *out,
			     uint32_t max)
{
	return qs_pick_with(s, pace, out, max, outside_select, rte_qsock_sched_next_ns);
}

static bool outside_decide(struct rte_qsock_sched *s, uint64_t now_ns, struct rte_qsock_event *sent)
{
	if (now_ns > s->now_ns)
		s->now_ns = now_ns < QS_TIME_MAX ? now_ns : QS_TIME_MAX;

	bool found = s->ops->decide(s, s->now_ns, sent);

	if (s->taken != QS_NIL)
		qs_rec_put(s, s->taken);
	s->taken = QS_NIL;
	return found;
}

void qs_sched_bind(struct rte_qsock_sched *s, const struct rte_qsock_sched_ops *ops)
{
	const struct qs_discipline *d = qs_discipline_of(ops);

	s->arriving = QS_NIL;
	s->taken = QS_NIL;
	if (d != NULL) {
		qs_sched_use(s, d);
		return;
	}
	s->ops = ops;
	s->arrive = outside_arrive;
	s->pick = outside_pick;
	s->nr_fifo = 1; /* whether its streams depend on each other's order nobody knows */
}

/* ---- batches */

bool qs_rec_refill(struct rte_qsock_sched *s)
{
	uint32_t left = s->max_packets - s->fresh_rec;
	uint32_t n = left < QS_REC_REFILL ? left : QS_REC_REFILL;

	for (uint32_t i = n; i > 0; i--)
		s->free_recs[s->nr_free++] = s->fresh_rec + i - 1;
	s->fresh_rec += n;
	return n != 0;
}

uint32_t qs_sched_arrive(struct rte_qsock_sched *s, uint32_t *recs, uint32_t n, uint64_t now_ns)
{
	if (n == 0)
		return 0;
	if (now_ns > s->now_ns && now_ns <= QS_TIME_MAX)
		s->now_ns = now_ns;
	s->arrival_ns = s->recs[recs[n - 1]].pkt.arrival_ns;
	s->barren = false;
	return s->arrive(s, recs, n);
}

void qs_sched_event(const struct rte_qsock_sched *s, const struct qs_picked *p, struct rte_qsock_event *sent)
{
	const struct qs_rec *rec = &s->recs[p->rec];

	qs_event_fill(sent, s, rec->stream, &rec->pkt, rec->seq, p->now_ns, RTE_QSOCK_EV_SENT, p->late);
}

/* ---- one packet, one decision */

/* A record for it; where its queue is full it is dropped, and the spare one will do. */
static uint32_t rec_for(struct rte_qsock_sched *s, uint32_t id)
{
	uint32_t i;

	if (qs_likely(qs_rec_new(s, &i) != NULL))
		return i;
	return qs_queue_full(&s->streams[id]) ? s->max_packets : QS_NIL;
}

/* The spare one came back, among those of packets that were dropped meanwhile: before, there was none. */
static void spare_back(struct rte_qsock_sched *s)
{
	for (uint32_t k = 0; k < s->nr_free; k++)
		if (s->free_recs[k] == s->max_packets) {
			s->free_recs[k] = s->free_recs[--s->nr_free];
			return;
		}
}

int rte_qsock_sched_enqueue(struct rte_qsock_sched *s, uint32_t id, const struct rte_qsock_pkt *pkt,
			    uint64_t now_ns)
{
	if (qs_unlikely(id >= s->max_streams || !(s->streams[id].flags & QS_ST_USED)))
		return -ENOENT;
	if (qs_unlikely(pkt->frames == 0 || (pkt->flags & QS_PKT_SAYS_DROP) == QS_PKT_SAYS_DROP ||
			pkt->flags & ~QS_PKT_PUBLIC || pkt->arrival_ns < s->arrival_ns ||
			pkt->arrival_ns > QS_TIME_MAX))
		return -EINVAL;

	uint32_t queued = s->nr_queued;
	uint32_t i = rec_for(s, id), rec = i;

	if (qs_unlikely(i == QS_NIL))
		return -ENOBUFS;
	s->recs[i].pkt = *pkt;
	s->recs[i].stream = id;
	(void)qs_sched_arrive(s, &rec, 1, now_ns);
	if (qs_unlikely(i == s->max_packets))
		spare_back(s);
	return s->ops->enqueue != NULL ? s->returned : s->nr_queued == queued;
}

bool rte_qsock_sched_decide(struct rte_qsock_sched *s, uint64_t now_ns, struct rte_qsock_event *sent)
{
	struct qs_pace *pace = s->alone;
	struct qs_picked p;

	if (qs_unlikely(s->ops->decide != NULL))
		return outside_decide(s, now_ns, sent);
	pace->clock_ns = now_ns < QS_TIME_MAX ? now_ns : QS_TIME_MAX;
	pace->free_ns = 0;
	pace->want = true;
	if (s->pick(s, pace, &p, 1) == 0)
		return false;
	qs_sched_event(s, &p, sent);
	qs_rec_put(s, p.rec);
	return true;
}
