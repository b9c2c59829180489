/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include <rte_common.h>
#include <rte_errno.h>
#include <rte_ip_frag.h>
#include <rte_random.h>

#include "eal/qs_log.h"
#include "net/qs_fragment.h"
#include "rte_qsock.h"

#define UNIT 8u	       /* fragments but the last are multiples of this */
#define ID_SLOTS 1024u /* power of two */

#define UDP_BYTES ((uint32_t)sizeof(struct rte_udp_hdr))

/* Reads on through an iovec. */
struct gather {
	const struct iovec *iov;
	size_t at;    /* in the first of them */
	uint32_t sum; /* of what was read, not complemented */
	bool odd;     /* an odd number of bytes was summed */
};

/* Where the datagram's bytes come from, and how its pieces are cut. */
struct cut {
	struct qs_frame *f;
	uint32_t piece_bytes; /* of a fragment but the last, without headers */
	uint32_t id;
	uint8_t hdr_bytes; /* of a fragment: L2, IP, and the fragment header in IPv6 */
};

static uint32_t piece_bytes(const struct qs_frame *f, uint16_t mtu_bytes)
{
	uint32_t hdr = f->l3_bytes + (f->family == AF_INET6 ? RTE_IPV6_FRAG_HDR_SIZE : 0u);

	return (mtu_bytes - hdr) / UNIT * UNIT;
}

static uint16_t mtu_min(const struct qs_frame *f)
{
	return f->family == AF_INET ? QS_FRAGMENT_MTU_MIN : QS_FRAGMENT_MTU6_MIN;
}

uint16_t qs_fragment_count(const struct qs_frame *f, uint32_t payload_bytes, uint16_t mtu_bytes)
{
	uint32_t bytes = payload_bytes + UDP_BYTES, piece;

	if (payload_bytes > qs_frame_payload_max(f) || mtu_bytes < mtu_min(f))
		return 0;
	if (bytes + f->l3_bytes <= mtu_bytes)
		return 1;
	piece = piece_bytes(f, mtu_bytes);
	return (uint16_t)((bytes + piece - 1) / piece);
}

uint32_t qs_fragment_id(const struct in6_addr *src, const struct in6_addr *dst, uint8_t family)
{
	/* Pairs of hosts share counters by hash: a counter for all would wrap sooner. */
	static uint32_t ids[ID_SLOTS];
	static uint32_t start;
	uint64_t h = family, word[2];
	uint32_t first = __atomic_load_n(&start, __ATOMIC_RELAXED);
	size_t bytes = family == AF_INET ? sizeof(struct in_addr) : sizeof(*src);

	if (first ==
	    0) { /* a restart does not repeat the ids of a moment ago; a race only picks another start */
		first = (uint32_t)rte_rand() | 1;
		__atomic_store_n(&start, first, __ATOMIC_RELAXED);
	}
	memset(word, 0, sizeof(word));
	memcpy(word, src, bytes);
	h = (h ^ word[0]) * UINT64_C(0x9e3779b97f4a7c15) + word[1];
	memcpy(word, dst, bytes);
	h = (h ^ word[0] ^ (h >> 29)) * UINT64_C(0x9e3779b97f4a7c15) + word[1];
	h *= UINT64_C(0x9e3779b97f4a7c15);
	return first + __atomic_fetch_add(&ids[(h >> 40) & (ID_SLOTS - 1)], 1, __ATOMIC_RELAXED);
}

/* Copy the next bytes of the payload; sum them too where the checksum is made here. */
static void gather_copy(struct gather *g, uint8_t *to, uint32_t bytes, bool summed)
{
	while (bytes > 0) {
		uint32_t n = (uint32_t)RTE_MIN((size_t)bytes, g->iov->iov_len - g->at);
		uint32_t sum;

		if (n == 0) {
			g->iov++;
			g->at = 0;
			continue;
		}
		rte_memcpy(to, (const uint8_t *)g->iov->iov_base + g->at, n);
		if (summed) {
			sum = rte_raw_cksum(to, n);
			if (g->odd)
				sum = (sum & 0xff) << 8 | sum >> 8;
			g->sum = qs_frame_fold(g->sum + sum);
			g->odd ^= n & 1;
		}
		to += n;
		bytes -= n;
		g->at += n;
	}
}

