/* SPDX-License-Identifier: BSD-3-Clause */
#include "qs_heap.h"

#define CHILDREN 4u

static void put(struct qs_heap *h, uint32_t at, uint32_t id)
{
	h->v[at] = id;
	h->at[id] = at;
}

/* It goes up from a place that is free. */
static void rise(const struct rte_qsock_sched *s, struct qs_heap *h, uint32_t at, uint32_t id,
		 qs_heap_before_fn before)
{
	while (at > 0) {
		uint32_t up = (at - 1) / CHILDREN;

		if (!before(s, id, h->v[up]))
			break;
		put(h, at, h->v[up]);
		at = up;
	}
	put(h, at, id);
}

/* The first child of a place; count where it has none. */
static uint32_t first_child(const struct rte_qsock_sched *s, const struct qs_heap *h, uint32_t at,
			    qs_heap_before_fn before)
{
	uint32_t child = CHILDREN * at + 1, best = child;

	if (child >= h->count)
		return h->count;
	for (uint32_t k = child + 1; k < child + CHILDREN && k < h->count; k++)
		if (before(s, h->v[k], h->v[best]))
			best = k;
	return best;
}

void qs_heap_push(const struct rte_qsock_sched *s, struct qs_heap *h, uint32_t id, qs_heap_before_fn before)
{
	rise(s, h, h->count++, id, before);
}

void qs_heap_take(const struct rte_qsock_sched *s, struct qs_heap *h, uint32_t at, qs_heap_before_fn before)
{
	uint32_t last = h->v[--h->count], child;

	if (at == h->count)
		return;
	/* Who comes up leaves a place, down to the last level, and the last rises from there. */
	while ((child = first_child(s, h, at, before)) < h->count) {
		put(h, at, h->v[child]);
		at = child;
	}
	rise(s, h, at, last, before);
}
