/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Few ready streams: a row of 64-bit keys, each with the stream's id in its low bits.
 *
 * What is above the id is brief: it never contradicts the order of the whole keys, but different ones may
 * look alike. Only then the streams themselves are compared. Streams that become ready are appended, and put
 * in order when the first is asked for: they come in batches, and go in bursts.
 *
 * Nobody in the row needs a timer: due_ns tells when to look for misses.
 */
#ifndef QS_ROW_H
#define QS_ROW_H

#include <string.h>

#include "qs_keysort.h"
#include "qs_scale.h"

#define QS_ROW_MAX 128u
#define QS_ROW_FEW 3u /* up to so many are inserted one by one */

struct qs_row {
	uint32_t first, end; /* members */
	uint32_t sorted;     /* up to here they are in order */
	uint32_t limit;	     /* QS_ROW_MAX; 0 where it may not be used */
	uint32_t last;	     /* the stream appended last */
	struct qs_scale scale;
	uint64_t due_ns;			    /* no member is due before */
	uint64_t keys[QS_ROW_MAX + QS_KEYSORT_MAX]; /* the last are for the sort */
} QS_ALIGNED;

static inline bool qs_row_empty(const struct qs_row *r)
{
	return r->first == r->end;
}

static inline uint32_t qs_row_id(const struct qs_row *r, uint32_t at)
{
	return (uint32_t)(r->keys[at] & r->scale.mask);
}

/* An empty row begins anew: times are told from now on. */
static inline void qs_row_begin(struct qs_row *r, uint64_t now_ns)
{
	r->first = 0;
	r->end = 0;
	r->sorted = 0;
	r->due_ns = RTE_QSOCK_NEVER;
	qs_scale_adapt(&r->scale, now_ns, QS_SCALE_ALIKE);
}

/* Its key is to be made before the row is put in order. */
static inline void qs_row_append(struct qs_row *r, uint32_t id, uint64_t due_ns)
{
	r->last = id;
	r->keys[r->end++] = id;
	r->due_ns = due_ns < r->due_ns ? due_ns : r->due_ns;
}

/* Whether nobody but the stream appended last is in the row. */
static inline bool qs_row_alone(const struct qs_row *r)
{
	return r->end - r->first == 1 && r->sorted == r->first;
}

/* Make room behind the members. */
static inline void qs_row_close_up(struct qs_row *r)
{
	for (uint32_t k = r->first; k < r->end; k++)
		r->keys[k - r->first] = r->keys[k];
	r->end -= r->first;
	r->sorted -= r->first;
	r->first = 0;
}

static inline void qs_row_remove(struct qs_row *r, uint32_t id)
{
	uint32_t at = r->first;

	while (qs_row_id(r, at) != id)
		at++;
	r->sorted -= at < r->sorted;
	for (r->end--; at < r->end; at++)
		r->keys[at] = r->keys[at + 1];
	if (!qs_row_empty(r))
		r->last = qs_row_id(r, r->end - 1);
}

/* Where a key belongs among those in order. */
QS_INLINE uint32_t qs_row_search(const struct rte_qsock_sched *s, const struct qs_row *r, uint64_t key,
				 qs_alike_fn before)
{
	const uint64_t brief = key & ~r->scale.mask;
	const uint64_t *v = r->keys + r->first;
	uint32_t n = r->sorted - r->first;

	while (n > 0) {
		uint32_t half = (n + 1) / 2;

		v = v[half - 1] < brief ? v + half : v;
		n -= half;
	}

	uint32_t at = (uint32_t)(v - r->keys);

	while (at < r->sorted && (r->keys[at] ^ key) <= r->scale.mask &&
	       before(s, qs_row_id(r, at), (uint32_t)(key - brief)))
		at++;
	return at;
}

/* The first of those that are not in order takes its place. */
QS_INLINE void qs_row_insert(const struct rte_qsock_sched *s, struct qs_row *r, qs_alike_fn before)
{
	uint64_t key = r->keys[r->sorted];
	uint32_t at = qs_row_search(s, r, key, before);

	for (uint32_t k = r->sorted; k > at; k--)
		r->keys[k] = r->keys[k - 1];
	r->keys[at] = key;
	r->sorted++;
}

/* Up to QS_KEYSORT_MAX of them: sorted, then merged with the others from behind. */
static inline void qs_row_merge(struct qs_row *r)
{
	uint64_t few[QS_KEYSORT_MAX];
	uint64_t *v = r->keys;
	uint32_t n = r->end - r->sorted < QS_KEYSORT_MAX ? r->end - r->sorted : QS_KEYSORT_MAX;
	uint32_t old = r->sorted, to = old + n;

	r->sorted = to;
	if (old == r->first && to == r->end) {
		qs_keysort(v + old, n);
		return;
	}
	memcpy(few, v + old, n * sizeof(few[0]));
	qs_keysort(few, n);
	while (n > 0) {
		bool older = old > r->first && few[n - 1] < v[old - 1];

		v[--to] = older ? v[old - 1] : few[n - 1];
		old -= older;
		n -= !older;
	}
}

/* A key that looks like the one before it takes its place among those. */
QS_INLINE void qs_row_back(const struct rte_qsock_sched *s, struct qs_row *r, uint32_t at, qs_alike_fn before)
{
	uint64_t key = r->keys[at];

	while (at > r->first && (r->keys[at - 1] ^ key) <= r->scale.mask &&
	       !before(s, qs_row_id(r, at - 1), (uint32_t)(key & r->scale.mask))) {
		r->keys[at] = r->keys[at - 1];
		at--;
	}
	r->keys[at] = key;
}

/* Neighbours that look alike are compared, but for those known to differ in their ids only: these are in
 * order. */
QS_INLINE void qs_row_compare(const struct rte_qsock_sched *s, struct qs_row *r, qs_alike_fn before,
			      qs_alike_fn same)
{
	const uint64_t mask = r->scale.mask;
	const uint64_t *v = r->keys + r->first, *end = r->keys + r->sorted;

	while (++v < end)
		if (qs_unlikely((v[-1] ^ v[0]) <= mask) &&
		    !(v[-1] < v[0] && same(s, (uint32_t)(v[-1] & mask), (uint32_t)(v[0] & mask))))
			qs_row_back(s, r, (uint32_t)(v - r->keys), before);
}

/* Put all in order. */
QS_INLINE void qs_row_order(const struct rte_qsock_sched *s, struct qs_row *r, qs_alike_fn before,
			    qs_alike_fn same)
{
	if (r->end - r->sorted <= QS_ROW_FEW) {
		while (r->sorted != r->end)
			qs_row_insert(s, r, before);
		return;
	}
	while (r->sorted != r->end)
		qs_row_merge(r);
	qs_row_compare(s, r, before, same);
}

#endif