static size_t iov_bytes(const struct iovec *iov, int iov_count)
{
	size_t bytes = 0;

	for (int i = 0; i < iov_count; i++) {
		if (bytes + iov[i].iov_len < bytes)
			return SIZE_MAX;
		bytes += iov[i].iov_len;
	}
	return bytes;
}

static void ipv4_fragment(const struct cut *c, uint8_t *hdr, uint32_t offset, uint32_t bytes, bool more)
{
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(hdr + c->f->l2_bytes);
	uint16_t df = ip->fragment_offset;
	uint32_t sum;

	ip->fragment_offset = rte_cpu_to_be_16((uint16_t)(offset / UNIT | (more ? RTE_IPV4_HDR_MF_FLAG : 0)));
	qs_frame_ipv4_finish(c->f, ip, (uint16_t)(bytes + sizeof(*ip)), rte_cpu_to_be_16((uint16_t)c->id));
	/* The template's sum holds its own flags. */
	sum = (uint32_t)(uint16_t)~ip->hdr_checksum + (uint16_t)~df + ip->fragment_offset;
	ip->hdr_checksum = (uint16_t)~qs_frame_fold(sum);
}

static void ipv6_fragment(const struct cut *c, uint8_t *hdr, uint32_t offset, uint32_t bytes, bool more)
{
	struct rte_ipv6_hdr *ip = (struct rte_ipv6_hdr *)(hdr + c->f->l2_bytes);
	struct rte_ipv6_fragment_ext *frag = (struct rte_ipv6_fragment_ext *)(ip + 1);

	ip->proto = IPPROTO_FRAGMENT;
	ip->payload_len = rte_cpu_to_be_16((uint16_t)(bytes + sizeof(*frag)));
	frag->next_header = IPPROTO_UDP;
	frag->reserved = 0;
	frag->frag_data = rte_cpu_to_be_16(RTE_IPV6_SET_FRAG_DATA((uint16_t)offset, more));
	frag->id = rte_cpu_to_be_32(c->id);
}

/* One fragment: L2 and IP headers, then the bytes of the datagram from an offset on. */
static void fragment_write(const struct cut *c, struct rte_mbuf *m, struct gather *g, uint32_t offset,
			   uint32_t bytes, bool more)
{
	const struct qs_frame *f = c->f;
	uint8_t *hdr = (uint8_t *)rte_pktmbuf_append(m, (uint16_t)(c->hdr_bytes + bytes));
	uint8_t *data = hdr + c->hdr_bytes;

	rte_memcpy(hdr, f->hdr, (size_t)f->l2_bytes + f->l3_bytes);
	if (f->family == AF_INET)
		ipv4_fragment(c, hdr, offset, bytes, more);
	else
		ipv6_fragment(c, hdr, offset, bytes, more);
	if (offset == 0) {
		rte_memcpy(data, f->hdr + f->l2_bytes + f->l3_bytes, UDP_BYTES);
		data += UDP_BYTES;
		bytes -= UDP_BYTES;
	}
	gather_copy(g, data, bytes, !f->no_checksum);
}

/* The UDP header stands in the first fragment, and sums up the others. */
static void udp_finish(const struct cut *c, struct rte_mbuf *first, const struct gather *g, uint32_t bytes)
{
	struct rte_udp_hdr *udp = rte_pktmbuf_mtod_offset(first, struct rte_udp_hdr *, c->hdr_bytes);
	uint32_t sum = (uint32_t)c->f->udp_sum + g->sum;

	udp->dgram_len = rte_cpu_to_be_16((uint16_t)bytes);
	if (c->f->no_checksum)
		return;
	if (c->f->ol_flags != 0) /* then the template's sum lacks the ports */
		sum += (uint32_t)udp->src_port + udp->dst_port;
	udp->dgram_cksum = qs_frame_udp_cksum(sum + 2u * udp->dgram_len);
}

