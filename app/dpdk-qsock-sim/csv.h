/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Strict CSV: a given header, a given number of fields, nothing quoted, no line left out.
 */
#ifndef SIM_CSV_H
#define SIM_CSV_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CSV_FIELDS_MAX 8

struct csv {
	FILE *file;
	const char *path;
	const char *header;
	char *line;
	size_t line_size;
	uint32_t line_number;
	char *why;
	size_t why_len;
};

/** Open a file and check its header. @return 0; negative errno, and why says what */
int csv_open(struct csv *csv, const char *path, const char *header, char *why, size_t why_len);

/** The next row, cut into fields that are valid until the next call. @return 1 a row; 0 the end; negative
 * errno */
int csv_next(struct csv *csv, char *fields[CSV_FIELDS_MAX]);

/** Write "FILE:LINE: " and the message into why. @return -EINVAL */
__attribute__((format(printf, 2, 3))) int csv_fail(struct csv *csv, const char *format, ...);

void csv_close(struct csv *csv);

#endif
