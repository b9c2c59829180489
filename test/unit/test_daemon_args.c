/* SPDX-License-Identifier: BSD-3-Clause */
/* The command line of dpdk-qsock: what is EAL's, what is ours, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include <args.h>

static struct dq_args args;
static char why[512];

/* Cut a line at its blanks and parse it. */
static enum dq_args_action parse(const char *line)
{
	static char text[512];
	static char *argv[32];
	int argc = 0;
	char *rest = text;

	snprintf(text, sizeof(text), "%s", line);
	while ((argv[argc] = strsep(&rest, " ")) != NULL)
		argc++;
	why[0] = '\0';
	return dq_args_parse(argc, argv, &args, why, sizeof(why));
}

static void test_good(void **state)
{
	assert_int_equal(parse("dq -l 0,1 --no-huge -- --config a.ini --stats-period 2 --duration 1500ms"),
			 DQ_ARGS_RUN);
	assert_int_equal(args.eal_argc, 4);
	assert_string_equal(args.config, "a.ini");
	assert_true(args.stats_period_ns == 2000000000);
	assert_true(args.duration_ns == 1500000000);
	assert_false(args.interactive);

	assert_int_equal(parse("dq -- -i --cmdline-file=x --no-rx"), DQ_ARGS_RUN);
	assert_true(args.interactive && args.no_rx);
	assert_string_equal(args.cmdline_file, "x");

	assert_int_equal(parse("dq -l 0"), DQ_ARGS_RUN);
	assert_int_equal(args.eal_argc, 3);
	assert_int_equal(parse("dq --help"), DQ_ARGS_HELP);
	assert_int_equal(parse("dq -- -h"), DQ_ARGS_HELP);
	assert_int_equal(parse("dq --version"), DQ_ARGS_VERSION);
	assert_int_equal(parse("dq -l 0 -- --version"), DQ_ARGS_VERSION);
}

static void test_bad(void **state)
{
	static const struct {
		const char *line, *why;
	} rows[] = {
		{"dq -- --confg x", "'--confg' is not an option"},
		{"dq -- x", "'x' is not an option"},
		{"dq -- --config", "--config needs a value"},
		{"dq -- --config=", "--config needs a value"},
		{"dq -- -i=1", "'-i=1' is not an option"},
		{"dq -- --no-rx=1", "--no-rx takes no value, not '1'"},
		{"dq -- --stats-period 0", "--stats-period: '0' is out of range"},
		{"dq -- --stats-period 1h", "--stats-period: '1h' is not a time"},
		{"dq -- --duration -1s", "--duration: '-1s' is not a time"},
		{"dq -- --duration 0", "--duration: '0' is out of range"},
		{"dq --config x", "'--config' belongs after '--'"},
		{"dq -l 0 --cmdline-file=x", "'--cmdline-file=x' belongs after '--'"},
		{"dq -i", "'-i' belongs after '--'"},
	};
	unsigned int i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (parse(rows[i].line) != DQ_ARGS_BAD || strncmp(why, rows[i].why, strlen(rows[i].why)) != 0)
			fail_msg("%s: '%s'", rows[i].line, why);
		assert_null(strchr(why, '\n'));
	}
}

static void test_period(void **state)
{
	uint64_t ns;

	assert_int_equal(dq_period_parse("3", &ns, why, sizeof(why)), 0);
	assert_true(ns == 3000000000);
	assert_int_equal(dq_period_parse("250ms", &ns, why, sizeof(why)), 0);
	assert_true(ns == 250000000);
	assert_true(dq_period_parse("1ms", &ns, why, sizeof(why)) < 0);
	assert_true(dq_period_parse("", &ns, why, sizeof(why)) < 0);
	assert_true(dq_period_parse("99999999999999999999", &ns, why, sizeof(why)) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_period),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
