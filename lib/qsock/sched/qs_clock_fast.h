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

/* Whether their keys are surely equal. */
QS_INLINE bool qs_clock_same_key(const struct qs_stream *a, const struct qs_stream *b)
{
	return a->ts_ns == b->ts_ns && a->ipg_ns == b->ipg_ns && a->x_now == b->x_now &&
	       a->y_now == b->y_now && !((a->flags | b->flags) & QS_ST_OWN);
}

/* Equal in all that orders them but the id, as far as can be seen at once. */
QS_INLINE bool qs_clock_same(const struct rte_qsock_sched *s, uint32_t a, uint32_t b)
{
	const struct qs_stream *sa = &s->streams[a], *sb = &s->streams[b];

	return qs_clock_same_key(sa, sb) &&
	       s->recs[sa->head].pkt.arrival_ns == s->recs[sb->head].pkt.arrival_ns;
}

/* Streams whose brief keys look alike. Most often their whole keys are, too. */
QS_INLINE bool qs_clock_before(const struct rte_qsock_sched *s, uint32_t a, uint32_t b,
			       const struct qs_rules *rules)
{
	const struct qs_stream *sa = &s->streams[a], *sb = &s->streams[b];

	if (qs_clock_same_key(sa, sb))
		return qs_clock_tie(s, a, b);

	uint64_t deadline_a_ns = qs_clock_deadline(s, sa), deadline_b_ns = qs_clock_deadline(s, sb);
	struct qs_key ka = rules->key(sa, deadline_a_ns), kb = rules->key(sb, deadline_b_ns);
	struct qs_clock *c = qs_clock(s);

	if (!rules->whole && deadline_a_ns != deadline_b_ns)
		qs_scale_alike(&c->row.scale, deadline_a_ns, deadline_b_ns);
	if (ka.hi != kb.hi)
		return ka.hi < kb.hi;
	return ka.lo != kb.lo ? ka.lo < kb.lo : qs_clock_tie(s, a, b);
}

/* rules->heap(). What is not in the row has a timer for its miss. */
QS_INLINE void qs_clock_heap_push(struct rte_qsock_sched *s, uint32_t id, const struct qs_rules *rules)
{
	struct qs_clock *c = qs_clock(s);
	struct qs_stream *st = &s->streams[id];
	uint64_t due_ns = qs_clock_due(s, st);
	struct qs_key key = rules->key(st, qs_clock_deadline(s, st));

	qs_heap_push(&c->heap, (struct qs_heap_entry){
				       .key = (unsigned __int128)key.hi << 64 | key.lo,
				       .arrival_ns = s->recs[st->head].pkt.arrival_ns,
				       .id = id,
			       });
	if (due_ns != RTE_QSOCK_NEVER)
		qs_timers_arm(s, &c->timers, st, id, due_ns);
}

/* Into the ladder. */
QS_INLINE void qs_clock_ladder_push(struct rte_qsock_sched *s, struct qs_clock *c, uint32_t id,
				    struct qs_stream *st, qs_ladder_key key, uint64_t due_ns)
{
	qs_ladder_push(&c->ladder, key);
	st->flags |= QS_ST_LADDER;
	if (qs_likely(due_ns != RTE_QSOCK_NEVER))
		qs_timers_arm(s, &c->timers, st, id, due_ns);
}

/* rules->push(). */
QS_INLINE void qs_clock_push(struct rte_qsock_sched *s, uint32_t id, const struct qs_rules *rules)
{
	struct qs_clock *c = qs_clock(s);
	struct qs_stream *st = &s->streams[id];
	struct qs_row *row = &c->row;
	uint64_t due_ns = qs_clock_due(s, st), deadline_ns = qs_clock_deadline(s, st);
	qs_ladder_key key = qs_ladder_key_of(rules->key(st, deadline_ns), id);

	for (;;) {
		if (key >= c->ladder.floor) {
			qs_clock_ladder_push(s, c, id, st, key, due_ns);
			return;
		}
		if (qs_unlikely(row->limit == 0)) {
			rules->heap(s, id);
			return;
		}
		if (qs_likely(row->end - row->first < row->limit))
			break;
		qs_clock_row_full(s);
	}
	if (qs_likely(row->sorted == row->end))
		qs_row_insert(row, rules->brief(st, deadline_ns, &row->scale) | id, due_ns);
	else
		qs_row_append(row, id, due_ns);
}

