/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>

#include "bsd/qs_cpus.h"

/* Who deals CPUs out to the workers. */
struct dealer {
	const struct qs_topology *t;
	cpu_set_t all, left;
	int nodes[QS_NODES_MAX + 1]; /* in turn; -1: CPUs of no node */
	unsigned int n, turn;
};

/* The highest CPU left on a node. @return -1: none */
static int highest_left(const struct dealer *d, int node)
{
	int cpu;

	for (cpu = CPU_SETSIZE - 1; cpu >= 0; cpu--) {
		if (CPU_ISSET(cpu, &d->left) && qs_topology_cpu(d->t, (unsigned int)cpu) == node)
			break;
	}
	return cpu;
}

/* The nodes that have CPUs, from the nearest to the farthest. */
static void order_nodes(struct dealer *d, int node)
{
	int nodes[QS_NODES_MAX + 1], from, at;
	unsigned int n = 0;

	for (from = QS_NODES_MAX - 1; from >= -1; from--) {
		if (highest_left(d, from) >= 0)
			nodes[n++] = from;
	}
	while ((at = qs_topology_nearest(d->t, node, nodes, n)) >= 0) {
		d->nodes[d->n++] = nodes[at];
		for (n--; (unsigned int)at < n; at++)
			nodes[at] = nodes[at + 1];
	}
}

static int deal(struct dealer *d)
{
	int cpu;

	if (CPU_COUNT(&d->left) == 0)
		d->left = d->all;
	do
		cpu = highest_left(d, d->nodes[d->turn++ % d->n]);
	while (cpu < 0);
	CPU_CLR(cpu, &d->left);
	return cpu;
}

/* All but the lowest, where there is another. */
static void dealer_init(struct dealer *d, const cpu_set_t *allowed, const struct qs_topology *t, int node)
{
	int cpu = 0;

	*d = (struct dealer){.t = t, .all = *allowed};
	while (!CPU_ISSET(cpu, allowed))
		cpu++;
	if (CPU_COUNT(allowed) > 1)
		CPU_CLR(cpu, &d->all);
	d->left = d->all;
	order_nodes(d, node);
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

unsigned int qs_cpus_plan(const cpu_set_t *allowed, const struct qs_topology *t, int node, char *lcores,
			  size_t len)
{
	unsigned int cpus = (unsigned int)CPU_COUNT(allowed), i;
	struct dealer d;
	size_t used;

	if (cpus == 0)
		return 0;
	dealer_init(&d, allowed, t, node);
	used = (size_t)snprintf(lcores, len, "0@(");
	if (used < len)
		used += list_write(allowed, lcores + used, len - used);
	if (used < len)
		used += (size_t)snprintf(lcores + used, len - used, ")");
	for (i = 0; i < QS_CPUS_WORKERS && used < len; i++)
		used += (size_t)snprintf(lcores + used, len - used, ",%u@%d", i + 1, deal(&d));
	return used < len ? cpus : 0;
}
