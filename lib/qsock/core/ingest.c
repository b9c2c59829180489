/* SPDX-License-Identifier: BSD-3-Clause */
/* From the sockets' rings into the discipline's queues. */
#include <rte_atomic.h>
#include <rte_prefetch.h>

#include "core/qs_txcore.h"
#include "obs/qs_record.h"
#include "sched/qs_prefetch.h"

/* Entries of a ring that this round may take. With a bound in time all of them: what waited in the ring would
 * wait beyond the bound. */
static uint32_t ingest_quota(const struct rte_qsock_port *port, const struct rte_qsock *qs, uint32_t used)
{
	uint32_t room = qs->limit > qs->queued ? qs->limit - qs->queued : 0;

	if (unlikely(qs->bounded))
		return used;
	room = RTE_MIN(room, rte_qsock_sched_room(port->tx.sched));
	return RTE_MIN(used, room);
}

/* Whether one more packet is beyond what a queue with a bound may hold, in packets or in time on the link. It
 * may always hold one. */
static bool ingest_beyond(const struct rte_qsock_port *port, const struct rte_qsock *qs,
			  const struct qs_slot *slot)
{
	uint64_t bytes = qs->queued_bytes + qs_wire_bytes(port, slot->len_bytes, slot->frames);

	if (!qs->bounded)
		return false;
	if (qs->queued >= qs->limit || rte_qsock_sched_room(port->tx.sched) == 0)
		return true;
	return qs->queued > 0 && (unsigned __int128)bytes * QS_LINK_BIT_NS >
					 (unsigned __int128)qs->limit_ns * port->tx.link.rate_bps;
}

/* Packets that do not reach the discipline. @return whether this is one */
static bool ingest_divert(struct rte_qsock_port *port, struct rte_qsock *qs, const struct qs_slot *slot)
{
	struct qs_rare_ends *total = &port->tx.totals.rare;

	if (slot->flags & QS_SLOT_NO_NEIGH) {
		qs->rare.neigh_drop++;
		total->neigh_drop++;
	} else if (slot->flags & QS_SLOT_UNFIT) {
		qs->rare.tx_error++;
		total->tx_error++;
	} else if (ingest_beyond(port, qs, slot)) {
		qs->rare.queue_drop++;
		total->queue_drop++;
	} else {
		return false;
	}
	qs_free_later(port, slot->mbuf);
	return true;
}

/* The low bits of the cookie say what is to be looked for in the mbuf later: see qs_cookie_bits. */
static uint64_t ingest_cookie(const struct qs_slot *slot)
{
	return (uint64_t)(uintptr_t)slot->mbuf | (slot->flags & QS_SLOT_STAMP ? QS_COOKIE_STAMP : 0) |
	       (slot->flags & QS_SLOT_TRAIN ? QS_COOKIE_TRAIN : 0);
}

/* Give one packet to the discipline. @return false: it had no record for it */
static bool ingest_packet(struct rte_qsock_port *port, struct rte_qsock *qs, const struct qs_slot *slot,
			  uint64_t clock_ns)
{
	struct qs_txcore *tx = &port->tx;
	struct rte_qsock_pkt pkt = {
		.cookie = ingest_cookie(slot),
		.arrival_ns = clock_ns,
		.deadline_ns = slot->flags & QS_SLOT_DEADLINE ? rte_qsock_meta(slot->mbuf)->deadline_ns : 0,
		.len_bytes = slot->len_bytes,
		.frames = slot->frames,
		.flags = slot->flags & QS_SLOT_PKT_FLAGS,
	};
	int ret;

	/* Before the call: what the discipline drops at once it reports as if it had been queued. */
	qs->queued++;
	if (unlikely(qs->bounded))
		qs->queued_bytes += qs_wire_bytes(port, pkt.len_bytes, pkt.frames);
	tx->totals.queued++;
	tx->want = true;
	qs_record_arrival(tx->record, qs->id, &pkt);
	ret = rte_qsock_sched_enqueue(tx->sched, qs->id, &pkt, tx->now_ns);
	if (likely(ret >= 0))
		return true;
	qs->queued--;
	if (qs->bounded)
		qs->queued_bytes -= qs_wire_bytes(port, pkt.len_bytes, pkt.frames);
	tx->totals.queued--;
	return false;
}

