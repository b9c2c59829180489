/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>

#include "qs_heap.h"

#define GROUP 4u /* children of one */

int qs_heap_create(struct rte_qsock_sched *s, struct qs_heap *h, uint32_t max_members)
{
	/* The first has a line of its own; the last may be alone. */
	const size_t few = 2 * GROUP * sizeof(struct qs_heap_entry);
	struct qs_heap_entry *lines = qs_sched_reserve(
		s, QS_RESERVE_FROM_FRONT(few + max_members * sizeof(*lines), few, sizeof(*lines)));

	if (lines == NULL)
		return -ENOMEM;
	h->v = lines + GROUP - 1;
	return 0;
}
