/* SPDX-License-Identifier: BSD-3-Clause */
/* What the kernel announces of the interface itself: its link, MTU and address; it goes, and comes back. */
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/msg.h>

#include "eal/qs_log.h"
#include "net/qs_neigh_wait.h"
#include "net/qs_route_priv.h"

/* What is sent depends on. */
struct link {
	uint32_t flags, mtu_bytes;
	uint64_t mac;
};

static struct link link_now(const struct qs_route *rt)
{
	return (struct link){.flags = rt->link_flags, .mtu_bytes = rt->mtu_bytes, .mac = rt->mac};
}

static void link_write(struct qs_route *rt, const struct link *link)
{
	if (link->flags == rt->link_flags && link->mtu_bytes == rt->mtu_bytes && link->mac == rt->mac)
		return;
	__atomic_store_n(&rt->link_flags, link->flags, __ATOMIC_RELAXED);
	__atomic_store_n(&rt->mtu_bytes, link->mtu_bytes, __ATOMIC_RELAXED);
	__atomic_store_n(&rt->mac, link->mac, __ATOMIC_RELAXED);
	qs_route_flush(rt); /* IPv4 routes of an interface that goes down vanish without a word */
}

void qs_route_link_gone(struct qs_route *rt)
{
	struct link link = link_now(rt);

	rt->gone = true;
	link.flags = 0;
	link_write(rt, &link);
	/* Its neighbours are not those of the next; packets that wait for one are asked for again. */
	qs_neigh_gone(rt, NULL);
	/* One of its name may be there already: it had been renamed. */
	if (rt->ifname[0] != '\0' && qs_route_link_ask(rt) < 0)
		rt->lost = true;
}

/* One of its name: from now on it is this one that is followed. */
static void link_adopt(struct qs_route *rt, uint32_t ifindex)
{
	QS_LOG(NOTICE, "routes: interface %s is back, %u was %u\n", rt->ifname, ifindex, rt->ifindex);
	rt->gone = false;
	__atomic_store_n(&rt->ifindex, ifindex, __ATOMIC_RELAXED);
	qs_route_flush(rt);
	if (qs_route_neighbours_ask(rt) < 0)
		rt->lost = true;
}

static bool has_name(const struct qs_route *rt, struct nlattr **tb)
{
	return rt->ifname[0] != '\0' && tb[IFLA_IFNAME] != NULL &&
	       nla_strcmp(tb[IFLA_IFNAME], rt->ifname) == 0;
}

static void link_read(struct qs_route *rt, const struct ifinfomsg *ifi, struct nlattr **tb)
{
	struct link link = link_now(rt);
	bool up;

	link.flags = ifi->ifi_flags & (IFF_UP | IFF_RUNNING);
	if (tb[IFLA_MTU] != NULL)
		link.mtu_bytes = nla_get_u32(tb[IFLA_MTU]);
	if (tb[IFLA_ADDRESS] != NULL && nla_len(tb[IFLA_ADDRESS]) == RTE_ETHER_ADDR_LEN)
		memcpy(&link.mac, nla_data(tb[IFLA_ADDRESS]), RTE_ETHER_ADDR_LEN);
	up = (link.flags & ~rt->link_flags & IFF_UP) != 0;
	link_write(rt, &link);
	if (!up)
		return;
	/* While it was down nobody was asked. */
	pthread_mutex_lock(&rt->wait_lock);
	qs_wait_renew(rt, NULL);
	pthread_mutex_unlock(&rt->wait_lock);
}

bool qs_route_link_news(struct qs_route *rt, struct nlmsghdr *nlh)
{
	const struct ifinfomsg *ifi = nlmsg_data(nlh);
	const bool removed = nlh->nlmsg_type == RTM_DELLINK;
	struct nlattr *tb[IFLA_MAX + 1];

	if (nlmsg_parse(nlh, sizeof(*ifi), tb, IFLA_MAX, NULL) < 0 ||
	    ifi->ifi_family != AF_UNSPEC) /* bridges and IPv6 have messages of their own */
		return false;
	if (rt->gone && !removed && has_name(rt, tb))
		link_adopt(rt, (uint32_t)ifi->ifi_index);
	if (rt->gone || (uint32_t)ifi->ifi_index != rt->ifindex)
		return false;
	if (removed)
		qs_route_link_gone(rt);
	else
		link_read(rt, ifi, tb);
	return true;
}

int qs_route_link_ask(struct qs_route *rt)
{
	struct ifinfomsg ifi = {.ifi_family = AF_UNSPEC, .ifi_index = rt->gone ? 0 : (int)rt->ifindex};
	struct nl_msg *msg;
	int ret = -1;

	if (rt->gone && rt->ifname[0] == '\0')
		return 0;
	msg = nlmsg_alloc_simple(RTM_GETLINK, NLM_F_REQUEST);
	if (msg != NULL && nlmsg_append(msg, &ifi, sizeof(ifi), NLMSG_ALIGNTO) == 0 &&
	    (!rt->gone || nla_put_string(msg, IFLA_IFNAME, rt->ifname) == 0))
		ret = nl_send_auto(rt->follow, msg) < 0 ? -1 : 0;
	nlmsg_free(msg);
	return ret;
}
