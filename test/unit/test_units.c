/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include <util/qs_units.h>

#define MAX UINT64_MAX

static void check_time(const char *text, uint64_t expected)
{
	uint64_t ns = 0;

	assert_int_equal(qs_time_parse(text, 0, MAX, &ns, NULL, 0), 0);
	assert_int_equal(ns, expected);
}

static void times(void **state)
{
	check_time("0", 0);
	check_time("7", 7);
	check_time("7ns", 7);
	check_time("5us", 5000);
	check_time("1.5ms", 1500000);
	check_time("0.000000001s", 1);
	check_time("1.50000000000000000000000000ms", 1500000);
	check_time("10S", UINT64_C(10000000000));
	check_time("007ms", 7000000);
	check_time("18446744073709551615", MAX);
	check_time("18446744073.709551615s", MAX);
}

static void no_times(void **state)
{
	static const char *const bad[] = {
		"",	"ms",	"-1ms",	 "+1ms",  "1 ms",    " 1ms",
		"1ms ", "1.ms", ".5ms",	 "1.5",	  "0.3ns",   "1e3",
		"0x10", "1msx", "1m",	 "1,5ms", "1.5.2ms", "1.0000000000000000001s",
		"1min", "nan",	"1.5ns",
	};
	uint64_t ns = 42;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(qs_time_parse(bad[i], 0, MAX, &ns, NULL, 0), -EINVAL);
	assert_int_equal(ns, 42);
}

static void ranges(void **state)
{
	char why[256];
	uint64_t ns = 42;

	assert_int_equal(qs_time_parse("999ns", 1000, 1000000, &ns, why, sizeof(why)), -ERANGE);
	assert_string_equal(why, "'999ns' is out of range: 1us .. 1ms");
	assert_int_equal(qs_time_parse("1.000001ms", 1000, 1000000, &ns, NULL, 0), -ERANGE);
	assert_int_equal(ns, 42);
	assert_int_equal(qs_time_parse("1ms", 1000, 1000000, &ns, NULL, 0), 0);
	assert_int_equal(qs_time_parse("1us", 1000, 1000000, &ns, NULL, 0), 0);
	/* Beyond 64 bits, at any length. */
	assert_int_equal(qs_time_parse("18446744073709551616", 0, MAX, &ns, NULL, 0), -ERANGE);
	assert_int_equal(qs_time_parse("18446744073.709551616s", 0, MAX, &ns, NULL, 0), -ERANGE);
	assert_int_equal(
		qs_time_parse("99999999999999999999999999999999999999999999999999s", 0, MAX, &ns, NULL, 0),
		-ERANGE);
	assert_int_equal(qs_time_parse("x", 0, 1, &ns, why, sizeof(why)), -EINVAL);
	assert_non_null(strstr(why, "'x' is not a time"));
	assert_non_null(strstr(why, "1.5ms"));
}

static void check_rate(const char *text, uint64_t expected)
{
	uint64_t bps = 0;

	assert_int_equal(qs_rate_parse(text, 0, MAX, &bps, NULL, 0), 0);
	assert_int_equal(bps, expected);
}

static void rates(void **state)
{
	uint64_t bps;

	check_rate("9600", 9600);
	check_rate("9600bit", 9600);
	check_rate("10kbit", 10000);
	check_rate("10Mbit", 10000000);
	check_rate("2.5gbit", UINT64_C(2500000000));
	check_rate("1TBIT", UINT64_C(1000000000000));
	check_rate("1kibit", 1024);
	check_rate("1bps", 8);
	check_rate("1mbps", 8000000);
	check_rate("1mibps", 8388608);
	check_rate("0.125bps", 1);
	assert_int_equal(qs_rate_parse("10m", 0, MAX, &bps, NULL, 0), -EINVAL);
	assert_int_equal(qs_rate_parse("10%", 0, MAX, &bps, NULL, 0), -EINVAL);
	assert_int_equal(qs_rate_parse("1.5bit", 0, MAX, &bps, NULL, 0), -EINVAL);
}

static void plain(void **state)
{
	uint64_t value;
	char why[128];

	assert_int_equal(qs_uint_parse("65535", 0, 65535, &value, NULL, 0), 0);
	assert_int_equal(value, 65535);
	assert_int_equal(qs_uint_parse("1.0", 0, 9, &value, NULL, 0), 0);
	assert_int_equal(value, 1);
	assert_int_equal(qs_uint_parse("1.5", 0, 9, &value, NULL, 0), -EINVAL);
	assert_int_equal(qs_uint_parse("10", 0, 9, &value, why, sizeof(why)), -ERANGE);
	assert_string_equal(why, "'10' is out of range: 0 .. 9");
}

/* What is printed reads as the same. */
static void printing(void **state)
{
	static const struct {
		uint64_t value;
		const char *time, *rate, *brief, *brief_rate;
	} cases[] = {
		{0, "0ns", "0bit", "0ns", "0bit"},
		{1, "1ns", "1bit", "1ns", "1bit"},
		{1000, "1us", "1kbit", "1.000us", "1.000kbit"},
		{1500, "1500ns", "1500bit", "1.500us", "1.500kbit"},
		{123456, "123456ns", "123456bit", "123.4us", "123.4kbit"},
		{1500000, "1500us", "1500kbit", "1.500ms", "1.500mbit"},
		{UINT64_C(99999000000), "99999ms", "99999mbit", "99.99s", "99.99gbit"},
		{UINT64_C(1000000000000), "1000s", "1tbit", "1000s", "1.000tbit"},
		{MAX, "18446744073709551615ns", "18446744073709551615bit", "18446744073s", "18446744tbit"},
	};
	char buf[QS_UNITS_TEXT];
	uint64_t back;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		qs_time_print(buf, sizeof(buf), cases[i].value);
		assert_string_equal(buf, cases[i].time);
		assert_int_equal(qs_time_parse(buf, 0, MAX, &back, NULL, 0), 0);
		assert_int_equal(back, cases[i].value);
		qs_rate_print(buf, sizeof(buf), cases[i].value);
		assert_string_equal(buf, cases[i].rate);
		assert_int_equal(qs_rate_parse(buf, 0, MAX, &back, NULL, 0), 0);
		assert_int_equal(back, cases[i].value);
		qs_time_print_short(buf, sizeof(buf), cases[i].value);
		assert_string_equal(buf, cases[i].brief);
		qs_rate_print_short(buf, sizeof(buf), cases[i].value);
		assert_string_equal(buf, cases[i].brief_rate);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times), cmocka_unit_test(no_times), cmocka_unit_test(ranges),
		cmocka_unit_test(rates), cmocka_unit_test(plain),    cmocka_unit_test(printing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
