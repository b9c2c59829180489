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

#endif
