/* SPDX-License-Identifier: BSD-3-Clause */
/* What runs, as a configuration: to be saved, shown, and to check a change against all the rest. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <qs_config_keys.h>
#include <qs_name_index.h>

#include "instance.h"

/* The section that a change puts in, and whether it is in by now. */
struct change {
	enum qs_config_kind kind;
	const void *section;
	bool done;
};

static bool same_name(enum qs_config_kind kind, const void *a, const void *b)
{
	switch (kind) {
	case QS_CONFIG_PORT:
		return ((const struct qs_port_config *)a)->id == ((const struct qs_port_config *)b)->id;
	case QS_CONFIG_STREAM:
		return strcmp(((const struct qs_stream_config *)a)->name,
			      ((const struct qs_stream_config *)b)->name) == 0;
	default:
		return strcmp(((const struct qs_rule_config *)a)->name,
			      ((const struct qs_rule_config *)b)->name) == 0;
	}
}

/* Copy the sections of one kind, which the elements of list begin with. */
static void *copy_sections(const struct dq_list *list, enum qs_config_kind kind, struct change *change,
			   uint32_t *n)
{
	const size_t size = qs_sections[kind].size;
	char *all = calloc(list->count + 1, size);
	const void *from;
	unsigned int i;

	if (all == NULL)
		return NULL;
	for (i = 0; i < list->count; i++) {
		from = list->at[i];
		if (change->section != NULL && change->kind == kind &&
		    same_name(kind, from, change->section)) {
			from = change->section;
			change->done = true;
		}
		memcpy(all + i * size, from, size);
	}
	*n = list->count;
	if (change->section != NULL && change->kind == kind && !change->done) {
		memcpy(all + i * size, change->section, size);
		(*n)++;
	}
	for (i = 0; i < *n; i++) {
		struct qs_config_head *head = (void *)(all + i * size);

		/* These lines are of a file that may have changed. */
		head->line = 0;
		memset(head->key_line, 0, sizeof(head->key_line));
	}
	return all;
}

static struct qs_name_index *index_names(const char *first, size_t size, uint32_t n)
{
	struct qs_name_index *names = qs_name_index_create();
	uint32_t i;

	for (i = 0; i < n && names != NULL; i++) {
		if (qs_name_index_add(names, first + i * size, i) == 0)
			continue;
		qs_name_index_free(names);
		names = NULL;
	}
	return names;
}

_Static_assert(offsetof(struct dq_port, conf) == 0 && offsetof(struct dq_stream, conf) == 0 &&
		       offsetof(struct dq_rule, conf) == 0,
	       "copy_sections() takes an element for its configuration");

struct qs_config *dq_instance_config(const struct dq_instance *in, enum qs_config_kind kind,
				     const void *section)
{
	struct change change = {kind, section, false};
	struct qs_config *cfg = calloc(1, sizeof(*cfg));

	if (cfg == NULL)
		return NULL;
	cfg->path = strdup("");
	cfg->ports = copy_sections(&in->ports, QS_CONFIG_PORT, &change, &cfg->n_ports);
	cfg->streams = copy_sections(&in->streams, QS_CONFIG_STREAM, &change, &cfg->n_streams);
	cfg->rules = copy_sections(&in->rules, QS_CONFIG_RULE, &change, &cfg->n_rules);
	if (cfg->streams != NULL)
		cfg->stream_names = index_names(cfg->streams->name, sizeof(*cfg->streams), cfg->n_streams);
	if (cfg->rules != NULL)
		cfg->rule_names = index_names(cfg->rules->name, sizeof(*cfg->rules), cfg->n_rules);
	if (cfg->path != NULL && cfg->ports != NULL && cfg->stream_names != NULL && cfg->rule_names != NULL)
		return cfg;
	qs_config_free(cfg);
	return NULL;
}

/* The section of cfg that the change has become. */
static void *find_section(struct qs_config *cfg, enum qs_config_kind kind, const void *section)
{
	char *all[] = {(char *)cfg->ports, (char *)cfg->streams, (char *)cfg->rules};
	const uint32_t n[] = {cfg->n_ports, cfg->n_streams, cfg->n_rules};
	uint32_t i;

	for (i = 0; i < n[kind]; i++) {
		if (same_name(kind, all[kind] + i * qs_sections[kind].size, section))
			return all[kind] + i * qs_sections[kind].size;
	}
	return NULL;
}

int dq_instance_check(const struct dq_instance *in, enum qs_config_kind kind, void *section,
		      struct dq_error *e)
{
	struct qs_config *cfg = dq_instance_config(in, kind, section);
	char why[QS_CONFIG_WHY], *text = why;
	const void *checked;
	int rc;

	if (cfg == NULL)
		return dq_fail(e, ENOMEM, DQ_NO_KEY, "no memory");
	rc = qs_config_check(cfg, why, sizeof(why));
	if (rc < 0) {
		/* There is no file: leave out where in it. */
		if (strncmp(text, ":0: ", 4) == 0)
			text += 4;
		dq_fail(e, -rc, DQ_NO_KEY, "%s", text);
	} else {
		checked = find_section(cfg, kind, section);
		memcpy(section, checked, qs_sections[kind].size);
	}
	qs_config_free(cfg);
	return rc;
}
