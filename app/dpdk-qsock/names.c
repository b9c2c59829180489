/* SPDX-License-Identifier: BSD-3-Clause */
/* What the upper-case words of the commands stand for, to be completed and listed. */
#include <string.h>

#include <util/qs_units.h>

#include "attach.h"
#include "cmd.h"
#include "shell_match.h"

static const char *nth_word(const char *const *words, unsigned int i)
{
	unsigned int n;

	for (n = 0; words[n] != NULL; n++) {
		if (n == i)
			return words[n];
	}
	return NULL;
}

static const char *nth_port(const struct shell *sh, unsigned int i)
{
	static char text[QS_UNITS_TEXT];
	const struct dq_port *p;

	if (i >= sh->instance->ports.count)
		return NULL;
	p = sh->instance->ports.at[i];
	snprintf(text, sizeof(text), "%u", p->conf.id);
	return text;
}

static const char *nth_stream(const struct shell *sh, unsigned int i, bool with_source)
{
	const struct dq_stream *s;

	DQ_FOREACH(s, &sh->instance->streams)
	{
		if ((!with_source || s->source != NULL) && i-- == 0)
			return s->conf.name;
	}
	return NULL;
}

static const char *nth_rule(const struct shell *sh, unsigned int i)
{
	const struct dq_rule *r;

	if (i >= sh->instance->rules.count)
		return NULL;
	r = sh->instance->rules.at[i];
	return r->conf.name;
}

static const char *nth_attached(const struct shell *sh, unsigned int i)
{
	const struct dq_list *list = dq_attached_list(sh->instance);
	const struct dq_attached *a;

	if (i >= list->count)
		return NULL;
	a = list->at[i];
	return a->name;
}

static const char *nth_key(enum qs_config_kind kind, unsigned int i, const char **help)
{
	if (i >= qs_sections[kind].n_keys)
		return NULL;
	*help = qs_sections[kind].keys[i].help;
	return qs_sections[kind].keys[i].name;
}

/* The key that the next word is the value of; NULL: none. */
static const struct qs_key *key_at_hand(const struct shell_words *words)
{
	unsigned int kind;
	int k;

	if (words == NULL || words->count < 3)
		return NULL;
	for (kind = 0; kind < QS_CONFIG_KINDS && strcmp(words->at[1], qs_sections[kind].name) != 0; kind++)
		;
	k = kind == QS_CONFIG_KINDS ? -1 : qs_key_find(kind, words->at[words->count - 1]);
	return k < 0 ? NULL : &qs_sections[kind].keys[k];
}

/* What a value of a key may be, where that is a list. */
static const char *nth_value(const struct shell *sh, const struct shell_words *words, unsigned int i)
{
	static const char *const yes_no[] = {"yes", "no", NULL};
	static const char *const schedulers[] = {"dwcs", "vds", "edf", "fifo", NULL};
	const struct qs_key *key = key_at_hand(words);
	unsigned int n;

	if (key == NULL)
		return NULL;
	if (key->type == QS_KEY_YES_NO)
		return nth_word(yes_no, i);
	if (strcmp(key->name, "scheduler") == 0)
		return nth_word(schedulers, i);
	if (strcmp(key->name, "port") == 0)
		return nth_port(sh, i);
	if (strcmp(key->name, "stream") == 0)
		return nth_stream(sh, i, false);
	for (n = 0; key->words != NULL && n <= i; n++) {
		if (key->words[n].word == NULL)
			return NULL;
	}
	return key->words != NULL ? key->words[i].word : NULL;
}

void shell_hint(const char *placeholder, const struct shell_words *words, char *buf, size_t len)
{
	const struct qs_key *key = strcmp(placeholder, "VALUE") == 0 ? key_at_hand(words) : NULL;

	buf[0] = '\0';
	if (key != NULL)
		qs_key_allowed(key, buf, len);
}

const char *shell_name(struct shell *sh, const char *placeholder, const struct shell_words *words,
		       unsigned int i, const char **help)
{
	*help = NULL;
	if (strcmp(placeholder, "PORT") == 0)
		return nth_port(sh, i);
	if (strcmp(placeholder, "STREAM") == 0)
		return nth_stream(sh, i, false);
	if (strcmp(placeholder, "SOURCE") == 0)
		return nth_stream(sh, i, true);
	if (strcmp(placeholder, "RULE") == 0)
		return nth_rule(sh, i);
	if (strcmp(placeholder, "ATTACHED") == 0)
		return nth_attached(sh, i);
	if (strcmp(placeholder, "PORT-KEY") == 0)
		return nth_key(QS_CONFIG_PORT, i, help);
	if (strcmp(placeholder, "STREAM-KEY") == 0)
		return nth_key(QS_CONFIG_STREAM, i, help);
	if (strcmp(placeholder, "RULE-KEY") == 0)
		return nth_key(QS_CONFIG_RULE, i, help);
	if (strcmp(placeholder, "VALUE") == 0)
		return nth_value(sh, words, i);
	return NULL;
}
