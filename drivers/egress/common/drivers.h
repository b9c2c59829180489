/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The drivers that there are: their names, and what each needs and gives. What doc/guides/drivers.rst says of
 * them stands here; a test compares the two.
 */
#ifndef QS_DRIVERS_H
#define QS_DRIVERS_H

enum qs_driver {
	QS_DRIVER_AUTO, /**< asked for only */
	QS_DRIVER_ETHDEV,
	QS_DRIVER_AF_XDP,
	QS_DRIVER_KERNEL, /**< of qsocket.h: messages, above the kernel's stack; it has no egress */
	QS_DRIVER_PACKET, /**< of TX cores: frames, through the kernel's qdisc; "kernel" to its users, too */
	QS_DRIVERS,
};

/** What holds with a driver, each in a few words. */
enum qs_guarantee {
	QS_GUARANTEE_DEVICES, /**< what it drives */
	QS_GUARANTEE_EARLY,   /**< whether a frame is handed over before its time */
	QS_GUARANTEE_ORDER,   /**< what may wait below the scheduler, in order of decision */
	QS_GUARANTEE_SEEN,    /**< what is known of a frame after that */
	QS_GUARANTEE_FOREIGN, /**< what the kernel itself sends on the device */
	QS_GUARANTEE_RECEIVE,
	QS_GUARANTEE_NEEDS,
	QS_GUARANTEES,
};

struct qs_driver_traits {
	const char *name;  /**< by which it is asked for */
	const char *title; /**< by which it is told from the others */
	const char *guarantee[QS_GUARANTEES];
};

/** By enum qs_driver, whose first values are Q_DRIVER_ of qsocket.h. */
extern const struct qs_driver_traits qs_drivers[QS_DRIVERS];

/** What each guarantee is about. */
extern const char *const qs_guarantee_names[QS_GUARANTEES];

/** @return enum qs_driver, of those that qsocket.h has; -1: none of that name. [any] */
int qs_driver_by_name(const char *name);

#endif
