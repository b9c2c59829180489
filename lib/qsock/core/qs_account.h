/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * What becomes known of a packet when it is picked, and when it is sent. All of it [tx].
 */
#ifndef QS_ACCOUNT_H
#define QS_ACCOUNT_H

#include "core/qs_txcore.h"

/** The stamps of picked packets that have one, if their socket is watched: sent_ns[] of the others is not
 * set. */
void qs_account_stamps(const struct rte_qsock_port *port, const struct qs_picked *picked, uint32_t n,
		       uint64_t *sent_ns);

/** What a late packet is put down to, when it is picked. */
enum qs_cause qs_account_cause(const struct rte_qsock_port *port, const struct qs_picked *p,
			       const struct qs_rec *rec);

/** Delay and lateness of a picked packet. See qs_account_watch(). */
static inline void qs_account_observe(struct qs_socket_obs *obs, const struct qs_picked *p,
				      const struct qs_rec *rec, uint64_t sent_ns)
{
	uint64_t from_ns = rec->pkt.cookie & QS_COOKIE_STAMP ? sent_ns : rec->pkt.arrival_ns;

	qs_histogram_add(&obs->delay, p->now_ns > from_ns ? p->now_ns - from_ns : 0);
	if (unlikely(p->late && rec->missed_ns != 0))
		qs_histogram_add(&obs->lateness,
				 p->start_ns > rec->missed_ns ? p->start_ns - rec->missed_ns : 0);
}

/**
 * A packet of a watched socket is picked: its histograms, and the room that it leaves.
 * @param sent_ns its stamp, if it has one, which was read before the driver had the mbuf
 */
static inline void qs_account_watch(struct rte_qsock_port *port, struct qs_socket_tx *tx,
				    const struct qs_picked *p, const struct qs_rec *rec, uint64_t sent_ns)
{
	if (tx->bounded)
		qs_bounded_leave(port, tx, rec->pkt.len_bytes, rec->pkt.frames);
	if (tx->obs != NULL)
		qs_account_observe(tx->obs, p, rec, sent_ns);
}

/** A late packet was sent. */
static inline void qs_account_late(struct rte_qsock_port *port, struct qs_socket_tx *tx, enum qs_cause cause)
{
	qs_stalls_count(&qs_tx_rare(tx)->ends, cause);
	qs_stalls_count(&port->tx.totals.rare, cause);
}

/** Packets in a row were sent: their socket's side of the account. */
static inline void qs_account_sent(const struct rte_qsock_port *port, struct qs_socket_tx *tx,
				   uint32_t packets, uint32_t late, uint64_t bytes)
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

/** The port's side. */
static inline void qs_account_total(struct rte_qsock_port *port, uint32_t packets, uint32_t late,
				    uint64_t bytes)
{
	struct qs_port_totals *t = &port->tx.totals;

	t->left += packets;
	t->ends.sent_bytes += bytes;
	t->ends.on_time += packets - late;
	t->ends.late += late;
}

#endif
