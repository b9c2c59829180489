/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include <qs_config_value.h>

#include "csv.h"

int csv_fail(struct csv *csv, const char *format, ...)
{
	int used = snprintf(csv->why, csv->why_len, "%s:%u: ", csv->path, csv->line_number);
	va_list ap;

	if (used >= 0 && (size_t)used < csv->why_len) {
		va_start(ap, format);
		vsnprintf(csv->why + used, csv->why_len - (size_t)used, format, ap);
		va_end(ap);
		qs_one_line(csv->why + used);
	}
	return -EINVAL;
}

static int next_line(struct csv *csv)
{
	ssize_t n = getline(&csv->line, &csv->line_size, csv->file);

	if (n < 0)
		return ferror(csv->file) ? csv_fail(csv, "cannot be read: %s", strerror(errno)) : 0;
	csv->line_number++;
	if (memchr(csv->line, '\0', (size_t)n) != NULL)
		return csv_fail(csv, "a zero byte: only text is allowed");
	if (n > 0 && csv->line[n - 1] == '\n')
		csv->line[--n] = '\0';
	if (n > 0 && csv->line[n - 1] == '\r')
		csv->line[--n] = '\0';
	return 1;
}

static unsigned int count_fields(const char *line)
{
	unsigned int n = 1;

	for (; *line != '\0'; line++)
		n += *line == ',';
	return n;
}

int csv_open(struct csv *csv, const char *path, const char *header, char *why, size_t why_len)
{
	int rc;

	*csv = (struct csv){.path = path, .header = header, .why = why, .why_len = why_len};
	csv->file = fopen(path, "re");
	if (csv->file == NULL) {
		rc = -errno;
		snprintf(why, why_len, "%s: cannot be opened: %s", path, strerror(-rc));
		return rc;
	}
	rc = next_line(csv);
	if (rc == 0) {
		csv->line_number = 1;
		rc = csv_fail(csv, "no header: the file is empty, allowed is '%s'", header);
	} else if (rc > 0 && strcmp(csv->line, header) != 0) {
		rc = csv_fail(csv, "wrong header: '%.200s', allowed is '%s'", csv->line, header);
	}
	if (rc < 0)
		csv_close(csv);
	return rc < 0 ? rc : 0;
}

int csv_next(struct csv *csv, char *fields[CSV_FIELDS_MAX])
{
	unsigned int i, wanted = count_fields(csv->header), found;
	char *rest;
	int rc = next_line(csv);

	if (rc <= 0)
		return rc;
	found = count_fields(csv->line);
	if (csv->line[0] == '\0')
		return csv_fail(csv, "an empty line: allowed is '%s'", csv->header);
	if (found != wanted)
		return csv_fail(csv, "wrong number of fields: %u in '%.200s', allowed are %u: %s", found,
				csv->line, wanted, csv->header);
	for (i = 0, rest = csv->line; i < wanted; i++)
		fields[i] = strsep(&rest, ",");
	return 1;
}

void csv_close(struct csv *csv)
{
	if (csv->file != NULL)
		fclose(csv->file);
	free(csv->line);
	csv->file = NULL;
	csv->line = NULL;
}
