/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Arrays with an entry for each socket that a port may have, of which most are never touched: addresses for
 * all of it, memory for what is used. Memory comes from the kernel with the first write, in huge pages where
 * it has any; so who may not wait has somebody else write first.
 */
#ifndef QS_PAGES_H
#define QS_PAGES_H

#include <stddef.h>

/** Less than this is not worth it: then all of it may as well be there. */
#define QS_PAGES_MIN_BYTES ((size_t)2 << 20)

/** One array. All zero: none. */
struct qs_pages {
	void *at; /**< zeroed, aligned to a huge page */
	size_t bytes;
	void *map; /**< what is mapped, to be unmapped */
	size_t map_bytes;
};

/**
 * Map an array. It is not there in children of fork(2).
 * @param node of its memory; -1: any
 * @return where it is; NULL: not to be had, or it would be in small pages: other memory will do better. [ctl]
 */
void *qs_pages_map(struct qs_pages *pages, size_t bytes, int node);

/** Harmless for none. [ctl] */
void qs_pages_unmap(struct qs_pages *pages);

/** Bytes of it that take memory, or were read at least. [any] */
size_t qs_pages_used(const struct qs_pages *pages);

#endif
