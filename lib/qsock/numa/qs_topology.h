/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The machine's NUMA nodes as sysfs tells of them: whose CPUs, how far apart, and which one a device is on.
 *
 * It is read once into a structure, from any root, so that a test can describe a machine of its own. A node
 * of -1 is one that is not known, or none: a virtual device has none. All functions are [any].
 */
#ifndef QS_TOPOLOGY_H
#define QS_TOPOLOGY_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>

#define QS_NODES_MAX 64
#define QS_DISTANCE_LOCAL 10 /**< what firmware says of a node and itself */

struct qs_topology {
	unsigned int nodes; /**< that are there; 0: the kernel tells of none, which is the same as one */
	uint64_t node_mask;
	int8_t cpu_node[CPU_SETSIZE];
	uint8_t distance[QS_NODES_MAX][QS_NODES_MAX]; /**< 0: not known */
};

/** Read it. What is not told is not known, never an error. @param root see qs_sysfs.h */
void qs_topology_read(struct qs_topology *t, const char *root);

/** The node of a CPU. @return -1: not known */
int qs_topology_cpu(const struct qs_topology *t, unsigned int cpu);

/** The node that all CPUs of a set are on. @return -1: on several, or not known */
int qs_topology_cpus(const struct qs_topology *t, const cpu_set_t *cpus);

/** How far apart, as firmware says: QS_DISTANCE_LOCAL is the same node. @return 0: not known */
unsigned int qs_topology_distance(const struct qs_topology *t, int from, int to);

/** Whether what is on one node is remote for who is on the other; not if either is not known. */
bool qs_topology_remote(int a, int b);

/**
 * The nearest of some nodes: the smallest distance; not known is farther than any that is; the first among
 * equals.
 * @return its place in nodes; -1: n is 0
 */
int qs_topology_nearest(const struct qs_topology *t, int from, const int *nodes, unsigned int n);

/** The node of a network interface's device: its own, or that of the PCI device that carries it. */
int qs_topology_netdev(const char *root, const char *ifname);

/** The node of a PCI device, as 0000:01:00.0. */
int qs_topology_pci(const char *root, const char *address);

#endif
