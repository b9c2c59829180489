/* SPDX-License-Identifier: BSD-3-Clause */
/* First in, first out, over all streams. The queues do all the work. */
#include "qs_queue.h"

static void fifo_add(struct rte_qsock_sched *s, uint32_t id)
{
	s->streams[id].flags |= QS_ST_FIFO;
}

static void fifo_change(struct rte_qsock_sched *s, uint32_t id, const struct rte_qsock_stream_conf *old)
{
	fifo_add(s, id);
}

const struct rte_qsock_sched_ops qs_fifo_ops = {
	.name = "fifo",
	.add = fifo_add,
	.change = fifo_change,
	.enqueue = qs_queue_offer,
	.decide = qs_fifo_take,
};