/* The key of a member of the row. */
QS_INLINE uint64_t qs_clock_brief(const struct rte_qsock_sched *s, const struct qs_row *row, uint32_t id,
				  const struct qs_rules *rules)
{
	const struct qs_stream *st = &s->streams[id];

	return rules->brief(st, qs_clock_deadline(s, st), &row->scale) | id;
}

/* rules->order(). Keys are made here: who is alone in the row needs none, and a key takes a division. */
QS_INLINE void qs_clock_order(struct rte_qsock_sched *s, const struct qs_rules *rules)
{
	struct qs_row *row = &qs_clock(s)->row;

	for (uint32_t k = row->sorted; k < row->end; k++)
		row->tail[k] = qs_clock_brief(s, row, (uint32_t)row->tail[k], rules);
	qs_row_order(row);
}

/* Whether the row has all the ready ones, and room for more. */
QS_INLINE bool qs_clock_few(const struct qs_clock *c)
{
	return qs_ladder_empty(&c->ladder) & (c->row.end - c->row.first < c->row.limit);
}

/* Among the ready ones. */
QS_INLINE void qs_clock_ready(struct rte_qsock_sched *s, struct qs_clock *c, uint32_t id,
			      struct qs_stream *st, const struct qs_rules *rules, uint64_t due_ns)
{
	st->flags |= QS_ST_READY;
	if (qs_likely(qs_clock_few(c)))
		qs_row_append(&c->row, id, due_ns);
	else
		rules->push(s, id);
}

/* The same, where few become ready at a time, and its head has no deadline of its own. */
QS_INLINE void qs_clock_ready_now(struct rte_qsock_sched *s, struct qs_clock *c, uint32_t id,
				  struct qs_stream *st, const struct qs_rules *rules)
{
	const uint64_t deadline_ns = st->ts_ns + st->ipg_ns;
	struct qs_row *row = &c->row;
	uint64_t key = rules->brief(st, deadline_ns, &row->scale) | id;

	st->flags |= QS_ST_READY;
	if (qs_likely(key < row->bound))
		qs_row_insert_front(row, key, deadline_ns);
	else
		qs_clock_ready_behind(s, id, key, deadline_ns);
}

/* A backlogged stream that is not among the ready ones: is it ready, and what is its timer? */
QS_INLINE void qs_clock_place(struct rte_qsock_sched *s, struct qs_clock *c, uint32_t id,
			      struct qs_stream *st, const struct qs_rules *rules)
{
	uint64_t due_ns = qs_clock_due(s, st);

	if (st->ts_ns <= s->now_ns || c->work_conserving)
		qs_clock_ready(s, c, id, st, rules, due_ns);
	else
		qs_timers_arm(s, &c->timers, st, id, st->ts_ns < due_ns ? st->ts_ns : due_ns);
}

/* The same where the head has no deadline of its own, nor its frame a miss behind it. */
QS_INLINE void qs_clock_place_plain(struct rte_qsock_sched *s, struct qs_clock *c, uint32_t id,
				    struct qs_stream *st, const struct qs_rules *rules)
{
	if (c->work_conserving || st->ts_ns <= s->now_ns)
		qs_clock_ready(s, c, id, st, rules, st->ts_ns + st->ipg_ns);
	else
		qs_timers_arm(s, &c->timers, st, id, st->ts_ns);
}

/* Whether each packet of it is a request, if it says nothing else. */
QS_INLINE bool qs_clock_simple(const struct qs_stream *st)
{
	const uint32_t kind = QS_ST_USED | QS_ST_REALTIME | QS_ST_FRAMES | QS_ST_OPEN;

	return (st->flags & kind) == (QS_ST_USED | QS_ST_REALTIME);
}

