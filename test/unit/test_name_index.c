/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include <qs_name_index.h>

static void many(void **state)
{
	enum { N = 5000 };
	struct qs_name_index *names = qs_name_index_create();
	char name[32];
	uint32_t i;

	assert_non_null(names);
	assert_int_equal(qs_name_index_find(names, "s0"), -1);
	for (i = 0; i < N; i++) {
		snprintf(name, sizeof(name), "s%u", i);
		assert_int_equal(qs_name_index_find(names, name), -1);
		assert_int_equal(qs_name_index_add(names, name, i), 0);
	}
	for (i = 0; i < N; i++) {
		snprintf(name, sizeof(name), "s%u", i);
		assert_int_equal(qs_name_index_find(names, name), i);
	}
	assert_int_equal(qs_name_index_find(names, ""), -1);
	assert_int_equal(qs_name_index_find(names, "s5000"), -1);
	qs_name_index_free(names);
	qs_name_index_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(many)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
