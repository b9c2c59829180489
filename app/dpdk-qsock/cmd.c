/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <qs_config_value.h>
#include <util/qs_units.h>

#include "capture.h"
#include "cmd.h"
#include "shell_match.h"

const struct shell_command *const shell_tables[] = {
	cmd_port, cmd_stream, cmd_rule,	  cmd_source, cmd_attach, cmd_neigh,
	cmd_numa, cmd_stats,  cmd_config, cmd_shell,  cmd_driver, NULL,
};

/* The names that a placeholder stands for, for a message. */
static void list_names(struct shell *sh, const char *placeholder, char *buf, size_t len)
{
	const char *name, *help;
	unsigned int i;
	size_t used = 0;

	snprintf(buf, len, "none");
	for (i = 0; (name = shell_name(sh, placeholder, NULL, i, &help)) != NULL && used < len; i++)
		used += (size_t)snprintf(buf + used, len - used, "%s%s", used > 0 ? ", " : "", name);
}

static void complain_missing(struct shell *sh, const char *what, const char *placeholder, const char *word)
{
	char names[512];

	list_names(sh, placeholder, names, sizeof(names));
	shell_complain(sh, "%s '%s' does not exist: there is %s", what, word, names);
}

struct dq_port *cmd_find_port(struct shell *sh, const char *word)
{
	struct dq_port *port = NULL;
	uint64_t id;

	if (qs_uint_parse(word, 0, 255, &id, NULL, 0) == 0)
		port = dq_port_find(sh->instance, (uint32_t)id);
	if (port == NULL)
		complain_missing(sh, "port", "PORT", word);
	return port;
}

struct dq_stream *cmd_find_stream(struct shell *sh, const char *word)
{
	struct dq_stream *s = dq_stream_find(sh->instance, word);

	if (s == NULL)
		complain_missing(sh, "stream", "STREAM", word);
	return s;
}

struct dq_rule *cmd_find_rule(struct shell *sh, const char *word)
{
	struct dq_rule *r = dq_rule_find(sh->instance, word);

	if (r == NULL)
		complain_missing(sh, "rule", "RULE", word);
	return r;
}

bool cmd_name_free(struct shell *sh, enum qs_config_kind kind, const char *name)
{
	const char *what = qs_sections[kind].name;
	const bool taken = kind == QS_CONFIG_STREAM ? dq_stream_find(sh->instance, name) != NULL
						    : dq_rule_find(sh->instance, name) != NULL;

	if (!qs_section_name_valid(name))
		shell_complain(sh, "%s: '%s' is not a name: " QS_SECTION_NAMES, what, name);
	else if (taken)
		shell_complain(sh, "%s '%s' exists: another name, or %s", what, name,
			       kind == QS_CONFIG_STREAM ? "change stream" : "del rule first");
	else
		return true;
	return false;
}

static void complain_key(struct shell *sh, enum qs_config_kind kind, const char *key)
{
	const struct qs_section *s = &qs_sections[kind];
	char names[512];
	unsigned int i;
	size_t used = 0;

	for (i = 0; i < s->n_keys && used < sizeof(names); i++)
		used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s", i > 0 ? ", " : "",
					 s->keys[i].name);
	shell_complain(sh, "'%s' is not a key of a %s: %s", key, s->name, names);
}

int cmd_pairs(struct shell *sh, enum qs_config_kind kind, void *section, const struct shell_words *words,
	      unsigned int first)
{
	uint64_t seen = 0;
	char why[512];
	unsigned int i;
	int key;

	for (i = first; i + 1 < words->count; i += 2) {
		key = qs_key_find(kind, words->at[i]);
		if (key < 0) {
			complain_key(sh, kind, words->at[i]);
			return -ENOENT;
		}
		if (seen >> key & 1)
			return shell_complain(sh, "%s is given twice: once", words->at[i]);
		seen |= UINT64_C(1) << key;
		if (qs_config_set(kind, section, words->at[i], words->at[i + 1], why, sizeof(why)) < 0)
			return shell_complain(sh, "%s: %s", words->at[i], why);
	}
	return 0;
}

int cmd_failed(struct shell *sh, const struct dq_error *e)
{
	return shell_complain(sh, "%s", e->text);
}

int cmd_no_answer(struct shell *sh, const struct dq_port *port)
{
	return shell_complain(sh, "port %" PRIu32 " does not answer: %s", port->conf.id, dq_captured());
}