/* A packet arrives. As a rule it is all of its request, and says nothing of itself. */
QS_INLINE bool qs_clock_arrive(struct rte_qsock_sched *s, struct qs_clock *c, uint32_t i,
			       const struct qs_rules *rules)
{
	struct qs_rec *rec = &s->recs[i];
	uint32_t id = rec->stream;
	struct qs_stream *st = &s->streams[id];

	if (qs_unlikely(!qs_clock_simple(st) ||
			((rec->pkt.flags & QS_PKT_FRAME) | rec->pkt.deadline_ns) != 0 || st->room <= 0))
		return qs_clock_arrive_other(s, i);
	s->nr_queued++;
	rec->seq = qs_seq_next(s, id);
	rec->frame = 0;
	if (qs_queue_append(s, st, rec, i)) {
		st->flags &= ~(uint32_t)QS_ST_OWN;
		if (rec->pkt.arrival_ns > st->ts_ns)
			st->ts_ns = rec->pkt.arrival_ns; /* D = max(D - T, a) + T */
		if ((s->nr_queued == 1) & (c->due.count == 0)) {
			c->lone = id;
			return true;
		}
		if (qs_unlikely(c->lone != QS_NIL))
			qs_clock_join(s);
		qs_clock_place_plain(s, c, id, st, rules);
	}
	return true;
}

/* runs: some may be of the stream of the one before. */
QS_INLINE uint32_t qs_clock_arrive_all(struct rte_qsock_sched *s, struct qs_clock *c, uint32_t *recs,
				       uint32_t n, const struct qs_rules *rules, const bool runs)
{
	uint32_t lost = 0;

	for (uint32_t k = 0; k < n; k++) {
		if (qs_unlikely(!qs_clock_arrive(s, c, recs[k], rules)))
			recs[lost++] = recs[k];
		if (runs) {
			uint32_t more = qs_clock_arrive_more(s, recs + k + 1, n - k - 1);

			s->nr_queued += more;
			k += more;
		}
	}
	return lost;
}

QS_INLINE uint32_t qs_clock_arrive_batch(struct rte_qsock_sched *s, uint32_t *recs, uint32_t n,
					 const struct qs_rules *rules)
{
	struct qs_clock *c = qs_clock(s);

	qs_row_rest(&c->row, s->now_ns);
	/* Where the first two are of one stream, the others come in runs, too, as a rule. */
	if (n > 1 && s->recs[recs[0]].stream == s->recs[recs[1]].stream)
		return qs_clock_arrive_all(s, c, recs, n, rules, true);
	return qs_clock_arrive_all(s, c, recs, n, rules, false);
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
	if (qs_likely((st->flags & special) == QS_ST_REALTIME && s->now_ns - st->ts_ns < st->ipg_ns)) {
		c->became_eligible = true;
		__builtin_prefetch(&s->recs[st->head]);
		if (c->fetch_ahead)
			__builtin_prefetch(&s->colds[id]); /* for the event, where one is asked for */
		qs_clock_ready_now(s, c, id, st, rules);
	} else {
		qs_clock_fire_other(s, id);
	}
}

/* The stream that was served, where its next head has no deadline of its own, nor its frame a miss behind it.
 * While it is alone it needs no key. */
QS_INLINE void qs_clock_place_again(struct rte_qsock_sched *s, struct qs_clock *c, uint32_t id,
				    struct qs_stream *st, const struct qs_rules *rules)
{
	if (qs_likely((st->ts_ns > s->now_ns) & !c->work_conserving))
		qs_timers_arm(s, &c->timers, st, id, st->ts_ns);
	else if (qs_row_empty(&c->row))
		qs_clock_ready(s, c, id, st, rules, st->ts_ns + st->ipg_ns);
	else
		qs_clock_ready_now(s, c, id, st, rules);
}

/* Take the head, where that is all of a request. */
QS_INLINE void qs_clock_take(struct rte_qsock_sched *s, uint32_t id, struct qs_stream *st,
			     struct qs_picked *p, const struct qs_rules *rules)
{
	const struct qs_rec *rec = &s->recs[st->head];

	p->rec = st->head;
	p->late = ((rec->pkt.flags | st->flags) & QS_REC_LATE) != 0;
	qs_queue_shift(s, st, rec);
	qs_violated(s, id, rules->service(st));
	qs_clock_step(st, 1);
}

