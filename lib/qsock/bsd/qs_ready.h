/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * What a sender looks at before it sends: whether what is known of the socket still holds, and where it keeps
 * the destination. The socket is locked.
 */
#ifndef QS_READY_H
#define QS_READY_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>

#include "bsd/qs_dev.h"
#include "bsd/qs_process.h"
#include "bsd/qs_sock.h"
#include "core/qs_clock.h"
#include "rte_qsock.h"

#ifdef __cplusplus
extern "C" {
#endif

#define QS_SKEW_TICKS 10000 /* the TSC of two CPUs differs by less */

/** When a message is sent, by whom, and what it says to the scheduler. */
struct qs_stamp {
	uint64_t tsc;
	uint64_t now_ns;
	struct qs_thread *thread;
	uint64_t deadline_ns; /**< 0: none */
	uint16_t flags;	      /**< enum rte_qsock_pkt_flags */
};

/** Begin at a TSC that was just read. [any] */
static inline void qs_stamp_at(struct qs_stamp *at, uint64_t tsc)
{
	at->tsc = tsc;
	at->now_ns = qs_clock_own_at(tsc);
	at->thread = qs_thread_enter(tsc);
}

/** Whether addresses and options are as they were when they were read. [app] */
static inline bool qs_ready_fresh(const struct qs_bsd_sock *s, const struct qs_stamp *at)
{
	uint64_t back_tsc = at->thread->back_tsc;

	if (s->stale)
		return false;
	if (s->fixed)
		return true;
	if (s->checked_by != at->thread)
		back_tsc += QS_SKEW_TICKS;
	return (int64_t)(s->checked_tsc - back_tsc) >= 0 &&
	       (int64_t)(at->tsc - s->checked_tsc) < (int64_t)qs_process_fresh_ticks;
}

/** The peer (an end of no family) has the first place; other destinations meet in the rest. [app] */
static inline struct qs_dest *qs_ready_place(struct qs_bsd_sock *s, const struct qs_end *end)
{
	uint64_t hash;

	if (end->family == 0)
		return &s->dest[0];
	hash = (end->word[0] ^ end->word[1] ^ end->word[2]) * UINT64_C(0x9e3779b97f4a7c15);
	return &s->dest[1 + (hash >> (64 - QS_SOCK_DEST_BITS))];
}

/** Whether what stands there is of this end, and holds. [app] */
static inline bool qs_ready_holds(const struct qs_bsd_sock *s, const struct qs_dest *dest,
				  const struct qs_end *end, uint64_t now_ns)
{
	if (dest->way == QS_WAY_NONE || dest->options_seq != s->options_seq || now_ns >= dest->until_ns)
		return false;
	if (end->family != 0 && !qs_end_same(&dest->end, end))
		return false;
	return s->dev->route == NULL || dest->generation == qs_route_generation(s->dev->route);
}

/** What the message says, into the field of its mbuf. [app] */
static inline void qs_stamp_write(const struct qs_stamp *at, struct rte_mbuf *m, uint16_t flags,
				  uint16_t frames)
{
	*rte_qsock_meta(m) = (struct rte_qsock_meta){
		.deadline_ns = at->deadline_ns,
		.sent_ns = at->now_ns,
		.flags = at->flags | flags,
		.frames = frames,
	};
}

#ifdef __cplusplus
}
#endif
#endif
