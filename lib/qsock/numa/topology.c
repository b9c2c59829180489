/* SPDX-License-Identifier: BSD-3-Clause */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "numa/qs_topology.h"
#include "util/qs_sysfs.h"

#define TEXT 4096

static void read_cpus(struct qs_topology *t, const char *root, int node)
{
	char text[TEXT];
	cpu_set_t cpus;
	unsigned int i;

	if (qs_sysfs_read(root, text, sizeof(text), "/sys/devices/system/node/node%d/cpulist", node) < 0 ||
	    qs_sysfs_list(text, &cpus) < 0)
		return;
	for (i = 0; i < CPU_SETSIZE; i++) {
		if (CPU_ISSET(i, &cpus))
			t->cpu_node[i] = (int8_t)node;
	}
}

/* One number for each node that is there, in their order. */
static void read_distances(struct qs_topology *t, const char *root, int node)
{
	char text[TEXT], *at = text, *end;
	unsigned long distance;
	int to;

	qs_sysfs_read(root, text, sizeof(text), "/sys/devices/system/node/node%d/distance", node);
	for (to = 0; to < QS_NODES_MAX; to++) {
		if (!(t->node_mask & UINT64_C(1) << to))
			continue;
		distance = strtoul(at, &end, 10);
		if (end == at)
			return;
		t->distance[node][to] = distance > UINT8_MAX ? UINT8_MAX : (uint8_t)distance;
		at = end;
	}
}

void qs_topology_read(struct qs_topology *t, const char *root)
{
	char text[TEXT];
	cpu_set_t nodes;
	int node;

	memset(t, 0, sizeof(*t));
	memset(t->cpu_node, -1, sizeof(t->cpu_node));
	if (qs_sysfs_read(root, text, sizeof(text), "/sys/devices/system/node/online") < 0 ||
	    qs_sysfs_list(text, &nodes) < 0)
		return;
	for (node = 0; node < QS_NODES_MAX; node++) {
		if (CPU_ISSET((size_t)node, &nodes))
			t->node_mask |= UINT64_C(1) << node;
	}
	t->nodes = (unsigned int)__builtin_popcountll(t->node_mask);
	for (node = 0; node < QS_NODES_MAX; node++) {
		if (t->node_mask & UINT64_C(1) << node) {
			read_cpus(t, root, node);
			read_distances(t, root, node);
		}
	}
}

int qs_topology_cpu(const struct qs_topology *t, unsigned int cpu)
{
	return cpu < CPU_SETSIZE ? t->cpu_node[cpu] : -1;
}

int qs_topology_cpus(const struct qs_topology *t, const cpu_set_t *cpus)
{
	int node = -1;
	unsigned int i;

	for (i = 0; i < CPU_SETSIZE; i++) {
		if (!CPU_ISSET(i, cpus))
			continue;
		if (t->cpu_node[i] < 0 || (node >= 0 && t->cpu_node[i] != node))
			return -1;
		node = t->cpu_node[i];
	}
	return node;
}

unsigned int qs_topology_distance(const struct qs_topology *t, int from, int to)
{
	if (from < 0 || to < 0 || from >= QS_NODES_MAX || to >= QS_NODES_MAX)
		return 0;
	return t->distance[from][to] == 0 && from == to ? QS_DISTANCE_LOCAL : t->distance[from][to];
}

bool qs_topology_remote(int a, int b)
{
	return a >= 0 && b >= 0 && a != b;
}

int qs_topology_nearest(const struct qs_topology *t, int from, const int *nodes, unsigned int n)
{
	unsigned int i, distance, best = UINT_MAX;
	int found = n > 0 ? 0 : -1;

	for (i = 0; i < n; i++) {
		distance = qs_topology_distance(t, from, nodes[i]);
		if (distance != 0 && distance < best) {
			best = distance;
			found = (int)i;
		}
	}
	return found;
}

int qs_topology_pci(const char *root, const char *address)
{
	long long node;

	if (qs_sysfs_number(root, &node, "/sys/bus/pci/devices/%s/numa_node", address) < 0)
		return -1;
	return node >= 0 && node < QS_NODES_MAX ? (int)node : -1;
}

int qs_topology_netdev(const char *root, const char *ifname)
{
	char link[PATH_MAX], path[PATH_MAX], *slash;
	long long node;

	if (snprintf(link, sizeof(link), "%s/sys/class/net/%s/device", root, ifname) >= (int)sizeof(link) ||
	    realpath(link, path) == NULL)
		return -1;
	/* A virtio device has no node of its own: the PCI device above it has. */
	while ((slash = strrchr(path, '/')) != NULL && slash != path) {
		if (qs_sysfs_number("", &node, "%s/numa_node", path) == 0)
			return node >= 0 && node < QS_NODES_MAX ? (int)node : -1;
		*slash = '\0';
	}
	return -1;
}
