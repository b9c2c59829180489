/* SPDX-License-Identifier: BSD-3-Clause */
/* The TX core: one round is control, ingest, decide, egress, account. */
#include <rte_prefetch.h>

#include "core/qs_clock.h"
#include "core/qs_thread.h"
#include "core/qs_txcore.h"
#include "obs/qs_record.h"
#include "obs/qs_stalls.h"

#define QS_EGRESS_POLL_NS UINT64_C(1000000)

/* One decision, if there is cause for one and the link has room. See "On a live port" in the doc. */
static bool tx_decide(struct rte_qsock_port *port, uint64_t clock_ns, struct rte_qsock_event *sent,
		      uint64_t *start_ns)
{
	struct qs_txcore *tx = &port->tx;
	uint64_t now_ns = RTE_MAX(clock_ns, tx->free_ns), earliest_ns;

	if (clock_ns + tx->ahead_ns < tx->free_ns)
		return false;
	if (!tx->want && rte_qsock_sched_next_ns(tx->sched) > now_ns)
		return false;
	tx->now_ns = now_ns;
	tx->totals.decisions++;
	qs_record_decide(tx->record, now_ns);
	tx->want = rte_qsock_sched_decide(tx->sched, now_ns, sent);
	qs_record_decided(tx->record, tx->want ? sent : NULL);
	if (!tx->want)
		return false;
	rte_prefetch0(&qs_port_socket(port, sent->stream)->left);
	rte_prefetch0((void *)(uintptr_t)sent->pkt.cookie);
	earliest_ns = clock_ns - RTE_MIN(clock_ns, tx->catchup_ns);
	*start_ns = RTE_MAX(tx->free_ns, earliest_ns);
	tx->free_ns = qs_link_time_ns(&tx->link, sent->pkt.len_bytes, sent->pkt.frames);
	tx->totals.busy_ns += tx->free_ns;
	tx->free_ns += *start_ns;
	return true;
}

/* Decide up to a burst and put it into the queue to the driver. @return decisions that sent something */
static uint32_t tx_decide_burst(struct rte_qsock_port *port, uint64_t clock_ns)
{
	struct rte_qsock_event sent[QS_BURST];
	uint64_t start_ns[QS_BURST];
	uint32_t n = 0;

	while (n < QS_BURST && tx_decide(port, clock_ns, &sent[n], &start_ns[n]))
		n++;
	if (n > 0)
		qs_egress_settle(port, sent, start_ns, n);
	return n;
}

static inline bool tx_recorded(const struct rte_qsock_port *port)
{
	return unlikely(port->tx.record != NULL);
}

/* Offer what the driver left, then decide and offer as long as it takes everything. */
static uint16_t tx_send(struct rte_qsock_port *port, uint64_t clock_ns)
{
	unsigned int bursts;
	uint16_t frames = 0;
	uint32_t decided = 0;

	/* A recorded round has no end but the link's: the simulator knows of no other. */
	for (bursts = 0; bursts < QS_ROUND_BURSTS || tx_recorded(port); bursts++) {
		if (qs_egress_left(port))
			frames += qs_egress_offer(port);
		if (qs_egress_left(port)) {
			qs_record_unlike(port->tx.record);
			break;
		}
		if (bursts > 0 && decided < QS_BURST)
			break;
		decided = tx_decide_burst(port, clock_ns);
	}
	if (decided > 0 && qs_egress_left(port))
		frames += qs_egress_offer(port);
	return frames;
}

uint16_t qs_txcore_round(struct rte_qsock_port *port, uint64_t clock_ns)
{
	struct qs_txcore *tx = &port->tx;
	uint16_t frames;

	clock_ns = RTE_MAX(clock_ns, tx->clock_ns);
	qs_stalls_note(&tx->totals.stalls, tx->round_ns, clock_ns);
	tx->round_ns = clock_ns;
	tx->clock_ns = clock_ns;

	qs_ctl_serve(port);
	if (tx->closing.count > 0)
		qs_closing_serve(port, clock_ns);
	if (qs_lanes_any(&port->lanes))
		qs_ingest(port, clock_ns);
	frames = tx_send(port, clock_ns);
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
	return RTE_MAX(qs_clock_now(), port->tx.clock_ns);
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
