/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The TX core's ledger of its own gaps, so that what is said of its pacing stays honest on machines
 * that take its CPU away.
 */
#ifndef QS_STALLS_H
#define QS_STALLS_H

#include "rte_qsock.h"

#define QS_STALL_NS UINT64_C(50000) /* a gap in the loop beyond this is a stall */

/** Note a round at now_ns; last_ns is the one before, 0 for none. [tx] */
static inline void qs_stalls_note(struct rte_qsock_stalls *s, uint64_t last_ns, uint64_t now_ns)
{
	uint64_t gap_ns = now_ns - last_ns;

	s->polls++;
	if (__builtin_expect(gap_ns <= QS_STALL_NS, 1) || last_ns == 0)
		return;
	s->count++;
	s->total_ns += gap_ns;
	s->last_at_ns = now_ns;
	if (gap_ns > s->max_ns)
		s->max_ns = gap_ns;
}

#endif
