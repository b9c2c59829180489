/* SPDX-License-Identifier: BSD-3-Clause */
/* The clock from the TSC: it follows the kernel's, and never goes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "core/qs_clock.h"
#include "rte_qsock.h"

#define HZ UINT64_C(2596000000)

static uint64_t tsc_of(uint64_t ns, double error_ppm)
{
	return (uint64_t)((double)ns * (double)HZ / 1e9 * (1 + error_ppm / 1e6));
}

static void test_straight(void **state)
{
	struct qs_clock c;
	uint64_t ns;

	qs_clock_init(&c, HZ, 1000, 5000);
	assert_int_equal(qs_clock_at(&c, 1000), 5000);
	for (ns = 0; ns < UINT64_C(3000000000); ns += 1234567)
		assert_true(llabs((long long)(qs_clock_at(&c, 1000 + tsc_of(ns, 0)) - 5000 - ns)) <= 3);
	/* Another CPU's TSC may be a little behind the anchor: time stands, it does not wrap. */
	assert_int_equal(qs_clock_at(&c, 990), 5000);
}

/* A TSC that runs wrong by so many ppm, anchored every 100 ms or later, with noise in what is read. */
static void follow(double ppm, uint64_t step_ns)
{
	struct qs_clock c;
	uint64_t ns, last = 0, anchor = 0;

	srand(1);
	qs_clock_init(&c, HZ, 0, 0);
	for (ns = 0; ns < UINT64_C(10000000000); ns += 997003) {
		uint64_t tsc = tsc_of(ns, ppm), at;

		if (ns - anchor >= step_ns) {
			uint64_t before = qs_clock_at(&c, tsc);

			qs_clock_anchor(&c, tsc, ns + (uint64_t)(rand() % 300));
			anchor = ns;
			assert_true(qs_clock_at(&c, tsc) >= before);
		}
		at = qs_clock_at(&c, tsc);
		assert_true(at >= last);
		last = at;
		if (ns > UINT64_C(1000000000))
			assert_true(llabs((long long)(at - ns)) < 5000);
	}
}

static void test_follow(void **state)
{
	follow(0, QS_CLOCK_ANCHOR_NS);
	follow(200, QS_CLOCK_ANCHOR_NS);
	follow(-200, QS_CLOCK_ANCHOR_NS);
	follow(50, 7 * QS_CLOCK_ANCHOR_NS);
}

static void test_kernel_behind(void **state)
{
	struct qs_clock c;
	uint64_t ns, last = 0;

	/* The clock is ahead by 20 ms: it slows down until the kernel's has caught up. */
	qs_clock_init(&c, HZ, 0, 20000000);
	for (ns = 0; ns < UINT64_C(2000000000); ns += 1000000) {
		if (ns % QS_CLOCK_ANCHOR_NS == 0 && ns > 0)
			qs_clock_anchor(&c, tsc_of(ns, 0), ns);
		assert_true(qs_clock_at(&c, tsc_of(ns, 0)) > last || ns == 0);
		last = qs_clock_at(&c, tsc_of(ns, 0));
	}
	assert_true(llabs((long long)(last - (ns - 1000000))) < 1000);
}

static void test_kernel_ahead(void **state)
{
	struct qs_clock c;

	/* After a suspended machine: forward at once, and no slope from it. */
	qs_clock_init(&c, HZ, 0, 0);
	qs_clock_anchor(&c, tsc_of(100000000, 0), UINT64_C(3600000000000));
	assert_true(qs_clock_at(&c, tsc_of(100000000, 0)) >= UINT64_C(3600000000000));
	assert_true(qs_clock_at(&c, tsc_of(200000000, 0)) < UINT64_C(3600000000000) + 101000000);
}

/* After an idle time in which the kernel's clock went at another rate: right at once, in either direction. */
static void idle(double ppm)
{
	const uint64_t from = UINT64_C(200000000), to = UINT64_C(1000000000000);
	struct qs_clock c;
	uint64_t told;

	qs_clock_init(&c, HZ, 0, 0);
	qs_clock_anchor(&c, tsc_of(from, 0), from);
	assert_false(qs_clock_lost(&c, tsc_of(from + 2 * QS_CLOCK_ANCHOR_NS, 0) - 1));
	told = qs_clock_at(&c, tsc_of(from + QS_CLOCK_ANCHOR_NS, 0));
	assert_true(qs_clock_lost(&c, tsc_of(to, ppm)));
	qs_clock_resume(&c, tsc_of(to, ppm), to);
	assert_true(qs_clock_at(&c, tsc_of(to, ppm)) > told);
	assert_int_equal(qs_clock_at(&c, tsc_of(to, ppm)), to);
	/* And goes on with what was measured. */
	assert_true(llabs((long long)(qs_clock_at(&c, tsc_of(to + 90000000, ppm)) - to - 90000000)) < 2000);
}

static void test_idle(void **state)
{
	idle(100);
	idle(-100);
}

/* What was told is not taken back, wherever the kernel's clock is. */
static void test_told(void **state)
{
	const uint64_t later = tsc_of(UINT64_C(1000000000), 0);
	struct qs_clock c;

	qs_clock_init(&c, HZ, 0, 20000000);
	qs_clock_resume(&c, later, 1000);
	assert_true(qs_clock_at(&c, later) > 20000000 + QS_CLOCK_ANCHOR_NS - 1000);
	c.told_ns = UINT64_C(5000000000);
	qs_clock_resume(&c, 2 * later, 2000);
	assert_int_equal(qs_clock_at(&c, 2 * later), UINT64_C(5000000001));
}

/* The TSC begins anew where a machine was suspended. */
static void test_tsc_begins_anew(void **state)
{
	const uint64_t hour = UINT64_C(3600000000000);
	struct qs_clock c;

	qs_clock_init(&c, HZ, tsc_of(hour, 0), hour);
	assert_false(qs_clock_lost(&c, tsc_of(hour, 0) - 1000));
	assert_true(qs_clock_lost(&c, 5000));
	qs_clock_resume(&c, 5000, 2 * hour);
	assert_int_equal(qs_clock_at(&c, 5000), 2 * hour);
	assert_true(llabs((long long)(qs_clock_at(&c, 5000 + tsc_of(90000000, 0)) - 2 * hour - 90000000)) <
		    100);
}

static void test_now(void **state)
{
	struct timespec ts;
	uint64_t last = 0, now;
	int i;

	for (i = 0; i < 100000; i++) {
		now = rte_qsock_now_ns();
		assert_true(now >= last);
		last = now;
	}
	clock_gettime(CLOCK_MONOTONIC, &ts);
	now = (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
	assert_true(now - last < 1000000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_straight),
		cmocka_unit_test(test_follow),
		cmocka_unit_test(test_kernel_behind),
		cmocka_unit_test(test_kernel_ahead),
		cmocka_unit_test(test_idle),
		cmocka_unit_test(test_told),
		cmocka_unit_test(test_tsc_begins_anew),
		cmocka_unit_test(test_now),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
