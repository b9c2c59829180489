/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include <rte_ethdev.h>

#include "eal/qs_log.h"
#include "net/qs_frame.h"

#define TTL_DEFAULT 64
#define VLAN_ID_MAX 4094
#define VLAN_PRIO_MAX 7
#define IPV6_VERSION_SHIFT 28
#define IPV6_CLASS_SHIFT 20

static int flow_check(const struct qs_flow *flow)
{
	if (flow->family != AF_INET && flow->family != AF_INET6)
		return qs_fail(EINVAL, "flow: family %u, allowed are AF_INET and AF_INET6", flow->family);
	if (flow->vlan && flow->vlan_id > VLAN_ID_MAX)
		return qs_fail(EINVAL, "flow: vlan %u, allowed are 0 .. %u", flow->vlan_id, VLAN_ID_MAX);
	if (flow->vlan && flow->vlan_prio > VLAN_PRIO_MAX)
		return qs_fail(EINVAL, "flow: vlan priority %u, allowed are 0 .. %u", flow->vlan_prio,
			       VLAN_PRIO_MAX);
	return 0;
}

/* @return bytes written */
static uint8_t l2_write(uint8_t *hdr, const struct qs_flow *flow)
{
	rte_be16_t type =
		rte_cpu_to_be_16(flow->family == AF_INET ? RTE_ETHER_TYPE_IPV4 : RTE_ETHER_TYPE_IPV6);
	struct rte_ether_hdr *eth = (struct rte_ether_hdr *)hdr;
	struct rte_vlan_hdr *vlan = (struct rte_vlan_hdr *)(eth + 1);

	eth->dst_addr = flow->dst_mac;
	eth->src_addr = flow->src_mac;
	eth->ether_type = type;
	if (!flow->vlan)
		return sizeof(*eth);
	eth->ether_type = rte_cpu_to_be_16(RTE_ETHER_TYPE_VLAN);
	vlan->vlan_tci = rte_cpu_to_be_16((uint16_t)(flow->vlan_prio << 13 | flow->vlan_id));
	vlan->eth_proto = type;
	return sizeof(*eth) + sizeof(*vlan);
}

static void ipv4_write(struct qs_frame *f, struct rte_ipv4_hdr *ip, const struct qs_flow *flow)
{
	ip->version_ihl = RTE_IPV4_VHL_DEF;
	ip->type_of_service = flow->tos;
	ip->fragment_offset = flow->dont_fragment ? rte_cpu_to_be_16(RTE_IPV4_HDR_DF_FLAG) : 0;
	ip->time_to_live = flow->ttl ? flow->ttl : TTL_DEFAULT;
	ip->next_proto_id = IPPROTO_UDP;
	memcpy(&ip->src_addr, &flow->src, sizeof(ip->src_addr));
	memcpy(&ip->dst_addr, &flow->dst, sizeof(ip->dst_addr));
	f->ip_sum = rte_raw_cksum(ip, sizeof(*ip));
}

static void ipv6_write(struct rte_ipv6_hdr *ip, const struct qs_flow *flow)
{
	ip->vtc_flow = rte_cpu_to_be_32(6u << IPV6_VERSION_SHIFT | (uint32_t)flow->tos << IPV6_CLASS_SHIFT);
	ip->proto = IPPROTO_UDP;
	ip->hop_limits = flow->ttl ? flow->ttl : TTL_DEFAULT;
	memcpy(&ip->src_addr, &flow->src, sizeof(ip->src_addr));
	memcpy(&ip->dst_addr, &flow->dst, sizeof(ip->dst_addr));
}

/* Addresses and protocol, which the pseudo header and the packet share. */
static uint32_t pseudo_sum(const struct qs_flow *flow)
{
	size_t bytes = flow->family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr);

	return (uint32_t)rte_raw_cksum(&flow->src, bytes) + rte_raw_cksum(&flow->dst, bytes) +
	       rte_cpu_to_be_16(IPPROTO_UDP);
}

int qs_frame_init(struct qs_frame *f, const struct qs_flow *flow, uint64_t tx_offloads)
{
	struct rte_udp_hdr *udp;
	uint32_t sum;

	if (flow_check(flow) < 0)
		return -1;
	memset(f, 0, sizeof(*f));
	f->family = flow->family;
	f->no_checksum = flow->family == AF_INET && flow->no_checksum;
	f->l2_bytes = l2_write(f->hdr, flow);
	if (flow->family == AF_INET) {
		f->l3_bytes = sizeof(struct rte_ipv4_hdr);
		ipv4_write(f, (struct rte_ipv4_hdr *)(f->hdr + f->l2_bytes), flow);
	} else {
		f->l3_bytes = sizeof(struct rte_ipv6_hdr);
		ipv6_write((struct rte_ipv6_hdr *)(f->hdr + f->l2_bytes), flow);
	}
	f->hdr_bytes = (uint8_t)(f->l2_bytes + f->l3_bytes + sizeof(*udp));
	udp = (struct rte_udp_hdr *)(f->hdr + f->l2_bytes + f->l3_bytes);
	udp->src_port = flow->sport;
	udp->dst_port = flow->dport;

	sum = pseudo_sum(flow);
	if ((tx_offloads & RTE_ETH_TX_OFFLOAD_UDP_CKSUM) && !f->no_checksum) {
		f->ol_flags = RTE_MBUF_F_TX_UDP_CKSUM |
			      (flow->family == AF_INET ? RTE_MBUF_F_TX_IPV4 : RTE_MBUF_F_TX_IPV6);
		f->tx_offload = rte_mbuf_tx_offload(f->l2_bytes, f->l3_bytes, sizeof(*udp), 0, 0, 0, 0);
	} else {
		sum += (uint32_t)udp->src_port + udp->dst_port;
	}
	f->udp_sum = qs_frame_fold(sum);
	return 0;
}