static struct rte_mbuf *train_make(const struct cut *c, struct rte_mbuf **frames, uint16_t n,
				   struct gather *g, uint32_t bytes)
{
	struct rte_qsock_meta *meta;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t offset = i * c->piece_bytes;

		fragment_write(c, frames[i], g, offset, RTE_MIN(c->piece_bytes, bytes - offset), i + 1u < n);
		frames[i]->next = i + 1u < n ? frames[i + 1] : NULL;
	}
	udp_finish(c, frames[0], g, bytes);
	meta = rte_qsock_meta_init(frames[0]);
	meta->flags |= RTE_QSOCK_META_TRAIN;
	meta->frames = n;
	return frames[0];
}

static struct rte_mbuf *single_make(struct qs_frame *f, struct rte_mbuf *m, struct gather *g, uint16_t bytes)
{
	gather_copy(g, (uint8_t *)rte_pktmbuf_append(m, bytes), bytes, false);
	qs_frame_build(f, m);
	return m;
}

struct rte_mbuf *qs_datagram_make(struct qs_frame *f, struct rte_mempool *pool, const struct iovec *iov,
				  int iov_count, uint16_t mtu_bytes)
{
	struct rte_mbuf *frames[QS_FRAGMENT_MAX];
	size_t bytes = iov_bytes(iov, iov_count);
	struct gather g = {.iov = iov};
	struct cut c = {.f = f};
	uint32_t room = rte_pktmbuf_data_room_size(pool);
	uint16_t n;

	if (bytes > qs_frame_payload_max(f)) {
		rte_errno = EMSGSIZE;
		return NULL;
	}
	n = qs_fragment_count(f, (uint32_t)bytes, mtu_bytes);
	if (n == 0 || (n == 1 ? bytes : mtu_bytes + (uint32_t)f->l2_bytes) + RTE_PKTMBUF_HEADROOM > room ||
	    (n == 1 && f->hdr_bytes > RTE_PKTMBUF_HEADROOM)) {
		return qs_fail_null(
			EINVAL, "datagram of %zu bytes: an MTU of %u with a data room of %u is not possible",
			bytes, mtu_bytes, room);
	}
	if (rte_pktmbuf_alloc_bulk(pool, frames, n) != 0) {
		rte_errno = ENOBUFS;
		return NULL;
	}
	if (n == 1)
		return single_make(f, frames[0], &g, (uint16_t)bytes);
	c.piece_bytes = piece_bytes(f, mtu_bytes);
	c.hdr_bytes =
		(uint8_t)(f->l2_bytes + f->l3_bytes + (f->family == AF_INET6 ? RTE_IPV6_FRAG_HDR_SIZE : 0));
	if (f->family == AF_INET) {
		const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)(f->hdr + f->l2_bytes);
		struct in6_addr src = {0}, dst = {0};

		memcpy(&src, &ip->src_addr, sizeof(ip->src_addr));
		memcpy(&dst, &ip->dst_addr, sizeof(ip->dst_addr));
		c.id = qs_fragment_id(&src, &dst, AF_INET);
	} else {
		const struct rte_ipv6_hdr *ip = (const struct rte_ipv6_hdr *)(f->hdr + f->l2_bytes);
		struct in6_addr src, dst;

		memcpy(&src, &ip->src_addr, sizeof(src));
		memcpy(&dst, &ip->dst_addr, sizeof(dst));
		c.id = qs_fragment_id(&src, &dst, AF_INET6);
	}
	return train_make(&c, frames, n, &g, (uint32_t)bytes + UDP_BYTES);
}

void qs_datagram_macs_set(struct rte_mbuf *m, const struct rte_ether_addr *dst,
			  const struct rte_ether_addr *src)
{
	bool train = rte_qsock_meta_valid(m) && (rte_qsock_meta(m)->flags & RTE_QSOCK_META_TRAIN);

	do {
		struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, struct rte_ether_hdr *);

		rte_ether_addr_copy(dst, &eth->dst_addr);
		rte_ether_addr_copy(src, &eth->src_addr);
		m = train ? m->next : NULL;
	} while (m != NULL);
}
