/* SPDX-License-Identifier: BSD-3-Clause */
/* The CPU that a TX core would get, and who else is on it. */
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include <util/qs_sysfs.h>

#include "check.h"

#define CPU "/sys/devices/system/cpu/"

void check_boot_mend(char *mend, size_t len, const char *words)
{
	snprintf(mend, len,
		 "sed -i 's/^GRUB_CMDLINE_LINUX=\"/&%s /' /etc/default/grub && update-grub && reboot", words);
}

static int list_of(const struct check *c, cpu_set_t *set, const char *file)
{
	char text[4096];
	int n;

	CPU_ZERO(set);
	if (qs_sysfs_read(c->root, text, sizeof(text), CPU "%s", file) < 0)
		return -1;
	/* A kernel without such CPUs writes an empty line, or (null). */
	n = qs_sysfs_list(text, set);
	return n < 0 ? 0 : n;
}

static int highest(const cpu_set_t *set)
{
	int cpu = CPU_SETSIZE - 1;

	while (cpu >= 0 && !CPU_ISSET(cpu, set))
		cpu--;
	return cpu;
}

/* The NIC to think of: the first one on a node. */
static int nic_node(const struct check *c)
{
	unsigned int i;

	for (i = 0; i < c->n_nics; i++) {
		if (c->nics[i].node >= 0)
			return c->nics[i].node;
	}
	return -1;
}

/* The highest on the NIC's node, of the isolated ones if there are any. */
static int candidate(const struct check *c, const cpu_set_t *usable, const cpu_set_t *isolated)
{
	int node = nic_node(c), cpu;
	cpu_set_t near, both;

	CPU_ZERO(&near);
	for (cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (CPU_ISSET(cpu, usable) && qs_topology_cpu(&c->topology, (unsigned int)cpu) == node)
			CPU_SET(cpu, &near);
	}
	if (node < 0 || CPU_COUNT(&near) == 0)
		near = *usable;
	CPU_AND(&both, &near, isolated);
	return highest(CPU_COUNT(&both) > 0 ? &both : &near);
}

static void check_isolation(struct check *c, int cpu, const cpu_set_t *isolated)
{
	const bool alone = CPU_ISSET(cpu, isolated);
	char words[96], mend[CHECK_TEXT];
	cpu_set_t quiet;

	list_of(c, &quiet, "nohz_full");
	if (alone)
		snprintf(words, sizeof(words), "nohz_full=%d", cpu);
	else
		snprintf(words, sizeof(words), "isolcpus=%d nohz_full=%d", cpu, cpu);
	check_boot_mend(mend, sizeof(mend), words);
	if (alone)
		check_line(c, CHECK_OK, CHECK_FOR_NONE, "isolation", NULL, "CPU %d is kept free", cpu);
	else
		check_line(c, CHECK_WARNING, CHECK_FOR_NONE, "isolation", mend, "others run on CPU %d too",
			   cpu);
	if (CPU_ISSET(cpu, &quiet))
		check_line(c, CHECK_OK, CHECK_FOR_NONE, "ticks", NULL, "none on CPU %d while it is alone",
			   cpu);
	else
		check_line(c, CHECK_WARNING, CHECK_FOR_NONE, "ticks", alone ? mend : NULL,
			   "the kernel's timer runs on CPU %d", cpu);
}

static void check_governor(struct check *c, int cpu)
{
	char text[64], mend[CHECK_TEXT];

	if (qs_sysfs_read(c->root, text, sizeof(text), CPU "cpu%d/cpufreq/scaling_governor", cpu) < 0)
		check_line(c, CHECK_OK, CHECK_FOR_NONE, "governor", NULL,
			   "none: the frequency is not ours to set");
	else if (strcmp(text, "performance") == 0)
		check_line(c, CHECK_OK, CHECK_FOR_NONE, "governor", NULL, "%s", text);
	else {
		snprintf(mend, sizeof(mend), "echo performance >" CPU "cpu%d/cpufreq/scaling_governor", cpu);
		check_line(c, CHECK_WARNING, CHECK_FOR_NONE, "governor", mend, "%s: CPU %d slows down", text,
			   cpu);
	}
}

static void check_siblings(struct check *c, int cpu)
{
	char text[256], mend[CHECK_TEXT];
	cpu_set_t siblings;
	int other;

	if (qs_sysfs_read(c->root, text, sizeof(text), CPU "cpu%d/topology/thread_siblings_list", cpu) < 0 ||
	    qs_sysfs_list(text, &siblings) <= 1) {
		check_line(c, CHECK_OK, CHECK_FOR_NONE, "siblings", NULL, "CPU %d has its core to itself",
			   cpu);
		return;
	}
	CPU_CLR(cpu, &siblings);
	other = highest(&siblings);
	snprintf(mend, sizeof(mend), "echo 0 >" CPU "cpu%d/online", other);
	check_line(c, CHECK_WARNING, CHECK_FOR_NONE, "siblings", mend,
		   "CPU %d shares its core with CPU %d: leave that idle", cpu, other);
}

void check_cpus(struct check *c)
{
	cpu_set_t online, allowed, isolated;
	int n = list_of(c, &online, "online"), cpu;

	if (n <= 0) {
		check_line(c, CHECK_WARNING, CHECK_FOR_NONE, "CPUs", NULL, "cannot be seen");
		return;
	}
	list_of(c, &isolated, "isolated");
	/* Those that are isolated are nobody's by default: they count. */
	if (c->live && sched_getaffinity(0, sizeof(allowed), &allowed) == 0) {
		CPU_OR(&allowed, &allowed, &isolated);
		CPU_AND(&online, &online, &allowed);
	}
	n = CPU_COUNT(&online);
	cpu = candidate(c, &online, &isolated);
	check_line(c, n > 1 ? CHECK_OK : CHECK_WARNING, CHECK_FOR_NONE, "CPUs", NULL,
		   "%d, nodes %u; %s CPU %d", n, c->topology.nodes,
		   n > 1 ? "a TX core would take" : "the TX core shares", cpu);
	check_isolation(c, cpu, &isolated);
	check_governor(c, cpu);
	check_siblings(c, cpu);
}
