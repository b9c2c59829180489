/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How exactly a paced port sends: 95 % of a link of 1 Gbit/s, frames of 64 bytes, every socket backlogged and
 * served once a period. The egress is ours: it notes when each frame is handed over and gives it back to the
 * application, which sends it again on the same socket.
 *
 * A frame is due when the modelled link is free for it and its socket's period has begun, whichever is later.
 * The modelled start alone would not do: with catch-up it may lie before the period.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_ring.h>

#include "core/qs_port.h"
#include "perf.h"
#include "util/qs_histogram.h"

#define LOAD 0.95
#define SLOT_NS 704u /* of 64 and 24 bytes at 1 Gbit/s: no fraction */
#define RATE_BPS 1000000000u
#define SLOT_ALONE_NS 1000u /* one socket: no period is shorter than 1 us */
#define RATE_ALONE_BPS 704000000u
#define STALL_NS 1000u /* a gap between two rounds that is longer was none of our work */
#define LONG_NS 50000u /* one that cannot be our work: a round that catches up takes over 1 us, too */
#define BACKLOG 131072u
#define DEPTH_MAX 1024u /* of a queue: the application may be away for so many periods */
#define RUN_NS UINT64_C(1000000000)
#define RUN_MIN_NS UINT64_C(10000000)
#define WARM_UP_NS UINT64_C(300000000)

/* What the TX core notes of a socket. */
struct paced {
	uint64_t ipg_ns;
	uint64_t first_ns, last_ns; /* handed over */
	uint32_t count;
	uint32_t id;
	uint64_t burst; /* in which it was seen last */
};

/* What it notes of all, while it counts. */
struct pace_counts {
	struct qs_histogram raw, calm, held; /* calm: outside stalls; held: outside long ones */
	uint64_t first_ns, last_ns, frames, early, in_stalls;
	uint64_t stalls, stalled_ns, rounds;
	uint64_t catchup_ns; /* constant */
	uint64_t lost_ns;    /* of stalls, beyond what catch-up makes up for */
};

struct pace {
	struct rte_qsock_egress head;
	struct perf_port port;
	struct rte_ring *back; /* to the application */
	struct paced *of;
	struct pace_counts counts;
	uint64_t slot_ns, bursts;
	uint64_t round_ns, stall_end_ns, long_end_ns; /* the last round began; the last stalls were over */
	double load_pps;			      /* what shall be sent */
	bool stop __rte_cache_aligned;
	uint32_t phase; /* odd: it shall count */
	uint32_t seen __rte_cache_aligned;
};

/* ---- the TX core */

/* When the last period of the socket began: its packet was just taken. 0: it sent more than one in this burst
 */
static inline uint64_t period_ns(struct pace *p, struct paced *of)
{
	bool again = of->burst == p->bursts;

	of->burst = p->bursts;
	return again ? 0 : p->port.port->tx.sched->streams[of->id].ts_ns - of->ipg_ns;
}

static inline void note(struct pace *p, struct paced *of, uint64_t start_ns, uint64_t now_ns)
{
	struct pace_counts *c = &p->counts;
	uint64_t due_ns = RTE_MAX(start_ns, period_ns(p, of));
	uint64_t late_ns = now_ns > due_ns ? now_ns - due_ns : 0;

	c->early += now_ns < due_ns;
	c->frames++;
	c->last_ns = now_ns;
	qs_histogram_add(&c->raw, late_ns);
	/* Of a stall that is not yet over, the next round will tell. */
	if (due_ns < p->stall_end_ns || now_ns - p->round_ns > STALL_NS)
		c->in_stalls++;
	else
		qs_histogram_add(&c->calm, late_ns);
	if (due_ns >= p->long_end_ns && now_ns - p->round_ns <= LONG_NS)
		qs_histogram_add(&c->held, late_ns);
	if (of->count++ == 0)
		of->first_ns = now_ns;
	of->last_ns = now_ns;
}

