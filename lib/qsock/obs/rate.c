/* SPDX-License-Identifier: BSD-3-Clause */
#include "obs/qs_rate.h"

uint8_t qs_rate_mark(struct qs_rate *r, uint8_t newest, uint64_t now_ns, uint64_t bytes)
{
	newest = (uint8_t)(newest + 1) % QS_RATE_MARKS;
	r->mark[newest].at_ns = now_ns;
	r->mark[newest].bytes = bytes;
	return newest;
}

/* The total at time at_ns, between two marks in proportion. */
static uint64_t rate_total_at(const struct qs_rate *r, uint8_t newest, uint64_t at_ns, uint64_t now_ns,
			      uint64_t bytes)
{
	uint64_t later_ns = now_ns, later_bytes = bytes;
	unsigned int i, m;

	for (i = 0; i < QS_RATE_MARKS; i++) {
		m = (newest + QS_RATE_MARKS - i) % QS_RATE_MARKS;
		if (r->mark[m].at_ns == 0)
			return later_bytes;
		/* What followed a mark followed within a step, else there would be another mark. */
		if (later_ns - r->mark[m].at_ns > QS_RATE_STEP_NS)
			later_ns = r->mark[m].at_ns + QS_RATE_STEP_NS;
		if (r->mark[m].at_ns <= at_ns)
			break;
		later_ns = r->mark[m].at_ns;
		later_bytes = r->mark[m].bytes;
	}
	if (i == QS_RATE_MARKS || at_ns >= later_ns)
		return later_bytes;
	return r->mark[m].bytes + (uint64_t)((unsigned __int128)(later_bytes - r->mark[m].bytes) *
					     (at_ns - r->mark[m].at_ns) / (later_ns - r->mark[m].at_ns));
}

uint64_t qs_rate_bps(const struct qs_rate *r, uint8_t newest, uint64_t now_ns, uint64_t bytes)
{
	uint64_t from_ns = now_ns > QS_RATE_WINDOW_NS ? now_ns - QS_RATE_WINDOW_NS : 0;

	return (bytes - rate_total_at(r, newest, from_ns, now_ns, bytes)) * 8;
}
