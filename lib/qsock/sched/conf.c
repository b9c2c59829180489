/* SPDX-License-Identifier: BSD-3-Clause */
/* Parameters of streams: defaults and ranges. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "qs_types.h"

void rte_qsock_stream_defaults(struct rte_qsock_stream_conf *conf)
{
	memset(conf, 0, sizeof(*conf));
	conf->cls = RTE_QSOCK_REALTIME;
	conf->unit = RTE_QSOCK_UNIT_PACKET;
	conf->queue_packets = RTE_QSOCK_QUEUE_DEFAULT;
	conf->droppable = true;
}

static int check_numbers(const struct rte_qsock_stream_conf *conf, char *why, size_t why_len)
{
	if (conf->ipg_ns != 0 && (conf->ipg_ns < RTE_QSOCK_IPG_MIN_NS || conf->ipg_ns > RTE_QSOCK_IPG_MAX_NS))
		snprintf(why, why_len, "ipg %" PRIu64 " ns: not in %" PRIu64 " .. %" PRIu64 " ns",
			 conf->ipg_ns, RTE_QSOCK_IPG_MIN_NS, RTE_QSOCK_IPG_MAX_NS);
	else if (conf->deadline_ns > RTE_QSOCK_DEADLINE_MAX_NS)
		snprintf(why, why_len, "deadline %" PRIu64 " ns: not in 1 .. %" PRIu64 " ns",
			 conf->deadline_ns, RTE_QSOCK_DEADLINE_MAX_NS);
	else if (conf->old > RTE_QSOCK_WINDOW_MAX)
		snprintf(why, why_len, "old %" PRIu32 ": not in 0 .. %u", conf->old, RTE_QSOCK_WINDOW_MAX);
	else if (conf->oln > conf->old)
		snprintf(why, why_len, "oln %" PRIu32 ": not in 0 .. old, which is %" PRIu32, conf->oln,
			 conf->old);
	else if (conf->queue_packets == 0 || conf->queue_packets > RTE_QSOCK_QUEUE_MAX)
		snprintf(why, why_len, "queue %" PRIu32 " packets: not in 1 .. %u", conf->queue_packets,
			 RTE_QSOCK_QUEUE_MAX);
	else
		return 0;
	return -EINVAL;
}

static int check_choices(const struct rte_qsock_stream_conf *conf, char *why, size_t why_len)
{
	if (conf->cls > RTE_QSOCK_BEST_EFFORT)
		snprintf(why, why_len, "class %u: not in 0 (realtime) .. 1 (best-effort)", conf->cls);
	else if (conf->unit > RTE_QSOCK_UNIT_FRAME)
		snprintf(why, why_len, "unit %u: not in 0 (packet) .. 1 (frame)", conf->unit);
	else
		return 0;
	return -EINVAL;
}

int rte_qsock_stream_check(const char *discipline, const struct rte_qsock_stream_conf *conf, char *why,
			   size_t why_len)
{
	const struct rte_qsock_sched_ops *ops = qs_ops_find(discipline);
	char unread[8];

	if (why == NULL || why_len == 0) {
		why = unread;
		why_len = sizeof(unread);
	}
	why[0] = '\0';
	if (ops == NULL) {
		snprintf(why, why_len, "no discipline '%s'", discipline != NULL ? discipline : "(none)");
		return -ENOENT;
	}
	if (conf == NULL) {
		snprintf(why, why_len, "no parameters");
		return -EINVAL;
	}
	if (check_numbers(conf, why, why_len) != 0 || check_choices(conf, why, why_len) != 0)
		return -EINVAL;
	return ops->check != NULL ? ops->check(conf, why, why_len) : 0;
}
