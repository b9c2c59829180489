/* SPDX-License-Identifier: BSD-3-Clause */
/* A stream's parameters in as few bits as their ranges take: there may be a million of them. */
#ifndef QS_BRIEF_H
#define QS_BRIEF_H

#include "rte_qsock_sched.h"

/* Fields, names and units are those of struct rte_qsock_stream_conf. */
struct qs_brief {
	uint64_t ipg_ns : 40;
	uint64_t queue_packets : 17;
	uint64_t cls : 1;
	uint64_t unit : 1;
	uint64_t droppable : 1;
	uint64_t in_order : 1;
	uint64_t deadline_ns : 40;
	uint64_t oln : 16;
	uint64_t old : 16;
} __attribute__((packed, aligned(4)));

_Static_assert(sizeof(struct qs_brief) == 20, "of 32");
_Static_assert(RTE_QSOCK_IPG_MAX_NS < UINT64_C(1) << 40 && RTE_QSOCK_DEADLINE_MAX_NS < UINT64_C(1) << 40 &&
		       RTE_QSOCK_WINDOW_MAX < 1u << 16 && RTE_QSOCK_QUEUE_MAX < 1u << 17,
	       "what passes rte_qsock_stream_check() fits");

/* Of parameters that have been checked. */
static inline struct qs_brief qs_brief_of(const struct rte_qsock_stream_conf *conf)
{
	return (struct qs_brief){
		.ipg_ns = conf->ipg_ns,
		.queue_packets = conf->queue_packets,
		.cls = conf->cls,
		.unit = conf->unit,
		.droppable = conf->droppable,
		.in_order = conf->in_order,
		.deadline_ns = conf->deadline_ns,
		.oln = conf->oln,
		.old = conf->old,
	};
}

static inline struct rte_qsock_stream_conf qs_brief_whole(const struct qs_brief *brief)
{
	return (struct rte_qsock_stream_conf){
		.ipg_ns = brief->ipg_ns,
		.deadline_ns = brief->deadline_ns,
		.oln = brief->oln,
		.old = brief->old,
		.queue_packets = brief->queue_packets,
		.cls = brief->cls,
		.unit = brief->unit,
		.droppable = brief->droppable,
		.in_order = brief->in_order,
	};
}

#endif
