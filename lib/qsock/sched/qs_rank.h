/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The priority structure: the member with the lowest key, exactly.
 *
 * A bitmap of buckets in order of a coarse rank, found by find-first-set; within a bucket a pairing
 * heap that is lazy: an insertion only links, and the order is made when a bucket's minimum is asked
 * for. So what waits at a low precedence, to be expired there, is never compared with anything.
 * Members are indices into an array of nodes that hold key and links in half a cache line.
 */
#ifndef QS_RANK_H
#define QS_RANK_H

#include "qs_types.h"

#define QS_RANK_BUCKETS 4096u /* 64 words of 64 bits */
#define QS_RANK_LOOKS 8	      /* so many roots are compared in a row before they are put in order */

struct qs_key {
	uint64_t hi, lo;
};

struct qs_node {
	struct qs_key key;
	uint32_t child;	 /* first child, or QS_NIL */
	uint32_t next;	 /* next sibling; of a root: next root of the bucket */
	uint32_t prev;	 /* previous sibling, or of a first child: the parent; of a first root: QS_NIL */
	uint32_t bucket; /* QS_NIL: not a member */
};

/* Where keys are equal: does a come before b? */
typedef bool (*qs_rank_tie_fn)(const struct rte_qsock_sched *s, uint32_t a, uint32_t b);

struct qs_rank {
	uint64_t summary;
	uint64_t words[QS_RANK_BUCKETS / 64];
	uint32_t roots[QS_RANK_BUCKETS];
	struct qs_node *nodes;
};

/* nodes may be shared by ranks whose members differ; all must have bucket = QS_NIL. */
static inline void qs_rank_init(struct qs_rank *r, struct qs_node *nodes)
{
	r->nodes = nodes;
	for (uint32_t b = 0; b < QS_RANK_BUCKETS; b++)
		r->roots[b] = QS_NIL;
}

static inline bool qs_rank_empty(const struct qs_rank *r)
{
	return r->summary == 0;
}

static inline bool qs_rank_has(const struct qs_rank *r, uint32_t i)
{
	return r->nodes[i].bucket != QS_NIL;
}

static inline bool qs_rank_before(const struct rte_qsock_sched *s, const struct qs_rank *r, uint32_t a,
				  uint32_t b, qs_rank_tie_fn tie)
{
	const struct qs_key *ka = &r->nodes[a].key, *kb = &r->nodes[b].key;

	if (ka->hi != kb->hi)
		return ka->hi < kb->hi;
	if (ka->lo != kb->lo)
		return ka->lo < kb->lo;
	return tie(s, a, b);
}

static inline void qs_rank_push_root(struct qs_rank *r, uint32_t i, uint32_t bucket)
{
	struct qs_node *n = &r->nodes[i];
	uint32_t first = r->roots[bucket];

	n->bucket = bucket;
	n->prev = QS_NIL;
	n->next = first;
	if (first != QS_NIL) {
		r->nodes[first].prev = i;
	} else {
		r->words[bucket / 64] |= UINT64_C(1) << (bucket % 64);
		r->summary |= UINT64_C(1) << (bucket / 64);
	}
	r->roots[bucket] = i;
}

static inline void qs_rank_insert(struct qs_rank *r, uint32_t i, struct qs_key key, uint32_t bucket)
{
	r->nodes[i].key = key;
	r->nodes[i].child = QS_NIL;
	qs_rank_push_root(r, i, bucket);
}

/* Make one tree of the two; returns its root. Neither is in a list. */
static inline uint32_t qs_rank_meld(const struct rte_qsock_sched *s, struct qs_rank *r, uint32_t a,
				    uint32_t b, qs_rank_tie_fn tie)
{
	if (!qs_rank_before(s, r, a, b, tie)) {
		uint32_t t = a;

		a = b;
		b = t;
	}

	struct qs_node *na = &r->nodes[a], *nb = &r->nodes[b];

	nb->next = na->child;
	nb->prev = a;
	if (na->child != QS_NIL)
		r->nodes[na->child].prev = b;
	na->child = b;
	return a;
}

