/* SPDX-License-Identifier: BSD-3-Clause */
/* The stream clock: arrivals, eligibility, decisions. */
#include <errno.h>

#include "qs_clock.h"
#include "qs_clock_fast.h"
#include "qs_frame.h"
#include "qs_queue.h"

/* Whether the row has all the ready ones. */
static void row_opens(struct qs_clock *c)
{
	c->row.open = qs_ladder_empty(&c->ladder) && qs_heap_empty(&c->heap);
}

QS_INLINE void heap_take(struct qs_clock *c, uint32_t at)
{
	qs_heap_take(&c->heap, at);
	if (qs_heap_empty(&c->heap)) {
		c->row.limit = QS_ROW_MAX;
		row_opens(c);
	}
}

/* Take a stream out of the ready ones, if it is there. */
static void unready(struct rte_qsock_sched *s, uint32_t id)
{
	struct qs_clock *c = qs_clock(s);
	struct qs_stream *st = &s->streams[id];

	if (c->lone == id)
		c->lone = QS_NIL;
	if (!(st->flags & QS_ST_READY))
		return;
	st->flags &= ~(uint32_t)QS_ST_READY;
	if (st->flags & QS_ST_LADDER) {
		st->flags &= ~(uint32_t)QS_ST_LADDER;
		qs_ladder_remove(&c->ladder, id);
		row_opens(c);
		return;
	}
	if (!qs_row_empty(&c->row)) {
		qs_row_remove(&c->row, id);
		return;
	}
	heap_take(c, c->heap.at[id]);
}

void qs_clock_settle(struct rte_qsock_sched *s, uint32_t id)
{
	struct qs_clock *c = qs_clock(s);
	struct qs_stream *st = &s->streams[id];

	unready(s, id);
	if (st->head == QS_NIL)
		return;
	if (c->lone != QS_NIL)
		qs_clock_join(s);
	qs_clock_place(s, c, id, st, c->rules);
}

void qs_clock_join(struct rte_qsock_sched *s)
{
	struct qs_clock *c = qs_clock(s);
	struct qs_stream *st = &s->streams[c->lone];

	if (st->ts_ns <= s->now_ns)
		c->became_eligible = true;
	qs_clock_place(s, c, c->lone, st, c->rules);
	c->lone = QS_NIL;
}

/* Times are told anew from now on: most of a range that is long past is of no use. */
static void row_rescale(struct rte_qsock_sched *s, struct qs_clock *c)
{
	struct qs_row *row = &c->row;

	qs_row_retreat(row);
	qs_scale_adapt(&row->scale, s->now_ns);
	for (uint32_t k = row->first; k < row->end; k++)
		row->tail[k] = qs_row_key_id(row, row->tail[k]);
	row->sorted = row->first; /* those of the same step may stand otherwise now */
}

/* The row is left to the heap. */
static void row_to_heap(struct rte_qsock_sched *s, struct qs_clock *c)
{
	struct qs_row *row = &c->row;
	uint32_t first = row->first;

	row->first = row->end;
	row->limit = 0;
	row->open = false;
	row->bound = 0;
	for (uint32_t k = first; k < row->end; k++)
		c->rules->heap(s, qs_row_key_id(row, row->tail[k]));
}

/* Members of the row from here on move into the ladder. False: it has no room for a rung. */
static bool row_to_ladder(struct rte_qsock_sched *s, struct qs_clock *c, uint32_t from)
{
	struct qs_row *row = &c->row;
	qs_ladder_key keys[QS_ROW_SIZE] = {0};
	uint32_t n = 0;

	for (uint32_t k = from; k < row->end; k++) {
		uint32_t id = qs_row_key_id(row, row->tail[k]);
		const struct qs_stream *st = &s->streams[id];

		keys[n++] = qs_ladder_key_of(c->rules->key(st, qs_clock_deadline(s, st)), id);
	}
	if (!qs_ladder_spawn(&c->ladder, keys, n))
		return false;
	row->end = from;
	row->sorted = from;
	row->open = false;
	for (uint32_t k = 0; k < n; k++) {
		struct qs_stream *st = &s->streams[(uint32_t)keys[k]];
		uint64_t due_ns = qs_clock_due(s, st);

		st->flags |= QS_ST_LADDER;
		if (due_ns != RTE_QSOCK_NEVER)
			qs_timers_arm(s, &c->timers, st, (uint32_t)keys[k], due_ns);
	}
	return true;
}

