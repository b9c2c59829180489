/* SPDX-License-Identifier: BSD-3-Clause */
/* The order of window-constraints x/y as whole numbers, by a table of reciprocals where y is small. */
#ifndef QS_FRACTION_H
#define QS_FRACTION_H

#include "qs_types.h"

#define QS_FRACTION_BITS 33
#define QS_FRACTION_RANK_BITS 34
#define QS_FRACTION_TABLE 256u

/* 2^63 / y, rounded up; of 0: 0. */
extern const uint64_t qs_fraction_reciprocals[QS_FRACTION_TABLE];

/*
 * floor(2^33 x / y) for x <= y < QS_FRACTION_TABLE, exactly.
 *
 * The reciprocal is less than 1 too large. So the product is less than 2^63 + x, which fits; and it is too
 * large by less than x, divided by 2^30 by less than 2^-22: too little to reach the next whole number, from
 * which the quotient is 1/y away at least.
 */
static inline uint64_t qs_fraction_small(uint64_t x, uint64_t y)
{
	return x * qs_fraction_reciprocals[y] >> (63 - QS_FRACTION_BITS);
}

/*
 * Rank of W' = x/y, lower first, in 34 bits.
 *
 * Where x > 0, y is at most 65535, and two different fractions of such denominators are more than 2^-32
 * apart: their first 33 binary places order them exactly. Below those stand those with W' = 0, by higher y.
 * Whether x is 0 no predictor guesses: there is no branch on it.
 */
static inline uint64_t qs_fraction_rank(uint64_t x, uint64_t y)
{
	const uint64_t none = -(uint64_t)(x == 0);
	uint64_t fraction; /* 0 where x is */

	if (qs_likely(y < QS_FRACTION_TABLE))
		fraction = qs_fraction_small(x, y);
	else
		fraction = (x << QS_FRACTION_BITS) / y;
	return (UINT64_C(1) << 32) + fraction + (~y & none);
}

#endif
