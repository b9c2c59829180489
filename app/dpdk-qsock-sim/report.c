/* SPDX-License-Identifier: BSD-3-Clause */
#include <inttypes.h>
#include <string.h>

#include <util/qs_units.h>

#include "report.h"

#define NAME_COLUMN_MIN 6

/* What a run comes to, beyond its counters. */
struct span {
	uint64_t start_ns;
	uint64_t end_ns;
	uint64_t busy_ns;
};

/* From the first decision to the end of the last transmission, which until does not cut: its bytes count
 * whole. Where the link was idle when until came, to there. */
static struct span span_of(const struct sim *sim)
{
	struct span span = {sim->start_ns, sim->free_ns, sim->busy_ns};

	if (sim->last_ns > span.end_ns)
		span.end_ns = sim->last_ns;
	if (sim->cut && sim->decisions > 0 && sim->until_ns > span.end_ns)
		span.end_ns = sim->until_ns;
	return span;
}

static uint64_t rate_of(uint64_t bytes, const struct span *span)
{
	uint64_t ns = span->end_ns - span->start_ns;

	return ns == 0 ? 0 : (uint64_t)((unsigned __int128)bytes * 8000000000u / ns);
}

/* In millionths, so that the figure is the same on every machine. */
static uint64_t utilisation_ppm(const struct span *span)
{
	uint64_t ns = span->end_ns - span->start_ns;

	return ns == 0 ? 0 : (uint64_t)((unsigned __int128)span->busy_ns * 1000000 / ns);
}

static uint64_t violations_of(const struct sim *sim, uint32_t stream)
{
	struct rte_qsock_stream_state state;

	return rte_qsock_sched_state(sim->sched, stream, &state) == 0 ? state.violations : 0;
}

static void json_delays(const struct delays *d, FILE *out)
{
	if (d->count == 0) {
		fputs("\"delay_ns\": null}", out);
		return;
	}
	fprintf(out,
		"\"delay_ns\": {\"min\": %" PRIu64 ", \"mean\": %" PRIu64 ", \"p50\": %" PRIu64
		", \"p99\": %" PRIu64 ", \"p99.9\": %" PRIu64 ", \"max\": %" PRIu64 "}}",
		d->min_ns, d->mean_ns, d->p50_ns, d->p99_ns, d->p999_ns, d->max_ns);
}

/* Names need no escapes: the configuration refuses what would. */
static void json_stream(struct sim *sim, const struct span *span, uint32_t i, FILE *out)
{
	const struct stream_stats *s = &sim->stats.streams[i];
	struct delays d;

	fprintf(out,
		"  {\"name\": \"%s\", \"offered\": %" PRIu64 ", \"sent\": %" PRIu64 ", \"on_time\": %" PRIu64
		", \"late\": %" PRIu64 ", \"late_drop\": %" PRIu64 ", \"frame_drop\": %" PRIu64
		", \"queue_drop\": %" PRIu64 ", \"queued\": %" PRIu64 ", \"violations\": %" PRIu64
		", \"bytes\": %" PRIu64 ", \"rate_bps\": %" PRIu64 ", ",
		sim->cfg->streams[i].name, s->offered, s->sent, s->sent - s->late, s->late, s->late_drop,
		s->frame_drop, s->queue_drop, stats_queued(s), violations_of(sim, i), s->bytes,
		rate_of(s->bytes, span));
	stats_delays(&sim->stats, i, &d);
	json_delays(&d, out);
}

void report_json(struct sim *sim, FILE *out)
{
	struct span span = span_of(sim);
	uint64_t ppm = utilisation_ppm(&span);
	uint32_t i;

	fprintf(out,
		"{\"port\": {\"rate_bps\": %" PRIu64 ", \"overhead_bytes\": %" PRIu32
		", \"scheduler\": \"%s\", "
		"\"utilisation\": %" PRIu64 ".%06" PRIu64 ", \"start_ns\": %" PRIu64 ", \"end_ns\": %" PRIu64
		", \"busy_ns\": %" PRIu64 ", \"decisions\": %" PRIu64
		", \"percentiles\": \"%s\"},\n \"streams\": [\n",
		sim->port->rate_bps, sim->port->overhead_bytes, sim->port->scheduler, ppm / 1000000,
		ppm % 1000000, span.start_ns, span.end_ns, span.busy_ns, sim->decisions,
		sim->stats.exact ? "exact" : "histogram");
	for (i = 0; i < sim->cfg->n_streams; i++) {
		json_stream(sim, &span, i, out);
		fputs(i + 1 < sim->cfg->n_streams ? ",\n" : "\n", out);
	}
	fputs(" ]}\n", out);
}

