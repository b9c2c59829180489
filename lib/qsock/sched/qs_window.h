/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The window adjustments of dwcs (West et al., IEEE Trans. Computers 53(6), 2004) and of virtual
 * deadlines (Zhang et al., RTSS 2004). x_now, y_now are x', y', or m', k'. What returns a number returns
 * violations.
 */
#ifndef QS_WINDOW_H
#define QS_WINDOW_H

#include "qs_types.h"

/*
 * dwcs, rule A: the head is sent. Without branches on the state, which no predictor guesses: where there is a
 * window y' is at least 1 and at least x', so it falls by 1, and x' with it where they were equal. Where
 * there is none all are 0, and are set to 0 again.
 */
static inline uint64_t qs_window_service(struct qs_stream *st)
{
	const uint32_t tagged = -(uint32_t)((st->flags & QS_ST_TAGGED) != 0);
	const uint32_t reset = -(uint32_t)(st->y_now < 2) | tagged; /* all bits, or none */
	uint32_t y = st->y_now - 1;
	uint32_t x = st->x_now - (st->x_now > y);

	st->x_now = x ^ ((x ^ st->x) & reset);
	st->y_now = y ^ ((y ^ st->y) & reset);
	st->flags &= ~(uint32_t)QS_ST_TAGGED;
	return 0;
}

static inline void qs_window_reset(struct qs_stream *st)
{
	st->x_now = st->x;
	st->y_now = st->y;
}

static inline uint64_t qs_window_violate(struct qs_stream *st, uint64_t n)
{
	st->y_now = n < UINT32_MAX - st->y_now ? st->y_now + (uint32_t)n : UINT32_MAX;
	st->flags |= QS_ST_TAGGED;
	return n;
}

/* dwcs, rule B, n >= 1 times: as if in turn, in constant time. */
static inline uint64_t qs_window_miss(struct qs_stream *st, uint64_t n)
{
	if (st->y == 0)
		return 0;
	if (st->x_now > 0 && st->x_now == st->y_now) {
		if (n < st->x_now) {
			st->x_now -= (uint32_t)n;
			st->y_now = st->x_now;
			return 0;
		}
		n -= st->x_now; /* both reach 0 */
		qs_window_reset(st);
		if (st->x == st->y) /* any number may be missed: whole windows pass */
			n %= st->y;
	}

	uint32_t fall = n < st->x_now ? (uint32_t)n : st->x_now;

	st->x_now -= fall;
	st->y_now -= fall;
	n -= fall;
	return n > 0 ? qs_window_violate(st, n) : 0;
}

/* vds: one of the m' of k' requests that must be on time was served. */
static inline uint64_t qs_vwindow_end(struct qs_stream *st)
{
	uint64_t violations = st->x_now > 0;

	qs_window_reset(st);
	return violations;
}

static inline uint64_t qs_vwindow_service(struct qs_stream *st)
{
	st->x_now -= st->x_now > 0;
	st->y_now--;
	return st->y_now == 0 ? qs_vwindow_end(st) : 0;
}

/* vds: n >= 1 misses, as if in turn, in constant time. */
static inline uint64_t qs_vwindow_miss(struct qs_stream *st, uint64_t n)
{
	if (n < st->y_now) {
		st->y_now -= (uint32_t)n;
		return 0;
	}
	n -= st->y_now;

	uint64_t violations = qs_vwindow_end(st);

	/* From here on each window of y is missed whole. */
	if (st->x > 0)
		violations += n / st->y;
	st->y_now = st->y - (uint32_t)(n % st->y);
	return violations;
}

#endif
