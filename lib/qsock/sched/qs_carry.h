/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * A stream carried from one scheduler to another of the same discipline, whole: parameters, window, clock,
 * frames, numbers, violations and queue, in the same order and with the same arrivals. What it decides there
 * is what it would have decided where it was.
 *
 * A discipline from outside the tree has state that nobody else knows: there its packets arrive anew, in
 * order, at the time of the call.
 */
#ifndef QS_CARRY_H
#define QS_CARRY_H

#include "sched/qs_pick.h"

/** A stream between two schedulers. recs is the caller's, with room for all of its packets. */
struct qs_carried {
	struct rte_qsock_stream_conf conf;
	struct qs_stream stream;
	struct qs_cold cold;
	struct qs_rec *recs;
	uint32_t n; /**< packets in recs, from the head */
};

/** Packets in a stream's queue. 0 if it is not in use. */
uint32_t qs_carry_size(const struct rte_qsock_sched *s, uint32_t id);

/** Take a stream out; its id is free. Its violations stay counted in this scheduler. @return 0; -ENOENT */
int qs_carry_out(struct rte_qsock_sched *s, uint32_t id, struct qs_carried *c);

/**
 * Put it into a scheduler, under an id that is not in use there.
 * @param recs   c->n records taken with qs_rec_new() before; they are the scheduler's then
 * @param now_ns the coming decision's
 * @return 0; -EEXIST id in use; -EINVAL id, or parameters that this discipline does not take
 */
int qs_carry_in(struct rte_qsock_sched *s, uint32_t id, const struct qs_carried *c, const uint32_t *recs,
		uint64_t now_ns);

#endif
