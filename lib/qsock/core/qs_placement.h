/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Which NUMA nodes a port is spread over: its device, its TX core, its memory, the pools of its packets.
 * Memory is asked for page by page where it really is, not where it was wanted.
 */
#ifndef QS_PLACEMENT_H
#define QS_PLACEMENT_H

#include <stdbool.h>

#include <rte_mempool.h>

#include "numa/qs_numa.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rte_qsock_port;

#define QS_PLACEMENT_POOLS 4

/** What only the maker of a port knows. */
struct qs_surroundings {
	int device_node; /**< -1: not known, or none */
	unsigned int n_pools;
	struct rte_mempool *pool[QS_PLACEMENT_POOLS]; /**< freed after the port */
};

struct qs_placement {
	int device_node; /**< -1: not known, or none, as the next one */
	int lcore;	 /**< -1: none was launched */
	int lcore_node;
	bool known; /**< whether the kernel tells of pages */
	bool remote;
	struct qs_numa_pages memory;
	unsigned int n_pools;
	struct {
		char name[RTE_MEMPOOL_NAMESIZE];
		struct qs_numa_pages pages;
	} pool[QS_PLACEMENT_POOLS];
};

/** The node of an lcore's CPUs. @return -1: they are on several, or not known. [ctl] */
int qs_placement_lcore(unsigned int lcore);

/** Tell a port what is around it; nobody may be asking yet. [ctl] */
void qs_port_surround(struct rte_qsock_port *port, const struct qs_surroundings *around);

/**
 * Look where everything is. Remote is: a TX core on another node than the device, memory of the port on
 * another than the TX core, packets on another than the device. [ctl]
 */
void qs_placement_get(const struct rte_qsock_port *port, struct qs_placement *p);

#ifdef __cplusplus
}
#endif
#endif
