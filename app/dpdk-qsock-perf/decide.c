/* SPDX-License-Identifier: BSD-3-Clause */
/* What a decision costs: the discipline alone, and in the live core with its accounts and the driver's call.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_malloc.h>
#include <rte_qsock_egress.h>

#include "decide_load.h"
#include "perf.h"

#define PURE_SLOT_NS 200 /* virtual time of a decision */
#define LIVE_SLOT_NS 100000
#define GATED_AWAY_NS 1e6   /* longer than any burst takes: the CPU was taken away */
#define BACKLOG_MAX 131072u /* packets queued before decisions are timed */

static void on_drop(void *arg, const struct rte_qsock_event *ev)
{
	++*(uint64_t *)arg;
}

/* ---- the discipline alone: decide a burst, put the same packets back, each timed apart */

struct pure {
	struct rte_qsock_sched *sched;
	uint64_t now_ns, drops;
	uint64_t decide_ticks, enqueue_ticks, done;
};

static int pure_make(struct pure *u, const struct perf_options *o, uint32_t streams)
{
	struct rte_qsock_sched_conf conf = {.name = o->scheduler,
					    .precedence = o->precedence,
					    .work_conserving = true,
					    .max_streams = streams,
					    .max_packets = 2 * streams + PERF_BURST,
					    .on_drop = on_drop,
					    .on_drop_arg = &u->drops};
	struct rte_qsock_stream_conf stream;
	struct rte_qsock_pkt pkt = {.len_bytes = PERF_FRAME_BYTES, .frames = 1};
	uint32_t i;

	*u = (struct pure){.now_ns = 1000000000};
	if (rte_qsock_sched_create(&conf, &u->sched) != 0)
		return -1;
	rte_qsock_stream_defaults(&stream);
	stream.droppable = false;
	stream.deadline_ns = 1000000000;
	stream.oln = 1;
	stream.old = 2;
	for (i = 0; i < streams; i++) {
		stream.ipg_ns = perf_ipg_ns(streams, i, o->slot_ns);
		pkt.arrival_ns = u->now_ns;
		if (rte_qsock_sched_add(u->sched, i, &stream) != 0 ||
		    rte_qsock_sched_enqueue(u->sched, i, &pkt, u->now_ns) != 0 ||
		    rte_qsock_sched_enqueue(u->sched, i, &pkt, u->now_ns) != 0)
			return -1;
	}
	return 0;
}

static void pure_burst(struct pure *u)
{
	struct rte_qsock_event ev[PERF_BURST];
	uint64_t start = rte_rdtsc(), middle;
	uint32_t i, n = 0;

	while (n < PERF_BURST && rte_qsock_sched_decide(u->sched, u->now_ns, &ev[n])) {
		u->now_ns += PURE_SLOT_NS;
		n++;
	}
	middle = rte_rdtsc();
	for (i = 0; i < n; i++) {
		ev[i].pkt.arrival_ns = u->now_ns;
		ev[i].pkt.deadline_ns = 0;
		rte_qsock_sched_enqueue(u->sched, ev[i].stream, &ev[i].pkt, u->now_ns);
	}
	u->enqueue_ticks += rte_rdtsc() - middle;
	u->decide_ticks += middle - start;
	u->done += n;
}

static int pure_measure(const struct perf_world *w, const struct perf_options *o, uint32_t streams)
{
	struct perf_values decide = {0}, enqueue = {0};
	struct pure u;
	uint32_t rep;

	if (pure_make(&u, o, streams) != 0) {
		fprintf(stderr, "dpdk-qsock-perf: a scheduler %s of %u streams cannot be made\n",
			o->scheduler, streams);
		return -1;
	}
	for (rep = 0; rep <= o->reps; rep++) {
		u.done = u.decide_ticks = u.enqueue_ticks = 0;
		while (u.done < o->packets)
			pure_burst(&u);
		if (rep == 0)
			continue;
		perf_add(&decide, (double)u.decide_ticks * w->ns_per_tick / (double)u.done);
		perf_add(&enqueue, (double)u.enqueue_ticks * w->ns_per_tick / (double)u.done);
	}
	rte_qsock_sched_free(u.sched);
	perf_result(&(struct perf_row){.mode = "decide",
				       .what = "work-conserving: decide",
				       .sched = o->scheduler,
				       .unit = PERF_NS_PACKET,
				       .sockets = streams,
				       .v = &decide});
	perf_result(&(struct perf_row){.mode = "decide",
				       .what = "work-conserving: enqueue",
				       .sched = o->scheduler,
				       .unit = PERF_NS_PACKET,
				       .sockets = streams,
				       .v = &enqueue});
	return 0;
}

