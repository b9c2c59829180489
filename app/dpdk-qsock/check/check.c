/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

void check_line(struct check *c, enum check_status status, unsigned int needed_by, const char *item,
		const char *mend, const char *fmt, ...)
{
	struct check_line *line = reallocarray(c->lines, c->n_lines + 1, sizeof(*line));
	va_list args;

	if (line == NULL)
		return;
	c->lines = line;
	line += c->n_lines++;
	*line = (struct check_line){.group = c->group, .status = status, .needed_by = needed_by};
	snprintf(line->item, sizeof(line->item), "%s", item);
	snprintf(line->mend, sizeof(line->mend), "%s", mend != NULL ? mend : "");
	va_start(args, fmt);
	vsnprintf(line->text, sizeof(line->text), fmt, args);
	va_end(args);
}

const char *check_driver_name(enum check_driver driver)
{
	static const char *const names[] = {"ethdev", "af_xdp", "kernel"};

	return driver < CHECK_DRIVERS ? names[driver] : "none";
}

int check_driver(const struct check *c)
{
	unsigned int i;
	int best = -1;

	if (c->wanted >= 0)
		return c->wanted;
	for (i = 0; i < c->n_nics; i++) {
		if (c->nics[i].use < CHECK_DRIVERS && (best < 0 || (int)c->nics[i].use < best))
			best = (int)c->nics[i].use;
	}
	return best;
}

bool check_degrades(const struct check *c, const struct check_line *line)
{
	int driver = check_driver(c);

	/* Without a driver nothing works. */
	return line->status == CHECK_MISSING &&
	       line->needed_by & (driver < 0 ? CHECK_FOR_ALL : CHECK_FOR(driver));
}
