/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * A port's share of a rate that several have together: told and asked for in one operation.
 */
#ifndef QS_SHARE_H
#define QS_SHARE_H

#include <stdint.h>

struct rte_qsock_port;

/** Of a port, at one instant. Totals are over all time, but may begin anew. */
struct qs_share {
	uint64_t rate_bps; /**< in: the share from now on; 0: as it is */
	uint64_t clock_ns;
	uint64_t free_ns; /**< until then something may be on the link that began at the old rate */
	uint64_t busy_ns;
	uint64_t sent;	  /**< packets */
	uint64_t dropped; /**< packets that ended otherwise */
	uint64_t waiting; /**< packets in lanes and queues */
};

/** Carry it out. What time the link has to make up is as many bytes as before. @return 0. [tx] */
int qs_share_run(struct rte_qsock_port *port, struct qs_share *share);

#endif
