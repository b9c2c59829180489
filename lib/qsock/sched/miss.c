/* SPDX-License-Identifier: BSD-3-Clause */
/* Misses and late drops in dwcs and vds. */
#include "qs_clock.h"
#include "qs_queue.h"

static void miss(struct rte_qsock_sched *s, uint32_t id, uint64_t n)
{
	qs_violated(s, id, qs_clock(s)->rules->miss(&s->streams[id], n));
}

static void miss_once(struct rte_qsock_sched *s, uint32_t id)
{
	miss(s, id, 1);
	qs_clock_step(&s->streams[id], 1);
}

/* unit = packet: the rest of a frame that lost a packet to its deadline is useless. */
static void condemn(struct rte_qsock_sched *s, uint32_t id, uint32_t frame)
{
	struct qs_stream *st = &s->streams[id];
	uint32_t i = st->head;

	if (frame == s->colds[id].open_frame)
		st->flags |= QS_ST_CONDEMNED;
	/* The packets of a frame stand together, and what was before the one dropped has left. */
	while (i != QS_NIL && s->recs[i].frame == frame) {
		uint32_t next = s->recs[i].next;

		if (qs_droppable(st, &s->recs[i].pkt)) {
			miss_once(s, id);
			qs_drop_rec(s, i, s->now_ns, RTE_QSOCK_EV_FRAME_DROP);
		}
		i = next;
	}
}

static void miss_packet(struct rte_qsock_sched *s, uint32_t id)
{
	struct qs_stream *st = &s->streams[id];
	struct qs_rec *rec = &s->recs[st->head];

	if (qs_droppable(st, &rec->pkt)) {
		uint32_t frame = rec->frame;

		miss_once(s, id);
		qs_drop_rec(s, st->head, s->now_ns, RTE_QSOCK_EV_LATE_DROP);
		if (frame != 0)
			condemn(s, id, frame);
		return;
	}
	if (!(rec->pkt.flags & QS_REC_LATE))
		rec->missed_ns = qs_clock_deadline(s, st);
	rec->pkt.flags |= QS_REC_LATE;
	if (qs_head_has_own(s, st)) {
		rec->pkt.flags |= QS_REC_CONSUMED;
		miss_once(s, id);
		return;
	}

	/* It stays the head, so every period that has passed is a miss: all at once. */
	uint64_t n = (s->now_ns - st->ts_ns) / st->ipg_ns;

	miss(s, id, n);
	qs_clock_step(st, n);
}

/* unit = frame: the one miss of the frame that the head belongs to. */
static void miss_frame(struct rte_qsock_sched *s, uint32_t id)
{
	struct qs_stream *st = &s->streams[id];
	uint32_t i = st->head, frame = s->recs[i].frame;
	uint8_t type = RTE_QSOCK_EV_LATE_DROP;
	uint64_t missed_ns = qs_clock_deadline(s, st);

	miss(s, id, 1);
	st->flags |= QS_ST_MISSED;
	if (qs_head_has_own(s, st))
		s->recs[i].pkt.flags |= QS_REC_CONSUMED;
	while (i != QS_NIL && s->recs[i].frame == frame) {
		uint32_t next = s->recs[i].next;

		s->recs[i].missed_ns = missed_ns;
		if (qs_droppable(st, &s->recs[i].pkt))
			qs_drop_rec(s, i, s->now_ns, type);
		type = RTE_QSOCK_EV_FRAME_DROP;
		i = next;
	}
	qs_request_left(s, id, frame);
}

void qs_clock_expire(struct rte_qsock_sched *s, uint32_t id)
{
	struct qs_stream *st = &s->streams[id];

	while (st->head != QS_NIL && qs_clock_due(s, st) <= s->now_ns) {
		if (st->flags & QS_ST_FRAMES)
			miss_frame(s, id);
		else
			miss_packet(s, id);
	}
}

bool qs_clock_condemned(struct rte_qsock_sched *s, uint32_t i, uint32_t seq, uint32_t frame)
{
	uint32_t id = s->recs[i].stream;
	struct qs_stream *st = &s->streams[id];

	if (!qs_droppable(st, &s->recs[i].pkt))
		return false;
	if (st->flags & QS_ST_FRAMES) {
		/* Only the current frame can have missed, and only the open one can still grow. */
		if (!(st->flags & QS_ST_MISSED) || (st->head != QS_NIL && s->recs[st->head].frame != frame))
			return false;
		/* It was the frame's miss already. */
		qs_drop_arrival(s, i, seq, RTE_QSOCK_EV_FRAME_DROP);
		qs_request_left(s, id, frame);
		return true;
	}
	if (!(st->flags & QS_ST_CONDEMNED) || frame == 0)
		return false;
	miss_once(s, id);
	qs_drop_arrival(s, i, seq, RTE_QSOCK_EV_FRAME_DROP);
	return true;
}
