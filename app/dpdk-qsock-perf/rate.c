/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How exact the rates of a paced port and of its sockets are over a second, whatever the machine does
 * meanwhile: how much of a stall is made up for is a setting of the port (its catch-up), and a period in
 * which nothing could be sent is made up for only where sockets may send at any time.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <rte_errno.h>

#include "pace_port.h"

#define CATCHUP_NS UINT64_C(100000000) /* longer than any stall */
#define DEPTH_MAX 32768u
#define RUN_NS UINT64_C(1000000000)
#define RUN_MIN_NS UINT64_C(10000000)
#define MANY 1000 /* packets in a run, of which a rate can be told to a thousandth */

enum { EARLY, PORT, BEHIND, LOST, SOCKET, SOCKET_PACKETS, ROWS };

static const struct {
	const char *what, *unit;
} rows[ROWS] = {
	[EARLY] = {"frames early", "frames"},
	[PORT] = {"port, off by", "ppm"},
	[BEHIND] = {"behind at an end, at most", "us"},
	[LOST] = {"lost for good", "ppm"},
	[SOCKET] = {"a socket, off by, the most", "ppm"},
	[SOCKET_PACKETS] = {"a socket, off by, the most", "packets"},
};

/*
 * How far off each socket is, at most: counted in packets, and as a rate where a packet more or less says
 * little.
 * @return what is due of all
 */
static double add_sockets(const struct pace *p, bool busy, struct perf_values *v)
{
	const struct pace_counts *c = &p->egress.counts;
	double most = 0, most_ppm = 0, sum = 0;
	uint32_t i, many = 0;

	for (i = 0; i < p->port.nr_sockets; i++) {
		const struct paced *of = &p->egress.of[i];
		double due = busy ? (double)(c->last_ns - c->first_ns) / (double)of->ipg_ns
				  : (double)pace_begun(&p->egress, of, c->first_ns, c->last_ns);
		double off = fabs(of->count - due);

		sum += due;
		most = RTE_MAX(most, off);
		if (due < MANY)
			continue;
		most_ppm = RTE_MAX(most_ppm, off / due * 1e6);
		many++;
	}
	if (many > 0)
		perf_add(&v[SOCKET], most_ppm);
	perf_add(&v[SOCKET_PACKETS], most);
	return sum;
}

/*
 * A second counts from one frame to another, by the clock when they were handed over. Due is, in periods, a
 * frame for each that began; of a link that is never idle, what it takes. That one has sent less, at either
 * end, by what it was behind; what is missing besides was lost.
 */
static void add_values(const struct pace *p, bool busy, struct perf_values *v)
{
	const struct pace_counts *c = &p->egress.counts;
	const double slot_ns = (double)p->egress.slot_ns, frames = (double)(c->frames - 1);
	const double behind_ns = (double)c->last_behind_ns - (double)c->first_behind_ns;
	double due = add_sockets(p, busy, v);

	perf_add(&v[EARLY], (double)c->early);
	if (busy) {
		due = (double)(c->last_ns - c->first_ns) / slot_ns;
		perf_add(&v[BEHIND], (double)RTE_MAX(c->first_behind_ns, c->last_behind_ns) / 1000);
		perf_add(&v[LOST], fabs((frames + behind_ns / slot_ns) / due - 1) * 1e6);
	}
	perf_add(&v[PORT], fabs(frames / due - 1) * 1e6);
}

static void run(struct pace *p, const struct perf_options *o, bool busy, struct perf_values *v)
{
	/* Fewer packets than the default are asked for where only the way counts, not the figures. */
	const uint64_t ns = RTE_MIN(RTE_MAX(o->packets * 1000, RUN_MIN_NS), RUN_NS);
	uint32_t rep;

	pace_warm_up(p, ns);
	for (rep = 0; rep < o->reps; rep++) {
		if (pace_counted(p, ns, rep))
			add_values(p, busy, v);
	}
}

static int rate_measure(const struct perf_options *o, const struct pace_setup *setup)
{
	static struct pace pace; /* aligned, and too large for a stack */
	struct perf_values v[ROWS] = {0};
	int ret = pace_start(&pace, setup);
	char what[64];
	uint32_t i;

	if (ret == 0)
		run(&pace, o, setup->work_conserving, v);
	else
		fprintf(stderr, "dpdk-qsock-perf: %u paced sockets: %s\n", setup->sockets,
			rte_strerror(rte_errno));
	for (i = 0; i < ROWS; i++) {
		if (v[i].count == 0)
			continue;
		snprintf(what, sizeof(what), "%s, %.3g ms: %s",
			 setup->work_conserving ? "any time" : "in periods", (double)setup->catchup_ns / 1e6,
			 rows[i].what);
		perf_result(&(struct perf_row){.mode = "rate",
					       .what = what,
					       .sched = o->scheduler,
					       .unit = rows[i].unit,
					       .sockets = setup->sockets,
					       .v = &v[i]});
	}
	pace_end(&pace);
	return ret;
}

static int rate_of(const struct perf_options *o, uint32_t n)
{
	struct pace_setup setup = {
		.scheduler = o->scheduler,
		.precedence = o->precedence,
		.count_only = true,
		.sockets = n,
		.depth_max = DEPTH_MAX,
	};
	unsigned int i;

	for (i = 0; i < 4; i++) {
		setup.work_conserving = i < 2;
		setup.load = setup.work_conserving ? 1 : 0.95;
		setup.catchup_ns = i % 2 == 0 ? CATCHUP_NS : o->catchup_ns;
		if (rate_measure(o, &setup) != 0)
			return -1;
	}
	return 0;
}

int perf_rate(const struct perf_world *w, const struct perf_options *o)
{
	uint32_t i;
	int ret = 0;

	if (!perf_two_cores("rate"))
		return 0;
	if (strcmp(o->scheduler, "dwcs") != 0) {
		fprintf(stderr, "dpdk-qsock-perf: rate: only dwcs keeps periods and orders by them alone: "
				"left out\n");
		return 0;
	}
	for (i = 0; i < o->nr_sockets && ret == 0; i++)
		ret = rate_of(o, o->sockets[i]);
	return ret;
}
