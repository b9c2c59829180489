/* SPDX-License-Identifier: BSD-3-Clause */
/* The lock of sockets: one thread in it at a time, however it passes from owner to owner. */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include <rte_cycles.h>

#include "net/qs_sock_lock.h"

#define THREADS 3

/* A lock goes by the address alone: nobody looks at what is there. */
static const char place[2];
static const struct rte_qsock *const one = (const struct rte_qsock *)(const void *)&place[0];

static struct {
	volatile uint64_t a, b; /* under the lock, and the same */
	uint64_t wrong;
	uint64_t turns;
	uint64_t owned; /* times that a thread was its owner */
	uint32_t inside;
} shared;

static bool is_owner(void)
{
	return __atomic_load_n(&qs_sock_lock_of(one)->owner, __ATOMIC_RELAXED) == qs_sock_self;
}

static void turn(bool dawdle)
{
	bool owner;

	qs_sock_lock(one);
	owner = is_owner();
	if (__atomic_fetch_add(&shared.inside, 1, __ATOMIC_RELAXED) != 0 || shared.a != shared.b)
		shared.wrong++;
	shared.a++;
	if (dawdle)
		sched_yield();
	shared.b++;
	__atomic_fetch_sub(&shared.inside, 1, __ATOMIC_RELAXED);
	shared.turns++;
	shared.owned += owner;
	qs_sock_unlock(one);
}

/* The same without any locked instruction: what the barrier is for would be done by those. */
static void bare_turn(void)
{
	qs_sock_lock(one);
	if (shared.a != shared.b)
		shared.wrong++;
	shared.a++;
	shared.b++;
	qs_sock_unlock(one);
}

static void clear(void)
{
	shared.a = shared.b = 0;
	shared.wrong = shared.turns = shared.owned = 0;
}

/* Long rows make an owner, single turns of others end it. */
static void *many_turns(void *arg)
{
	unsigned int seed = (unsigned int)(uintptr_t)arg, i, n, round;

	for (round = 0; round < 300; round++) {
		n = rand_r(&seed) % 4 ? 1 : 3 * QS_SOCK_ROW;
		for (i = 0; i < n; i++)
			turn(rand_r(&seed) % 512 == 0);
		if (rand_r(&seed) % 2)
			usleep(rand_r(&seed) % 100);
	}
	return NULL;
}

static void test_one_at_a_time(void **state)
{
	pthread_t threads[THREADS];
	uintptr_t i;

	(void)state;
	clear();
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, many_turns, (void *)(i + 1)), 0);
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(shared.wrong, 0);
	assert_int_equal(shared.a, shared.turns);
	assert_true(shared.owned > QS_SOCK_ROW);
}

static bool stop;

static void *owner_turns(void *arg)
{
	uint64_t *turns = arg;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		bare_turn();
		++*turns;
	}
	return NULL;
}

/* An owner at full speed, and another thread that comes by once in a while. */
static void test_ownership_ends(void **state)
{
	uint64_t turns = 0, visits, end = rte_rdtsc() + UINT64_C(5000000000); /* a second or two */
	pthread_t thread;

	(void)state;
	clear();
	stop = false;
	assert_int_equal(pthread_create(&thread, NULL, owner_turns, &turns), 0);
	for (visits = 0; rte_rdtsc() < end; visits++) {
		bare_turn();
		for (volatile int i = 0; i < 20000; i++)
			continue;
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	assert_int_equal(shared.wrong, 0);
	assert_int_equal(shared.a, turns + visits);
}

static void *own_it(void *arg)
{
	unsigned int i;

	(void)arg;
	for (i = 0; i <= QS_SOCK_ROW; i++)
		turn(false);
	return (void *)(uintptr_t)is_owner();
}

/* The owner that ended does not keep the next ones out, nor what they own. */
static void test_owner_ends(void **state)
{
	pthread_t thread;
	void *owned;
	int i;

	(void)state;
	for (i = 0; i < 2000; i++) {
		clear();
		assert_int_equal(pthread_create(&thread, NULL, own_it, NULL), 0);
		assert_int_equal(pthread_join(thread, &owned), 0);
		assert_non_null(owned);
		assert_false(is_owner());
		if (i % 2)
			turn(false);
	}
	turn(false);
	assert_int_equal(shared.wrong, 0);
}

/* In a row means by one thread. */
static void test_no_owner_of_turns(void **state)
{
	pthread_t thread;
	unsigned int i;

	(void)state;
	clear();
	turn(false);
	for (i = 0; i < QS_SOCK_ROW - 2; i++)
		turn(false);
	assert_false(is_owner());
	assert_int_equal(pthread_create(&thread, NULL, many_turns, (void *)9), 0);
	pthread_join(thread, NULL);
	for (i = 0; i < QS_SOCK_ROW - 1; i++)
		turn(false);
	assert_false(is_owner());
	turn(false);
	assert_true(is_owner());
}

/* A moment of work with the lock held, on the CPU that the waiting thread wants. */
static void *holder(void *arg)
{
	volatile unsigned int work;

	qs_sock_lock(one);
	__atomic_store_n((uint32_t *)arg, 1, __ATOMIC_RELEASE);
	for (work = 0; work < 50000000; work++)
		;
	qs_sock_unlock(one);
	return NULL;
}

static uint64_t clock_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* What it burned of the time that it waited, in per cent. */
static void *real_time_waiter(void *arg)
{
	const struct sched_param above = {.sched_priority = 1};
	uint64_t began_ns, used_ns;

	if (pthread_setschedparam(pthread_self(), SCHED_FIFO, &above) != 0)
		return NULL;
	began_ns = clock_ns(CLOCK_MONOTONIC);
	used_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	qs_sock_lock(one);
	qs_sock_unlock(one);
	used_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) - used_ns;
	*(uint64_t *)arg = 1 + 100 * used_ns / (clock_ns(CLOCK_MONOTONIC) - began_ns);
	return NULL;
}

/* A thread of real-time priority waits for one without: it must leave it the CPU, which a yield does not. */
static void test_priorities(void **state)
{
	pthread_t low, high;
	uint32_t held = 0;
	uint64_t burned_percent = 0;
	cpu_set_t was, cpu;

	(void)state;
	clear();
	assert_int_equal(pthread_getaffinity_np(pthread_self(), sizeof(was), &was), 0);
	CPU_ZERO(&cpu);
	CPU_SET((size_t)sched_getcpu(), &cpu);
	assert_int_equal(pthread_setaffinity_np(pthread_self(), sizeof(cpu), &cpu), 0);
	assert_int_equal(pthread_create(&low, NULL, holder, &held), 0);
	while (__atomic_load_n(&held, __ATOMIC_ACQUIRE) == 0)
		sched_yield();
	assert_int_equal(pthread_create(&high, NULL, real_time_waiter, &burned_percent), 0);
	pthread_join(high, NULL);
	pthread_join(low, NULL);
	pthread_setaffinity_np(pthread_self(), sizeof(was), &was);
	if (burned_percent == 0) {
		print_message("SKIP: no real-time priority for this process\n");
		skip();
	}
	assert_in_range(burned_percent, 1, 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_owner_of_turns), cmocka_unit_test(test_one_at_a_time),
		cmocka_unit_test(test_ownership_ends),	  cmocka_unit_test(test_owner_ends),
		cmocka_unit_test(test_priorities),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
