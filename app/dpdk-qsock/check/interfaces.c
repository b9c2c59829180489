/* SPDX-License-Identifier: BSD-3-Clause */
/* The NICs: which driver each could use, and what dpdk-devbind.py takes to bind it to DPDK and back. */
#include <glob.h>
#include <limits.h>
#include <net/if.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

#define ITEM_NAME 20 /* of an interface, beside what is said of it */

const char *check_bind_module(const struct check *c, const struct check_nic *nic)
{
	return nic->group || check_unsafe_vfio(c) ? "vfio-pci" : "uio_pci_generic";
}

/* @return false: this kernel has no module for it */
static bool bind_command(const struct check *c, const struct check_nic *nic, char *text, size_t len)
{
	const char *module = check_bind_module(c, nic);
	const bool there = check_module_there(c, module);

	if (!there && !check_module_loadable(c, module))
		return false;
	snprintf(text, len, "%s%s%s%s%s%sdpdk-devbind.py -b %s %s", nic->routes ? "ip link set " : "",
		 nic->routes ? nic->name : "", nic->routes ? " down && " : "", there ? "" : "modprobe ",
		 there ? "" : module, there ? "" : " && ", module, nic->pci);
	return true;
}

/* Another device of its IOMMU group that a kernel's driver has: vfio takes all of a group, or none.
 * @return false: none */
static bool neighbour(const struct check *c, const struct check_nic *nic, char *name, size_t len)
{
	char pattern[PATH_MAX], to[PATH_MAX], *base;
	bool found = false;
	glob_t paths;
	ssize_t n;
	size_t i;

	snprintf(pattern, sizeof(pattern), "%s/sys/bus/pci/devices/%s/iommu_group/devices/*/driver", c->root,
		 nic->pci);
	if (glob(pattern, GLOB_NOSORT, NULL, &paths) != 0)
		return false;
	for (i = 0; i < paths.gl_pathc && !found; i++) {
		n = readlink(paths.gl_pathv[i], to, sizeof(to) - 1);
		to[n < 0 ? 0 : n] = '\0';
		base = strrchr(to, '/');
		if (base == NULL || strcmp(base, "/vfio-pci") == 0 || strcmp(base, "/pcieport") == 0)
			continue;
		*strrchr(paths.gl_pathv[i], '/') = '\0';
		base = strrchr(paths.gl_pathv[i], '/') + 1;
		found = strcmp(base, nic->pci) != 0;
		snprintf(name, len, "%s", base);
	}
	globfree(&paths);
	return found;
}

static void say_bound(struct check *c, const struct check_nic *nic)
{
	char where[CHECK_TEXT], mend[CHECK_TEXT];
	bool can;

	snprintf(where, sizeof(where), "%s%s%s, ", strcmp(nic->pci, nic->name) != 0 ? nic->pci : "",
		 strcmp(nic->pci, nic->name) != 0 ? ", " : "",
		 nic->driver[0] != '\0' ? nic->driver : "no driver");
	if (nic->node >= 0)
		snprintf(where + strlen(where), sizeof(where) - strlen(where), "node %d, ", nic->node);
	if (nic->bound) {
		check_line(c, CHECK_OK, CHECK_FOR_NONE, nic->name, NULL, "%sDPDK's: ethdev", where);
		return;
	}
	can = bind_command(c, nic, mend, sizeof(mend));
	check_line(c, CHECK_WARNING, CHECK_FOR_NONE, nic->name, can ? mend : NULL,
		   "%sneither the kernel nor DPDK has it", where);
}

static void say_interface(struct check *c, const struct check_nic *nic)
{
	char where[CHECK_TEXT] = "virtual, ", speed[32] = "", mend[CHECK_TEXT];
	const bool virtual = nic->pci[0] == '\0', with_twin = nic->by_itself == QS_DRIVER_ETHDEV;

	if (!virtual)
		snprintf(where, sizeof(where), "%s, %s, ", nic->pci,
			 nic->driver[0] != '\0' ? nic->driver : "no driver");
	if (nic->node >= 0)
		snprintf(where + strlen(where), sizeof(where) - strlen(where), "node %d, ", nic->node);
	if (nic->speed_mbps > 0)
		snprintf(speed, sizeof(speed), ", %lld Mbit/s", nic->speed_mbps);
	snprintf(mend, sizeof(mend), "ip link set %s up", nic->name);
	check_line(c, nic->up || virtual ? CHECK_OK : CHECK_WARNING, CHECK_FOR_NONE, nic->name,
		   nic->up || virtual ? NULL : mend, "%s%s%s: auto is %s%s%s", where, nic->up ? "up" : "down",
		   speed, qs_drivers[nic->by_itself].name, with_twin ? ", without a twin " : "",
		   with_twin ? check_driver_name(nic->use) : "");
}

