/* SPDX-License-Identifier: BSD-3-Clause */
/* A set of ids below 2^24 that gives the lowest first: a bitmap with summaries. */
#ifndef QS_IDSET_H
#define QS_IDSET_H

#include "qs_types.h"

#define QS_IDSET_LEVELS 4

struct qs_idset {
	uint32_t count;
	uint64_t top;			       /* which words of the highest level are not 0 */
	uint64_t *levels[QS_IDSET_LEVELS - 1]; /* 0: a bit an id; each next: a bit a word of the one before */
};

/* Words of a level for ids below n. */
static inline size_t qs_idset_words(uint32_t n, unsigned int level)
{
	return ((size_t)(n - 1) >> (6 * (level + 1))) + 1;
}

static inline void qs_idset_add(struct qs_idset *set, uint32_t id)
{
	uint64_t *word = &set->levels[0][id >> 6];
	uint64_t bit = UINT64_C(1) << (id & 63);

	if (*word & bit)
		return;
	*word |= bit;
	set->levels[1][id >> 12] |= UINT64_C(1) << ((id >> 6) & 63);
	set->levels[2][id >> 18] |= UINT64_C(1) << ((id >> 12) & 63);
	set->top |= UINT64_C(1) << (id >> 18);
	set->count++;
}

static inline void qs_idset_del(struct qs_idset *set, uint32_t id)
{
	if (!(set->levels[0][id >> 6] & UINT64_C(1) << (id & 63)))
		return;
	set->count--;
	set->levels[0][id >> 6] &= ~(UINT64_C(1) << (id & 63));
	if (set->levels[0][id >> 6] != 0)
		return;
	set->levels[1][id >> 12] &= ~(UINT64_C(1) << ((id >> 6) & 63));
	if (set->levels[1][id >> 12] != 0)
		return;
	set->levels[2][id >> 18] &= ~(UINT64_C(1) << ((id >> 12) & 63));
	if (set->levels[2][id >> 18] == 0)
		set->top &= ~(UINT64_C(1) << (id >> 18));
}

/* The lowest id is taken out; the set must not be empty. */
static inline uint32_t qs_idset_pop(struct qs_idset *set)
{
	uint32_t id = (uint32_t)__builtin_ctzll(set->top);

	id = id << 6 | (uint32_t)__builtin_ctzll(set->levels[2][id]);
	id = id << 6 | (uint32_t)__builtin_ctzll(set->levels[1][id]);
	id = id << 6 | (uint32_t)__builtin_ctzll(set->levels[0][id]);
	qs_idset_del(set, id);
	return id;
}

#endif
