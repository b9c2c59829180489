/* SPDX-License-Identifier: BSD-3-Clause */
/* Addresses, routes and neighbours of an interface: read, removed, added. */
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/cache.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/route/addr.h>
#include <netlink/route/neighbour.h>
#include <netlink/route/nexthop.h>
#include <netlink/route/route.h>

#include "eal/qs_log.h"
#include "twin/qs_move_priv.h"

struct qs_move *qs_move_alloc(void)
{
	struct qs_move *move = calloc(1, sizeof(*move));

	if (move != NULL)
		move->sk = nl_socket_alloc();
	if (move == NULL || move->sk == NULL) {
		free(move);
		return qs_fail_null(ENOMEM, "move: no memory");
	}
	if (nl_connect(move->sk, NETLINK_ROUTE) < 0) {
		qs_move_free(move);
		return qs_fail_null(EIO, "move: no netlink socket");
	}
	return move;
}

void qs_move_free(struct qs_move *move)
{
	if (move == NULL)
		return;
	for (uint32_t i = 0; i < move->n; i++)
		nl_object_put(move->items[i].obj);
	nl_socket_free(move->sk);
	free(move->items);
	free(move);
}

int qs_move_append(struct qs_move *move, enum qs_move_kind kind, struct nl_object *obj)
{
	struct qs_move_item *items = realloc(move->items, (move->n + 1) * sizeof(*items));

	if (items == NULL)
		return qs_fail(ENOMEM, "move: no memory for %u items", move->n + 1);
	move->items = items;
	nl_object_get(obj);
	items[move->n++] = (struct qs_move_item){.kind = kind, .obj = obj};
	return 0;
}

static bool addr_moves(struct nl_object *obj, int ifindex)
{
	struct rtnl_addr *addr = (struct rtnl_addr *)obj;
	int family = rtnl_addr_get_family(addr);

	if (rtnl_addr_get_ifindex(addr) != ifindex)
		return false;
	return family == AF_INET || (family == AF_INET6 && rtnl_addr_get_scope(addr) != RT_SCOPE_LINK);
}

static bool route_moves(struct nl_object *obj, int ifindex)
{
	struct rtnl_route *route = (struct rtnl_route *)obj;

	if (rtnl_route_get_table(route) == RT_TABLE_LOCAL ||
	    rtnl_route_get_protocol(route) == RTPROT_KERNEL || rtnl_route_get_type(route) != RTN_UNICAST ||
	    (rtnl_route_get_flags(route) & RTM_F_CLONED))
		return false;
	for (int i = 0; i < rtnl_route_get_nnexthops(route); i++)
		if (rtnl_route_nh_get_ifindex(rtnl_route_nexthop_n(route, i)) == ifindex)
			return true;
	return false;
}

static bool route_has_gateway(struct nl_object *obj)
{
	struct rtnl_nexthop *nh = rtnl_route_nexthop_n((struct rtnl_route *)obj, 0);

	return rtnl_route_nh_get_gateway(nh) != NULL || rtnl_route_nh_get_via(nh) != NULL;
}

static bool neigh_moves(struct nl_object *obj, int ifindex)
{
	struct rtnl_neigh *neigh = (struct rtnl_neigh *)obj;
	int family = rtnl_neigh_get_family(neigh);

	return rtnl_neigh_get_ifindex(neigh) == ifindex && (family == AF_INET || family == AF_INET6) &&
	       rtnl_neigh_get_state(neigh) == NUD_PERMANENT;
}

static int kind_collect(struct qs_move *move, struct nl_cache *cache, enum qs_move_kind kind, int ifindex)
{
	bool (*moves)(struct nl_object * obj, int ifindex) = kind == QS_MOVE_ADDR    ? addr_moves
							     : kind == QS_MOVE_NEIGH ? neigh_moves
										     : route_moves;

	for (struct nl_object *obj = nl_cache_get_first(cache); obj != NULL; obj = nl_cache_get_next(obj)) {
		enum qs_move_kind k = kind;

		if (!moves(obj, ifindex))
			continue;
		if (kind == QS_MOVE_ROUTE_ON_LINK && route_has_gateway(obj))
			k = QS_MOVE_ROUTE_GATEWAY;
		if (qs_move_append(move, k, obj) < 0)
			return -1;
	}
	return 0;
}

int qs_move_collect(struct qs_move *move)
{
	int ifindex = move->at, ret;
	struct nl_cache *addrs = NULL, *routes = NULL, *neighs = NULL;

	ret = rtnl_addr_alloc_cache(move->sk, &addrs);
	ret = ret < 0 ? ret : rtnl_route_alloc_cache(move->sk, AF_UNSPEC, 0, &routes);
	ret = ret < 0 ? ret : rtnl_neigh_alloc_cache(move->sk, &neighs);
	if (ret < 0)
		ret = qs_fail(EIO, "move: reading %s: %s", move->head.ifname, nl_geterror(ret));
	else if (kind_collect(move, addrs, QS_MOVE_ADDR, ifindex) < 0 ||
		 kind_collect(move, routes, QS_MOVE_ROUTE_ON_LINK, ifindex) < 0 ||
		 kind_collect(move, neighs, QS_MOVE_NEIGH, ifindex) < 0)
		ret = -1;
	nl_cache_free(addrs);
	nl_cache_free(routes);
	nl_cache_free(neighs);
	return ret < 0 ? -1 : 0;
}

