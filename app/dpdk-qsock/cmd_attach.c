/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>

#include "attach.h"
#include "classed.h"
#include "cmd.h"
#include "stats.h"
#include "table.h"

static int attach_socket(struct shell *sh, const struct shell_words *words)
{
	struct dq_stream *s = cmd_find_stream(sh, words->at[2]);
	struct dq_error e;

	if (s == NULL)
		return -ENOENT;
	return dq_attach_socket(sh->instance, words->at[1], s, &e) < 0 ? cmd_failed(sh, &e) : 0;
}

static int attach_cgroup(struct shell *sh, const struct shell_words *words)
{
	struct dq_stream *s = cmd_find_stream(sh, words->at[3]);
	struct dq_error e;

	if (s == NULL)
		return -ENOENT;
	return dq_attach_cgroup(sh->instance, words->at[2], s, &e) < 0 ? cmd_failed(sh, &e) : 0;
}

static int detach(struct shell *sh, const struct shell_words *words)
{
	struct dq_error e;

	return dq_detach(sh->instance, words->at[1], &e) < 0 ? cmd_failed(sh, &e) : 0;
}

/* Where its packets are told apart, and whether that is so. */
static const char *way(struct dq_attached *a, char *buf, size_t len)
{
	const uint32_t class = a->classed != NULL ? a->classed->class : 0;
	struct dq_error ignored;
	uint32_t now;
	int n;

	if (a->classed == NULL)
		return "by the twin";
	n = snprintf(buf, len, "class %x:%x%s", class >> 16, class & 0xffff,
		     a->classed->classify != NULL ? " by BPF" : "");
	now = a->cgroup ? class : dq_classed_now(a->classed);
	if (dq_classed_check(a->stream->port, &ignored) < 0)
		snprintf(buf + n, len - (size_t)n, ", which is GONE");
	else if (a->cgroup && !dq_classed_holds(a->classed))
		snprintf(buf + n, len - (size_t)n, ", but not of NEW sockets");
	else if (now != class)
		snprintf(buf + n, len - (size_t)n, ", now %x:%x", now >> 16, now & 0xffff);
	return buf;
}

static bool is_used(const struct shell *sh, const struct dq_port *port)
{
	const struct dq_attached *a;

	DQ_FOREACH(a, dq_attached_list(sh->instance))
	{
		if (a->classed != NULL && a->stream->port == port)
			return true;
	}
	return false;
}

static int show_attached(struct shell *sh, const struct shell_words *words)
{
	struct dq_table *t = dq_table_new("<attached|<stream|port|sockets|ambiguous|<where");
	const struct dq_port *port;
	struct dq_attached *a;
	char buf[96];

	dq_attach_sweep(sh->instance);
	DQ_FOREACH(a, dq_attached_list(sh->instance))
	{
		dq_table_text(t, a->name);
		dq_table_text(t, a->stream->conf.name);
		dq_table_number(t, a->stream->port->conf.id);
		dq_table_number(t, a->sockets);
		dq_table_number(t, a->ambiguous);
		dq_table_text(t, way(a, buf, sizeof(buf)));
	}
	dq_table_print(t, stdout, "");
	DQ_FOREACH(port, &sh->instance->ports)
	{
		if (!is_used(sh, port))
			continue;
		printf("\nport %u\n", port->conf.id);
		dq_stats_classes(port, stdout);
	}
	return 0;
}

const struct shell_command cmd_attach[] = {
	{"show attached", "sockets of other programs that are streams'", show_attached},
	{"attach PID:FD STREAM",
	 "what the kernel sends of a process's socket is the stream's, or has its class", attach_socket},
	{"attach cgroup PATH STREAM", "the same of all sockets of a cgroup, now and later", attach_cgroup},
	{"detach ATTACHED", "end it: PID:FD, or the cgroup's PATH", detach},
	{0},
};
