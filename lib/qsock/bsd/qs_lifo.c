/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_common.h>
#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_mempool.h>
#include <rte_ring.h>
#include <rte_spinlock.h>

#include "bsd/qs_lifo.h"
#include "eal/qs_wait.h"

struct lifo {
	rte_spinlock_t lock;
	uint32_t count;
	uint32_t size;
	struct rte_ring *aside;
	void *objects[];
};

static int lifo_alloc(struct rte_mempool *mp)
{
	struct lifo *lifo = rte_zmalloc_socket("qsock_lifo", sizeof(*lifo) + mp->size * sizeof(void *),
					       RTE_CACHE_LINE_SIZE, mp->socket_id);
	char name[RTE_RING_NAMESIZE];

	if (lifo == NULL)
		return -ENOMEM;
	snprintf(name, sizeof(name), "QL_%.20s", mp->name);
	/* In RTS mode one that is preempted in it does not keep the others waiting. */
	lifo->aside = rte_ring_create(name, rte_align32pow2(mp->size + 1), mp->socket_id,
				      RING_F_MP_RTS_ENQ | RING_F_MC_RTS_DEQ);
	if (lifo->aside == NULL) {
		rte_free(lifo);
		return -rte_errno;
	}
	rte_spinlock_init(&lifo->lock);
	lifo->size = mp->size;
	mp->pool_data = lifo;
	return 0;
}

static void lifo_free(struct rte_mempool *mp)
{
	struct lifo *lifo = mp->pool_data;

	if (lifo == NULL) /* a pool that could not be made is freed as well */
		return;
	rte_ring_free(lifo->aside);
	rte_free(lifo);
}

static int lifo_give(struct rte_mempool *mp, void *const *objects, unsigned int n)
{
	struct lifo *lifo = mp->pool_data;

	if (!rte_spinlock_trylock(&lifo->lock))
		return rte_ring_enqueue_bulk(lifo->aside, objects, n, NULL) == n ? 0 : -ENOBUFS;
	memcpy(&lifo->objects[lifo->count], objects, n * sizeof(objects[0]));
	lifo->count += n;
	rte_spinlock_unlock(&lifo->lock);
	return 0;
}

/* The lock is held. The last one given is the last one of the table: a cache begins with it. */
static int take_locked(struct lifo *lifo, void **objects, unsigned int n)
{
	if (lifo->count < n)
		lifo->count += rte_ring_dequeue_burst(lifo->aside, &lifo->objects[lifo->count],
						      lifo->size - lifo->count, NULL);
	if (lifo->count < n)
		return -ENOBUFS;
	lifo->count -= n;
	memcpy(objects, &lifo->objects[lifo->count], n * sizeof(objects[0]));
	return 0;
}

static int lifo_take(struct rte_mempool *mp, void **objects, unsigned int n)
{
	struct lifo *lifo = mp->pool_data;
	unsigned int spins = 0;
	int ret;

	while (!rte_spinlock_trylock(&lifo->lock)) {
		if (rte_ring_dequeue_bulk(lifo->aside, objects, n, NULL) == n)
			return 0;
		qs_wait(&spins);
	}
	ret = take_locked(lifo, objects, n);
	rte_spinlock_unlock(&lifo->lock);
	return ret;
}

static unsigned int lifo_count(const struct rte_mempool *mp)
{
	const struct lifo *lifo = mp->pool_data;

	return __atomic_load_n(&lifo->count, __ATOMIC_RELAXED) + rte_ring_count(lifo->aside);
}

int qs_lifo_register(void)
{
	static const struct rte_mempool_ops ops = {
		.name = QS_LIFO_OPS,
		.alloc = lifo_alloc,
		.free = lifo_free,
		.enqueue = lifo_give,
		.dequeue = lifo_take,
		.get_count = lifo_count,
	};
	static bool done;
	int ret;

	if (done)
		return 0;
	ret = rte_mempool_register_ops(&ops);
	done = ret >= 0;
	return ret < 0 ? ret : 0;
}
