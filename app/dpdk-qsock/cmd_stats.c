/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "capture.h"
#include "cmd.h"
#include "queues.h"
#include "stats.h"

static int show_all(struct shell *sh, const struct shell_words *words)
{
	struct dq_error e;

	return dq_stats_all(sh->instance, stdout, &e) < 0 ? cmd_failed(sh, &e) : 0;
}

static int take_one(struct shell *sh, const char *word, struct dq_sample *sample)
{
	struct dq_stream *s = cmd_find_stream(sh, word);
	struct dq_error e;

	if (s == NULL)
		return -ENOENT;
	return dq_sample_take(s, sample, &e) < 0 ? cmd_failed(sh, &e) : 0;
}

static int show_stats(struct shell *sh, const struct shell_words *words)
{
	struct dq_sample sample;

	if (strcmp(words->at[2], "all") == 0)
		return show_all(sh, words);
	if (take_one(sh, words->at[2], &sample) < 0)
		return -ENOENT;
	dq_stats_packets(&sample, 1, NULL, stdout);
	dq_stats_latency(&sample, 1, stdout);
	return 0;
}

static int show_latency(struct shell *sh, const struct shell_words *words)
{
	struct dq_sample one, *samples;
	const struct dq_port *p;
	struct dq_error e;
	int n;

	if (strcmp(words->at[2], "all") != 0) {
		if (take_one(sh, words->at[2], &one) < 0)
			return -ENOENT;
		dq_stats_latency(&one, 1, stdout);
		return 0;
	}
	DQ_FOREACH(p, &sh->instance->ports)
	{
		n = dq_samples_take(p, &samples, &e);
		if (n < 0)
			return cmd_failed(sh, &e);
		printf("port %u\n", p->conf.id);
		dq_stats_latency(samples, (unsigned int)n, stdout);
		free(samples);
	}
	return 0;
}

static int clear_queue(struct rte_qsock_port *port, void *arg)
{
	return rte_qsock_port_stats_reset(port);
}

static int clear_port(struct shell *sh, const struct dq_port *p)
{
	int rc;

	dq_capture_begin();
	rc = dq_queues_foreach(p, clear_queue, NULL);
	dq_capture_end();
	return rc < 0 ? cmd_no_answer(sh, p) : 0;
}

static int clear_stream(struct shell *sh, const struct shell_words *words)
{
	const struct dq_stream *s = cmd_find_stream(sh, words->at[3]);
	int rc;

	if (s == NULL)
		return -ENOENT;
	dq_capture_begin();
	rc = rte_qsock_stats_reset(s->qs);
	dq_capture_end();
	return rc < 0 ? cmd_no_answer(sh, s->port) : 0;
}

static int clear_all(struct shell *sh, const struct shell_words *words)
{
	const struct dq_port *p;
	int rc = 0;

	DQ_FOREACH(p, &sh->instance->ports)
	{
		if (rc == 0)
			rc = clear_port(sh, p);
	}
	return rc;
}

static int clear_one(struct shell *sh, const struct shell_words *words)
{
	const struct dq_port *p = cmd_find_port(sh, words->at[3]);

	return p == NULL ? -ENOENT : clear_port(sh, p);
}

const struct shell_command cmd_stats[] = {
	{"show stats", "where every packet of every port went, and when", show_all},
	{"show stats STREAM|all", "the same of one stream", show_stats},
	{"show latency STREAM|all", "queueing delay and lateness: mean, percentiles", show_latency},
	{"clear stats", "begin counting anew on every port; what is queued stays counted", clear_all},
	{"clear stats port PORT", "begin counting anew on one port", clear_one},
	{"clear stats stream STREAM", "begin counting one stream anew; its port goes on", clear_stream},
	{0},
};
