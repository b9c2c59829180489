/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The priority structure: the member with the lowest key, exactly.
 *
 * Members stand in slots, by a coarse rank that never contradicts the keys: a class (a window-constraint),
 * and within it the time of the deadline, around a circle that begins at now. A bitmap finds the first slot
 * in use. In a slot stands a pairing heap that is lazy: an insertion only links, and order is made when the
 * slot's minimum is asked for; so what waits for long and is expired in the end is compared with little. What
 * fits no slot is odd: it stands in one more heap, whose minimum is compared with that of the slots.
 *
 * Members are indices into an array of nodes that hold key and links in half a cache line.
 */
#ifndef QS_RANK_H
#define QS_RANK_H

#include "qs_types.h"

#define QS_RANK_CLASSES 4096u /* most */
#define QS_RANK_TIMES 64u     /* slots of a class */
#define QS_RANK_SLOTS_MIN 4096u
#define QS_RANK_SLOTS_MAX (1u << 18) /* 64 * 64 * 64 */
#define QS_RANK_ODD (QS_NIL - 1)
#define QS_RANK_NO_TIME UINT64_MAX
#define QS_RANK_LOOKS 8 /* so many roots are compared in a row before they are put in order */

enum qs_rank_kind {
	QS_RANK_PLAIN,	  /* no slots: all members are odd */
	QS_RANK_BY_TIME,  /* keys begin with a time */
	QS_RANK_BY_CLASS, /* keys begin with a class, then a time */
};

struct qs_key {
	uint64_t hi, lo;
};

struct qs_node {
	struct qs_key key;
	uint32_t child; /* first child, or QS_NIL */
	uint32_t next;	/* next sibling; of a root: next root of the slot */
	uint32_t prev;	/* previous sibling, or of a first child: the parent; of a first root: QS_NIL */
	uint32_t slot;	/* QS_NIL: not a member */
};

/* Where keys are equal: does a come before b? */
typedef bool (*qs_rank_tie_fn)(const struct rte_qsock_sched *s, uint32_t a, uint32_t b);

struct qs_rank {
	uint64_t top;	  /* which words of sums are not 0 */
	uint64_t *sums;	  /* which words of bits are not 0 */
	uint64_t *bits;	  /* which slots are in use, 64 to a word: a class */
	uint64_t *owners; /* the exact class whose members stand in a word */
	uint32_t *roots;  /* of slots in use */
	struct qs_node *nodes;
	uint32_t count;	 /* of members */
	uint32_t odd;	 /* first root of those in no slot */
	uint32_t unused; /* written where there is no neighbour to tell */
	uint32_t shift;	 /* a slot is 2^shift ns wide */
	uint32_t mask;	 /* slots of the circle - 1 */
};

/* Where a member belongs. */
struct qs_place {
	struct qs_key key;
	uint64_t class;	  /* exactly */
	uint64_t time_ns; /* never decreasing with the key within a class; QS_RANK_NO_TIME: it fits no slot */
	uint32_t word;	  /* of its class; several classes may share one, in order */
};

/* Allocate for a kind, zeroed before. Nodes may be shared by ranks whose members differ. Returns 0 or
 * -ENOMEM. */
int qs_rank_create(struct rte_qsock_sched *s, struct qs_rank *r, enum qs_rank_kind kind, uint32_t max_members,
		   struct qs_node *nodes);
/* Nodes of which none is a member of any rank, or NULL. */
struct qs_node *qs_rank_nodes(struct rte_qsock_sched *s, uint32_t n);
/* Forget all members; their nodes are not touched. From now on deadlines lie about so far ahead. */
void qs_rank_reset(struct qs_rank *r, enum qs_rank_kind kind, uint32_t ahead_log2_ns);

static inline bool qs_rank_empty(const struct qs_rank *r)
{
	return r->count == 0;
}

