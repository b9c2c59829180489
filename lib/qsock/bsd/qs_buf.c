/* SPDX-License-Identifier: BSD-3-Clause */
#include <pthread.h>
#include <stdlib.h>

#include "bsd/qs_buf.h"

/* A thread's caches of all pools it ever used; pools are not freed while the process lives. */
struct owned {
	struct owned *next;
	struct rte_mempool *pool;
	struct rte_mempool_cache *cache;
};

__thread struct qs_buf_thread qs_buf_self __attribute__((tls_model("initial-exec")));

static pthread_key_t key;
static bool key_made;

static void thread_ends(void *arg)
{
	struct owned *o = arg, *next;

	qs_buf_self.pool = NULL;
	for (; o != NULL; o = next) {
		next = o->next;
		rte_mempool_cache_flush(o->cache, o->pool);
		rte_mempool_cache_free(o->cache);
		free(o);
	}
}

static void key_make(void)
{
	key_made = pthread_key_create(&key, thread_ends) == 0;
}

static struct owned *owned_make(struct rte_mempool *pool, struct owned *next)
{
	struct owned *o = malloc(sizeof(*o));

	if (o == NULL)
		return NULL;
	o->pool = pool;
	o->next = next;
	o->cache = rte_mempool_cache_create(QS_BUF_CACHE, SOCKET_ID_ANY);
	if (o->cache == NULL || pthread_setspecific(key, o) != 0) {
		if (o->cache != NULL)
			rte_mempool_cache_free(o->cache);
		free(o);
		return NULL;
	}
	return o;
}

struct rte_mempool_cache *qs_buf_cache(struct rte_mempool *pool)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct rte_mempool_cache *cache = rte_mempool_default_cache(pool, rte_lcore_id());
	struct owned *first, *o;

	pthread_once(&once, key_make);
	if (cache == NULL && key_made) {
		first = pthread_getspecific(key);
		for (o = first; o != NULL && o->pool != pool; o = o->next)
			continue;
		if (o == NULL)
			o = owned_make(pool, first);
		if (o != NULL)
			cache = o->cache;
	}
	if (cache != NULL) {
		qs_buf_self.cache = cache;
		qs_buf_self.pool = pool;
	}
	return cache;
}

struct rte_mbuf *qs_buf_get_slow(struct rte_mempool *pool)
{
	struct rte_mempool_cache *cache =
		likely(qs_buf_self.pool == pool) ? qs_buf_self.cache : qs_buf_cache(pool);
	void *m;

	return rte_mempool_generic_get(pool, &m, 1, cache) == 0 ? (struct rte_mbuf *)m : NULL;
}