static uint16_t pace_tx_burst(struct rte_qsock_egress *e, struct rte_mbuf **pkts, uint16_t n)
{
	struct pace *p = (struct pace *)e;
	uint64_t now_ns = rte_qsock_now_ns(), end_ns = p->port.port->tx.pace.free_ns;
	uint32_t i;

	if (p->seen % 2 == 1) {
		p->bursts++;
		if (p->counts.first_ns == 0)
			p->counts.first_ns = now_ns;
		/* From the last on: a socket's latest period is the one that the discipline knows. */
		for (i = n; i-- > 0;)
			note(p, &p->of[pkts[i]->hash.usr], end_ns - (n - i) * p->slot_ns, now_ns);
	}
	return (uint16_t)rte_ring_sp_enqueue_burst(p->back, (void **)pkts, n, NULL);
}

static uint64_t pace_rate_bps(const struct rte_qsock_egress *e)
{
	return RATE_BPS;
}

static uint32_t pace_max_frame_bytes(const struct rte_qsock_egress *e)
{
	return 1518;
}

static void pace_free(struct rte_qsock_egress *e)
{
}

static const struct rte_qsock_egress_ops pace_ops = {
	.name = "pace",
	.tx_burst = pace_tx_burst,
	.rate_bps = pace_rate_bps,
	.max_frame_bytes = pace_max_frame_bytes,
	.free = pace_free,
};

static void note_stall(struct pace_counts *c, uint64_t gap_ns)
{
	c->stalls++;
	c->stalled_ns += gap_ns;
	if (gap_ns > c->catchup_ns)
		c->lost_ns += gap_ns - c->catchup_ns;
}

static int pace_core(void *arg)
{
	struct pace *p = arg;
	uint64_t now_ns;

	p->round_ns = rte_qsock_now_ns();
	while (!__atomic_load_n(&p->stop, __ATOMIC_RELAXED)) {
		uint32_t phase = __atomic_load_n(&p->phase, __ATOMIC_ACQUIRE);

		if (phase != p->seen)
			__atomic_store_n(&p->seen, phase, __ATOMIC_RELEASE);
		now_ns = rte_qsock_now_ns();
		if (now_ns - p->round_ns > STALL_NS) {
			p->stall_end_ns = now_ns;
			if (now_ns - p->round_ns > LONG_NS)
				p->long_end_ns = now_ns;
			if (phase % 2 == 1)
				note_stall(&p->counts, now_ns - p->round_ns);
		}
		p->counts.rounds += phase % 2;
		p->round_ns = now_ns;
		rte_qsock_tx_poll(p->port.port);
	}
	rte_qsock_tx_stop(p->port.port);
	return 0;
}

/* ---- the application */

/* Send again what came back. */
static void app_serve(struct pace *p)
{
	struct rte_mbuf *m[PERF_BURST];
	uint32_t i, n = rte_ring_sc_dequeue_burst(p->back, (void **)m, PERF_BURST, NULL);

	for (i = 0; i < n; i++)
		while (rte_qsock_tx_burst(p->port.sockets[m[i]->hash.usr], &m[i], 1) == 0)
			rte_pause();
}

static void app_for(struct pace *p, uint64_t ns)
{
	uint64_t end_ns = rte_qsock_now_ns() + ns;

	while (rte_qsock_now_ns() < end_ns)
		app_serve(p);
}

/* Have the TX core count, or not; it does when this returns. */
static void app_phase(struct pace *p, uint32_t phase)
{
	__atomic_store_n(&p->phase, phase, __ATOMIC_RELEASE);
	while (__atomic_load_n(&p->seen, __ATOMIC_ACQUIRE) != phase)
		app_serve(p);
}

