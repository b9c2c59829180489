/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Ready streams of which too many are alike for the row: a heap of ids, of four children each. Streams are
 * compared wherever they meet, so it is slow, and small.
 */
#ifndef QS_HEAP_H
#define QS_HEAP_H

#include "qs_types.h"

struct qs_heap {
	uint32_t *v;
	uint32_t *at; /* where a stream stands, by id; the owner's */
	uint32_t count;
};

/* Whether stream a comes before stream b. */
typedef bool (*qs_heap_before_fn)(const struct rte_qsock_sched *s, uint32_t a, uint32_t b);

static inline bool qs_heap_empty(const struct qs_heap *h)
{
	return h->count == 0;
}

static inline uint32_t qs_heap_first(const struct qs_heap *h)
{
	return h->v[0];
}

void qs_heap_push(const struct rte_qsock_sched *s, struct qs_heap *h, uint32_t id, qs_heap_before_fn before);
/* Take out who stands there. */
void qs_heap_take(const struct rte_qsock_sched *s, struct qs_heap *h, uint32_t at, qs_heap_before_fn before);

#endif
