/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * How a source's packets become frames and get into their socket: headers by the routes and neighbours of the
 * twin, or of the interface where it stays the kernel's, else as the configuration gives them.
 */
#ifndef DQ_SENDER_H
#define DQ_SENDER_H

#include <net/qs_frame.h>
#include <net/qs_route.h>

#include "instance.h"

struct dq_sender {
	struct rte_qsock *qs;
	struct rte_mempool *pool;
	struct qs_route *route; /* NULL: nobody knows any */
	struct qs_hop hop;	/* of what generation says */
	struct qs_route_ask ask;
	struct qs_flow flow;
	struct qs_frame frame;
	uint64_t tx_offloads;
	uint64_t seq;	  /* of the next packet */
	uint64_t no_mbuf; /* packets that found no buffer */
	uint64_t no_route;
	bool framed; /* frame stands for hop */
};

/** Headers for a stream's dst and src; checks that they can be. */
int dq_sender_init(struct dq_sender *t, const struct dq_port *port, const struct qs_stream_config *conf,
		   struct rte_mempool *pool, struct dq_error *e);

/** Send one UDP frame of so many bytes: sequence number, time, and zeros. @return whether it was sent. */
bool dq_sender_frame(struct dq_sender *t, uint32_t frame_bytes);

/** Send bytes as they are. @return whether they were sent. */
bool dq_sender_raw(struct dq_sender *t, const void *bytes, uint32_t len);

/** Largest frame that a port takes, without FCS. */
uint32_t dq_frame_max(const struct dq_port *port);

#endif
