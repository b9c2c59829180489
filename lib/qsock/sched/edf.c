/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Earliest deadline first over packets: lossy (droppable), lossless, in order.
 *
 * Each real-time packet is a member of at most one of three ranks: that of the droppable ones which compete,
 * that of the others which compete, and that of the droppable ones of in-order streams, which only expire.
 * The heads of in-order streams compete in a fourth. Queues stay in order of arrival.
 */
#include <errno.h>
#include <stdio.h>

#include "qs_batch.h"
#include "qs_frame.h"
#include "qs_rank.h"
#include "qs_sort.h"

enum {
	LOSSY,
	LOSSLESS,
	EXPIRING,
	NR_RANKS,
};

/* Which rank a record is in, plus 1, in two bits of its flags; 0 for none. */
#define QS_REC_RANK_SHIFT 8
#define QS_REC_RANK (3u << QS_REC_RANK_SHIFT)

struct qs_edf {
	struct qs_rank ranks[NR_RANKS]; /* of records */
	struct qs_rank in_order;	/* of streams */
	uint32_t *expired;		/* records, at one decision */
};

static struct qs_edf *qs_edf(const struct rte_qsock_sched *s)
{
	return s->priv;
}

/* Equal deadlines and arrivals: the lower id, then the position. */
static bool tie_rec(const struct rte_qsock_sched *s, uint32_t a, uint32_t b)
{
	const struct qs_rec *ra = &s->recs[a], *rb = &s->recs[b];

	return ra->stream != rb->stream ? ra->stream < rb->stream : (int32_t)(ra->seq - rb->seq) < 0;
}

static bool tie_stream(const struct rte_qsock_sched *s, uint32_t a, uint32_t b)
{
	return a < b;
}

static struct qs_key packet_key(const struct rte_qsock_sched *s, const struct qs_rec *rec)
{
	uint64_t deadline_ns = rec->pkt.deadline_ns;

	if (deadline_ns == 0)
		deadline_ns = rec->pkt.arrival_ns + s->streams[rec->stream].ipg_ns;
	return (struct qs_key){.hi = deadline_ns, .lo = rec->pkt.arrival_ns};
}

static void rank_packet(struct rte_qsock_sched *s, uint32_t i)
{
	struct qs_rec *rec = &s->recs[i];
	const struct qs_stream *st = &s->streams[rec->stream];
	unsigned int r = LOSSLESS;

	if (qs_droppable(st, &rec->pkt))
		r = st->flags & QS_ST_IN_ORDER ? EXPIRING : LOSSY;
	else if (st->flags & QS_ST_IN_ORDER)
		return;
	rec->pkt.flags |= (r + 1) << QS_REC_RANK_SHIFT;
	qs_rank_insert(&qs_edf(s)->ranks[r], i, packet_key(s, rec));
}

static void unrank_packet(struct rte_qsock_sched *s, uint32_t i)
{
	struct qs_rec *rec = &s->recs[i];
	unsigned int r = (rec->pkt.flags & QS_REC_RANK) >> QS_REC_RANK_SHIFT;

	if (r == 0)
		return;
	qs_rank_remove(s, &qs_edf(s)->ranks[r - 1], i, tie_rec);
	rec->pkt.flags &= (uint16_t)~QS_REC_RANK;
}

/* The head of an in-order stream may have changed. */
static void rank_head(struct rte_qsock_sched *s, uint32_t id)
{
	struct qs_edf *e = qs_edf(s);
	struct qs_stream *st = &s->streams[id];

	if (qs_rank_has(&e->in_order, id))
		qs_rank_remove(s, &e->in_order, id, tie_stream);
	if (st->flags & QS_ST_IN_ORDER && st->flags & QS_ST_REALTIME && st->head != QS_NIL)
		qs_rank_insert(&e->in_order, id, packet_key(s, &s->recs[st->head]));
}

static void drop(struct rte_qsock_sched *s, uint32_t i, uint8_t type)
{
	uint32_t id = s->recs[i].stream;

	unrank_packet(s, i);
	qs_drop_rec(s, i, s->now_ns, type);
	rank_head(s, id);
}

