/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "core/qs_ready.h"

/* Words of a level, in whole cache lines. */
static size_t ready_words(uint32_t ids, unsigned int level)
{
	uint64_t words = ids;
	unsigned int i;

	for (i = 0; i <= level; i++)
		words = (words + 63) / 64;
	return (size_t)((words + 7) & ~UINT64_C(7));
}

static unsigned int ready_top(uint32_t ids)
{
	unsigned int top = 0;
	uint64_t reach;

	for (reach = 64; reach < ids; reach *= 64)
		top++;
	return top;
}

size_t qs_ready_bytes(uint32_t ids)
{
	unsigned int level, top = ready_top(ids);
	size_t words = 0;

	for (level = 0; level <= top; level++)
		words += 2 * ready_words(ids, level);
	return words * sizeof(uint64_t);
}

void qs_ready_init(struct qs_ready *r, void *memory, uint32_t ids)
{
	uint64_t *at = memory;
	unsigned int level;

	memset(r, 0, sizeof(*r));
	r->top = ready_top(ids);
	for (level = 0; level <= r->top; level++) {
		r->shared[level] = at;
		at += ready_words(ids, level);
		r->own[level] = at;
		at += ready_words(ids, level);
	}
}
