/* SPDX-License-Identifier: BSD-3-Clause */
/* The ready map: everything announced is found, once, in order; no wake-up is lost between threads. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/qs_ready.h"

struct map {
	struct qs_ready r;
	void *memory;
};

static void map_make(struct map *m, uint32_t ids)
{
	size_t bytes = qs_ready_bytes(ids);

	m->memory = aligned_alloc(64, (bytes + 63) & ~(size_t)63);
	assert_non_null(m->memory);
	memset(m->memory, 0, bytes);
	qs_ready_init(&m->r, m->memory, ids);
}

/* Sweep once: ids in ascending order, marked in found. @return how many */
static uint32_t sweep(struct map *m, uint8_t *found)
{
	uint32_t base, n = 0;
	int64_t last = -1;
	uint64_t bits;

	qs_ready_begin(&m->r);
	while ((bits = qs_ready_next(&m->r, &base)) != 0)
		for (; bits != 0; bits &= bits - 1, n++) {
			uint32_t id = base + (uint32_t)__builtin_ctzll(bits);

			assert_true((int64_t)id > last);
			last = id;
			found[id]++;
		}
	return n;
}

static void check_size(uint32_t ids)
{
	uint8_t *found = calloc(ids, 1), *set = calloc(ids, 1);
	uint32_t i, n = 0;
	struct map m;

	map_make(&m, ids);
	assert_false(qs_ready_any(&m.r));
	assert_int_equal(sweep(&m, found), 0);
	srand(ids);
	for (i = 0; i < 500; i++) {
		uint32_t id = (uint32_t)rand() % ids;

		n += !set[id];
		set[id] = 1;
		if (i % 2)
			qs_ready_set(&m.r, id);
		else
			qs_ready_set_own(&m.r, id);
	}
	n += !set[ids - 1];
	set[ids - 1] = 1;
	qs_ready_set(&m.r, ids - 1);
	assert_true(qs_ready_any(&m.r));
	assert_int_equal(sweep(&m, found), n);
	assert_memory_equal(found, set, ids);
	assert_false(qs_ready_any(&m.r));
	assert_int_equal(sweep(&m, found), 0);
	free(found);
	free(set);
	free(m.memory);
}

static void test_sizes(void **state)
{
	static const uint32_t sizes[] = {1,    2,    63,    64,	    65,	    128,    4095,
					 4096, 4097, 65536, 262144, 262145, 1048576};
	unsigned int i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		check_size(sizes[i]);
}

static void test_left_before_its_end(void **state)
{
	uint32_t base;
	struct map m;

	map_make(&m, 10000);
	qs_ready_set(&m.r, 5);
	qs_ready_set(&m.r, 9000);
	qs_ready_begin(&m.r);
	assert_int_equal(qs_ready_next(&m.r, &base), UINT64_C(1) << 5);
	assert_int_equal(base, 0);
	/* What is announced behind is for the next sweep, what is before us for this one or the next. */
	qs_ready_set(&m.r, 4);
	assert_true(qs_ready_any(&m.r));
	qs_ready_begin(&m.r);
	assert_int_equal(qs_ready_next(&m.r, &base), UINT64_C(1) << (9000 % 64));
	assert_int_equal(base, 9000 / 64 * 64);
	assert_int_equal(qs_ready_next(&m.r, &base), 0);
	qs_ready_begin(&m.r);
	assert_int_equal(qs_ready_next(&m.r, &base), UINT64_C(1) << 4);
	assert_int_equal(qs_ready_next(&m.r, &base), 0);
	assert_false(qs_ready_any(&m.r));
	free(m.memory);
}

/* The whole announcement, as send.c and ingest.c make it, with counters for rings. */
#define IDS 5000u
#define PRODUCERS 3u
#define ROUNDS 60000u

static struct cell {
	uint64_t put, taken;
	uint8_t announced;
} cells[IDS];
static struct map shared;

static void announce(uint32_t id)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(&cells[id].announced, __ATOMIC_RELAXED))
		return;
	__atomic_store_n(&cells[id].announced, 1, __ATOMIC_RELAXED);
	qs_ready_set(&shared.r, id);
}

static void *announcer(void *arg)
{
	uint32_t first = (uint32_t)(uintptr_t)arg, i, x = first + 1;

	for (i = 0; i < ROUNDS; i++) {
		uint32_t id;

		x = x * 1664525 + 1013904223;
		/* Each id has one producer; a few ids often, the others seldom. */
		id = (x >> 16) % (i % 4 ? 16 : IDS / PRODUCERS) * PRODUCERS + first;
		__atomic_store_n(&cells[id].put, cells[id].put + 1, __ATOMIC_RELEASE);
		announce(id);
	}
	return NULL;
}

static uint64_t drain(void)
{
	uint64_t bits, taken = 0;
	uint32_t base;

	qs_ready_begin(&shared.r);
	while ((bits = qs_ready_next(&shared.r, &base)) != 0)
		for (; bits != 0; bits &= bits - 1) {
			struct cell *c = &cells[base + (uint32_t)__builtin_ctzll(bits)];
			uint64_t put;

			__atomic_store_n(&c->announced, 0, __ATOMIC_RELAXED);
			__atomic_thread_fence(__ATOMIC_SEQ_CST);
			put = __atomic_load_n(&c->put, __ATOMIC_ACQUIRE);
			taken += put - c->taken;
			c->taken = put;
		}
	return taken;
}

static void test_no_wakeup_lost(void **state)
{
	pthread_t threads[PRODUCERS];
	uint64_t taken = 0, idle = 0;
	uintptr_t i;

	map_make(&shared, IDS);
	for (i = 0; i < PRODUCERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, announcer, (void *)i), 0);
	/* Only announced cells are looked at: one that was lost would never be taken. */
	while (taken < PRODUCERS * ROUNDS && idle < UINT64_C(200000000)) {
		uint64_t n = qs_ready_any(&shared.r) ? drain() : 0;

		taken += n;
		idle = n == 0 ? idle + 1 : 0;
	}
	for (i = 0; i < PRODUCERS; i++)
		pthread_join(threads[i], NULL);
	taken += drain();
	assert_int_equal(taken, PRODUCERS * ROUNDS);
	free(shared.memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_left_before_its_end),
		cmocka_unit_test(test_no_wakeup_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
