/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>

#include "qs_ladder.h"

#define A_BUCKET 16u /* so many shall stand in a bucket after a division */

/* A bucket's chunks, taken out of it. */
struct chain {
	uint32_t head, count;
};

static struct chain detach(struct qs_ladder *l, uint32_t bucket)
{
	struct chain chain = {.head = l->heads[bucket], .count = l->counts[bucket]};

	l->heads[bucket] = QS_NIL;
	l->counts[bucket] = 0;
	l->rungs[bucket / QS_LADDER_BUCKETS].map &= ~(UINT64_C(1) << bucket % QS_LADDER_BUCKETS);
	return chain;
}

/* The keys of the first chunk of a chain, which is free then. Returns how many; 0: there is none. */
static uint32_t chain_next(struct qs_ladder *l, struct chain *chain, qs_ladder_key *keys)
{
	uint32_t c = chain->head, n;

	if (chain->count == 0)
		return 0;
	n = (chain->count - 1) % QS_LADDER_CHUNK + 1;
	memcpy(keys, l->keys + (size_t)c * QS_LADDER_CHUNK, n * sizeof(keys[0]));
	chain->head = l->next[c];
	chain->count -= n;
	l->next[c] = l->free_chunk;
	l->free_chunk = c;
	return n;
}

static unsigned int bits_of(qs_ladder_key k)
{
	uint64_t high = (uint64_t)(k >> 64), low = (uint64_t)k;

	if (high != 0)
		return 128 - (unsigned int)__builtin_clzll(high);
	return low != 0 ? 64 - (unsigned int)__builtin_clzll(low) : 0;
}

/* The part of a key that can be divided. */
static qs_ladder_key key_base(qs_ladder_key key)
{
	return key >> QS_LADDER_ID_BITS << QS_LADDER_ID_BITS;
}

/* One more rung for n keys from min to max, and what comes between them and limit. */
static void rung_make(struct qs_ladder *l, uint32_t n, qs_ladder_key min, qs_ladder_key max,
		      qs_ladder_key limit)
{
	struct qs_rung *rung = &l->rungs[l->depth++];
	unsigned int bits, wanted = 1;

	while (wanted < 6 && n >> wanted > A_BUCKET)
		wanted++;
	rung->base = key_base(min);
	bits = bits_of(max - rung->base);
	rung->shift = bits > QS_LADDER_ID_BITS + wanted ? bits - wanted : QS_LADDER_ID_BITS;
	rung->map = 0;
	rung->end = limit;
	l->floor = rung->base;
}

static void least_and_most(const qs_ladder_key *keys, uint32_t n, qs_ladder_key *min, qs_ladder_key *max)
{
	for (uint32_t i = 0; i < n; i++) {
		*min = keys[i] < *min ? keys[i] : *min;
		*max = keys[i] > *max ? keys[i] : *max;
	}
}

bool qs_ladder_spawn(struct qs_ladder *l, const qs_ladder_key *keys, uint32_t n)
{
	qs_ladder_key min = QS_LADDER_NONE, max = 0;

	if (l->depth == QS_LADDER_RUNGS)
		return false;
	least_and_most(keys, n, &min, &max);
	rung_make(l, n, min, max, l->floor);
	for (uint32_t i = 0; i < n; i++)
		qs_ladder_push(l, keys[i]);
	return true;
}

/* Where a bucket's keys end. */
static qs_ladder_key bucket_end(const struct qs_ladder *l, uint32_t bucket)
{
	const struct qs_rung *rung = &l->rungs[bucket / QS_LADDER_BUCKETS];
	qs_ladder_key next = bucket % QS_LADDER_BUCKETS + 1;

	if (next == QS_LADDER_BUCKETS || next > (rung->end - 1 - rung->base) >> rung->shift)
		return rung->end;
	return rung->base + (next << rung->shift);
}

