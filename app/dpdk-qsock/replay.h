/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * A capture file, packet by packet, with the time of each since the first.
 */
#ifndef DQ_REPLAY_H
#define DQ_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"

struct dq_replay;

/**
 * Open a file and look through all of it, so that nothing in it can fail later.
 * @param frame_max longest frame that the port takes
 */
int dq_replay_open(const struct qs_stream_config *conf, uint32_t frame_max, struct dq_replay **out,
		   struct dq_error *e);

/** NULL is allowed. */
void dq_replay_close(struct dq_replay *r);

/** Begin again with the first packet. @return false: the file is gone */
bool dq_replay_rewind(struct dq_replay *r);

/** The packet at hand; false: there is none any more. Valid until dq_replay_next(). */
bool dq_replay_packet(const struct dq_replay *r, uint64_t *time_ns, const uint8_t **bytes, uint32_t *len);

/** Go on to the next packet; after the last to the first, one round later, if it loops. */
void dq_replay_next(struct dq_replay *r);

#endif