static int app_fill(struct pace *p, const struct perf_world *w, uint32_t depth)
{
	struct rte_mbuf *m;
	uint32_t d, i;

	for (d = 0; d < depth; d++)
		for (i = 0; i < p->port.nr_sockets; i++) {
			m = rte_pktmbuf_alloc(w->pool);
			if (m == NULL)
				return -1;
			perf_write(m);
			m->hash.usr = i;
			while (rte_qsock_tx_burst(p->port.sockets[i], &m, 1) == 0)
				rte_pause();
			if (i % PERF_BURST == 0)
				app_serve(p);
		}
	return 0;
}

/* ---- ports, sockets, results */

static int open_port(struct pace *p, const struct perf_options *o, uint32_t n)
{
	struct rte_qsock_port_conf conf = {
		.size = sizeof(conf),
		.name = "pace",
		.scheduler = o->scheduler,
		.precedence = o->precedence,
		.egress = &p->head,
		.rate_bps = n > 1 ? RATE_BPS : RATE_ALONE_BPS,
		.catchup_ns = o->catchup_ns,
		.max_sockets = n,
		.max_packets = PERF_PACKETS_MAX,
		.socket_id = SOCKET_ID_ANY,
	};

	p->head.ops = &pace_ops;
	p->slot_ns = n > 1 ? SLOT_NS : SLOT_ALONE_NS;
	p->port.nr_sockets = n;
	p->port.port = rte_qsock_port_create(&conf);
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
		conf.stream.ipg_ns = (uint64_t)(p->slot_ns * sum / LOAD * (8 + i % 8) / 8 + 1);
		p->port.sockets[i] = rte_qsock_open(p->port.port, &conf);
		if (p->port.sockets[i] == NULL || rte_qsock_info_get(p->port.sockets[i], &info) != 0)
			return -1;
		p->of[i] = (struct paced){.ipg_ns = conf.stream.ipg_ns, .id = info.id};
		p->load_pps += 1e9 / (double)conf.stream.ipg_ns;
	}
	return 0;
}

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
	ROUND,
	PORT_RATE,
	LEFT_RATE,
	MEAN_RATE,
	MAX_RATE,
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
	[STALLS] = {"stalls: rounds of over 1 us", "a second"},
	[STALLED] = {"time in stalls", "% of time"},
	[ROUND] = {"a round", "ns"},
	[PORT_RATE] = {"rate of the port, off by", "ppm"},
	[LEFT_RATE] = {"the same, of the time that stalls left", "ppm"},
	[MEAN_RATE] = {"rate of a socket, off by, mean", "ppm"},
	[MAX_RATE] = {"rate of a socket, off by, the most", "ppm"},
};

static double off_ppm(double measured, double wanted)
{
	double off = (measured / wanted - 1) * 1e6;

	return off < 0 ? -off : off;
}

/* Rates by the time between the first and the last frame, so that no frame's fraction counts. */
static void add_rates(const struct pace *p, struct perf_values *v)
{
	const struct pace_counts *c = &p->counts;
	double frames = (double)(c->frames - 1), span_s = (double)(c->last_ns - c->first_ns) / 1e9;
	double sum = 0, most = 0, off;
	uint32_t i, n = 0;

	for (i = 0; i < p->port.nr_sockets; i++) {
		const struct paced *of = &p->of[i];

		if (of->count < 2)
			continue;
		off = off_ppm((of->count - 1) * 1e9 / (double)(of->last_ns - of->first_ns),
			      1e9 / (double)of->ipg_ns);
		sum += off;
		most = RTE_MAX(most, off);
		n++;
	}
	perf_add(&v[PORT_RATE], off_ppm(frames, span_s * p->load_pps));
	perf_add(&v[LEFT_RATE], off_ppm(frames, (span_s - (double)c->lost_ns / 1e9) * p->load_pps));
	perf_add(&v[MEAN_RATE], n > 0 ? sum / n : 0);
	perf_add(&v[MAX_RATE], most);
}

static void add_values(const struct pace *p, struct perf_values *v)
{
	const struct pace_counts *c = &p->counts;
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
	perf_add(&v[ROUND], (span_ns - (double)c->stalled_ns) / (double)RTE_MAX(c->rounds - c->stalls, 1u));
	add_rates(p, v);
}

