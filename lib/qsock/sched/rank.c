/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>

#include "qs_rank.h"

static uint32_t words_of(enum qs_rank_kind kind)
{
	return kind == QS_RANK_BY_CLASS ? QS_RANK_CLASSES : QS_RANK_SLOTS / 64;
}

void qs_rank_reset(struct qs_rank *r, enum qs_rank_kind kind)
{
	r->odd = QS_NIL;
	r->top = 0;
	if (kind == QS_RANK_PLAIN)
		return;
	for (uint32_t i = 0; i < words_of(kind); i++)
		r->bits[i] = 0;
	for (uint32_t i = 0; i < words_of(kind) / 64; i++)
		r->sums[i] = 0;
}

int qs_rank_create(struct rte_qsock_sched *s, struct qs_rank *r, enum qs_rank_kind kind,
		   struct qs_node *nodes)
{
	uint32_t words = words_of(kind);

	r->nodes = nodes;
	if (kind != QS_RANK_PLAIN) {
		r->roots = rte_qsock_sched_alloc(s, (size_t)words * 64 * sizeof(*r->roots));
		r->bits = rte_qsock_sched_alloc(s, words * sizeof(*r->bits));
		r->sums = rte_qsock_sched_alloc(s, words / 64 * sizeof(*r->sums));
		r->owners = rte_qsock_sched_alloc(s, words * sizeof(*r->owners));
		if (r->roots == NULL || r->bits == NULL || r->sums == NULL || r->owners == NULL)
			return -ENOMEM;
	}
	qs_rank_reset(r, kind);
	return 0;
}

struct qs_node *qs_rank_nodes(struct rte_qsock_sched *s, uint32_t n)
{
	struct qs_node *nodes = rte_qsock_sched_alloc(s, n * sizeof(*nodes));

	for (uint32_t i = 0; nodes != NULL && i < n; i++)
		nodes[i].slot = QS_NIL;
	return nodes;
}
