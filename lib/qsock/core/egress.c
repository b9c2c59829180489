/* SPDX-License-Identifier: BSD-3-Clause */
/* Decided packets: to the driver, and into the counters. */
#include <string.h>

#include <rte_prefetch.h>

#include "core/qs_txcore.h"

/* Delay and lateness of a picked packet, and the deadline's side of its account. */
static void settle_observe(struct qs_socket_obs *obs, const struct qs_picked *p, const struct qs_rec *rec)
{
	uint64_t from_ns = rec->pkt.arrival_ns;

	if (rec->pkt.cookie & QS_COOKIE_STAMP)
		from_ns = rte_qsock_meta(qs_cookie_mbuf(rec->pkt.cookie))->sent_ns;
	qs_histogram_add(&obs->delay, p->now_ns > from_ns ? p->now_ns - from_ns : 0);
	if (unlikely(p->late && rec->missed_ns != 0))
		qs_histogram_add(&obs->lateness,
				 p->start_ns > rec->missed_ns ? p->start_ns - rec->missed_ns : 0);
}

/* What a late packet is put down to. */
static enum qs_cause settle_cause(const struct rte_qsock_port *port, const struct qs_picked *p,
				  const struct qs_rec *rec)
{
	uint64_t missed_ns = rec->missed_ns != 0 ? rec->missed_ns : p->now_ns;

	return qs_stalls_cause(&port->tx.stalls, rec->pkt.arrival_ns, missed_ns,
			       p->start_ns > missed_ns ? p->start_ns - missed_ns : 0);
}

/* A late packet was sent. */
static void account_late(struct rte_qsock_port *port, struct qs_socket_tx *tx, enum qs_cause cause)
{
	qs_stalls_count(&qs_tx_rare(tx)->ends, cause);
	qs_stalls_count(&port->tx.totals.rare, cause);
}

static void settle_watch(struct rte_qsock_port *port, struct qs_socket_tx *tx, const struct qs_picked *p,
			 const struct qs_rec *rec)
{
	if (tx->bounded)
		qs_bounded_leave(port, tx, rec->pkt.len_bytes, rec->pkt.frames);
	if (tx->obs != NULL)
		settle_observe(tx->obs, p, rec);
}

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
static void wait_picked(struct rte_qsock_port *port, const struct qs_picked *picked, uint32_t n)
{
	struct rte_qsock_sched *sched = port->tx.sched;
	struct qs_egress_queue *out = &port->tx.out;
	uint32_t i;

	for (i = 0; i < n; i++) {
		const struct qs_rec *rec = qs_rec_at(sched, picked[i].rec);
		struct qs_socket_tx *tx = qs_port_tx(port, rec->stream);

		if (tx->watched)
			settle_watch(port, tx, &picked[i], rec);
		out->wait[i] = (struct qs_waiting){
			.m = qs_cookie_mbuf(rec->pkt.cookie),
			.of = {.id = rec->stream, .len_bytes = rec->pkt.len_bytes},
			.train = rec->pkt.cookie & QS_COOKIE_TRAIN,
		};
		if (unlikely(picked[i].late))
			out->wait[i].of.late = settle_cause(port, &picked[i], rec);
		qs_rec_put(sched, picked[i].rec);
	}
	out->first = 0;
	out->end = n;
}

/* Packets in a row were sent: their socket's side of the account. */
static inline void account_sent(const struct rte_qsock_port *port, struct qs_socket_tx *tx, uint32_t packets,
				uint32_t late, uint64_t bytes)
{
	const uint64_t clock_ns = port->tx.pace.clock_ns;

	if (unlikely(clock_ns >= tx->rate_next_ns)) {
		tx->rate_newest =
			qs_rate_mark(&qs_tx_rare(tx)->rate, tx->rate_newest, clock_ns, tx->sent_bytes);
		tx->rate_next_ns = clock_ns + QS_RATE_STEP_NS;
	}
	tx->sent_bytes += bytes;
	tx->on_time += packets - late;
	tx->late += late;
	/* Last: now its sender may put as many again. */
	__atomic_store_n(&tx->left, tx->left + packets, __ATOMIC_RELEASE);
}

