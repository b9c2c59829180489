/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include <rte_errno.h>

#include <util/qs_units.h>

#include "capture.h"
#include "queues.h"
#include "stats.h"
#include "table.h"

#define INDENT "  "

struct collect {
	struct dq_sample *samples;
	unsigned int count, room;
};

static int collect_one(struct rte_qsock *qs, void *arg)
{
	struct collect *c = arg;
	struct dq_sample *more;

	if (c->count == c->room) {
		c->room = c->room == 0 ? 16 : 2 * c->room;
		more = reallocarray(c->samples, c->room, sizeof(*more));
		if (more == NULL)
			return -ENOMEM;
		c->samples = more;
	}
	c->samples[c->count].qs = qs;
	if (rte_qsock_info_get(qs, &c->samples[c->count].info) < 0)
		return -rte_errno;
	c->count++;
	return 0;
}

static int collect_port(struct rte_qsock_port *port, void *arg)
{
	return rte_qsock_foreach(port, collect_one, arg);
}

static int by_id(const void *a, const void *b)
{
	const struct dq_sample *x = a, *y = b;

	return x->info.id < y->info.id ? -1 : x->info.id > y->info.id;
}

static int no_answer(const struct dq_port *port, struct dq_error *e)
{
	return dq_fail(e, rte_errno, DQ_NO_KEY, "port %" PRIu32 " does not answer: %s", port->conf.id,
		       dq_captured());
}

int dq_samples_take(const struct dq_port *port, struct dq_sample **out, struct dq_error *e)
{
	struct collect c = {NULL, 0, 0};
	int rc;

	dq_capture_begin();
	rc = dq_queues_foreach(port, collect_port, &c);
	dq_capture_end();
	if (rc < 0) {
		free(c.samples);
		return no_answer(port, e);
	}
	if (c.count > 0)
		qsort(c.samples, c.count, sizeof(*c.samples), by_id);
	*out = c.samples;
	return (int)c.count;
}

int dq_port_info(const struct dq_port *port, struct rte_qsock_port_info *info, struct dq_error *e)
{
	int rc;

	dq_capture_begin();
	rc = dq_queues_info(port, info);
	dq_capture_end();
	return rc < 0 ? no_answer(port, e) : 0;
}

int dq_sample_take(const struct dq_stream *s, struct dq_sample *sample, struct dq_error *e)
{
	int rc;

	sample->qs = s->qs;
	dq_capture_begin();
	rc = rte_qsock_info_get(s->qs, &sample->info);
	dq_capture_end();
	return rc < 0 ? no_answer(s->port, e) : 0;
}

static int64_t imbalance(const struct rte_qsock_counts *c)
{
	const uint64_t sent = c->on_time + c->late;
	const uint64_t ended =
		sent + c->late_drop + c->frame_drop + c->closed + c->neigh_drop + c->tx_error + c->queued;
	const int64_t in = (int64_t)(c->offered - c->refused - c->queue_drop - c->accepted);

	return in != 0 ? in : (int64_t)(c->accepted - ended);
}

void dq_balance_text(const struct rte_qsock_counts *c, char *buf, size_t len)
{
	const int64_t off = imbalance(c);

	if (off == 0)
		snprintf(buf, len, "ok");
	else
		snprintf(buf, len, "off by %" PRId64, off);
}

static void print_table(struct dq_table *t, FILE *out)
{
	fputc('\n', out);
	dq_table_print(t, out, INDENT);
}

static void row_in(struct dq_table *t, const char *name, const struct rte_qsock_counts *c)
{
	dq_table_text(t, name);
	dq_table_number(t, c->offered);
	dq_table_number(t, c->refused);
	dq_table_number(t, c->queue_drop);
	dq_table_number(t, c->accepted);
}

static void row_ends(struct dq_table *t, const char *name, const struct rte_qsock_counts *c)
{
	char balance[32];

	dq_balance_text(c, balance, sizeof(balance));
	dq_table_text(t, name);
	dq_table_number(t, c->accepted);
	dq_table_number(t, c->on_time + c->late);
	dq_table_number(t, c->late_drop);
	dq_table_number(t, c->frame_drop);
	dq_table_number(t, c->closed);
	dq_table_number(t, c->neigh_drop);
	dq_table_number(t, c->tx_error);
	dq_table_number(t, c->queued);
	dq_table_text(t, balance);
}

