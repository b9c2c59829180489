/* SPDX-License-Identifier: BSD-3-Clause */
/* What the kernel announces of the interface, its addresses, routes and neighbours. */
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/msg.h>

#include "eal/qs_log.h"
#include "net/qs_route_priv.h"

#define START_TIMEOUT_MS 1000
#define READS_MAX 256 /* a call; the rest is read in the next */
#define RCVBUF_BYTES (1 << 20)

/* What a pass over the socket found of the start's questions. */
struct heard {
	bool link, done;
	int error;
};

static void on_neigh(struct qs_route *rt, struct nlmsghdr *nlh)
{
	const struct ndmsg *ndm = nlmsg_data(nlh);
	struct nlattr *tb[NDA_MAX + 1];
	struct qs_neigh_data data;

	if (nlmsg_parse(nlh, sizeof(*ndm), tb, NDA_MAX, NULL) < 0 || rt->gone ||
	    (uint32_t)ndm->ndm_ifindex != rt->ifindex ||
	    (ndm->ndm_family != AF_INET && ndm->ndm_family != AF_INET6) || tb[NDA_DST] == NULL ||
	    (ndm->ndm_flags & NTF_PROXY))
		return;
	memset(&data, 0, sizeof(data));
	data.key.family = ndm->ndm_family;
	nla_memcpy(&data.key.addr, tb[NDA_DST], sizeof(data.key.addr));
	if (nlh->nlmsg_type == RTM_DELNEIGH) {
		qs_neigh_gone(rt, &data.key);
		return;
	}
	data.nud_state = ndm->ndm_state;
	if (tb[NDA_LLADDR] != NULL && nla_len(tb[NDA_LLADDR]) == RTE_ETHER_ADDR_LEN)
		nla_memcpy(&data.mac, tb[NDA_LLADDR], sizeof(data.mac));
	else
		data.nud_state &= (uint16_t)~QS_NUD_USABLE;
	qs_neigh_update(rt, &data);
}

static void on_route(struct qs_route *rt, struct nlmsghdr *nlh)
{
	struct nlattr *tb[RTA_MAX + 1];

	/* Without an interface: unreachable, or several next hops. Others' routes are not asked for. */
	if (nlmsg_parse(nlh, sizeof(struct rtmsg), tb, RTA_MAX, NULL) < 0 || tb[RTA_OIF] == NULL ||
	    nla_get_u32(tb[RTA_OIF]) == rt->ifindex)
		qs_route_flush(rt);
}

static void on_message(struct qs_route *rt, struct nlmsghdr *nlh, struct heard *heard)
{
	switch (nlh->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		heard->link |= qs_route_link_news(rt, nlh);
		break;
	case RTM_NEWNEIGH:
	case RTM_DELNEIGH:
		on_neigh(rt, nlh);
		break;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		on_route(rt, nlh);
		break;
	case RTM_NEWADDR:
	case RTM_DELADDR:
	case RTM_NEWRULE:
	case RTM_DELRULE:
		qs_route_flush(rt);
		break;
	case NLMSG_DONE:
		heard->done = true;
		break;
	case NLMSG_ERROR:
		heard->error = ((const struct nlmsgerr *)nlmsg_data(nlh))->error;
		break;
	}
}

/* @return false: nothing more to read */
static bool read_once(struct qs_route *rt, struct heard *heard)
{
	struct sockaddr_nl from;
	unsigned char *buf = NULL;
	struct nlmsghdr *nlh;
	int n = nl_recv(rt->follow, &from, &buf, NULL);

	if (n == -NLE_NOMEM) { /* the kernel had more to say than the socket's buffer took */
		rt->lost = true;
		return true;
	}
	if (n <= 0)
		return false;
	if (from.nl_pid == 0) /* the kernel, not another process */
		for (nlh = (struct nlmsghdr *)buf; nlmsg_ok(nlh, n); nlh = nlmsg_next(nlh, &n))
			on_message(rt, nlh, heard);
	free(buf);
	return true;
}

void qs_route_service(struct qs_route *rt)
{
	struct heard heard = {0};

	for (int i = 0; i < READS_MAX && read_once(rt, &heard); i++)
		;
	if (heard.error == -EBUSY) /* a question for all of it is still being answered */
		rt->lost = true;
	else if (heard.error == -ENODEV && !rt->gone) /* its end was among what was lost */
		qs_route_link_gone(rt);
}

int qs_route_neighbours_ask(struct qs_route *rt)
{
	struct ndmsg ndm = {.ndm_family = AF_UNSPEC};
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETNEIGH, NLM_F_REQUEST | NLM_F_DUMP);
	int ret = -1;

	if (msg != NULL && nlmsg_append(msg, &ndm, sizeof(ndm), NLMSG_ALIGNTO) == 0 &&
	    nla_put_u32(msg, NDA_IFINDEX, rt->ifindex) == 0)
		ret = nl_send_auto(rt->follow, msg) < 0 ? -1 : 0;
	nlmsg_free(msg);
	return ret;
}

void qs_route_follow_again(struct qs_route *rt)
{
	rt->lost = false;
	qs_neigh_gone(rt, NULL);
	qs_route_flush(rt);
	if (qs_route_link_ask(rt) < 0 || (!rt->gone && qs_route_neighbours_ask(rt) < 0))
		rt->lost = true;
}

/* Read until the answer is there. */
static bool await(struct qs_route *rt, struct heard *heard, const bool *there)
{
	struct pollfd pfd = {.fd = nl_socket_get_fd(rt->follow), .events = POLLIN};

	while (!*there && heard->error == 0)
		if (!read_once(rt, heard) && poll(&pfd, 1, START_TIMEOUT_MS) <= 0)
			return false;
	return heard->error == 0;
}

int qs_route_follow_start(struct qs_route *rt)
{
	struct heard heard = {0};

	nl_socket_set_buffer_size(rt->follow, RCVBUF_BYTES, 0);
	if (nl_socket_add_memberships(rt->follow, RTNLGRP_LINK, RTNLGRP_NEIGH, RTNLGRP_IPV4_IFADDR,
				      RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE,
				      RTNLGRP_IPV4_RULE, RTNLGRP_IPV6_RULE, 0) < 0)
		return qs_fail(EIO, "routes: the kernel does not announce changes");
	if (qs_route_link_ask(rt) < 0 || !await(rt, &heard, &heard.link)) {
		if (heard.error == -ENODEV)
			return qs_fail(ENODEV, "routes: no interface with index %u", rt->ifindex);
		return qs_fail(EIO, "routes: the kernel does not tell of interface %u", rt->ifindex);
	}
	if (qs_route_neighbours_ask(rt) < 0 || !await(rt, &heard, &heard.done))
		return qs_fail(EIO, "neighbours: the kernel does not list them: %s", strerror(-heard.error));
	return 0;
}
