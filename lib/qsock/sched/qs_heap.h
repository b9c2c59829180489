/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Ready streams of which too many are alike for the row, as those are that began together: a heap of four
 * children each, with whole keys, so that no stream has to be looked at.
 */
#ifndef QS_HEAP_H
#define QS_HEAP_H

#ifdef __x86_64__
#include <x86intrin.h>
#endif

#include "qs_types.h"

#define QS_HEAP_NONE 0 /* of the highest key; no stream has it, or one that is last anyway */

struct qs_heap_entry {
	unsigned __int128 key; /* in the heap its complement: memory never written to stands last */
	uint64_t arrival_ns;   /* of the head */
	uint64_t id;
};

struct qs_heap {
	struct qs_heap_entry *v; /* those behind the last have the highest key */
	uint32_t *at;		 /* where a stream stands, by id; the owner's */
	uint32_t count;
};

/* Allocate for ids below max_members. Returns 0 or -ENOMEM. */
int qs_heap_create(struct rte_qsock_sched *s, struct qs_heap *h, uint32_t max_members);

static inline bool qs_heap_empty(const struct qs_heap *h)
{
	return h->count == 0;
}

static inline uint32_t qs_heap_first(const struct qs_heap *h)
{
	return (uint32_t)h->v[0].id;
}

QS_INLINE bool qs_heap_before(const struct qs_heap_entry *a, const struct qs_heap_entry *b)
{
	/* Without branches: which keys are equal no predictor guesses. */
#ifdef __x86_64__
	unsigned long long unused;
	unsigned char less = _subborrow_u64(0, a->id, b->id, &unused);

	less = _subborrow_u64(less, a->arrival_ns, b->arrival_ns, &unused);
	less = _subborrow_u64(less, (uint64_t)b->key, (uint64_t)a->key, &unused);
	return _subborrow_u64(less, (uint64_t)(b->key >> 64), (uint64_t)(a->key >> 64), &unused);
#else
	bool sooner = (a->arrival_ns < b->arrival_ns) | ((a->arrival_ns == b->arrival_ns) & (a->id < b->id));

	return (a->key > b->key) | ((a->key == b->key) & sooner);
#endif
}

/* An entry goes up from a place that is free. */
QS_INLINE void qs_heap_rise(struct qs_heap *h, uint32_t at, struct qs_heap_entry e)
{
	struct qs_heap_entry *v = h->v;
	uint32_t *places = h->at;

	while (at > 0) {
		uint32_t up = (at - 1) / 4;

		if (!qs_heap_before(&e, &v[up]))
			break;
		v[at] = v[up];
		places[v[at].id] = at;
		at = up;
	}
	v[at] = e;
	places[e.id] = at;
}

/* The first of four neighbours, of which those behind the last have the highest key. */
QS_INLINE const struct qs_heap_entry *qs_heap_best(const struct qs_heap_entry *v)
{
	const struct qs_heap_entry *a = v + qs_heap_before(&v[1], &v[0]);
	const struct qs_heap_entry *b = v + 2 + qs_heap_before(&v[3], &v[2]);

	return qs_heap_before(b, a) ? b : a;
}

/* A place is free: who comes up leaves another, down to the last level, and the entry rises from there. */
QS_INLINE void qs_heap_fill(struct qs_heap *h, uint32_t at, struct qs_heap_entry e)
{
	struct qs_heap_entry *v = h->v;
	uint32_t *places = h->at;
	const uint32_t count = h->count;
	uint32_t child;

	while ((child = 4 * at + 1) < count) {
		const struct qs_heap_entry *best = qs_heap_best(v + child);

		v[at] = *best;
		places[best->id] = at;
		at = (uint32_t)(best - v);
	}
	qs_heap_rise(h, at, e);
}

QS_INLINE void qs_heap_push(struct qs_heap *h, struct qs_heap_entry e)
{
	e.key = ~e.key;
	qs_heap_rise(h, h->count++, e);
}

/* Take out who stands there. */
QS_INLINE void qs_heap_take(struct qs_heap *h, uint32_t at)
{
	struct qs_heap_entry last = h->v[--h->count];

	h->v[h->count].key = QS_HEAP_NONE;
	if (at != h->count)
		qs_heap_fill(h, at, last);
}

#endif