static inline bool qs_rank_has(const struct qs_rank *r, uint32_t i)
{
	return r->nodes[i].slot != QS_NIL;
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

/* The first root of a slot, or QS_NIL. */
static inline uint32_t qs_rank_roots(const struct qs_rank *r, uint32_t slot)
{
	if (slot == QS_RANK_ODD)
		return r->odd;
	return r->bits[slot / 64] >> (slot % 64) & 1 ? r->roots[slot] : QS_NIL;
}

static inline void qs_rank_set_roots(struct qs_rank *r, uint32_t slot, uint32_t first)
{
	if (slot == QS_RANK_ODD)
		r->odd = first;
	else
		r->roots[slot] = first;
}

/* The slot has lost its last member. */
QS_INLINE void qs_rank_clear_slot(struct qs_rank *r, uint32_t slot)
{
	if (slot == QS_RANK_ODD) {
		r->odd = QS_NIL;
		return;
	}

	/* Whether words become 0 no predictor guesses: no branches. */
	uint64_t word = r->bits[slot / 64] & ~(UINT64_C(1) << (slot % 64));
	uint64_t sum = r->sums[slot / 4096] & ~((uint64_t)(word == 0) << (slot / 64 % 64));

	r->bits[slot / 64] = word;
	r->sums[slot / 4096] = sum;
	r->top &= ~((uint64_t)(sum == 0) << (slot / 4096));
}

QS_INLINE void qs_rank_push_root(struct qs_rank *r, uint32_t i, uint32_t slot)
{
	struct qs_node *n = &r->nodes[i];
	uint32_t first = qs_rank_roots(r, slot);
	uint32_t *prev = first != QS_NIL ? &r->nodes[first].prev : &r->unused;

	n->slot = slot;
	n->prev = QS_NIL;
	n->next = first;
	*prev = i;
	if (qs_unlikely(slot == QS_RANK_ODD)) {
		r->odd = i;
		return;
	}
	r->roots[slot] = i;
	r->bits[slot / 64] |= UINT64_C(1) << (slot % 64);
	r->sums[slot / 4096] |= UINT64_C(1) << (slot / 64 % 64);
	r->top |= UINT64_C(1) << (slot / 4096);
}

/*
 * The slot of a member. Slots are a circle that begins at now: what stands in them must leave before now
 * passes its time, and lie no further ahead than the circle goes.
 */
QS_INLINE uint32_t qs_rank_slot(struct qs_rank *r, const struct qs_place *p, uint64_t now_ns,
				enum qs_rank_kind kind)
{
	uint64_t time = p->time_ns >> r->shift;

	if (kind == QS_RANK_PLAIN || p->time_ns <= now_ns || time - (now_ns >> r->shift) > r->mask)
		return QS_RANK_ODD;
	if (kind == QS_RANK_BY_TIME)
		return (uint32_t)time & r->mask;

	uint64_t owner = r->bits[p->word] == 0 ? p->class : r->owners[p->word];

	r->owners[p->word] = owner;
	if (owner != p->class)
		return QS_RANK_ODD; /* the times of two classes are not to be mixed */
	return p->word * QS_RANK_TIMES + ((uint32_t)time & (QS_RANK_TIMES - 1));
}

QS_INLINE void qs_rank_insert(struct qs_rank *r, uint32_t i, const struct qs_place *p, uint64_t now_ns,
			      enum qs_rank_kind kind)
{
	r->nodes[i].key = p->key;
	r->nodes[i].child = QS_NIL;
	r->count++;
	qs_rank_push_root(r, i, qs_rank_slot(r, p, now_ns, kind));
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

/* The first of a slot that has several roots: few are looked through, many are put in order. */
static __attribute__((noinline)) uint32_t qs_rank_search(const struct rte_qsock_sched *s, struct qs_rank *r,
							 uint32_t slot, qs_rank_tie_fn tie)
{
	const struct qs_node *n = r->nodes;
	uint32_t best = qs_rank_roots(r, slot);
	uint32_t i = n[best].next;

	for (int looks = 0; i != QS_NIL && looks < QS_RANK_LOOKS; looks++) {
		best = qs_rank_before(s, r, i, best, tie) ? i : best;
		i = n[i].next;
	}
	if (i == QS_NIL)
		return best;
	best = qs_rank_meld_list(s, r, qs_rank_roots(r, slot), tie);
	qs_rank_set_roots(r, slot, best);
	return best;
}

static inline uint64_t qs_rotate_right(uint64_t word, unsigned int n)
{
	return word >> (n & 63) | word << (-n & 63);
}

/* The first slot in use from this one, around the circle. There is one. */
static inline uint32_t qs_rank_around(const struct qs_rank *r, uint32_t slot)
{
	uint32_t word = slot / 64, sum = word / 64;
	uint64_t rest = r->bits[word] >> (slot % 64);

	if (rest != 0)
		return slot + (uint32_t)__builtin_ctzll(rest);
	rest = r->sums[sum] & ~UINT64_C(1) << (word % 64);
	if (rest == 0) {
		rest = r->top & ~UINT64_C(1) << sum;
		rest = rest != 0 ? rest : r->top;
		sum = (uint32_t)__builtin_ctzll(rest);
		rest = r->sums[sum];
	}
	word = sum * 64 + (uint32_t)__builtin_ctzll(rest);
	return word * 64 + (uint32_t)__builtin_ctzll(r->bits[word]);
}

/* The first slot in use, or QS_NIL. */
QS_INLINE uint32_t qs_rank_first_slot(const struct qs_rank *r, uint64_t now_ns, enum qs_rank_kind kind)
{
	uint32_t now = (uint32_t)(now_ns >> r->shift);

	if (kind == QS_RANK_PLAIN || r->top == 0)
		return QS_NIL;
	if (kind == QS_RANK_BY_CLASS) {
		uint32_t sum = (uint32_t)__builtin_ctzll(r->top);
		uint32_t word = sum * 64 + (uint32_t)__builtin_ctzll(r->sums[sum]);
		uint32_t ahead = (uint32_t)__builtin_ctzll(qs_rotate_right(r->bits[word], now));

		return word * QS_RANK_TIMES + ((now + ahead) & (QS_RANK_TIMES - 1));
	}

	return qs_rank_around(r, now & r->mask);
}

/* The first member, or QS_NIL. */
QS_INLINE uint32_t qs_rank_top(const struct rte_qsock_sched *s, struct qs_rank *r, uint64_t now_ns,
			       enum qs_rank_kind kind, qs_rank_tie_fn tie)
{
	uint32_t slot = qs_rank_first_slot(r, now_ns, kind);
	uint32_t best = QS_NIL;

	if (slot != QS_NIL) {
		best = r->roots[slot];
		if (r->nodes[best].next != QS_NIL)
			best = qs_rank_search(s, r, slot, tie);
	}
	if (r->odd != QS_NIL) {
		uint32_t odd = r->odd;

		if (r->nodes[odd].next != QS_NIL)
			odd = qs_rank_search(s, r, QS_RANK_ODD, tie);
		if (best == QS_NIL || qs_rank_before(s, r, odd, best, tie))
			best = odd;
	}
	return best;
}

/* Take a member out. */
static __attribute__((noinline)) void qs_rank_remove(const struct rte_qsock_sched *s, struct qs_rank *r,
						     uint32_t i, qs_rank_tie_fn tie)
{
	struct qs_node *n = &r->nodes[i];
	uint32_t slot = n->slot;

	if (n->next != QS_NIL)
		r->nodes[n->next].prev = n->prev;
	n->slot = QS_NIL;
	r->count--;
	if (n->prev != QS_NIL) {
		if (r->nodes[n->prev].child == i)
			r->nodes[n->prev].child = n->next;
		else
			r->nodes[n->prev].next = n->next;
	} else if (n->next != QS_NIL) {
		qs_rank_set_roots(r, slot, n->next);
	} else {
		/* It was the only root: its children take its place, in no order. */
		if (n->child != QS_NIL) {
			qs_rank_set_roots(r, slot, n->child);
			r->nodes[n->child].prev = QS_NIL;
		} else {
			qs_rank_clear_slot(r, slot);
		}
		return;
	}
	if (n->child != QS_NIL)
		qs_rank_push_root(r, qs_rank_meld_list(s, r, n->child, tie), slot);
}

/* Take the first member out, as qs_rank_top() has told it. */
QS_INLINE void qs_rank_pop(const struct rte_qsock_sched *s, struct qs_rank *r, uint32_t i, qs_rank_tie_fn tie)
{
	struct qs_node *n = &r->nodes[i];

	/* Alone in its slot, as a rule. */
	if (qs_likely((n->next & n->prev & n->child) == QS_NIL)) {
		qs_rank_clear_slot(r, n->slot);
		n->slot = QS_NIL;
		r->count--;
	} else {
		qs_rank_remove(s, r, i, tie);
	}
}

#endif