static int name_column(const struct sim *sim)
{
	size_t width = NAME_COLUMN_MIN, n;
	uint32_t i;

	for (i = 0; i < sim->cfg->n_streams; i++) {
		n = strlen(sim->cfg->streams[i].name);
		width = n > width ? n : width;
	}
	return (int)width;
}

static void table_counts(const struct sim *sim, const struct span *span, int width, FILE *out)
{
	const struct stream_stats *s;
	char rate[QS_UNITS_TEXT];
	uint32_t i;

	fprintf(out, "\n%-*s %10s %10s %10s %8s %9s %10s %10s %8s %10s %12s %10s\n", width, "stream",
		"offered", "sent", "on_time", "late", "late_drop", "frame_drop", "queue_drop", "queued",
		"violations", "bytes", "rate");
	for (i = 0; i < sim->cfg->n_streams; i++) {
		s = &sim->stats.streams[i];
		qs_rate_print_short(rate, sizeof(rate), rate_of(s->bytes, span));
		fprintf(out,
			"%-*s %10" PRIu64 " %10" PRIu64 " %10" PRIu64 " %8" PRIu64 " %9" PRIu64 " %10" PRIu64
			" %10" PRIu64 " %8" PRIu64 " %10" PRIu64 " %12" PRIu64 " %10s\n",
			width, sim->cfg->streams[i].name, s->offered, s->sent, s->sent - s->late, s->late,
			s->late_drop, s->frame_drop, s->queue_drop, stats_queued(s), violations_of(sim, i),
			s->bytes, rate);
	}
}

static void table_delays(struct sim *sim, int width, FILE *out)
{
	char text[QS_UNITS_TEXT];
	uint64_t values[6];
	struct delays d;
	unsigned int k;
	uint32_t i;

	fprintf(out, "\n%-*s %10s %10s %10s %10s %10s %10s  queueing delay%s\n", width, "stream", "min",
		"mean", "p50", "p99", "p99.9", "max",
		sim->stats.exact ? "" : ", percentiles from a histogram");
	for (i = 0; i < sim->cfg->n_streams; i++) {
		stats_delays(&sim->stats, i, &d);
		values[0] = d.min_ns;
		values[1] = d.mean_ns;
		values[2] = d.p50_ns;
		values[3] = d.p99_ns;
		values[4] = d.p999_ns;
		values[5] = d.max_ns;
		fprintf(out, "%-*s", width, sim->cfg->streams[i].name);
		for (k = 0; k < 6; k++) {
			qs_time_print_short(text, sizeof(text), values[k]);
			fprintf(out, " %10s", d.count == 0 ? "-" : text);
		}
		fputc('\n', out);
	}
}

void report_table(struct sim *sim, FILE *out)
{
	struct span span = span_of(sim);
	uint64_t ppm = utilisation_ppm(&span);
	char rate[QS_UNITS_TEXT], start[QS_UNITS_TEXT], end[QS_UNITS_TEXT];
	int width = name_column(sim);

	qs_rate_print(rate, sizeof(rate), sim->port->rate_bps);
	qs_time_print_short(start, sizeof(start), span.start_ns);
	qs_time_print_short(end, sizeof(end), span.end_ns);
	fprintf(out,
		"port %u: %s at %s, %s .. %s, %" PRIu64 ".%02" PRIu64 " %% used, %" PRIu64 " decisions\n",
		sim->port->id, sim->port->scheduler, rate, start, end, ppm / 10000, ppm % 10000 / 100,
		sim->decisions);
	table_counts(sim, &span, width, out);
	table_delays(sim, width, out);
}
