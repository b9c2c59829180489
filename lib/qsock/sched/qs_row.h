/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Few ready streams: 64-bit keys, each with the stream's id in its low bits, in order.
 *
 * What is above the id is brief: it never contradicts the order of the whole keys, but different ones may
 * look alike. Only where such are the first the streams themselves are compared.
 *
 * The first four stand in front, where another takes its place, and the first leaves, without a branch. The
 * others stand in the tail. Streams that come in numbers are appended to it without a key, and put in order
 * when the first is asked for.
 *
 * Which of all this is the case one comparison tells, with the bound: a key below it takes its place in
 * front, and where two in front are not above it the first may leave.
 *
 * Nobody in the row needs a timer: due_ns tells when to look for misses.
 */
#ifndef QS_ROW_H
#define QS_ROW_H

#include <string.h>

#include "qs_keysort.h"
#include "qs_scale.h"

#define QS_ROW_MAX 128u
#define QS_ROW_FRONT 4u
#define QS_ROW_FEW 3u /* up to so many are inserted one by one */
#define QS_ROW_SIZE (2 * QS_ROW_MAX)
#define QS_ROW_NONE UINT64_MAX /* no member has this key */

struct qs_row {
	uint64_t front[QS_ROW_FRONT]; /* in order; NONE behind the last. None is greater than any in the tail
				       */
	uint64_t bound;	     /* as said above; 0: qs_row_prepare() is to be called before one leaves */
	uint32_t first, end; /* of the tail */
	uint32_t sorted;     /* up to here it is in order */
	uint32_t limit;	     /* most members of the tail; 0 where the row may not be used */
	uint64_t exact;	     /* members up to this key are known not to be in question */
	uint64_t due_ns;     /* no member is due before */
	struct qs_scale scale;
	bool open; /* nobody waits elsewhere for those in the row to go: any key may come */
	uint64_t tail[QS_ROW_SIZE + QS_KEYSORT_MAX]; /* the last are for the sort */
} QS_ALIGNED;

static inline bool qs_row_tail_empty(const struct qs_row *r)
{
	return r->first == r->end;
}

static inline bool qs_row_empty(const struct qs_row *r)
{
	return (r->front[0] == QS_ROW_NONE) & qs_row_tail_empty(r);
}

static inline uint32_t qs_row_key_id(const struct qs_row *r, uint64_t key)
{
	return (uint32_t)(key & r->scale.mask);
}

/* An empty row begins anew: times are told from now on. */
static inline void qs_row_begin(struct qs_row *r, uint64_t now_ns)
{
	r->first = QS_ROW_MAX / 2;
	r->end = r->first;
	r->sorted = r->first;
	r->bound = r->open ? QS_ROW_NONE : 0;
	r->exact = 0;
	r->due_ns = RTE_QSOCK_NEVER;
	qs_scale_adapt(&r->scale, now_ns);
}

/* Where it is empty: nobody is due, and it may begin anew. */
QS_INLINE void qs_row_rest(struct qs_row *r, uint64_t now_ns)
{
	const bool empty = qs_row_empty(r);

	r->due_ns |= -(uint64_t)empty; /* RTE_QSOCK_NEVER, without a branch */
	if (qs_unlikely(now_ns >= r->scale.renew_ns) && empty)
		qs_row_begin(r, now_ns);
}

/* The same, at first. */
static inline void qs_row_init(struct qs_row *r, uint64_t now_ns)
{
	for (uint32_t k = 0; k < QS_ROW_FRONT; k++)
		r->front[k] = QS_ROW_NONE;
	r->limit = QS_ROW_MAX;
	r->open = true;
	qs_row_begin(r, now_ns);
}

/* The tail stands where there is room before it and behind it. */
static inline void qs_row_center(struct qs_row *r)
{
	const uint32_t to = QS_ROW_MAX / 2;

	memmove(r->tail + to, r->tail + r->first, (r->end - r->first) * sizeof(r->tail[0]));
	r->end = r->end - r->first + to;
	r->sorted = r->sorted - r->first + to;
	r->first = to;
}

static inline void qs_row_due(struct qs_row *r, uint64_t due_ns)
{
	r->due_ns = due_ns < r->due_ns ? due_ns : r->due_ns;
}

/* Its key is to be made before the row is put in order. */
static inline void qs_row_append(struct qs_row *r, uint32_t id, uint64_t due_ns)
{
	if (qs_unlikely(r->end == QS_ROW_SIZE))
		qs_row_center(r);
	r->tail[r->end++] = id;
	r->bound = 0;
	qs_row_due(r, due_ns);
}

