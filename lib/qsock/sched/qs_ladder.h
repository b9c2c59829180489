/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Many ready streams: a ladder queue (Tang, Goh, Thng: Ladder Queue, ACM TOMACS 15(3), 2005).
 *
 * A rung divides a range of keys into up to 64 buckets of equal width; who is in a bucket is in no order.
 * Only the first bucket is ever looked into: if it holds few they are taken, else it is divided into a rung
 * of its own. So a stream is moved a few times, whatever their number, and nothing depends on how keys are
 * distributed. A rung's last bucket has all that follows, up to the next rung.
 *
 * A key is 96 bits of the order, and the id, which no width divides: streams alike in the 96 bits stay
 * together, and are compared by who takes them.
 */
#ifndef QS_LADDER_H
#define QS_LADDER_H

#include "qs_types.h"

#define QS_LADDER_RUNGS 8u
#define QS_LADDER_BUCKETS 64u
#define QS_LADDER_ALL (QS_LADDER_RUNGS * QS_LADDER_BUCKETS)
#define QS_LADDER_CHUNK 16u
#define QS_LADDER_ID_BITS 32u
#define QS_LADDER_NONE (~(unsigned __int128)0)

typedef unsigned __int128 qs_ladder_key;

struct qs_rung {
	qs_ladder_key base, end; /* of its keys; a multiple of 2^QS_LADDER_ID_BITS */
	uint32_t shift;		 /* a bucket is 2^shift wide */
	uint64_t map;		 /* which of them are not empty */
};

struct qs_ladder {
	qs_ladder_key floor; /* no key is less; NONE where it is empty */
	uint32_t count;
	uint32_t depth; /* rungs; the last has the least keys */
	struct qs_rung rungs[QS_LADDER_RUNGS];
	uint32_t heads[QS_LADDER_ALL]; /* of buckets: the chunk that is not full, as a rule */
	uint32_t counts[QS_LADDER_ALL];
	qs_ladder_key *keys; /* of chunks */
	uint32_t *next;	     /* of chunks */
	uint32_t *owner;     /* of chunks: their bucket */
	uint32_t *at;	     /* of streams: where its key stands */
	uint32_t free_chunk, nr_chunks;
};

typedef void (*qs_ladder_take_fn)(struct rte_qsock_sched *s, uint32_t id);

/* Allocate for ids below max_members. Returns 0 or -ENOMEM. */
int qs_ladder_create(struct rte_qsock_sched *s, struct qs_ladder *l, uint32_t max_members);
/* Forget all members. */
void qs_ladder_reset(struct qs_ladder *l);
/*
 * n keys, all of them below the floor, come to stand before the others. False: there is no room for one more
 * rung, and nothing has changed.
 */
bool qs_ladder_spawn(struct qs_ladder *l, const qs_ladder_key *keys, uint32_t n);
/* How many stand in the first bucket: no more than few, unless they cannot be divided. 0: it is empty. */
uint32_t qs_ladder_first(struct qs_ladder *l, uint32_t few);
/* Fetch their streams, or some of them. */
void qs_ladder_fetch(const struct rte_qsock_sched *s, const struct qs_ladder *l);
/* These are taken; the floor moves above them. */
void qs_ladder_take(struct rte_qsock_sched *s, struct qs_ladder *l, qs_ladder_take_fn take);

static inline qs_ladder_key qs_ladder_key_of(struct qs_key key, uint32_t id)
{
	return (qs_ladder_key)key.hi << 64 | (key.lo >> QS_LADDER_ID_BITS << QS_LADDER_ID_BITS) | id;
}

static inline bool qs_ladder_empty(const struct qs_ladder *l)
{
	return l->count == 0;
}

/* The bucket of a key that is in the range of a rung. */
QS_INLINE uint32_t qs_ladder_bucket(const struct qs_ladder *l, uint32_t r, qs_ladder_key key)
{
	const struct qs_rung *rung = &l->rungs[r];
	qs_ladder_key k = (key - rung->base) >> rung->shift;

	return r * QS_LADDER_BUCKETS + (k < QS_LADDER_BUCKETS ? (uint32_t)k : QS_LADDER_BUCKETS - 1);
}

QS_INLINE void qs_ladder_put(struct qs_ladder *l, uint32_t bucket, qs_ladder_key key)
{
	uint32_t k = l->counts[bucket]++ % QS_LADDER_CHUNK, c = l->heads[bucket];

	if (k == 0) {
		uint32_t head = c;

		c = l->free_chunk;
		l->free_chunk = l->next[c];
		l->next[c] = head;
		l->owner[c] = bucket;
		l->heads[bucket] = c;
		l->rungs[bucket / QS_LADDER_BUCKETS].map |= UINT64_C(1) << bucket % QS_LADDER_BUCKETS;
	}
	l->keys[c * QS_LADDER_CHUNK + k] = key;
	l->at[(uint32_t)key] = c * QS_LADDER_CHUNK + k;
}

/* A key not below the floor, where there is one; the id in it is not in the ladder. */
QS_INLINE void qs_ladder_push(struct qs_ladder *l, qs_ladder_key key)
{
	uint32_t r = l->depth - 1;

	while (key >= l->rungs[r].end)
		r--;
	qs_ladder_put(l, qs_ladder_bucket(l, r, key), key);
	l->count++;
}

/* Take a member out; the last of its bucket comes to stand in its place. */
static inline void qs_ladder_remove(struct qs_ladder *l, uint32_t id)
{
	uint32_t at = l->at[id], bucket = l->owner[at / QS_LADDER_CHUNK];
	uint32_t k = --l->counts[bucket] % QS_LADDER_CHUNK, c = l->heads[bucket];
	qs_ladder_key last = l->keys[c * QS_LADDER_CHUNK + k];

	l->keys[at] = last;
	l->at[(uint32_t)last] = at;
	if (k == 0) {
		l->heads[bucket] = l->next[c];
		l->next[c] = l->free_chunk;
		l->free_chunk = c;
	}
	if (l->counts[bucket] == 0)
		l->rungs[bucket / QS_LADDER_BUCKETS].map &= ~(UINT64_C(1) << bucket % QS_LADDER_BUCKETS);
	if (--l->count == 0) {
		l->depth = 0;
		l->floor = QS_LADDER_NONE;
	}
}

#endif
