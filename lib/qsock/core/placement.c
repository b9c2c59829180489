/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>

#include <rte_lcore.h>

#include "core/qs_placement.h"
#include "core/qs_port.h"
#include "util/qs_sysfs.h"

void qs_port_surround(struct rte_qsock_port *port, const struct qs_surroundings *around)
{
	port->around = *around;
}

static void look(struct qs_placement *p, struct qs_numa_pages *pages, const void *at, size_t bytes)
{
	if (p->known && at != NULL && qs_numa_where(at, bytes, pages) == -ENOTSUP)
		p->known = false;
}

/* What the TX core works on: itself, its discipline, its sockets. */
static void look_at_port(struct qs_placement *p, const struct rte_qsock_port *port)
{
	uint32_t i, chunks = (port->max_sockets + QS_CHUNK - 1) / QS_CHUNK;

	look(p, &p->memory, port, sizeof(*port));
	look(p, &p->memory, port->tx.sched, 1);
	for (i = 0; i < QS_PAGES_MAX; i++)
		look(p, &p->memory, port->pages[i].at, port->pages[i].bytes);
	look(p, &p->memory, port->table->tx_pages.at, port->table->tx_pages.bytes);
	/* A chunk that is made meanwhile is the next answer's. */
	for (i = 0; i < chunks; i++)
		look(p, &p->memory, __atomic_load_n(&port->table->rare_chunks[i], __ATOMIC_ACQUIRE), 1);
}

struct look_at_pool {
	struct qs_placement *p;
	struct qs_numa_pages *pages;
};

static void look_at_piece(struct rte_mempool *pool, void *arg, struct rte_mempool_memhdr *piece,
			  unsigned int i)
{
	struct look_at_pool *l = arg;

	look(l->p, l->pages, piece->addr, piece->len);
}

static void look_at_pools(struct qs_placement *p, const struct qs_surroundings *around)
{
	struct look_at_pool l = {.p = p};
	unsigned int i;

	for (i = 0; i < around->n_pools; i++) {
		if (around->pool[i] == NULL)
			continue;
		l.pages = &p->pool[p->n_pools].pages;
		snprintf(p->pool[p->n_pools].name, sizeof(p->pool[0].name), "%s", around->pool[i]->name);
		rte_mempool_mem_iter(around->pool[i], look_at_piece, &l);
		p->n_pools++;
	}
}

int qs_placement_lcore(unsigned int lcore)
{
	rte_cpuset_t cpus = rte_lcore_cpuset(lcore);
	struct qs_topology t;

	qs_topology_read(&t, qs_sysfs_root());
	return qs_topology_cpus(&t, &cpus);
}

void qs_placement_get(const struct rte_qsock_port *port, struct qs_placement *p)
{
	unsigned int i;

	*p = (struct qs_placement){.device_node = port->around.device_node, .known = true};
	p->lcore = port->lcore;
	p->lcore_node = p->lcore < 0 ? -1 : qs_placement_lcore((unsigned int)p->lcore);
	look_at_port(p, port);
	look_at_pools(p, &port->around);
	p->remote = qs_topology_remote(p->device_node, p->lcore_node) ||
		    qs_numa_remote(&p->memory, p->lcore_node) > 0;
	for (i = 0; i < p->n_pools; i++)
		p->remote = p->remote || qs_numa_remote(&p->pool[i].pages, p->device_node) > 0;
}