/* An alias label begins with its interface's name. */
static void label_set(struct rtnl_addr *addr, const char *ifname)
{
	const char *old = rtnl_addr_get_label(addr), *alias = old ? strchr(old, ':') : NULL;
	char label[2 * IFNAMSIZ];

	if (rtnl_addr_get_family(addr) != AF_INET || old == NULL)
		return;
	snprintf(label, sizeof(label), "%s%s", ifname, alias ? alias : "");
	if (strlen(label) < IFNAMSIZ)
		rtnl_addr_set_label(addr, label);
}

/* Only the hops that move; the others stay where they are. What the kernel says of a hop's link it does not
 * take back.
 */
static void route_retarget(struct rtnl_route *route, int from, int to)
{
	rtnl_route_unset_flags(route, RTNH_F_DEAD | RTNH_F_LINKDOWN);
	for (int i = 0; i < rtnl_route_get_nnexthops(route); i++) {
		struct rtnl_nexthop *nh = rtnl_route_nexthop_n(route, i);

		rtnl_route_nh_unset_flags(nh, RTNH_F_DEAD | RTNH_F_LINKDOWN);
		if (rtnl_route_nh_get_ifindex(nh) == from)
			rtnl_route_nh_set_ifindex(nh, to);
	}
}

static bool item_is_multipath(const struct qs_move_item *item)
{
	return (item->kind == QS_MOVE_ROUTE_ON_LINK || item->kind == QS_MOVE_ROUTE_GATEWAY) &&
	       rtnl_route_get_nnexthops((struct rtnl_route *)item->obj) > 1;
}

/* Whether a route leads through other interfaces, too. */
static bool item_is_mixed(const struct qs_move_item *item, int ifindex)
{
	struct rtnl_route *route = (struct rtnl_route *)item->obj;

	for (int i = 0; item_is_multipath(item) && i < rtnl_route_get_nnexthops(route); i++)
		if (rtnl_route_nh_get_ifindex(rtnl_route_nexthop_n(route, i)) != ifindex)
			return true;
	return false;
}

/* Let an object speak of another interface. */
static void item_retarget(const struct qs_move_item *item, int from, int to, const char *ifname)
{
	switch (item->kind) {
	case QS_MOVE_ADDR:
		rtnl_addr_set_ifindex((struct rtnl_addr *)item->obj, to);
		label_set((struct rtnl_addr *)item->obj, ifname);
		if (rtnl_addr_get_family((struct rtnl_addr *)item->obj) == AF_INET6)
			rtnl_addr_set_flags((struct rtnl_addr *)item->obj,
					    IFA_F_NODAD); /* it was ours a moment ago */
		break;
	case QS_MOVE_ROUTE_ON_LINK:
	case QS_MOVE_ROUTE_GATEWAY:
		route_retarget((struct rtnl_route *)item->obj, from, to);
		break;
	default:
		rtnl_neigh_set_ifindex((struct rtnl_neigh *)item->obj, to);
		break;
	}
}

static int item_add(const struct qs_move *move, const struct qs_move_item *item)
{
	switch (item->kind) {
	case QS_MOVE_ADDR:
		return rtnl_addr_add(move->sk, (struct rtnl_addr *)item->obj, NLM_F_CREATE | NLM_F_EXCL);
	case QS_MOVE_NEIGH:
		return rtnl_neigh_add(move->sk, (struct rtnl_neigh *)item->obj, NLM_F_CREATE | NLM_F_REPLACE);
	default:
		/* Of several hops some may be there still, or be left over without their interface. */
		return rtnl_route_add(move->sk, (struct rtnl_route *)item->obj,
				      NLM_F_CREATE | (item_is_multipath(item) ? NLM_F_REPLACE : NLM_F_EXCL));
	}
}

static void item_remove(const struct qs_move *move, const struct qs_move_item *item)
{
	switch (item->kind) {
	case QS_MOVE_ADDR:
		rtnl_addr_delete(move->sk, (struct rtnl_addr *)item->obj, 0);
		break;
	case QS_MOVE_NEIGH:
		rtnl_neigh_delete(move->sk, (struct rtnl_neigh *)item->obj, 0);
		break;
	default:
		rtnl_route_delete(move->sk, (struct rtnl_route *)item->obj, 0);
		break;
	}
}

