/* SPDX-License-Identifier: BSD-3-Clause */
/* Arrays whose memory comes as it is used. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/qs_pages.h"

#define HUGE_BYTES ((size_t)2 << 20)
#define BYTES (5 * HUGE_BYTES)

static void test_as_it_is_used(void **state)
{
	struct qs_pages p = {0};
	volatile unsigned char *at = qs_pages_map(&p, BYTES, -1);
	size_t used;

	assert_non_null(at);
	assert_int_equal((uintptr_t)at % HUGE_BYTES, 0);
	assert_int_equal(qs_pages_used(&p), 0);
	/* To look is not to use. */
	assert_int_equal(at[3 * HUGE_BYTES], 0);
	assert_in_range(qs_pages_used(&p), 0, HUGE_BYTES);
	at[3 * HUGE_BYTES] = 1;
	used = qs_pages_used(&p);
	assert_in_range(used, 4096, HUGE_BYTES);
	at[BYTES - 1] = 1;
	assert_in_range(qs_pages_used(&p), used + 4096, used + HUGE_BYTES);
	assert_int_equal(at[0] + at[BYTES - 2], 0);
	qs_pages_unmap(&p);
	assert_null(p.at);
	assert_int_equal(qs_pages_used(&p), 0);
	qs_pages_unmap(&p);
}

static void test_not_worth_it(void **state)
{
	struct qs_pages p = {0};

	assert_null(qs_pages_map(&p, QS_PAGES_MIN_BYTES - 1, -1));
	assert_null(p.at);
	/* More than there are addresses. */
	assert_null(qs_pages_map(&p, (size_t)1 << 60, -1));
	assert_null(p.at);
}

/* A child has none of it. */
static void test_child(void **state)
{
	struct qs_pages p = {0};
	unsigned char *at = qs_pages_map(&p, BYTES, -1), there;
	int status;
	pid_t pid;

	assert_non_null(at);
	at[0] = 1;
	pid = fork();
	if (pid == 0)
		_exit(mincore(at, 1, &there) == -1 && errno == ENOMEM ? 0 : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	qs_pages_unmap(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_it_is_used),
		cmocka_unit_test(test_not_worth_it),
		cmocka_unit_test(test_child),
	};
	struct qs_pages p = {0};

	if (qs_pages_map(&p, BYTES, -1) == NULL) {
		printf("SKIP: the kernel gives no huge pages where it is asked to\n");
		return 77;
	}
	qs_pages_unmap(&p);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
