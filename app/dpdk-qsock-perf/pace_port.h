/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * A paced port under load: sockets that are always backlogged, with eight different periods, a TX core that
 * the library launched, and an application that sends again what the egress gives back. What the modes that
 * measure it share.
 */
#ifndef PACE_PORT_H
#define PACE_PORT_H

#include "pace_egress.h"

#define PACE_BACKLOG 131072u /* packets of all sockets, where one of each are not more */

/** What a run wants of its port. */
struct pace_setup {
	const char *scheduler;
	uint8_t precedence;
	bool work_conserving;
	bool windows;	 /**< sockets have window-constraints; else deadlines alone order them */
	bool count_only; /**< see pace_egress */
	uint64_t catchup_ns;
	double load; /**< of the link: the sum of its sockets' rates */
	uint32_t sockets;
	uint32_t depth_max; /**< of a queue, so that the application may be away for so many periods */
};

struct pace {
	struct pace_egress egress;
	struct perf_port port;
	struct rte_mempool *pool;
	uint32_t depth;	     /* packets of each socket */
	uint64_t longest_ns; /* period */
	double load_pps;     /* what shall be sent */
};

/** Make it, launch its TX core and have each socket send: the link stands still till all have. @return 0; -1
 */
int pace_start(struct pace *p, const struct pace_setup *setup);

/** Before it counts, and for no longer than it will: until each socket has had its turn. */
void pace_warm_up(struct pace *p, uint64_t ns);

/** Serve for so long, counted from nothing. @param rep each call's its own @return whether there are frames
 * to compare */
bool pace_counted(struct pace *p, uint64_t ns, uint32_t rep);

/** Stop the TX core and take all of it away; harmless where it was not started as a whole. */
void pace_end(struct pace *p);

#endif
