/* SPDX-License-Identifier: BSD-3-Clause */
/* Tables: columns line up, whatever stands in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include <table.h>

static char *print(struct dq_table *t)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	dq_table_print(t, f, "  ");
	fclose(f);
	return text;
}

static void test_columns(void **state)
{
	struct dq_table *t = dq_table_new("<name|n|<end");
	char *text;

	dq_table_text(t, "a");
	dq_table_number(t, 1234567);
	dq_table_text(t, "x");
	dq_table_text(t, "longer");
	dq_table_number(t, UINT64_MAX);
	dq_table_text(t, "");
	text = print(t);
	assert_string_equal(text, "  name                       n  end\n"
				  "  a                    1234567  x\n"
				  "  longer  18446744073709551615  \n");
	free(text);
}

static void test_empty_and_large(void **state)
{
	struct dq_table *t = dq_table_new("a|b");
	char *text = print(t);
	unsigned int i, lines = 0;

	assert_string_equal(text, "  a  b\n");
	free(text);
	t = dq_table_new("a|b");
	for (i = 0; i < 20000; i++)
		dq_table_number(t, i);
	text = print(t);
	for (i = 0; text[i] != '\0'; i++)
		lines += text[i] == '\n';
	assert_int_equal(lines, 10001);
	free(text);
}

static void test_rate(void **state)
{
	char text[32];

	dq_rate_text(text, sizeof(text), 999);
	assert_string_equal(text, "999 bit/s");
	dq_rate_text(text, sizeof(text), 9926541);
	assert_string_equal(text, "9.927 Mbit/s");
	dq_rate_text(text, sizeof(text), UINT64_C(1000000000000));
	assert_string_equal(text, "1.000 Tbit/s");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_empty_and_large),
		cmocka_unit_test(test_rate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
