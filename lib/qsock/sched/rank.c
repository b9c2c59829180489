/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>

#include "qs_rank.h"

/*
 * A circle of slots goes 16 times as far as the usual deadline is ahead: what lies farther is odd. Classes
 * have few slots each, so that theirs goes 4 times as far only.
 */
#define AHEAD_LOG2 4
#define AHEAD_CLASS_LOG2 2

static uint32_t words_of(const struct qs_rank *r, enum qs_rank_kind kind)
{
	return kind == QS_RANK_BY_CLASS ? QS_RANK_CLASSES : (r->mask + 1) / 64;
}

void qs_rank_reset(struct qs_rank *r, enum qs_rank_kind kind, uint32_t ahead_log2_ns)
{
	r->odd = QS_NIL;
	r->top = 0;
	r->count = 0;
	if (kind == QS_RANK_PLAIN)
		return;

	uint32_t far = ahead_log2_ns + (kind == QS_RANK_BY_CLASS ? AHEAD_CLASS_LOG2 : AHEAD_LOG2);
	uint32_t slots_log2 = (uint32_t)__builtin_popcount(r->mask);

	r->shift = far > slots_log2 ? far - slots_log2 : 0;
	for (uint32_t i = 0; i < words_of(r, kind); i++)
		r->bits[i] = 0;
	for (uint32_t i = 0; i < words_of(r, kind) / 64; i++)
		r->sums[i] = 0;
}

int qs_rank_create(struct rte_qsock_sched *s, struct qs_rank *r, enum qs_rank_kind kind, uint32_t max_members,
		   struct qs_node *nodes)
{
	uint32_t slots = QS_RANK_SLOTS_MIN;

	while (slots < QS_RANK_SLOTS_MAX && slots / 16 < max_members)
		slots *= 2;
	r->nodes = nodes;
	r->mask = kind == QS_RANK_BY_CLASS ? QS_RANK_TIMES - 1 : slots - 1;
	if (kind != QS_RANK_PLAIN) {
		uint32_t words = words_of(r, kind);

		r->roots = rte_qsock_sched_alloc(s, (size_t)words * 64 * sizeof(*r->roots));
		r->bits = rte_qsock_sched_alloc(s, words * sizeof(*r->bits));
		r->sums = rte_qsock_sched_alloc(s, words / 64 * sizeof(*r->sums));
		r->owners = rte_qsock_sched_alloc(s, words * sizeof(*r->owners));
		if (r->roots == NULL || r->bits == NULL || r->sums == NULL || r->owners == NULL)
			return -ENOMEM;
	}
	qs_rank_reset(r, kind, 0);
	return 0;
}

struct qs_node *qs_rank_nodes(struct rte_qsock_sched *s, uint32_t n)
{
	struct qs_node *nodes = rte_qsock_sched_alloc(s, n * sizeof(*nodes));

	for (uint32_t i = 0; nodes != NULL && i < n; i++)
		nodes[i].slot = QS_NIL;
	return nodes;
}
