/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>

#include "bsd/qs_cpus.h"

/* The n-th allowed CPU from the top, n below their number. */
static int cpu_from_top(const cpu_set_t *allowed, unsigned int n)
{
	int cpu;

	for (cpu = CPU_SETSIZE - 1; cpu > 0; cpu--) {
		if (CPU_ISSET(cpu, allowed) && n-- == 0)
			break;
	}
	return cpu;
}

static size_t list_write(const cpu_set_t *allowed, char *text, size_t len)
{
	const char *comma = "";
	size_t used = 0;
	int cpu;

	for (cpu = 0; cpu < CPU_SETSIZE && used < len; cpu++) {
		if (CPU_ISSET(cpu, allowed)) {
			used += (size_t)snprintf(text + used, len - used, "%s%d", comma, cpu);
			comma = ",";
		}
	}
	return used;
}

unsigned int qs_cpus_plan(const cpu_set_t *allowed, char *lcores, size_t len)
{
	unsigned int cpus = (unsigned int)CPU_COUNT(allowed), others = cpus > 1 ? cpus - 1 : 1, i;
	size_t used;

	if (cpus == 0)
		return 0;
	used = (size_t)snprintf(lcores, len, "0@(");
	if (used < len)
		used += list_write(allowed, lcores + used, len - used);
	if (used < len)
		used += (size_t)snprintf(lcores + used, len - used, ")");
	for (i = 0; i < QS_CPUS_WORKERS && used < len; i++)
		used += (size_t)snprintf(lcores + used, len - used, ",%u@%d", i + 1,
					 cpu_from_top(allowed, i % others));
	return used < len ? cpus : 0;
}
