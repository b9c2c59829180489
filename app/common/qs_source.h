/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * When a built-in source sends: the same times in the simulator and on a live port.
 */
#ifndef QS_SOURCE_H
#define QS_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "qs_config.h"
#include "qs_prng.h"

/** Times are below it, so that the stream clock's sums do not overflow. */
#define QS_SOURCE_TIME_MAX_NS ((uint64_t)INT64_MAX)

/** cbr, poisson, onoff: next_ns is the time of the next packet. greedy: of the first. */
struct qs_source {
	uint64_t next_ns;   /**< since the run began */
	uint64_t on_end_ns; /**< onoff: end of the time that it sends */
	struct qs_prng prng;
};

/** Begin at conf->start_ns. */
void qs_source_start(struct qs_source *s, const struct qs_stream_config *conf);

/** Go on to the packet after the one at next_ns; not for greedy. */
void qs_source_advance(struct qs_source *s, const struct qs_stream_config *conf);

/** Whether a time is past the end of the source. */
static inline bool qs_source_over(const struct qs_stream_config *conf, uint64_t at_ns)
{
	return at_ns > QS_SOURCE_TIME_MAX_NS || (conf->stop_ns != 0 && at_ns >= conf->stop_ns);
}

#endif
