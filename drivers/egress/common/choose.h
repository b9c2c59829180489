/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Which driver a device gets: the one that was asked for; or by itself ethdev, else AF_XDP, else the kernel.
 * The only place that knows the rule: ports are made by it, and `dpdk-qsock check` asks it.
 */
#ifndef QS_CHOOSE_H
#define QS_CHOOSE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/drivers.h"

#define QS_AF_XDP_MTU_MAX 4078u /**< whose frames, with a VLAN tag, have a page: AF_XDP's longest */

/** Whether it has a twin interface, which needs what is received. */
enum qs_twin_wish {
	QS_TWIN_MAY, /**< nobody said: it has where that can be */
	QS_TWIN_NONE,
	QS_TWIN_MUST,
};

/** What is known of a device before a driver has it. */
struct qs_choice {
	enum qs_driver asked;
	bool interface; /**< it is a kernel interface, and none of EAL's */
	enum qs_twin_wish twin;
	uint32_t mtu_bytes; /**< of the interface; 0: not known */
	enum qs_driver
		kernel; /**< the caller's driver through the kernel: QS_DRIVER_KERNEL or QS_DRIVER_PACKET */
};

/** Why a driver did not come up. */
struct qs_refusal {
	bool by_driver; /**< it cannot be had on this device; else something is wrong that no other would mend
			 */
	char why[200];
};

/** What whoever makes ports does at each step. */
struct qs_choice_steps {
	/** Bring the device up by a driver, or leave nothing. @return 0; negative errno, and *refusal says
	 * why */
	int (*up)(void *arg, enum qs_driver driver, struct qs_refusal *refusal);
	/** Whether the settings that were given are for this driver. NULL: they always are. */
	bool (*fits)(void *arg, enum qs_driver driver);
	/** One driver gives way to another. NULL: nobody is told. */
	void (*gives_way)(void *arg, enum qs_driver from, enum qs_driver to, const char *why);
};

/** The driver that is tried first. [any] */
enum qs_driver qs_choice_first(const struct qs_choice *choice);

/**
 * The driver that is tried when one was refused with an errno value. A driver that was asked for by name, and
 * a device that must have a twin, have no other; neither has one that is EAL's. [any]
 * @return QS_DRIVER_AUTO: none
 */
enum qs_driver qs_choice_next(const struct qs_choice *choice, enum qs_driver refused, int error);

/**
 * Bring a device up by the first of its drivers that can be had. [ctl]
 * @param driver the one that was tried last: it has the device if this returns 0
 * @return 0; the error of that driver
 */
int qs_choice_up(const struct qs_choice *choice, const struct qs_choice_steps *steps, void *arg,
		 enum qs_driver *driver);

/** Say in the log that one driver gives way to another, why, and what holds from now on. [ctl] */
void qs_choice_tell(const char *device, enum qs_driver from, enum qs_driver to, const char *why);

#endif
