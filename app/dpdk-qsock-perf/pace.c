/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How exactly a paced port sends: 95 % of a link of 1 Gbit/s, frames of 64 bytes, every socket backlogged and
 * served once a period. The TX core is one that the library launched, and keeps the ledger of its stalls
 * itself; what it hands over is noted in pace_egress.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_lcore.h>

#include "pace_egress.h"

#define LOAD 0.95
#define SLOT_NS 704u /* of 64 and 24 bytes at 1 Gbit/s: no fraction */
#define RATE_BPS 1000000000u
#define SLOT_ALONE_NS 1000u /* one socket: no period is shorter than 1 us */
#define RATE_ALONE_BPS 704000000u
#define BACKLOG 131072u /* packets of all sockets, where one of each are not more */
#define DEPTH_MAX 1024u /* of a queue: the application may be away for so many periods */
#define RUN_NS UINT64_C(1000000000)
#define RUN_PERIODS 2.5 /* of the longest, at least: a rate takes two packets */
#define RUN_MIN_NS UINT64_C(10000000)
#define WARM_UP_NS UINT64_C(300000000)

struct pace {
	struct pace_egress egress;
	struct perf_port port;
	struct rte_mempool *pool;
	uint64_t longest_ns; /* period */
	double load_pps;     /* what shall be sent */
};

/* ---- the application */

/* Send again what came back. */
static void app_serve(struct pace *p)
{
	struct rte_qsock *qs[PERF_BURST];
	struct rte_mbuf *m[PERF_BURST];
	uint32_t i, n = rte_ring_sc_dequeue_burst(p->egress.back, (void **)m, PERF_BURST, NULL);

	for (i = 0; i < n; i++)
		qs[i] = p->port.sockets[m[i]->hash.usr];
	while (n > 0)
		n = rte_qsock_tx_scatter(qs, m, (uint16_t)n);
}

static void app_for(struct pace *p, uint64_t ns)
{
	uint64_t end_ns = rte_qsock_now_ns() + ns;

	while (rte_qsock_now_ns() < end_ns)
		app_serve(p);
}

/* Have the egress count, or not; it does when this returns. */
static void app_phase(struct pace *p, uint32_t phase)
{
	__atomic_store_n(&p->egress.phase, phase, __ATOMIC_RELEASE);
	while (__atomic_load_n(&p->egress.seen, __ATOMIC_ACQUIRE) != phase)
		app_serve(p);
}

static struct rte_mbuf *app_packet(struct pace *p, uint32_t socket)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(p->pool);

	if (m == NULL)
		return NULL;
	m->data_off = 0; /* there is room for the frame alone */
	perf_write(m);
	m->hash.usr = socket;
	return m;
}

/* Sockets begin one after another, over the longest period. */
static int app_fill(struct pace *p, uint32_t depth)
{
	uint64_t from_ns = rte_qsock_now_ns();
	uint32_t i, d, n = p->port.nr_sockets;

	for (i = 0; i < n; i++) {
		uint64_t at_ns = from_ns + (uint64_t)((double)p->longest_ns * i / n);

		do
			app_serve(p);
		while (rte_qsock_now_ns() < at_ns);
		for (d = 0; d < depth; d++) {
			struct rte_mbuf *m = app_packet(p, i);

			if (m == NULL)
				return -1;
			while (rte_qsock_tx_burst(p->port.sockets[i], &m, 1) == 0)
				rte_pause();
		}
	}
	return 0;
}

/* ---- ports, sockets */

static int open_port(struct pace *p, const struct perf_options *o, uint32_t n)
{
	struct rte_qsock_port_conf conf = {
		.size = sizeof(conf),
		.name = "pace",
		.scheduler = o->scheduler,
		.precedence = o->precedence,
		.egress = &p->egress.head,
		.rate_bps = n > 1 ? RATE_BPS : RATE_ALONE_BPS,
		.catchup_ns = o->catchup_ns,
		.stall_ns = PACE_STALL_NS,
		.max_sockets = n,
		.max_packets = 2 * RTE_MAX(n, BACKLOG),
		.socket_id = SOCKET_ID_ANY,
	};

	p->egress.head.ops = &pace_egress_ops;
	p->egress.slot_ns = n > 1 ? SLOT_NS : SLOT_ALONE_NS;
	p->egress.catchup_ns = o->catchup_ns;
	p->port.nr_sockets = n;
	p->port.port = rte_qsock_port_create(&conf);
	p->egress.port = p->port.port;
	return p->port.port != NULL ? 0 : -1;
}

