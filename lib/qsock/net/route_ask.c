/* SPDX-License-Identifier: BSD-3-Clause */
/* One question to the kernel: where would a socket bound to the interface send this? */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include <netlink/attr.h>
#include <netlink/msg.h>

#include <rte_common.h>
#include <rte_errno.h>

#include "eal/qs_log.h"
#include "net/qs_route_priv.h"

#define REPLY_TIMEOUT_US 500000
#define STALE_REPLIES_MAX 16 /* of questions that were given up */

struct nl_sock *qs_route_socket(const char *what, bool blocking)
{
	struct nl_sock *sk = nl_socket_alloc();
	struct timeval tv = {.tv_usec = REPLY_TIMEOUT_US};
	int ret;

	if (sk == NULL)
		return qs_fail_null(ENOMEM, "%s: no memory", what);
	nl_socket_disable_auto_ack(sk);
	nl_socket_disable_seq_check(sk);
	ret = nl_connect(sk, NETLINK_ROUTE);
	if (ret == 0 && blocking &&
	    setsockopt(nl_socket_get_fd(sk), SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)) < 0)
		ret = -NLE_FAILURE;
	if (ret == 0 && !blocking)
		ret = nl_socket_set_nonblocking(sk);
	if (ret < 0) {
		nl_socket_free(sk);
		return qs_fail_null(EIO, "%s: netlink: %s", what, nl_geterror(ret));
	}
	return sk;
}

static size_t addr_bytes(uint8_t family)
{
	return family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr);
}

/* How a question is put. */
enum question {
	QUESTION_BOUND,	  /* where does a socket bound to the interface send this? */
	QUESTION_MATCH,	  /* which route is that? */
	QUESTION_UNBOUND, /* and if it were not bound? */
};

static struct nl_msg *question(const struct qs_route *rt, const struct qs_answer *a, enum question how)
{
	static const struct in6_addr any;
	size_t bytes = addr_bytes(a->family);
	struct rtmsg rtm = {.rtm_family = a->family,
			    .rtm_dst_len = (uint8_t)(bytes * 8),
			    .rtm_tos =
				    a->family == AF_INET ? a->tos & 0x1c : 0, /* RT_TOS of today's kernels */
			    .rtm_flags = how == QUESTION_MATCH ? RTM_F_FIB_MATCH : 0};
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETROUTE, NLM_F_REQUEST);
	bool ok = msg != NULL;

	ok = ok && nlmsg_append(msg, &rtm, sizeof(rtm), NLMSG_ALIGNTO) == 0;
	ok = ok && nla_put(msg, RTA_DST, (int)bytes, &a->dst) == 0;
	if (memcmp(&a->asked_src, &any, bytes) != 0)
		ok = ok && nla_put(msg, RTA_SRC, (int)bytes, &a->asked_src) == 0;
	if (how != QUESTION_UNBOUND)
		ok = ok && nla_put_u32(msg, RTA_OIF, qs_route_ifindex(rt)) == 0;
	if (ok)
		return msg;
	nlmsg_free(msg);
	return NULL;
}

static int error_of(const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *err = nlmsg_data(nlh);

	return nlmsg_datalen(nlh) >= (int)sizeof(*err) && err->error < 0 ? -err->error : EIO;
}

static void via_take(struct qs_answer *a, struct nlattr **tb)
{
	const struct rtvia *via;

	if (tb[RTA_GATEWAY] != NULL) {
		nla_memcpy(&a->via, tb[RTA_GATEWAY], (int)addr_bytes(a->family));
	} else if (tb[RTA_VIA] != NULL && nla_len(tb[RTA_VIA]) >= (int)sizeof(*via)) {
		via = nla_data(tb[RTA_VIA]); /* IPv4 through an IPv6 neighbour */
		a->via_family = (uint8_t)via->rtvia_family;
		memset(&a->via, 0, sizeof(a->via));
		memcpy(&a->via, via->rtvia_addr,
		       RTE_MIN((size_t)nla_len(tb[RTA_VIA]) - sizeof(*via), addr_bytes(a->via_family)));
	}
}

static void metrics_take(struct qs_answer *a, struct nlattr *metrics)
{
	struct nlattr *tb[RTAX_MAX + 1];

	if (metrics == NULL || nla_parse_nested(tb, RTAX_MAX, metrics, NULL) < 0 || tb[RTAX_MTU] == NULL)
		return;
	a->mtu_bytes = (uint16_t)RTE_MIN(nla_get_u32(tb[RTAX_MTU]), (uint32_t)UINT16_MAX);
}

