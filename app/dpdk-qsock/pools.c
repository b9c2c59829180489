/* SPDX-License-Identifier: BSD-3-Clause */
#include "pools.h"

void dq_pools_add(struct dq_list *pools, struct rte_mempool *pool)
{
	if (pool == NULL)
		return;
	if (rte_mempool_in_use_count(pool) == 0)
		rte_mempool_free(pool);
	else
		dq_list_add(pools, pool);
}

void dq_pools_move(struct dq_list *pools, struct dq_list *from)
{
	while (from->count > 0) {
		dq_pools_add(pools, from->at[0]);
		dq_list_del(from, from->at[0]);
	}
}

uint32_t dq_pools_reap(struct dq_list *pools)
{
	uint32_t on_their_way = 0, used;
	unsigned int i = 0;

	while (i < pools->count) {
		struct rte_mempool *pool = pools->at[i];

		used = rte_mempool_in_use_count(pool);
		on_their_way += used;
		if (used > 0) {
			i++;
			continue;
		}
		dq_list_del(pools, pool);
		rte_mempool_free(pool);
	}
	return on_their_way;
}
