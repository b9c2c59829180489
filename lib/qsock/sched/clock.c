/* SPDX-License-Identifier: BSD-3-Clause */
/* The stream clock: arrivals, eligibility, decisions. */
#include <errno.h>

#include "qs_clock.h"
#include "qs_frame.h"
#include "qs_queue.h"

/* Equal keys: the head that arrived earlier, then the lower id. */
static bool tie(const struct rte_qsock_sched *s, uint32_t a, uint32_t b)
{
	uint64_t arrival_a = s->recs[s->streams[a].head].pkt.arrival_ns;
	uint64_t arrival_b = s->recs[s->streams[b].head].pkt.arrival_ns;

	return arrival_a != arrival_b ? arrival_a < arrival_b : a < b;
}

/* Timers that nobody waits for any more have filled the wheel: start again with those that count. */
static QS_COLD void rebuild_wheel(struct rte_qsock_sched *s, struct qs_wheel *w)
{
	qs_wheel_reset(w);
	w->base_ns = s->now_ns;
	for (uint32_t id = 0; id < s->max_streams; id++) {
		struct qs_stream *st = &s->streams[id];

		if (st->head == QS_NIL)
			st->armed_ns = RTE_QSOCK_NEVER;
		else if (st->armed_ns != RTE_QSOCK_NEVER)
			qs_wheel_insert(w, st->armed_ns, id);
	}
}

/* The stream is to be looked at no later than time_ns. An earlier timer will do: it is set again when it
 * fires. */
static void arm(struct rte_qsock_sched *s, uint32_t id, uint64_t time_ns)
{
	struct qs_wheel *w = &qs_clock(s)->wheel;

	if (s->streams[id].armed_ns <= time_ns)
		return;
	if (qs_unlikely(qs_wheel_full(w)))
		rebuild_wheel(s, w);
	if (w->nr_entries == 0)
		w->base_ns = s->now_ns;
	s->streams[id].armed_ns = time_ns;
	qs_wheel_insert(w, time_ns, id);
}

static bool eligible(const struct rte_qsock_sched *s, const struct qs_clock *c, const struct qs_stream *st)
{
	return c->work_conserving || st->ts_ns <= s->now_ns;
}

void qs_clock_settle(struct rte_qsock_sched *s, uint32_t id)
{
	struct qs_clock *c = qs_clock(s);
	struct qs_stream *st = &s->streams[id];

	if (st->flags & QS_ST_READY) {
		qs_rank_remove(s, &c->rank, id, tie);
		st->flags &= ~(uint32_t)QS_ST_READY;
	}
	if (st->head == QS_NIL)
		return;

	uint64_t want_ns = qs_clock_due(s, st);

	if (eligible(s, c, st)) {
		struct qs_place p = c->rules.place(st, qs_clock_deadline(s, st));

		qs_rank_insert(&c->rank, id, p.key, p.bucket);
		st->flags |= QS_ST_READY;
	} else if (st->ts_ns < want_ns) {
		want_ns = st->ts_ns;
	}
	if (want_ns != RTE_QSOCK_NEVER)
		arm(s, id, want_ns);
}

/* A timer: a stream becomes eligible, its head is due, or it has to be set anew. */
static void fire(struct rte_qsock_sched *s, uint64_t time_ns, uint32_t id)
{
	struct qs_clock *c = qs_clock(s);
	struct qs_stream *st = &s->streams[id];

	if (st->armed_ns != time_ns)
		return;
	st->armed_ns = RTE_QSOCK_NEVER;
	if (st->head == QS_NIL ||
	    !(st->flags & QS_ST_REALTIME)) /* or set by a stream that had the id before */
		return;

	bool waited = !(st->flags & QS_ST_READY);

	if (waited && st->ts_ns <= s->now_ns)
		c->became_eligible = true;
	if (qs_clock_due(s, st) <= s->now_ns) {
		/* Misses are dealt with in order of id, and only in a decision. */
		qs_idset_add(&c->due, id);
		if (waited && st->ts_ns > s->now_ns)
			arm(s, id, st->ts_ns);
		return;
	}
	qs_clock_settle(s, id);
}

/* A real-time packet that does not go the simple way. Returns true if it was dropped. */
static bool arrive(struct rte_qsock_sched *s, uint32_t id, const struct rte_qsock_pkt *pkt, uint64_t seq)
{
	struct qs_stream *st = &s->streams[id];
	struct qs_intake *in = &s->intakes[id];
	bool frames = st->flags & QS_ST_FRAMES;
	bool first = qs_frame_first(in, pkt);

	if (frames && first && st->head == QS_NIL)
		qs_request_open(s, id);
	if (first)
		st->flags &= ~(uint32_t)(QS_ST_CONDEMNED | QS_ST_OPEN_DIRTY);

	uint32_t frame = qs_frame_track(in, pkt);
	bool empty = st->head == QS_NIL;

	if (frames && frame == 0)
		frame = qs_frame_next(in); /* a packet outside is a frame of one */
	if (empty && (first || !frames) && pkt->arrival_ns > st->ts_ns)
		st->ts_ns = pkt->arrival_ns; /* D = max(D - T, a) + T */
	if (qs_clock_condemned(s, id, pkt, seq, frame)) {
		if (!empty)
			qs_clock_settle(s, id);
		return true;
	}
	if (qs_queue_len(st, in) >= in->conf.queue_packets) {
		if (frames)
			qs_request_queue_drop(s, id, frame);
		qs_drop_pkt(s, id, pkt, seq, s->now_ns, RTE_QSOCK_EV_QUEUE_DROP);
		return true;
	}

	uint32_t i = qs_queue_push(s, id, pkt, seq, frame);

	if (st->flags & QS_ST_OPEN_DIRTY) {
		st->flags &= ~(uint32_t)QS_ST_OPEN_DIRTY;
		s->recs[i].pkt.flags |= QS_REC_DIRTY;
	}
	if (empty)
		st->flags &= ~(uint32_t)QS_ST_OWN;
	if (pkt->deadline_ns != 0)
		st->flags |= QS_ST_OWN;
	if (empty)
		qs_clock_settle(s, id);
	return false;
}