/* Divide the first bucket into a rung. False: it cannot be divided. */
static bool divide(struct qs_ladder *l, uint32_t bucket)
{
	qs_ladder_key keys[QS_LADDER_CHUNK], min = QS_LADDER_NONE, max = 0, end = bucket_end(l, bucket);
	uint32_t c = l->heads[bucket], n, count = l->counts[bucket];
	struct qs_rung *rung = &l->rungs[l->depth - 1];
	struct chain chain;

	for (uint32_t left = count; left > 0; left -= n, c = l->next[c]) {
		n = (left - 1) % QS_LADDER_CHUNK + 1;
		least_and_most(l->keys + (size_t)c * QS_LADDER_CHUNK, n, &min, &max);
	}
	/* A rung without others in it is replaced. */
	if (key_base(min) == key_base(max) ||
	    (l->depth == QS_LADDER_RUNGS && (rung->map & (rung->map - 1)) != 0))
		return false;
	chain = detach(l, bucket);
	if (rung->map == 0) {
		end = rung->end;
		l->depth--;
	}
	rung_make(l, count, min, max, end);
	while ((n = chain_next(l, &chain, keys)) > 0)
		for (uint32_t i = 0; i < n; i++)
			qs_ladder_put(l, qs_ladder_bucket(l, l->depth - 1, keys[i]), keys[i]);
	return true;
}

/* The first bucket that is not empty; there is one. A rung that is empty ends. */
static uint32_t first_bucket(struct qs_ladder *l)
{
	const struct qs_rung *rung;

	while ((rung = &l->rungs[l->depth - 1])->map == 0) {
		l->floor = rung->end;
		l->depth--;
	}
	return (l->depth - 1) * QS_LADDER_BUCKETS + (uint32_t)__builtin_ctzll(rung->map);
}

uint32_t qs_ladder_first(struct qs_ladder *l, uint32_t few)
{
	uint32_t bucket;

	if (l->count == 0)
		return 0;
	for (;;) {
		bucket = first_bucket(l);
		if (l->counts[bucket] <= few || !divide(l, bucket))
			return l->counts[bucket];
	}
}

void qs_ladder_fetch(const struct rte_qsock_sched *s, const struct qs_ladder *l)
{
	const struct qs_rung *rung = &l->rungs[l->depth - 1];
	uint32_t bucket = (l->depth - 1) * QS_LADDER_BUCKETS + (uint32_t)__builtin_ctzll(rung->map);
	const qs_ladder_key *v = l->keys + (size_t)l->heads[bucket] * QS_LADDER_CHUNK;

	for (uint32_t k = (l->counts[bucket] - 1) % QS_LADDER_CHUNK + 1; k > 0; k--)
		__builtin_prefetch(&s->streams[(uint32_t)v[k - 1]], 1);
}

void qs_ladder_take(struct rte_qsock_sched *s, struct qs_ladder *l, qs_ladder_take_fn take)
{
	qs_ladder_key keys[QS_LADDER_CHUNK];
	uint32_t n, bucket = first_bucket(l);
	struct chain chain;

	l->floor = bucket_end(l, bucket);
	l->count -= l->counts[bucket];
	if (l->count == 0)
		l->floor = QS_LADDER_NONE;
	chain = detach(l, bucket);
	while ((n = chain_next(l, &chain, keys)) > 0)
		for (uint32_t i = 0; i < n; i++)
			take(s, (uint32_t)keys[i]);
	if (l->count == 0)
		l->depth = 0;
}

void qs_ladder_reset(struct qs_ladder *l)
{
	for (uint32_t c = 0; c < l->nr_chunks; c++)
		l->next[c] = c + 1 < l->nr_chunks ? c + 1 : QS_NIL;
	for (uint32_t b = 0; b < QS_LADDER_ALL; b++) {
		l->heads[b] = QS_NIL;
		l->counts[b] = 0;
	}
	l->free_chunk = 0;
	l->depth = 0;
	l->count = 0;
	l->floor = QS_LADDER_NONE;
}

int qs_ladder_create(struct rte_qsock_sched *s, struct qs_ladder *l, uint32_t max_members)
{
	const size_t chunk_bytes = QS_LADDER_CHUNK * sizeof(*l->keys);

	/* A bucket may have one that is not full; one more is emptied while others are filled. */
	l->nr_chunks = max_members / QS_LADDER_CHUNK + QS_LADDER_ALL + 2;
	l->keys = qs_sched_reserve(s, QS_RESERVE_FROM_FRONT(l->nr_chunks * chunk_bytes,
							    (QS_LADDER_ALL + 2) * chunk_bytes,
							    sizeof(*l->keys)));
	l->next = rte_qsock_sched_alloc(s, l->nr_chunks * sizeof(*l->next));
	l->owner = rte_qsock_sched_alloc(s, l->nr_chunks * sizeof(*l->owner));
	l->at = qs_sched_reserve(s, QS_RESERVE_BY_ID(max_members, sizeof(*l->at)));
	if (l->keys == NULL || l->next == NULL || l->owner == NULL || l->at == NULL)
		return -ENOMEM;
	qs_ladder_reset(l);
	return 0;
}
