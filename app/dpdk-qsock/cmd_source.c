/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>

#include "cmd.h"
#include "source.h"
#include "table.h"

typedef int (*source_fn)(struct shell *sh, struct dq_stream *s);

/* For the named stream, which must have a source, or for all that have one. */
static int each_source(struct shell *sh, const char *word, source_fn fn)
{
	struct dq_stream *s;
	int rc = 0;

	if (strcmp(word, "all") != 0) {
		s = cmd_find_stream(sh, word);
		if (s == NULL)
			return -ENOENT;
		if (s->source == NULL)
			return shell_complain(sh, "stream '%s' has no source: change stream %s source ...",
					      word, word);
		return fn(sh, s);
	}
	DQ_FOREACH(s, &sh->instance->streams)
	{
		if (rc == 0 && s->source != NULL)
			rc = fn(sh, s);
	}
	return rc;
}

static int start_one(struct shell *sh, struct dq_stream *s)
{
	if (dq_source_start(sh->instance, s->source, s->qs, rte_qsock_now_ns()) < 0)
		return shell_complain(sh, "stream '%s': '%s' cannot be read any more", s->conf.name,
				      s->conf.pcap);
	return 0;
}

static int stop_one(struct shell *sh, struct dq_stream *s)
{
	dq_source_stop(sh->instance, s->source);
	return 0;
}

static int start_source(struct shell *sh, const struct shell_words *words)
{
	return each_source(sh, words->at[2], start_one);
}

static int stop_source(struct shell *sh, const struct shell_words *words)
{
	return each_source(sh, words->at[2], stop_one);
}

static void add_row(struct shell *sh, struct dq_table *t, const struct dq_stream *s)
{
	static const char *const states[] = {
		[DQ_SOURCE_STOPPED] = "stopped",
		[DQ_SOURCE_RUNNING] = "running",
		[DQ_SOURCE_FINISHED] = "finished",
	};
	struct dq_source_info info;
	char kind[QS_CONFIG_TEXT];

	dq_source_info(sh->instance, s->source, &info);
	qs_config_get(QS_CONFIG_STREAM, &s->conf, "source", kind, sizeof(kind));
	dq_table_text(t, s->conf.name);
	dq_table_text(t, kind);
	dq_table_text(t, states[info.state]);
	dq_table_number(t, info.packets);
	dq_table_number(t, info.no_mbuf);
	dq_table_number(t, info.no_route);
}

static int show_source(struct shell *sh, const struct shell_words *words)
{
	struct dq_table *t = dq_table_new("<stream|<source|<state|packets|no buffer|no route");
	const bool all = strcmp(words->at[2], "all") == 0;
	const struct dq_stream *s;

	DQ_FOREACH(s, &sh->instance->streams)
	{
		if (s->source != NULL && (all || strcmp(s->conf.name, words->at[2]) == 0))
			add_row(sh, t, s);
	}
	dq_table_print(t, stdout, "");
	return all || cmd_find_stream(sh, words->at[2]) != NULL ? 0 : -ENOENT;
}

const struct shell_command cmd_source[] = {
	{"show source SOURCE|all", "what the built-in sources did", show_source},
	{"start source SOURCE|all", "begin a source from its beginning, now", start_source},
	{"stop source SOURCE|all", "end a source", stop_source},
	{0},
};
