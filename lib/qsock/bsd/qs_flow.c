/* SPDX-License-Identifier: BSD-3-Clause */
/* What the kernel sends of a socket finds the way to its stream: the twin knows its flow. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include <rte_errno.h>

#include "bsd/qs_dev.h"
#include "bsd/qs_sock.h"
#include "eal/qs_log.h"
#include "twin/qs_twin.h"

/* The family of a flow: the peer's, for an IPv6 socket may talk to an IPv4-mapped one. */
static uint8_t flow_family(const struct qs_end *local, const struct qs_end *peer)
{
	return (uint8_t)(peer->family != 0 ? peer->family : local->family);
}

static int flow_change(struct qs_bsd_sock *s, uint8_t family, const struct qs_end *local,
		       const struct qs_end *peer, bool add)
{
	uint8_t protocol = s->tcp ? IPPROTO_TCP : IPPROTO_UDP;

	if (add)
		return qs_twin_flow_add(s->dev->twin, family, protocol, &local->addr, local->port,
					&peer->addr, peer->port, s->qs);
	return qs_twin_flow_del(s->dev->twin, family, protocol, &local->addr, local->port, &peer->addr,
				peer->port);
}

/* An IPv6 socket bound to no address and connected to none sends IPv4 too, unless it is IPv6 only. */
static bool flow_is_dual(const struct qs_bsd_sock *s, const struct qs_end *local, const struct qs_end *peer)
{
	return local->family == AF_INET6 && peer->family == 0 && qs_end_is_any(local) && !s->options.v6only;
}

static void flow_add(struct qs_bsd_sock *s, const struct qs_end *local, const struct qs_end *peer)
{
	uint8_t family = flow_family(local, peer);

	s->flow_known = flow_change(s, family, local, peer, true) == 0;
	if (s->flow_known && flow_is_dual(s, local, peer))
		s->flow_dual = flow_change(s, AF_INET, local, peer, true) == 0;
	if (!s->flow_known)
		QS_LOG(NOTICE, "port %u of fd %d: %s; plain send() is not scheduled\n", be16toh(local->port),
		       s->fd,
		       rte_errno == EEXIST ? "another socket's flow is the same" : strerror(rte_errno));
}

void qs_sock_flow_remove(struct qs_bsd_sock *s)
{
	const struct qs_end *local = &s->flow_local, *peer = &s->flow_peer;

	if (s->flow_known)
		flow_change(s, flow_family(local, peer), local, peer, false);
	if (s->flow_dual)
		flow_change(s, AF_INET, local, peer, false);
	s->flow_known = s->flow_dual = false;
}

void qs_sock_flow_update(struct qs_bsd_sock *s)
{
	const struct qs_end *local = &s->options.local, *peer = &s->options.peer;

	if (s->dev->twin == NULL)
		return;
	if (memcmp(local, &s->flow_local, sizeof(*local)) == 0 &&
	    memcmp(peer, &s->flow_peer, sizeof(*peer)) == 0)
		return;
	qs_sock_flow_remove(s);
	s->flow_local = *local;
	s->flow_peer = *peer;
	if (local->port != 0)
		flow_add(s, local, peer);
}
