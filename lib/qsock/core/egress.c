/* SPDX-License-Identifier: BSD-3-Clause */
/* Decided packets: to the driver, and into the counters. */
#include <rte_prefetch.h>

#include "core/qs_account.h"
#include "core/qs_txcore.h"

/* Packets in a row of one socket: they are accounted for together. */
struct run {
	struct qs_socket_tx *tx;
	uint64_t bytes; /* of those in the runs before */
	uint32_t first;
};

/* A burst on its way. */
struct burst {
	const struct qs_picked *picked;
	uint32_t n;
	uint32_t nr_runs;
	uint64_t cookies; /* what any of them says */
	bool late;	  /* one of them is */
	struct run run[QS_BURST + 1];
	uint64_t sent_ns[QS_BURST]; /* see qs_account_stamps() */
};

/*
 * Look at each packet once: the mbufs for the driver, the records to be given back, and the counters that
 * will be needed, fetched meanwhile.
 */
static inline void burst_gather(struct rte_qsock_port *port, struct burst *b)
{
	const struct qs_rec *recs = qs_rec_at(port->tx.sched, 0);
	const struct qs_picked *p = b->picked;
	const size_t n = b->n;
	struct rte_mbuf **mbuf = port->tx.out.mbuf;
	uint32_t *back = qs_recs_back(port->tx.sched), stream = QS_NIL;
	uint64_t cookies = 0, bytes = 0;
	struct run *run = b->run;
	bool late = false;
	size_t i;

	for (i = 0; i < n; i++, p++) {
		const struct qs_rec *rec = &recs[p->rec];

		if (rec->stream != stream) {
			stream = rec->stream;
			run->tx = qs_port_tx(port, stream);
			run->bytes = bytes;
			run->first = (uint32_t)i;
			run++;
		}
		mbuf[i] = qs_cookie_mbuf(rec->pkt.cookie);
		rte_prefetch0(mbuf[i]);
		back[i] = p->rec;
		cookies |= rec->pkt.cookie;
		bytes += rec->pkt.len_bytes;
		late |= p->late;
	}
	run->bytes = bytes;
	run->first = (uint32_t)n;
	b->nr_runs = (uint32_t)(run - b->run);
	b->cookies = cookies;
	b->late = late;
}

/* To the driver, when it is time. @return frames taken */
static inline uint32_t hand_over(struct rte_qsock_port *port, uint32_t n)
{
	struct rte_qsock_egress *e = port->tx.egress;
	uint32_t taken;

	if (port->tx.await.hold_ns != 0)
		qs_await_hold(port);
	taken = e->ops->tx_burst(e, port->tx.out.mbuf, (uint16_t)n);
	return RTE_MIN(taken, n);
}

/* Each packet of a run of which something is to be said. @return how many are late */
static __rte_noinline uint32_t run_observe(struct rte_qsock_port *port, const struct burst *b,
					   struct qs_socket_tx *tx, uint32_t first, uint32_t end)
{
	uint32_t i, late = 0;

	for (i = first; i < end; i++) {
		const struct qs_picked *p = &b->picked[i];
		const struct qs_rec *rec = qs_rec_at(port->tx.sched, p->rec);

		if (tx->watched)
			qs_account_watch(port, tx, p, rec, b->sent_ns[i]);
		if (p->late) {
			qs_account_late(port, tx, qs_account_cause(port, p, rec));
			late++;
		}
	}
	return late;
}

/* All of a burst of single frames was sent. */
static inline void burst_account(struct rte_qsock_port *port, const struct burst *b)
{
	uint32_t k, total_late = 0;

	for (k = 0; k < b->nr_runs; k++) {
		const struct run *run = &b->run[k], *next = run + 1;
		uint32_t late = 0;

		if (unlikely(b->late | run->tx->watched))
			late = run_observe(port, b, run->tx, run->first, next->first);
		qs_account_sent(port, run->tx, next->first - run->first, late, next->bytes - run->bytes);
		total_late += late;
	}
	qs_account_total(port, b->n, total_late, b->run[k].bytes);
	qs_recs_put(port->tx.sched, b->n);
}

uint16_t qs_egress_offer(struct rte_qsock_port *port)
{
	struct rte_qsock_egress *e = port->tx.egress;
	uint64_t errors = e->tx_error_frames;
	uint32_t taken = hand_over(port, port->tx.out.count);

	qs_pending_taken(port, taken, e->tx_error_frames - errors);
	return (uint16_t)taken;
}

uint16_t qs_egress_send(struct rte_qsock_port *port, const struct qs_picked *picked, uint32_t n)
{
	struct rte_qsock_egress *e = port->tx.egress;
	uint64_t errors = e->tx_error_frames;
	struct burst b; /* not zeroed: it is large */
	uint32_t taken;

	b.picked = picked;
	b.n = n;
	burst_gather(port, &b);
	if (unlikely(b.cookies & QS_COOKIE_STAMP))
		qs_account_stamps(port, picked, n, b.sent_ns);
	if (unlikely(b.cookies & QS_COOKIE_TRAIN)) {
		qs_pending_picked(port, picked, n, b.sent_ns);
		return qs_egress_offer(port);
	}
	taken = hand_over(port, n);
	if (likely(taken == n && e->tx_error_frames == errors)) {
		burst_account(port, &b);
		return (uint16_t)n;
	}
	qs_pending_offered(port, picked, n, b.sent_ns);
	qs_pending_taken(port, taken, e->tx_error_frames - errors);
	return (uint16_t)taken;
}

void qs_egress_rate(const struct rte_qsock_port *port)
{
	struct rte_qsock_egress *e = port->tx.egress;

	if (e->ops->rate_set != NULL)
		e->ops->rate_set(e, port->tx.pace.link.rate_bps);
}
