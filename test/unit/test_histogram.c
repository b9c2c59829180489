/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <util/qs_histogram.h>

/* Each bucket begins where the one before ends, and they cover all times. */
static void buckets(void **state)
{
	unsigned int i;
	uint64_t bound;

	for (i = 0; i + 1 < QS_HISTOGRAM_BUCKETS; i++) {
		bound = qs_histogram_bound(i);
		assert_int_equal(qs_histogram_bucket(bound), i);
		assert_int_equal(qs_histogram_bucket(bound + 1), i + 1);
	}
	assert_int_equal(qs_histogram_bucket(0), 0);
	assert_int_equal(qs_histogram_bucket(UINT64_MAX), QS_HISTOGRAM_BUCKETS - 1);
	assert_int_equal(qs_histogram_bound(QS_HISTOGRAM_BUCKETS - 1), UINT64_MAX);
	assert_int_equal(qs_histogram_bucket(UINT64_C(1) << QS_HISTOGRAM_TOP_BITS), QS_HISTOGRAM_BUCKETS - 1);
}

static void empty(void **state)
{
	struct qs_histogram h = {0};

	assert_int_equal(qs_histogram_percentile(&h, 500), 0);
	assert_int_equal(qs_histogram_mean(&h), 0);
}

static int by_value(const void *pa, const void *pb)
{
	const uint64_t *a = pa, *b = pb;

	return *a < *b ? -1 : *a > *b;
}

/* Against sorted samples: never too low, less than 1/16 too high. */
static void percentiles(void **state)
{
	enum { N = 5000 };
	static uint64_t samples[N];
	struct qs_histogram h = {0};
	uint64_t x = 88172645463325252u, exact, got, sum = 0;
	unsigned int i, p;

	for (i = 0; i < N; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		samples[i] = x >> (24 + x % 36);
		sum += samples[i];
		qs_histogram_add(&h, samples[i]);
	}
	qsort(samples, N, sizeof(samples[0]), by_value);
	assert_int_equal(h.count, N);
	assert_int_equal(h.min_ns, samples[0]);
	assert_int_equal(h.max_ns, samples[N - 1]);
	assert_int_equal(qs_histogram_mean(&h), sum / N);
	for (p = 1; p <= 1000; p++) {
		exact = samples[((uint64_t)N * p + 999) / 1000 - 1];
		got = qs_histogram_percentile(&h, p);
		assert_true(got >= exact);
		assert_true(got - exact <= exact / 16);
	}
	assert_int_equal(qs_histogram_percentile(&h, 0), samples[0]);
	assert_int_equal(qs_histogram_percentile(&h, 1000), samples[N - 1]);
}

static void merge(void **state)
{
	struct qs_histogram a = {0}, b = {0}, both = {0}, none = {0};
	uint64_t i;

	for (i = 0; i < 1000; i++) {
		qs_histogram_add(i % 3 ? &a : &b, i * i * 977);
		qs_histogram_add(&both, i * i * 977);
	}
	qs_histogram_merge(&a, &b);
	qs_histogram_merge(&a, &none);
	assert_memory_equal(&a, &both, sizeof(a));
	qs_histogram_merge(&none, &both);
	assert_memory_equal(&none, &both, sizeof(none));
}

/* The sum passes 64 bits; the mean does not care. */
static void long_sum(void **state)
{
	struct qs_histogram h = {0}, twice = {0};
	unsigned int i;

	for (i = 0; i < 10; i++)
		qs_histogram_add(&h, UINT64_MAX - 5);
	assert_int_equal(qs_histogram_mean(&h), UINT64_MAX - 5);
	assert_int_equal(qs_histogram_percentile(&h, 500), UINT64_MAX - 5);
	qs_histogram_merge(&twice, &h);
	qs_histogram_merge(&twice, &h);
	assert_int_equal(twice.count, 20);
	assert_int_equal(qs_histogram_mean(&twice), UINT64_MAX - 5);
}

static void *writer(void *arg)
{
	struct qs_histogram *h = arg;
	uint64_t i;

	for (i = 0; i < 300000; i++) {
		if (i % 100000 == 0)
			qs_histogram_clear(h);
		qs_histogram_add(h, 1000 + i % 1000);
	}
	return NULL;
}

/* Whatever the moment, a copy makes sense; the thread sanitizer sees that it is no race. */
static void copy_meanwhile(void **state)
{
	static struct qs_histogram h;
	struct qs_histogram copy;
	pthread_t thread;
	unsigned int i;
	uint64_t sum;

	assert_int_equal(pthread_create(&thread, NULL, writer, &h), 0);
	do {
		qs_histogram_copy(&copy, &h);
		for (i = 0, sum = 0; i < QS_HISTOGRAM_BUCKETS; i++)
			sum += copy.buckets[i];
		assert_int_equal(copy.count, sum);
		assert_true(qs_histogram_mean(&copy) <= 1999);
		assert_true(qs_histogram_percentile(&copy, 999) <= 1999);
	} while (pthread_tryjoin_np(thread, NULL) != 0);
	qs_histogram_copy(&copy, &h);
	assert_memory_equal(&copy, &h, sizeof(h));
	assert_int_equal(copy.count, 100000);
	assert_int_equal(copy.min_ns, 1000);
	assert_int_equal(copy.max_ns, 1999);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buckets), cmocka_unit_test(empty),    cmocka_unit_test(percentiles),
		cmocka_unit_test(merge),   cmocka_unit_test(long_sum),
		cmocka_unit_test(copy_meanwhile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
