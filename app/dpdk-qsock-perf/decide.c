/* SPDX-License-Identifier: BSD-3-Clause */
/* What a decision costs: the discipline alone, and in the live core with its accounts and the driver's call.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_qsock_egress.h>

#include "perf.h"

#define PURE_SLOT_NS 200 /* virtual time of a decision */
#define LIVE_SLOT_NS 100000
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
	perf_result("decide", "discipline alone, decide", streams, "ns/packet", &decide, NULL);
	perf_result("decide", "discipline alone, enqueue", streams, "ns/packet", &enqueue, NULL);
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
	uint32_t i, d;

	gate->open = false;
	for (d = 0; d < depth; d++)
		for (i = 0; i < p->nr_sockets; i++) {
			m = rte_pktmbuf_alloc(w->pool);
			if (m == NULL)
				return 0;
			perf_write(m);
			put += rte_qsock_tx_burst(p->sockets[i], &m, 1);
			if (i % PERF_BURST == 0)
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
	perf_result("decide", "live core: decide, account, free", streams, "ns/packet", &v, NULL);
	return 0;
}

int perf_decide(const struct perf_world *w, const struct perf_options *o)
{
	uint32_t i;

	for (i = 0; i < o->nr_sockets; i++)
		if (pure_measure(w, o, o->sockets[i]) != 0 || live_measure(w, o, o->sockets[i]) != 0)
			return -1;
	return 0;
}