/* The port's side. */
static inline void account_total(struct rte_qsock_port *port, uint32_t packets, uint32_t late, uint64_t bytes)
{
	struct qs_port_totals *t = &port->tx.totals;

	t->left += packets;
	t->ends.sent_bytes += bytes;
	t->ends.on_time += packets - late;
	t->ends.late += late;
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
		account_late(port, tx, of->late);
	account_sent(port, tx, 1, of->late != QS_CAUSE_NONE, of->len_bytes);
	account_total(port, 1, of->late != QS_CAUSE_NONE, of->len_bytes);
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

/* The driver has taken some of what waits, of which some could not be sent. */
static void offer_taken(struct rte_qsock_port *port, uint32_t taken, uint64_t errors)
{
	struct qs_egress_queue *out = &port->tx.out;

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

uint16_t qs_egress_offer(struct rte_qsock_port *port)
{
	struct qs_egress_queue *out = &port->tx.out;
	struct rte_qsock_egress *e = port->tx.egress;
	uint64_t errors = e->tx_error_frames;
	uint32_t taken;

	taken = hand_over(port, out->count);
	if (taken < out->count)
		qs_stalls_refused(&port->tx.stalls, port->tx.pace.clock_ns);
	offer_taken(port, taken, e->tx_error_frames - errors);
	return (uint16_t)taken;
}

/* All of a burst of single frames was sent. Often several in a row are of one socket. */
static void send_account(struct rte_qsock_port *port, struct qs_socket_tx *const *sockets,
			 const struct qs_picked *picked, uint32_t n)
{
	struct rte_qsock_sched *sched = port->tx.sched;
	uint64_t total_bytes = 0, bytes = 0;
	uint32_t i, total_late = 0, late = 0, packets = 0;

	for (i = 0; i < n; i++) {
		const struct qs_rec *rec = qs_rec_at(sched, picked[i].rec);
		struct qs_socket_tx *tx = sockets[i];

		if (tx->watched)
			settle_watch(port, tx, &picked[i], rec);
		packets++;
		bytes += rec->pkt.len_bytes;
		late += picked[i].late;
		if (unlikely(picked[i].late))
			account_late(port, tx, settle_cause(port, &picked[i], rec));
		qs_rec_put(sched, picked[i].rec);
		if (i + 1 < n && sockets[i + 1] == tx)
			continue;
		account_sent(port, tx, packets, late, bytes);
		total_bytes += bytes;
		total_late += late;
		packets = 0;
		bytes = 0;
		late = 0;
	}
	account_total(port, n, total_late, total_bytes);
}

/* The driver was offered these frames and did something else than to send them all. */
static void wait_offered(struct rte_qsock_port *port, const struct qs_picked *picked, uint32_t n)
{
	struct qs_egress_queue *out = &port->tx.out;
	uint32_t i;

	wait_picked(port, picked, n);
	/* The driver may have left empty places among its mbufs, which say what it could not send. */
	for (i = 0; i < n; i++) {
		out->of[i] = out->wait[i].of;
		out->of[i].last = true;
	}
	out->count = n;
	out->first = out->end;
}

uint16_t qs_egress_send(struct rte_qsock_port *port, const struct qs_picked *picked, uint32_t n)
{
	struct qs_egress_queue *out = &port->tx.out;
	struct rte_qsock_egress *e = port->tx.egress;
	struct qs_socket_tx *sockets[QS_BURST];
	uint64_t errors = e->tx_error_frames, cookies = 0;
	uint32_t i, taken;

	for (i = 0; i < n; i++) {
		const struct qs_rec *rec = qs_rec_at(port->tx.sched, picked[i].rec);

		sockets[i] = qs_port_tx(port, rec->stream);
		rte_prefetch0(sockets[i]);
		out->mbuf[i] = qs_cookie_mbuf(rec->pkt.cookie);
		rte_prefetch0(out->mbuf[i]);
		cookies |= rec->pkt.cookie;
	}
	if (unlikely(cookies & QS_COOKIE_TRAIN)) {
		wait_picked(port, picked, n);
		fill_frames(out);
		return qs_egress_offer(port);
	}
	taken = hand_over(port, n);
	if (likely(taken == n && e->tx_error_frames == errors)) {
		send_account(port, sockets, picked, n);
		return (uint16_t)n;
	}
	wait_offered(port, picked, n);
	if (taken < n)
		qs_stalls_refused(&port->tx.stalls, port->tx.pace.clock_ns);
	offer_taken(port, taken, e->tx_error_frames - errors);
	return (uint16_t)taken;
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

void qs_egress_rate(const struct rte_qsock_port *port)
{
	struct rte_qsock_egress *e = port->tx.egress;

	if (e->ops->rate_set != NULL)
		e->ops->rate_set(e, port->tx.pace.link.rate_bps);
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
