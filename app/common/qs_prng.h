/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Random times that are equal on every machine: integers throughout, as no two libm need agree.
 */
#ifndef QS_PRNG_H
#define QS_PRNG_H

#include <stdint.h>

/** SplitMix64. */
struct qs_prng {
	uint64_t state;
};

/** Start it; one seed gives another sequence for each name. */
void qs_prng_init(struct qs_prng *p, uint64_t seed, const char *name);

uint64_t qs_prng_next(struct qs_prng *p);

/** A time from the exponential distribution. @param mean_ns at most 1000 s */
uint64_t qs_prng_exponential(struct qs_prng *p, uint64_t mean_ns);

#endif
