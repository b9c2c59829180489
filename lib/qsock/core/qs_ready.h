/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Which of up to 2^20 sockets have something for the consumer: a tree of bitmaps, 64 ways a level, so that
 * an idle socket costs nothing. Any number of producers, one consumer, no lock.
 *
 * A producer sets the leaf's bit, then the summaries upwards; the consumer takes a summary, then what is
 * below it. So a leaf's bit that the consumer did not see has its summary set afterwards. The consumer's own
 * thread may announce too, in a second tree without atomic operations.
 */
#ifndef QS_READY_H
#define QS_READY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QS_READY_LEVELS 4 /* 64^4 = 2^24 */

/** The map; its words are in the caller's memory. What producers read and what the consumer writes lie apart.
 */
struct qs_ready {
	uint64_t *shared[QS_READY_LEVELS]; /**< by any producer, atomic; [0] are the leaves */
	unsigned int top;		   /**< the level of one word */
	/** By the consumer's thread alone. */
	uint64_t *own[QS_READY_LEVELS] __attribute__((aligned(64)));
	/* The consumer's sweep: words taken and not used up, and where they stand. */
	uint64_t word[QS_READY_LEVELS];
	uint32_t at[QS_READY_LEVELS];
	bool sweeping;
};

/** Bytes of words for so many ids. [any] */
size_t qs_ready_bytes(uint32_t ids);

/** Set up over zeroed memory of qs_ready_bytes(), aligned to 64. [ctl] */
void qs_ready_init(struct qs_ready *r, void *memory, uint32_t ids);

/** Announce an id. A full barrier on x86; elsewhere sequentially consistent. [any] */
static inline void qs_ready_set(struct qs_ready *r, uint32_t id)
{
	unsigned int level;

	for (level = 0; level <= r->top; level++, id >>= 6) {
		uint64_t bit = UINT64_C(1) << (id & 63), *word = &r->shared[level][id >> 6];

		/* A summary seen set after the leaf was set is taken, with the leaf, after that. */
		if (level > 0 && (__atomic_load_n(word, __ATOMIC_SEQ_CST) & bit) != 0)
			continue;
		__atomic_fetch_or(word, bit, __ATOMIC_SEQ_CST);
	}
}

/** Announce an id from the consumer's own thread. [consumer] */
static inline void qs_ready_set_own(struct qs_ready *r, uint32_t id)
{
	unsigned int level;

	for (level = 0; level <= r->top; level++, id >>= 6)
		r->own[level][id >> 6] |= UINT64_C(1) << (id & 63);
}

/** Whether a sweep would find anything. [consumer] */
static inline bool qs_ready_any(const struct qs_ready *r)
{
	return r->sweeping || (__atomic_load_n(r->shared[r->top], __ATOMIC_RELAXED) | *r->own[r->top]) != 0;
}

/* Take a word from both trees. */
static inline uint64_t qs_ready_take(struct qs_ready *r, unsigned int level, uint32_t at)
{
	uint64_t *shared = &r->shared[level][at], *own = &r->own[level][at];
	uint64_t bits = *own;

	*own = 0;
	if (__atomic_load_n(shared, __ATOMIC_SEQ_CST) != 0)
		bits |= __atomic_exchange_n(shared, 0, __ATOMIC_SEQ_CST);
	return bits;
}

/** Begin a sweep; one that was left before its end goes on where it was. [consumer] */
static inline void qs_ready_begin(struct qs_ready *r)
{
	if (r->sweeping)
		return;
	r->sweeping = true;
	r->word[r->top] = qs_ready_take(r, r->top, 0);
	r->at[r->top] = 0;
}

/**
 * The next leaf with something in it: ids *base .. *base + 63, ascending through a sweep. [consumer]
 * @return its bits; 0: the sweep is over
 */
static inline uint64_t qs_ready_next(struct qs_ready *r, uint32_t *base)
{
	unsigned int level = 0;

	while (level <= r->top) {
		uint64_t bits = r->word[level];

		if (bits == 0) {
			level++;
			continue;
		}
		if (level == 0) {
			r->word[0] = 0;
			*base = r->at[0] * 64;
			return bits;
		}
		uint32_t at = r->at[level] * 64 + (uint32_t)__builtin_ctzll(bits);

		r->word[level] = bits & (bits - 1);
		level--;
		r->word[level] = qs_ready_take(r, level, at);
		r->at[level] = at;
	}
	r->sweeping = false;
	return 0;
}

#endif