/* Make one tree of a list of them: pairs from the left, then all from the right (Fredman et al. 1986). */
static inline uint32_t qs_rank_meld_list(const struct rte_qsock_sched *s, struct qs_rank *r, uint32_t first,
					 qs_rank_tie_fn tie)
{
	struct qs_node *n = r->nodes;
	uint32_t stack = QS_NIL; /* of pairs, by next */

	while (first != QS_NIL) {
		uint32_t a = first, b = n[a].next;

		if (b == QS_NIL) {
			first = QS_NIL;
		} else {
			first = n[b].next;
			a = qs_rank_meld(s, r, a, b, tie);
		}
		n[a].next = stack;
		stack = a;
	}

	uint32_t root = stack;

	stack = n[root].next;
	while (stack != QS_NIL) {
		uint32_t a = stack;

		stack = n[a].next;
		root = qs_rank_meld(s, r, root, a, tie);
	}
	n[root].next = QS_NIL;
	n[root].prev = QS_NIL;
	return root;
}

/* The first of a bucket that has several roots: few are looked through, many are put in order. */
static __attribute__((noinline)) uint32_t qs_rank_search(const struct rte_qsock_sched *s, struct qs_rank *r,
							 uint32_t bucket, qs_rank_tie_fn tie)
{
	const struct qs_node *n = r->nodes;
	uint32_t best = r->roots[bucket];
	uint32_t i = n[best].next;

	for (int looks = 0; i != QS_NIL && looks < QS_RANK_LOOKS; looks++) {
		best = qs_rank_before(s, r, i, best, tie) ? i : best;
		i = n[i].next;
	}
	if (i == QS_NIL)
		return best;
	best = qs_rank_meld_list(s, r, r->roots[bucket], tie);
	r->roots[bucket] = best;
	return best;
}

/* The first member, or QS_NIL. */
QS_INLINE uint32_t qs_rank_top(const struct rte_qsock_sched *s, struct qs_rank *r, qs_rank_tie_fn tie)
{
	if (r->summary == 0)
		return QS_NIL;

	uint32_t word = (uint32_t)__builtin_ctzll(r->summary);
	uint32_t bucket = word * 64 + (uint32_t)__builtin_ctzll(r->words[word]);
	uint32_t root = r->roots[bucket];

	return r->nodes[root].next == QS_NIL ? root : qs_rank_search(s, r, bucket, tie);
}

static inline void qs_rank_clear_bucket(struct qs_rank *r, uint32_t bucket)
{
	r->roots[bucket] = QS_NIL;
	r->words[bucket / 64] &= ~(UINT64_C(1) << (bucket % 64));
	if (r->words[bucket / 64] == 0)
		r->summary &= ~(UINT64_C(1) << (bucket / 64));
}

/* Take a member out. All members of a bucket keep its number, inner nodes too. */
static __attribute__((noinline)) void qs_rank_remove(const struct rte_qsock_sched *s, struct qs_rank *r,
						     uint32_t i, qs_rank_tie_fn tie)
{
	struct qs_node *n = &r->nodes[i];
	uint32_t bucket = n->bucket;

	if (n->prev == QS_NIL)
		r->roots[bucket] = n->next;
	else if (r->nodes[n->prev].child == i)
		r->nodes[n->prev].child = n->next;
	else
		r->nodes[n->prev].next = n->next;
	if (n->next != QS_NIL)
		r->nodes[n->next].prev = n->prev;
	n->bucket = QS_NIL;
	if (n->child != QS_NIL) {
		if (r->roots[bucket] ==
		    QS_NIL) { /* it was the only root: its children take its place, unordered */
			r->roots[bucket] = n->child;
			r->nodes[n->child].prev = QS_NIL;
			return;
		}
		qs_rank_push_root(r, qs_rank_meld_list(s, r, n->child, tie), bucket);
	}
	if (r->roots[bucket] == QS_NIL)
		qs_rank_clear_bucket(r, bucket);
}

/* Take the first member out, as qs_rank_top() has told it. */
QS_INLINE void qs_rank_pop(const struct rte_qsock_sched *s, struct qs_rank *r, uint32_t i, qs_rank_tie_fn tie)
{
	struct qs_node *n = &r->nodes[i];

	/* Alone in its bucket, as a rule. */
	if (n->next == QS_NIL && n->prev == QS_NIL && n->child == QS_NIL) {
		qs_rank_clear_bucket(r, n->bucket);
		n->bucket = QS_NIL;
	} else {
		qs_rank_remove(s, r, i, tie);
	}
}

#endif
