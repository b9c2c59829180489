/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Zeroed memory. EAL takes what was freed for zeroed, and hands it out so; but a driver may write to what it
 * has freed (net_af_xdp of 22.11 does when a device is taken away), and a table with one bit set is not
 * empty.
 */
#ifndef QS_ALLOC_H
#define QS_ALLOC_H

#include <string.h>

#include <rte_malloc.h>

/** Zeroed in fact, aligned to a cache line. @return NULL: no memory. [ctl] */
static inline void *qs_zalloc(const char *what, size_t bytes, int node)
{
	void *p = rte_malloc_socket(what, bytes, RTE_CACHE_LINE_SIZE, node);

	return p != NULL ? memset(p, 0, bytes) : NULL;
}

#endif
