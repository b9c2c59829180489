/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The queues of our classes. That of best effort takes segments apart, and so do all where the sockets in
 * them are others': TCP gives the qdisc up to 64 KB at a time, 26 ms of a link of 20 Mbit/s, which HTB sends
 * as one packet, with the overhead of one. A TBF, which here limits nothing, cuts what is longer than a
 * frame; as long as the interface's frames stay as long.
 */
#include <errno.h>
#include <net/if.h>
#include <time.h>

#include <netlink/attr.h>

#include <rte_errno.h>

#include "eal/qs_log.h"
#include "net/qs_link_mtu.h"
#include "net/qs_qdisc_priv.h"

#define NO_LIMIT_BYTES_S UINT64_C(12500000000) /* 100 Gbit/s */
#define HEADERS_BYTES 22		       /* Ethernet and a VLAN tag: what an MTU does not count */
#define MTU_DEFAULT 1500u
#define ETF_LOOK_NS 500000

/* By its number: it may have another name by now. */
static uint32_t mtu_of(int ifindex)
{
	char name[IF_NAMESIZE];
	uint32_t mtu = if_indextoname((unsigned int)ifindex, name) != NULL ? qs_link_mtu(name) : 0;

	return mtu != 0 ? mtu : MTU_DEFAULT;
}

static int fifo_put(struct nl_msg *msg, uint32_t packets)
{
	struct tc_fifo_qopt opt = {.limit = packets};

	return nla_put_string(msg, TCA_KIND, "pfifo") < 0 ? -1 : nla_put(msg, TCA_OPTIONS, sizeof(opt), &opt);
}

static int cutter_put(struct nl_msg *msg, uint32_t packets, uint32_t mtu_bytes)
{
	const uint32_t frame_bytes = mtu_bytes + HEADERS_BYTES;
	const struct tc_tbf_qopt opt = {
		.rate = {.linklayer = TC_LINKLAYER_ETHERNET, .rate = UINT32_MAX},
		.limit = packets * frame_bytes,
	};
	struct nlattr *options;

	if (nla_put_string(msg, TCA_KIND, "tbf") < 0)
		return -1;
	options = nla_nest_start(msg, TCA_OPTIONS);
	if (options == NULL || nla_put(msg, TCA_TBF_PARMS, sizeof(opt), &opt) < 0 ||
	    nla_put_u64(msg, TCA_TBF_RATE64, NO_LIMIT_BYTES_S) < 0 ||
	    nla_put_u32(msg, TCA_TBF_BURST, frame_bytes) < 0)
		return -1;
	nla_nest_end(msg, options);
	return 0;
}

static int leaf_send(const struct qs_qdisc *q, uint32_t class, int flags, uint32_t packets, bool cuts)
{
	struct nl_msg *msg = qs_tc_message(RTM_NEWQDISC, flags, q->head.id.ifindex, class, 0);
	int ret;

	if (msg == NULL)
		return -1;
	ret = cuts ? cutter_put(msg, packets, q->mtu_bytes) : fifo_put(msg, packets);
	if (ret == 0)
		return qs_tc_send(q->sk, msg);
	nlmsg_free(msg);
	return qs_fail(ENOMEM, "qdisc: no memory for a message");
}

static bool cuts(const struct qs_qdisc *q, uint32_t class)
{
	return class == QS_QDISC_BEST_EFFORT || q->cap || (class == QS_QDISC_MANAGED && q->conf.managed_cut);
}

int qs_leaf_add(struct qs_qdisc *q, uint32_t class, uint32_t packets)
{
	const int flags = NLM_F_CREATE | NLM_F_EXCL;

	if (cuts(q, class)) {
		q->mtu_bytes = mtu_of(q->head.id.ifindex);
		q->cut_packets = packets;
		if (leaf_send(q, class, flags, packets, true) == 0)
			return 0;
		if (rte_errno != ENOENT)
			return -1;
		q->cut_packets = 0;
	}
	if (class == QS_QDISC_BEST_EFFORT)
		QS_LOG(NOTICE, "qdisc: the kernel has no TBF: TCP's batches on %s are not taken apart\n",
		       q->head.ifname);
	return leaf_send(q, class, flags, packets, false);
}

/* In deadline mode it sends as soon as it may, the earliest first, and drops what is late; its own timer has
 * it look so long before the next one's time, in case nothing else does. */
static int etf_put(struct nl_msg *msg)
{
	const struct tc_etf_qopt opt = {
		.delta = ETF_LOOK_NS,
		.clockid = CLOCK_TAI,
		.flags = TC_ETF_DEADLINE_MODE_ON,
	};
	struct nlattr *options;

	if (nla_put_string(msg, TCA_KIND, "etf") < 0)
		return -1;
	options = nla_nest_start(msg, TCA_OPTIONS);
	if (options == NULL || nla_put(msg, TCA_ETF_PARMS, sizeof(opt), &opt) < 0)
		return -1;
	nla_nest_end(msg, options);
	return 0;
}

int qs_leaf_add_timed(const struct qs_qdisc *q)
{
	struct nl_msg *msg =
		qs_tc_message(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, q->head.id.ifindex, QS_QDISC_TIMED, 0);

	if (msg == NULL)
		return -1;
	if (etf_put(msg) < 0) {
		nlmsg_free(msg);
		return qs_fail(ENOMEM, "qdisc: no memory for a message");
	}
	if (qs_tc_send(q->sk, msg) == 0)
		return 0;
	if (rte_errno == ENOENT)
		return qs_fail(EOPNOTSUPP, "qdisc: %s: the kernel has no ETF (CONFIG_NET_SCH_ETF)",
			       q->head.ifname);
	return -1;
}

int qs_leaf_fit(struct qs_qdisc *q)
{
	static const uint32_t classes[] = {QS_QDISC_URGENT, QS_QDISC_MANAGED, QS_QDISC_BEST_EFFORT};
	const uint32_t mtu_bytes = mtu_of(q->head.id.ifindex);
	uint32_t i;

	if (q->cut_packets == 0 || mtu_bytes == q->mtu_bytes)
		return 0;
	q->mtu_bytes = mtu_bytes;
	for (i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		if (cuts(q, classes[i]) &&
		    leaf_send(q, classes[i], NLM_F_CREATE | NLM_F_REPLACE, q->cut_packets, true) < 0)
			return -1;
	}
	return 0;
}