/* A packet of the frame was dropped late: the others are useless. They stand around the place it had. */
static void condemn(struct rte_qsock_sched *s, uint32_t id, uint32_t frame, uint32_t before, uint32_t after)
{
	struct qs_stream *st = &s->streams[id];
	uint32_t i = after;

	if (frame == s->colds[id].open_frame)
		st->flags |= QS_ST_CONDEMNED;
	while (before != QS_NIL && s->recs[before].frame == frame) {
		i = before;
		before = i == st->head ? QS_NIL : s->recs[i].prev;
	}
	while (i != QS_NIL && s->recs[i].frame == frame) {
		uint32_t next = s->recs[i].next;

		if (qs_droppable(st, &s->recs[i].pkt))
			drop(s, i, RTE_QSOCK_EV_FRAME_DROP);
		i = next;
	}
}

static uint32_t collect(struct rte_qsock_sched *s, struct qs_rank *r, uint32_t n)
{
	struct qs_edf *e = qs_edf(s);
	uint32_t i;

	while ((i = qs_rank_top(s, r, tie_rec)) != QS_NIL && r->nodes[i].key.hi <= s->now_ns) {
		unrank_packet(s, i);
		e->expired[n++] = i;
	}
	return n;
}

/* Expiry goes by stream id, and through a queue from its front. */
static void expire(struct rte_qsock_sched *s)
{
	struct qs_edf *e = qs_edf(s);
	uint32_t n = collect(s, &e->ranks[LOSSY], 0);

	n = collect(s, &e->ranks[EXPIRING], n);
	if (n > 1)
		qs_sort(s, e->expired, n, tie_rec);
	for (uint32_t k = 0; k < n; k++) {
		struct qs_rec rec = s->recs[e->expired[k]];

		if (rec.stream == QS_NIL) /* dropped with its frame */
			continue;
		if (s->streams[rec.stream].head == e->expired[k])
			rec.prev = QS_NIL;
		drop(s, e->expired[k], RTE_QSOCK_EV_LATE_DROP);
		if (rec.frame != 0)
			condemn(s, rec.stream, rec.frame, rec.prev, rec.next);
	}
}

static void arrive_one(struct rte_qsock_sched *s, uint32_t i, uint32_t id)
{
	struct qs_stream *st = &s->streams[id];
	struct qs_cold *cold = &s->colds[id];
	const struct rte_qsock_pkt *pkt = &s->recs[i].pkt;

	if (!(st->flags & QS_ST_REALTIME)) {
		qs_queue_offer(s, i);
		return;
	}

	uint32_t seq = qs_seq_next(s, id);

	if (qs_frame_first(cold, pkt))
		st->flags &= ~QS_ST_CONDEMNED;

	uint32_t frame = qs_frame_track(st, cold, pkt);

	if (st->flags & QS_ST_CONDEMNED && qs_droppable(st, pkt)) {
		qs_drop_arrival(s, i, seq, RTE_QSOCK_EV_FRAME_DROP);
		return;
	}
	if (qs_queue_full(st)) {
		qs_drop_arrival(s, i, seq, RTE_QSOCK_EV_QUEUE_DROP);
		return;
	}
	qs_queue_push(s, i, seq, frame);
	rank_packet(s, i);
	if (st->flags & QS_ST_IN_ORDER && st->head == i)
		rank_head(s, id);
}

static uint32_t edf_arrive(struct rte_qsock_sched *s, uint32_t *recs, uint32_t n)
{
	return qs_arrive_with(s, recs, n, arrive_one);
}

static bool before(const struct rte_qsock_sched *s, uint32_t a, uint32_t b)
{
	struct qs_key ka = packet_key(s, &s->recs[a]), kb = packet_key(s, &s->recs[b]);

	if (ka.hi != kb.hi)
		return ka.hi < kb.hi;
	if (ka.lo != kb.lo)
		return ka.lo < kb.lo;
	return tie_rec(s, a, b);
}

static uint32_t select_packet(struct rte_qsock_sched *s)
{
	struct qs_edf *e = qs_edf(s);
	uint32_t best = qs_rank_top(s, &e->ranks[LOSSY], tie_rec);
	uint32_t i = qs_rank_top(s, &e->ranks[LOSSLESS], tie_rec);

	if (i != QS_NIL && (best == QS_NIL || before(s, i, best)))
		best = i;
	i = qs_rank_top(s, &e->in_order, tie_stream);
	if (i != QS_NIL) {
		i = s->streams[i].head;
		if (best == QS_NIL || before(s, i, best))
			best = i;
	}
	return best;
}

