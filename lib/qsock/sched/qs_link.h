/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * How long a frame occupies a link, in whole nanoseconds, with the remainder carried, so that the
 * long-run rate is exact. Pure: the TX core and the simulator both use it.
 */
#ifndef QS_LINK_H
#define QS_LINK_H

#include <stdbool.h>
#include <stdint.h>

#define QS_LINK_BIT_NS UINT64_C(8000000000)	       /* bits a byte times nanoseconds a second */
#define QS_LINK_BYTES_64 (UINT64_MAX / QS_LINK_BIT_NS) /* up to here a product fits 64 bits */

/**
 * A link. Set the first two and zero the rest; change overhead_bytes at any time, and rate_bps, better with
 * qs_link_rate_set().
 * Owned by one thread.
 */
struct qs_link {
	uint64_t rate_bps;	 /**< 0: infinitely fast */
	uint32_t overhead_bytes; /**< added to each frame on the wire */
	uint64_t rem;		 /**< carried remainder, in 1 / rate_bps ns; less than rate_bps */
	/* The last quotient: traffic of one size needs no division. */
	uint64_t last_rate_bps;
	uint64_t last_bytes;
	uint64_t last_ns;
	uint64_t last_rem;
};

/** Change its rate: the remainder stays the time that it is. [any] */
static inline void qs_link_rate_set(struct qs_link *l, uint64_t rate_bps)
{
	if (l->rate_bps != 0)
		l->rem = (uint64_t)((unsigned __int128)l->rem * rate_bps / l->rate_bps);
	l->rate_bps = rate_bps;
}

/** Divide 8*10^9*bytes by the rate and keep the result. A quotient beyond 64 bits saturates. */
static inline void qs_link_divide(struct qs_link *l, uint64_t bytes)
{
	l->last_rate_bps = l->rate_bps;
	l->last_bytes = bytes;
	if (bytes <= QS_LINK_BYTES_64) {
		l->last_ns = QS_LINK_BIT_NS * bytes / l->rate_bps;
		l->last_rem = QS_LINK_BIT_NS * bytes % l->rate_bps;
		return;
	}
	unsigned __int128 bit_ns = (unsigned __int128)QS_LINK_BIT_NS * bytes;
	unsigned __int128 ns = bit_ns / l->rate_bps;

	l->last_ns = ns > UINT64_MAX ? UINT64_MAX : (uint64_t)ns;
	l->last_rem = (uint64_t)(bit_ns % l->rate_bps);
}

/**
 * The time that a packet occupies the link: (8*10^9*(len + overhead*frames) + rem) / rate. [any]
 *
 * @param l         the link; its remainder moves on
 * @param len_bytes bytes of all its frames, without overhead
 * @param frames    how many frames they are
 * @return nanoseconds
 */
static inline uint64_t qs_link_time_ns(struct qs_link *l, uint64_t len_bytes, uint32_t frames)
{
	uint64_t overhead_bytes = (uint64_t)l->overhead_bytes * frames;
	uint64_t bytes = len_bytes + overhead_bytes;

	if (bytes < len_bytes)
		bytes = UINT64_MAX;
	if (l->rate_bps == 0)
		return 0;
	if (bytes != l->last_bytes || l->rate_bps != l->last_rate_bps)
		qs_link_divide(l, bytes);
	uint64_t ns = l->last_ns;

	if (l->rem >= l->rate_bps) { /* the rate was lowered */
		ns += l->rem / l->rate_bps;
		l->rem %= l->rate_bps;
	}

	uint64_t room = l->rate_bps - l->last_rem;

	if (l->rem < room) {
		l->rem += l->last_rem;
	} else {
		l->rem -= room;
		ns++;
	}
	return ns < l->last_ns ? UINT64_MAX : ns;
}

/** The size for which qs_link_time_again() will do: that of the packet before. UINT64_MAX: none. */
static inline uint64_t qs_link_same_bytes(const struct qs_link *l)
{
	return l->rate_bps != 0 && l->rate_bps == l->last_rate_bps && l->rem < l->rate_bps ? l->last_bytes
											   : UINT64_MAX;
}

/** As qs_link_time_ns() where length and overhead are qs_link_same_bytes(). [any] */
static inline uint64_t qs_link_time_again(struct qs_link *l)
{
	uint64_t rem = l->rem + l->last_rem; /* both less than the rate, which is less than 2^63 */
	bool more = rem >= l->rate_bps;

	l->rem = rem - (more ? l->rate_bps : 0);
	return l->last_ns + more;
}

#endif
