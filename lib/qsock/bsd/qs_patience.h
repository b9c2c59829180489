/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * How long a sender waits for room, and its sleep.
 */
#ifndef QS_PATIENCE_H
#define QS_PATIENCE_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A sender's patience, over all its waits in one call. */
struct qs_patience {
	bool known;
	bool never;	   /**< it may not block */
	uint64_t until_ns; /**< SO_SNDTIMEO; 0: for ever */
};

/** By O_NONBLOCK, MSG_DONTWAIT and SO_SNDTIMEO, unless it is known already. [any] */
void qs_patience_read(int fd, int flags, struct qs_patience *patience);

/**
 * Sleep while the word has that value. [any]
 * @return 0: look again; -EAGAIN the time is over; -EINTR
 */
int qs_patience_sleep(const struct qs_patience *patience, uint32_t *word, uint32_t value);

/** Have those who sleep by the word look again; its value has changed. [any] */
void qs_patience_wake(uint32_t *word);

#ifdef __cplusplus
}
#endif
#endif
