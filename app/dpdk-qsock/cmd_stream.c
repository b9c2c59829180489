/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "source.h"
#include "stats.h"
#include "table.h"

static void window_cell(struct dq_table *t, uint32_t x, uint32_t y)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu32 "/%" PRIu32, x, y);
	dq_table_text(t, text);
}

static void time_cell(struct dq_table *t, uint64_t ns)
{
	if (ns == 0)
		dq_table_text(t, "-");
	else
		dq_table_time(t, ns);
}

static void add_row(struct dq_table *t, const struct dq_port *port, const struct rte_qsock_info *info)
{
	const bool best_effort = info->conf.cls == RTE_QSOCK_BEST_EFFORT;

	dq_table_text(t, info->name);
	dq_table_number(t, port->conf.id);
	dq_table_text(t, best_effort ? "best-effort" : "realtime");
	time_cell(t, info->conf.ipg_ns);
	window_cell(t, info->conf.oln, info->conf.old);
	time_cell(t, info->conf.deadline_ns);
	dq_table_text(t, info->conf.droppable ? "yes" : "no");
	dq_table_number(t, info->conf.queue_packets);
	window_cell(t, info->state.x, info->state.y);
	dq_table_text(t, info->state.tagged ? "yes" : "no");
	dq_table_number(t, info->counts.queued);
	dq_table_number(t, info->counts.violations);
	dq_table_rate(t, info->rate_bps);
}

static int show_all(struct shell *sh)
{
	struct dq_table *t =
		dq_table_new("<stream|port|<class|ipg|oln/old|deadline|droppable|queue|now x'/y'|"
			     "tagged|queued|violations|last second");
	const struct dq_port *p;
	struct dq_sample *samples;
	struct dq_error e;
	int n, i, rc = 0;

	DQ_FOREACH(p, &sh->instance->ports)
	{
		n = dq_samples_take(p, &samples, &e);
		if (n < 0) {
			rc = cmd_failed(sh, &e);
			break;
		}
		for (i = 0; i < n; i++)
			add_row(t, p, &samples[i].info);
		free(samples);
	}
	dq_table_print(t, stdout, "");
	return rc;
}

static int show_stream(struct shell *sh, const struct shell_words *words)
{
	struct dq_sample sample;
	struct dq_stream *s;
	struct dq_table *t;
	struct dq_error e;

	if (strcmp(words->at[2], "all") == 0)
		return show_all(sh);
	s = cmd_find_stream(sh, words->at[2]);
	if (s == NULL)
		return -ENOENT;
	if (dq_sample_take(s, &sample, &e) < 0)
		return cmd_failed(sh, &e);
	qs_config_save_section(QS_CONFIG_STREAM, &s->conf, stdout);
	t = dq_table_new("now x'/y'|tagged|queued|in ring|ring|violations|last second");
	window_cell(t, sample.info.state.x, sample.info.state.y);
	dq_table_text(t, sample.info.state.tagged ? "yes" : "no");
	dq_table_number(t, sample.info.counts.queued);
	dq_table_number(t, sample.info.ring_used);
	dq_table_number(t, sample.info.ring_packets);
	dq_table_number(t, sample.info.counts.violations);
	dq_table_rate(t, sample.info.rate_bps);
	dq_table_print(t, stdout, "  ");
	dq_stats_packets(&sample, 1, NULL, stdout);
	dq_stats_latency(&sample, 1, stdout);
	return 0;
}

/* The interval of a source is the stream's period where it was not given. */
static void complete(struct qs_stream_config *conf)
{
	if (!qs_config_given(&conf->head, QS_STREAM_INTERVAL))
		conf->interval_ns = conf->conf.ipg_ns;
}

static int add_stream(struct shell *sh, const struct shell_words *words)
{
	struct qs_stream_config conf;
	struct dq_stream *s;
	struct dq_error e;

	if (!cmd_name_free(sh, QS_CONFIG_STREAM, words->at[2]))
		return -EINVAL;
	qs_config_defaults(QS_CONFIG_STREAM, &conf);
	snprintf(conf.name, sizeof(conf.name), "%s", words->at[2]);
	if (cmd_pairs(sh, QS_CONFIG_STREAM, &conf, words, 3) < 0)
		return -EINVAL;
	complete(&conf);
	if (dq_instance_check(sh->instance, QS_CONFIG_STREAM, &conf, &e) < 0 ||
	    dq_stream_add(sh->instance, &conf, &e) < 0)
		return cmd_failed(sh, &e);
	s = dq_stream_find(sh->instance, conf.name);
	if (s->source != NULL)
		dq_source_start(sh->instance, s->source, s->qs, rte_qsock_now_ns());
	return 0;
}

static int change_stream(struct shell *sh, const struct shell_words *words)
{
	struct dq_stream *s = cmd_find_stream(sh, words->at[2]);
	struct qs_stream_config conf;
	struct dq_error e;

	if (s == NULL)
		return -ENOENT;
	conf = s->conf;
	if (cmd_pairs(sh, QS_CONFIG_STREAM, &conf, words, 3) < 0)
		return -EINVAL;
	complete(&conf);
	if (dq_instance_check(sh->instance, QS_CONFIG_STREAM, &conf, &e) < 0 ||
	    dq_stream_change(sh->instance, s, &conf, &e) < 0)
		return cmd_failed(sh, &e);
	return 0;
}

static int del_stream(struct shell *sh, const struct shell_words *words)
{
	struct dq_stream *s = cmd_find_stream(sh, words->at[2]);
	struct dq_error e;

	if (s == NULL)
		return -ENOENT;
	return dq_stream_del(sh->instance, s, &e) < 0 ? cmd_failed(sh, &e) : 0;
}

const struct shell_command cmd_stream[] = {
	{"show stream STREAM|all", "parameters and state of streams", show_stream},
	{"add stream NAME STREAM-KEY VALUE ...", "make a stream, as a section [stream NAME] would",
	 add_stream},
	{"change stream STREAM STREAM-KEY VALUE ...", "change a stream and its source at once",
	 change_stream},
	{"del stream STREAM", "close a stream; it drains for its linger time", del_stream},
	{0},
};
