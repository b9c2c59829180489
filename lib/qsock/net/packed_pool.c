/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_mbuf_pool_ops.h>

#include "net/qs_packed_pool.h"

struct rte_mempool *qs_packed_pool_create(const char *name, uint32_t mbufs, uint32_t cache,
					  uint16_t data_room, int socket_id, const char *ops)
{
	struct rte_pktmbuf_pool_private priv = {.mbuf_data_room_size = data_room};
	struct rte_mempool *pool;
	int ret;

	pool = rte_mempool_create_empty(name, mbufs, (unsigned int)sizeof(struct rte_mbuf) + data_room, cache,
					sizeof(priv), socket_id,
					RTE_MEMPOOL_F_NO_SPREAD | RTE_MEMPOOL_F_NO_IOVA_CONTIG);
	if (pool == NULL)
		return NULL;
	ret = rte_mempool_set_ops_byname(pool, ops ? ops : rte_mbuf_best_mempool_ops(), NULL);
	if (ret == 0) {
		rte_pktmbuf_pool_init(pool, &priv);
		ret = rte_mempool_populate_default(pool);
	}
	if (ret < 0) {
		rte_mempool_free(pool);
		rte_errno = -ret;
		return NULL;
	}
	rte_mempool_obj_iter(pool, rte_pktmbuf_init, NULL);
	return pool;
}

bool qs_packed_pool_wanted(uint16_t eth_port_id)
{
	struct rte_eth_dev_info info;

	return rte_eth_dev_info_get(eth_port_id, &info) == 0 && info.driver_name != NULL &&
	       strcmp(info.driver_name, "net_af_xdp") == 0;
}

bool qs_packed_pool_is(const struct rte_mempool *pool)
{
	size_t stride = (size_t)pool->header_size + pool->elt_size + pool->trailer_size;
	const struct rte_mempool_objhdr *obj;
	uintptr_t next = 0;

	STAILQ_FOREACH (obj, &pool->elt_list, next) {
		if (next != 0 && (uintptr_t)obj != next)
			return false;
		next = (uintptr_t)obj + stride;
	}
	return pool->nb_mem_chunks == 1;
}