/* Whether one stream only is in the row, and has no key yet. */
static inline bool qs_row_alone(const struct qs_row *r)
{
	return (r->end - r->first == 1) & (r->sorted == r->first) & (r->front[0] == QS_ROW_NONE);
}

/* That one leaves. */
QS_INLINE uint32_t qs_row_pop_alone(struct qs_row *r)
{
	uint32_t id = (uint32_t)r->tail[r->first];

	r->sorted = ++r->first;
	r->bound = r->open ? QS_ROW_NONE : 0;
	return id;
}

/* A key takes its place among those in front. Returns who has to leave for it, or QS_ROW_NONE. */
QS_INLINE uint64_t qs_row_front_insert(struct qs_row *r, uint64_t key)
{
	uint64_t *v = r->front;
	uint64_t leaves = key > v[QS_ROW_FRONT - 1] ? key : v[QS_ROW_FRONT - 1];

	for (uint32_t k = QS_ROW_FRONT - 1; k > 0; k--) {
		uint64_t above = key > v[k - 1] ? key : v[k - 1];

		v[k] = above < v[k] ? above : v[k];
	}
	v[0] = key < v[0] ? key : v[0];
	return leaves;
}

QS_INLINE uint64_t qs_row_front_pop(struct qs_row *r)
{
	uint64_t *v = r->front, key = v[0];

	for (uint32_t k = 0; k + 1 < QS_ROW_FRONT; k++)
		v[k] = v[k + 1];
	v[QS_ROW_FRONT - 1] = QS_ROW_NONE;
	return key;
}

/* Insert into a tail that is in order, behind its first. */
static inline void qs_row_tail_insert(struct qs_row *r, uint64_t key)
{
	uint32_t at = r->end;

	if (qs_unlikely(r->end == QS_ROW_SIZE)) {
		qs_row_center(r);
		at = r->end;
	}
	for (; r->tail[at - 1] > key; at--)
		r->tail[at] = r->tail[at - 1];
	r->tail[at] = key;
	r->sorted = ++r->end;
}

/* The bound with this member behind. One that looks like it may come after those who wait elsewhere. */
QS_INLINE uint64_t qs_row_bound_at(const struct qs_row *r, uint64_t key)
{
	return r->open ? key : key & ~r->scale.mask;
}

/* The bound, where all are in order. */
static inline uint64_t qs_row_bound(const struct qs_row *r)
{
	uint64_t last = 0;

	if (r->first != r->end)
		return qs_row_bound_at(r, r->tail[r->first]);
	if (r->open)
		return QS_ROW_NONE;
	for (uint32_t k = 0; k < QS_ROW_FRONT && r->front[k] != QS_ROW_NONE; k++)
		last = r->front[k];
	return qs_row_bound_at(r, last);
}

/* A member whose key is below the bound. */
QS_INLINE void qs_row_insert_front(struct qs_row *r, uint64_t key, uint64_t due_ns)
{
	qs_row_due(r, due_ns);
	if (key <= (r->exact | r->scale.mask)) /* it may look like those */
		r->exact = 0;
	key = qs_row_front_insert(r, key);
	if (qs_likely(key == QS_ROW_NONE))
		return;
	if (qs_unlikely(r->first == 0))
		qs_row_center(r);
	r->tail[--r->first] = key;
	r->bound = qs_row_bound_at(r, key);
}

/* A member with any key, where all are in order. */
static inline void qs_row_insert(struct qs_row *r, uint64_t key, uint64_t due_ns)
{
	if (r->first == r->end || key < r->tail[r->first]) {
		qs_row_insert_front(r, key, due_ns);
		return;
	}
	qs_row_due(r, due_ns);
	if (key <= (r->exact | r->scale.mask))
		r->exact = 0;
	qs_row_tail_insert(r, key);
}

/* Those in front go to the tail. */
static inline void qs_row_retreat(struct qs_row *r)
{
	uint32_t n = 0;

	r->bound = 0;
	while (n < QS_ROW_FRONT && r->front[n] != QS_ROW_NONE)
		n++;
	if (n == 0)
		return;
	if (r->first < n)
		qs_row_center(r);
	r->first -= n;
	for (uint32_t k = 0; k < n; k++) {
		r->tail[r->first + k] = r->front[k];
		r->front[k] = QS_ROW_NONE;
	}
}

