/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The headers of a UDP flow, kept ready: Ethernet, optional 802.1Q, IPv4 or IPv6, UDP. What never
 * changes is written and summed once; a packet costs one copy, two lengths and the checksums.
 */
#ifndef QS_FRAME_H
#define QS_FRAME_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_memcpy.h>
#include <rte_udp.h>

#ifdef __cplusplus
extern "C" {
#endif

#define QS_FRAME_HDR_MAX 66	     /**< Ethernet 14, 802.1Q 4, IPv6 40, UDP 8 */
#define QS_FRAME_PAYLOAD4_MAX 65507u /**< of UDP in IPv4 */
#define QS_FRAME_PAYLOAD6_MAX 65527u /**< of UDP in IPv6 */

/** What the headers of a flow say. Zero is a sensible default where nothing is said. */
struct qs_flow {
	struct rte_ether_addr src_mac, dst_mac;
	struct in6_addr src, dst; /**< IPv4 in the first four bytes */
	rte_be16_t sport, dport;
	uint16_t vlan_id;  /**< 0 .. 4094, where vlan is set */
	uint8_t vlan_prio; /**< PCP, 0 .. 7 */
	bool vlan;
	uint8_t family;	    /**< AF_INET or AF_INET6 */
	uint8_t tos;	    /**< DSCP and ECN: IPv4 TOS, IPv6 traffic class */
	uint8_t ttl;	    /**< or hop limit; 0: 64 */
	bool dont_fragment; /**< IPv4 DF on what is not fragmented here */
	bool no_checksum;   /**< IPv4 only: UDP checksum 0, as SO_NO_CHECK */
};

/** A flow's headers, ready to be copied. Used by one thread at a time. */
struct qs_frame {
	uint8_t hdr[QS_FRAME_HDR_MAX]; /**< lengths, id and checksums 0 */
	uint8_t hdr_bytes, l2_bytes, l3_bytes;
	uint8_t family;
	bool no_checksum;
	uint16_t ip_sum;     /**< of the IPv4 header, not complemented */
	uint16_t udp_sum;    /**< of the pseudo header without the length, not complemented; and, where the
				  checksum is made here, of the ports */
	uint16_t ip_id;	     /**< of the next unfragmented IPv4 packet */
	uint64_t ol_flags;   /**< 0: the UDP checksum is made here */
	uint64_t tx_offload; /**< header lengths for the driver */
};

/**
 * Write a flow's headers. [any]
 *
 * @param tx_offloads the port's RTE_ETH_TX_OFFLOAD_*: with UDP_CKSUM the driver sums the payload.
 *   The IPv4 header is always summed here: it costs two additions, and drivers exist that offer
 *   the one and not the other.
 * @return 0; -1: EINVAL family, vlan_id or vlan_prio out of range (the log names it)
 */
int qs_frame_init(struct qs_frame *f, const struct qs_flow *flow, uint64_t tx_offloads);

/** Largest payload that the family can carry, fragments or not. [any] */
static inline uint32_t qs_frame_payload_max(const struct qs_frame *f)
{
	return f->family == AF_INET ? QS_FRAME_PAYLOAD4_MAX : QS_FRAME_PAYLOAD6_MAX;
}

/** Fold a sum into 16 bits. [any] */
static inline uint16_t qs_frame_fold(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)((sum & 0xffff) + (sum >> 16));
}

/** The UDP checksum on the wire: 0 means none there, so a sum of 0 is sent as 0xffff. [any] */
static inline uint16_t qs_frame_udp_cksum(uint32_t sum)
{
	uint16_t cksum = (uint16_t)~qs_frame_fold(sum);

	return cksum == 0 ? 0xffff : cksum;
}

/** Sum of bytes, not complemented: words of four, since a sum of pairs is the same and half as long. [any] */
static inline uint16_t qs_frame_sum(const void *data, uint32_t bytes)
{
	const uint8_t *from = (const uint8_t *)data;
	uint64_t sum = 0, high = 0, eight;
	uint32_t four = 0;
	uint16_t two = 0, one = 0;

	for (; bytes >= sizeof(eight); from += sizeof(eight), bytes -= sizeof(eight)) {
		memcpy(&eight, from, sizeof(eight));
		sum += (uint32_t)eight;
		high += eight >> 32;
	}
	if (bytes & 4) {
		memcpy(&four, from, sizeof(four));
		from += sizeof(four);
	}
	if (bytes & 2) {
		memcpy(&two, from, sizeof(two));
		from += sizeof(two);
	}
	if (bytes & 1)
		memcpy(&one, from, 1);
	sum += high + four + two + one;
	sum = (sum & 0xffffffff) + (sum >> 32);
	return qs_frame_fold((uint32_t)(sum >> 16) + (uint32_t)(sum & 0xffff));
}

/** Sum of a packet's payload, not complemented; segments are allowed. [any] */
static inline uint16_t qs_frame_payload_sum(const struct rte_mbuf *m)
{
	uint16_t sum = 0;

	if (m->nb_segs == 1)
		return qs_frame_sum(rte_pktmbuf_mtod(m, const void *), m->data_len);
	(void)rte_raw_cksum_mbuf(m, 0, m->pkt_len, &sum);
	return sum;
}

/** The IPv4 header's total length, id and checksum. [any] */
static inline void qs_frame_ipv4_finish(const struct qs_frame *f, struct rte_ipv4_hdr *ip, uint16_t ip_bytes,
					uint16_t id_be)
{
	ip->total_length = rte_cpu_to_be_16(ip_bytes);
	ip->packet_id = id_be;
	ip->hdr_checksum = (uint16_t)~qs_frame_fold((uint32_t)f->ip_sum + ip->total_length + id_be);
}

