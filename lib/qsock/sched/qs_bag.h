/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bags of 64-bit items, any number of them in memory of a fixed size.
 *
 * The items of a bag lie in chunks, four cache lines each, whose first cell is the link to the bag as it was
 * before the chunk. A bag is the index of the cell behind its last item; 0 is an empty one.
 */
#ifndef QS_BAG_H
#define QS_BAG_H

#include "qs_types.h"

#define QS_BAG_CELLS 32u /* of a chunk: with fewer, a wrong branch comes more often */
#define QS_BAG_CHUNK (QS_BAG_CELLS - 1)

struct qs_bags {
	uint64_t *cells;
	uint32_t nr_free;  /* chunks; the owner keeps it above 0 */
	uint32_t returned; /* the first of those that were given back; each has a link to the next */
	uint32_t fresh;	   /* chunks from here on were never used */
};

/* No bag has anything. */
static inline void qs_bags_reset(struct qs_bags *b, uint32_t nr_chunks)
{
	b->nr_free = nr_chunks;
	b->returned = QS_NIL;
	b->fresh = 0;
}

/* A bag whose chunk is full, or that has none, gets another. */
static inline uint32_t qs_bag_more(struct qs_bags *b, uint32_t bag)
{
	uint32_t chunk = b->returned;

	b->nr_free--;
	if (chunk != QS_NIL)
		b->returned = (uint32_t)b->cells[(size_t)chunk * QS_BAG_CELLS];
	else
		chunk = b->fresh++;
	b->cells[(size_t)chunk * QS_BAG_CELLS] = bag;
	return chunk * QS_BAG_CELLS + 1;
}

static inline uint32_t qs_bag_add(struct qs_bags *b, uint32_t bag, uint64_t item)
{
	if (bag % QS_BAG_CELLS == 0)
		bag = qs_bag_more(b, bag);
	b->cells[bag] = item;
	return bag + 1;
}

/* The items of the last chunk of a bag that is not empty. Returns how many. */
static inline uint32_t qs_bag_last(const struct qs_bags *b, uint32_t bag, const uint64_t **items)
{
	uint32_t first = ((bag - 1) & ~(QS_BAG_CELLS - 1)) + 1;

	*items = &b->cells[first];
	return bag - first;
}

/* The bag without its last chunk. */
static inline uint32_t qs_bag_drop(struct qs_bags *b, uint32_t bag)
{
	uint32_t chunk = (bag - 1) / QS_BAG_CELLS;
	uint64_t *link = &b->cells[(size_t)chunk * QS_BAG_CELLS];

	bag = (uint32_t)*link;
	*link = b->returned;
	b->returned = chunk;
	b->nr_free++;
	return bag;
}

#endif
