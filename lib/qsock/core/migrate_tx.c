/* SPDX-License-Identifier: BSD-3-Clause */
/* What a move asks of the two TX cores. */
#include <errno.h>

#include "core/qs_migrate.h"
#include "core/qs_txcore.h"

#define MOVE_LINK_MAX_NS UINT64_C(1000000000) /* what is under way for longer is not waited for */

/* Entries of the waiting lane, as a poll of their own: what the round takes after them arrives later. */
static bool move_take(struct rte_qsock_port *port, struct qs_lane *waiting, uint64_t end)
{
	bool all = qs_ingest_lane(port, waiting, end, qs_txcore_go_on(port, 0));

	port->tx.pace.clock_ns++;
	return all;
}

static struct qs_lane *move_waiting(const struct rte_qsock_port *port)
{
	return port->lanes.lane[QS_WAITING_LANE];
}

int qs_move_reserve(struct rte_qsock_port *port, struct qs_move *mv)
{
	struct rte_qsock_sched *s = port->tx.sched;

	if (rte_qsock_sched_room(s) < mv->max_recs)
		return -ENOBUFS;
	for (mv->nr_recs = 0; mv->nr_recs < mv->max_recs; mv->nr_recs++)
		if (qs_rec_new(s, &mv->recs[mv->nr_recs]) == NULL)
			break;
	return 0;
}

int qs_move_give_back(struct rte_qsock_port *port, struct qs_move *mv)
{
	while (mv->nr_recs > 0)
		qs_rec_put(port->tx.sched, mv->recs[--mv->nr_recs]);
	return 0;
}

/* Whether all that its senders had put before has been taken. */
static bool move_taken(struct rte_qsock_port *port, const struct qs_move *mv)
{
	struct qs_lane *waiting = move_waiting(port);

	if (waiting->take != mv->first_pos || qs_ring_end(&waiting->put) == mv->first_pos ||
	    !(qs_ring_at(&waiting->put, (uint32_t)mv->first_pos)->what & QS_SLOT_AFTER))
		return true;
	return move_take(port, waiting, mv->first_pos + 1);
}

int qs_move_leave(struct rte_qsock_port *port, struct qs_move *mv)
{
	const struct qs_pace *pace = &port->tx.pace;
	uint32_t id = qs_socket_id(mv->qs);

	if (!move_taken(port, mv))
		return -EAGAIN;
	/* What the driver has not taken is counted here, and comes first on the wire. */
	if (qs_egress_decided(port, id) > 0 || pace->free_ns > pace->clock_ns + MOVE_LINK_MAX_NS ||
	    qs_carry_size(port->tx.sched, id) > mv->nr_recs)
		return -EAGAIN;
	mv->clock_ns = pace->clock_ns;
	mv->free_ns = pace->free_ns;
	qs_socket_admit(port, mv->qs);
	return qs_carry_out(port->tx.sched, id, &mv->stream);
}

int qs_move_enter(struct rte_qsock_port *port, struct qs_move *mv)
{
	uint64_t clock_ns = qs_txcore_go_on(port, mv->clock_ns);
	int ret = qs_carry_in(port->tx.sched, qs_socket_id(mv->qs), &mv->stream, mv->recs,
			      RTE_MAX(clock_ns, port->tx.pace.free_ns));

	if (ret != 0)
		return ret;
	while (mv->nr_recs > mv->stream.n)
		qs_rec_put(port->tx.sched, mv->recs[--mv->nr_recs]);
	mv->nr_recs = 0;
	port->tx.pace.want = true;
	return 0;
}

int qs_move_drain(struct rte_qsock_port *port, struct qs_move *mv)
{
	struct qs_lane *waiting = move_waiting(port);
	uint64_t end = qs_ring_end(&waiting->put);

	return end == waiting->take || move_take(port, waiting, end) ? 0 : -EAGAIN;
}