#define QS_ROW_STAY (QS_ROW_MAX / 4) /* members of a full row that stay, at least */

void qs_clock_row_full(struct rte_qsock_sched *s)
{
	struct qs_clock *c = qs_clock(s);
	struct qs_row *row = &c->row;
	uint32_t from;

	if (row->sorted != row->end)
		c->rules->order(s);
	qs_row_retreat(row);
	/* Those that look alike stay together: who of them is the first is not known yet. */
	for (from = row->first + QS_ROW_STAY; from < row->end; from++)
		if ((row->tail[from - 1] ^ row->tail[from]) > row->scale.mask)
			break;
	if (from == row->end || !row_to_ladder(s, c, from))
		row_to_heap(s, c);
	else
		qs_row_advance(row, 0);
}

/* A stream comes out of the ladder, into the row. Its timer stays. */
static void take_into_row(struct rte_qsock_sched *s, uint32_t id)
{
	qs_row_append(&qs_clock(s)->row, id, RTE_QSOCK_NEVER);
}

static void take_into_heap(struct rte_qsock_sched *s, uint32_t id)
{
	s->streams[id].flags &= ~(uint32_t)QS_ST_LADDER;
	qs_clock(s)->rules->heap(s, id);
}

#define QS_DESCEND_MAX 64u /* streams that come at a time, */
#define QS_DESCEND_MIN 16u /* and so many at least, if there are more buckets */

/* The row and the heap are empty: the next come out of the ladder. */
static void descend(struct rte_qsock_sched *s, struct qs_clock *c)
{
	struct qs_row *row = &c->row;
	uint32_t n = qs_ladder_first(&c->ladder, QS_DESCEND_MAX);

	if (n > QS_DESCEND_MAX) {
		row->limit = 0;
		row->open = false;
		row->bound = 0;
		qs_ladder_take(s, &c->ladder, take_into_heap);
		return;
	}
	qs_row_begin(row, s->now_ns);
	do {
		qs_ladder_take(s, &c->ladder, take_into_row);
		n = qs_ladder_first(&c->ladder, QS_DESCEND_MAX);
	} while (n != 0 && row->end - row->first < QS_DESCEND_MIN &&
		 row->end - row->first + n <= QS_DESCEND_MAX);
	row_opens(c);
	if (n != 0)
		qs_ladder_fetch(s, &c->ladder);
	for (uint32_t k = row->first; k < row->end; k++) {
		struct qs_stream *st = &s->streams[(uint32_t)row->tail[k]];

		st->flags &= ~(uint32_t)QS_ST_LADDER;
		__builtin_prefetch(&s->recs[st->head]);
	}
}

uint32_t qs_clock_pop(struct rte_qsock_sched *s)
{
	struct qs_clock *c = qs_clock(s);
	struct qs_row *row = &c->row;
	uint32_t id;

	if (qs_heap_empty(&c->heap) && qs_row_empty(row) && !qs_ladder_empty(&c->ladder))
		descend(s, c);
	if (!qs_heap_empty(&c->heap)) {
		id = qs_heap_first(&c->heap);
		heap_take(c, 0);
		return id;
	}
	if (row->sorted != row->end)
		c->rules->order(s);
	qs_row_prepare(row);
	return qs_row_pop(s, row, c->rules->resolve);
}

void qs_clock_ready_behind(struct rte_qsock_sched *s, uint32_t id, uint64_t key, uint64_t due_ns)
{
	struct qs_clock *c = qs_clock(s);
	struct qs_row *row = &c->row;

	if (!qs_clock_few(c))
		c->rules->push(s, id);
	else if (row->sorted == row->end)
		qs_row_insert(row, key, due_ns);
	else
		qs_row_append(row, id, due_ns);
}

void qs_clock_serve_other(struct rte_qsock_sched *s, uint32_t id, struct qs_picked *p)
{
	struct qs_stream *st = &s->streams[id];
	const struct qs_rec *rec = &s->recs[st->head];

	st->flags &= ~(uint32_t)QS_ST_READY;
	if (st->flags & QS_ST_FRAMES) {
		p->rec = st->head;
		p->late = ((rec->pkt.flags | st->flags) & QS_REC_LATE) != 0;
		qs_queue_shift(s, st, rec);
		qs_request_sent(s, id, rec);
	} else {
		qs_clock_take(s, id, st, p, qs_clock(s)->rules);
	}
	if (st->head != QS_NIL)
		qs_clock_settle(s, id);
}

