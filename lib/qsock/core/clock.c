/* SPDX-License-Identifier: BSD-3-Clause */
#include <time.h>

#include <rte_branch_prediction.h>
#include <rte_cycles.h>

#include "core/qs_clock.h"
#include "rte_qsock.h"

#define QS_CLOCK_TRIES 4
#define QS_CLOCK_GOOD_NS 500	  /* a pair read within this is good enough */
#define QS_CLOCK_USELESS_NS 50000 /* one that took longer was preempted: keep the line as it is */

void qs_clock_init(struct qs_clock *c, uint64_t tsc_hz, uint64_t tsc, uint64_t ns)
{
	c->tsc = tsc;
	c->ns = ns;
	c->span = (uint64_t)((unsigned __int128)tsc_hz * QS_CLOCK_ANCHOR_NS / 1000000000);
	c->nominal = (uint64_t)(((unsigned __int128)1000000000 << 32) / tsc_hz);
	c->slope = c->nominal;
	c->slewed = c->nominal;
	c->seen_tsc = tsc;
	c->seen_ns = ns;
	c->told_ns = ns;
}

uint64_t qs_clock_beyond(const struct qs_clock *c, uint64_t ticks)
{
	/* Another CPU's TSC may be read a little behind the anchor. */
	if ((int64_t)ticks < 0)
		return c->ns;
	return c->ns + ((c->span * c->slewed) >> 32) +
	       (uint64_t)(((unsigned __int128)(ticks - c->span) * c->slope) >> 32);
}

/* The slope since the last look; the nominal one where that makes no sense (a suspended machine). */
static uint64_t qs_clock_measure(const struct qs_clock *c, uint64_t tsc, uint64_t ns)
{
	uint64_t ticks = tsc - c->seen_tsc, measured;

	if (ticks < c->span / 2 || ns <= c->seen_ns)
		return c->slope;
	measured = (uint64_t)(((unsigned __int128)(ns - c->seen_ns) << 32) / ticks);
	if (measured < c->nominal - c->nominal / 64 || measured > c->nominal + c->nominal / 64)
		return c->nominal;
	return measured;
}

/* The line begins at_ns at its anchor, and goes towards the pair. */
static void qs_clock_bend(struct qs_clock *c, uint64_t anchor_tsc, uint64_t at_ns, uint64_t tsc, uint64_t ns)
{
	uint64_t slope = qs_clock_measure(c, tsc, ns);
	__int128 error_ns = (__int128)ns - (__int128)at_ns;
	__int128 slewed = (__int128)slope + error_ns * ((__int128)1 << 32) / (__int128)c->span;

	if (slewed < (__int128)(slope / 2))
		slewed = slope / 2;
	c->tsc = anchor_tsc;
	c->ns = at_ns;
	c->slope = slope;
	c->slewed = (uint64_t)slewed;
	c->seen_tsc = tsc;
	c->seen_ns = ns;
}

void qs_clock_anchor(struct qs_clock *c, uint64_t tsc, uint64_t ns)
{
	/* + 1: the line is rounded down, and its fraction is lost here. */
	uint64_t at = qs_clock_at(c, tsc) + 1;

	if (ns > at + QS_CLOCK_STEP_NS)
		at = ns;
	qs_clock_bend(c, (int64_t)(tsc - c->tsc) > 0 ? tsc : c->tsc, at, tsc, ns);
}

bool qs_clock_lost(const struct qs_clock *c, uint64_t tsc)
{
	int64_t ticks = (int64_t)(tsc - c->tsc), span = (int64_t)c->span;

	return ticks > 2 * span || ticks < -span;
}

void qs_clock_resume(struct qs_clock *c, uint64_t tsc, uint64_t ns)
{
	uint64_t told = c->ns + ((c->span * c->slewed) >> 32);

	told = c->told_ns > told ? c->told_ns : told;
	qs_clock_bend(c, tsc, ns > told ? ns : told + 1, tsc, ns);
}

static uint64_t qs_clock_kernel_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* TSC and kernel clock together: the tightest of a few. @return how long it took, in ticks */
static uint64_t qs_clock_pair(uint64_t tsc_hz, uint64_t *tsc, uint64_t *ns)
{
	uint64_t good = tsc_hz * QS_CLOCK_GOOD_NS / 1000000000, best = UINT64_MAX, before, after, at;
	unsigned int i;

	for (i = 0; i < QS_CLOCK_TRIES && best > good; i++) {
		before = rte_rdtsc_precise();
		at = qs_clock_kernel_ns();
		after = rte_rdtsc_precise();
		if (after - before < best) {
			best = after - before;
			*tsc = before + best / 2;
			*ns = at;
		}
	}
	return best;
}

/* Not in a header: the compiler may then reach it without a call, also from a shared library. */
static __thread struct qs_clock clock_own __attribute__((tls_model("initial-exec")));

static void qs_clock_look(struct qs_clock *c, uint64_t tsc, uint64_t ns)
{
	if (qs_clock_lost(c, tsc))
		qs_clock_resume(c, tsc, ns);
	else
		qs_clock_anchor(c, tsc, ns);
}

static __rte_noinline uint64_t qs_clock_refresh(void)
{
	uint64_t hz = rte_get_tsc_hz(), tsc = 0, ns = 0, took;

	if (hz == 0) /* EAL does not run yet */
		return qs_clock_kernel_ns();
	took = qs_clock_pair(hz, &tsc, &ns);
	if (clock_own.span == 0)
		qs_clock_init(&clock_own, hz, tsc, ns);
	else if (took < hz / 1000000000.0 * QS_CLOCK_USELESS_NS)
		qs_clock_look(&clock_own, tsc, ns);
	clock_own.told_ns = qs_clock_at(&clock_own, rte_rdtsc());
	return clock_own.told_ns;
}

uint64_t qs_clock_own_at(uint64_t tsc)
{
	uint64_t ticks = tsc - clock_own.tsc;

	if (likely(ticks <= clock_own.span && clock_own.span != 0))
		return clock_own.ns + ((ticks * clock_own.slewed) >> 32);
	return qs_clock_refresh();
}

uint64_t qs_clock_now(void)
{
	return qs_clock_own_at(rte_rdtsc());
}

uint64_t rte_qsock_now_ns(void)
{
	return qs_clock_now();
}