/** The template, in two overlapping copies of constant length. [any] */
static inline void qs_frame_hdr_copy(uint8_t *to, const struct qs_frame *f)
{
	uint8_t n = f->hdr_bytes; /* 42 or 46 with IPv4, 62 or 66 with IPv6 */

	if (n <= 48) {
		memcpy(to, f->hdr, 32);
		memcpy(to + n - 16, f->hdr + n - 16, 16);
	} else {
		memcpy(to, f->hdr, 48);
		memcpy(to + n - 32, f->hdr + n - 32, 32);
	}
}

/** Whether the payload has to be summed. [any] */
static inline bool qs_frame_sums(const struct qs_frame *f)
{
	return f->ol_flags == 0 && !f->no_checksum;
}

/** Write the headers of a payload, whose sum is given where qs_frame_sums(). [app] */
static inline void qs_frame_hdr_write(struct qs_frame *f, uint8_t *hdr, uint32_t payload_bytes,
				      uint16_t payload_sum)
{
	uint16_t udp_bytes = (uint16_t)(payload_bytes + sizeof(struct rte_udp_hdr));
	uint16_t udp_be = rte_cpu_to_be_16(udp_bytes);
	uint32_t udp_sum = (uint32_t)f->udp_sum + udp_be; /* the length stands in the pseudo header ... */
	struct rte_udp_hdr *udp = (struct rte_udp_hdr *)(hdr + f->hdr_bytes - sizeof(*udp));

	qs_frame_hdr_copy(hdr, f);
	udp->dgram_len = udp_be;
	if (f->ol_flags != 0)
		udp->dgram_cksum = qs_frame_fold(udp_sum); /* the driver adds header and payload */
	else if (!f->no_checksum)
		udp->dgram_cksum =
			qs_frame_udp_cksum(udp_sum + udp_be + payload_sum); /* ... and in the UDP header */
	if (f->family == AF_INET)
		qs_frame_ipv4_finish(f, (struct rte_ipv4_hdr *)(hdr + f->l2_bytes),
				     (uint16_t)(udp_bytes + sizeof(struct rte_ipv4_hdr)),
				     rte_cpu_to_be_16(f->ip_id++));
	else
		((struct rte_ipv6_hdr *)(hdr + f->l2_bytes))->payload_len = udp_be;
}

/**
 * Write the headers in front of the payload, which is all that the mbuf holds, at most
 * qs_frame_payload_max(). The caller keeps to the MTU (see qs_fragment.h for more). [app]
 *
 * @return false: the headroom is too small, nothing was done
 */
static inline bool qs_frame_build(struct qs_frame *f, struct rte_mbuf *m)
{
	uint16_t payload_sum = qs_frame_sums(f) ? qs_frame_payload_sum(m) : 0;
	uint32_t payload_bytes = m->pkt_len;

	if (rte_pktmbuf_headroom(m) < f->hdr_bytes)
		return false;
	qs_frame_hdr_write(f, (uint8_t *)rte_pktmbuf_prepend(m, f->hdr_bytes), payload_bytes, payload_sum);
	if (f->ol_flags != 0) {
		m->ol_flags |= f->ol_flags;
		m->tx_offload = f->tx_offload;
	}
	return true;
}

/** Where a frame begins in its buffer: a short one with a cache line, a long one so that its payload does. */
static inline uint16_t qs_frame_place(const struct qs_frame *f, uint32_t payload_bytes)
{
	uint32_t bytes = f->hdr_bytes + payload_bytes;

	return (uint16_t)(bytes <= 2 * RTE_CACHE_LINE_MIN_SIZE ? RTE_CACHE_LINE_MIN_SIZE
							       : 2 * RTE_CACHE_LINE_MIN_SIZE - f->hdr_bytes);
}

/**
 * The same from the start, for an mbuf as the pool gave it, neither attached nor with a second segment. Nothing
 * of it is read, so nothing has to wait for its lines. [app]
 *
 * @param buf m->buf_addr; behind it is room for a headroom, the headers and the payload
 * @param ol_flags more of them
 */
static inline void qs_frame_make(struct qs_frame *f, struct rte_mbuf *m, uint8_t *buf, const void *payload,
				 uint32_t payload_bytes, uint64_t ol_flags)
{
	struct {
		uint16_t data_off, refcnt, nb_segs, port;
	} rearm = {qs_frame_place(f, payload_bytes), 1, 1, RTE_MBUF_PORT_INVALID};
	uint32_t bytes = f->hdr_bytes + payload_bytes;
	uint8_t *hdr = buf + rearm.data_off;

	memcpy(m->rearm_data, &rearm, sizeof(rearm));
	m->ol_flags = f->ol_flags | ol_flags;
	m->packet_type = 0;
	m->pkt_len = bytes;
	m->data_len = (uint16_t)bytes;
	m->vlan_tci = 0;
	m->vlan_tci_outer = 0;
	m->tx_offload = f->tx_offload;
	rte_memcpy(hdr + f->hdr_bytes, payload, payload_bytes);
	qs_frame_hdr_write(f, hdr, payload_bytes,
			   qs_frame_sums(f) ? qs_frame_sum(payload, payload_bytes) : 0);
}

#ifdef __cplusplus
}
#endif
#endif
