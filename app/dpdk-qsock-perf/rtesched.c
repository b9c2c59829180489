/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * librte_sched, DPDK's hierarchical scheduler: one subport, pipes with one best-effort queue and the strict
 * class 0 in use, queues of 16, all rates those of a link that is never the limit.
 */
#include <stdio.h>

#include <rte_ethdev.h>
#include <rte_sched.h>

#include "perf.h"

#define RATE UINT64_C(12500000000) /* bytes a second: 100 Gbit/s, more than a core can do */
#define QUEUE 16
#define BACKLOG 4u /* packets a pipe: a random one overflows its queue seldom */
#define BACKLOG_MAX 196608u
#define PIPES_MAX 65536u

struct rig {
	const struct perf_world *w;
	struct rte_sched_port *port;
	uint32_t pipes;
	uint32_t depth;
	uint32_t state; /* of the order of pipes */
	uint32_t lost;	/* of the backlog, in queues that were full */
};

static struct rte_sched_port *sched_make(uint32_t pipes)
{
	struct rte_sched_subport_profile_params subport_profile = {
		.tb_rate = RATE, .tb_size = 1000000, .tc_period = 10};
	struct rte_sched_pipe_params pipe = {.tb_rate = RATE,
					     .tb_size = 1000000,
					     .tc_period = 40,
					     .tc_ov_weight = 1,
					     .wrr_weights = {1, 1, 1, 1}};
	struct rte_sched_subport_params subport = {.n_pipes_per_subport_enabled = pipes,
						   .pipe_profiles = &pipe,
						   .n_pipe_profiles = 1,
						   .n_max_pipe_profiles = 1};
	struct rte_sched_port_params params = {.name = "perf",
					       .socket = 0,
					       .rate = RATE,
					       .mtu = 1522,
					       .frame_overhead = RTE_SCHED_FRAME_OVERHEAD_DEFAULT,
					       .n_subports_per_port = 1,
					       .subport_profiles = &subport_profile,
					       .n_subport_profiles = 1,
					       .n_max_subport_profiles = 1,
					       .n_pipes_per_subport = pipes};
	const uint32_t classes[] = {0, RTE_SCHED_TRAFFIC_CLASS_BE};
	struct rte_sched_port *port;
	uint32_t i;

	for (i = 0; i < RTE_SCHED_TRAFFIC_CLASSES_PER_PIPE; i++)
		subport_profile.tc_rate[i] = RATE;
	for (i = 0; i < RTE_DIM(classes); i++) {
		pipe.tc_rate[classes[i]] = RATE;
		subport.qsize[classes[i]] = QUEUE;
	}
	port = rte_sched_port_config(&params);
	if (port == NULL)
		return NULL;
	if (rte_sched_subport_config(port, 0, &subport, 0) != 0) {
		rte_sched_port_free(port);
		return NULL;
	}
	for (i = 0; i < pipes; i++)
		rte_sched_pipe_config(port, 0, i, 0);
	return port;
}

static inline void to_pipe(const struct rig *rig, struct rte_mbuf *m, uint32_t pipe, uint32_t class)
{
	rte_sched_port_pkt_write(rig->port, m, 0, pipe, class, 0, RTE_COLOR_GREEN);
}

static inline uint32_t random_pipe(struct rig *rig)
{
	rig->state = rig->state * 1664525 + 1013904223;
	return (uint32_t)(((uint64_t)rig->state * rig->pipes) >> 32);
}

/* Packets on every pipe. @return 0; -1 no mbuf */
static int backlog(struct rig *rig, uint32_t class)
{
	struct rte_mbuf *m;
	uint32_t i, d;

	for (d = 0; d < rig->depth; d++)
		for (i = 0; i < rig->pipes; i++) {
			m = rte_pktmbuf_alloc(rig->w->pool);
			if (m == NULL)
				return -1;
			perf_write(m);
			to_pipe(rig, m, i, class);
			rte_sched_port_enqueue(rig->port, &m, 1);
		}
	return 0;
}

static void drain(struct rig *rig)
{
	struct rte_mbuf *m[PERF_BURST];
	int n;
	uint32_t empty = 0;

	while (empty < 10000) {
		n = rte_sched_port_dequeue(rig->port, m, PERF_BURST);
		if (n > 0)
			rte_pktmbuf_free_bulk(m, (unsigned int)n);
		empty = n > 0 ? 0 : empty + 1;
	}
}