static void row_sent(struct dq_table *t, const char *name, const struct rte_qsock_counts *c,
		     uint64_t rate_bps)
{
	dq_table_text(t, name);
	dq_table_number(t, c->on_time + c->late);
	dq_table_number(t, c->on_time);
	dq_table_number(t, c->late);
	dq_table_number(t, c->violations);
	dq_table_number(t, c->sent_bytes);
	dq_table_rate(t, rate_bps);
}

static void row_late(struct dq_table *t, const char *name, const struct rte_qsock_counts *c)
{
	dq_table_text(t, name);
	dq_table_number(t, c->late + c->late_drop);
	dq_table_number(t, c->late_queue);
	dq_table_number(t, c->late_stall);
	dq_table_number(t, c->late_driver);
}

/* Why packets were late; nothing where none was. */
static void print_late(const struct dq_sample *samples, unsigned int n, const struct rte_qsock_counts *total,
		       FILE *out)
{
	uint64_t late = total != NULL ? total->late + total->late_drop : 0;
	struct dq_table *t;
	unsigned int i;

	for (i = 0; i < n; i++)
		late += samples[i].info.counts.late + samples[i].info.counts.late_drop;
	if (late == 0)
		return;
	t = dq_table_new("<too late, packets|late, late-drop|= queueing|+ stall|+ driver");
	for (i = 0; i < n; i++)
		row_late(t, samples[i].info.name, &samples[i].info.counts);
	if (total != NULL)
		row_late(t, "whole port", total);
	print_table(t, out);
}

void dq_stats_packets(const struct dq_sample *samples, unsigned int n, const struct rte_qsock_counts *total,
		      FILE *out)
{
	struct dq_table *in = dq_table_new("<came, packets|offered|= refused|+ queue-drop|+ accepted");
	struct dq_table *ends =
		dq_table_new("<ended, packets|accepted|= sent|+ late-drop|+ frame-drop|+ closed|"
			     "+ neigh-drop|+ tx-error|+ queued|balance");
	struct dq_table *sent =
		dq_table_new("<left, packets|sent|= on-time|+ late|violations|frame bytes|last second");
	uint64_t rate_bps = 0;
	unsigned int i;

	for (i = 0; i < n; i++) {
		row_in(in, samples[i].info.name, &samples[i].info.counts);
		row_ends(ends, samples[i].info.name, &samples[i].info.counts);
		row_sent(sent, samples[i].info.name, &samples[i].info.counts, samples[i].info.rate_bps);
		rate_bps += samples[i].info.rate_bps;
	}
	if (total != NULL) {
		row_in(in, "whole port", total);
		row_ends(ends, "whole port", total);
		row_sent(sent, "whole port", total, rate_bps);
	}
	print_table(in, out);
	print_table(ends, out);
	print_table(sent, out);
	print_late(samples, n, total, out);
}

static void row_delay(struct dq_table *t, const char *name, const char *what, const struct rte_qsock_delay *d)
{
	const uint64_t times[] = {d->min_ns, d->mean_ns, d->p50_ns, d->p99_ns, d->p999_ns, d->max_ns};
	unsigned int i;

	dq_table_text(t, name);
	dq_table_text(t, what);
	dq_table_number(t, d->count);
	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		if (d->count > 0)
			dq_table_time(t, times[i]);
		else
			dq_table_text(t, "-");
	}
}

void dq_stats_latency(const struct dq_sample *samples, unsigned int n, FILE *out)
{
	struct dq_table *t = dq_table_new("<times|<of|packets|min|mean|p50|p99|p99.9|max");
	unsigned int i;

	for (i = 0; i < n; i++) {
		row_delay(t, samples[i].info.name, "queueing", &samples[i].info.delay);
		if (samples[i].info.lateness.count > 0)
			row_delay(t, samples[i].info.name, "lateness", &samples[i].info.lateness);
	}
	print_table(t, out);
}

static void print_stalls(const struct rte_qsock_stalls *s, FILE *out)
{
	char over[QS_UNITS_TEXT], total[QS_UNITS_TEXT], max[QS_UNITS_TEXT];

	qs_time_print_short(over, sizeof(over), s->over_ns);
	qs_time_print_short(total, sizeof(total), s->total_ns);
	qs_time_print_short(max, sizeof(max), s->max_ns);
	fprintf(out,
		"\n" INDENT "TX core: %" PRIu64 " polls; stalls over %s: %" PRIu64
		", together %s, longest %s\n",
		s->polls, over, s->count, total, max);
}

