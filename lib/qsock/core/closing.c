/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Closed sockets: they drain, end, and go back to [ctl]. What of one is still queued when its time is over
 * ends in many rounds if it is much, so that the others do not wait for it; and in each round what ends in
 * the next is fetched, for these packets lie where their senders wrote them.
 */
#include "core/qs_txcore.h"

#define QS_CLOSING_LOOKS 4u /* sockets looked at in a round */

static void dead_push(struct rte_qsock_port *port, struct rte_qsock *qs)
{
	uint32_t head = __atomic_load_n(&port->dead, __ATOMIC_RELAXED);

	qs->state = QS_SOCKET_DEAD;
	do {
		qs_socket_ctl(qs)->next = head;
	} while (!__atomic_compare_exchange_n(&port->dead, &head, qs_socket_id(qs) + 1, false,
					      __ATOMIC_RELEASE, __ATOMIC_RELAXED));
}

/* Those that end next: freeing one reads both of its lines. */
static void closing_fetch(const struct rte_qsock_port *port, uint32_t id)
{
	uint64_t cookies[QS_CLOSE_MAX];
	uint32_t n = qs_sched_closing(port->tx.sched, id, cookies, QS_CLOSE_MAX);

	while (n-- > 0) {
		struct rte_mbuf *m = qs_cookie_mbuf(cookies[n]);

		rte_mbuf_prefetch_part1(m);
		rte_mbuf_prefetch_part2(m);
	}
}

/*
 * End what is queued, up to so many packets; the first time, where they end in steps, none, as they were not
 * fetched.
 * @return how many it may be yet
 */
static uint32_t closing_end(struct rte_qsock_port *port, struct rte_qsock *qs, uint64_t clock_ns,
			    uint32_t max)
{
	const uint32_t id = qs_socket_id(qs);
	const bool first = qs->state == QS_SOCKET_CLOSING && max != UINT32_MAX;
	const uint64_t left = qs_socket_left(qs);

	if (qs->state == QS_SOCKET_REMOVED)
		return max;
	qs->state = QS_SOCKET_ENDING;
	if (qs_sched_close(port->tx.sched, id, clock_ns, first ? 0 : max) == 0)
		qs->state = QS_SOCKET_REMOVED;
	else
		closing_fetch(port, id);
	return max - (uint32_t)(qs_socket_left(qs) - left);
}

void qs_closing_finish(struct rte_qsock_port *port, struct rte_qsock *qs, uint64_t clock_ns)
{
	closing_end(port, qs, clock_ns, UINT32_MAX);
	qs_free_flush(port);
}

/*
 * Drained, or out of time? Up to *max packets end, which becomes less by as many.
 * @return whether it is [ctl]'s again
 */
static bool closing_look(struct rte_qsock_port *port, struct rte_qsock *qs, uint64_t clock_ns, uint32_t *max)
{
	if (qs_socket_used(qs) == 0 || clock_ns >= qs_tx_rare(qs->tx)->close_at_ns)
		*max = closing_end(port, qs, clock_ns, *max);
	/* What is in a lane still, or before the driver, needs someone to be counted for. */
	if (qs_socket_used(qs) != 0)
		return false;
	dead_push(port, qs);
	return true;
}

static void closing_append(struct rte_qsock_port *port, struct rte_qsock *qs)
{
	struct qs_closing *list = &port->tx.closing;
	uint32_t entry = qs_socket_id(qs) + 1;

	qs_socket_ctl(qs)->next = 0;
	if (list->count++ == 0)
		list->first = entry;
	else
		qs_socket_ctl(qs_port_socket(port, list->last - 1))->next = entry;
	list->last = entry;
}

void qs_closing_begin(struct rte_qsock_port *port, struct rte_qsock *qs, uint64_t clock_ns)
{
	/* Where nobody polls nobody waits, and there may be no round to come. */
	uint32_t max =
		__atomic_load_n(&port->owner, __ATOMIC_RELAXED) & QS_OWNER_POLLER ? QS_CLOSE_MAX : UINT32_MAX;

	qs->state = QS_SOCKET_CLOSING;
	if (qs->tx != NULL)
		qs_tx_rare(qs->tx)->close_at_ns = clock_ns + qs_socket_ctl(qs)->bounds.linger_ns;
	if (!closing_look(port, qs, clock_ns, &max))
		closing_append(port, qs);
	qs_free_flush(port);
}

void qs_closing_serve(struct rte_qsock_port *port, uint64_t clock_ns)
{
	struct qs_closing *list = &port->tx.closing;
	uint32_t looks = RTE_MIN(list->count, QS_CLOSING_LOOKS), max = QS_CLOSE_MAX;

	while (looks-- > 0) {
		struct rte_qsock *qs = qs_port_socket(port, list->first - 1);

		list->first = qs_socket_ctl(qs)->next;
		list->count--;
		if (!closing_look(port, qs, clock_ns, &max))
			closing_append(port, qs);
	}
}
