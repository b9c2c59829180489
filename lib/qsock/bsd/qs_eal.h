/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * EAL for programs that have none of their own.
 */
#ifndef QS_EAL_H
#define QS_EAL_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Initialise EAL where the program has not, and leave the caller's CPU affinity as it was. [ctl]
 *
 * @param dev for which device: a PCI address is admitted
 * @param args EAL's arguments as one line; NULL: the environment's QSOCK_EAL_ARGS, else defaults
 * @return 0; -EINVAL the line cannot be read; -EIO EAL refused; -ENOMEM
 */
int qs_eal_ensure(const char *dev, const char *args);

/** Whether a device's name is a PCI address. [any] */
bool qs_eal_is_pci(const char *dev);

/** The worker lcore nearest to a node that has nothing to do; -1: none. [ctl] */
int qs_eal_idle_worker(int node);

#ifdef __cplusplus
}
#endif
#endif
