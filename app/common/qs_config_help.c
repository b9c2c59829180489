/* SPDX-License-Identifier: BSD-3-Clause */
#include "qs_config_value.h"

static void print_section(enum qs_config_kind kind, FILE *out)
{
	union qs_section_any section;
	const struct qs_section *s = &qs_sections[kind];
	char allowed[256], value[QS_VALUE_TEXT];
	unsigned int i;

	qs_config_defaults(kind, &section);
	fprintf(out, "[%s %s]\n", s->name, s->called);
	for (i = 0; i < s->n_keys; i++) {
		qs_key_allowed(&s->keys[i], allowed, sizeof(allowed));
		qs_value_print(&s->keys[i], &section, value, sizeof(value));
		fprintf(out, "  %s\n\t%s\n\tallowed: %s\n\tdefault: %s\n", s->keys[i].name, s->keys[i].help,
			allowed, s->keys[i].no_default != NULL ? s->keys[i].no_default : value);
	}
}

void qs_config_print_keys(FILE *out)
{
	unsigned int kind;

	for (kind = 0; kind < QS_CONFIG_KINDS; kind++) {
		if (kind > 0)
			fputc('\n', out);
		print_section((enum qs_config_kind)kind, out);
	}
}