/* A member of the row: is it due, or when will it be? */
static void row_due_one(struct rte_qsock_sched *s, struct qs_clock *c, uint64_t key)
{
	uint32_t id = qs_row_key_id(&c->row, key);
	uint64_t due_ns = qs_clock_due(s, &s->streams[id]);

	/* Misses are dealt with in order of id, and only in a decision. */
	if (due_ns <= s->now_ns)
		qs_idset_add(&c->due, id);
	else
		qs_row_due(&c->row, due_ns);
}

void qs_clock_row_due(struct rte_qsock_sched *s)
{
	struct qs_clock *c = qs_clock(s);
	struct qs_row *row = &c->row;

	row->due_ns = RTE_QSOCK_NEVER;
	if (qs_row_empty(row))
		return;
	/* In a row that is never empty. */
	if ((s->now_ns - row->scale.epoch_ns) >> row->scale.shift > row->scale.max / 4 ||
	    qs_scale_unfit(&row->scale))
		row_rescale(s, c);
	for (uint32_t k = 0; k < QS_ROW_FRONT && row->front[k] != QS_ROW_NONE; k++)
		row_due_one(s, c, row->front[k]);
	for (uint32_t k = row->first; k < row->end; k++)
		row_due_one(s, c, row->tail[k]);
}

void qs_clock_fire_other(struct rte_qsock_sched *s, uint32_t id)
{
	struct qs_clock *c = qs_clock(s);
	struct qs_stream *st = &s->streams[id];

	if (!(st->flags & QS_ST_REALTIME)) /* set by a stream that had the id before */
		return;

	bool waited = !(st->flags & QS_ST_READY);
	uint64_t due_ns = qs_clock_due(s, st);

	if (waited && st->ts_ns <= s->now_ns)
		c->became_eligible = true;
	if (due_ns <= s->now_ns) {
		/* Misses are dealt with in order of id, and only in a decision. */
		qs_idset_add(&c->due, id);
		if (waited && st->ts_ns > s->now_ns)
			qs_timers_arm(s, &c->timers, st, id, st->ts_ns);
	} else if (waited) {
		qs_clock_place(s, c, id, st, c->rules);
	} else if (due_ns != RTE_QSOCK_NEVER) {
		qs_timers_arm(s, &c->timers, st, id, due_ns);
	}
}

void qs_clock_ahead_back(struct rte_qsock_sched *s, struct qs_clock *c)
{
	struct qs_ahead *a = &c->ahead;
	struct qs_timers *t = &c->timers;

	if (t->soonest_ns == a->until_ns) /* which may be too early */
		t->soonest_ns = t->at_ns + 1;
	for (uint32_t k = a->at; k < a->end; k++)
		qs_timers_arm(s, t, &s->streams[a->begins[k].id], (uint32_t)a->begins[k].id,
			      a->begins[k].time_ns);
	qs_ahead_clear(a);
}

/* Whether all that is queued is this stream's, and plain. */
static bool is_lone(const struct rte_qsock_sched *s, uint32_t id)
{
	const struct qs_stream *st = &s->streams[id];

	return st->head != QS_NIL && !(st->flags & (QS_ST_FRAMES | QS_ST_OWN | QS_ST_MISSED)) &&
	       qs_queue_len(s, id) == s->nr_queued;
}

void qs_clock_expire_due(struct rte_qsock_sched *s)
{
	struct qs_clock *c = qs_clock(s);

	while (c->due.count != 0) {
		uint32_t id = qs_idset_pop(&c->due);

		qs_clock_expire(s, id);
		qs_clock_settle(s, id);
		if (is_lone(s, id)) {
			unready(s, id);
			c->lone = id;
		}
	}
}

