/* SPDX-License-Identifier: BSD-3-Clause */
#include "qs_prng.h"

#define LN2_Q32 UINT64_C(2977044472) /* ln 2 * 2^32 */
#define FRACTION_BITS 32

void qs_prng_init(struct qs_prng *p, uint64_t seed, const char *name)
{
	uint64_t h = UINT64_C(14695981039346656037);

	/* FNV-1a: not the stream's number, so that moving a section changes no times. */
	for (; *name != '\0'; name++)
		h = (h ^ (unsigned char)*name) * UINT64_C(1099511628211);
	p->state = h;
	p->state = qs_prng_next(p) + seed;
	p->state = qs_prng_next(p);
}

uint64_t qs_prng_next(struct qs_prng *p)
{
	uint64_t z = p->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* -log2(u / 2^64) with 32 fractional bits, each from one squaring; u > 0. */
static uint64_t neg_log2_q32(uint64_t u)
{
	unsigned int i, zeros = (unsigned int)__builtin_clzll(u);
	uint64_t mantissa = u << zeros; /* 1 .. 2, times 2^63 */
	uint64_t fraction = 0;
	unsigned __int128 square;

	for (i = 0; i < FRACTION_BITS; i++) {
		square = (unsigned __int128)mantissa * mantissa >> 63;
		fraction <<= 1;
		if (square >> 64) {
			fraction |= 1;
			square >>= 1;
		}
		mantissa = (uint64_t)square;
	}
	return ((uint64_t)(zeros + 1) << FRACTION_BITS) - fraction;
}

uint64_t qs_prng_exponential(struct qs_prng *p, uint64_t mean_ns)
{
	const unsigned __int128 half = (unsigned __int128)1 << 63;
	uint64_t u = qs_prng_next(p);

	/* 40 + 39 + 32 bits. */
	return (uint64_t)(((unsigned __int128)mean_ns * neg_log2_q32(u == 0 ? 1 : u) * LN2_Q32 + half) >> 64);
}