static void run(struct pace *p, const struct perf_options *o, struct perf_values *v)
{
	/* Fewer packets than the default are asked for where only the way counts, not the figures. */
	uint64_t run_ns = RTE_MIN(RTE_MAX(o->packets * 1000, RUN_MIN_NS), RUN_NS);
	uint32_t rep, i;

	app_for(p, RTE_MIN(run_ns, WARM_UP_NS));
	for (rep = 0; rep < o->reps; rep++) {
		memset(&p->counts, 0, sizeof(p->counts));
		p->counts.catchup_ns = o->catchup_ns;
		for (i = 0; i < p->port.nr_sockets; i++)
			p->of[i].count = 0;
		app_phase(p, 2 * rep + 1);
		app_for(p, run_ns);
		app_phase(p, 2 * rep + 2);
		if (p->counts.frames > 1)
			add_values(p, v);
	}
}

static int pace_run(struct pace *p, const struct perf_world *w, const struct perf_options *o, uint32_t n,
		    struct perf_values *v)
{
	uint32_t depth = RTE_MIN(DEPTH_MAX, BACKLOG / n);
	unsigned int lcore = rte_get_next_lcore(-1, 1, 0);
	int ret;

	p->of = calloc(n, sizeof(*p->of));
	p->port.sockets = calloc(n, sizeof(*p->port.sockets));
	p->back = rte_ring_create("perf_pace", 2 * BACKLOG, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	if (p->of == NULL || p->port.sockets == NULL || p->back == NULL || open_port(p, o, n) != 0 ||
	    open_sockets(p, n, depth) != 0)
		return -1;
	rte_eal_remote_launch(pace_core, p, lcore);
	ret = app_fill(p, w, depth);
	if (ret == 0)
		run(p, o, v);
	__atomic_store_n(&p->stop, true, __ATOMIC_RELAXED);
	rte_eal_wait_lcore(lcore);
	return ret;
}

static void pace_end(struct pace *p)
{
	struct rte_mbuf *m;

	if (p->port.port != NULL)
		rte_qsock_port_free(p->port.port);
	while (p->back != NULL && rte_ring_sc_dequeue(p->back, (void **)&m) == 0)
		rte_pktmbuf_free(m);
	rte_ring_free(p->back);
	free(p->port.sockets);
	free(p->of);
	memset(p, 0, sizeof(*p));
}

static int pace_measure(const struct perf_world *w, const struct perf_options *o, uint32_t n)
{
	static struct pace pace; /* aligned, and too large for a stack */
	struct perf_values v[ROWS] = {0};
	int ret = pace_run(&pace, w, o, n, v);
	uint32_t i;
	char how[128];

	if (ret != 0)
		fprintf(stderr, "dpdk-qsock-perf: %u paced sockets: %s\n", n, rte_strerror(rte_errno));
	snprintf(how, sizeof(how),
		 "%u ns a frame, load 95 %%, catch-up %.1f us, never ahead; %.0f frames/s asked for",
		 (unsigned int)pace.slot_ns, (double)o->catchup_ns / 1000, pace.load_pps);
	for (i = 0; i < ROWS; i++)
		perf_result(&(struct perf_row){.mode = "pace",
					       .what = rows[i].what,
					       .sched = o->scheduler,
					       .unit = rows[i].unit,
					       .how = i == EARLY ? how : NULL,
					       .sockets = n,
					       .v = &v[i]});
	pace_end(&pace);
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
	for (i = 0; i < o->nr_sockets && ret == 0; i++) {
		if (o->sockets[i] <= BACKLOG)
			ret = pace_measure(w, o, o->sockets[i]);
		else
			fprintf(stderr, "dpdk-qsock-perf: pace with more than %u sockets: left out\n",
				BACKLOG);
	}
	return ret;
}
