/* SPDX-License-Identifier: BSD-3-Clause */
#include "sched/qs_window.h"

#include "sched_rig.h"

static uint64_t violations; /* of the stream under test */

static struct qs_stream stream(uint16_t x, uint16_t y, uint32_t x_now, uint32_t y_now, bool tagged)
{
	violations = 0;
	return (struct qs_stream){
		.x = x, .y = y, .x_now = x_now, .y_now = y_now, .flags = tagged ? QS_ST_TAGGED : 0};
}

#define assert_window(st, x_, y_, violations_, tagged_)                                                      \
	do {                                                                                                 \
		assert_int_equal((st).x_now, x_);                                                            \
		assert_int_equal((st).y_now, y_);                                                            \
		assert_int_equal(violations, violations_);                                                   \
		assert_int_equal(!!((st).flags & QS_ST_TAGGED), tagged_);                                    \
	} while (0)

static void rule_a(void **state)
{
	struct qs_stream st = stream(1, 3, 1, 3, false);

	violations += qs_window_service(&st);
	assert_window(st, 1, 2, 0, 0);
	violations += qs_window_service(&st);
	assert_window(st, 1, 1, 0, 0);
	violations += qs_window_service(&st); /* both reach 0 */
	assert_window(st, 1, 3, 0, 0);

	st = stream(2, 5, 0, 1, false);
	violations += qs_window_service(&st);
	assert_window(st, 2, 5, 0, 0);

	st = stream(2, 5, 0, 7, true); /* a tag is cleared by the next service */
	violations += qs_window_service(&st);
	assert_window(st, 2, 5, 0, 0);

	st = stream(2, 5, 0, 7, false);
	violations += qs_window_service(&st);
	assert_window(st, 0 + 0, 6, 0, 0);
}

static void rule_b(void **state)
{
	struct qs_stream st = stream(1, 3, 1, 3, false);

	violations += qs_window_miss(&st, 1);
	assert_window(st, 0, 2, 0, 0);
	violations += qs_window_miss(&st, 1);
	assert_window(st, 0, 3, 1, 1);

	st = stream(2, 4, 1, 1, false);
	violations += qs_window_miss(&st, 1);
	assert_window(st, 2, 4, 0, 0);

	st = stream(1, 1, 1, 1, true); /* a miss leaves the tag alone */
	violations += qs_window_miss(&st, 1);
	assert_window(st, 1, 1, 0, 1);

	st = stream(1, 2, 0, UINT32_MAX - 1, false);
	violations += qs_window_miss(&st, 1);
	assert_window(st, 0, UINT32_MAX, 1, 1);
	violations += qs_window_miss(&st, 1);
	assert_window(st, 0, UINT32_MAX, 2, 1);
}

static void no_window(void **state)
{
	struct qs_stream st = stream(0, 0, 0, 0, false);

	violations += qs_window_service(&st);
	violations += qs_window_miss(&st, 12);
	assert_window(st, 0, 0, 0, 0);
}

/* Many misses at once are as many in turn, from any state that can be reached. */
static void many_misses(void **state)
{
	uint64_t seed = 7;

	for (int i = 0; i < 200000; i++) {
		uint16_t y = (uint16_t)(1 + rig_random(&seed, i % 2 != 0 ? 6 : 300));
		uint16_t x = (uint16_t)rig_random(&seed, y + 1u);
		uint32_t n = 1 + rig_random(&seed, i % 3 != 0 ? 20 : 1000);
		struct qs_stream a = stream(x, y, x, y, false), b;
		uint64_t violations_a = 0, violations_b = 0;

		for (uint32_t k = rig_random(&seed, 12); k > 0; k--) {
			if (rig_random(&seed, 2) != 0)
				violations_a += qs_window_service(&a);
			else
				violations_a += qs_window_miss(&a, 1);
		}
		b = a;
		violations_b = violations_a;
		violations_a += qs_window_miss(&a, n);
		for (uint32_t k = 0; k < n; k++)
			violations_b += qs_window_miss(&b, 1);
		assert_memory_equal(&a, &b, sizeof(a));
		assert_int_equal(violations_a, violations_b);
	}
}

static void vds_rules(void **state)
{
	struct qs_stream st = stream(2, 3, 2, 3, false); /* m = 2 of k = 3 */

	violations += qs_vwindow_service(&st);
	assert_window(st, 1, 2, 0, 0);
	violations += qs_vwindow_service(&st);
	assert_window(st, 0, 1, 0, 0);
	violations += qs_vwindow_service(&st); /* more than asked for; the window ends without a violation */
	assert_window(st, 2, 3, 0, 0);
	violations += qs_vwindow_miss(&st, 1);
	assert_window(st, 2, 2, 0, 0);
	violations += qs_vwindow_miss(&st, 1);
	assert_window(st, 2, 1, 0, 0);
	violations += qs_vwindow_service(&st); /* one of two */
	assert_window(st, 2, 3, 1, 0);
	violations += qs_vwindow_miss(&st, 3);
	assert_window(st, 2, 3, 2, 0);
}

static void vds_many_misses(void **state)
{
	uint64_t seed = 3;

	for (int i = 0; i < 200000; i++) {
		uint16_t k = (uint16_t)(1 + rig_random(&seed, i % 2 != 0 ? 6 : 300));
		uint16_t m = (uint16_t)rig_random(&seed, k + 1u);
		uint32_t n = 1 + rig_random(&seed, i % 3 != 0 ? 20 : 1000);
		struct qs_stream a = stream(m, k, m, k, false), b;
		uint64_t violations_a = 0, violations_b = 0;

		for (uint32_t j = rig_random(&seed, 12); j > 0; j--) {
			if (rig_random(&seed, 2) != 0)
				violations_a += qs_vwindow_service(&a);
			else
				violations_a += qs_vwindow_miss(&a, 1);
		}
		b = a;
		violations_b = violations_a;
		violations_a += qs_vwindow_miss(&a, n);
		for (uint32_t j = 0; j < n; j++)
			violations_b += qs_vwindow_miss(&b, 1);
		assert_memory_equal(&a, &b, sizeof(a));
		assert_int_equal(violations_a, violations_b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rule_a),      cmocka_unit_test(rule_b),    cmocka_unit_test(no_window),
		cmocka_unit_test(many_misses), cmocka_unit_test(vds_rules), cmocka_unit_test(vds_many_misses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
