/* SPDX-License-Identifier: BSD-3-Clause */
/* Packets that are not sent. */
#include "core/qs_txcore.h"
#include "obs/qs_record.h"

void qs_free_flush(struct rte_qsock_port *port)
{
	rte_pktmbuf_free_bulk(port->tx.free_mbufs, port->tx.free_count);
	port->tx.free_count = 0;
}

void qs_free_later(struct rte_qsock_port *port, struct rte_mbuf *m)
{
	if (port->tx.free_count == QS_FREE_MAX)
		qs_free_flush(port);
	port->tx.free_mbufs[port->tx.free_count++] = m;
}

/* A packet was dropped late: why. */
static void drop_cause(struct rte_qsock_port *port, struct qs_socket_tx *tx, const struct rte_qsock_event *ev)
{
	uint64_t missed_ns = ev->pkt.deadline_ns != 0 ? ev->pkt.deadline_ns : ev->time_ns;
	enum qs_cause cause = qs_stalls_cause(&port->tx.stalls, ev->pkt.arrival_ns, missed_ns, 0);

	qs_stalls_count(&qs_tx_rare(tx)->ends, cause);
	qs_stalls_count(&port->tx.totals.rare, cause);
}

/* One end of a socket, and of the port. */
static void drop_count(struct qs_port_totals *totals, struct qs_socket_rare *rare, uint8_t type)
{
	switch (type) {
	case RTE_QSOCK_EV_LATE_DROP:
		rare->late_drop++;
		totals->ends.late_drop++;
		break;
	case RTE_QSOCK_EV_FRAME_DROP:
		rare->frame_drop++;
		totals->ends.frame_drop++;
		break;
	case RTE_QSOCK_EV_QUEUE_DROP:
		rare->ends.queue_drop++;
		totals->rare.queue_drop++;
		break;
	default:
		rare->ends.closed++;
		totals->rare.closed++;
		break;
	}
}

void qs_drop_event(void *arg, const struct rte_qsock_event *ev)
{
	struct rte_qsock_port *port = arg;
	struct qs_socket_tx *tx = qs_port_tx(port, ev->stream);

	if (unlikely(tx->bounded))
		qs_bounded_leave(port, tx, ev->pkt.len_bytes, ev->pkt.frames);
	drop_count(&port->tx.totals, qs_tx_rare(tx), ev->type);
	if (ev->type == RTE_QSOCK_EV_LATE_DROP)
		drop_cause(port, tx, ev);
	qs_left(port, tx);
	qs_record_event(port->tx.record, ev);
	qs_free_later(port, qs_cookie_mbuf(ev->pkt.cookie));
}
