/* SPDX-License-Identifier: BSD-3-Clause */
#include <net/if.h>

#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_malloc.h>

#include "bsd/qs_eal.h"
#include "bsd/qs_node.h"
#include "eal/qs_log.h"
#include "util/qs_sysfs.h"

#define TRY_BYTES ((size_t)2 << 20) /* a huge page: then more can be had, or running out is told */

int qs_node_of_device(const char *dev)
{
	const char *root = qs_sysfs_root();
	struct rte_eth_dev_info info;
	char ifname[IF_NAMESIZE];
	uint16_t id;

	if (qs_eal_is_pci(dev))
		return qs_topology_pci(root, dev);
	if (rte_eth_dev_count_total() == 0 || rte_eth_dev_get_port_by_name(dev, &id) != 0)
		return qs_topology_netdev(root, dev);
	/* A virtual device that is on a kernel interface. */
	if (rte_eth_dev_info_get(id, &info) != 0 || info.if_index == 0 ||
	    if_indextoname(info.if_index, ifname) == NULL)
		return -1;
	return qs_topology_netdev(root, ifname);
}

int qs_node_lcore(int node, bool (*may)(unsigned int lcore, void *arg), void *arg)
{
	int nodes[RTE_MAX_LCORE], found;
	unsigned int lcores[RTE_MAX_LCORE], lcore, n = 0;
	struct qs_topology t;
	rte_cpuset_t cpus;

	qs_topology_read(&t, qs_sysfs_root());
	RTE_LCORE_FOREACH_WORKER(lcore)
	{
		if (!may(lcore, arg))
			continue;
		cpus = rte_lcore_cpuset(lcore);
		nodes[n] = qs_topology_cpus(&t, &cpus);
		lcores[n++] = lcore;
	}
	found = qs_topology_nearest(&t, node, nodes, n);
	return found < 0 ? -1 : (int)lcores[found];
}

static bool eal_has(int node)
{
	unsigned int i;

	for (i = 0; i < rte_socket_count(); i++) {
		if (rte_socket_id_by_idx(i) == node)
			return true;
	}
	return false;
}

int qs_node_socket(int node)
{
	void *p;

	/* Without hugepages EAL's memory is on no node in particular. */
	if (node < 0 || !rte_eal_has_hugepages() || !eal_has(node))
		return SOCKET_ID_ANY;
	p = rte_malloc_socket("qsock_node", TRY_BYTES, 0, node);
	if (p == NULL) {
		QS_LOG(WARNING,
		       "no hugepages on node %d: memory will be on another; dpdk-qsock check tells how\n",
		       node);
		return SOCKET_ID_ANY;
	}
	rte_free(p);
	return node;
}

void qs_node_warn(const char *dev, int node, unsigned int lcore)
{
	int own = qs_placement_lcore(lcore);
	char cpus[128];

	if (!qs_topology_remote(own, node))
		return;
	qs_sysfs_read(qs_sysfs_root(), cpus, sizeof(cpus), "/sys/devices/system/node/node%d/cpulist", node);
	QS_LOG(WARNING,
	       "device %s is on node %d, its TX core on node %d, which costs time: give EAL a worker on CPU "
	       "%s\n",
	       dev, node, own, cpus);
}