/* Of a real-time stream. */
static void arrive(struct rte_qsock_sched *s, uint32_t i)
{
	const struct rte_qsock_pkt *pkt = &s->recs[i].pkt;
	uint32_t id = s->recs[i].stream;
	struct qs_stream *st = &s->streams[id];
	struct qs_cold *cold = &s->colds[id];
	uint32_t seq = qs_seq_next(s, id);
	bool frames = st->flags & QS_ST_FRAMES;
	bool first = qs_frame_first(cold, pkt);

	if (frames && first && st->head == QS_NIL)
		qs_request_open(s, id);
	if (first)
		st->flags &= ~(QS_ST_CONDEMNED | QS_ST_OPEN_DIRTY);

	uint32_t frame = qs_frame_track(st, cold, pkt);
	bool empty = st->head == QS_NIL;

	if (frames && frame == 0)
		frame = qs_frame_next(cold); /* a packet outside is a frame of one */
	if (empty && (first || !frames) && pkt->arrival_ns > st->ts_ns)
		st->ts_ns = pkt->arrival_ns; /* D = max(D - T, a) + T */
	if (qs_clock_condemned(s, i, seq, frame)) {
		if (!empty)
			qs_clock_settle(s, id);
		return;
	}
	if (qs_queue_full(st)) {
		if (frames)
			qs_request_queue_drop(s, id, frame);
		qs_drop_arrival(s, i, seq, RTE_QSOCK_EV_QUEUE_DROP);
		return;
	}
	qs_queue_push(s, i, seq, frame);
	s->recs[i].missed_ns = st->ts_ns + st->ipg_ns; /* where its frame has missed that */
	if (st->flags & QS_ST_OPEN_DIRTY) {
		st->flags &= ~QS_ST_OPEN_DIRTY;
		s->recs[i].pkt.flags |= QS_REC_DIRTY;
	}
	if (empty)
		st->flags &= ~QS_ST_OWN;
	if (pkt->deadline_ns != 0)
		st->flags |= QS_ST_OWN;
	if (empty)
		qs_clock_settle(s, id);
}

bool qs_clock_arrive_other(struct rte_qsock_sched *s, uint32_t i)
{
	uint32_t flags = s->streams[s->recs[i].stream].flags;

	if (!(flags & QS_ST_USED))
		return false;
	if (qs_clock(s)->lone != QS_NIL)
		qs_clock_join(s);
	if (flags & QS_ST_REALTIME) {
		/* It may move the begin of its stream's period. */
		if (qs_ahead_any(&qs_clock(s)->ahead)) {
			qs_clock_ahead_back(s, qs_clock(s));
			qs_clock(s)->ahead.pause = QS_AHEAD_PAUSE;
		}
		arrive(s, i);
	} else {
		qs_queue_offer(s, i);
	}
	return true;
}

uint32_t qs_clock_arrive_more(struct rte_qsock_sched *s, const uint32_t *recs, uint32_t n)
{
	struct qs_stream *st;

	if (n == 0)
		return 0;
	st = &s->streams[s->recs[recs[0]].stream];
	if (!qs_clock_simple(st) || st->head == QS_NIL || st->room <= 0)
		return 0;
	return qs_queue_append_more(s, st, s->recs[recs[0]].stream, recs, n);
}

/* When to look at the timers next, or at those that were taken out of them. */
static uint64_t timers_next_ns(const struct rte_qsock_sched *s, struct qs_clock *c)
{
	const struct qs_ahead *a = &c->ahead;
	struct qs_timers *t = &c->timers;

	if (a->begins[a->at].time_ns < t->soonest_ns)
		return a->begins[a->at].time_ns;
	if (t->soonest_ns == a->until_ns)
		t->soonest_ns = t->at_ns + 1;
	return qs_timers_next_ns(s, t);
}

uint64_t qs_clock_next_ns(const struct rte_qsock_sched *s)
{
	const struct qs_clock *c = qs_clock(s);

	if (!qs_row_empty(&c->row) || !qs_heap_empty(&c->heap) || !qs_ladder_empty(&c->ladder) ||
	    s->fifo_head != QS_NIL)
		return 0;
	if (c->lone != QS_NIL)
		return c->work_conserving || s->streams[c->lone].ts_ns <= s->now_ns
			       ? 0
			       : s->streams[c->lone].ts_ns;
	/* The timers of idle streams are of no interest where no other is. */
	return s->nr_queued != 0 ? timers_next_ns(s, qs_clock(s)) : RTE_QSOCK_NEVER;
}

/* Keys of bits for an id tell times up to so far ahead. */
static void set_scale(const struct qs_clock *c, struct qs_scale *scale, uint32_t bits, uint32_t ahead_log2_ns)
{
	uint32_t steps_log2 = c->rules->time_bits - bits;

	scale->bits = bits;
	scale->mask = (UINT64_C(1) << bits) - 1;
	scale->max = (UINT64_MAX >> (64 - steps_log2)) - 1; /* no key is QS_ROW_NONE */
	scale->shift = !c->rules->whole && ahead_log2_ns > steps_log2 ? ahead_log2_ns - steps_log2 : 0;
	scale->shift = scale->shift < 60 ? scale->shift : 60;
	scale->clipped = false;
	scale->alike = 0;
}