static bool select_one(struct rte_qsock_sched *s, struct qs_picked *p)
{
	expire(s);

	uint32_t i = select_packet(s);

	if (i == QS_NIL)
		return qs_fifo_take(s, p);

	struct qs_rec *rec = &s->recs[i];
	uint32_t id = rec->stream;
	struct qs_stream *st = &s->streams[id];

	p->rec = i;
	rec->missed_ns = packet_key(s, rec).hi;
	p->late = rec->missed_ns <= s->now_ns;
	unrank_packet(s, i);
	qs_queue_unlink(s, st, rec);
	if (st->flags & QS_ST_IN_ORDER)
		rank_head(s, id);
	return true;
}

static uint32_t edf_pick(struct rte_qsock_sched *s, struct qs_pace *pace, struct qs_picked *out, uint32_t max)
{
	return qs_pick_with(s, pace, out, max, select_one, qs_queued_next_ns);
}

static void set_deadline(struct rte_qsock_sched *s, uint32_t id)
{
	s->streams[id].ipg_ns = s->colds[id].conf.deadline_ns;
}

/* Whether a packet is droppable, competes, and when it is due, may all have changed. */
static void edf_change(struct rte_qsock_sched *s, uint32_t id, const struct rte_qsock_stream_conf *old)
{
	struct qs_stream *st = &s->streams[id];

	set_deadline(s, id);
	if (!(st->flags & QS_ST_REALTIME))
		return;
	for (uint32_t i = st->head; i != QS_NIL; i = s->recs[i].next) {
		unrank_packet(s, i);
		rank_packet(s, i);
	}
	rank_head(s, id);
}

static int edf_check(const struct rte_qsock_stream_conf *conf, char *why, size_t why_len)
{
	if (conf->cls != RTE_QSOCK_REALTIME || conf->deadline_ns != 0)
		return 0;
	snprintf(why, why_len, "deadline 0 ns: a real-time stream needs a relative deadline, 1 .. %llu ns",
		 (unsigned long long)RTE_QSOCK_DEADLINE_MAX_NS);
	return -EINVAL;
}

static int edf_create(struct rte_qsock_sched *s, const struct rte_qsock_sched_conf *conf)
{
	struct qs_edf *e = rte_qsock_sched_alloc(s, sizeof(*e));
	struct qs_node *packets = qs_sched_reserve_packets(s, s->max_packets * sizeof(*packets));
	struct qs_node *streams = qs_sched_reserve(s, QS_RESERVE_BY_ID(s->max_streams, sizeof(*streams)));

	if (e == NULL || packets == NULL || streams == NULL)
		return -ENOMEM;
	e->expired = rte_qsock_sched_alloc(s, s->max_packets * sizeof(*e->expired));
	if (e->expired == NULL)
		return -ENOMEM;
	for (unsigned int r = 0; r < NR_RANKS; r++)
		qs_rank_init(&e->ranks[r], packets);
	qs_rank_init(&e->in_order, streams);
	rte_qsock_sched_priv_set(s, e);
	return 0;
}

static void edf_remove(struct rte_qsock_sched *s, uint32_t id)
{
	struct qs_edf *e = qs_edf(s);
	struct qs_stream *st = &s->streams[id];

	if (!(st->flags & QS_ST_REALTIME))
		return;
	for (uint32_t i = st->head; i != QS_NIL; i = s->recs[i].next) {
		struct rte_qsock_pkt *pkt = &s->recs[i].pkt;

		if (!qs_droppable(st, pkt) && packet_key(s, &s->recs[i]).hi <= s->now_ns)
			pkt->flags |= QS_REC_LATE;
		unrank_packet(s, i);
	}
	if (qs_rank_has(&e->in_order, id))
		qs_rank_remove(s, &e->in_order, id, tie_stream);
}

static void edf_state(const struct rte_qsock_sched *s, uint32_t id, struct rte_qsock_stream_state *state)
{
	const struct qs_stream *st = &s->streams[id];

	if (st->flags & QS_ST_REALTIME)
		state->deadline_ns = packet_key(s, &s->recs[st->head]).hi;
}

const struct qs_discipline qs_discipline_edf = {
	.ops =
		{
			.name = "edf",
			.check = edf_check,
			.create = edf_create,
			.add = set_deadline,
			.change = edf_change,
			.remove = edf_remove,
			.state = edf_state,
		},
	.arrive = edf_arrive,
	.pick = edf_pick,
};
