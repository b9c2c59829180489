/* SPDX-License-Identifier: BSD-3-Clause */
/* The TX core: one round is control, ingest, decide, egress, account. */
#include <rte_prefetch.h>

#include "core/qs_clock.h"
#include "core/qs_thread.h"
#include "core/qs_txcore.h"
#include "obs/qs_record.h"

#define QS_EGRESS_POLL_NS UINT64_C(1000000)

/* One decision, if one is due, and what became of it written down. */
static uint32_t tx_pick_recorded(struct qs_txcore *tx, struct qs_picked *picked)
{
	uint64_t decisions = tx->pace.decisions;
	struct rte_qsock_event sent;
	uint32_t n;

	qs_record_begin(tx->record);
	n = qs_sched_pick(tx->sched, &tx->pace, picked, 1);
	if (n > 0)
		qs_sched_event(tx->sched, picked, &sent);
	if (tx->pace.decisions > decisions)
		qs_record_decided(tx->record, tx->pace.now_ns, n > 0 ? &sent : NULL);
	qs_record_end(tx->record);
	return n;
}

static inline bool tx_recorded(const struct rte_qsock_port *port)
{
	return unlikely(port->tx.record != NULL);
}

/* Decide up to a burst. @return decisions that sent something */
static inline uint32_t tx_pick(struct qs_txcore *tx, struct qs_picked *picked)
{
	if (likely(tx->record == NULL))
		return qs_sched_pick(tx->sched, &tx->pace, picked, QS_BURST);
	return tx_pick_recorded(tx, picked);
}

/* Offer what the driver left, then decide and send as long as it takes everything. */
static uint16_t tx_send(struct rte_qsock_port *port)
{
	const uint32_t burst = tx_recorded(port) ? 1 : QS_BURST;
	struct qs_picked picked[QS_BURST];
	uint32_t bursts, n = burst;
	uint16_t frames = 0;

	if (qs_egress_left(port))
		frames = qs_egress_offer(port);
	/* A recorded round has no end but the link's: the simulator knows of no other. */
	for (bursts = 0; (bursts < QS_ROUND_BURSTS || tx_recorded(port)) && n == burst; bursts++) {
		if (qs_egress_left(port)) {
			qs_record_unlike(port->tx.record);
			break;
		}
		n = tx_pick(&port->tx, picked);
		if (n > 0)
			frames += qs_egress_send(port, picked, n);
	}
	return frames;
}

uint16_t qs_txcore_round(struct rte_qsock_port *port, uint64_t clock_ns)
{
	struct qs_txcore *tx = &port->tx;
	uint16_t frames;

	clock_ns = RTE_MAX(clock_ns, tx->pace.clock_ns);
	qs_stalls_note(&tx->stalls, tx->round_ns, clock_ns);
	tx->round_ns = clock_ns;
	tx->pace.clock_ns = clock_ns;

	/* Before the messages: what they begin to close is fetched until the next round. */
	if (tx->closing.count > 0)
		qs_closing_serve(port, clock_ns);
	qs_ctl_serve(port);
	if (unlikely(tx->pace.clock_ns != clock_ns)) { /* a socket has come with a later one */
		clock_ns = tx->pace.clock_ns;
		qs_await_later(&tx->await, clock_ns);
	}
	if (tx->await.most > 0 && qs_lanes_any(&port->lanes))
		qs_ingest(port, clock_ns);
	frames = tx_send(port);
	qs_record_round(tx->record, clock_ns);
	if (tx->free_count > 0)
		qs_free_flush(port);
	if (clock_ns >= tx->egress_poll_ns && tx->egress->ops->poll != NULL) {
		tx->egress_poll_ns = clock_ns + QS_EGRESS_POLL_NS;
		tx->egress->ops->poll(tx->egress, clock_ns);
	}
	return frames;
}

uint64_t qs_txcore_clock(const struct rte_qsock_port *port)
{
	return RTE_MAX(qs_clock_now(), port->tx.pace.clock_ns);
}

uint64_t qs_txcore_go_on(struct rte_qsock_port *port, uint64_t least_ns)
{
	port->tx.pace.clock_ns = RTE_MAX(qs_txcore_clock(port), least_ns);
	return port->tx.pace.clock_ns;
}

uint16_t rte_qsock_tx_poll(struct rte_qsock_port *port)
{
	uint64_t owner;

	if (unlikely(port == NULL))
		return 0;
	owner = __atomic_load_n(&port->owner, __ATOMIC_RELAXED);
	if (unlikely(owner != (qs_thread_self() | QS_OWNER_POLLER)) &&
	    qs_port_claim(port, true) >= QS_CLAIM_OTHER)
		return 0;
	return qs_txcore_round(port, qs_clock_now());
}