static int kind_of(uint8_t type, uint8_t *kind)
{
	switch (type) {
	case RTN_UNICAST:
	case RTN_ANYCAST:
		*kind = QS_HOP_UNICAST;
		return 0;
	case RTN_LOCAL:
		*kind = QS_HOP_LOCAL;
		return 0;
	case RTN_MULTICAST:
		*kind = QS_HOP_MULTICAST;
		return 0;
	case RTN_BROADCAST:
		*kind = QS_HOP_BROADCAST;
		return 0;
	case RTN_PROHIBIT:
		return EACCES;
	case RTN_BLACKHOLE:
	case RTN_UNREACHABLE:
		return EHOSTUNREACH;
	default:
		return ENETUNREACH;
	}
}

static int route_take(const struct qs_route *rt, struct qs_answer *a, struct nlmsghdr *nlh)
{
	const struct rtmsg *rtm = nlmsg_data(nlh);
	struct nlattr *tb[RTA_MAX + 1];
	int ret;

	if (nlmsg_parse(nlh, sizeof(*rtm), tb, RTA_MAX, NULL) < 0)
		return EIO;
	ret = kind_of(rtm->rtm_type, &a->kind);
	if (ret != 0)
		return ret;
	/* IPv6 has a unicast type for groups in some kernels. */
	if (a->family == AF_INET6 && a->kind == QS_HOP_UNICAST && a->dst.s6_addr[0] == 0xff)
		a->kind = QS_HOP_MULTICAST;
	if (a->kind != QS_HOP_LOCAL && tb[RTA_OIF] != NULL &&
	    nla_get_u32(tb[RTA_OIF]) != qs_route_ifindex(rt))
		return ENETUNREACH;
	a->via = a->dst;
	a->via_family = a->family;
	via_take(a, tb);
	a->src = a->asked_src;
	if (tb[RTA_PREFSRC] != NULL)
		nla_memcpy(&a->src, tb[RTA_PREFSRC], (int)addr_bytes(a->family));
	metrics_take(a, tb[RTA_METRICS]);
	return 0;
}

/* @return 0: answered, with *error 0 or a positive errno value; -1: no answer */
static int ask_once(struct qs_route *rt, struct qs_answer *a, enum question how, int *error)
{
	struct nl_msg *msg = question(rt, a, how);
	struct sockaddr_nl from;
	unsigned char *buf;
	uint32_t seq;
	int n;

	if (msg == NULL)
		return -1;
	nl_complete_msg(rt->ask, msg);
	seq = nlmsg_hdr(msg)->nlmsg_seq;
	n = nl_send(rt->ask, msg);
	nlmsg_free(msg);
	for (int tries = 0; n >= 0 && tries < STALE_REPLIES_MAX; tries++) {
		struct nlmsghdr *nlh;
		bool mine;

		n = nl_recv(rt->ask, &from, &buf, NULL);
		if (n <= 0)
			return -1;
		nlh = (struct nlmsghdr *)buf;
		mine = nlmsg_ok(nlh, n) && nlh->nlmsg_seq == seq;
		if (mine)
			*error = nlh->nlmsg_type == NLMSG_ERROR ? error_of(nlh)
				 : how == QUESTION_BOUND	? route_take(rt, a, nlh)
								: 0;
		free(buf);
		if (mine)
			return 0;
	}
	return -1;
}

/* For a socket bound to an interface, IPv4 takes what it has no route to for a neighbour. @return as
 * ask_once() */
static int ask_match(struct qs_route *rt, struct qs_answer *a)
{
	int ret = ask_once(rt, a, QUESTION_MATCH, &a->error);

	if (ret < 0 || a->error == 0)
		return ret;
	ret = ask_once(rt, a, QUESTION_UNBOUND, &a->error); /* it says why there is none */
	if (a->error == 0)
		a->error = ENETUNREACH; /* there is one, on another interface */
	return ret;
}

int qs_route_ask_kernel(struct qs_route *rt, struct qs_answer *a)
{
	int ret;

	pthread_mutex_lock(&rt->ask_lock);
	rt->asked++;
	ret = ask_once(rt, a, QUESTION_BOUND, &a->error);
	if (ret == 0 && a->error == 0 && a->family == AF_INET && a->kind == QS_HOP_UNICAST)
		ret = ask_match(rt, a);
	pthread_mutex_unlock(&rt->ask_lock);
	if (ret < 0)
		return qs_fail(EIO, "routes: the kernel did not answer");
	if (a->error == ENODEV)
		a->error = ENETDOWN;
	else if (a->error == EINVAL) /* as a source address that is not this host's */
		a->error = ENETUNREACH;
	return 0;
}
