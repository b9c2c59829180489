/* SPDX-License-Identifier: BSD-3-Clause */
#include "qs_histogram.h"

void qs_histogram_clear(struct qs_histogram *h)
{
	unsigned int i;

	qs_histogram_set(&h->count, 0);
	qs_histogram_set(&h->sum_ns, 0);
	qs_histogram_set(&h->sum_carry, 0);
	qs_histogram_set(&h->min_ns, 0);
	qs_histogram_set(&h->max_ns, 0);
	for (i = 0; i < QS_HISTOGRAM_BUCKETS; i++)
		qs_histogram_set(&h->buckets[i], 0);
}

void qs_histogram_copy(struct qs_histogram *copy, const struct qs_histogram *h)
{
	unsigned int i;

	copy->count = 0;
	for (i = 0; i < QS_HISTOGRAM_BUCKETS; i++) {
		copy->buckets[i] = __atomic_load_n(&h->buckets[i], __ATOMIC_RELAXED);
		copy->count += copy->buckets[i];
	}
	copy->sum_ns = __atomic_load_n(&h->sum_ns, __ATOMIC_RELAXED);
	copy->sum_carry = __atomic_load_n(&h->sum_carry, __ATOMIC_RELAXED);
	copy->min_ns = __atomic_load_n(&h->min_ns, __ATOMIC_RELAXED);
	copy->max_ns = __atomic_load_n(&h->max_ns, __ATOMIC_RELAXED);
}

void qs_histogram_merge(struct qs_histogram *into, const struct qs_histogram *from)
{
	unsigned int i;

	if (from->count == 0)
		return;
	if (into->count == 0 || from->min_ns < into->min_ns)
		into->min_ns = from->min_ns;
	if (from->max_ns > into->max_ns)
		into->max_ns = from->max_ns;
	into->sum_ns += from->sum_ns;
	into->sum_carry += from->sum_carry + (into->sum_ns < from->sum_ns);
	into->count += from->count;
	for (i = 0; i < QS_HISTOGRAM_BUCKETS; i++)
		into->buckets[i] += from->buckets[i];
}

uint64_t qs_histogram_bound(unsigned int bucket)
{
	unsigned int shift;
	uint64_t top;

	if (bucket < (1u << QS_HISTOGRAM_SUB_BITS))
		return bucket;
	if (bucket >= QS_HISTOGRAM_BUCKETS - 1)
		return UINT64_MAX;
	/* The inverse of qs_histogram_bucket(): bucket = shift * 16 + top, top being 16 .. 31. */
	shift = (bucket >> QS_HISTOGRAM_SUB_BITS) - 1;
	top = bucket - (shift << QS_HISTOGRAM_SUB_BITS);
	return ((top + 1) << shift) - 1;
}

uint64_t qs_histogram_percentile(const struct qs_histogram *h, unsigned int per_mille)
{
	uint64_t rank, seen = 0, bound;
	unsigned int i;

	if (h->count == 0)
		return 0;
	/* Nearest rank, ceil(count * per_mille / 1000), without a product that overflows. */
	rank = h->count / 1000 * per_mille + (h->count % 1000 * per_mille + 999) / 1000;
	if (rank <= 1)
		return h->min_ns;
	for (i = 0; i < QS_HISTOGRAM_BUCKETS; i++) {
		seen += h->buckets[i];
		if (seen >= rank)
			break;
	}
	bound = qs_histogram_bound(i);
	if (bound > h->max_ns)
		return h->max_ns;
	return bound < h->min_ns ? h->min_ns : bound;
}

uint64_t qs_histogram_mean(const struct qs_histogram *h)
{
	unsigned __int128 sum = ((unsigned __int128)h->sum_carry << 64) | h->sum_ns;

	if (h->count == 0)
		return 0;
	sum /= h->count;
	if (sum > h->max_ns)
		return h->max_ns;
	return sum < h->min_ns ? h->min_ns : (uint64_t)sum;
}
