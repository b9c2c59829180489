/* SPDX-License-Identifier: BSD-3-Clause */
/* A network namespace of the test's own, and commands in it. */
#ifndef NET_NS_H
#define NET_NS_H

#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* @return false: not allowed here */
static inline bool net_ns_enter(void)
{
	return unshare(CLONE_NEWNET) == 0 && system("ip link set lo up") == 0;
}

/* Run a command. @return its status, 0 for success */
static inline int __attribute__((format(printf, 1, 2))) sh(const char *format, ...)
{
	char line[2048];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	return system(line);
}

/* What a command prints, as much of it as there is room for. */
static inline void __attribute__((format(printf, 3, 4)))
sh_text(char *text, size_t size, const char *format, ...)
{
	char line[2048];
	va_list args;
	size_t n = 0;
	FILE *f;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	f = popen(line, "r");
	if (f != NULL) {
		n = fread(text, 1, size - 1, f);
		pclose(f);
	}
	text[n] = '\0';
}

#endif
