/* SPDX-License-Identifier: BSD-3-Clause */
/* Buffers on a stack: the last one given is the next one taken, and no thread gets what another has. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <rte_mempool.h>

#include "bsd/qs_lifo.h"
#include "net_eal.h"

#define OBJECTS 500u
#define THREADS 4u
#define ROUNDS 100000u
#define BULK 64u

static struct rte_mempool *pool_make(const char *name)
{
	struct rte_mempool *pool = rte_mempool_create_empty(name, OBJECTS, 64, 0, 0, SOCKET_ID_ANY, 0);

	assert_non_null(pool);
	assert_int_equal(qs_lifo_register(), 0);
	assert_int_equal(rte_mempool_set_ops_byname(pool, QS_LIFO_OPS, NULL), 0);
	assert_int_equal(rte_mempool_populate_default(pool), (int)OBJECTS);
	return pool;
}

static void test_last_is_first(void **state)
{
	struct rte_mempool *pool = pool_make("last");
	void *a[OBJECTS], *b[OBJECTS];

	(void)state;
	assert_int_equal(rte_mempool_avail_count(pool), OBJECTS);
	assert_int_equal(rte_mempool_ops_dequeue_bulk(pool, a, OBJECTS), 0);
	assert_int_equal(rte_mempool_avail_count(pool), 0);
	assert_true(rte_mempool_ops_dequeue_bulk(pool, b, 1) < 0);
	assert_int_equal(rte_mempool_ops_enqueue_bulk(pool, a, OBJECTS), 0);
	assert_int_equal(rte_mempool_ops_dequeue_bulk(pool, b, 3), 0);
	assert_memory_equal(b, &a[OBJECTS - 3], 3 * sizeof(a[0]));
	assert_int_equal(rte_mempool_avail_count(pool), OBJECTS - 3);
	/* All or none. */
	assert_true(rte_mempool_ops_dequeue_bulk(pool, a, OBJECTS) < 0);
	assert_int_equal(rte_mempool_avail_count(pool), OBJECTS - 3);
	assert_int_equal(rte_mempool_ops_enqueue_bulk(pool, b, 3), 0);
	rte_mempool_free(pool);
}

struct worker {
	pthread_t thread;
	struct rte_mempool *pool;
	unsigned int seed;
	uint64_t had, wrong;
};

/* Each object says who has it. */
static void *work(void *arg)
{
	struct worker *w = arg;
	uint64_t me = w->seed, none = 0;
	void *objects[BULK];
	unsigned int i, n, round;

	for (round = 0; round < ROUNDS; round++) {
		n = 1 + (unsigned int)rand_r(&w->seed) % BULK;
		if (rte_mempool_ops_dequeue_bulk(w->pool, objects, n) < 0)
			continue;
		for (i = 0; i < n; i++, none = 0)
			w->wrong += !__atomic_compare_exchange_n((uint64_t *)objects[i], &none, me, false,
								 __ATOMIC_RELAXED, __ATOMIC_RELAXED);
		for (i = 0; i < n; i++)
			w->wrong += __atomic_exchange_n((uint64_t *)objects[i], 0, __ATOMIC_RELAXED) != me;
		w->had += n;
		if (rte_mempool_ops_enqueue_bulk(w->pool, objects, n) < 0)
			w->wrong++;
	}
	return NULL;
}

static void test_each_has_its_own(void **state)
{
	struct rte_mempool *pool = pool_make("own");
	struct worker workers[THREADS] = {0};
	void *all[OBJECTS];
	unsigned int i;

	(void)state;
	assert_int_equal(rte_mempool_ops_dequeue_bulk(pool, all, OBJECTS), 0);
	for (i = 0; i < OBJECTS; i++)
		memset(all[i], 0, sizeof(uint64_t));
	assert_int_equal(rte_mempool_ops_enqueue_bulk(pool, all, OBJECTS), 0);
	for (i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){.pool = pool, .seed = i + 1};
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	}
	for (i = 0; i < THREADS; i++) {
		pthread_join(workers[i].thread, NULL);
		assert_int_equal(workers[i].wrong, 0);
		assert_true(workers[i].had > ROUNDS);
	}
	/* What went aside is found, too. */
	assert_int_equal(rte_mempool_avail_count(pool), OBJECTS);
	assert_int_equal(rte_mempool_ops_dequeue_bulk(pool, all, OBJECTS), 0);
	assert_int_equal(rte_mempool_ops_enqueue_bulk(pool, all, OBJECTS), 0);
	rte_mempool_free(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_last_is_first),
		cmocka_unit_test(test_each_has_its_own),
	};

	return cmocka_run_group_tests(tests, net_eal_setup, net_eal_teardown);
}
