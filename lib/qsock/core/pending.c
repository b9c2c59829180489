/* SPDX-License-Identifier: BSD-3-Clause */
/* Decided packets that wait for the driver, frame by frame. */
#include <string.h>

#include "core/qs_account.h"
#include "core/qs_txcore.h"

/* As many frames of the packets waiting as there is room for. */
static void fill_frames(struct qs_egress_queue *out)
{
	while (out->first < out->end && out->count < QS_PENDING_MAX) {
		struct qs_waiting *w = &out->wait[out->first];
		struct rte_mbuf *m = w->m;

		w->m = w->train ? m->next : NULL;
		if (w->train) {
			m->next = NULL;
			m->nb_segs = 1;
		}
		out->of[out->count] = w->of;
		out->of[out->count].last = w->m == NULL;
		out->mbuf[out->count++] = m;
		out->first += w->m == NULL;
	}
}

/* What was picked comes to wait for the driver; nothing else does. */
static void wait_picked(struct rte_qsock_port *port, const struct qs_picked *picked, uint32_t n,
			const uint64_t *sent_ns)
{
	struct rte_qsock_sched *sched = port->tx.sched;
	struct qs_egress_queue *out = &port->tx.out;
	uint32_t i;

	for (i = 0; i < n; i++) {
		const struct qs_rec *rec = qs_rec_at(sched, picked[i].rec);
		struct qs_socket_tx *tx = qs_port_tx(port, rec->stream);

		if (tx->watched)
			qs_account_watch(port, tx, &picked[i], rec, sent_ns[i]);
		out->wait[i] = (struct qs_waiting){
			.m = qs_cookie_mbuf(rec->pkt.cookie),
			.of = {.id = rec->stream, .len_bytes = rec->pkt.len_bytes},
			.train = rec->pkt.cookie & QS_COOKIE_TRAIN,
		};
		if (unlikely(picked[i].late))
			out->wait[i].of.late = qs_account_cause(port, &picked[i], rec);
		qs_rec_put(sched, picked[i].rec);
	}
	out->first = 0;
	out->end = n;
}

void qs_pending_picked(struct rte_qsock_port *port, const struct qs_picked *picked, uint32_t n,
		       const uint64_t *sent_ns)
{
	wait_picked(port, picked, n, sent_ns);
	fill_frames(&port->tx.out);
}

void qs_pending_offered(struct rte_qsock_port *port, const struct qs_picked *picked, uint32_t n,
			const uint64_t *sent_ns)
{
	struct qs_egress_queue *out = &port->tx.out;
	uint32_t i;

	wait_picked(port, picked, n, sent_ns);
	/* The driver may have left empty places among its mbufs, which say what it could not send. */
	for (i = 0; i < n; i++) {
		out->of[i] = out->wait[i].of;
		out->of[i].last = true;
	}
	out->count = n;
	out->first = out->end;
}

/* One packet's end. */
static void account_packet(struct rte_qsock_port *port, const struct qs_pending *of, bool failed)
{
	struct qs_socket_tx *tx = qs_port_tx(port, of->id);

	if (unlikely(failed)) {
		qs_tx_rare(tx)->ends.tx_error++;
		port->tx.totals.rare.tx_error++;
		qs_left(port, tx);
		return;
	}
	if (unlikely(of->late != QS_CAUSE_NONE))
		qs_account_late(port, tx, of->late);
	qs_account_sent(port, tx, 1, of->late != QS_CAUSE_NONE, of->len_bytes);
	qs_account_total(port, 1, of->late != QS_CAUSE_NONE, of->len_bytes);
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

void qs_pending_taken(struct rte_qsock_port *port, uint32_t taken, uint64_t errors)
{
	struct qs_egress_queue *out = &port->tx.out;

	if (taken < out->count)
		qs_stalls_refused(&port->tx.stalls, port->tx.pace.clock_ns);
	account_taken(port, taken, RTE_MIN(errors, (uint64_t)taken));
	out->count -= taken;
	if (out->count > 0 && taken > 0) {
		memmove(out->mbuf, out->mbuf + taken, out->count * sizeof(out->mbuf[0]));
		memmove(out->of, out->of + taken, out->count * sizeof(out->of[0]));
	}
	fill_frames(out);
	if (out->count == 0)
		qs_stalls_taken(&port->tx.stalls, port->tx.pace.clock_ns);
}

uint32_t qs_egress_decided(const struct rte_qsock_port *port, uint32_t id)
{
	const struct qs_egress_queue *out = &port->tx.out;
	uint32_t i, n = 0;

	for (i = 0; i < out->count; i++)
		n += out->of[i].id == id && out->of[i].last;
	for (i = out->first; i < out->end; i++)
		n += out->wait[i].of.id == id;
	return n;
}

void qs_egress_close(struct rte_qsock_port *port)
{
	struct qs_egress_queue *out = &port->tx.out;
	uint32_t i;

	do {
		for (i = 0; i < out->count; i++) {
			struct qs_socket_tx *tx = qs_port_tx(port, out->of[i].id);

			qs_free_later(port, out->mbuf[i]);
			if (!out->of[i].last)
				continue;
			qs_left(port, tx);
			qs_tx_rare(tx)->ends.closed++;
			port->tx.totals.rare.closed++;
		}
		out->count = 0;
		fill_frames(out);
	} while (out->count > 0);
	qs_free_flush(port);
}