static void print_idle(const struct rte_qsock_port_info *info, FILE *out)
{
	char slept[QS_UNITS_TEXT];

	qs_time_print_short(slept, sizeof(slept), info->slept_ns);
	fprintf(out, INDENT "idle: %s%s; %" PRIu64 " rests, %" PRIu64 " sleeps, together %s\n",
		info->idle & RTE_QSOCK_IDLE_MONITOR ? "monitor" : "pause",
		info->idle & RTE_QSOCK_IDLE_SLEEP ? ", then sleep" : "", info->rests, info->sleeps, slept);
}

static void print_head(const struct dq_port *p, const struct rte_qsock_port_info *info, FILE *out)
{
	const uint64_t ns = info->now_ns > info->since_ns ? info->now_ns - info->since_ns : 1;
	char rate[32], sent[32], since[QS_UNITS_TEXT];

	dq_rate_text(rate, sizeof(rate), info->rate_bps);
	dq_rate_text(sent, sizeof(sent),
		     (uint64_t)((unsigned __int128)info->total.sent_bytes * 8000000000u / ns));
	qs_time_print_short(since, sizeof(since), ns);
	fprintf(out, "######## port %u: %s, %s, %s, %s%s, lcore %u, %s%s ########\n", p->conf.id,
		p->conf.device, info->driver, info->scheduler, rate, info->link_down ? ", link DOWN" : "", p->lcores[0],
		p->twin != NULL ? "twin " : "no twin", p->twin != NULL ? p->conf.twin : "");
	fprintf(out,
		INDENT "counted for %s: %u streams, %" PRIu64
		       " decisions, link busy %.1f%%, %s of frame bytes\n",
		since, info->sockets, info->decisions, 100.0 * (double)info->busy_ns / (double)ns, sent);
}

static void print_twin(const struct dq_port *p, FILE *out)
{
	struct dq_table *packets =
		dq_table_new("<twin|from kernel|bytes|classified|best effort|no buffer|to kernel|"
			     "bytes|dropped");
	struct dq_table *neigh =
		dq_table_new("<twin|waited|resolved|failed|overflow|neighbours|routes|rules|flows");
	struct rte_qsock_twin_info t = {0};

	rte_qsock_twin_info_get(p->twin, &t);
	dq_table_text(packets, t.name);
	dq_table_number(packets, t.from_kernel);
	dq_table_number(packets, t.from_kernel_bytes);
	dq_table_number(packets, t.classified);
	dq_table_number(packets, t.best_effort);
	dq_table_number(packets, t.no_mbuf);
	dq_table_number(packets, t.to_kernel);
	dq_table_number(packets, t.to_kernel_bytes);
	dq_table_number(packets, t.to_kernel_drop);
	dq_table_text(neigh, t.name);
	dq_table_number(neigh, t.neigh_wait);
	dq_table_number(neigh, t.neigh_resolved);
	dq_table_number(neigh, t.neigh_failed);
	dq_table_number(neigh, t.neigh_overflow);
	dq_table_number(neigh, t.neighbours);
	dq_table_number(neigh, t.routes);
	dq_table_number(neigh, t.rules);
	dq_table_number(neigh, t.flows);
	print_table(packets, out);
	print_table(neigh, out);
}

int dq_stats_port(const struct dq_port *port, FILE *out, struct dq_error *e)
{
	struct rte_qsock_port_info info;
	struct dq_sample *samples = NULL;
	int n;

	/* The port last: what happens meanwhile makes it larger than its streams together, never smaller. */
	n = dq_samples_take(port, &samples, e);
	if (n < 0)
		return n;
	if (dq_port_info(port, &info, e) < 0) {
		free(samples);
		return -ETIMEDOUT;
	}
	print_head(port, &info, out);
	dq_stats_packets(samples, (unsigned int)n, &info.total, out);
	dq_stats_latency(samples, (unsigned int)n, out);
	print_stalls(&info.stalls, out);
	print_idle(&info, out);
	if (dq_queues_print(port, out, INDENT) < 0) {
		free(samples);
		return no_answer(port, e);
	}
	if (port->twin != NULL)
		print_twin(port, out);
	dq_stats_driver(port, out);
	free(samples);
	return 0;
}

int dq_stats_all(const struct dq_instance *in, FILE *out, struct dq_error *e)
{
	const struct dq_port *p;
	int rc = 0;

	DQ_FOREACH(p, &in->ports)
	{
		if (rc == 0)
			rc = dq_stats_port(p, out, e);
	}
	return rc;
}
