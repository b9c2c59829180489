/* SPDX-License-Identifier: BSD-3-Clause */
/* The ring: what goes in comes out, in order, and not more than fits. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/qs_ring.h"

#define ENTRIES 16u
#define PACKETS 200000u

struct ring {
	struct qs_ring_put put __attribute__((aligned(64)));
	uint64_t take __attribute__((aligned(64)));
	struct qs_slot slots[ENTRIES];
};

static uint32_t ring_put(struct ring *r, uint32_t first, uint32_t n)
{
	uint32_t i, room = qs_ring_room(&r->put, &r->take, n);

	n = n < room ? n : room;
	for (i = 0; i < n; i++)
		qs_ring_at(&r->put, (uint32_t)r->put.pos + i)->len_bytes = first + i;
	qs_ring_put(&r->put, n);
	return n;
}

static uint32_t ring_take(struct ring *r, uint32_t first, uint32_t n)
{
	uint32_t i, used = (uint32_t)(qs_ring_end(&r->put) - r->take);

	n = n < used ? n : used;
	for (i = 0; i < n; i++)
		assert_int_equal(qs_ring_at(&r->put, (uint32_t)r->take + i)->len_bytes, first + i);
	qs_ring_taken(&r->take, r->take + n);
	return n;
}

static void test_full_and_empty(void **state)
{
	struct ring r = {0};

	r.take = 0;
	qs_ring_init(&r.put, r.slots, ENTRIES);
	assert_int_equal(ring_take(&r, 0, 1), 0);
	assert_int_equal(ring_put(&r, 0, 20), ENTRIES);
	assert_int_equal(ring_put(&r, 16, 1), 0);
	assert_int_equal(ring_take(&r, 0, 3), 3);
	assert_int_equal(qs_ring_room(&r.put, &r.take, ENTRIES), 3);
	assert_int_equal(ring_put(&r, 16, 5), 3);
	assert_int_equal(ring_take(&r, 3, 100), ENTRIES);
	assert_int_equal(ring_take(&r, 0, 1), 0);
}

static void test_wrap(void **state)
{
	struct ring r = {0};
	uint32_t put = 0, taken = 0, i;

	r.take = 0;
	qs_ring_init(&r.put, r.slots, ENTRIES);
	for (i = 0; i < 10000; i++) {
		put += ring_put(&r, put, 1 + i % 7);
		taken += ring_take(&r, taken, 1 + i % 5);
		assert_true(put - taken <= ENTRIES);
	}
	taken += ring_take(&r, taken, ENTRIES);
	assert_int_equal(put, taken);
}

/* A ring with little in it stays at its beginning, whatever its size. */
static void test_stays_small(void **state)
{
	static struct qs_slot slots[16 * QS_RING_LOOK];
	struct qs_ring_put put;
	uint64_t take = 0;
	uint32_t i;

	qs_ring_init(&put, slots, 16 * QS_RING_LOOK);
	for (i = 0; i < 20 * QS_RING_LOOK; i++) {
		assert_true(qs_ring_room(&put, &take, 1) >= 1);
		assert_true(qs_ring_at(&put, (uint32_t)put.pos) < slots + QS_RING_LOOK);
		qs_ring_put(&put, 1);
		qs_ring_taken(&take, take + 1);
	}
}

static void test_positions_wrap(void **state)
{
	struct ring r = {0};

	qs_ring_init(&r.put, r.slots, ENTRIES);
	r.put.pos = r.take = UINT64_C(0xfffffffd);
	r.put.look = r.put.base = 0xfffffffd;
	assert_int_equal(ring_put(&r, 0, 10), 10);
	assert_int_equal(ring_take(&r, 0, 4), 4);
	assert_int_equal(ring_put(&r, 10, 20), 10);
	assert_int_equal(ring_take(&r, 4, 20), 16);
}

/* Many at once, more than the next look at the consumer is away, take no more room than there is. */
static void test_many_at_once(void **state)
{
	static struct qs_slot slots[16 * QS_RING_LOOK];
	const uint32_t entries = 16 * QS_RING_LOOK, many = 3 * QS_RING_LOOK;
	struct qs_ring_put put;
	uint64_t take = 0;
	uint32_t n = 0;

	qs_ring_init(&put, slots, entries);
	for (; n + many <= entries; n += many) {
		assert_true(qs_ring_room(&put, &take, many) >= many);
		qs_ring_put(&put, many);
	}
	for (; qs_ring_room(&put, &take, 1) > 0 && n < 2 * entries; n++)
		qs_ring_put(&put, 1);
	assert_int_equal(n, entries);
	assert_true(qs_ring_room(&put, &take, entries) == 0);
}

static void *producer(void *arg)
{
	struct ring *r = arg;
	uint32_t put = 0;

	while (put < PACKETS)
		put += ring_put(r, put, PACKETS - put < 5 ? PACKETS - put : 5);
	return NULL;
}

static void test_two_threads(void **state)
{
	static struct ring r;
	pthread_t thread;
	uint32_t taken = 0;

	r.take = 0;
	qs_ring_init(&r.put, r.slots, ENTRIES);
	assert_int_equal(pthread_create(&thread, NULL, producer, &r), 0);
	while (taken < PACKETS)
		taken += ring_take(&r, taken, 8);
	pthread_join(thread, NULL);
	assert_int_equal(qs_ring_end(&r.put) - r.take, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_full_and_empty), cmocka_unit_test(test_wrap),
		cmocka_unit_test(test_stays_small),    cmocka_unit_test(test_positions_wrap),
		cmocka_unit_test(test_many_at_once),   cmocka_unit_test(test_two_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
