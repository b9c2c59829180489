/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdlib.h>
#include <string.h>

#include <util/qs_sysfs.h>

#include "probe.h"

#define CLASS_NETWORK 0x02 /* PCI's base class */

static bool is_pci(const char *name)
{
	unsigned int domain, bus, device, function;
	int end = -1;

	return sscanf(name, "%x:%x:%x.%u%n", &domain, &bus, &device, &function, &end) == 4 && end >= 0 &&
	       name[end] == '\0';
}

/* The PCI device above an interface: the last address on its path. */
static void find_pci(const struct check *c, struct check_nic *nic)
{
	char link[PATH_MAX], path[PATH_MAX], *slash;

	snprintf(link, sizeof(link), "%s/sys/class/net/%s/device", c->root, nic->name);
	if (realpath(link, path) == NULL)
		return;
	while ((slash = strrchr(path, '/')) != NULL && slash != path) {
		if (is_pci(slash + 1)) {
			snprintf(nic->pci, sizeof(nic->pci), "%.*s", (int)sizeof(nic->pci) - 1, slash + 1);
			return;
		}
		*slash = '\0';
	}
}

static void find_driver(const struct check *c, struct check_nic *nic)
{
	check_link(c, nic->driver, sizeof(nic->driver), "/sys/bus/pci/devices/%s/driver", nic->pci);
	nic->group = check_there(c, "/sys/bus/pci/devices/%s/iommu_group", nic->pci);
}

/* Whether a route goes through it: the IPv4 table, of which dpdk-devbind.py asks too. */
static bool has_routes(const struct check *c, const char *name)
{
	char path[PATH_MAX], *line = NULL;
	const size_t len = strlen(name);
	bool found = false;
	size_t room = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/proc/net/route", c->root);
	f = fopen(path, "re");
	while (f != NULL && !found && getline(&line, &room, f) >= 0)
		found = strncmp(line, name, len) == 0 && line[len] == '\t';
	free(line);
	if (f != NULL)
		fclose(f);
	return found;
}

static struct check_nic *add_nic(struct check *c)
{
	struct check_nic *nic = reallocarray(c->nics, c->n_nics + 1, sizeof(*nic));

	if (nic == NULL)
		return NULL;
	c->nics = nic;
	nic += c->n_nics++;
	*nic = (struct check_nic){.node = -1};
	return nic;
}

/* As the probes say. */
static int could_be_up(void *arg, enum qs_driver driver, struct qs_refusal *refusal)
{
	refusal->by_driver = true;
	return (driver == QS_DRIVER_ETHDEV || driver == QS_DRIVER_AF_XDP) &&
			       check_probe(arg, "af_xdp") == PROBE_NO
		       ? -ENOTSUP
		       : 0;
}

/* The driver that a port on an interface would get. */
static enum qs_driver choice_of(struct check *c, const char *name, enum qs_twin_wish twin)
{
	static const struct qs_choice_steps steps = {.up = could_be_up};
	struct qs_choice choice = {.interface = true, .twin = twin, .kernel = QS_DRIVER_PACKET};
	enum qs_driver driver;
	long long mtu;

	if (qs_sysfs_number(c->root, &mtu, "/sys/class/net/%s/mtu", name) == 0 && mtu > 0)
		choice.mtu_bytes = (uint32_t)mtu;
	qs_choice_up(&choice, &steps, c, &driver);
	return driver;
}

/* An Ethernet interface of the kernel's. */
static void take_interface(struct check *c, const char *name)
{
	struct check_nic *nic;
	long long type;
	char state[16];

	/* What is mounted may be another network namespace's. */
	if (c->live && if_nametoindex(name) == 0)
		return;
	if (qs_sysfs_number(c->root, &type, "/sys/class/net/%s/type", name) < 0 || type != ARPHRD_ETHER)
		return;
	nic = add_nic(c);
	if (nic == NULL)
		return;
	snprintf(nic->name, sizeof(nic->name), "%.*s", (int)sizeof(nic->name) - 1, name);
	nic->node = qs_topology_netdev(c->root, name);
	qs_sysfs_read(c->root, state, sizeof(state), "/sys/class/net/%s/operstate", name);
	nic->up = strcmp(state, "up") == 0 || strcmp(state, "unknown") == 0;
	if (qs_sysfs_number(c->root, &nic->speed_mbps, "/sys/class/net/%s/speed", name) < 0 ||
	    nic->speed_mbps < 0)
		nic->speed_mbps = 0;
	nic->routes = has_routes(c, name);
	nic->by_itself = choice_of(c, name, QS_TWIN_MAY);
	nic->use = choice_of(c, name, QS_TWIN_NONE) == QS_DRIVER_AF_XDP ? CHECK_AF_XDP : CHECK_KERNEL;
	find_pci(c, nic);
	if (nic->pci[0] != '\0')
		find_driver(c, nic);
}

static bool is_dpdk_driver(const char *driver)
{
	return strcmp(driver, "vfio-pci") == 0 || strcmp(driver, "uio_pci_generic") == 0 ||
	       strcmp(driver, "igb_uio") == 0;
}

/* A network device that has no interface, since DPDK has it or nobody. */
static void take_pci(struct check *c, const char *address)
{
	struct check_nic *nic;
	long long class;

	if (qs_sysfs_number(c->root, &class, "/sys/bus/pci/devices/%s/class", address) < 0 ||
	    class >> 16 != CLASS_NETWORK)
		return;
	nic = add_nic(c);
	if (nic == NULL)
		return;
	snprintf(nic->name, sizeof(nic->name), "%.*s", (int)sizeof(nic->name) - 1, address);
	snprintf(nic->pci, sizeof(nic->pci), "%.*s", (int)sizeof(nic->pci) - 1, address);
	nic->node = qs_topology_pci(c->root, address);
	find_driver(c, nic);
	nic->bound = is_dpdk_driver(nic->driver);
	nic->use = nic->bound ? CHECK_ETHDEV : CHECK_DRIVERS;
	nic->by_itself = nic->bound ? QS_DRIVER_ETHDEV : QS_DRIVER_AUTO;
}

static bool has_interface(const struct check *c, const char *address)
{
	unsigned int i;

	for (i = 0; i < c->n_nics; i++) {
		if (strcmp(c->nics[i].pci, address) == 0)
			return true;
	}
	return false;
}

static void take_rest(struct check *c, const char *address)
{
	if (!has_interface(c, address))
		take_pci(c, address);
}

void check_find_nics(struct check *c)
{
	check_each(c, "/sys/class/net", take_interface);
	check_each(c, "/sys/bus/pci/devices", take_rest);
}
