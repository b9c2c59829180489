/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What dwcs and vds share: the stream clock with its eligibility, misses and drops, and frames as
 * requests. A discipline adds its rules: what a service and a miss do to the window, and the key.
 */
#ifndef QS_CLOCK_H
#define QS_CLOCK_H

#include "qs_ahead.h"
#include "qs_idset.h"
#include "qs_heap.h"
#include "qs_ladder.h"
#include "qs_row.h"
#include "qs_timers.h"
#include "qs_types.h"

struct qs_rules {
	uint64_t (*service)(struct qs_stream *st); /* these return violations */
	uint64_t (*miss)(struct qs_stream *st, uint64_t n);
	/* All that decides before the arrival of the head. */
	struct qs_key (*key)(const struct qs_stream *st, uint64_t deadline_ns);
	/* The same in 64 bits, with 0 in those of an id; see qs_scale.h. */
	uint64_t (*brief)(const struct qs_stream *st, uint64_t deadline_ns, const struct qs_scale *scale);
	/* Put the row in order. */
	void (*order)(struct rte_qsock_sched *s);
	/* The first of it look alike: who of them is the first? It leaves. */
	uint32_t (*resolve)(struct rte_qsock_sched *s);
	/* Among the ready ones, where these are not few. */
	void (*push)(struct rte_qsock_sched *s, uint32_t id);
	/* Into the heap. */
	void (*heap)(struct rte_qsock_sched *s, uint32_t id);
	/* Take timers of the next decisions. */
	void (*ahead)(struct rte_qsock_sched *s);
	uint32_t time_bits; /* of a brief key, with an id's */
	bool whole;	    /* these are enough for any time */
};

#define QS_AHEAD_STREAMS 16384u /* from so many on memory is fetched ahead: they are not in the caches */

struct qs_clock {
	struct qs_timers timers;
	const struct qs_rules *rules;
	uint32_t nr_timed; /* real-time streams */
	bool work_conserving;
	bool became_eligible; /* a stream has, since the last decision */
	/* The one stream that is backlogged, if what it has is plain: then it is in no order, and has no
	 * timer that counts. QS_NIL: there is none, or there are others. */
	uint32_t lone;
	bool fetch_ahead; /* so many streams that they are not in the caches */
	struct qs_ahead ahead;
	struct qs_idset due; /* streams whose head's deadline has passed */
	/* The ready streams: the first of them in the row, or, if too many of them are alike for it, in the
	 * heap, and one of the two is empty; the others in the ladder. */
	struct qs_row row;
	struct qs_heap heap;
	struct qs_ladder ladder;
};

int qs_clock_create(struct rte_qsock_sched *s, const struct rte_qsock_sched_conf *conf,
		    const struct qs_rules *rules);
void qs_clock_add(struct rte_qsock_sched *s, uint32_t id);
void qs_clock_change(struct rte_qsock_sched *s, uint32_t id, const struct rte_qsock_stream_conf *old);
void qs_clock_remove(struct rte_qsock_sched *s, uint32_t id);
/* A packet that does not go the simple way. False: its stream is not in use. */
bool qs_clock_arrive_other(struct rte_qsock_sched *s, uint32_t i);
/* Of n packets that arrive: the first of them together, if they are of one stream that has some already and
 * go the simple way. Returns how many. */
uint32_t qs_clock_arrive_more(struct rte_qsock_sched *s, const uint32_t *recs, uint32_t n);
uint64_t qs_clock_next_ns(const struct rte_qsock_sched *s);
void qs_clock_state(const struct rte_qsock_sched *s, uint32_t id, struct rte_qsock_stream_state *state);

/* After ts, the window, the head or the parameters have changed: is it ready, and what is its timer? */
void qs_clock_settle(struct rte_qsock_sched *s, uint32_t id);
/* The row is full: most of it moves into the ladder, or all into the heap. */
void qs_clock_row_full(struct rte_qsock_sched *s);
/* The row is not prepared, and may be empty: the first of the ready ones leaves. Returns QS_NIL if there is
 * none. */
uint32_t qs_clock_pop(struct rte_qsock_sched *s);
/* A ready stream with a key that is not below the row's bound. */
void qs_clock_ready_behind(struct rte_qsock_sched *s, uint32_t id, uint64_t key, uint64_t due_ns);
/* Take the head of a ready stream, where that may not be all of its request, or the next one's differs. */
void qs_clock_serve_other(struct rte_qsock_sched *s, uint32_t id, struct qs_picked *p);
/* The lone stream joins the others: there is another now, or it is not plain any more. */
void qs_clock_join(struct rte_qsock_sched *s);
/* Some in the row may be due: tell them apart. */
void qs_clock_row_due(struct rte_qsock_sched *s);
/* A timer where it is not simply the begin of a period. */
void qs_clock_fire_other(struct rte_qsock_sched *s, uint32_t id);
/* What was taken out of the timers goes back. */
void qs_clock_ahead_back(struct rte_qsock_sched *s, struct qs_clock *c);
/* All streams that are due, in order of id. */
void qs_clock_expire_due(struct rte_qsock_sched *s);

/* miss.c: all misses of a stream up to now. The caller settles it. */
void qs_clock_expire(struct rte_qsock_sched *s, uint32_t id);
/* A packet arrives: true if it was dropped, being of an open frame that is lost. */
bool qs_clock_condemned(struct rte_qsock_sched *s, uint32_t i, uint32_t seq, uint32_t frame);

/* request.c: frames as requests (unit = frame). */
/* A packet that is the first of a frame arrives in an empty queue: what came before is over. */
void qs_request_open(struct rte_qsock_sched *s, uint32_t id);
/* A packet of this frame has left the queue, or was dropped on arrival: the frame may be over. */
void qs_request_left(struct rte_qsock_sched *s, uint32_t id, uint32_t frame);
/* A packet of this frame was sent: the frame may be over. */
void qs_request_sent(struct rte_qsock_sched *s, uint32_t id, const struct qs_rec *rec);
/* A packet of the open frame was a queue_drop. */
void qs_request_queue_drop(struct rte_qsock_sched *s, uint32_t id, uint32_t frame);

static inline struct qs_clock *qs_clock(const struct rte_qsock_sched *s)
{
	return s->priv;
}

/* D goes on by n periods. Times end at QS_TIME_MAX, which a clock does not reach. */
static inline void qs_clock_step(struct qs_stream *st, uint64_t n)
{
	st->ts_ns += n * st->ipg_ns;
	if (qs_unlikely(st->ts_ns > QS_TIME_MAX))
		st->ts_ns = QS_TIME_MAX;
}

static inline bool qs_head_has_own(const struct rte_qsock_sched *s, const struct qs_stream *st)
{
	if (qs_likely(!(st->flags & QS_ST_OWN)))
		return false;

	const struct rte_qsock_pkt *pkt = &s->recs[st->head].pkt;

	return pkt->deadline_ns != 0 && !(pkt->flags & QS_REC_CONSUMED);
}

/* The deadline that decides of a backlogged stream: D, or the head's own. */
static inline uint64_t qs_clock_deadline(const struct rte_qsock_sched *s, const struct qs_stream *st)
{
	if (qs_head_has_own(s, st))
		return s->recs[st->head].pkt.deadline_ns;
	return st->ts_ns + st->ipg_ns;
}

/* When the next miss is. A frame that has missed does not miss again. */
static inline uint64_t qs_clock_due(const struct rte_qsock_sched *s, const struct qs_stream *st)
{
	return st->flags & QS_ST_MISSED ? RTE_QSOCK_NEVER : qs_clock_deadline(s, st);
}

#endif
