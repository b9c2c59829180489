/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>

#include <rte_common.h>

#include "bsd/qs_dest.h"
#include "bsd/qs_dev.h"
#include "bsd/qs_local.h"
#include "bsd/qs_sock.h"
#include "net/qs_fragment.h"
#include "net/qs_sock_lock.h"

/* What the kernel does not announce to us: groups, failures; and the MTU of a path, which only a connected
 * socket can be asked for. */
#define LOOK_AGAIN_NS UINT64_C(20000000)
#define PATH_MTU_NS UINT64_C(1000000000)
#define SCOPE_INTERFACE 1 /* of an IPv6 group */

static bool is_multicast(const struct qs_end *end)
{
	if (end->family == AF_INET6)
		return IN6_IS_ADDR_MULTICAST(&end->addr);
	return (end->addr.s6_addr[0] & 0xf0) == 0xe0;
}

/* As sendto() does for a socket without a port, so that what is answered comes to it; and as it says that
 * none is left. */
static int bind_port(struct qs_bsd_sock *s)
{
	struct qs_end any = {.family = s->kind.domain};
	struct sockaddr_storage addr;
	struct qs_options now;
	int ret;

	if (s->options.local.port != 0)
		return 0;
	if (bind(s->fd, (struct sockaddr *)&addr, qs_end_write(&any, s->kind.domain, &addr)) < 0 &&
	    errno != EINVAL)
		return errno == EADDRINUSE ? -EAGAIN : -errno;
	ret = qs_options_read(s->fd, &s->kind, s->multicasts, &now);
	if (ret < 0)
		return ret;
	/* The port is not all that may have changed. */
	qs_sock_lock(s->qs);
	s->options_seq++;
	qs_sock_unlock(s->qs);
	s->options = now;
	return 0;
}

/* What only the kernel can do: the rest of a datagram, another interface, or an address that is not one for
 * it alone. */
static bool beyond_bypass(const struct qs_bsd_sock *s, const struct qs_end *end)
{
	const struct qs_options *o = &s->options;
	uint32_t ifindex;

	if (s->corked || s->dev->route == NULL || qs_end_is_any(end)) /* which is this host */
		return true;
	ifindex = qs_route_ifindex(s->dev->route);
	if (o->bound_ifindex != 0 && o->bound_ifindex != ifindex)
		return true;
	if (end->family == AF_INET6 && end->scope != ifindex &&
	    (IN6_IS_ADDR_LINKLOCAL(&end->addr) || (end->scope != 0 && is_multicast(end))))
		return true;
	if (end->family == AF_INET && s->kind.domain == AF_INET6 && o->v6only)
		return true;
	/* A source of the other family: the kernel knows the error. */
	return !qs_end_is_any(&o->local) && o->local.family != end->family;
}

/* How multicasts differ: their own TTL, interface and source, and members on this very host. */
static bool multicast_bypass(struct qs_bsd_sock *s, const struct qs_end *end, struct qs_route_ask *ask,
			     struct qs_flow *flow, bool *look_again)
{
	const bool six = end->family == AF_INET6;
	const struct qs_multicast *m = six ? &s->options.multicast6 : &s->options.multicast;
	const uint32_t ifindex = qs_route_ifindex(s->dev->route);
	struct in_addr source;

	if (m->ttl == 0 || (six && (end->addr.s6_addr[1] & 0xf) <= SCOPE_INTERFACE))
		return false; /* for this host only */
	flow->ttl = m->ttl;
	*look_again = m->loop;
	if (m->loop && qs_local_has_group(ifindex, end->family, &end->addr))
		return false;
	if (six)
		return m->ifindex == 0 || m->ifindex == ifindex;
	if (IN6_IS_ADDR_UNSPECIFIED(&m->source))
		return true;
	memcpy(&source, &m->source, sizeof(source));
	if (!qs_local_has_address(ifindex, source))
		return false;
	if (IN6_IS_ADDR_UNSPECIFIED(&ask->src))
		ask->src = m->source;
	return true;
}

static void flow_fill(const struct qs_bsd_sock *s, const struct qs_end *end, struct qs_flow *flow)
{
	const struct qs_options *o = &s->options;

	flow->family = (uint8_t)end->family;
	flow->dst = end->addr;
	flow->dport = end->port;
	flow->sport = o->local.port;
	flow->tos = end->family == AF_INET ? o->tos : o->tclass;
	flow->ttl = end->family == AF_INET ? o->ttl : o->hop_limit;
	flow->dont_fragment = o->dont_fragment;
	flow->vlan = s->attr.vlan;
	flow->vlan_id = s->attr.vlan_id;
	flow->vlan_prio = s->attr.vlan_pcp;
}

