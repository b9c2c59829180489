/* SPDX-License-Identifier: BSD-3-Clause */
/* Sort indices in place, without memory of its own: libc's qsort() may allocate. */
#ifndef QS_SORT_H
#define QS_SORT_H

#include "qs_types.h"

typedef bool (*qs_sort_before_fn)(const struct rte_qsock_sched *s, uint32_t a, uint32_t b);

/* Let v[i] sink to its place in a heap of n with the last one on top. */
static inline void qs_sort_sink(const struct rte_qsock_sched *s, uint32_t *v, uint32_t i, uint32_t n,
				qs_sort_before_fn before)
{
	uint32_t x = v[i];

	for (;;) {
		uint32_t child = 2 * i + 1;

		if (child >= n)
			break;
		if (child + 1 < n && before(s, v[child], v[child + 1]))
			child++;
		if (!before(s, x, v[child]))
			break;
		v[i] = v[child];
		i = child;
	}
	v[i] = x;
}

/* Heapsort: n log n at worst. */
static inline void qs_sort(const struct rte_qsock_sched *s, uint32_t *v, uint32_t n, qs_sort_before_fn before)
{
	for (uint32_t i = n / 2; i-- > 0;)
		qs_sort_sink(s, v, i, n, before);
	for (uint32_t end = n; end > 1;) {
		uint32_t last = v[0];

		v[0] = v[--end];
		v[end] = last;
		qs_sort_sink(s, v, 0, end, before);
	}
}

#endif
