/* SPDX-License-Identifier: BSD-3-Clause */
#include "pace_egress.h"

#include <string.h>

#include "core/qs_port.h"

/* Periods from one that begins at base_ns to the time; less than 0 before. */
static int64_t periods_to(uint64_t base_ns, uint64_t ipg_ns, uint64_t time_ns)
{
	if (time_ns >= base_ns)
		return (int64_t)((time_ns - base_ns) / ipg_ns);
	return -(int64_t)((base_ns - time_ns + ipg_ns - 1) / ipg_ns);
}

int64_t pace_begun(const struct pace_egress *p, const struct paced *of, uint64_t from_ns, uint64_t to_ns)
{
	uint64_t base_ns = __atomic_load_n(&p->port->tx.sched->streams[of->id].ts_ns, __ATOMIC_RELAXED);

	return periods_to(base_ns, of->ipg_ns, to_ns) - periods_to(base_ns, of->ipg_ns, from_ns);
}

/* When the last period of the socket began: its packet was just taken. 0: it sent more than one in this burst
 */
static inline uint64_t period_ns(const struct pace_egress *p, struct paced *of)
{
	bool again = of->burst == p->bursts;

	of->burst = p->bursts;
	return again ? 0 : p->port->tx.sched->streams[of->id].ts_ns - of->ipg_ns;
}

static inline void note(struct pace_egress *p, struct paced *of, uint64_t start_ns, uint64_t now_ns)
{
	struct pace_counts *c = &p->counts;
	uint64_t due_ns = RTE_MAX(start_ns, period_ns(p, of));
	uint64_t late_ns = now_ns > due_ns ? now_ns - due_ns : 0;
	uint64_t round_ns = now_ns - p->port->tx.round_ns;

	c->early += now_ns < due_ns;
	c->frames++;
	c->last_ns = now_ns;
	qs_histogram_add(&c->raw, late_ns);
	/* Of a stall that is not yet over, the ledger will tell. */
	if (due_ns < p->stall_end_ns || round_ns > PACE_STALL_NS)
		c->in_stalls++;
	else
		qs_histogram_add(&c->calm, late_ns);
	if (due_ns >= p->long_end_ns && round_ns <= PACE_LONG_NS)
		qs_histogram_add(&c->held, late_ns);
	if (of->count++ == 0)
		of->first_ns = now_ns;
	of->last_ns = now_ns;
}

/* The same where only rates count. */
static inline void count(struct pace_egress *p, struct paced *of, uint64_t start_ns, uint64_t now_ns)
{
	struct pace_counts *c = &p->counts;

	c->early += now_ns < start_ns;
	c->frames++;
	of->count++;
	c->last_ns = now_ns;
	c->last_behind_ns = now_ns - RTE_MIN(start_ns, now_ns);
}

/* What the TX core has entered since the last look. */
static void note_stalls(struct pace_egress *p)
{
	const struct qs_ledger *l = &p->port->tx.stalls.loop;
	struct pace_counts *c = &p->counts;

	p->seen_stalls = RTE_MAX(p->seen_stalls, l->count - RTE_MIN(l->count, QS_LEDGER_GAPS));
	for (; p->seen_stalls < l->count; p->seen_stalls++) {
		const struct qs_gap *gap = &l->gap[p->seen_stalls % QS_LEDGER_GAPS];

		p->stall_end_ns = gap->end_ns;
		if (gap->away_ns > PACE_LONG_NS)
			p->long_end_ns = gap->end_ns;
		c->stalls++;
		c->stalled_ns += gap->away_ns;
		c->lost_ns += gap->away_ns - RTE_MIN(gap->away_ns, p->catchup_ns);
	}
}

/* The application wants it to begin, or to end. */
static void phase_begin(struct pace_egress *p, uint32_t phase)
{
	if (phase % 2 == 1)
		memset(&p->counts, 0, sizeof(p->counts));
	__atomic_store_n(&p->seen, phase, __ATOMIC_RELEASE);
}

static void give_back(struct pace_egress *p)
{
	rte_ring_sp_enqueue_bulk(p->back, (void **)p->sent, p->nr_sent,
				 NULL); /* it has room for all there are */
	p->nr_sent = 0;
}

static uint16_t pace_tx_burst(struct rte_qsock_egress *e, struct rte_mbuf **pkts, uint16_t n)
{
	uint64_t now_ns = rte_qsock_now_ns();
	struct pace_egress *p = (struct pace_egress *)e;
	uint64_t end_ns = p->port->tx.pace.free_ns;
	uint32_t i, phase = __atomic_load_n(&p->phase, __ATOMIC_ACQUIRE);

	if (__atomic_load_n(&p->hold, __ATOMIC_RELAXED))
		return 0;
	if (p->seen_stalls != p->port->tx.stalls.loop.count)
		note_stalls(p);
	if (phase != p->seen)
		phase_begin(p, phase);
	if (phase % 2 == 1) {
		p->bursts++;
		if (p->counts.first_ns == 0) {
			p->counts.first_ns = now_ns;
			p->counts.first_behind_ns = now_ns - RTE_MIN(end_ns - n * p->slot_ns, now_ns);
		}
		for (i = 0; i < n && p->count_only; i++)
			count(p, &p->of[pkts[i]->hash.usr], end_ns - (n - i) * p->slot_ns, now_ns);
		/* From the last on: a socket's latest period is the one that the discipline knows. */
		for (i = n; i-- > 0 && !p->count_only;)
			note(p, &p->of[pkts[i]->hash.usr], end_ns - (n - i) * p->slot_ns, now_ns);
	}
	for (i = 0; i < n; i++) {
		p->sent[p->nr_sent++] = pkts[i];
		if (p->nr_sent == PERF_BURST)
			give_back(p);
	}
	return n;
}

static uint64_t pace_rate_bps(const struct rte_qsock_egress *e)
{
	return 0;
}

static uint32_t pace_max_frame_bytes(const struct rte_qsock_egress *e)
{
	return 1518;
}

static void pace_free(struct rte_qsock_egress *e)
{
	struct pace_egress *p = (struct pace_egress *)e;

	rte_pktmbuf_free_bulk(p->sent, p->nr_sent);
}

const struct rte_qsock_egress_ops pace_egress_ops = {
	.name = "pace",
	.tx_burst = pace_tx_burst,
	.rate_bps = pace_rate_bps,
	.max_frame_bytes = pace_max_frame_bytes,
	.free = pace_free,
};
