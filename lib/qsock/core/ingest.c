/* SPDX-License-Identifier: BSD-3-Clause */
/* From the lanes into the discipline's queues. */
#include <errno.h>
#include <string.h>

#include "core/qs_txcore.h"
#include "obs/qs_record.h"
#include "sched/qs_prefetch.h"

#define SORT_RUN 8u /* sorted by insertion */

/** What one round takes: together, so that cache misses overlap. */
struct ingest {
	uint32_t n, max;
	struct qs_slot slot[QS_INGEST_MAX];
};

/* Whether one more packet is beyond what a queue with a bound may hold, in packets or in time on the link. It
 * may always hold one. */
static bool ingest_beyond(const struct rte_qsock_port *port, const struct rte_qsock *qs, uint32_t len_bytes,
			  uint32_t frames)
{
	uint64_t bytes = qs->queued_bytes + qs_wire_bytes(port, len_bytes, frames);

	if (qs->queued >= qs->limit || rte_qsock_sched_room(port->tx.sched) == 0)
		return true;
	return qs->queued > 0 && (unsigned __int128)bytes * QS_LINK_BIT_NS >
					 (unsigned __int128)qs->limit_ns * port->tx.link.rate_bps;
}

/* Frames of a packet on the wire. */
static inline uint16_t slot_frames(const struct qs_slot *slot)
{
	return unlikely(slot->what & QS_SLOT_TRAIN) ? rte_qsock_meta(slot->mbuf)->frames : 1;
}

/* Packets that do not reach the discipline. @return whether this is one */
static bool ingest_divert(struct rte_qsock_port *port, struct rte_qsock *qs, const struct qs_slot *slot)
{
	struct qs_rare_ends *total = &port->tx.totals.rare;

	if (slot->what & QS_SLOT_NO_NEIGH) {
		qs->rare.neigh_drop++;
		total->neigh_drop++;
	} else if (slot->what & QS_SLOT_UNFIT) {
		qs->rare.tx_error++;
		total->tx_error++;
	} else if (qs->bounded && ingest_beyond(port, qs, slot->len_bytes, slot_frames(slot))) {
		qs->rare.queue_drop++;
		total->queue_drop++;
	} else {
		return false;
	}
	qs_left(port, qs);
	qs_free_later(port, slot->mbuf);
	return true;
}

/* The discipline does not know the stream: its socket was closed while the packet was in the lane. */
static void ingest_closed(struct rte_qsock_port *port, struct rte_qsock *qs, struct rte_mbuf *m)
{
	qs->rare.closed++;
	port->tx.totals.rare.closed++;
	qs_left(port, qs);
	qs_free_later(port, m);
}

/* The low bits of the cookie say what is to be looked for in the mbuf later: see qs_cookie_bits. */
static uint64_t ingest_cookie(const struct qs_slot *slot)
{
	return (uint64_t)(uintptr_t)slot->mbuf | (slot->what & QS_SLOT_STAMP ? QS_COOKIE_STAMP : 0) |
	       (slot->what & QS_SLOT_TRAIN ? QS_COOKIE_TRAIN : 0);
}

/* Give one packet to the discipline. */
static void ingest_packet(struct rte_qsock_port *port, const struct qs_slot *slot, uint64_t clock_ns)
{
	struct qs_txcore *tx = &port->tx;
	struct rte_qsock_pkt pkt = {
		.cookie = ingest_cookie(slot),
		.arrival_ns = clock_ns,
		.deadline_ns = slot->what & QS_SLOT_DEADLINE ? rte_qsock_meta(slot->mbuf)->deadline_ns : 0,
		.len_bytes = slot->len_bytes,
		.frames = slot_frames(slot),
		.flags = QS_SLOT_PKT_FLAGS(slot->what),
	};
	uint32_t id = QS_SLOT_ID(slot->what);
	struct rte_qsock *qs = NULL;

	if (unlikely(slot->what & (QS_SLOT_NO_NEIGH | QS_SLOT_UNFIT | QS_SLOT_BOUNDED))) {
		qs = qs_port_socket(port, id);
		if (ingest_divert(port, qs, slot))
			return;
		/* Before the call: what the discipline drops at once it reports as if it had been queued. */
		qs_bounded_enter(port, qs, pkt.len_bytes, pkt.frames);
	}
	tx->want = true;
	qs_record_arrival(tx->record, id, &pkt);
	if (unlikely(rte_qsock_sched_enqueue(tx->sched, id, &pkt, tx->now_ns) < 0)) {
		ingest_closed(port, qs_port_socket(port, id), slot->mbuf);
		if (qs != NULL)
			qs_bounded_leave(port, qs, pkt.len_bytes, pkt.frames);
	}
}

