/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "qs_config_value.h"
#include "qs_name_index.h"

void qs_config_free(struct qs_config *cfg)
{
	if (cfg == NULL)
		return;
	qs_name_index_free(cfg->stream_names);
	qs_name_index_free(cfg->rule_names);
	free(cfg->ports);
	free(cfg->streams);
	free(cfg->rules);
	free(cfg->path);
	free(cfg);
}

const struct qs_port_config *qs_config_port(const struct qs_config *cfg, uint32_t id)
{
	uint32_t i;

	for (i = 0; i < cfg->n_ports; i++) {
		if (cfg->ports[i].id == id)
			return &cfg->ports[i];
	}
	return NULL;
}

int64_t qs_config_stream(const struct qs_config *cfg, const char *name)
{
	return qs_name_index_find(cfg->stream_names, name);
}

void qs_config_where(const struct qs_config *cfg, const struct qs_config_head *head, unsigned int key,
		     char *buf, size_t len)
{
	uint32_t line = head->key_line[key] != 0 ? head->key_line[key] : head->line;

	snprintf(buf, len, "%s:%u: ", cfg->path, line);
}

void qs_config_defaults(enum qs_config_kind kind, void *section)
{
	const struct qs_section *s = &qs_sections[kind];
	unsigned int i;

	memset(section, 0, s->size);
	for (i = 0; i < s->n_keys; i++)
		qs_value_default(&s->keys[i], section);
}

void qs_config_twin_default(struct qs_port_config *port)
{
	snprintf(port->twin, sizeof(port->twin), "qs%u", port->id);
}

int qs_config_set(enum qs_config_kind kind, void *section, const char *key, const char *value, char *why,
		  size_t why_len)
{
	struct qs_config_head *head = section; /* the first member of every section's structure */
	int rc, i = qs_key_find(kind, key);

	if (i < 0)
		return -ENOENT;
	rc = qs_value_parse(&qs_sections[kind].keys[i], section, value, why, why_len);
	if (rc == 0)
		head->given |= UINT64_C(1) << i;
	return rc;
}

int qs_config_get(enum qs_config_kind kind, const void *section, const char *key, char *buf, size_t len)
{
	int i = qs_key_find(kind, key);

	if (i < 0)
		return -ENOENT;
	qs_value_print(&qs_sections[kind].keys[i], section, buf, len);
	return 0;
}
