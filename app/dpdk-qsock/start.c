/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "attach.h"
#include "source.h"
#include "start.h"
#include "stats.h"

/* Put FILE:LINE before the message. */
static int blame_file(const struct qs_config *cfg, const struct qs_config_head *head, struct dq_error *e,
		      int rc)
{
	const uint32_t line =
		e->key == DQ_NO_KEY || head->key_line[e->key] == 0 ? head->line : head->key_line[e->key];
	char where[QS_CONFIG_WHY / 2];
	size_t used;

	snprintf(where, sizeof(where), "%s:%u: ", cfg->path, line);
	used = strlen(where);
	memmove(e->text + used, e->text, sizeof(e->text) - used);
	e->text[sizeof(e->text) - 1] = '\0';
	memcpy(e->text, where, used);
	return rc;
}

static int make_all(struct dq_instance *in, const struct qs_config *cfg, struct dq_error *e)
{
	uint32_t i;
	int rc;

	for (i = 0; i < cfg->n_ports; i++) {
		rc = dq_port_add(in, &cfg->ports[i], cfg, e);
		if (rc < 0)
			return blame_file(cfg, &cfg->ports[i].head, e, rc);
	}
	for (i = 0; i < cfg->n_streams; i++) {
		rc = dq_stream_add(in, &cfg->streams[i], e);
		if (rc < 0)
			return blame_file(cfg, &cfg->streams[i].head, e, rc);
	}
	for (i = 0; i < cfg->n_rules; i++) {
		rc = dq_rule_add(in, &cfg->rules[i], e);
		if (rc < 0)
			return blame_file(cfg, &cfg->rules[i].head, e, rc);
	}
	return 0;
}

int dq_instance_start(struct dq_instance *in, const struct qs_config *cfg, struct dq_error *e)
{
	struct dq_stream *s;
	uint64_t began_ns;
	int rc = dq_driver_start(in, e);

	if (rc == 0 && cfg != NULL)
		rc = make_all(in, cfg, e);
	if (rc < 0) {
		dq_instance_stop(in);
		return rc;
	}
	began_ns = rte_qsock_now_ns();
	DQ_FOREACH(s, &in->streams)
	{
		if (s->source != NULL)
			dq_source_start(in, s->source, s->qs, began_ns);
	}
	return 0;
}

/* Whether a stream may go on draining and has something to drain. */
static bool drains(const struct dq_stream *s, uint64_t elapsed_ns)
{
	struct rte_qsock_info info;

	return s->conf.linger_ns > elapsed_ns && rte_qsock_info_get(s->qs, &info) == 0 &&
	       info.counts.queued > 0;
}

void dq_instance_drain(struct dq_instance *in, struct dq_loop *loop)
{
	const struct timespec pause = {0, 1000000};
	const uint64_t begin_ns = dq_now_ns();
	struct dq_stream *s;
	bool more = true;

	DQ_FOREACH(s, &in->streams)
	{
		if (s->source != NULL)
			dq_source_stop(in, s->source);
	}
	while (more && !dq_loop_signalled(loop)) {
		more = false;
		DQ_FOREACH(s, &in->streams)
		{
			more = more || drains(s, dq_now_ns() - begin_ns);
		}
		if (more)
			nanosleep(&pause, NULL);
	}
}

void dq_instance_stop(struct dq_instance *in)
{
	struct dq_error ignored;

	dq_attach_stop(in);
	while (in->rules.count > 0)
		if (dq_rule_del(in, in->rules.at[in->rules.count - 1], &ignored) < 0)
			dq_list_del(&in->rules, in->rules.at[in->rules.count - 1]);
	while (in->streams.count > 0)
		dq_stream_del(in, in->streams.at[in->streams.count - 1], &ignored);
	while (in->ports.count > 0)
		dq_port_del(in, in->ports.at[in->ports.count - 1]);
	dq_driver_stop(in);
}