/* Take from one ring what its queue has room for, or drop it. @return packets taken */
static uint32_t ingest_ring(struct rte_qsock_port *port, struct rte_qsock *qs, uint32_t used,
			    uint64_t clock_ns)
{
	uint32_t i, n = ingest_quota(port, qs, used);

	for (i = 0; i < n; i++) {
		const struct qs_slot *slot = qs_ring_at(&qs->put, qs->near, (uint32_t)qs->take + i);

		if (unlikely((slot->flags & (QS_SLOT_NO_NEIGH | QS_SLOT_UNFIT)) || qs->bounded) &&
		    ingest_divert(port, qs, slot))
			continue;
		if (unlikely(!ingest_packet(port, qs, slot, clock_ns)))
			break;
	}
	qs_ring_take(&qs->take, i);
	port->tx.totals.taken += i;
	if (likely(i == used))
		return i;
	/* What is left comes when a packet has left the queue; a bit that stays set spares the producer
	 * announcing meanwhile. */
	__atomic_store_n(&qs->announced, 1, __ATOMIC_RELAXED);
	qs->blocked = qs->queued >= qs->limit;
	if (!qs->blocked)
		qs_ready_set_own(&port->ready, qs->id);
	return i;
}

/* Ready sockets in order of id, up to a batch and the rest of its last leaf. */
static uint32_t ingest_gather(struct rte_qsock_port *port, struct rte_qsock **ready)
{
	uint32_t base, n = 0;
	uint64_t bits;

	while (n < QS_INGEST_BATCH && (bits = qs_ready_next(&port->ready, &base)) != 0)
		for (; bits != 0; bits &= bits - 1) {
			ready[n] = &port->chunks[base / QS_CHUNK][__builtin_ctzll(bits)];
			rte_prefetch0(&ready[n]->put);
			rte_prefetch0(&ready[n]->near);
			rte_prefetch0(&ready[n]->take);
			qs_sched_prefetch(port->tx.sched, base + (uint32_t)__builtin_ctzll(bits));
			n++;
		}
	return n;
}

/* Allow them to announce themselves again, and leave out what has ended since its bit was set. */
static uint32_t ingest_open(struct rte_qsock **ready, uint32_t n)
{
	uint32_t i, open = 0;

	for (i = 0; i < n; i++) {
		if (unlikely(ready[i]->state != QS_SOCKET_OPEN && ready[i]->state != QS_SOCKET_CLOSING))
			continue;
		__atomic_store_n(&ready[i]->announced, 0, __ATOMIC_RELAXED);
		ready[open++] = ready[i];
	}
	return open;
}

/* Many sockets together: their cache misses overlap, and one barrier is enough. @return packets taken */
static uint32_t ingest_batch(struct rte_qsock_port *port, struct rte_qsock **ready, uint32_t n,
			     uint64_t clock_ns)
{
	uint32_t used[QS_INGEST_BATCH + QS_CHUNK], i, taken = 0;

	n = ingest_open(ready, n);
	/* What is put after this announces itself again; what was put before is seen now. */
	rte_smp_mb();
	for (i = 0; i < n; i++) {
		used[i] = qs_ring_used(&ready[i]->put, ready[i]->take);
		if (used[i] > 0)
			rte_prefetch0(qs_ring_at(&ready[i]->put, ready[i]->near, (uint32_t)ready[i]->take));
	}
	for (i = 0; i < n; i++)
		if (likely(used[i] > 0))
			taken += ingest_ring(port, ready[i], used[i], clock_ns);
	return taken;
}

void qs_ingest(struct rte_qsock_port *port, uint64_t clock_ns)
{
	struct rte_qsock *ready[QS_INGEST_BATCH + QS_CHUNK];
	uint32_t n, taken = 0;

	if (unlikely(rte_qsock_sched_room(port->tx.sched) == 0))
		return;
	port->tx.now_ns = RTE_MAX(clock_ns, port->tx.free_ns);
	qs_ready_begin(&port->ready);
	while (taken < QS_INGEST_MAX && (n = ingest_gather(port, ready)) > 0)
		taken += ingest_batch(port, ready, n, clock_ns);
}
