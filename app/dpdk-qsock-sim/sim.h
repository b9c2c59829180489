/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * One link in virtual time.
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include <stdbool.h>
#include <stdio.h>

#include <sched/qs_link.h>

#include "feed.h"
#include "stats.h"

struct sim {
	/* Given. */
	const struct qs_config *cfg;
	const struct qs_port_config *port;
	struct feed *feed;
	FILE *events;	   /**< NULL: not wanted */
	uint64_t until_ns; /**< no decision after it; RTE_QSOCK_NEVER: no bound */
	/* Results. */
	struct stats stats;
	uint64_t decisions;
	uint64_t start_ns; /**< the first decision's time */
	uint64_t last_ns;  /**< the last one's */
	uint64_t free_ns;  /**< end of the last transmission */
	uint64_t busy_ns;  /**< time that the link was sending */
	bool cut;	   /**< decisions after until_ns were left out */
	/* Its own. */
	struct rte_qsock_sched *sched;
	struct qs_link link;
	int rc; /* a failure within an event */
	char *why;
	size_t why_len;
};

/** Make the scheduler, with the streams of cfg. @return 0; negative errno, and why says what */
int sim_init(struct sim *sim, char *why, size_t why_len);

void sim_free(struct sim *sim);

/** Let it run to its end: sim.c in virtual time, polls.c as a live port did. @return 0; negative errno */
int sim_run(struct sim *sim);
int sim_replay(struct sim *sim, const char *polls_path);

/**
 * One decision: admit what arrived at or before admit_ns, expire, select.
 * @param sent the packet that was selected
 * @return 1 sent; 0 the link idles; negative errno
 */
int sim_decide(struct sim *sim, uint64_t now_ns, uint64_t admit_ns, struct rte_qsock_event *sent);

/** A transmission: the link is busy from start_ns to sim->free_ns. */
void sim_transmit(struct sim *sim, const struct rte_qsock_event *sent, uint64_t start_ns);

#endif