/* In front is room for all but so many: the first of the tail, which is in order, come. */
QS_INLINE void qs_row_advance(struct qs_row *r, uint32_t stand)
{
	const uint64_t *v = r->tail + r->first;
	uint32_t n = r->end - r->first, room = QS_ROW_FRONT - stand;

	for (uint32_t k = 0; k < room; k++)
		r->front[stand + k] = k < n ? v[k] : QS_ROW_NONE;
	r->first += n < room ? n : room;
	r->bound = qs_row_bound(r);
}

/* All are in order: who might look alike shall stand in front. */
static inline void qs_row_prepare(struct qs_row *r)
{
	if (r->front[1] != QS_ROW_NONE)
		r->bound = qs_row_bound(r);
	else if (r->front[0] != QS_ROW_NONE)
		qs_row_advance(r, 1);
	else
		qs_row_advance(r, 0);
}

/* Take a member out, wherever it stands. */
static inline void qs_row_remove(struct qs_row *r, uint32_t id)
{
	uint32_t at;

	qs_row_retreat(r);
	for (at = r->first; qs_row_key_id(r, r->tail[at]) != id;)
		at++;
	r->sorted -= at < r->sorted;
	for (r->end--; at < r->end; at++)
		r->tail[at] = r->tail[at + 1];
}

/* Up to QS_KEYSORT_MAX of those not in order: sorted, then merged with the others from behind. */
static inline void qs_row_merge(struct qs_row *r)
{
	uint64_t few[QS_KEYSORT_MAX];
	uint64_t *v = r->tail;
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

/* Put all in order. */
static inline void qs_row_order(struct qs_row *r)
{
	uint64_t few[QS_ROW_FEW];
	uint32_t n = r->end - r->sorted;

	if (n <= QS_ROW_FEW) {
		memcpy(few, r->tail + r->sorted, n * sizeof(few[0]));
		r->end = r->sorted;
		for (uint32_t k = 0; k < n; k++)
			qs_row_insert(r, few[k], RTE_QSOCK_NEVER);
		return;
	}
	qs_row_retreat(r);
	r->exact = 0;
	while (r->sorted != r->end)
		qs_row_merge(r);
	qs_row_advance(r, 0);
}

/*
 * The first ones look alike. Where all of them are known to differ in their ids only, they are in order;
 * else the first is found by comparing.
 */
QS_INLINE uint32_t qs_row_resolve(const struct rte_qsock_sched *s, struct qs_row *r, qs_alike_fn before,
				  qs_alike_fn same)
{
	const uint64_t mask = r->scale.mask;
	uint32_t n, k, best = 0;
	bool alike = true;
	uint64_t *v, key;

	qs_row_retreat(r);
	v = r->tail + r->first;
	n = r->end - r->first;
	for (k = 1; k < n && (v[k - 1] ^ v[k]) <= mask; k++) {
		alike = alike && same(s, (uint32_t)(v[k - 1] & mask), (uint32_t)(v[k] & mask));
		if (!alike && before(s, (uint32_t)(v[k] & mask), (uint32_t)(v[best] & mask)))
			best = k;
	}
	r->exact = alike ? v[k - 1] : 0;
	key = v[best];
	for (k = best; k > 0; k--)
		v[k] = v[k - 1];
	r->first++;
	qs_row_advance(r, 0);
	return (uint32_t)(key & mask);
}

/* Whether the first may leave. */
QS_INLINE bool qs_row_prepared(const struct qs_row *r)
{
	return r->front[1] <= r->bound;
}

/* The same after the first of the tail came up, where all are in order and there is a tail. */
QS_INLINE bool qs_row_comes_up(struct qs_row *r)
{
	if ((r->sorted != r->end) | qs_row_tail_empty(r))
		return false;
	qs_row_prepare(r);
	return true;
}

/* The first leaves. Returns QS_NIL where there is none. */
QS_INLINE uint32_t qs_row_pop(const struct rte_qsock_sched *s, struct qs_row *r,
			      uint32_t (*resolve)(struct rte_qsock_sched *s))
{
	const uint64_t *v = r->front;

	/* An empty place looks like another one, and like no key. */
	if (qs_unlikely(((v[0] ^ v[1]) <= r->scale.mask) & (v[1] > r->exact)))
		return v[0] != QS_ROW_NONE ? resolve((struct rte_qsock_sched *)(uintptr_t)s) : QS_NIL;
	return qs_row_key_id(r, qs_row_front_pop(r));
}

#endif
