/* SPDX-License-Identifier: BSD-3-Clause */
/* What a frame of the kernel's says of itself. */
#include <string.h>
#include <sys/socket.h>

#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_net.h>

#include "twin/qs_classify.h"

#define DSCP_SHIFT 2
#define TAGS_MAX 2 /* 802.1Q, and one in 802.1ad */

/* What of the frame is still to be read. The twin's frames are linear. */
struct view {
	const struct rte_mbuf *m;
	uint32_t at;
};

static const void *view_take(struct view *v, uint32_t bytes)
{
	const void *p = rte_pktmbuf_mtod_offset(v->m, const void *, v->at);

	if (v->at + bytes > v->m->data_len)
		return NULL;
	v->at += bytes;
	return p;
}

/* @return EtherType behind the tags, 0: cut short */
static uint16_t l2_parse(struct view *v, struct qs_packet *p)
{
	const struct rte_ether_hdr *eth = view_take(v, sizeof(*eth));
	uint16_t type = eth ? rte_be_to_cpu_16(eth->ether_type) : 0;

	for (int i = 0; i < TAGS_MAX && (type == RTE_ETHER_TYPE_VLAN || type == RTE_ETHER_TYPE_QINQ); i++) {
		const struct rte_vlan_hdr *tag = view_take(v, sizeof(*tag));

		if (tag == NULL)
			return 0;
		if (i == 0) /* the outer one is the wire's */
			p->vlan = rte_be_to_cpu_16(tag->vlan_tci) & 0xfff;
		type = rte_be_to_cpu_16(tag->eth_proto);
	}
	return type;
}

static void ports_parse(struct view *v, struct qs_packet *p)
{
	const rte_be16_t *ports;

	switch (p->flow.protocol) {
	case IPPROTO_UDP:
	case IPPROTO_TCP:
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
	case IPPROTO_UDPLITE:
		ports = view_take(v, 2 * sizeof(*ports));
		if (ports != NULL) {
			p->flow.lport = ports[0];
			p->flow.rport = ports[1];
		}
	}
}

static void ipv4_parse(struct view *v, struct qs_packet *p)
{
	const struct rte_ipv4_hdr *ip = view_take(v, sizeof(*ip));
	uint16_t fragment;

	if (ip == NULL || rte_ipv4_hdr_len(ip) < sizeof(*ip) ||
	    view_take(v, rte_ipv4_hdr_len(ip) - (uint32_t)sizeof(*ip)) == NULL)
		return;
	p->ip = true;
	p->flow.family = AF_INET;
	p->flow.protocol = ip->next_proto_id;
	p->dscp = ip->type_of_service >> DSCP_SHIFT;
	memcpy(&p->flow.local, &ip->src_addr, sizeof(ip->src_addr));
	memcpy(&p->flow.remote, &ip->dst_addr, sizeof(ip->dst_addr));
	fragment = rte_be_to_cpu_16(ip->fragment_offset);
	p->frag_id = rte_be_to_cpu_16(ip->packet_id);
	p->later_fragment = (fragment & RTE_IPV4_HDR_OFFSET_MASK) != 0;
	p->first_fragment = !p->later_fragment && (fragment & RTE_IPV4_HDR_MF_FLAG);
	if (!p->later_fragment)
		ports_parse(v, p);
}

static void fragment_parse(const struct view *v, struct qs_packet *p)
{
	const struct rte_ipv6_fragment_ext *frag =
		rte_pktmbuf_mtod_offset(v->m, const void *, v->at - (uint32_t)sizeof(*frag));
	uint16_t data = rte_be_to_cpu_16(frag->frag_data);

	p->frag_id = rte_be_to_cpu_32(frag->id);
	p->later_fragment = RTE_IPV6_GET_FO(data) != 0;
	p->first_fragment = !p->later_fragment && RTE_IPV6_GET_MF(data);
}

static void ipv6_parse(struct view *v, struct qs_packet *p)
{
	const struct rte_ipv6_hdr *ip = view_take(v, sizeof(*ip));
	int proto, frag = 0;

	if (ip == NULL)
		return;
	proto = rte_net_skip_ip6_ext(ip->proto, v->m, &v->at, &frag);
	if (proto < 0)
		return;
	p->ip = true;
	p->flow.family = AF_INET6;
	p->flow.protocol = (uint8_t)proto;
	p->dscp = (uint8_t)(rte_be_to_cpu_32(ip->vtc_flow) >> (20 + DSCP_SHIFT) & 0x3f);
	memcpy(&p->flow.local, &ip->src_addr, sizeof(ip->src_addr));
	memcpy(&p->flow.remote, &ip->dst_addr, sizeof(ip->dst_addr));
	if (frag)
		fragment_parse(v, p);
	if (!p->later_fragment)
		ports_parse(v, p);
}

void qs_packet_parse(const struct rte_mbuf *m, struct qs_packet *p)
{
	struct view v = {.m = m};
	uint16_t type;

	memset(p, 0, sizeof(*p));
	type = l2_parse(&v, p);
	if (type == RTE_ETHER_TYPE_IPV4)
		ipv4_parse(&v, p);
	else if (type == RTE_ETHER_TYPE_IPV6)
		ipv6_parse(&v, p);
}
