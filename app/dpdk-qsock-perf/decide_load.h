/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * A load for the disciplines, in virtual time: every stream backlogged and served at most once a period,
 * periods log-uniform over 1 .. 64 times the shortest, 16 window-constraints, ids shuffled against both.
 * Nothing of DPDK: valgrind counts its instructions, too.
 */
#ifndef DECIDE_LOAD_H
#define DECIDE_LOAD_H

#include "sched/qs_pick.h"

#define LOAD_BURST 32u

/** What is asked for. */
struct load_conf {
	const char *scheduler;
	uint8_t precedence; /**< enum rte_qsock_precedence */
	uint32_t streams;
	uint32_t percent; /**< of the link: the sum over the streams of a slot's time by the period */
	void *(*alloc)(void *arg, size_t bytes); /**< as of a scheduler; NULL: calloc */
	void (*release)(void *arg, void *p);
};

/** What happened since the caller set it to 0. */
struct load_counts {
	uint64_t sent;
	uint64_t late;	  /**< sent, but after their deadline */
	uint64_t dropped; /**< for their deadline */
	uint64_t idle;	  /**< decisions that found nothing to send */
	uint64_t arrived;
};

struct load {
	struct rte_qsock_sched *sched;
	struct qs_pace pace;
	struct load_counts counts;
	struct qs_picked picked[LOAD_BURST];
	uint32_t nr_picked;
	uint32_t *gone; /**< streams that lost a packet and have not got the next */
	uint32_t nr_gone;
	uint64_t decisions; /**< the pace's, at the end of the last burst */
};

/** Make it, and run it for so long that each stream was served a few times. @return 0; -1 no memory */
int load_make(struct load *l, const struct load_conf *conf);
void load_free(struct load *l);

/** Decide up to a burst. @return packets picked; 0: the link idles until load_arrive() moves the clock on */
uint32_t load_decide(struct load *l);

/** The next packet of each stream that lost one, and the clock goes on to where a decision is due. */
void load_arrive(struct load *l);

#endif
