/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include <unistd.h>

#include "common/drivers.h"
#include "report.h"

#define WIDTH 98
#define STATUS_WIDTH 7
#define ITEM_MAX 22

static const char *const status_names[] = {"ok", "warning", "missing"};

bool check_degraded(const struct check *c)
{
	unsigned int i;

	for (i = 0; i < c->n_lines; i++) {
		if (check_degrades(c, &c->lines[i]))
			return true;
	}
	return check_driver(c) < 0;
}

static int item_width(const struct check *c)
{
	unsigned int i;
	size_t len, width = 0;

	for (i = 0; i < c->n_lines; i++) {
		len = strlen(c->lines[i].item);
		width = len > width ? len : width;
	}
	return (int)(width > ITEM_MAX ? ITEM_MAX : width);
}

/* A text from a column on, broken at blanks. */
static void print_wrapped(FILE *out, const char *text, int column)
{
	const size_t room = (size_t)(WIDTH - column);
	size_t len = strlen(text), cut;

	while (len > room) {
		for (cut = room; cut > 0 && text[cut] != ' '; cut--)
			;
		if (cut == 0)
			break;
		fprintf(out, "%.*s\n%*s", (int)cut, text, column, "");
		text += cut + 1;
		len -= cut + 1;
	}
	fprintf(out, "%s\n", text);
}

/* A command, which can still be pasted when it is broken: only after &&. */
static void print_command(FILE *out, const char *command, int column)
{
	const char *next;

	fprintf(out, "%*s# ", column, "");
	while (strlen(command) > (size_t)(WIDTH - column - 2) && (next = strstr(command, " && ")) != NULL) {
		fprintf(out, "%.*s &&\n%*s", (int)(next - command), command, column + 2, "");
		command = next + 4;
	}
	fprintf(out, "%s\n", command);
}

/* Drivers of a set, joined. */
static void driver_names(char *buf, size_t len, unsigned int set)
{
	unsigned int i;
	size_t used = 0;

	buf[0] = '\0';
	for (i = 0; i < CHECK_DRIVERS; i++) {
		if (set & CHECK_FOR(i) && used < len)
			used += (size_t)snprintf(buf + used, len - used, "%s%s", used > 0 ? ", " : "",
						 check_driver_name((enum check_driver)i));
	}
}

static void print_line(const struct check_line *line, FILE *out, int width)
{
	const int column = 2 + STATUS_WIDTH + 2 + width + 2;
	char text[CHECK_TEXT + 64], drivers[64];

	driver_names(drivers, sizeof(drivers), line->needed_by);
	snprintf(text, sizeof(text), "%s%s%s", line->text, drivers[0] != '\0' ? "; needed by " : "", drivers);
	fprintf(out, "  %-*s  %-*s  ", STATUS_WIDTH, status_names[line->status], width, line->item);
	print_wrapped(out, text, column);
	if (line->mend[0] != '\0')
		print_command(out, line->mend, 2 + STATUS_WIDTH + 2);
}

static const struct qs_driver_traits *traits(enum check_driver driver)
{
	return &qs_drivers[qs_driver_by_name(check_driver_name(driver))];
}

static void print_guarantees(FILE *out)
{
	unsigned int driver, i;

	fprintf(out, "\nguarantees\n");
	for (driver = 0; driver < CHECK_DRIVERS; driver++) {
		for (i = 0; i < QS_GUARANTEES; i++)
			fprintf(out, "  %-7s  %-24s  %s\n",
				i == 0 ? check_driver_name((enum check_driver)driver) : "",
				qs_guarantee_names[i], traits((enum check_driver)driver)->guarantee[i]);
	}
}

static void print_result(const struct check *c, FILE *out)
{
	const int driver = check_driver(c);
	const char *name = driver < 0 ? "none" : check_driver_name((enum check_driver)driver);
	unsigned int i;

	if (!check_degraded(c)) {
		fprintf(out, "\ncomplete: driver %s misses nothing\n", name);
		return;
	}
	fprintf(out, "\ndegraded: driver %s misses\n", name);
	for (i = 0; i < c->n_lines; i++) {
		if (check_degrades(c, &c->lines[i]))
			fprintf(out, "  %s: %s\n", c->lines[i].group, c->lines[i].item);
	}
}

