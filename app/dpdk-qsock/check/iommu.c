/* SPDX-License-Identifier: BSD-3-Clause */
/* What DPDK reaches a NIC by: vfio behind an IOMMU, or uio without. */
#include <string.h>
#include <unistd.h>

#include <util/qs_sysfs.h>

#include "check.h"

static bool is_intel(const struct check *c)
{
	char text[4096];

	return qs_sysfs_read(c->root, text, sizeof(text), "/proc/cpuinfo") > 0 &&
	       strstr(text, "GenuineIntel") != NULL;
}

bool check_unsafe_vfio(const struct check *c)
{
	char text[8];

	return qs_sysfs_read(c->root, text, sizeof(text),
			     "/sys/module/vfio/parameters/enable_unsafe_noiommu_mode") > 0 &&
	       (text[0] == 'Y' || text[0] == '1');
}

/* @return whether it is there, or can be */
static bool check_module(struct check *c, const char *name, bool other)
{
	char mend[CHECK_TEXT];

	snprintf(mend, sizeof(mend), "modprobe %s", name);
	if (check_module_there(c, name))
		check_line(c, CHECK_OK, CHECK_FOR_NONE, name, NULL, "there");
	else if (check_module_loadable(c, name))
		check_line(c, CHECK_WARNING, CHECK_FOR_NONE, name, mend, "not loaded");
	else {
		/* One of the two will do. */
		check_line(c, CHECK_MISSING, other ? CHECK_FOR_NONE : CHECK_FOR(CHECK_ETHDEV), name, NULL,
			   "not in this kernel");
		return false;
	}
	return true;
}

static bool can_be(const struct check *c, const char *name)
{
	return check_module_there(c, name) || check_module_loadable(c, name);
}

static void check_groups(struct check *c, unsigned int groups)
{
	char mend[CHECK_TEXT];
	bool without;

	if (groups > 0) {
		check_line(c, CHECK_OK, CHECK_FOR_NONE, "IOMMU", NULL, "%u groups", groups);
		return;
	}
	check_boot_mend(mend, sizeof(mend), is_intel(c) ? "intel_iommu=on iommu=pt" : "iommu=pt");
	without = can_be(c, "uio_pci_generic") || check_unsafe_vfio(c);
	check_line(c, without ? CHECK_WARNING : CHECK_MISSING,
		   without ? CHECK_FOR_NONE : CHECK_FOR(CHECK_ETHDEV), "IOMMU", mend,
		   "no groups: off in firmware or kernel; a NIC could write anywhere in memory");
}

void check_iommu(struct check *c)
{
	unsigned int groups = check_each(c, "/sys/kernel/iommu_groups", NULL);

	check_groups(c, groups);
	check_module(c, "vfio-pci", can_be(c, "uio_pci_generic"));
	check_module(c, "uio_pci_generic", can_be(c, "vfio-pci") && (groups > 0 || check_unsafe_vfio(c)));
	if (check_unsafe_vfio(c))
		check_line(c, CHECK_WARNING, CHECK_FOR_NONE, "no-IOMMU mode",
			   "echo N >/sys/module/vfio/parameters/enable_unsafe_noiommu_mode",
			   "on: vfio-pci without an IOMMU, and without its protection");
	else
		check_line(c, CHECK_OK, CHECK_FOR_NONE, "no-IOMMU mode", NULL, "off");
	if (c->live && access("/usr/bin/dpdk-devbind.py", X_OK) < 0 &&
	    access("/usr/local/bin/dpdk-devbind.py", X_OK) < 0)
		check_line(c, CHECK_WARNING, CHECK_FOR_NONE, "dpdk-devbind.py",
			   "apt-get install dpdk pciutils", "not installed");
}