/* Eight different periods, 1 .. 2 times the shortest. */
static int open_sockets(struct pace *p, uint32_t n, uint32_t depth)
{
	struct rte_qsock_conf conf = {.size = sizeof(conf), .no_histogram = true};
	struct rte_qsock_info info;
	double sum = 0;
	uint32_t i;

	rte_qsock_stream_defaults(&conf.stream);
	conf.stream.droppable = false;
	conf.stream.oln = 1;
	conf.stream.old = 2;
	conf.stream.queue_packets = depth + PERF_BURST;
	for (i = 0; i < n; i++)
		sum += 8.0 / (8 + i % 8);
	for (i = 0; i < n; i++) {
		conf.stream.ipg_ns = (uint64_t)(p->egress.slot_ns * sum / LOAD * (8 + i % 8) / 8 + 1);
		p->port.sockets[i] = rte_qsock_open(p->port.port, &conf);
		if (p->port.sockets[i] == NULL || rte_qsock_info_get(p->port.sockets[i], &info) != 0)
			return -1;
		p->egress.of[i] = (struct paced){.ipg_ns = conf.stream.ipg_ns, .id = info.id};
		p->load_pps += 1e9 / (double)conf.stream.ipg_ns;
		p->longest_ns = RTE_MAX(p->longest_ns, conf.stream.ipg_ns);
	}
	return 0;
}

static int make(struct pace *p, const struct perf_options *o, uint32_t n, uint32_t depth)
{
	uint32_t packets = n * depth;

	p->egress.of = calloc(n, sizeof(*p->egress.of));
	p->port.sockets = calloc(n, sizeof(*p->port.sockets));
	p->pool = rte_pktmbuf_pool_create("perf_pace", packets, 0, 0, PERF_FRAME_BYTES, SOCKET_ID_ANY);
	p->egress.back = rte_ring_create("perf_pace", rte_align32pow2(packets + 1), SOCKET_ID_ANY,
					 RING_F_SP_ENQ | RING_F_SC_DEQ);
	if (p->egress.of == NULL || p->port.sockets == NULL || p->pool == NULL || p->egress.back == NULL ||
	    open_port(p, o, n) != 0)
		return -1;
	return open_sockets(p, n, depth);
}

static void unmake(struct pace *p)
{
	struct rte_mbuf *m;

	if (p->port.port != NULL)
		rte_qsock_port_free(p->port.port);
	while (p->egress.back != NULL && rte_ring_sc_dequeue(p->egress.back, (void **)&m) == 0)
		rte_pktmbuf_free(m);
	rte_ring_free(p->egress.back);
	rte_mempool_free(p->pool);
	free(p->port.sockets);
	free(p->egress.of);
	memset(p, 0, sizeof(*p));
}

/* ---- results */

enum {
	EARLY,
	P50,
	P99,
	HELD_P99,
	RAW_P50,
	RAW_P99,
	RAW_MAX,
	IN_STALLS,
	STALLS,
	STALLED,
	PORT_RATE,
	LEFT_RATE,
	MEAN_RATE,
	P99_RATE,
	MAX_RATE,
	OFF_COUNT,
	ROWS
};

static const struct {
	const char *what, *unit;
} rows[ROWS] = {
	[EARLY] = {"frames handed over early", "frames"},
	[P50] = {"late, outside stalls, p50", "ns"},
	[P99] = {"late, outside stalls, p99", "ns"},
	[HELD_P99] = {"late, outside gaps over 50 us, p99", "ns"},
	[RAW_P50] = {"late, p50", "ns"},
	[RAW_P99] = {"late, p99", "ns"},
	[RAW_MAX] = {"late, the most", "ns"},
	[IN_STALLS] = {"frames due in a stall", "% of frames"},
	[STALLS] = {"stalls: gaps of over 1 us", "a second"},
	[STALLED] = {"time in stalls", "% of time"},
	[PORT_RATE] = {"rate of the port, off by", "ppm"},
	[LEFT_RATE] = {"the same, of the time that stalls left", "ppm"},
	[MEAN_RATE] = {"rate of a socket, off by, mean", "ppm"},
	[P99_RATE] = {"rate of a socket, off by, p99", "ppm"},
	[MAX_RATE] = {"rate of a socket, off by, the most", "ppm"},
	[OFF_COUNT] = {"sockets more than a packet off", "sockets"},
};

static double off_ppm(double measured, double wanted)
{
	double off = (measured / wanted - 1) * 1e6;

	return off < 0 ? -off : off;
}

/* Rates by the time between the first and the last frame, so that no frame's fraction counts. */
static void add_rates(const struct pace *p, struct perf_values *v)
{
	const struct pace_counts *c = &p->egress.counts;
	double frames = (double)(c->frames - 1), span_s = (double)(c->last_ns - c->first_ns) / 1e9;
	double sum = 0, most = 0, off;
	static struct qs_histogram ppm; /* large */
	uint32_t i, n = 0, off_count = 0;

	qs_histogram_clear(&ppm);
	for (i = 0; i < p->port.nr_sockets; i++) {
		const struct paced *of = &p->egress.of[i];
		double due = span_s * 1e9 / (double)of->ipg_ns;

		off_count += of->count + 1 < due || of->count > due + 2;
		if (of->count < 2)
			continue;
		off = off_ppm((of->count - 1) * 1e9 / (double)(of->last_ns - of->first_ns),
			      1e9 / (double)of->ipg_ns);
		qs_histogram_add(&ppm, (uint64_t)off);
		sum += off;
		most = RTE_MAX(most, off);
		n++;
	}
	perf_add(&v[PORT_RATE], off_ppm(frames, span_s * p->load_pps));
	perf_add(&v[LEFT_RATE], off_ppm(frames, (span_s - (double)c->lost_ns / 1e9) * p->load_pps));
	perf_add(&v[MEAN_RATE], n > 0 ? sum / n : 0);
	perf_add(&v[P99_RATE], (double)qs_histogram_percentile(&ppm, 990));
	perf_add(&v[MAX_RATE], most);
	perf_add(&v[OFF_COUNT], off_count);
}

