/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>

#include "qs_heap.h"

#define GROUP 4u /* children of one */

int qs_heap_create(struct rte_qsock_sched *s, struct qs_heap *h, uint32_t max_members)
{
	size_t n =
		(size_t)max_members + 2 * GROUP; /* the first has a line of its own; the last may be alone */
	struct qs_heap_entry *lines = rte_qsock_sched_alloc(s, n * sizeof(*lines));

	if (lines == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		lines[i].key = QS_HEAP_NONE;
	h->v = lines + GROUP - 1;
	return 0;
}