/* Take the head of the best stream, which is no longer among the ready ones. */
QS_INLINE void qs_clock_serve(struct rte_qsock_sched *s, struct qs_clock *c, uint32_t id, struct qs_picked *p,
			      const struct qs_rules *rules)
{
	struct qs_stream *st = &s->streams[id];

	if (qs_unlikely(st->flags & (QS_ST_FRAMES | QS_ST_OWN | QS_ST_MISSED))) {
		qs_clock_serve_other(s, id, p);
		return;
	}
	st->flags &= ~(uint32_t)QS_ST_READY;
	qs_clock_take(s, id, st, p, rules);
	if (qs_likely(st->head != QS_NIL))
		qs_clock_place_again(s, c, id, st, rules);
}

/* Whether the timer in a tick, which holds one, tells of the begin of a period and nothing else. */
QS_INLINE bool qs_clock_begins(const struct qs_stream *st, uint64_t tick, uint32_t shift)
{
	const uint32_t special = QS_ST_REALTIME | QS_ST_READY | QS_ST_OWN | QS_ST_MISSED;

	return ((st->flags & special) == QS_ST_REALTIME) & (st->head != QS_NIL) &
	       (st->armed_ns == st->ts_ns) & (st->ts_ns >> shift == tick);
}

/* rules->ahead(). Those of the next decisions come out of the timers. */
QS_INLINE void qs_clock_ahead_take(struct rte_qsock_sched *s, const struct qs_rules *rules)
{
	struct qs_clock *c = qs_clock(s);
	struct qs_timers *t = &c->timers;
	struct qs_ahead *a = &c->ahead;
	const uint32_t shift = t->wheel.tick_log2_ns;
	const uint64_t end = t->turn_ns >> shift;
	uint64_t tick = s->now_ns >> shift, bits = 0;
	struct qs_begin *to = a->begins;

	while (tick < end) {
		uint64_t *word = &t->near.bits[tick / 64 % QS_NEAR_WORDS];

		for (bits = *word >> tick % 64 << tick % 64, tick &= ~UINT64_C(63); bits != 0;
		     bits &= bits - 1) {
			const uint64_t at = tick + (unsigned int)__builtin_ctzll(bits);
			const uint32_t id = t->near.ids[at % QS_NEAR_TICKS];
			struct qs_stream *st;

			if (at >= end || to == a->begins + QS_AHEAD_MAX || (id & QS_NEAR_BAG) ||
			    !qs_clock_begins(&s->streams[id], at, shift))
				break;
			st = &s->streams[id];
			st->armed_ns = RTE_QSOCK_NEVER;
			__builtin_prefetch(&s->recs[st->head]);
			if (c->fetch_ahead)
				__builtin_prefetch(&s->colds[id]); /* for the event, where one is asked for */
			to->time_ns = st->ts_ns;
			to->deadline_ns = st->ts_ns + st->ipg_ns;
			to->key = rules->brief(st, to->deadline_ns, &c->row.scale) | id;
			to->id = id;
			to++;
		}
		*word = bits;
		tick += bits != 0 ? (unsigned int)__builtin_ctzll(bits) : 64;
		if (bits != 0)
			break;
	}
	to->time_ns = RTE_QSOCK_NEVER;
	to->id = 0;
	a->at = 0;
	a->end = (uint32_t)(to - a->begins);
	a->version = c->row.scale.version;
	tick = (tick < end ? tick : end) << shift;
	a->until_ns = tick > s->now_ns ? tick : s->now_ns + 1;
	t->soonest_ns = a->until_ns;
}

/* Those of them that are due are ready now; one is looked at in any case. */
QS_INLINE void qs_clock_ahead_fire(struct rte_qsock_sched *s, struct qs_clock *c,
				   const struct qs_rules *rules)
{
	const uint64_t now_ns = s->now_ns;
	struct qs_ahead *a = &c->ahead;
	struct qs_row *row = &c->row;

	if (qs_unlikely(a->version != row->scale.version)) {
		for (uint32_t k = a->at; k < a->end; k++)
			a->begins[k].key = qs_clock_brief(s, row, (uint32_t)a->begins[k].id, rules);
		a->version = row->scale.version;
	}
	do {
		const struct qs_begin *b = &a->begins[a->at];
		const bool due = b->time_ns <= now_ns;
		const uint64_t none = (uint64_t)due - 1; /* all bits, or none */

		a->at += due;
		c->became_eligible |= due;
		s->streams[b->id].flags |= QS_ST_READY & ~(uint32_t)none;
		if (qs_likely((b->key & ~none) < row->bound))
			qs_row_insert_front(row, b->key | none, b->deadline_ns | none);
		else if (due)
			qs_clock_ready_behind(s, (uint32_t)b->id, b->key, b->deadline_ns);
	} while (a->begins[a->at].time_ns <= now_ns);
}

