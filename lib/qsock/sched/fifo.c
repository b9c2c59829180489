/* SPDX-License-Identifier: BSD-3-Clause */
/* First in, first out, over all streams. The queues do all the work. */
#include "qs_batch.h"

static void fifo_add(struct rte_qsock_sched *s, uint32_t id)
{
	s->streams[id].flags |= QS_ST_FIFO;
}

static void fifo_change(struct rte_qsock_sched *s, uint32_t id, const struct rte_qsock_stream_conf *old)
{
	fifo_add(s, id);
}

static void arrive_one(struct rte_qsock_sched *s, uint32_t i, uint32_t id)
{
	qs_queue_try(s, i);
}

static uint32_t fifo_arrive(struct rte_qsock_sched *s, uint32_t *recs, uint32_t n)
{
	return qs_arrive_with(s, recs, n, arrive_one);
}

static bool select_one(struct rte_qsock_sched *s, struct qs_picked *p)
{
	return qs_fifo_take(s, p);
}

static uint32_t fifo_pick(struct rte_qsock_sched *s, struct qs_pace *pace, struct qs_picked *out,
			  uint32_t max)
{
	return qs_pick_with(s, pace, out, max, select_one, qs_queued_next_ns);
}

const struct qs_discipline qs_discipline_fifo = {
	.ops = {.name = "fifo", .add = fifo_add, .change = fifo_change},
	.arrive = fifo_arrive,
	.pick = fifo_pick,
};
