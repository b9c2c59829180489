/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Memory that EAL does not own, on a node: putting it there, and asking where it is.
 *
 * Where the kernel has no NUMA, or a container blocks these calls, they say -ENOTSUP: then there is nothing
 * to be done, and nothing is wrong.
 */
#ifndef QS_NUMA_H
#define QS_NUMA_H

#include <stddef.h>
#include <stdint.h>

#include "numa/qs_topology.h"

/** Where pages are. */
struct qs_numa_pages {
	uint64_t on[QS_NODES_MAX]; /**< by node */
	uint64_t absent;	   /**< never touched, so nowhere */
};

/**
 * Have memory on a node: pages that are there move if they can, those to come are taken there while it has
 * room, else elsewhere; qs_numa_where() tells what came of it. [ctl]
 * @param addr any address: all pages that the range touches
 * @param node -1: any, which does nothing
 * @return 0; -ENOTSUP no NUMA; -EINVAL no such node; -EFAULT not mapped
 */
int qs_numa_bind(void *addr, size_t bytes, int node);

/**
 * Ask where memory is, of at most QS_NUMA_SAMPLES pages of it, evenly spread; what they say is added to
 * pages. [ctl]
 * @return 0; -ENOTSUP no NUMA
 */
int qs_numa_where(const void *addr, size_t bytes, struct qs_numa_pages *pages);
#define QS_NUMA_SAMPLES 512

/** The node of most pages. @return -1: none is anywhere */
int qs_numa_most(const struct qs_numa_pages *pages);

/** How many are elsewhere than on a node; 0 where that is -1. */
uint64_t qs_numa_remote(const struct qs_numa_pages *pages, int node);

#endif
