/* SPDX-License-Identifier: BSD-3-Clause */
/* From the lanes into the discipline's queues. */
#include <string.h>

#include "core/qs_txcore.h"
#include "obs/qs_record.h"
#include "sched/qs_keysort.h"
#include "sched/qs_prefetch.h"

/** What one round takes: together, so that cache misses overlap. */
struct ingest {
	uint64_t clock_ns;
	uint32_t n;
	uint32_t most;
	uint32_t rec[QS_INGEST_MAX];
};

/* Whether one more packet is beyond what a queue with a bound may hold, in packets or in time on the link. It
 * may always hold one. */
static bool ingest_beyond(const struct rte_qsock_port *port, const struct rte_qsock *qs, uint32_t len_bytes,
			  uint32_t frames)
{
	const struct qs_socket_ctl *ctl = qs_socket_ctl(qs);
	uint64_t bytes = qs_tx_rare(qs->tx)->queued_bytes + qs_wire_bytes(port, len_bytes, frames);
	uint32_t queued = qs->tx->queued;

	if (queued >= ctl->conf.queue_packets)
		return true;
	return queued > 0 && (unsigned __int128)bytes * QS_LINK_BIT_NS >
				     (unsigned __int128)ctl->bounds.queue_ns * port->tx.pace.link.rate_bps;
}

/* Frames of a packet on the wire. */
static inline uint16_t slot_frames(const struct qs_slot *slot)
{
	return unlikely(slot->what & QS_SLOT_TRAIN) ? rte_qsock_meta(qs_cookie_mbuf(slot->cookie))->frames
						    : 1;
}

/* Packets that do not reach the discipline. @return whether this is one */
static bool ingest_divert(struct rte_qsock_port *port, const struct qs_slot *slot, bool no_record)
{
	struct rte_qsock *qs = qs_port_socket(port, QS_SLOT_ID(slot->what));
	struct qs_rare_ends *rare = &qs_tx_rare(qs->tx)->ends, *total = &port->tx.totals.rare;

	if (slot->what & QS_SLOT_NO_NEIGH) {
		rare->neigh_drop++;
		total->neigh_drop++;
	} else if (slot->what & QS_SLOT_UNFIT) {
		rare->tx_error++;
		total->tx_error++;
	} else if (slot->what & QS_SLOT_BOUNDED &&
		   (no_record || ingest_beyond(port, qs, slot->len_bytes, slot_frames(slot)))) {
		rare->queue_drop++;
		total->queue_drop++;
	} else {
		return false;
	}
	qs_left(port, qs->tx);
	qs_free_later(port, qs_cookie_mbuf(slot->cookie));
	return true;
}

static inline void ingest_record(struct qs_rec *rec, const struct qs_slot *slot, uint64_t clock_ns)
{
	rec->stream = QS_SLOT_ID(slot->what);
	rec->pkt.cookie = slot->cookie;
	rec->pkt.arrival_ns = clock_ns;
	rec->pkt.deadline_ns = 0;
	rec->pkt.len_bytes = slot->len_bytes;
	rec->pkt.frames = 1;
	rec->pkt.flags = QS_SLOT_PKT_FLAGS(slot->what);
}

/* Take one packet that something is to be said of. @return false: there is no room for it yet */
static bool ingest_special(struct rte_qsock_port *port, const struct qs_slot *slot, struct ingest *in)
{
	struct qs_rec *rec;
	uint32_t i = 0;

	if (in->n == in->most)
		return false;
	if (slot->what & QS_SLOT_NEW)
		qs_socket_admit(port, qs_port_socket(port, QS_SLOT_ID(slot->what)));
	rec = qs_rec_new(port->tx.sched, &i);
	if (ingest_divert(port, slot, rec == NULL)) {
		if (rec != NULL)
			qs_rec_put(port->tx.sched, i);
		return true;
	}
	if (rec == NULL)
		return false;
	ingest_record(rec, slot, in->clock_ns);
	rec->pkt.frames = slot_frames(slot);
	if (slot->what & QS_SLOT_DEADLINE)
		rec->pkt.deadline_ns = rte_qsock_meta(qs_cookie_mbuf(slot->cookie))->deadline_ns;
	if (slot->what & QS_SLOT_BOUNDED)
		qs_bounded_enter(port, qs_port_tx(port, rec->stream), rec->pkt.len_bytes, rec->pkt.frames);
	in->rec[in->n++] = i;
	return true;
}

/* Simple packets in a row, up to the first that is not, or for which there is no record. @return how many */
static inline uint32_t ingest_run(struct rte_qsock_sched *sched, const struct qs_slot *slot, uint32_t n,
				  uint64_t clock_ns, uint32_t *to)
{
	const uint32_t *rec;
	uint32_t i;

	n = qs_recs_ready(sched, n, &rec);
	for (i = 0; i < n; i++, slot++) {
		if (unlikely(slot->what & QS_SLOT_SPECIAL))
			break;
		to[i] = *--rec;
		ingest_record(qs_rec_at(sched, to[i]), slot, clock_ns);
		qs_sched_prefetch(sched, QS_SLOT_ID(slot->what));
	}
	qs_recs_taken(sched, i);
	return i;
}

