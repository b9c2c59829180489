/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Many ready streams: a heap of four children each, a cache line of them, with brief keys; see qs_row.h.
 */
#ifndef QS_HEAP_H
#define QS_HEAP_H

#include "qs_scale.h"

struct qs_heap_entry {
	uint64_t key;
	uint64_t id;
};

struct qs_heap {
	struct qs_heap_entry *v; /* those behind the last have the highest key */
	uint32_t *at;		 /* where a stream stands, by id */
	uint32_t count;
	struct qs_scale scale;
};

/* Allocate for ids below max_members. Returns 0 or -ENOMEM. */
int qs_heap_create(struct rte_qsock_sched *s, struct qs_heap *h, uint32_t max_members);
/* Forget all members. */
void qs_heap_reset(struct qs_heap *h);

static inline bool qs_heap_empty(const struct qs_heap *h)
{
	return h->count == 0;
}

static inline uint32_t qs_heap_first(const struct qs_heap *h)
{
	return (uint32_t)h->v[0].id;
}

QS_INLINE bool qs_heap_before(const struct rte_qsock_sched *s, struct qs_heap_entry a, struct qs_heap_entry b,
			      qs_alike_fn before)
{
	if (qs_likely(a.key != b.key))
		return a.key < b.key;
	return before(s, (uint32_t)a.id, (uint32_t)b.id);
}

/* An entry goes up from a place that is free. */
QS_INLINE void qs_heap_rise(const struct rte_qsock_sched *s, struct qs_heap *h, uint32_t at,
			    struct qs_heap_entry e, qs_alike_fn before)
{
	struct qs_heap_entry *v = h->v;
	uint32_t *places = h->at;

	while (at > 0) {
		uint32_t up = (at - 1) / 4;

		if (!qs_heap_before(s, e, v[up], before))
			break;
		v[at] = v[up];
		places[v[at].id] = at;
		at = up;
	}
	v[at] = e;
	places[e.id] = at;
}

/* The first of four neighbours, of which those behind the last have the highest key. */
QS_INLINE const struct qs_heap_entry *qs_heap_best(const struct rte_qsock_sched *s,
						   const struct qs_heap_entry *v,
						   const struct qs_heap_entry *end, qs_alike_fn before)
{
	const struct qs_heap_entry *a = v + (v[1].key < v[0].key), *b = v + 2 + (v[3].key < v[2].key);

	if (qs_likely(a->key != b->key && v[0].key != v[1].key && v[2].key != v[3].key))
		return b->key < a->key ? b : a;
	for (a = v, b = v + 1; b < v + 4 && b < end; b++)
		a = qs_heap_before(s, *b, *a, before) ? b : a;
	return a;
}

/* A place is free: who comes up leaves another, down to the last level, and the entry rises from there. */
QS_INLINE void qs_heap_fill(const struct rte_qsock_sched *s, struct qs_heap *h, uint32_t at,
			    struct qs_heap_entry e, qs_alike_fn before)
{
	struct qs_heap_entry *v = h->v;
	uint32_t *places = h->at;
	const uint32_t count = h->count;
	uint32_t child;

	while ((child = 4 * at + 1) < count) {
		const struct qs_heap_entry *best = qs_heap_best(s, v + child, v + count, before);

		v[at] = *best;
		places[best->id] = at;
		at = (uint32_t)(best - v);
	}
	qs_heap_rise(s, h, at, e, before);
}

QS_INLINE void qs_heap_push(const struct rte_qsock_sched *s, struct qs_heap *h, uint64_t key, uint32_t id,
			    qs_alike_fn before)
{
	qs_heap_rise(s, h, h->count++, (struct qs_heap_entry){.key = key, .id = id}, before);
}

/* Take out who stands there. */
QS_INLINE void qs_heap_take(const struct rte_qsock_sched *s, struct qs_heap *h, uint32_t at,
			    qs_alike_fn before)
{
	struct qs_heap_entry last = h->v[--h->count];

	h->v[h->count].key = UINT64_MAX;
	if (at != h->count)
		qs_heap_fill(s, h, at, last, before);
}

#endif
