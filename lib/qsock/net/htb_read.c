/* SPDX-License-Identifier: BSD-3-Clause */
/* What the kernel counts of our classes. */
#include <errno.h>
#include <linux/gen_stats.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>

#include <netlink/attr.h>

#include <rte_errno.h>

#include "net/qs_qdisc_priv.h"

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
	static const uint32_t classes[QS_QDISC_CLASSES] = {QS_QDISC_URGENT, QS_QDISC_MANAGED,
							   QS_QDISC_BEST_EFFORT};
	struct qs_qdisc_counts *counts = arg;
	uint32_t i;

	(void)nlh;
	for (i = 0; i < QS_QDISC_CLASSES; i++) {
		if (tcm->tcm_handle == classes[i] && attrs[TCA_STATS2] != NULL)
			counts_take(&counts[i], attrs[TCA_STATS2]);
	}
	return 0;
}

int qs_qdisc_counts_read(const char *ifname, struct qs_qdisc_counts counts[QS_QDISC_CLASSES])
{
	struct nl_sock *sk;
	struct qs_tc_root root;
	int ifindex, ret;

	if (qs_ifid_check("qdisc", ifname) < 0)
		return -1;
	sk = qs_tc_socket();
	if (sk == NULL)
		return -1;
	ifindex = (int)if_nametoindex(ifname);
	memset(counts, 0, QS_QDISC_CLASSES * sizeof(counts[0]));
	ret = qs_tc_root(sk, ifindex, &root);
	if (ret == 0 && !qs_tc_root_is_ours(&root)) {
		rte_errno = ESTALE;
		ret = -1;
	}
	if (ret == 0)
		ret = qs_tc_each(sk, RTM_GETTCLASS, ifindex, 0, class_look, counts);
	nl_socket_free(sk);
	return ret;
}

/* What ETF counts, if it is there. */
struct timed {
	struct qs_qdisc_counts counts;
	bool there;
};

static int timed_look(const struct nlmsghdr *nlh, const struct tcmsg *tcm, struct nlattr **attrs, void *arg)
{
	struct timed *timed = arg;

	(void)nlh;
	if (tcm->tcm_parent != QS_QDISC_TIMED || attrs[TCA_KIND] == NULL || attrs[TCA_STATS2] == NULL ||
	    strcmp(nla_get_string(attrs[TCA_KIND]), "etf") != 0)
		return 0;
	counts_take(&timed->counts, attrs[TCA_STATS2]);
	timed->there = true;
	return 0;
}

int qs_qdisc_timed_drops(int ifindex, uint32_t *drops)
{
	struct nl_sock *sk = qs_tc_socket();
	struct timed timed = {0};
	int ret;

	if (sk == NULL)
		return -1;
	ret = qs_tc_each(sk, RTM_GETQDISC, ifindex, 0, timed_look, &timed);
	nl_socket_free(sk);
	if (ret == 0 && !timed.there) {
		rte_errno = ESTALE;
		ret = -1;
	}
	*drops = (uint32_t)timed.counts.drops;
	return ret;
}
