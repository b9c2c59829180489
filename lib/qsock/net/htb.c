/* SPDX-License-Identifier: BSD-3-Clause */
/* Our HTB: a class for all, and below it those that share it. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include <netlink/attr.h>

#include <rte_errno.h>

#include "eal/qs_log.h"
#include "net/qs_qdisc_priv.h"

#define ALL (QS_QDISC_MAJOR << 16 | 1)
#define FRAME_BYTES 1600u	  /* a token bucket holds one at least */
#define BURST_NS UINT64_C(100000) /* and what a rate sends in this: a timer is late by less */
#define TICK_SHIFT 6		  /* of the kernel's packet scheduler */
#define QUANTUM_BYTES 3200u	  /* two frames: nothing here shares a priority */
#define MANAGED_SHARE 100u	  /* per mille */
#define BEST_EFFORT_SHARE 50u
#define QUEUE_PACKETS 64u
#define BEST_EFFORT_PACKETS 100u
#define CLASSES_MAX 5u

struct class
{
	uint32_t id, parent;
	uint64_t rate_bps, ceil_bps;
	uint32_t prio;
	uint32_t queue_packets; /* 0: no leaf */
};

static uint64_t share_of(uint64_t rate_bps, uint32_t share, uint32_t otherwise)
{
	return (uint64_t)((unsigned __int128)rate_bps * (share != 0 ? share : otherwise) / 1000);
}

static uint32_t or_else(uint32_t value, uint32_t otherwise)
{
	return value != 0 ? value : otherwise;
}

/* @return how many there are */
static uint32_t classes_of(const struct qs_qdisc *q, struct class classes[CLASSES_MAX])
{
	const struct qs_qdisc_conf *c = &q->conf;
	uint64_t all = c->rate_bps, managed = share_of(all, c->managed_share, MANAGED_SHARE),
		 best_effort = share_of(all, c->best_effort_share, BEST_EFFORT_SHARE),
		 urgent = all - managed - best_effort, timed = c->timed ? urgent / 2 : 0;
	uint32_t leaf = or_else(c->queue_packets, QUEUE_PACKETS),
		 last = or_else(c->best_effort_packets, BEST_EFFORT_PACKETS);

	if (q->cap)
		leaf = last; /* it is the queue of others' TCP, too */
	classes[0] = (struct class){ALL, QS_QDISC_ROOT_HANDLE, all, all, 0, 0};
	classes[1] = (struct class){
		QS_QDISC_URGENT, ALL, urgent - timed, all, 0, or_else(c->urgent_packets, leaf)};
	classes[2] = (struct class){QS_QDISC_MANAGED, ALL, managed, all, 1, c->managed_cut ? last : leaf};
	classes[3] = (struct class){QS_QDISC_BEST_EFFORT, ALL, best_effort, all, 2, last};
	classes[4] = (struct class){QS_QDISC_TIMED, ALL, timed, all, 0, 0};
	return c->timed ? 5 : 4;
}

/* Room in a bucket, as the time in which it fills. */
static uint32_t burst_ticks(uint64_t bytes_per_s, uint32_t overhead_bytes)
{
	uint64_t ns = (uint64_t)(FRAME_BYTES + overhead_bytes) * 1000000000 / bytes_per_s + BURST_NS;

	ns >>= TICK_SHIFT;
	return ns > UINT32_MAX ? UINT32_MAX : (uint32_t)ns;
}

static struct tc_ratespec ratespec(uint64_t bytes_per_s, uint32_t overhead_bytes)
{
	return (struct tc_ratespec){
		.linklayer = TC_LINKLAYER_ETHERNET, /* so that no table of times is asked for */
		.overhead = (unsigned short)overhead_bytes,
		.rate = bytes_per_s > UINT32_MAX ? UINT32_MAX : (uint32_t)bytes_per_s,
	};
}

static int class_put(struct nl_msg *msg, const struct class *c, uint32_t overhead_bytes)
{
	uint64_t rate = c->rate_bps / 8 + 1, ceil = c->ceil_bps / 8 + 1;
	struct tc_htb_opt opt = {
		.rate = ratespec(rate, overhead_bytes),
		.ceil = ratespec(ceil, overhead_bytes),
		.buffer = burst_ticks(rate, overhead_bytes),
		.cbuffer = burst_ticks(ceil, overhead_bytes),
		.quantum = QUANTUM_BYTES,
		.prio = c->prio,
	};
	struct nlattr *options;
	int ret = nla_put_string(msg, TCA_KIND, "htb");

	options = ret == 0 ? nla_nest_start(msg, TCA_OPTIONS) : NULL;
	if (options == NULL)
		return -1;
	ret = nla_put(msg, TCA_HTB_PARMS, sizeof(opt), &opt);
	if (ret == 0 && rate > UINT32_MAX)
		ret = nla_put_u64(msg, TCA_HTB_RATE64, rate);
	if (ret == 0 && ceil > UINT32_MAX)
		ret = nla_put_u64(msg, TCA_HTB_CEIL64, ceil);
	nla_nest_end(msg, options);
	return ret;
}

static int no_memory(struct nl_msg *msg)
{
	nlmsg_free(msg);
	return qs_fail(ENOMEM, "qdisc: no memory for a message");
}

static int class_set(const struct qs_qdisc *q, const struct class *c, int flags)
{
	struct nl_msg *msg = qs_tc_message(RTM_NEWTCLASS, flags, q->head.id.ifindex, c->parent, c->id);

	if (msg == NULL)
		return -1;
	return class_put(msg, c, q->conf.overhead_bytes) < 0 ? no_memory(msg) : qs_tc_send(q->sk, msg);
}

static int root_add(const struct qs_qdisc *q)
{
	struct tc_htb_glob glob = {
		.version = TC_HTB_PROTOVER,
		.rate2quantum = 10,
		.defcls = TC_H_MIN(QS_QDISC_BEST_EFFORT),
	};
	struct nl_msg *msg = qs_tc_message(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, q->head.id.ifindex,
					   TC_H_ROOT, QS_QDISC_ROOT_HANDLE);
	struct nlattr *options;

	if (msg == NULL)
		return -1;
	if (nla_put_string(msg, TCA_KIND, "htb") < 0)
		return no_memory(msg);
	options = nla_nest_start(msg, TCA_OPTIONS);
	if (options == NULL || nla_put(msg, TCA_HTB_INIT, sizeof(glob), &glob) < 0)
		return no_memory(msg);
	nla_nest_end(msg, options);
	if (qs_tc_send(q->sk, msg) == 0)
		return 0;
	/* No such kind. */
	if (rte_errno == ENOENT)
		rte_errno = EOPNOTSUPP;
	return -1;
}

int qs_htb_install(struct qs_qdisc *q)
{
	struct class classes[CLASSES_MAX];
	uint32_t n = classes_of(q, classes), i;

	if (root_add(q) < 0)
		return -1;
	for (i = 0; i < n; i++) {
		if (class_set(q, &classes[i], NLM_F_CREATE | NLM_F_EXCL) < 0)
			return -1;
		if (classes[i].queue_packets != 0 &&
		    qs_leaf_add(q, classes[i].id, classes[i].queue_packets) < 0)
			return -1;
	}
	return q->conf.timed ? qs_leaf_add_timed(q) : 0;
}

int qs_htb_change(struct qs_qdisc *q)
{
	struct class classes[CLASSES_MAX];
	uint32_t n = classes_of(q, classes), i;

	for (i = 0; i < n; i++) {
		if (class_set(q, &classes[i], 0) < 0)
			return -1;
	}
	return 0;
}
