/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The way of a datagram that meets no obstacle: one frame to a destination that is ready, a buffer at hand,
 * room in the lane. It does nothing where it meets one; qs_send.c does the same with all that may come
 * between.
 */
#ifndef QS_QUICK_H
#define QS_QUICK_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_byteorder.h>

#include "bsd/qs_buf.h"
#include "bsd/qs_ready.h"
#include "core/qs_send.h"
#include "net/qs_sock_lock.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Two words of four bytes, as they stand in memory. */
static inline uint64_t qs_quick_two(uint32_t first, uint32_t second)
{
#if RTE_BYTE_ORDER == RTE_LITTLE_ENDIAN
	return (uint64_t)second << 32 | first;
#else
	return (uint64_t)first << 32 | second;
#endif
}

/** The last word of an end: a word that was written in parts would be slow to read. */
static inline uint64_t qs_quick_last(in_port_t port, uint16_t family)
{
	struct {
		in_port_t port;
		uint16_t family;
	} last = {port, family};
	uint32_t word;

	memcpy(&word, &last, sizeof(word));
	return qs_quick_two(0, word);
}

/** The usual cases of qs_end_read(). @return false: not one of them */
static inline bool qs_quick_end(struct qs_end *end, const struct sockaddr *addr, socklen_t addrlen)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)addr;
	const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)addr;

	if (likely(addrlen >= sizeof(*in) && in->sin_family == AF_INET)) {
		end->word[0] = qs_quick_two(in->sin_addr.s_addr, 0);
		end->word[1] = 0;
		end->word[2] = qs_quick_last(in->sin_port, AF_INET);
		return in->sin_port != 0;
	}
	if (addrlen < sizeof(*in6) || in6->sin6_family != AF_INET6 || in6->sin6_port == 0 ||
	    IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr) || IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr) ||
	    IN6_IS_ADDR_MULTICAST(&in6->sin6_addr))
		return false;
	memcpy(end->word, &in6->sin6_addr, sizeof(in6->sin6_addr));
	end->word[2] = qs_quick_last(in6->sin6_port, AF_INET6);
	return true;
}

/* The socket is locked, and is the descriptor's. */
static inline bool qs_quick_locked(struct qs_bsd_sock *s, struct rte_qsock *qs, const void *buf, size_t len,
				   const struct qs_end *end, const struct qs_stamp *at)
{
	struct qs_dest *dest = qs_ready_place(s, end);
	struct qs_lane *lane = qs_send_lane(qs);
	uint32_t told = (uint32_t)at->flags << QS_SLOT_ID_BITS;
	struct rte_mbuf *m;

	if (unlikely(lane == NULL || !qs_ready_fresh(s, at) || dest->way != QS_WAY_BYPASS ||
		     !qs_ready_holds(s, dest, end, at->now_ns) || len > dest->single_bytes))
		return false;
	m = qs_buf_get(s->dev->buffers);
	if (unlikely(m == NULL))
		return false;
	qs_frame_make(&dest->frame, m, qs_buf_start(m), buf, (uint32_t)len, rte_qsock_meta_dynflag);
	qs_stamp_write(at, m, 0, 1);
	rte_qsock_meta(m)->stream = QS_SLOT_ID(qs->what);
	if (at->deadline_ns != 0)
		told |= QS_SLOT_DEADLINE;
	qs_send_put(qs, lane, (uintptr_t)m | QS_COOKIE_STAMP, dest->frame.hdr_bytes + (uint32_t)len, told);
	return true;
}

/**
 * Send a datagram, if nothing is in the way. [app]
 *
 * @param s the socket that fd had a moment ago
 * @param addr NULL: the peer
 * @return false: nothing was done
 */
static inline bool qs_quick_send(struct qs_bsd_sock *s, int fd, const void *buf, size_t len,
				 const struct sockaddr *addr, socklen_t addrlen, const struct qs_stamp *at)
{
	struct rte_qsock *qs = __atomic_load_n(&s->qs, __ATOMIC_ACQUIRE);
	struct qs_end end;
	bool sent;

	end.word[2] = 0; /* no family */
	if (addr != NULL && unlikely(!qs_quick_end(&end, addr, addrlen)))
		return false;
	/* The lock goes by the address alone, so it may be taken of a socket that was closed meanwhile. */
	qs_sock_lock(qs);
	sent = likely(s->qs == qs && s->fd == fd) && qs_quick_locked(s, qs, buf, len, &end, at);
	qs_sock_unlock(qs);
	return sent;
}

#ifdef __cplusplus
}
#endif
#endif
