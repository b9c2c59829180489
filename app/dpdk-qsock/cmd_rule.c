/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>

#include "cmd.h"
#include "table.h"

static const unsigned int columns[] = {
	QS_RULE_PORT,  QS_RULE_PRIORITY, QS_RULE_PROTOCOL, QS_RULE_SRC,	 QS_RULE_DST,
	QS_RULE_SPORT, QS_RULE_DPORT,	 QS_RULE_DSCP,	   QS_RULE_VLAN, QS_RULE_STREAM,
};

/* Keys under the headings of show_rule(), as a file would have them. */
static void add_row(struct dq_table *t, const struct dq_rule *r)
{
	char value[QS_CONFIG_TEXT];
	unsigned int i;

	dq_table_text(t, r->conf.name);
	for (i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		qs_config_get(QS_CONFIG_RULE, &r->conf, qs_sections[QS_CONFIG_RULE].keys[columns[i]].name,
			      value, sizeof(value));
		dq_table_text(t, value[0] != '\0' ? value : "any");
	}
}

static int show_rule(struct shell *sh, const struct shell_words *words)
{
	const bool all = strcmp(words->at[2], "all") == 0;
	const struct dq_rule *one = all ? NULL : cmd_find_rule(sh, words->at[2]), *r;
	struct dq_table *t;

	if (!all && one == NULL)
		return -ENOENT;
	t = dq_table_new("<rule|port|priority|<protocol|<src|<dst|<sport|<dport|<dscp|<vlan|<stream");
	DQ_FOREACH(r, &sh->instance->rules)
	{
		if (all || r == one)
			add_row(t, r);
	}
	dq_table_print(t, stdout, "");
	return 0;
}

static int add_rule(struct shell *sh, const struct shell_words *words)
{
	struct qs_rule_config conf;
	struct dq_error e;

	if (!cmd_name_free(sh, QS_CONFIG_RULE, words->at[2]))
		return -EINVAL;
	qs_config_defaults(QS_CONFIG_RULE, &conf);
	snprintf(conf.name, sizeof(conf.name), "%s", words->at[2]);
	if (cmd_pairs(sh, QS_CONFIG_RULE, &conf, words, 3) < 0)
		return -EINVAL;
	if (dq_instance_check(sh->instance, QS_CONFIG_RULE, &conf, &e) < 0 ||
	    dq_rule_add(sh->instance, &conf, &e) < 0)
		return cmd_failed(sh, &e);
	return 0;
}

static int del_rule(struct shell *sh, const struct shell_words *words)
{
	struct dq_rule *r = cmd_find_rule(sh, words->at[2]);
	struct dq_error e;

	if (r == NULL)
		return -ENOENT;
	return dq_rule_del(sh->instance, r, &e) < 0 ? cmd_failed(sh, &e) : 0;
}

const struct shell_command cmd_rule[] = {
	{"show rule RULE|all", "which packets of the kernel go to which stream", show_rule},
	{"add rule NAME RULE-KEY VALUE ...", "make a rule, as a section [rule NAME] would", add_rule},
	{"del rule RULE", "remove a rule", del_rule},
	{0},
};
