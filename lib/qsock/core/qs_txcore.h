/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The parts of the TX core's round. All of it [tx], unless it says otherwise.
 */
#ifndef QS_TXCORE_H
#define QS_TXCORE_H

#include "core/qs_port.h"

/**
 * One round at the clock given: what rte_qsock_tx_poll() does once it knows that the caller may.
 * @return frames given to the driver
 */
uint16_t qs_txcore_round(struct rte_qsock_port *port, uint64_t clock_ns);

/** The clock for what happens between rounds; never behind the last round. */
uint64_t qs_txcore_clock(const struct rte_qsock_port *port);

/** The same for what concerns packets, which may happen in the middle of a round: that goes on from there. */
uint64_t qs_txcore_go_on(struct rte_qsock_port *port, uint64_t least_ns);

/** Take what arrived at the clock into the discipline's queues, sockets in order of id where that matters. */
void qs_ingest(struct rte_qsock_port *port, uint64_t clock_ns);

/** The same with entries of one lane before a position. @return whether all of them are taken */
bool qs_ingest_lane(struct rte_qsock_port *port, struct qs_lane *lane, uint64_t end, uint64_t clock_ns);

/**
 * Send picked packets, account for them and give their records back. What the driver does not take waits.
 * Nothing may wait before. @return frames taken
 */
uint16_t qs_egress_send(struct rte_qsock_port *port, const struct qs_picked *picked, uint32_t n);

/** Offer what waits, and account for what the driver takes. @return frames taken */
uint16_t qs_egress_offer(struct rte_qsock_port *port);

/**
 * Picked packets, of which some may be trains, come to wait for the driver. Their records are given back.
 * @param sent_ns see qs_account_stamps()
 */
void qs_pending_picked(struct rte_qsock_port *port, const struct qs_picked *picked, uint32_t n,
		       const uint64_t *sent_ns);

/** The same of single frames that the driver has been offered, and did not simply send. */
void qs_pending_offered(struct rte_qsock_port *port, const struct qs_picked *picked, uint32_t n,
			const uint64_t *sent_ns);

/** The driver has taken so many of the frames that wait, among them some that can never be sent. */
void qs_pending_taken(struct rte_qsock_port *port, uint32_t taken, uint64_t errors);

/** A socket's packets that the discipline has given away and that wait for the driver. */
uint32_t qs_egress_decided(const struct rte_qsock_port *port, uint32_t id);

/** Whether the driver left something. */
static inline bool qs_egress_left(const struct rte_qsock_port *port)
{
	return port->tx.out.count != 0;
}

/** Whether somebody has left something to do: a packet, a message, that it is to stop. */
static inline bool qs_txcore_told(const struct rte_qsock_port *port)
{
	return qs_lanes_any(&port->lanes) || __atomic_load_n(&port->ctl.posted, __ATOMIC_ACQUIRE) != 0 ||
	       __atomic_load_n(&port->stop, __ATOMIC_ACQUIRE);
}

/** Tell the driver the link's rate, if it wants to know. */
void qs_egress_rate(const struct rte_qsock_port *port);

/** Forget what is decided: it counts as closed. */
void qs_egress_close(struct rte_qsock_port *port);

/** A packet that left the discipline unsent: its callback. */
void qs_drop_event(void *arg, const struct rte_qsock_event *ev);

/** What a packet takes of the link's time, in bytes: of its frames, and around them. */
static inline uint64_t qs_wire_bytes(const struct rte_qsock_port *port, uint64_t len_bytes, uint32_t frames)
{
	return len_bytes + (uint64_t)port->tx.pace.link.overhead_bytes * frames;
}

/** A packet of a socket has ended. */
static inline void qs_left(struct rte_qsock_port *port, struct qs_socket_tx *tx)
{
	/* Its sender may put another one. */
	__atomic_store_n(&tx->left, tx->left + 1, __ATOMIC_RELEASE);
	port->tx.totals.left++;
}

/** A packet of a bounded socket is in the queue of the discipline. */
static inline void qs_bounded_enter(const struct rte_qsock_port *port, struct qs_socket_tx *tx,
				    uint32_t len_bytes, uint32_t frames)
{
	tx->queued++;
	qs_tx_rare(tx)->queued_bytes += qs_wire_bytes(port, len_bytes, frames);
}

/** It is no more. */
static inline void qs_bounded_leave(const struct rte_qsock_port *port, struct qs_socket_tx *tx,
				    uint32_t len_bytes, uint32_t frames)
{
	tx->queued--;
	qs_tx_rare(tx)->queued_bytes -= qs_wire_bytes(port, len_bytes, frames);
}

/** Free later in this round, many at once. */
void qs_free_later(struct rte_qsock_port *port, struct rte_mbuf *m);

/** Free now what is to be freed. */
void qs_free_flush(struct rte_qsock_port *port);

/**
 * Make its stream known to the discipline, if it is not: that is put off until it sends. Harmless twice, and
 * for one whose time is over.
 */
void qs_socket_admit(struct rte_qsock_port *port, struct rte_qsock *qs);

/** Begin to close a socket: it drains until its linger time is over. */
void qs_closing_begin(struct rte_qsock_port *port, struct rte_qsock *qs, uint64_t clock_ns);

/** Look at a few closing sockets. */
void qs_closing_serve(struct rte_qsock_port *port, uint64_t clock_ns);

/** End a socket's packets now, wherever they are but in the queue to the driver. */
void qs_closing_finish(struct rte_qsock_port *port, struct rte_qsock *qs, uint64_t clock_ns);

#endif
