/* SPDX-License-Identifier: BSD-3-Clause */
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <util/qs_units.h>

#include "table.h"

#define CELL 40 /* a name, a number, a time: with room */
#define COLUMNS 24

struct dq_table {
	unsigned int columns;
	unsigned int count; /* of cells, the headings included */
	unsigned int room;
	bool left[COLUMNS];
	char (*cells)[CELL];
};

void dq_table_text(struct dq_table *t, const char *text)
{
	unsigned int room;
	void *more;

	if (t == NULL)
		return;
	if (t->count == t->room) {
		room = t->room == 0 ? 8 * COLUMNS : 2 * t->room;
		more = realloc(t->cells, room * sizeof(*t->cells));
		if (more == NULL)
			return;
		t->cells = more;
		t->room = room;
	}
	snprintf(t->cells[t->count++], CELL, "%s", text);
}

struct dq_table *dq_table_new(const char *headings)
{
	struct dq_table *t = calloc(1, sizeof(*t));
	char cell[CELL];
	size_t len;

	for (; t != NULL && t->columns < COLUMNS; headings += len + 1) {
		t->left[t->columns] = *headings == '<';
		headings += *headings == '<';
		len = strcspn(headings, "|");
		snprintf(cell, sizeof(cell), "%.*s", (int)len, headings);
		dq_table_text(t, cell);
		t->columns++;
		if (headings[len] == '\0')
			break;
	}
	return t;
}

void dq_table_number(struct dq_table *t, uint64_t number)
{
	char text[CELL];

	snprintf(text, sizeof(text), "%" PRIu64, number);
	dq_table_text(t, text);
}

void dq_table_time(struct dq_table *t, uint64_t ns)
{
	char text[CELL];

	qs_time_print_short(text, sizeof(text), ns);
	dq_table_text(t, text);
}

void dq_rate_text(char *buf, size_t len, uint64_t rate_bps)
{
	static const char *const units[] = {"bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"};
	double value = (double)rate_bps;
	unsigned int i = 0;

	while (value >= 1000 && i < 4) {
		value /= 1000;
		i++;
	}
	snprintf(buf, len, "%.*f %s", i == 0 ? 0 : 3, value, units[i]);
}

void dq_table_rate(struct dq_table *t, uint64_t rate_bps)
{
	char text[CELL];

	dq_rate_text(text, sizeof(text), rate_bps);
	dq_table_text(t, text);
}

static unsigned int column_width(const struct dq_table *t, unsigned int column)
{
	unsigned int i, len, width = 0;

	for (i = column; i < t->count; i += t->columns) {
		len = (unsigned int)strlen(t->cells[i]);
		width = len > width ? len : width;
	}
	return width;
}

void dq_table_print(struct dq_table *t, FILE *out, const char *indent)
{
	unsigned int width[COLUMNS], i, column;

	if (t == NULL)
		return;
	for (i = 0; i < t->columns; i++)
		width[i] = column_width(t, i);
	for (i = 0; i < t->count; i++) {
		column = i % t->columns;
		if (column + 1 == t->columns && t->left[column])
			fprintf(out, "  %s\n", t->cells[i]); /* no blanks at the end of a line */
		else
			fprintf(out, t->left[column] ? "%s%-*s%s" : "%s%*s%s", column == 0 ? indent : "  ",
				(int)width[column], t->cells[i], column + 1 == t->columns ? "\n" : "");
	}
	if (t->count % t->columns != 0)
		fputc('\n', out);
	free(t->cells);
	free(t);
}
