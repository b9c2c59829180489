/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * What the kernel tells in files of one line, under /sys and /proc, and its lists of numbers.
 *
 * Each path is looked up under a root, so that the files of another machine can be read: "" is this one.
 * All functions are [any] unless they say otherwise.
 */
#ifndef QS_SYSFS_H
#define QS_SYSFS_H

#include <sched.h>
#include <stddef.h>

/** The root that tests have set (the environment's QSOCK_SYSFS), else "". */
const char *qs_sysfs_root(void);

/**
 * Read a small file, its last line feed taken off.
 * @return its length, cut to what buf takes; negative errno, and buf is ""
 */
__attribute__((format(printf, 4, 5))) int qs_sysfs_read(const char *root, char *buf, size_t len,
							const char *fmt, ...);

/** Read a number, decimal or as 0x. @return 0; negative errno, -EINVAL: it is none */
__attribute__((format(printf, 3, 4))) int qs_sysfs_number(const char *root, long long *value, const char *fmt,
							  ...);

/** Read a list such as 0-3,8. @return how many; -EINVAL no list, or beyond CPU_SETSIZE */
int qs_sysfs_list(const char *text, cpu_set_t *set);

#endif