void check_print(const struct check *c, FILE *out)
{
	const int width = item_width(c);
	const char *group = "";
	unsigned int i;

	for (i = 0; i < c->n_lines; i++) {
		if (strcmp(group, c->lines[i].group) != 0)
			fprintf(out, "%s%s\n", i > 0 ? "\n" : "", c->lines[i].group);
		group = c->lines[i].group;
		print_line(&c->lines[i], out, width);
	}
	print_guarantees(out);
	print_result(c, out);
}

/* ---- JSON */

/* The name of an interface may have any bytes: one beyond ASCII is a code point of its own. */
static void json_text(FILE *out, const char *text)
{
	unsigned char byte;

	fputc('"', out);
	for (; (byte = (unsigned char)*text) != '\0'; text++) {
		if (byte == '"' || byte == '\\')
			fprintf(out, "\\%c", byte);
		else if (byte < ' ' || byte > '~')
			fprintf(out, "\\u%04x", (unsigned int)byte);
		else
			fputc(byte, out);
	}
	fputc('"', out);
}

static void json_member(FILE *out, const char *name, const char *text)
{
	fprintf(out, "\"%s\": ", name);
	json_text(out, text);
}

static void json_drivers(FILE *out, unsigned int set)
{
	const char *comma = "";
	unsigned int i;

	fputs("\"needed_by\": [", out);
	for (i = 0; i < CHECK_DRIVERS; i++) {
		if (set & CHECK_FOR(i)) {
			fprintf(out, "%s\"%s\"", comma, check_driver_name((enum check_driver)i));
			comma = ", ";
		}
	}
	fputc(']', out);
}

static void json_line(FILE *out, const struct check *c, const struct check_line *line)
{
	fputs("    {", out);
	json_member(out, "group", line->group);
	fputs(", ", out);
	json_member(out, "item", line->item);
	fputs(", ", out);
	json_member(out, "status", status_names[line->status]);
	fputs(", ", out);
	json_drivers(out, line->needed_by);
	fprintf(out, ", \"degrades\": %s, ", check_degrades(c, line) ? "true" : "false");
	json_member(out, "text", line->text);
	fputs(", ", out);
	json_member(out, "mend", line->mend);
	fputc('}', out);
}

static void json_nic(FILE *out, const struct check_nic *nic)
{
	fputs("    {", out);
	json_member(out, "name", nic->name);
	fputs(", ", out);
	json_member(out, "pci", nic->pci);
	fputs(", ", out);
	json_member(out, "kernel_driver", nic->driver);
	fprintf(out, ", \"node\": %d, \"speed_mbps\": %lld, \"up\": %s, \"bound\": %s, ", nic->node,
		nic->speed_mbps, nic->up ? "true" : "false", nic->bound ? "true" : "false");
	json_member(out, "driver", check_driver_name(nic->use));
	fputs(", ", out);
	json_member(out, "auto", nic->by_itself == QS_DRIVER_AUTO ? "none" : qs_drivers[nic->by_itself].name);
	fputc('}', out);
}

static void json_guarantees(FILE *out)
{
	unsigned int driver, i;

	for (driver = 0; driver < CHECK_DRIVERS; driver++) {
		fprintf(out, "    \"%s\": {", check_driver_name((enum check_driver)driver));
		for (i = 0; i < QS_GUARANTEES; i++) {
			json_member(out, qs_guarantee_names[i],
				    traits((enum check_driver)driver)->guarantee[i]);
			fputs(i + 1 < QS_GUARANTEES ? ", " : "}", out);
		}
		fputs(driver + 1 < CHECK_DRIVERS ? ",\n" : "\n", out);
	}
}

void check_print_json(const struct check *c, FILE *out)
{
	const int driver = check_driver(c);
	unsigned int i;

	fprintf(out, "{\n  \"format\": %d,\n  \"degraded\": %s,\n  ", CHECK_FORMAT,
		check_degraded(c) ? "true" : "false");
	json_member(out, "driver", driver < 0 ? "none" : check_driver_name((enum check_driver)driver));
	fputs(",\n  \"lines\": [\n", out);
	for (i = 0; i < c->n_lines; i++) {
		json_line(out, c, &c->lines[i]);
		fputs(i + 1 < c->n_lines ? ",\n" : "\n", out);
	}
	fputs("  ],\n  \"interfaces\": [\n", out);
	for (i = 0; i < c->n_nics; i++) {
		json_nic(out, &c->nics[i]);
		fputs(i + 1 < c->n_nics ? ",\n" : "\n", out);
	}
	fputs("  ],\n  \"guarantees\": {\n", out);
	json_guarantees(out);
	fputs("  }\n}\n", out);
}
