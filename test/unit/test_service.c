/* SPDX-License-Identifier: BSD-3-Clause */
/* The thread beside the data plane: times, wakes, descriptors, calls. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>
#include <pthread.h>
#include <sys/resource.h>

#include "net_eal.h"
#include "service/qs_service.h"

static struct qs_service *svc;

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * UINT64_C(1000000000) + (uint64_t)ts.tv_nsec;
}

struct hook {
	atomic_uint calls;
	uint64_t every_ns;
};

static uint64_t on_hook(void *arg, uint64_t now_ns)
{
	struct hook *h = arg;

	atomic_fetch_add(&h->calls, 1);
	return h->every_ns ? now_ns + h->every_ns : QS_SERVICE_NEVER;
}

/* Wait, bounded, for a counter to reach a value. */
static bool reached(atomic_uint *calls, unsigned int value)
{
	for (int i = 0; i < 3000 && atomic_load(calls) < value; i++)
		usleep(1000);
	return atomic_load(calls) >= value;
}

static void test_hook_times(void **state)
{
	static struct hook fast = {.every_ns = 1000000}, never;

	(void)state;
	assert_int_equal(qs_service_hook_add(svc, on_hook, &fast), 0);
	assert_int_equal(qs_service_hook_add(svc, on_hook, &never), 0);
	assert_true(reached(&fast.calls, 50));
	assert_in_range(atomic_load(&never.calls), 1, 3); /* once, and at most a sweep or two */
	atomic_store(&never.calls, 0);
	assert_true(reached(&never.calls, 1)); /* the sweep, once a second */
	assert_int_equal(qs_service_hook_del(svc, on_hook, &fast), 0);
	atomic_store(&fast.calls, 0);
	usleep(20000);
	assert_int_equal(atomic_load(&fast.calls), 0); /* not called any more */
	assert_int_equal(qs_service_hook_del(svc, on_hook, &never), 0);
}

static void test_wake(void **state)
{
	static struct hook h;

	(void)state;
	assert_int_equal(qs_service_hook_add(svc, on_hook, &h), 0);
	assert_true(reached(&h.calls, 1));
	for (unsigned int i = 0; i < 100; i++) {
		unsigned int before = atomic_load(&h.calls);
		uint64_t start = now();

		qs_service_wake(svc);
		assert_true(reached(&h.calls, before + 1));
		assert_true(now() - start < UINT64_C(900000000)); /* not merely the sweep */
	}
	assert_int_equal(qs_service_hook_del(svc, on_hook, &h), 0);
}

static int pipe_fds[2];
static atomic_uint pipe_calls;

static void on_pipe(void *arg)
{
	char byte;

	(void)arg;
	if (read(pipe_fds[0], &byte, 1) == 1)
		atomic_fetch_add(&pipe_calls, 1);
}

static void test_descriptor(void **state)
{
	(void)state;
	assert_int_equal(pipe(pipe_fds), 0);
	assert_int_equal(qs_service_fd_add(svc, pipe_fds[0], on_pipe, NULL), 0);
	assert_int_equal(write(pipe_fds[1], "abc", 3), 3);
	assert_true(reached(&pipe_calls, 3));
	assert_int_equal(qs_service_fd_del(svc, pipe_fds[0]), 0);
	assert_int_equal(write(pipe_fds[1], "d", 1), 1);
	usleep(20000);
	assert_int_equal(atomic_load(&pipe_calls), 3);
}

static int on_call(void *arg)
{
	return (*(int *)arg)++;
}

static int nested_call(void *arg)
{
	return qs_service_call(svc, on_call, arg); /* on the thread itself: no waiting for itself */
}

static void *caller(void *arg)
{
	for (int i = 0; i < 1000; i++)
		qs_service_call(svc, on_call, arg);
	return NULL;
}

static void test_calls(void **state)
{
	pthread_t threads[3];
	int count = 7;

	(void)state;
	assert_int_equal(qs_service_call(svc, on_call, &count), 7);
	assert_int_equal(qs_service_call(svc, nested_call, &count), 8);
	for (int i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, caller, &count), 0);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(count, 9 + 3000); /* no lock of ours: the thread is the lock */
}

