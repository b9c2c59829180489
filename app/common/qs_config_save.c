/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "qs_config_value.h"

/* What the section would hold if none of its keys had been given. */
static void untouched(enum qs_config_kind kind, const void *section, union qs_section_any *out)
{
	qs_config_defaults(kind, out);
	if (kind == QS_CONFIG_PORT) {
		out->port.id = ((const struct qs_port_config *)section)->id;
		qs_config_twin_default(&out->port);
	} else if (kind == QS_CONFIG_STREAM) {
		out->stream.interval_ns = ((const struct qs_stream_config *)section)->conf.ipg_ns;
	}
}

static void save_title(enum qs_config_kind kind, const void *section, FILE *out)
{
	const char *name = kind == QS_CONFIG_STREAM ? ((const struct qs_stream_config *)section)->name
						    : ((const struct qs_rule_config *)section)->name;

	if (kind == QS_CONFIG_PORT)
		fprintf(out, "[port %" PRIu32 "]\n", ((const struct qs_port_config *)section)->id);
	else
		fprintf(out, "[%s %s]\n", qs_sections[kind].name, name);
}

void qs_config_save_section(enum qs_config_kind kind, const void *section, FILE *out)
{
	const struct qs_section *s = &qs_sections[kind];
	const struct qs_config_head *head = section;
	char value[QS_VALUE_TEXT], fallback[QS_VALUE_TEXT];
	union qs_section_any plain;
	unsigned int i;

	save_title(kind, section, out);
	untouched(kind, section, &plain);
	for (i = 0; i < s->n_keys; i++) {
		qs_value_print(&s->keys[i], section, value, sizeof(value));
		qs_value_print(&s->keys[i], &plain, fallback, sizeof(fallback));
		/* No value is one that was never given; it cannot be written, and need not be. */
		if (value[0] != '\0' && (qs_config_given(head, i) || strcmp(value, fallback) != 0))
			fprintf(out, "%s = %s\n", s->keys[i].name, value);
	}
}

int qs_config_save(const struct qs_config *cfg, FILE *out)
{
	uint32_t i;

	for (i = 0; i < cfg->n_ports; i++) {
		fputs(i == 0 ? "" : "\n", out);
		qs_config_save_section(QS_CONFIG_PORT, &cfg->ports[i], out);
	}
	for (i = 0; i < cfg->n_streams; i++) {
		fputc('\n', out);
		qs_config_save_section(QS_CONFIG_STREAM, &cfg->streams[i], out);
	}
	for (i = 0; i < cfg->n_rules; i++) {
		fputc('\n', out);
		qs_config_save_section(QS_CONFIG_RULE, &cfg->rules[i], out);
	}
	return fflush(out) == 0 && !ferror(out) ? 0 : -EIO;
}
