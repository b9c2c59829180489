/* SPDX-License-Identifier: BSD-3-Clause */
/* One rule: is it sound, does it match? */
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include <rte_byteorder.h>

#include "eal/qs_log.h"
#include "twin/qs_classify.h"

#define DSCP_MAX 63
#define VLAN_MAX 4094

static bool has_ports(const struct rte_qsock_rule *r)
{
	return r->sport_min || r->sport_max || r->dport_min || r->dport_max;
}

int qs_rule_check(const struct rte_qsock_rule *r)
{
	uint8_t prefix_max = r->family == AF_INET ? 32 : r->family == AF_INET6 ? 128 : 0;

	if (memchr(r->name, '\0', sizeof(r->name)) == NULL || r->name[0] == '\0')
		return qs_fail(EINVAL, "rule: a name of 1 .. %d bytes is required", RTE_QSOCK_NAMESIZE - 1);
	if (r->family != 0 && prefix_max == 0)
		return qs_fail(EINVAL, "rule %s: family %u, allowed are 0, AF_INET and AF_INET6", r->name,
			       r->family);
	if (r->src_len > prefix_max || r->dst_len > prefix_max)
		return qs_fail(EINVAL, "rule %s: prefix length %u, allowed are 0 .. %u with family %u",
			       r->name, r->src_len > prefix_max ? r->src_len : r->dst_len, prefix_max,
			       r->family);
	if (r->match_dscp && r->dscp > DSCP_MAX)
		return qs_fail(EINVAL, "rule %s: dscp %u, allowed are 0 .. %d", r->name, r->dscp, DSCP_MAX);
	if (r->match_vlan && r->vlan > VLAN_MAX)
		return qs_fail(EINVAL, "rule %s: vlan %u, allowed are 0 .. %d", r->name, r->vlan, VLAN_MAX);
	if (r->sport_min > r->sport_max || r->dport_min > r->dport_max)
		return qs_fail(EINVAL, "rule %s: ports %u .. %u, the first is the larger", r->name,
			       r->sport_min > r->sport_max ? r->sport_min : r->dport_min,
			       r->sport_min > r->sport_max ? r->sport_max : r->dport_max);
	if (has_ports(r) && r->protocol != 0 && r->protocol != IPPROTO_UDP && r->protocol != IPPROTO_TCP &&
	    r->protocol != IPPROTO_SCTP && r->protocol != IPPROTO_DCCP && r->protocol != IPPROTO_UDPLITE)
		return qs_fail(EINVAL, "rule %s: protocol %u has no ports", r->name, r->protocol);
	return 0;
}

static bool prefix_matches(const struct in6_addr *prefix, uint8_t bits, const struct in6_addr *addr)
{
	uint8_t bytes = bits / 8, rest = bits % 8;

	if (memcmp(prefix, addr, bytes) != 0)
		return false;
	return rest == 0 ||
	       ((prefix->s6_addr[bytes] ^ addr->s6_addr[bytes]) & (uint8_t)(0xff00 >> rest)) == 0;
}

static bool port_matches(uint16_t min, uint16_t max, rte_be16_t port_be)
{
	uint16_t port = rte_be_to_cpu_16(port_be);

	return max == 0 || (port >= min && port <= max);
}

bool qs_rule_matches(const struct rte_qsock_rule *r, const struct qs_packet *p)
{
	bool wants_ip = r->family || r->protocol || r->match_dscp || has_ports(r);

	if (r->match_vlan && r->vlan != p->vlan)
		return false;
	if (!p->ip)
		return !wants_ip;
	if (p->later_fragment && has_ports(r))
		return false;
	return (r->family == 0 || r->family == p->flow.family) &&
	       (r->protocol == 0 || r->protocol == p->flow.protocol) &&
	       (!r->match_dscp || r->dscp == p->dscp) &&
	       prefix_matches(&r->src, r->src_len, &p->flow.local) &&
	       prefix_matches(&r->dst, r->dst_len, &p->flow.remote) &&
	       port_matches(r->sport_min, r->sport_max, p->flow.lport) &&
	       port_matches(r->dport_min, r->dport_max, p->flow.rport);
}