/* ---- the live core: an egress that can be shut, to fill the queues, and opened, to empty them */

struct gate {
	struct rte_qsock_egress head;
	bool open;
};

static uint16_t gate_tx_burst(struct rte_qsock_egress *e, struct rte_mbuf **pkts, uint16_t n)
{
	if (!((struct gate *)e)->open)
		return 0;
	rte_pktmbuf_free_bulk(pkts, n);
	return n;
}

static uint64_t gate_rate_bps(const struct rte_qsock_egress *e)
{
	return RTE_QSOCK_RATE_MAX_BPS;
}

static uint32_t gate_max_frame_bytes(const struct rte_qsock_egress *e)
{
	return 1518;
}

static void gate_free(struct rte_qsock_egress *e)
{
}

static const struct rte_qsock_egress_ops gate_ops = {
	.name = "gate",
	.tx_burst = gate_tx_burst,
	.rate_bps = gate_rate_bps,
	.max_frame_bytes = gate_max_frame_bytes,
	.free = gate_free,
};

/* Fill, not timed; empty, timed. @return ns a packet; 0 failed */
static double live_once(const struct perf_world *w, struct perf_port *p, struct gate *gate, uint32_t depth)
{
	struct rte_mbuf *m;
	uint64_t put = 0, sent = 0;
	double start;
	uint32_t i, d, step = RTE_MAX(p->nr_sockets / BACKLOG_MAX, 1u);

	gate->open = false;
	for (d = 0; d < depth; d++)
		for (i = 0; i < p->nr_sockets; i += step) {
			m = rte_pktmbuf_alloc(w->pool);
			if (m == NULL)
				return 0;
			perf_write(m);
			put += rte_qsock_tx_burst(p->sockets[i], &m, 1);
			if (put % PERF_BURST == 0)
				rte_qsock_tx_poll(p->port);
		}
	for (i = 0; i < 4096; i++)
		rte_qsock_tx_poll(p->port);
	gate->open = true;
	start = perf_cpu_ns();
	while (sent < put)
		sent += rte_qsock_tx_poll(p->port);
	return (perf_cpu_ns() - start) / (double)sent;
}

static int live_measure(const struct perf_world *w, const struct perf_options *o, uint32_t streams)
{
	struct gate gate = {.head.ops = &gate_ops};
	uint32_t rep, depth = RTE_MAX(RTE_MIN(BACKLOG_MAX / streams, 4096u), 1u);
	struct perf_values v = {0};
	struct perf_options patient = *o;
	struct perf_port p = {0};

	/* Nothing shall be late because it took long to fill the queues. */
	patient.slot_ns = LIVE_SLOT_NS;
	if (perf_port_open(&p, w, &patient, streams, depth, &gate.head) != 0)
		return -1;
	for (rep = 0; rep < o->reps; rep++)
		perf_add(&v, live_once(w, &p, &gate, depth));
	perf_port_close(&p);
	perf_result(&(struct perf_row){.mode = "decide",
				       .what = "live core: decide, account, free",
				       .sched = o->scheduler,
				       .unit = PERF_NS_PACKET,
				       .sockets = streams,
				       .v = &v});
	return 0;
}

/* ---- gated: virtual time, no packets, the records that were picked arrive again */

struct gated {
	struct perf_values decide, arrive, cpu, misses, idle;
	uint64_t timer_ticks; /* what reading the TSC adds to a stretch */
	uint64_t stretches, taken_away;
};

/* Memory as a port has it. */
static void *gated_alloc(void *arg, size_t bytes)
{
	return rte_zmalloc_socket("perf", bytes, RTE_CACHE_LINE_SIZE, SOCKET_ID_ANY);
}

static void gated_release(void *arg, void *p)
{
	rte_free(p);
}

static uint64_t timer_ticks(void)
{
	uint64_t least = UINT64_MAX, start;
	uint32_t i;

	for (i = 0; i < 1000; i++) {
		start = rte_rdtsc();
		least = RTE_MIN(least, rte_rdtsc() - start);
	}
	return least;
}

