/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>

#include "attach.h"
#include "cmd.h"
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

static int show_attached(struct shell *sh, const struct shell_words *words)
{
	const struct dq_attached *a;
	struct dq_table *t = dq_table_new("<attached|<stream|port|sockets|ambiguous");

	dq_attach_sweep(sh->instance);
	DQ_FOREACH(a, dq_attached_list(sh->instance))
	{
		dq_table_text(t, a->name);
		dq_table_text(t, a->stream->conf.name);
		dq_table_number(t, a->stream->port->conf.id);
		dq_table_number(t, a->sockets);
		dq_table_number(t, a->ambiguous);
	}
	dq_table_print(t, stdout, "");
	return 0;
}

const struct shell_command cmd_attach[] = {
	{"show attached", "sockets of other programs that are streams'", show_attached},
	{"attach PID:FD STREAM", "what the kernel sends of a process's socket is the stream's",
	 attach_socket},
	{"attach cgroup PATH STREAM", "the same of all sockets of a cgroup, now and later", attach_cgroup},
	{"detach ATTACHED", "end it: PID:FD, or the cgroup's PATH", detach},
	{0},
};
