/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Bytes over the last second, without a timer: marks of a running total, at most four a second.
 */
#ifndef QS_RATE_H
#define QS_RATE_H

#include <stdint.h>

#define QS_RATE_MARKS 6
#define QS_RATE_STEP_NS UINT64_C(250000000)
#define QS_RATE_WINDOW_NS UINT64_C(1000000000)

/**
 * "At at_ns, bytes had been sent". All zero: nothing sent yet. Which one is the newest is kept elsewhere,
 * where it costs no cache line of its own: a mark is on one.
 */
struct qs_rate {
	struct {
		uint64_t at_ns, bytes;
	} mark[QS_RATE_MARKS];
};

/** Before a packet is added to the total: bytes is the total without it. @return the newest now. [tx] */
uint8_t qs_rate_mark(struct qs_rate *r, uint8_t newest, uint64_t now_ns, uint64_t bytes);

/** Bits per second over the last second before now_ns; bytes is the total now. [any] */
uint64_t qs_rate_bps(const struct qs_rate *r, uint8_t newest, uint64_t now_ns, uint64_t bytes);

#endif
