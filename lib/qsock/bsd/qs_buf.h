/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Packet buffers for any thread. Those that EAL did not start have no cache in a mempool: they get one here,
 * which goes back when the thread ends.
 *
 * Senders take; the TX core gives back. What a sender took and could not use goes back to its cache only.
 */
#ifndef QS_BUF_H
#define QS_BUF_H

#include <rte_branch_prediction.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>
#include <rte_prefetch.h>

#ifdef __cplusplus
extern "C" {
#endif

#define QS_BUF_CACHE 64u /* buffers a thread keeps */
#define QS_BUF_AHEAD 4u	 /* so many are on their way into the CPU's cache */

/** A thread's cache of the pool that it used last. */
struct qs_buf_thread {
	struct rte_mempool *pool;
	struct rte_mempool_cache *cache;
};

extern __thread struct qs_buf_thread qs_buf_self __attribute__((tls_model("initial-exec")));

/** Find or make the thread's cache of a pool. @return it; NULL: no memory. [any] */
struct rte_mempool_cache *qs_buf_cache(struct rte_mempool *pool);

/** The long way, where qs_buf_get() had none at hand. [any] */
struct rte_mbuf *qs_buf_get_slow(struct rte_mempool *pool);

/** For writing, which rte_prefetch0_write() does not say to every x86-64 that knows it. */
static inline void qs_buf_prefetch(const void *line)
{
#ifdef RTE_ARCH_X86_64
	__asm__ volatile("prefetchw %0" : : "m"(*(const char *)line));
#else
	rte_prefetch0_write(line);
#endif
}

/** Where the data room of a buffer begins: pools are made without a private area. */
static inline uint8_t *qs_buf_start(struct rte_mbuf *m)
{
	return (uint8_t *)(m + 1);
}

/** An mbuf as it is in the pool, not reset; NULL: none at hand. Those to come are prefetched. [any] */
static inline struct rte_mbuf *qs_buf_get(struct rte_mempool *pool)
{
	struct rte_mempool_cache *cache = qs_buf_self.cache;
	char *next;

	if (unlikely(qs_buf_self.pool != pool || cache->len <= QS_BUF_AHEAD))
		return NULL;
	next = (char *)cache->objs[--cache->len - QS_BUF_AHEAD];
	qs_buf_prefetch(next);
	qs_buf_prefetch(next + RTE_CACHE_LINE_MIN_SIZE);
	qs_buf_prefetch(next + sizeof(struct rte_mbuf) + RTE_CACHE_LINE_MIN_SIZE);
	return (struct rte_mbuf *)cache->objs[cache->len];
}

/** Give back what qs_buf_get() gave and nobody has seen. [any] */
static inline void qs_buf_put(struct rte_mempool *pool, struct rte_mbuf *m)
{
	struct rte_mempool_cache *cache =
		likely(qs_buf_self.pool == pool) ? qs_buf_self.cache : qs_buf_cache(pool);
	void *object = m;

	rte_mempool_generic_put(pool, &object, 1, cache);
}

#ifdef __cplusplus
}
#endif
#endif
