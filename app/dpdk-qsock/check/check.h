/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * What `dpdk-qsock check` finds on a machine: lines in groups, each with a status, the drivers that cannot do
 * without it, and the command that mends it. A file a group; each is a function that adds its lines.
 *
 * Files are read under a root, so that another machine's can be looked at; what must be tried is asked for by
 * name (probe.h). No EAL.
 */
#ifndef DQ_CHECK_H
#define DQ_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <numa/qs_topology.h>

#include "common/choose.h"

#define CHECK_TEXT 256
#define CHECK_NAME 40

enum check_status {
	CHECK_OK,
	CHECK_WARNING, /* it works, but not as well; or it cannot be seen */
	CHECK_MISSING,
};

/** What can carry a port, the best first. */
enum check_driver {
	CHECK_ETHDEV,
	CHECK_AF_XDP,
	CHECK_KERNEL,
	CHECK_DRIVERS,
};

/** A set of them. */
#define CHECK_FOR(driver) (1u << (driver))
#define CHECK_FOR_NONE 0u
#define CHECK_FOR_ALL (CHECK_FOR(CHECK_ETHDEV) | CHECK_FOR(CHECK_AF_XDP) | CHECK_FOR(CHECK_KERNEL))

struct check_line {
	const char *group;
	char item[CHECK_NAME];
	enum check_status status;
	unsigned int needed_by; /* set of drivers that cannot do without */
	char text[CHECK_TEXT];
	char mend[CHECK_TEXT]; /* "": nothing to be done, or by no command */
};

struct check_nic {
	char name[CHECK_NAME];	 /* of the interface; of one that is bound to DPDK its PCI address */
	char pci[CHECK_NAME];	 /* "": it is on no PCI bus */
	char driver[CHECK_NAME]; /* in the kernel; "": none */
	int node;
	long long speed_mbps;	  /* 0: not known */
	bool bound;		  /* to DPDK */
	bool up;		  /* running; of no interest if bound */
	bool routes;		  /* leads to others */
	bool group;		  /* of an IOMMU */
	enum check_driver use;	  /* without a twin */
	enum qs_driver by_itself; /* what a port on it gets where nobody asks; with a twin, if that can be */
};

struct check {
	const char *root; /* "": this machine */
	bool live;	  /* it is this machine */
	const char *group;
	struct qs_topology topology;
	struct check_nic *nics;
	unsigned int n_nics;
	struct check_line *lines;
	unsigned int n_lines;
	int wanted; /* the driver that is asked for; -1: the best that an interface could use */
};

/** Add a line to the group. @param mend NULL: none */
__attribute__((format(printf, 6, 7))) void check_line(struct check *c, enum check_status status,
						      unsigned int needed_by, const char *item,
						      const char *mend, const char *fmt, ...);

/* The groups. */
void check_interfaces(struct check *c);
void check_hugepages(struct check *c);
void check_iommu(struct check *c);
void check_kernel(struct check *c);
void check_xdp(struct check *c);
void check_privileges(struct check *c);
void check_clock(struct check *c);
void check_cpus(struct check *c);

/** Find the NICs, and which driver each could use: nic.c. */
void check_find_nics(struct check *c);

/** Its name, as in common/drivers.h, which says what it guarantees. */
const char *check_driver_name(enum check_driver driver);

/** The driver that counts: what was asked for, or the best that a NIC could use. @return -1: none */
int check_driver(const struct check *c);

/** Whether a line keeps that driver from working. */
bool check_degrades(const struct check *c, const struct check_line *line);

/* Files under the root: files.c. */
__attribute__((format(printf, 2, 3))) bool check_there(const struct check *c, const char *fmt, ...);

/** The last part of what a link leads to. @return false: there is no such link */
__attribute__((format(printf, 4, 5))) bool check_link(const struct check *c, char *base, size_t len,
						      const char *fmt, ...);

/** Each name in a folder, in order. @param take may be NULL @return how many */
unsigned int check_each(struct check *c, const char *folder, void (*take)(struct check *c, const char *name));

/* Modules: module.c. */
/** Whether one is loaded or built in. */
bool check_module_there(const struct check *c, const char *name);
/** Whether one can be loaded. */
bool check_module_loadable(const struct check *c, const char *name);
/** The one made for a PCI device. @return false: not known */
bool check_module_of(const struct check *c, const char *pci, char *name, size_t len);

/** Whether vfio may do without an IOMMU: iommu.c. */
bool check_unsafe_vfio(const struct check *c);

/** Which module to bind a NIC to for DPDK: interfaces.c. */
const char *check_bind_module(const struct check *c, const struct check_nic *nic);

/** A command that adds words to the kernel's command line, as Debian boots it: cpu.c. */
void check_boot_mend(char *mend, size_t len, const char *words);

#endif
