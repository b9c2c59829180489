/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Random times that are equal on every machine: integers throughout, as no two libm need agree.
 */
#ifndef SIM_PRNG_H
#define SIM_PRNG_H

#include <stdint.h>

/** SplitMix64. */
struct prng {
	uint64_t state;
};

/** Start it; one seed gives another sequence for each name. */
void prng_init(struct prng *p, uint64_t seed, const char *name);

uint64_t prng_next(struct prng *p);

/** A time from the exponential distribution. @param mean_ns at most 1000 s */
uint64_t prng_exponential(struct prng *p, uint64_t mean_ns);

#endif
