/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <util/qs_sysfs.h>

#include "check.h"

#define WANTED_MIB 192 /* what the pools of one port take, and some */
#define WANTED_TEXT "192 MiB"
#define MAIN_MIB 32 /* what EAL takes for itself, and some */
#define MOUNT_MAX 128
#define PAGES 256 /* of 2 MiB: what the guide begins with */

static bool node_has_nic(const struct check *c, int node)
{
	unsigned int i;

	for (i = 0; i < c->n_nics; i++) {
		if (c->nics[i].node == node)
			return true;
	}
	return false;
}

/* EAL's main lcore is on the lowest CPU, unless it is told otherwise, and EAL does not start without memory
 * there. */
static bool node_has_main(const struct check *c, int node)
{
	unsigned int cpu = 0;

	while (cpu < CPU_SETSIZE && qs_topology_cpu(&c->topology, cpu) < 0)
		cpu++;
	return qs_topology_cpu(&c->topology, cpu) == node;
}

/* The sizes of one node, or, with -1, of a machine that tells of none. */
static void check_node(struct check *c, int node)
{
	static const unsigned int sizes_kib[] = {2048, 1048576};
	char folder[96], item[CHECK_NAME], mend[CHECK_TEXT], text[CHECK_TEXT] = "";
	long long all, left, free_mib = 0;
	const bool nic = node < 0 || node_has_nic(c, node), main_lcore = node_has_main(c, node);
	size_t used = 0;
	unsigned int i;

	for (i = 0; i < sizeof(sizes_kib) / sizeof(sizes_kib[0]); i++) {
		if (node < 0)
			snprintf(folder, sizeof(folder), "/sys/kernel/mm/hugepages/hugepages-%ukB",
				 sizes_kib[i]);
		else
			snprintf(folder, sizeof(folder),
				 "/sys/devices/system/node/node%d/hugepages/hugepages-%ukB", node,
				 sizes_kib[i]);
		if (qs_sysfs_number(c->root, &all, "%s/nr_hugepages", folder) < 0 ||
		    qs_sysfs_number(c->root, &left, "%s/free_hugepages", folder) < 0)
			continue;
		free_mib += left * sizes_kib[i] / 1024;
		if (all > 0 && used < sizeof(text))
			used += (size_t)snprintf(text + used, sizeof(text) - used,
						 "%s%lld of %lld free, %u MiB each", used > 0 ? "; " : "",
						 left, all, sizes_kib[i] / 1024);
	}
	if (node < 0) {
		snprintf(item, sizeof(item), "pages");
		snprintf(mend, sizeof(mend), "echo %d >/proc/sys/vm/nr_hugepages", PAGES);
	} else {
		snprintf(item, sizeof(item), "node %d", node);
		snprintf(mend, sizeof(mend),
			 "echo %d >/sys/devices/system/node/node%d/hugepages/hugepages-2048kB/nr_hugepages",
			 PAGES, node);
	}
	if (free_mib >= (nic ? WANTED_MIB : main_lcore ? MAIN_MIB : 1))
		check_line(c, CHECK_OK, CHECK_FOR_NONE, item, NULL, "%s", text);
	else
		check_line(c, nic || main_lcore ? CHECK_MISSING : CHECK_WARNING,
			   nic || main_lcore ? CHECK_FOR(CHECK_ETHDEV) : CHECK_FOR_NONE, item, mend, "%s; %s",
			   used > 0 ? text : "none",
			   nic		? "a port with its packets takes " WANTED_TEXT
			   : main_lcore ? "EAL's main lcore is there, and needs some"
					: "no NIC is on it");
}

/* Where they are mounted: the third word of a line is the kind of file system. */
static bool find_mount(const struct check *c, char where[MOUNT_MAX])
{
	char path[512], *line = NULL, kind[64];
	bool found = false;
	size_t room = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/proc/self/mounts", c->root);
	f = fopen(path, "re");
	while (f != NULL && !found && getline(&line, &room, f) >= 0) {
		if (sscanf(line, "%*s %127s %63s", where, kind) != 2 || strcmp(kind, "hugetlbfs") != 0)
			continue;
		found = true;
	}
	free(line);
	if (f != NULL)
		fclose(f);
	return found;
}

static void check_mount(struct check *c)
{
	char where[MOUNT_MAX], mend[CHECK_TEXT];

	if (!find_mount(c, where))
		check_line(c, CHECK_MISSING, CHECK_FOR(CHECK_ETHDEV), "mount",
			   "mkdir -p /dev/hugepages && mount -t hugetlbfs nodev /dev/hugepages", "none");
	else if (c->live && access(where, W_OK) < 0) {
		snprintf(mend, sizeof(mend), "chmod 1777 %s", where);
		check_line(c, CHECK_WARNING, CHECK_FOR_NONE, "mount", mend,
			   "%s: this user may not write there", where);
	} else
		check_line(c, CHECK_OK, CHECK_FOR_NONE, "mount", NULL, "%s", where);
}

void check_hugepages(struct check *c)
{
	int node;

	if (c->topology.nodes == 0)
		check_node(c, -1);
	for (node = 0; node < QS_NODES_MAX; node++) {
		if (c->topology.node_mask & UINT64_C(1) << node)
			check_node(c, node);
	}
	check_mount(c);
}
