/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include <core/qs_placement.h>

#include "cmd.h"
#include "queues.h"
#include "table.h"

struct listing {
	struct dq_table *t;
	const struct dq_port *p;
};

static void node_cell(struct dq_table *t, int node)
{
	if (node >= 0)
		dq_table_number(t, (uint64_t)node);
	else
		dq_table_text(t, "-");
}

/* The node of most pages, and how much is elsewhere than where it should be. */
static void pages_cell(struct dq_table *t, const struct qs_placement *p, const struct qs_numa_pages *pages,
		       int wanted)
{
	uint64_t remote = qs_numa_remote(pages, wanted), all = remote + (wanted >= 0 ? pages->on[wanted] : 0);
	int node = qs_numa_most(pages);
	char text[32];

	if (!p->known || node < 0)
		dq_table_text(t, "-");
	else if (remote == 0)
		dq_table_number(t, (uint64_t)node);
	else {
		snprintf(text, sizeof(text), "%d (%.0f%% remote)", node,
			 100.0 * (double)remote / (double)all);
		dq_table_text(t, text);
	}
}

static int add_row(struct rte_qsock_port *port, void *arg)
{
	struct listing *l = arg;
	struct qs_placement p;
	unsigned int i;

	qs_placement_get(port, &p);
	dq_table_number(l->t, l->p->conf.id);
	dq_table_text(l->t, l->p->conf.device);
	node_cell(l->t, p.device_node);
	node_cell(l->t, p.lcore);
	node_cell(l->t, p.lcore_node);
	pages_cell(l->t, &p, &p.memory, p.lcore_node);
	for (i = 0; i < 2; i++) {
		if (i < p.n_pools)
			pages_cell(l->t, &p, &p.pool[i].pages, p.device_node);
		else
			dq_table_text(l->t, "-");
	}
	dq_table_text(l->t, p.remote ? "yes" : p.known ? "no" : "not known");
	return 0;
}

static int show_numa(struct shell *sh, const struct shell_words *words)
{
	struct listing l = {
		.t = dq_table_new(
			"port|<device|node|lcore|its node|<memory|<tx packets|<rx packets|<remote")};
	const struct dq_port *p;

	DQ_FOREACH(p, &sh->instance->ports)
	{
		l.p = p;
		dq_queues_foreach(p, add_row, &l);
	}
	dq_table_print(l.t, stdout, "");
	return 0;
}

const struct shell_command cmd_numa[] = {
	{"show numa", "NUMA nodes of devices, TX cores, memory and packets; what is remote", show_numa},
	{0},
};
