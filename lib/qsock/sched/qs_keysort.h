/* SPDX-License-Identifier: BSD-3-Clause */
/* Sorting of a few different 64-bit keys without branches on them, which no predictor guesses. */
#ifndef QS_KEYSORT_H
#define QS_KEYSORT_H

#include <string.h>

#include "qs_types.h"

#define QS_KEYSORT_MAX 256u
#define QS_KEYSORT_BLOCK 8u

#define QS_KEYSORT_PAIR(a, b)                                                                                \
	do {                                                                                                 \
		uint64_t low_ = (b) < (a) ? (b) : (a);                                                       \
		(b) = (b) < (a) ? (a) : (b);                                                                 \
		(a) = low_;                                                                                  \
	} while (0)

/* A network of 19 comparisons. */
static inline void qs_keysort_block(uint64_t *v)
{
	uint64_t a = v[0], b = v[1], c = v[2], d = v[3], e = v[4], f = v[5], g = v[6], h = v[7];

	QS_KEYSORT_PAIR(a, c);
	QS_KEYSORT_PAIR(b, d);
	QS_KEYSORT_PAIR(e, g);
	QS_KEYSORT_PAIR(f, h);
	QS_KEYSORT_PAIR(a, e);
	QS_KEYSORT_PAIR(b, f);
	QS_KEYSORT_PAIR(c, g);
	QS_KEYSORT_PAIR(d, h);
	QS_KEYSORT_PAIR(a, b);
	QS_KEYSORT_PAIR(c, d);
	QS_KEYSORT_PAIR(e, f);
	QS_KEYSORT_PAIR(g, h);
	QS_KEYSORT_PAIR(c, e);
	QS_KEYSORT_PAIR(d, f);
	QS_KEYSORT_PAIR(b, e);
	QS_KEYSORT_PAIR(d, g);
	QS_KEYSORT_PAIR(b, c);
	QS_KEYSORT_PAIR(d, e);
	QS_KEYSORT_PAIR(f, g);
	v[0] = a;
	v[1] = b;
	v[2] = c;
	v[3] = d;
	v[4] = e;
	v[5] = f;
	v[6] = g;
	v[7] = h;
}

/* Two neighbours of n each, in order, become one: from both ends at once, so that none runs out. */
static inline void qs_keysort_merge(uint64_t *restrict out, const uint64_t *v, uint32_t n)
{
	const uint64_t *a = v, *b = v + n, *a_end = b - 1, *b_end = b + n - 1;
	size_t i = 0, j = 0; /* taken of a from its front, and of b from its end */

	for (size_t k = 0; k < n; k++) {
		/* What of k was not taken of the one was of the other. */
		uint64_t x = a[i], y = b[k - i], p = a_end[j - k], q = b_end[-j];

		out[k] = y < x ? y : x;
		i += x <= y;
		out[2 * n - 1 - k] = q < p ? p : q;
		j += p <= q;
	}
}

/* Up to QS_KEYSORT_MAX keys, in place; v has room for that many. */
static inline void qs_keysort(uint64_t *v, uint32_t n)
{
	uint64_t space[QS_KEYSORT_MAX] QS_ALIGNED, *from = v, *to = space;
	uint32_t padded = n, run = QS_KEYSORT_BLOCK;

	while (padded % QS_KEYSORT_BLOCK != 0)
		v[padded++] = UINT64_MAX;
	for (uint32_t i = 0; i < padded; i += QS_KEYSORT_BLOCK)
		qs_keysort_block(v + i);
	if (padded <= QS_KEYSORT_BLOCK)
		return;
	while ((padded & (padded - 1)) != 0)
		v[padded++] = UINT64_MAX;
	for (; run < padded; run *= 2) {
		for (uint32_t i = 0; i < padded; i += 2 * run)
			qs_keysort_merge(to + i, from + i, run);
		uint64_t *swap = from;

		from = to;
		to = swap;
	}
	if (from != v)
		memcpy(v, from, n * sizeof(*v));
}

#endif