/* What is taken out goes in again, to its own pipe or to another. @return ns a packet */
static double alone_once(struct rig *rig, bool random, uint32_t class, uint64_t packets)
{
	struct rte_mbuf *m[PERF_BURST];
	double start = perf_cpu_ns();
	uint64_t done = 0;
	int i, n;

	while (done < packets) {
		n = rte_sched_port_dequeue(rig->port, m, PERF_BURST);
		for (i = 0; random && i < n; i++)
			to_pipe(rig, m[i], random_pipe(rig), class);
		rig->lost += (uint32_t)(n - rte_sched_port_enqueue(rig->port, m, (uint32_t)n));
		done += (uint64_t)n;
		/* Lost packets are replaced, so that the backlog stays what it was. */
		for (; unlikely(rig->lost > 0); rig->lost--) {
			struct rte_mbuf *more = rte_pktmbuf_alloc(rig->w->pool);

			if (more == NULL)
				return 0;
			to_pipe(rig, more, random_pipe(rig), class);
			rig->lost += rte_sched_port_enqueue(rig->port, &more, 1) == 0;
		}
	}
	return (perf_cpu_ns() - start) / (double)done;
}

/* An mbuf, 64 bytes written, a pipe at random, the scheduler, tx_burst into net_null. */
static double e2e_once(struct rig *rig, uint32_t class, uint64_t packets)
{
	struct rte_mbuf *m[PERF_BURST];
	double start = perf_cpu_ns();
	uint64_t done = 0;
	int i, n;

	while (done < packets) {
		if (rte_pktmbuf_alloc_bulk(rig->w->pool, m, PERF_BURST) != 0)
			return 0;
		for (i = 0; i < PERF_BURST; i++) {
			perf_write(m[i]);
			to_pipe(rig, m[i], random_pipe(rig), class);
		}
		rte_sched_port_enqueue(rig->port, m, PERF_BURST);
		n = rte_sched_port_dequeue(rig->port, m, PERF_BURST);
		done += rte_eth_tx_burst(rig->w->eth_port_id, 0, m, (uint16_t)n);
	}
	return (perf_cpu_ns() - start) / (double)done;
}

enum { ALONE_OWN, ALONE_RANDOM, E2E_BACKLOG, E2E_EMPTY, KINDS };

static void rtesched_class(struct rig *rig, const struct perf_options *o, uint32_t class,
			   const struct perf_values *floor)
{
	static const char *const names[KINDS] = {
		[ALONE_OWN] = "rte_sched alone, own pipe",
		[ALONE_RANDOM] = "rte_sched alone, random pipe",
		[E2E_BACKLOG] = "rte_sched to net_null, backlogged",
		[E2E_EMPTY] = "rte_sched to net_null, empty",
	};
	struct perf_values v[KINDS] = {0};
	uint32_t rep, kind;
	char what[48];

	for (rep = 0; rep <= o->reps; rep++) { /* the first is a warm-up */
		if (backlog(rig, class) != 0)
			return;
		double ns[KINDS] = {alone_once(rig, false, class, o->packets),
				    alone_once(rig, true, class, o->packets),
				    e2e_once(rig, class, o->packets)};

		drain(rig);
		ns[E2E_EMPTY] = e2e_once(rig, class, o->packets);
		drain(rig);
		for (kind = 0; rep > 0 && kind < KINDS; kind++)
			perf_add(&v[kind], ns[kind]);
	}
	for (kind = 0; kind < KINDS; kind++) {
		snprintf(what, sizeof(what), "%s, %s", names[kind], class == 0 ? "TC0" : "BE");
		perf_result(&(struct perf_row){
			.mode = "compare",
			.what = what,
			.sched = "rte_sched",
			.unit = PERF_NS_PACKET,
			.how = kind <= ALONE_RANDOM
				       ? "bursts of 32 out and in again; queues of 16, no rate in the way"
				       : "alloc, 64 bytes, random pipe, in, out, tx_burst, bursts of 32",
			.sockets = rig->pipes,
			.v = &v[kind],
			.floor = kind >= E2E_BACKLOG ? floor : NULL,
		});
	}
}

void perf_rtesched(const struct perf_world *w, const struct perf_options *o, uint32_t sockets,
		   const struct perf_values *floor)
{
	struct rig rig = {.w = w, .pipes = rte_align32pow2(sockets), .state = 1};
	struct perf_values memory = {0};
	double before = perf_allocated();

	rig.depth = RTE_MAX(RTE_MIN(BACKLOG, BACKLOG_MAX / rig.pipes), 1u);
	rig.port = rig.pipes <= PIPES_MAX ? sched_make(rig.pipes) : NULL;
	if (rig.port == NULL) {
		fprintf(stderr,
			"dpdk-qsock-perf: rte_sched with %u pipes: no memory, or too many: left out\n",
			rig.pipes);
		return;
	}
	perf_add(&memory, (perf_allocated() - before) / rig.pipes);
	rtesched_class(&rig, o, RTE_SCHED_TRAFFIC_CLASS_BE, floor);
	rtesched_class(&rig, o, 0, floor);
	rte_sched_port_free(rig.port);
	perf_result(&(struct perf_row){.mode = "compare",
				       .what = "rte_sched, memory of a pipe",
				       .sched = "rte_sched",
				       .unit = "bytes",
				       .how = "queues of 16 for BE and TC0; of the whole port, by pipes",
				       .sockets = rig.pipes,
				       .v = &memory});
}
