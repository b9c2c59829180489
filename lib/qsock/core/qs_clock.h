/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * CLOCK_MONOTONIC in nanoseconds, read from the TSC. Every thread has a clock of its own, so that none
 * waits for another; each follows the kernel's clock within about a microsecond.
 */
#ifndef QS_CLOCK_H
#define QS_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define QS_CLOCK_ANCHOR_NS UINT64_C(100000000) /* between two looks at the kernel's clock */
#define QS_CLOCK_STEP_NS UINT64_C(1000000)     /* further behind than this, it jumps instead of hurrying */

/**
 * A line through (tsc, ns). Up to span ticks its slope is such that the error found at the anchor is gone
 * at the end of the span; afterwards it is the slope measured. So time never jumps back, nor stands still.
 */
struct qs_clock {
	uint64_t tsc;	   /**< of the anchor */
	uint64_t ns;	   /**< at the anchor */
	uint64_t span;	   /**< ticks of QS_CLOCK_ANCHOR_NS */
	uint64_t slewed;   /**< ns a tick << 32, within the span */
	uint64_t slope;	   /**< ns a tick << 32, after it */
	uint64_t nominal;  /**< what tsc_hz says, << 32 */
	uint64_t seen_tsc; /**< the last look at the kernel's clock */
	uint64_t seen_ns;
	uint64_t told_ns; /**< the latest time that was told beyond the span */
};

/** Begin at a pair that was read together. [any] */
void qs_clock_init(struct qs_clock *c, uint64_t tsc_hz, uint64_t tsc, uint64_t ns);

/** The time at tsc, which is beyond the span. [any] */
uint64_t qs_clock_beyond(const struct qs_clock *c, uint64_t ticks);

/** Bend the line towards a pair that was read together. Never moves the time at tsc back. [any] */
void qs_clock_anchor(struct qs_clock *c, uint64_t tsc, uint64_t ns);

/**
 * Whether the line says little at a TSC: a span or more after its own, or that much before its anchor, as
 * where a machine was suspended. [any]
 */
bool qs_clock_lost(const struct qs_clock *c, uint64_t tsc);

/** Where it says little: go on from a pair that was read together, but no sooner than what was told. [any] */
void qs_clock_resume(struct qs_clock *c, uint64_t tsc, uint64_t ns);

/** The time at a reading of the TSC. [any] */
static inline uint64_t qs_clock_at(const struct qs_clock *c, uint64_t tsc)
{
	uint64_t ticks = tsc - c->tsc;

	if (__builtin_expect(ticks <= c->span, 1))
		return c->ns + ((ticks * c->slewed) >> 32);
	return qs_clock_beyond(c, ticks);
}

/** The calling thread's clock, now. [any] */
uint64_t qs_clock_now(void);

/** The calling thread's clock at a TSC that it has just read. [any] */
uint64_t qs_clock_own_at(uint64_t tsc);

#endif
