/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdbool.h>
#include <stdio.h>

#include <rte_errno.h>
#include <rte_mbuf.h>

#include "bsd/qs_lifo.h"
#include "bsd/qs_pool.h"
#include "eal/qs_log.h"
#include "net/qs_packed_pool.h"

#define POOLS_MAX 64u
#define CACHE 128u /* of an lcore */

static struct {
	struct rte_mempool *pool;
	uint16_t room;
	int socket_id;
	bool packed; /* net_af_xdp: see net/qs_packed_pool.h */
	bool taken;
} pools[POOLS_MAX];
static unsigned int made;

/*
 * Only the TX core gives back while it runs, so it never waits; but senders take, and one that is preempted
 * meanwhile must not keep it waiting: hence the stack with a ring aside.
 */
static struct rte_mempool *pool_make(uint32_t buffers, uint16_t room, bool packed, int socket_id)
{
	struct rte_mempool *pool;
	char name[RTE_MEMPOOL_NAMESIZE];

	snprintf(name, sizeof(name), "qsock%u", made);
	room = (uint16_t)(room + RTE_PKTMBUF_HEADROOM);
	if (qs_lifo_register() < 0) {
		QS_LOG(ERR, "no place left for the library's kind of mempool\n");
		return NULL;
	}
	pool = packed ? qs_packed_pool_create(name, buffers, CACHE, room, socket_id, QS_LIFO_OPS)
		      : rte_pktmbuf_pool_create_by_ops(name, buffers, CACHE, 0, room, socket_id, QS_LIFO_OPS);
	if (pool == NULL)
		QS_LOG(ERR, "no memory for %u buffers of %u bytes: %s\n", buffers, room,
		       rte_strerror(rte_errno));
	return pool;
}

struct rte_mempool *qs_pool_take(uint32_t buffers, uint16_t room, bool packed, int socket_id)
{
	unsigned int i;

	for (i = 0; i < made; i++) {
		if (!pools[i].taken && pools[i].pool->size == buffers && pools[i].room == room &&
		    pools[i].packed == packed && pools[i].socket_id == socket_id) {
			pools[i].taken = true;
			return pools[i].pool;
		}
	}
	if (made == POOLS_MAX)
		return NULL;
	pools[made].pool = pool_make(buffers, room, packed, socket_id);
	if (pools[made].pool == NULL)
		return NULL;
	pools[made].room = room;
	pools[made].packed = packed;
	pools[made].socket_id = socket_id;
	pools[made].taken = true;
	return pools[made++].pool;
}

void qs_pool_give(struct rte_mempool *pool)
{
	unsigned int i;

	for (i = 0; i < made; i++) {
		if (pools[i].pool == pool)
			pools[i].taken = false;
	}
}
