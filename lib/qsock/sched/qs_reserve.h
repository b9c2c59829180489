/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory that follows how many streams are in use, not how many there may be.
 *
 * An array is made for all of them, but where it was reserved only, it is addresses, to which memory comes
 * with the first write. So nothing of it is touched before it is needed, and what a stream in use may need is
 * touched by whoever brings it into use, in qs_sched_touch(): the owner of the scheduler does not wait
 * for memory.
 */
#ifndef QS_RESERVE_H
#define QS_RESERVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QS_RESERVES_MAX 8u
#define QS_PACKETS_BYTES_MAX ((size_t)64 << 20) /* some 10 ms of who sends first */
#define QS_RESERVE_PAGE 4096u			/* memory comes in so much, or in more */

/* An array, and how it comes into use. */
struct qs_reserve {
	uint8_t *at;
	size_t bytes;	     /* all of it */
	size_t first_bytes;  /* from its front, in use with the first stream */
	uint32_t each_bytes; /* and so many more with each */
	bool by_id;	     /* which are the stream's own entry; else those that follow in the array */
};

/* An entry of so many bytes for each of n streams, by id. */
#define QS_RESERVE_BY_ID(n, size)                                                                            \
	((struct qs_reserve){.bytes = (size_t)(n) * (size), .each_bytes = (uint32_t)(size), .by_id = true})
/* Entries that come into use from the front, as many as streams, and a few more. */
#define QS_RESERVE_FROM_FRONT(all_bytes, few_bytes, size)                                                    \
	((struct qs_reserve){                                                                                \
		.bytes = (all_bytes), .first_bytes = (few_bytes), .each_bytes = (uint32_t)(size)})
/* All of it comes into use with the first stream. */
#define QS_RESERVE_AT_ONCE(all_bytes) ((struct qs_reserve){.bytes = (all_bytes), .first_bytes = (all_bytes)})

#endif
