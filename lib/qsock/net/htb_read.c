/* SPDX-License-Identifier: BSD-3-Clause */
/* What the kernel counts of a class of ours. */
#include <errno.h>
#include <linux/gen_stats.h>
#include <linux/rtnetlink.h>

#include <netlink/attr.h>

#include <rte_errno.h>

#include "net/qs_qdisc_priv.h"

struct question {
	uint32_t class;
	bool found;
	struct qs_qdisc_counts *counts;
};

static void counts_take(struct qs_qdisc_counts *c, struct nlattr *stats)
{
	struct nlattr *tb[TCA_STATS_MAX + 1];
	struct gnet_stats_basic basic = {0};
	struct gnet_stats_queue queue = {0};

	if (nla_parse_nested(tb, TCA_STATS_MAX, stats, NULL) < 0)
		return;
	if (tb[TCA_STATS_BASIC] != NULL)
		nla_memcpy(&basic, tb[TCA_STATS_BASIC], sizeof(basic));
	if (tb[TCA_STATS_QUEUE] != NULL)
		nla_memcpy(&queue, tb[TCA_STATS_QUEUE], sizeof(queue));
	*c = (struct qs_qdisc_counts){
		/* The short one wraps. */
		.packets = tb[TCA_STATS_PKT64] != NULL ? nla_get_u64(tb[TCA_STATS_PKT64]) : basic.packets,
		.bytes = basic.bytes,
		.drops = queue.drops,
		.backlog_packets = queue.qlen,
		.backlog_bytes = queue.backlog,
	};
}

static int class_look(const struct nlmsghdr *nlh, const struct tcmsg *tcm, struct nlattr **attrs, void *arg)
{
	struct question *q = arg;

	(void)nlh;
	if (tcm->tcm_handle != q->class || attrs[TCA_STATS2] == NULL)
		return 0;
	counts_take(q->counts, attrs[TCA_STATS2]);
	q->found = true;
	return 0;
}

int qs_qdisc_counts_read(struct qs_qdisc *q, uint32_t class, struct qs_qdisc_counts *counts)
{
	struct question question = {.class = class, .counts = counts};

	if (qs_tc_each(q->sk, RTM_GETTCLASS, q->head.id.ifindex, 0, class_look, &question) < 0)
		return -1;
	if (question.found)
		return 0;
	rte_errno = ENOENT;
	return -1;
}