static void say_to_dpdk(struct check *c, const struct check_nic *nic)
{
	char item[CHECK_NAME], mend[CHECK_TEXT], other[CHECK_NAME];

	snprintf(item, sizeof(item), "%.*s, to DPDK", ITEM_NAME, nic->name);
	if (!bind_command(c, nic, mend, sizeof(mend)))
		check_line(c, CHECK_MISSING, CHECK_FOR_NONE, item, NULL, "this kernel has no %s",
			   check_bind_module(c, nic));
	else if (nic->routes)
		check_line(c, CHECK_WARNING, CHECK_FOR_NONE, item, mend,
			   "it has routes: who is connected over it is cut off");
	else if (neighbour(c, nic, other, sizeof(other)))
		check_line(c, CHECK_WARNING, CHECK_FOR_NONE, item, mend,
			   "%s is in its IOMMU group: it must be bound too, or to no driver", other);
	else
		check_line(c, CHECK_OK, CHECK_FOR_NONE, item, mend, "nothing is in the way");
}

static void say_back(struct check *c, const struct check_nic *nic)
{
	char item[CHECK_NAME], mend[CHECK_TEXT], driver[CHECK_NAME] = "DRIVER";
	bool known = !nic->bound;

	if (!nic->bound)
		snprintf(driver, sizeof(driver), "%s", nic->driver);
	else
		known = check_module_of(c, nic->pci, driver, sizeof(driver));
	snprintf(item, sizeof(item), "%.*s, back", ITEM_NAME, nic->name);
	snprintf(mend, sizeof(mend), "dpdk-devbind.py -b %s %s", driver, nic->pci);
	check_line(c, CHECK_OK, CHECK_FOR_NONE, item, mend, "%s",
		   known ? "to the kernel's driver" : "to the kernel's driver that it had before");
}

/* The first that could be bound, as an example. */
static void say_none_bound(struct check *c)
{
	char mend[CHECK_TEXT] = "";
	unsigned int i;

	for (i = 0; i < c->n_nics; i++) {
		if (c->nics[i].bound)
			return;
		if (mend[0] == '\0' && c->nics[i].pci[0] != '\0' && !c->nics[i].routes &&
		    !bind_command(c, &c->nics[i], mend, sizeof(mend)))
			mend[0] = '\0';
	}
	check_line(c, CHECK_MISSING, CHECK_FOR(CHECK_ETHDEV), "DPDK's NICs", mend, "none is bound");
}

/* Interfaces that are there and that the files do not tell of. */
static void say_unseen(struct check *c)
{
	struct if_nameindex *list = c->live ? if_nameindex() : NULL;
	unsigned int i, n = 0;

	if (list == NULL)
		return;
	for (i = 0; list[i].if_index != 0; i++)
		n += !check_there(c, "/sys/class/net/%s", list[i].if_name);
	if_freenameindex(list);
	if (n > 0)
		check_line(c, CHECK_WARNING, CHECK_FOR_NONE, "/sys", "mount -t sysfs sysfs /sys",
			   "of another network namespace: %u interfaces cannot be seen", n);
}

void check_interfaces(struct check *c)
{
	const struct check_nic *nic;

	for (nic = c->nics; nic < c->nics + c->n_nics; nic++) {
		if (nic->bound || nic->use == CHECK_DRIVERS)
			say_bound(c, nic);
		else
			say_interface(c, nic);
		if (nic->pci[0] == '\0' || nic->use == CHECK_DRIVERS)
			continue;
		if (!nic->bound)
			say_to_dpdk(c, nic);
		say_back(c, nic);
	}
	if (c->n_nics == 0)
		check_line(c, CHECK_MISSING, CHECK_FOR_ALL, "Ethernet", NULL,
			   "no interface, and none is bound to DPDK");
	say_unseen(c);
	say_none_bound(c);
}