/* @return false: fragments cannot be so short */
static bool sizes_fill(const struct qs_bsd_sock *s, struct qs_dest *dest)
{
	const struct qs_options *o = &s->options;
	const bool six = dest->end.family == AF_INET6, device = six ? o->device_mtu6 : o->device_mtu;
	const uint32_t headers = six ? 48 : 28, least = six ? QS_FRAGMENT_MTU6_MIN : QS_FRAGMENT_MTU_MIN;
	uint32_t mtu = device ? qs_route_mtu(s->dev->route) : dest->hop.mtu_bytes;

	if (o->path_mtu != 0 && o->path_mtu < mtu && qs_end_same(&dest->end, &o->peer))
		mtu = o->path_mtu;
	mtu = RTE_MIN(mtu, s->dev->mtu);
	dest->mtu = (uint16_t)mtu;
	dest->must_fit = six ? o->must_fit6 : o->must_fit;
	dest->single_bytes = mtu > headers ? mtu - headers : 0;
	return mtu >= least;
}

/* An address to send from: who receives from a group may be bound to it. */
static bool names_source(const struct qs_end *local)
{
	return !qs_end_is_any(local) && !is_multicast(local);
}

/* Ask where it goes. Whatever says no is left to the kernel, which has the right errno for it. */
static int bypass_make(struct qs_bsd_sock *s, struct qs_dest *dest, bool *look_again)
{
	struct qs_route_ask ask = {.dst = dest->end.addr, .family = (uint8_t)dest->end.family};
	struct qs_flow flow = {0};

	flow_fill(s, &dest->end, &flow);
	if (names_source(&s->options.local))
		ask.src = s->options.local.addr;
	ask.tos = flow.tos;
	if (is_multicast(&dest->end) && !multicast_bypass(s, &dest->end, &ask, &flow, look_again))
		return -1;
	if (qs_route_resolve(s->dev->route, &ask, &dest->hop) < 0) {
		*look_again = true;
		return -1;
	}
	if (dest->hop.kind != QS_HOP_UNICAST && dest->hop.kind != QS_HOP_MULTICAST)
		return -1;
	flow.src = IN6_IS_ADDR_UNSPECIFIED(&ask.src) ? dest->hop.src : ask.src;
	flow.src_mac = dest->hop.src_mac;
	if (dest->hop.resolved)
		flow.dst_mac = dest->hop.mac;
	if (!sizes_fill(s, dest))
		return -1;
	return qs_frame_init(&dest->frame, &flow, s->dev->tx_offloads);
}

/* From now on the options for multicasts of that family are followed with the others. */
static int multicasts_follow(struct qs_bsd_sock *s, uint16_t family)
{
	const uint8_t bit = family == AF_INET6 ? QS_MULTICAST6 : QS_MULTICAST4;

	if (s->multicasts & bit)
		return 0;
	s->multicasts |= bit;
	return qs_multicast_read(s->fd, family,
				 family == AF_INET6 ? &s->options.multicast6 : &s->options.multicast);
}

int qs_dest_make(struct qs_bsd_sock *s, const struct qs_end *end, uint64_t now_ns, struct qs_dest *dest)
{
	bool look_again = false;
	int ret;

	memset(dest, 0, sizeof(*dest));
	dest->end = *end;
	dest->way = QS_WAY_KERNEL;
	dest->until_ns = UINT64_MAX;
	if (s->dev->route != NULL)
		dest->generation = qs_route_generation(s->dev->route);
	if (!beyond_bypass(s, end)) {
		ret = bind_port(s);
		if (ret < 0)
			return ret;
		ret = is_multicast(end) ? multicasts_follow(s, end->family) : 0;
		if (ret < 0)
			return ret;
		if (bypass_make(s, dest, &look_again) == 0) {
			dest->way = dest->hop.resolved ? QS_WAY_BYPASS : QS_WAY_WAIT;
			dest->generation = dest->hop.generation;
		}
	}
	if (look_again)
		dest->until_ns = now_ns + LOOK_AGAIN_NS;
	else if (!qs_end_same(end, &s->options.peer))
		dest->until_ns = now_ns + PATH_MTU_NS;
	dest->options_seq = s->options_seq;
	return 0;
}