static void add_values(const struct pace *p, struct perf_values *v)
{
	const struct pace_counts *c = &p->egress.counts;
	double span_ns = (double)(c->last_ns - c->first_ns);

	perf_add(&v[EARLY], (double)c->early);
	perf_add(&v[P50], (double)qs_histogram_percentile(&c->calm, 500));
	perf_add(&v[P99], (double)qs_histogram_percentile(&c->calm, 990));
	perf_add(&v[HELD_P99], (double)qs_histogram_percentile(&c->held, 990));
	perf_add(&v[RAW_P50], (double)qs_histogram_percentile(&c->raw, 500));
	perf_add(&v[RAW_P99], (double)qs_histogram_percentile(&c->raw, 990));
	perf_add(&v[RAW_MAX], (double)c->raw.max_ns);
	perf_add(&v[IN_STALLS], 100.0 * (double)c->in_stalls / (double)c->frames);
	perf_add(&v[STALLS], (double)c->stalls * 1e9 / span_ns);
	perf_add(&v[STALLED], 100.0 * (double)c->stalled_ns / span_ns);
	add_rates(p, v);
}

/* ---- the run */

/* Fewer packets than the default are asked for where only the way counts, not the figures. */
static uint64_t run_ns(const struct pace *p, const struct perf_options *o)
{
	uint64_t ns = RTE_MIN(RTE_MAX(o->packets * 1000, RUN_MIN_NS), RUN_NS);

	return ns < RUN_NS ? ns : RTE_MAX(ns, (uint64_t)((double)p->longest_ns * RUN_PERIODS));
}

static void run(struct pace *p, const struct perf_options *o, struct perf_values *v)
{
	uint64_t ns = run_ns(p, o);
	uint32_t rep, i;

	app_for(p, RTE_MIN(ns, RTE_MAX(WARM_UP_NS, p->longest_ns)));
	for (rep = 0; rep < o->reps; rep++) {
		for (i = 0; i < p->port.nr_sockets; i++)
			p->egress.of[i].count = 0;
		app_phase(p, 2 * rep + 1);
		app_for(p, ns);
		app_phase(p, 2 * rep + 2);
		if (p->egress.counts.frames > 1)
			add_values(p, v);
	}
}

static int pace_run(struct pace *p, const struct perf_options *o, uint32_t n, struct perf_values *v)
{
	uint32_t depth = RTE_MAX(1u, RTE_MIN(DEPTH_MAX, BACKLOG / n));
	int ret = make(p, o, n, depth);

	if (ret != 0 || rte_qsock_tx_launch(p->port.port, rte_get_next_lcore(-1, 1, 0)) != 0)
		return -1;
	ret = app_fill(p, depth);
	if (ret == 0)
		run(p, o, v);
	rte_qsock_tx_stop(p->port.port);
	return ret;
}

static int pace_measure(const struct perf_options *o, uint32_t n)
{
	static struct pace pace; /* aligned, and too large for a stack */
	struct perf_values v[ROWS] = {0};
	int ret = pace_run(&pace, o, n, v);
	uint32_t i;
	char how[128];

	if (ret != 0)
		fprintf(stderr, "dpdk-qsock-perf: %u paced sockets: %s\n", n, rte_strerror(rte_errno));
	snprintf(how, sizeof(how),
		 "%u ns a frame, load 95 %%, catch-up %.1f us, never ahead; %.0f frames/s asked for",
		 (unsigned int)pace.egress.slot_ns, (double)o->catchup_ns / 1000, pace.load_pps);
	for (i = 0; i < ROWS; i++)
		perf_result(&(struct perf_row){.mode = "pace",
					       .what = rows[i].what,
					       .sched = o->scheduler,
					       .unit = rows[i].unit,
					       .how = i == EARLY ? how : NULL,
					       .sockets = n,
					       .v = &v[i]});
	unmake(&pace);
	return ret;
}

int perf_pace(const struct perf_world *w, const struct perf_options *o)
{
	uint32_t i;
	int ret = 0;

	if (!perf_two_cores("pace"))
		return 0;
	if (strcmp(o->scheduler, "dwcs") != 0 && strcmp(o->scheduler, "vds") != 0) {
		fprintf(stderr, "dpdk-qsock-perf: pace: only dwcs and vds keep periods: left out\n");
		return 0;
	}
	for (i = 0; i < o->nr_sockets && ret == 0; i++)
		ret = pace_measure(o, o->sockets[i]);
	return ret;
}
