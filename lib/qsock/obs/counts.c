/* SPDX-License-Identifier: BSD-3-Clause */
#include "obs/qs_counts.h"
#include "rte_qsock.h"

void qs_counts_fill(struct rte_qsock_counts *c, const struct qs_ends *ends, const struct qs_rare_ends *rare,
		    const struct qs_offers *offers, const struct qs_offers *base, uint64_t left)
{
	c->refused = offers->refused - base->refused;
	c->queue_drop = rare->queue_drop + offers->put_drop - base->put_drop;
	c->accepted = offers->put - rare->base_left - rare->queue_drop;
	c->offered = c->refused + c->queue_drop + c->accepted;
	c->on_time = ends->on_time;
	c->late = ends->late;
	c->late_drop = ends->late_drop;
	c->frame_drop = ends->frame_drop;
	c->closed = rare->closed;
	c->neigh_drop = rare->neigh_drop;
	c->tx_error = rare->tx_error;
	c->queued = offers->put - left;
	c->sent_bytes = ends->sent_bytes;
	c->late_stall = rare->late_stall;
	c->late_driver = rare->late_driver;
	c->late_queue = ends->late + ends->late_drop - rare->late_stall - rare->late_driver;
	c->violations = ends->violations - rare->base_violations;
}
