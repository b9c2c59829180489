/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The timers of the next few decisions, with their streams' keys, in order of time.
 *
 * As a rule a timer tells that a stream's period begins, and no decision before changes that. So some of them
 * are taken out of the timers at once. At a decision each costs a comparison then, and no branch on whether
 * one is due, which is a coin's toss.
 *
 * Up to the first that is not of this kind: there the timers are looked at themselves. Whoever changes a
 * stream that may be among them puts all back before.
 */
#ifndef QS_AHEAD_H
#define QS_AHEAD_H

#include "qs_types.h"

#define QS_AHEAD_MAX 32u
#define QS_AHEAD_PAUSE 1024u /* runs of the timers */

struct qs_begin {
	uint64_t time_ns; /* of a period; RTE_QSOCK_NEVER behind the last */
	uint64_t deadline_ns;
	uint64_t key;
	uint64_t id; /* behind the last: any stream's */
};

struct qs_ahead {
	uint32_t at, end;  /* those that are left */
	uint32_t version;  /* of the scale that keys are of */
	uint32_t pause;	   /* so many times more none are taken: others were set between them lately */
	uint64_t until_ns; /* before it there were no others, and there may be none at it */
	struct qs_begin begins[QS_AHEAD_MAX + 1];
};

static inline void qs_ahead_clear(struct qs_ahead *a)
{
	a->at = 0;
	a->end = 0;
	a->until_ns = 0;
	a->begins[0] = (struct qs_begin){.time_ns = RTE_QSOCK_NEVER};
}

static inline bool qs_ahead_any(const struct qs_ahead *a)
{
	return a->at != a->end;
}

#endif