void qs_move_remove(struct qs_move *move, const char *ifname)
{
	int ifindex = (int)if_nametoindex(ifname);

	if (ifindex == 0)
		return;
	for (int kind = QS_MOVE_KINDS; kind-- > 0;)
		for (uint32_t i = 0; i < move->n; i++) {
			struct qs_move_item *item = &move->items[i];
			bool mixed;

			if ((int)item->kind != kind)
				continue;
			mixed = item_is_mixed(item, move->at);
			item_retarget(item, move->at, ifindex, ifname);
			if (!mixed) /* its other hops go on: it is replaced at once */
				item_remove(move, item);
		}
	move->at = ifindex;
}

static void complain(const struct qs_move *move, const struct qs_move_item *item, const char *ifname, int ret)
{
	char text[256] = "";

	nl_object_dump_buf(item->obj, text, sizeof(text));
	text[strcspn(text, "\n")] = '\0';
	if (item->left)
		QS_LOG(WARNING, "move: %s to %s: left alone: %s: %s\n", move->head.ifname, ifname, text,
		       nl_geterror(ret));
	else
		QS_LOG(ERR, "move: %s to %s: %s: %s\n", move->head.ifname, ifname, text, nl_geterror(ret));
}

/* @return 0; a negative NLE_* */
static int item_give(const struct qs_move *move, struct qs_move_item *item, int ifindex, const char *ifname)
{
	bool mixed = item_is_mixed(item, move->at), told = item->left;
	int ret;

	item_retarget(item, move->at, ifindex, ifname);
	ret = item_add(move, item);
	if (ret == 0 || ret == -NLE_EXIST)
		return 0;
	item->left = mixed;
	if (!told)
		complain(move, item, ifname, ret);
	return mixed ? 0 : ret;
}

int qs_move_add(struct qs_move *move, const char *ifname)
{
	int ifindex = (int)if_nametoindex(ifname), error = 0;

	if (ifindex == 0)
		return qs_fail(EIO, "move: no interface %s", ifname);
	for (int kind = 0; kind < QS_MOVE_KINDS; kind++)
		for (uint32_t i = 0; i < move->n; i++) {
			struct qs_move_item *item = &move->items[i];
			int ret;

			if ((int)item->kind != kind)
				continue;
			ret = item_give(move, item, ifindex, ifname);
			if (ret < 0)
				error = ret == -NLE_PERM ? EPERM : EIO;
		}
	move->at = ifindex;
	return error == 0 ? 0 : qs_fail(error, "move: %s: not everything could be given to it", ifname);
}

struct nl_msg *qs_move_item_message(const struct qs_move_item *item)
{
	struct nl_msg *msg = NULL;
	int ret;

	switch (item->kind) {
	case QS_MOVE_ADDR:
		ret = rtnl_addr_build_add_request((struct rtnl_addr *)item->obj, 0, &msg);
		break;
	case QS_MOVE_NEIGH:
		ret = rtnl_neigh_build_add_request((struct rtnl_neigh *)item->obj, 0, &msg);
		break;
	default:
		ret = rtnl_route_build_add_request((struct rtnl_route *)item->obj, 0, &msg);
		break;
	}
	return ret < 0 ? NULL : msg;
}

struct parsed {
	struct qs_move *move;
	int ret;
};

static void on_object(struct nl_object *obj, void *arg)
{
	struct parsed *p = arg;
	int type = nl_object_get_msgtype(obj);
	bool route = type == RTM_NEWROUTE, hops = !route || rtnl_route_get_nnexthops((void *)obj) > 0;
	enum qs_move_kind kind = !hops			  ? QS_MOVE_KINDS
				 : type == RTM_NEWADDR	  ? QS_MOVE_ADDR
				 : type == RTM_NEWNEIGH	  ? QS_MOVE_NEIGH
				 : route_has_gateway(obj) ? QS_MOVE_ROUTE_GATEWAY
							  : QS_MOVE_ROUTE_ON_LINK;

	p->ret = hops ? qs_move_append(p->move, kind, obj) : qs_fail(EINVAL, "move: a route without a hop");
}

int qs_move_item_parse(struct qs_move *move, struct nlmsghdr *nlh)
{
	struct parsed p = {move, -1};
	struct nl_msg *msg;

	if (nlh->nlmsg_type != RTM_NEWADDR && nlh->nlmsg_type != RTM_NEWROUTE &&
	    nlh->nlmsg_type != RTM_NEWNEIGH)
		return qs_fail(EINVAL, "move: message type %u in the file", nlh->nlmsg_type);
	msg = nlmsg_convert(nlh);
	if (msg == NULL)
		return qs_fail(ENOMEM, "move: no memory");
	nlmsg_set_proto(msg, NETLINK_ROUTE);
	if (nl_msg_parse(msg, on_object, &p) < 0)
		p.ret = qs_fail(EINVAL, "move: a message in the file that is none");
	nlmsg_free(msg);
	return p.ret;
}