static uint64_t removes_itself(void *arg, uint64_t now_ns)
{
	struct hook *h = arg;

	(void)now_ns;
	atomic_fetch_add(&h->calls, 1);
	qs_service_hook_del(svc, removes_itself, h);
	return 0;
}

static void test_hook_may_remove_itself(void **state)
{
	static struct hook h;

	(void)state;
	assert_int_equal(qs_service_hook_add(svc, removes_itself, &h), 0);
	assert_true(reached(&h.calls, 1));
	usleep(20000);
	assert_int_equal(atomic_load(&h.calls), 1);
}

static void test_errors(void **state)
{
	static struct hook h[QS_SERVICE_HOOKS_MAX + 1];
	int i, fd;

	(void)state;
	assert_null(qs_service_create(NULL));
	assert_int_equal(rte_errno, EINVAL);
	assert_null(qs_service_create("a-name-of-16-byt"));
	assert_int_equal(rte_errno, EINVAL);
	assert_int_equal(qs_service_hook_add(svc, NULL, NULL), -1);
	assert_int_equal(rte_errno, EINVAL);
	assert_int_equal(qs_service_hook_del(svc, on_hook, &h[0]), -1);
	assert_int_equal(rte_errno, ENOENT);
	for (i = 0; i < QS_SERVICE_HOOKS_MAX; i++)
		assert_int_equal(qs_service_hook_add(svc, on_hook, &h[i]), 0);
	assert_int_equal(qs_service_hook_add(svc, on_hook, &h[0]), -1);
	assert_int_equal(rte_errno, EEXIST);
	assert_int_equal(qs_service_hook_add(svc, on_hook, &h[i]), -1);
	assert_int_equal(rte_errno, ENOSPC);
	for (i = 0; i < QS_SERVICE_HOOKS_MAX; i++)
		assert_int_equal(qs_service_hook_del(svc, on_hook, &h[i]), 0);
	assert_int_equal(qs_service_fd_add(svc, -1, on_pipe, NULL), -1);
	assert_int_equal(rte_errno, EINVAL);
	assert_int_equal(qs_service_fd_del(svc, 99999), -1);
	assert_int_equal(rte_errno, ENOENT);
	for (i = 0; i < QS_SERVICE_FDS_MAX; i++) {
		fd = dup(pipe_fds[1]); /* never readable */
		assert_int_equal(qs_service_fd_add(svc, fd, on_pipe, NULL), 0);
		assert_int_equal(qs_service_fd_add(svc, fd, on_pipe, NULL), -1);
		assert_int_equal(rte_errno, EEXIST);
	}
	assert_int_equal(qs_service_fd_add(svc, pipe_fds[1], on_pipe, NULL), -1);
	assert_int_equal(rte_errno, ENOSPC);
}

/* A service with nothing to do takes no processor time to speak of. */
static void test_sleeps(void **state)
{
	struct qs_service *idle = qs_service_create("idle");
	struct rusage before, after;

	(void)state;
	assert_non_null(idle);
	getrusage(RUSAGE_SELF, &before);
	usleep(300000);
	getrusage(RUSAGE_SELF, &after);
	assert_in_range(after.ru_nvcsw - before.ru_nvcsw, 0, 100);
	qs_service_free(idle);
	qs_service_free(NULL);
}

static int up(void **state)
{
	(void)state;
	if (net_eal_up(63) < 0)
		return -1;
	svc = qs_service_create("test");
	return svc ? 0 : -1;
}

static int down(void **state)
{
	(void)state;
	qs_service_free(svc);
	return net_eal_down();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hook_times),
		cmocka_unit_test(test_wake),
		cmocka_unit_test(test_descriptor),
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_hook_may_remove_itself),
		cmocka_unit_test(test_sleeps),
		cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests(tests, up, down);
}