/* Deadlines lie so far ahead, as a rule; they may be many periods ahead. */
static void row_scale(struct rte_qsock_sched *s, struct qs_clock *c, uint32_t ahead_log2_ns)
{
	uint32_t bits = s->max_streams > 1 ? 32 - (uint32_t)__builtin_clz(s->max_streams - 1) : 0;

	set_scale(c, &c->row.scale, bits, ahead_log2_ns + 6);
	qs_row_begin(&c->row, s->now_ns);
}

/* One more stream with periods, or one fewer. */
static void count_timed(struct rte_qsock_sched *s, unsigned int cls, uint64_t ipg_ns, int32_t n)
{
	struct qs_clock *c = qs_clock(s);

	if (cls != RTE_QSOCK_REALTIME)
		return;
	/* Of the others' periods the first says something; keys adapt to what comes. */
	if (c->nr_timed == 0 && qs_row_empty(&c->row))
		row_scale(s, c, 63 - (uint32_t)__builtin_clzll(ipg_ns | 1));
	c->nr_timed += (uint32_t)n;
}

void qs_clock_add(struct rte_qsock_sched *s, uint32_t id)
{
	const struct qs_brief *conf = &s->colds[id].conf;

	if (conf->cls == RTE_QSOCK_REALTIME && conf->unit == RTE_QSOCK_UNIT_FRAME)
		s->streams[id].flags |= QS_ST_FRAMES;
	count_timed(s, conf->cls, conf->ipg_ns, 1);
}

void qs_clock_change(struct rte_qsock_sched *s, uint32_t id, const struct rte_qsock_stream_conf *old)
{
	const struct qs_brief *conf = &s->colds[id].conf;
	struct qs_stream *st = &s->streams[id];

	if (conf->cls == RTE_QSOCK_REALTIME && conf->unit == RTE_QSOCK_UNIT_FRAME)
		st->flags |= QS_ST_FRAMES;
	count_timed(s, conf->cls, conf->ipg_ns, 1);
	count_timed(s, old->cls, old->ipg_ns, -1);
	qs_clock_ahead_back(s, qs_clock(s));
	qs_clock(s)->became_eligible = true; /* it may have: the next poll is a decision */
	if (st->flags & QS_ST_REALTIME)
		qs_clock_settle(s, id);
	else
		qs_idset_del(&qs_clock(s)->due, id);
}

void qs_clock_remove(struct rte_qsock_sched *s, uint32_t id)
{
	const struct qs_brief *conf = &s->colds[id].conf;
	struct qs_clock *c = qs_clock(s);

	qs_clock_ahead_back(s, c);
	unready(s, id);
	qs_idset_del(&c->due, id);
	count_timed(s, conf->cls, conf->ipg_ns, -1);
}

void qs_clock_state(const struct rte_qsock_sched *s, uint32_t id, struct rte_qsock_stream_state *state)
{
	const struct qs_stream *st = &s->streams[id];

	if (!(st->flags & QS_ST_REALTIME))
		return;
	state->deadline_ns = qs_clock_deadline(s, st);
	state->eligible_ns = qs_clock(s)->work_conserving ? 0 : st->ts_ns;
}

int qs_clock_create(struct rte_qsock_sched *s, const struct rte_qsock_sched_conf *conf,
		    const struct qs_rules *rules)
{
	uint32_t n = s->max_streams;
	struct qs_clock *c = rte_qsock_sched_alloc(s, sizeof(*c));

	if (c == NULL || qs_heap_create(s, &c->heap, n) != 0 || qs_ladder_create(s, &c->ladder, n) != 0)
		return -ENOMEM;
	c->heap.at = c->ladder.at; /* a stream is in one of them */
	for (unsigned int l = 0; l < QS_IDSET_LEVELS - 1; l++) {
		c->due.levels[l] = rte_qsock_sched_alloc(s, qs_idset_words(n, l) * sizeof(uint64_t));
		if (c->due.levels[l] == NULL)
			return -ENOMEM;
	}
	c->rules = rules;
	qs_row_init(&c->row, s->now_ns);
	row_scale(s, c, 0);
	c->work_conserving = conf->work_conserving;
	c->lone = QS_NIL;
	qs_ahead_clear(&c->ahead);
	c->fetch_ahead = n >= QS_AHEAD_STREAMS;
	rte_qsock_sched_priv_set(s, c);
	return qs_timers_create(s, &c->timers);
}
