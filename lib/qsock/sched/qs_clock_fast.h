/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Arrivals and decisions of dwcs and vds. Inline and with constant rules, so that each discipline has code of
 * its own without calls through pointers.
 */
#ifndef QS_CLOCK_FAST_H
#define QS_CLOCK_FAST_H

#include "qs_batch.h"
#include "qs_clock.h"

/* Equal keys: the head that arrived earlier, then the lower id. */
static inline bool qs_clock_tie(const struct rte_qsock_sched *s, uint32_t a, uint32_t b)
{
	uint64_t arrival_a = s->recs[s->streams[a].head].pkt.arrival_ns;
	uint64_t arrival_b = s->recs[s->streams[b].head].pkt.arrival_ns;

	return arrival_a != arrival_b ? arrival_a < arrival_b : a < b;
}

/* Among the ready ones, by the deadline that decides. leaves: it will not outlast that;
 * warm: its head is in the cache. */
QS_INLINE void qs_clock_ready(struct rte_qsock_sched *s, struct qs_clock *c, uint32_t id,
			      struct qs_stream *st, const struct qs_rules *rules, uint64_t deadline_ns,
			      bool leaves, bool warm)
{
	struct qs_place p = rules->place(st, deadline_ns);

	if (!leaves)
		p.time_ns = QS_RANK_NO_TIME;
	if (warm || !c->fetch_ahead) {
		p.tie_ns = s->recs[st->head].pkt.arrival_ns;
	} else {
		p.tie_ns = QS_RANK_NO_TIME;
		__builtin_prefetch(&s->recs[st->head]);
	}
	qs_rank_insert(s, &c->rank, id, &p, s->now_ns, rules->kind, qs_clock_tie);
	st->flags |= QS_ST_READY;
}

/* A backlogged stream that is not among the ready ones: is it ready, and what is its timer? */
QS_INLINE void qs_clock_place(struct rte_qsock_sched *s, struct qs_clock *c, uint32_t id,
			      struct qs_stream *st, const struct qs_rules *rules, bool warm)
{
	uint64_t want_ns = qs_clock_due(s, st);

	if (st->ts_ns <= s->now_ns || c->work_conserving) {
		qs_clock_ready(s, c, id, st, rules, qs_clock_deadline(s, st),
			       want_ns > s->now_ns && want_ns != RTE_QSOCK_NEVER, warm);
		if (want_ns == RTE_QSOCK_NEVER)
			return;
	} else if (st->ts_ns < want_ns) {
		want_ns = st->ts_ns;
	}
	qs_timers_arm(s, &c->timers, st, id, want_ns);
}

QS_INLINE void qs_clock_arrive_fast(struct rte_qsock_sched *s, uint32_t i, uint32_t id,
				    const struct qs_rules *rules)
{
	struct qs_stream *st = &s->streams[id];
	const struct rte_qsock_pkt *pkt = &s->recs[i].pkt;
	bool realtime = st->flags & QS_ST_REALTIME;
	bool special = (st->flags & (QS_ST_FRAMES | QS_ST_OPEN)) | (pkt->flags & QS_PKT_FRAME) |
		       (pkt->deadline_ns != 0);

	if (qs_unlikely(realtime && special)) {
		qs_clock_arrive(s, i);
		return;
	}

	bool empty = st->head == QS_NIL;

	if (qs_unlikely(!qs_queue_offer(s, i)))
		return;
	if (realtime && empty) {
		st->flags &= ~QS_ST_OWN;
		if (pkt->arrival_ns > st->ts_ns)
			st->ts_ns = pkt->arrival_ns; /* D = max(D - T, a) + T */
		qs_clock_place(s, qs_clock(s), id, st, rules, true);
	}
}

/* A timer: a stream becomes eligible, its head is due, or the timer has to be set anew. */
QS_INLINE void qs_clock_fire(struct rte_qsock_sched *s, uint32_t id, const struct qs_rules *rules)
{
	struct qs_clock *c = qs_clock(s);
	struct qs_stream *st = &s->streams[id];

	const uint32_t special = QS_ST_REALTIME | QS_ST_READY | QS_ST_OWN | QS_ST_MISSED;

	if (st->head == QS_NIL)
		return;
	/* As a rule its period begins. */
	if (qs_likely((st->flags & special) == QS_ST_REALTIME && st->ts_ns <= s->now_ns &&
		      st->ts_ns + st->ipg_ns > s->now_ns)) {
		c->became_eligible = true;
		qs_clock_ready(s, c, id, st, rules, st->ts_ns + st->ipg_ns, true, false);
		qs_timers_arm(s, &c->timers, st, id, st->ts_ns + st->ipg_ns);
	} else {
		qs_clock_fire_other(s, id);
	}
}

/* Take the head of the best stream. */
QS_INLINE uint32_t qs_clock_serve(struct rte_qsock_sched *s, struct qs_clock *c, uint32_t id, bool *late,
				  const struct qs_rules *rules)
{
	struct qs_stream *st = &s->streams[id];
	uint32_t i = st->head;
	struct qs_rec *rec = &s->recs[i];

	*late = ((rec->pkt.flags & QS_REC_LATE) | (st->flags & QS_ST_MISSED)) != 0;
	qs_rank_pop(s, &c->rank, id, qs_clock_tie);
	st->flags &= ~QS_ST_READY;
	qs_queue_unlink(s, st, rec);
	if (qs_unlikely(st->flags & QS_ST_FRAMES)) {
		qs_request_sent(s, id, rec);
	} else {
		qs_violated(s, id, rules->service(st));
		qs_clock_step(st, 1);
	}
	if (st->head != QS_NIL)
		qs_clock_place(s, c, id, st, rules, false);
	return i;
}

/* fire is qs_clock_fire() with these rules. */
QS_INLINE uint32_t qs_clock_select(struct rte_qsock_sched *s, bool *late, const struct qs_rules *rules,
				   qs_timer_fn fire)
{
	struct qs_clock *c = qs_clock(s);

	if (s->now_ns >= c->timers.soonest_ns) {
		qs_timers_run(s, &c->timers, fire);
		if (c->fetch_ahead)
			qs_timers_fetch(s, &c->timers, c->rank.nodes, sizeof(*c->rank.nodes));
	}
	if (qs_unlikely(c->due.count != 0)) {
		/* A poll is no decision. Without anything due it makes no difference. */
		if (s->idle && !s->arrived && !c->became_eligible)
			return QS_NIL;
		qs_clock_expire_due(s);
	}
	c->became_eligible = false;

	uint32_t id = qs_rank_top(s, &c->rank, s->now_ns, rules->kind, qs_clock_tie);

	if (id == QS_NIL)
		return qs_fifo_take(s);
	return qs_clock_serve(s, c, id, late, rules);
}

#endif
