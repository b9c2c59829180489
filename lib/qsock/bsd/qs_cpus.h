/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Which CPUs EAL's lcores get where the library starts EAL.
 */
#ifndef QS_CPUS_H
#define QS_CPUS_H

#include <sched.h>
#include <stddef.h>

#include "numa/qs_topology.h"

#ifdef __cplusplus
extern "C" {
#endif

#define QS_CPUS_WORKERS 8 /**< lcores for TX cores: ports a process can have; those without work sleep */
#define QS_CPUS_TEXT 16384

/**
 * Write the argument of --lcores: lcore 0 is the caller, on all of its CPUs; the workers share the others,
 * from the highest down, since systems put their own work on the lowest. Where there are several nodes they
 * take turns, the nearest first, so that a later device finds a worker near it too. [any]
 *
 * @param node of the device that EAL is started for; -1: none
 * @return CPUs allowed: 0 none or no room for the text; 1: workers and caller share it
 */
unsigned int qs_cpus_plan(const cpu_set_t *allowed, const struct qs_topology *t, int node, char *lcores,
			  size_t len);

#ifdef __cplusplus
}
#endif
#endif