int qs_clock_enqueue(struct rte_qsock_sched *s, uint32_t id, const struct rte_qsock_pkt *pkt, uint64_t now_ns)
{
	if (!(s->streams[id].flags & QS_ST_REALTIME))
		return qs_queue_offer(s, id, pkt, now_ns);
	return arrive(s, id, pkt, s->intakes[id].seq++);
}

/* Send the head of the best stream. */
static void serve(struct rte_qsock_sched *s, uint32_t id, struct rte_qsock_event *sent)
{
	struct qs_clock *c = qs_clock(s);
	struct qs_stream *st = &s->streams[id];
	uint32_t i = st->head;
	struct qs_rec *rec = &s->recs[i];
	bool late = rec->pkt.flags & QS_REC_LATE || st->flags & QS_ST_MISSED;

	qs_queue_unlink(s, st, rec);
	if (st->flags & QS_ST_FRAMES) {
		if (rec->pkt.flags & QS_REC_DIRTY)
			st->flags |= QS_ST_DIRTY;
		qs_request_left(s, id, rec->frame);
	} else {
		c->rules.service(st);
		qs_clock_step(st, 1);
	}
	qs_event_fill(sent, st, id, &rec->pkt, rec->seq, s->now_ns, RTE_QSOCK_EV_SENT, late);
	qs_rec_put(s, i);
	qs_clock_settle(s, id);
}

bool qs_clock_decide(struct rte_qsock_sched *s, uint64_t now_ns, struct rte_qsock_event *sent)
{
	struct qs_clock *c = qs_clock(s);

	if (now_ns >= c->wheel.soonest_ns)
		qs_wheel_advance(s, &c->wheel, now_ns, fire);
	if (s->idle && !s->arrived && !c->became_eligible)
		return false;
	c->became_eligible = false;
	while (c->due.count != 0) {
		uint32_t id = qs_idset_pop(&c->due);

		qs_clock_expire(s, id);
		qs_clock_settle(s, id);
	}

	uint32_t id = qs_rank_top(s, &c->rank, tie);

	if (id == QS_NIL)
		return qs_fifo_take(s, now_ns, sent);
	serve(s, id, sent);
	return true;
}

uint64_t qs_clock_next_ns(const struct rte_qsock_sched *s)
{
	const struct qs_clock *c = qs_clock(s);

	if (!qs_rank_empty(&c->rank) || s->fifo_head != QS_NIL)
		return 0;
	/* The timers of idle streams are of no interest where no other is. */
	return s->nr_queued != 0 ? c->wheel.soonest_ns : RTE_QSOCK_NEVER;
}

void qs_clock_change(struct rte_qsock_sched *s, uint32_t id)
{
	if (s->streams[id].flags & QS_ST_REALTIME)
		qs_clock_settle(s, id);
	else
		qs_idset_del(&qs_clock(s)->due, id);
}

void qs_clock_remove(struct rte_qsock_sched *s, uint32_t id)
{
	struct qs_clock *c = qs_clock(s);

	if (s->streams[id].flags & QS_ST_READY)
		qs_rank_remove(s, &c->rank, id, tie);
	qs_idset_del(&c->due, id);
}

void qs_clock_state(const struct rte_qsock_sched *s, uint32_t id, struct rte_qsock_stream_state *state)
{
	const struct qs_stream *st = &s->streams[id];

	if (!(st->flags & QS_ST_REALTIME))
		return;
	state->deadline_ns = qs_clock_deadline(s, st);
	state->eligible_ns = qs_clock(s)->work_conserving ? 0 : st->ts_ns;
}

int qs_clock_create(struct rte_qsock_sched *s, const struct rte_qsock_sched_conf *conf, struct qs_rules rules)
{
	uint32_t n = s->max_streams;
	struct qs_clock *c = rte_qsock_sched_alloc(s, sizeof(*c));
	struct qs_node *nodes = rte_qsock_sched_alloc(s, n * sizeof(*nodes));

	if (c == NULL || nodes == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++)
		nodes[i].bucket = QS_NIL;
	qs_rank_init(&c->rank, nodes);
	for (unsigned int l = 0; l < QS_IDSET_LEVELS - 1; l++) {
		c->due.levels[l] = rte_qsock_sched_alloc(s, qs_idset_words(n, l) * sizeof(uint64_t));
		if (c->due.levels[l] == NULL)
			return -ENOMEM;
	}
	/* One timer a stream counts; room for as many again as a quarter that do not is enough to rebuild
	 * seldom. */
	c->wheel.max_entries = n + n / 4 + 1024;
	c->wheel.chunks =
		rte_qsock_sched_alloc(s, qs_wheel_chunks(c->wheel.max_entries) * sizeof(*c->wheel.chunks));
	if (c->wheel.chunks == NULL)
		return -ENOMEM;
	qs_wheel_reset(&c->wheel);
	c->rules = rules;
	c->work_conserving = conf->work_conserving;
	rte_qsock_sched_priv_set(s, c);
	return 0;
}
