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

#include "pace_port.h"

#define LOAD 0.95
#define DEPTH_MAX 1024u
#define RUN_NS UINT64_C(1000000000)
#define RUN_PERIODS 2.5 /* of the longest, at least: a rate takes two packets */
#define RUN_MIN_NS UINT64_C(10000000)

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
	uint32_t rep;

	pace_warm_up(p, ns);
	for (rep = 0; rep < o->reps; rep++) {
		if (pace_counted(p, ns, rep))
			add_values(p, v);
	}
}

static int pace_measure(const struct perf_options *o, uint32_t n)
{
	static struct pace pace; /* aligned, and too large for a stack */
	const struct pace_setup setup = {
		.scheduler = o->scheduler,
		.precedence = o->precedence,
		.windows = true,
		.catchup_ns = o->catchup_ns,
		.load = LOAD,
		.sockets = n,
		.depth_max = DEPTH_MAX,
	};
	struct perf_values v[ROWS] = {0};
	int ret = pace_start(&pace, &setup);
	uint32_t i;
	char how[128];

	if (ret == 0)
		run(&pace, o, v);
	else
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
	for (i = 0; i < o->nr_sockets && ret == 0; i++)
		ret = pace_measure(o, o->sockets[i]);
	return ret;
}