/*
 * Entries of a lane before a position. Where a socket has moved here from another lane, what it put there
 * comes first. @return whether there was room for all
 *
 * A lane that has been taken up to there already is left alone: the one where moving sockets' packets wait
 * may be another TX core's by now.
 */
static bool ingest_lane(struct rte_qsock_port *port, struct qs_lane *lane, uint64_t end, struct ingest *in)
{
	uint64_t take = __atomic_load_n(&lane->take, __ATOMIC_RELAXED);
	bool room = true;

	if ((int64_t)(end - take) <= 0)
		return true;
	while (room && (int64_t)(end - take) > 0) {
		const struct qs_slot *slot = qs_ring_at(&lane->put, (uint32_t)take);
		uint32_t n = qs_ring_row(&lane->put, (uint32_t)take, (uint32_t)(end - take));

		n = RTE_MIN(n, in->most - in->n);
		n = ingest_run(port->tx.sched, slot, n, in->clock_ns, &in->rec[in->n]);
		in->n += n;
		take += n;
		if (n > 0)
			continue;
		if (slot->what & QS_SLOT_AFTER) {
			/* The other lane may send us back to this one. */
			qs_ring_taken(&lane->take, take);
			room = ingest_lane(port, port->lanes.lane[slot->ring], slot->pos, in);
		} else {
			room = ingest_special(port, slot, in);
		}
		take += room;
	}
	qs_ring_taken(&lane->take, take);
	return room;
}

/* In order of id; those of one socket stay in order. */
static void ingest_sort(const struct rte_qsock_sched *sched, struct ingest *in)
{
	uint64_t key[QS_KEYSORT_MAX]; /* not zeroed: it is large */
	uint32_t rec[QS_INGEST_MAX], i, n = in->n;

	_Static_assert(QS_INGEST_MAX <= QS_KEYSORT_MAX, "all of a round are sorted at once");
	for (i = 0; i < n; i++)
		key[i] = (uint64_t)qs_rec_at(sched, in->rec[i])->stream << 32 | i;
	qs_keysort(key, n);
	memcpy(rec, in->rec, n * sizeof(rec[0]));
	for (i = 0; i < n; i++)
		in->rec[i] = rec[(uint32_t)key[i]];
}

/* The discipline does not know the stream: its socket was closed while the packet was in the lane. */
static void ingest_closed(struct rte_qsock_port *port, uint32_t i)
{
	const struct qs_rec *rec = qs_rec_at(port->tx.sched, i);
	struct qs_socket_tx *tx = qs_port_tx(port, rec->stream);

	if (tx->bounded)
		qs_bounded_leave(port, tx, rec->pkt.len_bytes, rec->pkt.frames);
	qs_tx_rare(tx)->ends.closed++;
	port->tx.totals.rare.closed++;
	qs_left(port, tx);
	qs_free_later(port, qs_cookie_mbuf(rec->pkt.cookie));
	qs_rec_put(port->tx.sched, i);
}

/* Hand over what was taken. */
static void ingest_arrive(struct rte_qsock_port *port, struct ingest *in)
{
	struct qs_txcore *tx = &port->tx;
	uint32_t i, lost;

	if (in->n == 0)
		return;
	if (qs_sched_needs_order(tx->sched) || tx->record != NULL)
		ingest_sort(tx->sched, in);
	for (i = 0; unlikely(tx->record != NULL) && i < in->n; i++) {
		const struct qs_rec *rec = qs_rec_at(tx->sched, in->rec[i]);

		qs_record_arrival(tx->record, rec->stream, &rec->pkt);
	}
	tx->pace.want = true;
	lost = qs_sched_arrive(tx->sched, in->rec, in->n, RTE_MAX(in->clock_ns, tx->pace.free_ns));
	for (i = 0; unlikely(i < lost); i++)
		ingest_closed(port, in->rec[i]);
}

void qs_ingest(struct rte_qsock_port *port, uint64_t clock_ns)
{
	uint32_t i, count = __atomic_load_n(&port->lanes.count, __ATOMIC_ACQUIRE);
	struct ingest in; /* not zeroed: it is large */

	in.clock_ns = clock_ns;
	in.n = 0;
	in.most = port->tx.await.most;
	/* Another lane comes first each time: one that is always full must not take all the room there is. */
	port->lanes.turn++;
	for (i = 0; i < count; i++) {
		struct qs_lane *lane = port->lanes.lane[(port->lanes.turn + i) % count];

		ingest_lane(port, lane, qs_ring_end(&lane->put), &in);
	}
	ingest_arrive(port, &in);
}

bool qs_ingest_lane(struct rte_qsock_port *port, struct qs_lane *lane, uint64_t end, uint64_t clock_ns)
{
	struct ingest in; /* not zeroed: it is large */

	in.clock_ns = clock_ns;
	in.n = 0;
	in.most = QS_INGEST_MAX;
	ingest_lane(port, lane, end, &in);
	ingest_arrive(port, &in);
	return (int64_t)(end - lane->take) <= 0;
}
