/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A priority structure with keys of any kind: the member with the lowest key, exactly.
 *
 * It is a pairing heap that is lazy: an insertion only links, and order is made when the minimum is asked
 * for; so what waits for long and is expired in the end is compared with little.
 *
 * Members are indices into an array of nodes that hold key and links in half a cache line.
 */
#ifndef QS_RANK_H
#define QS_RANK_H

#include "qs_types.h"

#define QS_RANK_LOOKS 8 /* so many roots are compared in a row before they are put in order */

struct qs_node {
	struct qs_key key;
	uint32_t child; /* first child, or QS_NIL */
	uint32_t next;	/* next sibling; of a root: next root */
	uint32_t prev;	/* previous sibling, or of a first child: the parent; of the first root: QS_NIL */
	bool member;
};

/* Where keys are equal: does a come before b? */
typedef bool (*qs_rank_tie_fn)(const struct rte_qsock_sched *s, uint32_t a, uint32_t b);

struct qs_rank {
	struct qs_node *nodes; /* may be shared by ranks whose members differ */
	uint32_t root;	       /* the first, or QS_NIL */
};

static inline void qs_rank_init(struct qs_rank *r, struct qs_node *nodes)
{
	r->nodes = nodes;
	r->root = QS_NIL;
}

static inline bool qs_rank_has(const struct qs_rank *r, uint32_t i)
{
	return r->nodes[i].member;
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

static inline void qs_rank_push_root(struct qs_rank *r, uint32_t i)
{
	struct qs_node *n = &r->nodes[i];

	n->prev = QS_NIL;
	n->next = r->root;
	if (r->root != QS_NIL)
		r->nodes[r->root].prev = i;
	r->root = i;
}

static inline void qs_rank_insert(struct qs_rank *r, uint32_t i, struct qs_key key)
{
	r->nodes[i].key = key;
	r->nodes[i].child = QS_NIL;
	r->nodes[i].member = true;
	qs_rank_push_root(r, i);
}

/* Make one tree of the two; returns its root. */
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

/* The first member, or QS_NIL. Few roots are looked through, many are put in order. */
static inline uint32_t qs_rank_top(const struct rte_qsock_sched *s, struct qs_rank *r, qs_rank_tie_fn tie)
{
	const struct qs_node *n = r->nodes;
	uint32_t best = r->root;

	if (best == QS_NIL || n[best].next == QS_NIL)
		return best;

	uint32_t i = n[best].next;

	for (int looks = 0; i != QS_NIL && looks < QS_RANK_LOOKS; looks++) {
		best = qs_rank_before(s, r, i, best, tie) ? i : best;
		i = n[i].next;
	}
	if (i != QS_NIL)
		best = r->root = qs_rank_meld_list(s, r, r->root, tie);
	return best;
}

/* Take a member out. */
static inline void qs_rank_remove(const struct rte_qsock_sched *s, struct qs_rank *r, uint32_t i,
				  qs_rank_tie_fn tie)
{
	struct qs_node *n = &r->nodes[i];

	n->member = false;
	if (n->next != QS_NIL)
		r->nodes[n->next].prev = n->prev;
	if (n->prev == QS_NIL)
		r->root = n->next;
	else if (r->nodes[n->prev].child == i)
		r->nodes[n->prev].child = n->next;
	else
		r->nodes[n->prev].next = n->next;
	if (n->child != QS_NIL)
		qs_rank_push_root(r, qs_rank_meld_list(s, r, n->child, tie));
}

#endif
