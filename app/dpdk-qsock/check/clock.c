/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include <util/qs_sysfs.h>

#include "check.h"

#define SOURCES "/sys/devices/system/clocksource/clocksource0/"

/* Whether a list of words has one. */
static bool has_word(const char *words, const char *word)
{
	const size_t len = strlen(word);
	const char *at = words;

	while ((at = strstr(at, word)) != NULL) {
		if ((at == words || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\n' || at[len] == '\0'))
			return true;
		at += len;
	}
	return false;
}

/* The TX core reads the CPU's counter, and holds it to the kernel's clock. */
static void check_tsc(struct check *c)
{
	char text[8192];
	const char *flags;
	bool constant, nonstop;

	qs_sysfs_read(c->root, text, sizeof(text), "/proc/cpuinfo");
	flags = strstr(text, "\nflags");
	if (flags == NULL) {
		check_line(c, CHECK_OK, CHECK_FOR_NONE, "counter", NULL, "no TSC: not an x86");
		return;
	}
	constant = has_word(flags, "constant_tsc");
	nonstop = has_word(flags, "nonstop_tsc");
	check_line(c, constant && nonstop ? CHECK_OK : CHECK_WARNING, CHECK_FOR_NONE, "TSC", NULL, "%s%s",
		   constant ? "constant" : "its rate changes",
		   nonstop ? ", never stops" : ", stops when idle");
}

void check_clock(struct check *c)
{
	char source[64], all[256];

	check_tsc(c);
	if (qs_sysfs_read(c->root, source, sizeof(source), SOURCES "current_clocksource") < 0) {
		check_line(c, CHECK_WARNING, CHECK_FOR_NONE, "clock source", NULL, "cannot be seen");
		return;
	}
	qs_sysfs_read(c->root, all, sizeof(all), SOURCES "available_clocksource");
	if (strcmp(source, "tsc") == 0 || strcmp(source, "arch_sys_counter") == 0 || !has_word(all, "tsc"))
		check_line(c, CHECK_OK, CHECK_FOR_NONE, "clock source", NULL, "%s", source);
	else
		check_line(c, CHECK_WARNING, CHECK_FOR_NONE, "clock source",
			   "echo tsc >" SOURCES "current_clocksource", "%s: a slow one", source);
}