/* The timers are looked at, and those of the next decisions taken. */
QS_INLINE void qs_clock_timers(struct rte_qsock_sched *s, struct qs_clock *c, qs_timer_fn fire,
			       const struct qs_rules *rules)
{
	struct qs_ahead *a = &c->ahead;

	if (qs_unlikely(qs_ahead_any(a))) {
		/* One was set between them. */
		qs_clock_ahead_back(s, c);
		a->pause = QS_AHEAD_PAUSE;
	}
	qs_timers_run(s, &c->timers, fire);
	if (a->pause > 0)
		a->pause--;
	else if (qs_ladder_empty(&c->ladder)) /* else most go there, which is another coin's toss */
		rules->ahead(s);
}

/* Whatever time has brought about. False: this is no decision, but a poll. */
QS_INLINE bool qs_clock_expire_all(struct rte_qsock_sched *s, struct qs_clock *c, qs_timer_fn fire,
				   const struct qs_rules *rules)
{
	const uint64_t now_ns = s->now_ns;

	if (qs_unlikely(now_ns >= c->row.due_ns))
		qs_clock_row_due(s);
	if (now_ns >= c->timers.soonest_ns) {
		qs_row_rest(&c->row, now_ns);
		qs_clock_timers(s, c, fire, rules);
	}
	if (qs_unlikely(c->due.count != 0)) {
		/* Without anything due it makes no difference. */
		if (s->barren && !c->became_eligible)
			return false;
		qs_clock_expire_due(s);
	}
	c->became_eligible = false;
	return true;
}

/* A decision where one stream only is backlogged. */
QS_INLINE bool qs_clock_select_lone(struct rte_qsock_sched *s, struct qs_clock *c, struct qs_picked *p,
				    const struct qs_rules *rules)
{
	struct qs_stream *st = &s->streams[c->lone];

	c->became_eligible = false;
	if (!c->work_conserving && st->ts_ns > s->now_ns)
		return qs_fifo_take(s, p);
	qs_clock_take(s, c->lone, st, p, rules);
	if (st->head == QS_NIL)
		c->lone = QS_NIL;
	return true;
}

/* fire is qs_clock_fire() with these rules. */
QS_INLINE bool qs_clock_select(struct rte_qsock_sched *s, struct qs_picked *p, const struct qs_rules *rules,
			       qs_timer_fn fire)
{
	struct qs_clock *c = qs_clock(s);
	struct qs_row *row = &c->row;
	uint32_t id;

	if (qs_unlikely(c->lone != QS_NIL)) {
		if (s->now_ns < s->streams[c->lone].ts_ns + s->streams[c->lone].ipg_ns)
			return qs_clock_select_lone(s, c, p, rules);
		qs_clock_join(s);
	}
	if (qs_ahead_any(&c->ahead))
		qs_clock_ahead_fire(s, c, rules);
	if ((s->now_ns >= c->timers.soonest_ns) | (s->now_ns >= row->due_ns) | (c->due.count != 0)) {
		if (!qs_clock_expire_all(s, c, fire, rules))
			return false;
		if (qs_unlikely(c->lone != QS_NIL)) /* it was late */
			return qs_clock_select_lone(s, c, p, rules);
	} else if (qs_likely(s->now_ns < c->timers.turn_ns)) {
		qs_timers_pass(s, &c->timers);
	}
	if (qs_likely(qs_row_prepared(row)) || qs_row_comes_up(row))
		id = qs_row_pop(s, row, rules->resolve);
	else if (qs_row_alone(row))
		id = qs_row_pop_alone(row);
	else
		id = qs_clock_pop(s);
	if (qs_unlikely(id == QS_NIL)) {
		c->became_eligible = false; /* what had was looked at */
		return qs_fifo_take(s, p);
	}
	qs_clock_serve(s, c, id, p, rules);
	return true;
}

#endif
