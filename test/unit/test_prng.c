/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <qs_prng.h>

/* Known values: a change would change what published scenarios give. */
static void known(void **state)
{
	struct qs_prng p = {.state = 1234567};

	/* From the published SplitMix64. */
	assert_int_equal(qs_prng_next(&p), UINT64_C(6457827717110365317));
	assert_int_equal(qs_prng_next(&p), UINT64_C(3203168211198807973));
}

static void seeds_and_names(void **state)
{
	struct qs_prng a, b, c, d;

	qs_prng_init(&a, 1, "a");
	qs_prng_init(&b, 1, "a");
	qs_prng_init(&c, 2, "a");
	qs_prng_init(&d, 1, "b");
	assert_int_equal(a.state, b.state);
	assert_int_not_equal(a.state, c.state);
	assert_int_not_equal(a.state, d.state);
}

/* Mean, median (ln 2) and the share beyond three means (5.0 %). */
static void exponential(void **state)
{
	enum { N = 200000, MEAN = 1000000 };
	uint64_t sum = 0, below = 0, beyond = 0, t;
	struct qs_prng p;
	int i;

	qs_prng_init(&p, 1, "x");
	for (i = 0; i < N; i++) {
		t = qs_prng_exponential(&p, MEAN);
		sum += t;
		below += t < 693147;
		beyond += t > 3 * MEAN;
	}
	assert_in_range(sum / N, MEAN * 99 / 100, MEAN * 101 / 100);
	assert_in_range(below, N * 49 / 100, N * 51 / 100);
	assert_in_range(beyond, N * 47 / 1000, N * 53 / 1000);
}

/* The longest mean does not overflow. */
static void longest(void **state)
{
	const uint64_t mean_ns = UINT64_C(1000000000000);
	struct qs_prng p;
	int i;

	qs_prng_init(&p, 7, "x");
	for (i = 0; i < 100000; i++)
		assert_true(qs_prng_exponential(&p, mean_ns) < 45 * mean_ns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known),
		cmocka_unit_test(seeds_and_names),
		cmocka_unit_test(exponential),
		cmocka_unit_test(longest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
