/* SPDX-License-Identifier: BSD-3-Clause */
#include "sched/qs_link.h"

#include "sched_rig.h"

static void unit_slots(void **state)
{
	struct qs_link l = {.rate_bps = 8000000000};

	for (int i = 0; i < 5; i++)
		assert_int_equal(qs_link_time_ns(&l, 1000, 1), 1000);
	assert_int_equal(l.rem, 0);
}

static void overhead_counts_for_each_frame(void **state)
{
	struct qs_link l = {.rate_bps = 1000000000, .overhead_bytes = 24};

	assert_int_equal(qs_link_time_ns(&l, 1500, 1), 1524 * 8);
	assert_int_equal(qs_link_time_ns(&l, 3000, 2), 3048 * 8);
}

/* Against the formula, with changing lengths and rates that divide nothing. */
static void remainder_is_carried(void **state)
{
	static const uint64_t rates[] = {1000, 999983, 7777777, 8000000001, 999999999989, 1000000000000};
	uint64_t seed = 1;

	for (size_t k = 0; k < sizeof(rates) / sizeof(rates[0]); k++) {
		struct qs_link l = {.rate_bps = rates[k], .overhead_bytes = 24};
		unsigned __int128 bits = 0, ns = 0;

		for (int i = 0; i < 10000; i++) {
			uint32_t len = i % 3 != 0 ? 64 : rig_random(&seed, 65536);

			bits += (unsigned __int128)8000000000 * (len + 24);
			ns += qs_link_time_ns(&l, len, 1);
			assert_true(ns == bits / rates[k]);
			assert_true(l.rem == bits % rates[k]);
		}
	}
}

static void large_lengths_do_not_overflow(void **state)
{
	struct qs_link l = {.rate_bps = 1000000000000, .overhead_bytes = 255};

	assert_int_equal(qs_link_time_ns(&l, UINT32_MAX, 65535),
			 (8000000000u * (unsigned __int128)(UINT32_MAX + 255 * 65535ull)) / 1000000000000);
	l = (struct qs_link){.rate_bps = 1000};
	assert_true(qs_link_time_ns(&l, UINT64_MAX, 1) == UINT64_MAX);
	l = (struct qs_link){.rate_bps = 1000, .overhead_bytes = 1};
	assert_true(qs_link_time_ns(&l, UINT64_MAX, 1) == UINT64_MAX);
}

static void rate_may_change(void **state)
{
	struct qs_link l = {.rate_bps = 3000000000};

	assert_int_equal(qs_link_time_ns(&l, 1, 1), 2); /* 8000000000 = 2 * 3000000000 + 2000000000 */
	l.rate_bps = 1000000000;
	assert_int_equal(qs_link_time_ns(&l, 1, 1), 10);
	assert_int_equal(l.rem, 0);
	l.rate_bps = 0;
	assert_int_equal(qs_link_time_ns(&l, 1, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unit_slots),		cmocka_unit_test(overhead_counts_for_each_frame),
		cmocka_unit_test(remainder_is_carried), cmocka_unit_test(large_lengths_do_not_overflow),
		cmocka_unit_test(rate_may_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
