/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The timers of the next few decisions: a bit a tick, some 30 of which are a decision wide.
 *
 * What is due at a decision is what stands between two bits, in no order, and none of it has to be compared
 * but in the tick that is not over. Where several stand in one tick, they are in a bag.
 */
#ifndef QS_NEAR_H
#define QS_NEAR_H

#include <string.h>

#include "qs_bag.h"
#include "qs_timer.h"

#define QS_NEAR_TICKS 4096u
#define QS_NEAR_WORDS (QS_NEAR_TICKS / 64)
#define QS_NEAR_BAG (UINT32_C(1) << 31) /* not an id, but a bag of timers */

struct qs_near {
	uint64_t words;			  /* which of them may have a bit; all that have one are told */
	uint64_t bits[QS_NEAR_WORDS + 1]; /* the last is read beyond the end, and always 0 */
	uint32_t ids[QS_NEAR_TICKS];
};

/* A second one of this tick, or a further one. */
void qs_near_share(struct qs_near *near, struct qs_bags *bags, uint32_t k, uint32_t id);

/* The tick lies within QS_NEAR_TICKS from where time is; its low bits suffice. */
static inline void qs_near_add(struct qs_near *near, struct qs_bags *bags, uint64_t tick, uint32_t id)
{
	uint32_t k = tick % QS_NEAR_TICKS;
	uint64_t *word = &near->bits[k / 64], bit = UINT64_C(1) << k % 64;

	if (qs_unlikely(*word & bit)) {
		qs_near_share(near, bags, k, id);
		return;
	}
	*word |= bit;
	near->words |= UINT64_C(1) << k / 64;
	near->ids[k] = id;
}

/* The bits from a tick, a multiple of 8, up to so much later, which is less than 64. */
static inline uint64_t qs_near_due(const struct qs_near *near, uint64_t from, uint64_t ahead)
{
	uint64_t bits;

	memcpy(&bits, (const uint8_t *)near->bits + from % QS_NEAR_TICKS / 8, sizeof(bits));
	return bits & UINT64_MAX >> (63 - ahead);
}

/* Take who stands in a tick: an id, or a bag. Only now may another come to stand there alone. */
static inline uint32_t qs_near_take(struct qs_near *near, uint64_t tick)
{
	uint32_t k = tick % QS_NEAR_TICKS;

	near->bits[k / 64] &= ~(UINT64_C(1) << k % 64);
	return near->ids[k];
}

/* Take words that may have bits from one tick to another, between which no ring ends. */
static inline uint64_t qs_near_take_words(struct qs_near *near, uint64_t from, uint64_t upto)
{
	unsigned int first = from / 64 % QS_NEAR_WORDS, last = upto / 64 % QS_NEAR_WORDS;
	uint64_t words = near->words & UINT64_MAX >> (63 - last) & UINT64_MAX << first;

	near->words ^= words & ~(UINT64_C(1) << last);
	return words;
}

#endif