/*
 * Entries of a lane before a position. Where a socket has moved here from another lane, what it put there
 * comes first. @return whether there was room for all
 */
static bool ingest_lane(struct rte_qsock_port *port, struct qs_lane *lane, uint64_t end, struct ingest *in)
{
	while ((int64_t)(end - lane->take) > 0) {
		const struct qs_slot *slot = qs_ring_at(&lane->put, (uint32_t)lane->take);

		if (unlikely(slot->what & QS_SLOT_AFTER)) {
			if (!ingest_lane(port, port->lanes.lane[slot->ring], slot->pos, in))
				return false;
		} else {
			if (in->n == in->max)
				return false;
			in->slot[in->n++] = *slot;
			qs_sched_prefetch(port->tx.sched, QS_SLOT_ID(slot->what));
		}
		qs_ring_take(&lane->take, 1);
	}
	return true;
}

/* Short runs in order. */
static void sort_runs(uint64_t *key, uint32_t n)
{
	uint32_t i, at;

	for (i = 0; i < n; i++) {
		uint64_t k = key[i];

		for (at = i; at % SORT_RUN > 0 && key[at - 1] > k; at--)
			key[at] = key[at - 1];
		key[at] = k;
	}
}

/* Two runs into one: [from, middle) and [middle, end). */
static void sort_merge(const uint64_t *from, const uint64_t *middle, const uint64_t *end, uint64_t *to)
{
	const uint64_t *a = from, *b = middle;

	while (a < middle && b < end)
		*to++ = *b < *a ? *b++ : *a++;
	while (a < middle)
		*to++ = *a++;
	while (b < end)
		*to++ = *b++;
}

/* In order of id; those of one socket stay in order. */
static void ingest_sort(struct ingest *in)
{
	struct qs_slot slot[QS_INGEST_MAX];
	uint64_t keys[2][QS_INGEST_MAX], *key = keys[0], *other = keys[1];
	uint32_t i, run, n = in->n;

	for (i = 0; i < n; i++)
		key[i] = (uint64_t)QS_SLOT_ID(in->slot[i].what) << 32 | i;
	sort_runs(key, n);
	for (run = SORT_RUN; run < n; run *= 2) {
		for (i = 0; i < n; i += 2 * run)
			sort_merge(key + i, key + RTE_MIN(i + run, n), key + RTE_MIN(i + 2 * run, n),
				   other + i);
		RTE_SWAP(key, other);
	}
	memcpy(slot, in->slot, n * sizeof(slot[0]));
	for (i = 0; i < n; i++)
		in->slot[i] = slot[(uint32_t)key[i]];
}

void qs_ingest(struct rte_qsock_port *port, uint64_t clock_ns)
{
	struct qs_lanes *lanes = &port->lanes;
	struct ingest in;
	uint32_t i;

	in.n = 0;
	in.max = RTE_MIN(rte_qsock_sched_room(port->tx.sched), QS_INGEST_MAX);
	port->tx.now_ns = RTE_MAX(clock_ns, port->tx.free_ns);
	for (i = 0; i < __atomic_load_n(&lanes->count, __ATOMIC_ACQUIRE); i++)
		ingest_lane(port, lanes->lane[i], qs_ring_end(&lanes->lane[i]->put), &in);
	if (port->tx.in_order || unlikely(port->tx.record != NULL))
		ingest_sort(&in);
	for (i = 0; i < in.n; i++)
		ingest_packet(port, &in.slot[i], clock_ns);
}
