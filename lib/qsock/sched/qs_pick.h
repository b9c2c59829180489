/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The live core's way into a scheduler: records filled in place and handed over in batches, and packets
 * picked without a copy. Decisions are those of rte_qsock_sched_enqueue() and rte_qsock_sched_decide(), which
 * are made of the same code.
 *
 * A record is taken with qs_rec_new(), belongs to the scheduler from qs_sched_arrive() until qs_sched_pick()
 * tells of it, and then to the caller, who gives it back with qs_rec_put(). What the scheduler drops it gives
 * back itself, after it has told on_drop.
 */
#ifndef QS_PICK_H
#define QS_PICK_H

#include "sched/qs_link.h"
#include "sched/qs_types.h"

/** The pace of a port: what makes a decision due, and when what is sent begins. */
struct qs_pace {
	uint64_t clock_ns;   /**< the round's; set by the caller */
	uint64_t ahead_ns;   /**< decide so much before the link is free */
	uint64_t catchup_ns; /**< so much idle time may be made up */
	uint64_t free_ns;    /**< the modelled end of the last transmission */
	uint64_t now_ns;     /**< of the latest decision */
	uint64_t decisions;  /**< counted */
	uint64_t busy_ns;    /**< summed */
	struct qs_link link;
	bool want; /**< decide at once: set by the caller on arrivals, and by the picks */
};

/** A packet decided on. Its record stays as it is until it is given back. */
struct qs_picked {
	uint64_t now_ns;   /**< of the decision */
	uint64_t start_ns; /**< of its transmission */
	uint32_t rec;	   /**< its record */
	bool late;	   /**< it missed a deadline at some time */
};

#define QS_CLOSE_MAX 8u	  /* packets that a closed stream may cost others at once */
#define QS_REC_REFILL 32u /* so many records at a time are made ready for their first use */

bool qs_rec_refill(struct rte_qsock_sched *s);

/** The record of an index. */
static inline struct qs_rec *qs_rec_at(const struct rte_qsock_sched *s, uint32_t i)
{
	return &s->recs[i];
}

/**
 * A record to be filled: pkt, as rte_qsock_sched_enqueue() demands it, and stream, which is below
 * max_streams.
 * @return NULL: none left
 */
static inline struct qs_rec *qs_rec_new(struct rte_qsock_sched *s, uint32_t *i)
{
	if (qs_unlikely(s->nr_free == 0) && !qs_rec_refill(s))
		return NULL;
	*i = s->free_recs[--s->nr_free];
	return &s->recs[*i];
}

/** Give a record back. */
static inline void qs_rec_put(struct rte_qsock_sched *s, uint32_t i)
{
	s->free_recs[s->nr_free++] = i;
}

/**
 * Records for many, as from qs_rec_new(): they stand before *end, the next one last, and are the caller's
 * with qs_recs_taken().
 * @return how many, up to max
 */
static inline uint32_t qs_recs_ready(struct rte_qsock_sched *s, uint32_t max, const uint32_t **end)
{
	if (qs_unlikely(s->nr_free == 0))
		(void)qs_rec_refill(s);
	*end = s->free_recs + s->nr_free;
	return max < s->nr_free ? max : s->nr_free;
}

/** So many of those were taken. */
static inline void qs_recs_taken(struct rte_qsock_sched *s, uint32_t n)
{
	s->nr_free -= n;
}

/** Where records are written that are to be given back, one after another, with qs_recs_put(). */
static inline uint32_t *qs_recs_back(struct rte_qsock_sched *s)
{
	return s->free_recs + s->nr_free;
}

/** So many were written there. */
static inline void qs_recs_put(struct rte_qsock_sched *s, uint32_t n)
{
	s->nr_free += n;
}

/**
 * Packets arrive, in order of arrival_ns. Those of one time may come in any order of ids, unless
 * qs_sched_needs_order(): then in order of id. Those of one stream come in their order.
 * @param recs their records; overwritten
 * @param now_ns the coming decision's
 * @return how many found no stream: they stand in front of recs now, and are the caller's again
 */
uint32_t qs_sched_arrive(struct rte_qsock_sched *s, uint32_t *recs, uint32_t n, uint64_t now_ns);

/** Whether arrivals of one time must come in order of id: streams share one queue, or nobody knows. */
static inline bool qs_sched_needs_order(const struct rte_qsock_sched *s)
{
	return s->nr_fifo != 0;
}

/**
 * Decide as long as the pace allows it and something is found, up to max packets.
 * @return packets picked
 */
static inline uint32_t qs_sched_pick(struct rte_qsock_sched *s, struct qs_pace *pace, struct qs_picked *out,
				     uint32_t max)
{
	return s->pick(s, pace, out, max);
}

/**
 * Remove a stream as rte_qsock_sched_remove() does, in steps: nothing of it is picked any more from the first
 * one on, and what arrives finds no stream, but its id is in use until its last packet is closed.
 * @param id a stream, or one that is being closed; any other is one whose last packet was
 * @param max so many packets are closed now, in order, unless a pick has met them before
 * @return packets that are still to be closed
 */
uint32_t qs_sched_close(struct rte_qsock_sched *s, uint32_t id, uint64_t now_ns, uint32_t max);

/**
 * What a stream that is being closed has queued, its first packets.
 * @param cookies theirs
 * @return how many, up to max
 */
uint32_t qs_sched_closing(const struct rte_qsock_sched *s, uint32_t id, uint64_t *cookies, uint32_t max);

/** What rte_qsock_sched_state() would say of a stream just added with these parameters. */
void qs_sched_state_new(const struct rte_qsock_sched *s, const struct rte_qsock_stream_conf *conf,
			struct rte_qsock_stream_state *state);

/**
 * Have the memory that a stream needs which is not in use: whoever adds it later, or has it in order with
 * others, does not wait for it. One caller at a time. [any]
 */
void qs_sched_touch(struct rte_qsock_sched *s, uint32_t id);

/** The event of a packet just picked, with max = 1. */
void qs_sched_event(const struct rte_qsock_sched *s, const struct qs_picked *p, struct rte_qsock_event *sent);

/**
 * What the owner keeps of each stream, a line by id: it is fetched while further packets are picked, because
 * the owner accounts for those before next.
 */
static inline void qs_sched_beside(struct rte_qsock_sched *s, const void *lines)
{
	s->beside = lines;
}

/** Packets in all queues. */
static inline uint32_t qs_sched_queued(const struct rte_qsock_sched *s)
{
	return s->nr_queued;
}

/** Violations of all streams that there ever were. */
static inline uint64_t qs_sched_violations(const struct rte_qsock_sched *s)
{
	return s->violations;
}

#endif
