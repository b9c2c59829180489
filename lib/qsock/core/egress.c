/* SPDX-License-Identifier: BSD-3-Clause */
/* Decided packets: to the driver, and into the counters. */
#include <string.h>

#include <rte_prefetch.h>

#include "core/qs_txcore.h"

/* Delay and lateness of a picked packet, and the deadline's side of its account. */
static void settle_observe(struct rte_qsock *qs, const struct qs_picked *p, const struct rte_qsock_pkt *pkt)
{
	uint64_t from_ns = pkt->arrival_ns, deadline_ns = pkt->deadline_ns;

	if (pkt->cookie & QS_COOKIE_STAMP)
		from_ns = rte_qsock_meta(qs_cookie_mbuf(pkt->cookie))->sent_ns;
	qs_histogram_add(&qs->obs->delay, p->now_ns > from_ns ? p->now_ns - from_ns : 0);
	if (likely(!p->late))
		return;
	/* Of a packet without a deadline of its own, the disciplines of periods do not tell which it missed.
	 */
	if (deadline_ns == 0 && qs->relative_ns != 0)
		deadline_ns = pkt->arrival_ns + qs->relative_ns;
	if (deadline_ns != 0)
		qs_histogram_add(&qs->obs->lateness,
				 p->start_ns > deadline_ns ? p->start_ns - deadline_ns : 0);
}

static void settle_watch(struct rte_qsock_port *port, struct rte_qsock *qs, const struct qs_picked *p,
			 const struct rte_qsock_pkt *pkt)
{
	if (qs->bounded)
		qs_bounded_leave(port, qs, pkt->len_bytes, pkt->frames);
	if (qs->obs != NULL)
		settle_observe(qs, p, pkt);
}

/* As many frames of a train as there is room for. */
static void settle_train(struct qs_egress_queue *out)
{
	struct rte_mbuf *m = out->train;

	while (m != NULL && out->count < QS_PENDING_MAX) {
		struct rte_mbuf *next = m->next;

		m->next = NULL;
		m->nb_segs = 1;
		out->of[out->count] = out->train_of;
		out->of[out->count].last = next == NULL;
		out->mbuf[out->count++] = m;
		m = next;
	}
	out->train = m;
}

void qs_egress_settle(struct rte_qsock_port *port, const struct qs_picked *picked, uint32_t n)
{
	struct qs_egress_queue *out = &port->tx.out;
	uint32_t i;

	for (i = 0; i < n; i++) {
		const struct qs_picked *p = &picked[i];
		const struct qs_rec *rec = qs_rec_at(port->tx.sched, p->rec);
		struct rte_qsock *qs = qs_port_socket(port, rec->stream);
		struct qs_pending of = {
			.id = rec->stream, .len_bytes = rec->pkt.len_bytes, .last = true, .late = p->late};
		uint64_t cookie = rec->pkt.cookie;

		if (qs->watched)
			settle_watch(port, qs, p, &rec->pkt);
		qs_rec_put(port->tx.sched, p->rec);
		if (unlikely(cookie & QS_COOKIE_TRAIN)) {
			out->train = qs_cookie_mbuf(cookie);
			out->train_of = of;
			settle_train(out);
			continue;
		}
		out->of[out->count] = of;
		out->mbuf[out->count++] = qs_cookie_mbuf(cookie);
	}
}

/* One packet's end. */
static void account_packet(struct rte_qsock_port *port, const struct qs_pending *of, bool failed)
{
	struct rte_qsock *qs = qs_port_socket(port, of->id);
	struct qs_ends *total = &port->tx.totals.ends;

	qs_left(port, qs);
	if (unlikely(failed)) {
		qs->rare.tx_error++;
		port->tx.totals.rare.tx_error++;
		return;
	}
	if (unlikely(port->tx.pace.clock_ns >= qs->rate_next_ns)) {
		qs_rate_mark(&qs->rate, port->tx.pace.clock_ns, qs->sent_bytes);
		qs->rate_next_ns = port->tx.pace.clock_ns + QS_RATE_STEP_NS;
	}
	qs->sent_bytes += of->len_bytes;
	total->sent_bytes += of->len_bytes;
	if (likely(!of->late)) {
		qs->on_time++;
		total->on_time++;
	} else {
		qs->late++;
		total->late++;
	}
}

/* The frames that the driver took; one it could not send ever is NULL now, or among the last `errors`. */
static void account_taken(struct rte_qsock_port *port, uint32_t taken, uint64_t errors)
{
	struct qs_egress_queue *out = &port->tx.out;
	uint32_t i;

	for (i = 0; unlikely(errors > 0) && i < taken; i++)
		errors -= out->mbuf[i] == NULL;
	for (i = 0; i < taken; i++) {
		out->failed |= out->mbuf[i] == NULL || i + errors >= taken;
		if (!out->of[i].last)
			continue;
		account_packet(port, &out->of[i], out->failed);
		out->failed = false;
	}
}

uint16_t qs_egress_offer(struct rte_qsock_port *port)
{
	struct qs_egress_queue *out = &port->tx.out;
	struct rte_qsock_egress *e = port->tx.egress;
	uint64_t errors = e->tx_error_frames;
	uint32_t taken;

	taken = e->ops->tx_burst(e, out->mbuf, (uint16_t)out->count);
	taken = RTE_MIN(taken, out->count);
	account_taken(port, taken, RTE_MIN(e->tx_error_frames - errors, (uint64_t)taken));
	out->count -= taken;
	if (unlikely(out->count > 0) && taken > 0) {
		memmove(out->mbuf, out->mbuf + taken, out->count * sizeof(out->mbuf[0]));
		memmove(out->of, out->of + taken, out->count * sizeof(out->of[0]));
	}
	if (unlikely(out->train != NULL))
		settle_train(out);
	return (uint16_t)taken;
}

void qs_egress_close(struct rte_qsock_port *port)
{
	struct qs_egress_queue *out = &port->tx.out;
	uint32_t i;

	do {
		for (i = 0; i < out->count; i++) {
			struct rte_qsock *qs = qs_port_socket(port, out->of[i].id);

			qs_free_later(port, out->mbuf[i]);
			if (!out->of[i].last)
				continue;
			qs_left(port, qs);
			qs->rare.closed++;
			port->tx.totals.rare.closed++;
		}
		out->count = 0;
		settle_train(out);
	} while (out->count > 0);
	qs_free_flush(port);
}
