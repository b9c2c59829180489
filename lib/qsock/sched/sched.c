/* SPDX-License-Identifier: BSD-3-Clause */
/* The public calls. */
#include <errno.h>

#include "rte_qsock_sched.h"

void rte_qsock_stream_defaults(struct rte_qsock_stream_conf *conf)
{
}

int rte_qsock_stream_check(const char *discipline, const struct rte_qsock_stream_conf *conf, char *why,
			   size_t why_len)
{
	return -ENOSYS;
}

int rte_qsock_sched_create(const struct rte_qsock_sched_conf *conf, struct rte_qsock_sched **out)
{
	return -ENOSYS;
}

void rte_qsock_sched_free(struct rte_qsock_sched *s)
{
}

int rte_qsock_sched_add(struct rte_qsock_sched *s, uint32_t id, const struct rte_qsock_stream_conf *conf)
{
	return -ENOSYS;
}

int rte_qsock_sched_change(struct rte_qsock_sched *s, uint32_t id, const struct rte_qsock_stream_conf *conf)
{
	return -ENOSYS;
}

int rte_qsock_sched_remove(struct rte_qsock_sched *s, uint32_t id, uint64_t now_ns)
{
	return -ENOSYS;
}

int rte_qsock_sched_enqueue(struct rte_qsock_sched *s, uint32_t id, const struct rte_qsock_pkt *pkt,
			    uint64_t now_ns)
{
	return -ENOSYS;
}

bool rte_qsock_sched_decide(struct rte_qsock_sched *s, uint64_t now_ns, struct rte_qsock_event *sent)
{
	return false;
}

uint64_t rte_qsock_sched_next_ns(const struct rte_qsock_sched *s)
{
	return RTE_QSOCK_NEVER;
}

uint32_t rte_qsock_sched_room(const struct rte_qsock_sched *s)
{
	return 0;
}

int rte_qsock_sched_state(const struct rte_qsock_sched *s, uint32_t id, struct rte_qsock_stream_state *state)
{
	return -ENOSYS;
}

int rte_qsock_sched_conf_get(const struct rte_qsock_sched *s, uint32_t id, struct rte_qsock_stream_conf *conf)
{
	return -ENOSYS;
}
