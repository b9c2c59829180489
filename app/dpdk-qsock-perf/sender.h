/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * How an application puts a burst of packets: each in a call of its own to a socket at random, all in one
 * call to sockets at random, or all to one socket. Inline, because it stands in loops that are timed.
 */
#ifndef SENDER_H
#define SENDER_H

#include "perf.h"

enum sender_kind {
	SENDER_ONE,	/**< a call a packet */
	SENDER_SCATTER, /**< a call for a burst to many sockets */
	SENDER_BURST,	/**< a call for a burst to one socket */
	SENDER_KINDS,
};

static const char *const sender_name[SENDER_KINDS] = {"one by one", "scattered", "bursts"};

/** An order of sockets that no prefetcher guesses, the same in every run. */
static inline struct rte_qsock *sender_next(const struct perf_port *p, uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return p->sockets[((uint64_t)*state * p->nr_sockets) >> 32];
}

/** A socket for each packet of a burst, or the first for all. */
static __rte_always_inline void sender_choose(const struct perf_port *p, enum sender_kind kind,
					      struct rte_qsock **qs, uint32_t *state)
{
	uint32_t i, n = kind == SENDER_BURST ? 1 : PERF_BURST;

	for (i = 0; i < n; i++)
		qs[i] = sender_next(p, state);
}

/** Put packets on their sockets. @return how many were refused: they stand in front now, and their sockets */
static __rte_always_inline uint16_t sender_put(enum sender_kind kind, struct rte_qsock **qs,
					       struct rte_mbuf **m, uint16_t n)
{
	uint16_t i, taken, refused = 0;

	if (kind == SENDER_SCATTER)
		return rte_qsock_tx_scatter(qs, m, n);
	if (kind == SENDER_BURST) {
		taken = rte_qsock_tx_burst(qs[0], m, n);
		for (i = taken; i < n; i++)
			m[i - taken] = m[i];
		return n - taken;
	}
	for (i = 0; i < n; i++) {
		if (likely(rte_qsock_tx_burst(qs[i], &m[i], 1) == 1))
			continue;
		qs[refused] = qs[i];
		m[refused++] = m[i];
	}
	return refused;
}

#endif