/*
 * One repetition. A stretch that took longer than any work of ours was one in which the CPU was taken away:
 * it does not count, and how many they were is told. The CPU time of the whole says what the rest hides.
 */
static void gated_once(const struct perf_world *w, struct gated *g, struct load *l, uint64_t packets)
{
	const uint64_t away = (uint64_t)(GATED_AWAY_NS / w->ns_per_tick);
	uint64_t decide = 0, arrive = 0, sent = 0, arrived = 0, start, middle, end;
	struct load_counts *c = &l->counts;
	double cpu_ns = perf_cpu_ns();

	*c = (struct load_counts){0};
	while (c->sent < packets) {
		struct load_counts before = *c;

		start = rte_rdtsc();
		load_decide(l);
		middle = rte_rdtsc();
		load_arrive(l);
		end = rte_rdtsc();
		g->stretches++;
		if (end - start > away) {
			g->taken_away++;
			continue;
		}
		decide += middle - start - g->timer_ticks;
		arrive += end - middle - g->timer_ticks;
		sent += c->sent - before.sent;
		arrived += c->arrived - before.arrived;
	}
	cpu_ns = perf_cpu_ns() - cpu_ns;
	perf_add(&g->decide, (double)decide * w->ns_per_tick / (double)RTE_MAX(sent, 1u));
	perf_add(&g->arrive, (double)arrive * w->ns_per_tick / (double)RTE_MAX(arrived, 1u));
	perf_add(&g->cpu, cpu_ns / (double)c->sent);
	perf_add(&g->misses, 100.0 * (double)(c->late + c->dropped) / (double)(c->sent + c->dropped));
	perf_add(&g->idle, 100.0 * (double)c->idle / (double)(c->sent + c->idle));
}

static void gated_results(const struct perf_options *o, const struct gated *g, uint32_t streams,
			  uint32_t percent)
{
	const struct {
		const char *what, *unit;
		const struct perf_values *v;
	} rows[] = {
		{"decide", PERF_NS_PACKET, &g->decide},	     {"arrive", PERF_NS_PACKET, &g->arrive},
		{"both, CPU time", PERF_NS_PACKET, &g->cpu}, {"misses", "% of packets", &g->misses},
		{"idle", "% of decisions", &g->idle},
	};
	char what[48], how[128];
	unsigned int i;

	snprintf(how, sizeof(how), "bursts of up to 32; %.3f %% of them not counted: the CPU was taken away",
		 100.0 * (double)g->taken_away / (double)g->stretches);
	for (i = 0; i < RTE_DIM(rows); i++) {
		snprintf(what, sizeof(what), "gated, load %u %%: %s", percent, rows[i].what);
		perf_result(&(struct perf_row){.mode = "decide",
					       .what = what,
					       .sched = o->scheduler,
					       .unit = rows[i].unit,
					       .how = i < 2 ? how : NULL,
					       .sockets = streams,
					       .v = rows[i].v});
	}
}

static int gated_measure(const struct perf_world *w, const struct perf_options *o, uint32_t streams,
			 uint32_t percent)
{
	const struct load_conf conf = {
		.scheduler = o->scheduler,
		.precedence = o->precedence,
		.streams = streams,
		.percent = percent,
		.alloc = gated_alloc,
		.release = gated_release,
	};
	struct gated g = {.timer_ticks = timer_ticks()};
	struct load l;
	uint32_t rep;

	if (load_make(&l, &conf) != 0) {
		fprintf(stderr, "dpdk-qsock-perf: no memory for %u streams\n", streams);
		return -1;
	}
	for (rep = 0; rep < o->reps; rep++)
		gated_once(w, &g, &l, o->packets);
	load_free(&l);
	gated_results(o, &g, streams, percent);
	return 0;
}

int perf_decide(const struct perf_world *w, const struct perf_options *o)
{
	uint32_t i;

	for (i = 0; i < o->nr_sockets; i++)
		if (gated_measure(w, o, o->sockets[i], 95) != 0 ||
		    gated_measure(w, o, o->sockets[i], 105) != 0 || pure_measure(w, o, o->sockets[i]) != 0 ||
		    live_measure(w, o, o->sockets[i]) != 0)
			return -1;
	return 0;
}
