/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * A log-linear histogram of times: 16 buckets an octave from 16 ns on, one a nanosecond below.
 *
 * A percentile is never too low, and too high by less than 1/16. min, max, mean and count are exact.
 * Fixed size (4.7 kB), no pointers, all zero is empty: it may lie in shared memory. One writer;
 * who reads meanwhile takes a copy first.
 */
#ifndef QS_HISTOGRAM_H
#define QS_HISTOGRAM_H

#include <stdint.h>

#define QS_HISTOGRAM_SUB_BITS 4
#define QS_HISTOGRAM_TOP_BITS 40 /* 2^40 ns = 18 min; what is longer counts in the last bucket */
#define QS_HISTOGRAM_BUCKETS ((QS_HISTOGRAM_TOP_BITS - QS_HISTOGRAM_SUB_BITS + 1) << QS_HISTOGRAM_SUB_BITS)

struct qs_histogram {
	uint64_t count;
	uint64_t sum_ns;    /**< low 64 bits of the sum */
	uint64_t sum_carry; /**< its high bits: 10 Mpps at 50 ms would pass 2^64 in ten hours */
	uint64_t min_ns;    /**< valid if count > 0 */
	uint64_t max_ns;
	uint64_t buckets[QS_HISTOGRAM_BUCKETS];
};

/** The bucket that a time falls in. [any] */
static inline unsigned int qs_histogram_bucket(uint64_t ns)
{
	unsigned int shift;

	if (ns < (UINT64_C(1) << QS_HISTOGRAM_SUB_BITS))
		return (unsigned int)ns;
	if (ns >> QS_HISTOGRAM_TOP_BITS)
		return QS_HISTOGRAM_BUCKETS - 1;
	shift = 63 - QS_HISTOGRAM_SUB_BITS - (unsigned int)__builtin_clzll(ns);
	return (shift << QS_HISTOGRAM_SUB_BITS) + (unsigned int)(ns >> shift);
}

/* The writer's half of what a copier reads meanwhile; a plain store to the processor. */
static inline void qs_histogram_set(uint64_t *field, uint64_t value)
{
	__atomic_store_n(field, value, __ATOMIC_RELAXED);
}

/** Count one time. [any, one writer] */
static inline void qs_histogram_add(struct qs_histogram *h, uint64_t ns)
{
	uint64_t *bucket = &h->buckets[qs_histogram_bucket(ns)];

	qs_histogram_set(&h->sum_ns, h->sum_ns + ns);
	if (h->sum_ns < ns)
		qs_histogram_set(&h->sum_carry, h->sum_carry + 1);
	if (h->count == 0 || ns < h->min_ns)
		qs_histogram_set(&h->min_ns, ns);
	if (ns > h->max_ns)
		qs_histogram_set(&h->max_ns, ns);
	qs_histogram_set(bucket, *bucket + 1);
	qs_histogram_set(&h->count, h->count + 1);
}

/** Begin anew. [the writer] */
void qs_histogram_clear(struct qs_histogram *h);

/**
 * A copy while the writer goes on. Its count is that of its buckets; the mean may be that of a few entries
 * more or fewer, but lies between min and max. [any]
 */
void qs_histogram_copy(struct qs_histogram *copy, const struct qs_histogram *h);

/** Add what is in from to into. [any] */
void qs_histogram_merge(struct qs_histogram *into, const struct qs_histogram *from);

/**
 * The smallest bucket bound that at least per_mille of 1000 entries do not exceed, cut to min and max. [any]
 * @param per_mille 0 .. 1000; 999 is the 99.9th percentile
 * @return 0 if empty
 */
uint64_t qs_histogram_percentile(const struct qs_histogram *h, unsigned int per_mille);

/** The mean, rounded down and cut to min and max; 0 if empty. [any] */
uint64_t qs_histogram_mean(const struct qs_histogram *h);

/** The largest time that falls in a bucket (the last has none: UINT64_MAX), to draw one. [any] */
uint64_t qs_histogram_bound(unsigned int bucket);

#endif
