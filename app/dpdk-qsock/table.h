/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Aligned tables of text: columns as wide as their widest cell, numbers to the right.
 */
#ifndef DQ_TABLE_H
#define DQ_TABLE_H

#include <stdint.h>
#include <stdio.h>

struct dq_table;

/**
 * Begin a table.
 * @param headings one heading a column, separated by '|'; one that begins with '<' is aligned to the left
 * @return NULL: no memory; the functions below then do nothing
 */
struct dq_table *dq_table_new(const char *headings);

/** Add one cell; after the last column a new row begins. */
void dq_table_text(struct dq_table *t, const char *text);
void dq_table_number(struct dq_table *t, uint64_t number);
/** A time for people (see qs_time_print_short()). */
void dq_table_time(struct dq_table *t, uint64_t ns);
/** A rate for people, such as 9.93 Mbit/s. */
void dq_table_rate(struct dq_table *t, uint64_t rate_bps);

/** Print it, each line after indent, and free it. */
void dq_table_print(struct dq_table *t, FILE *out, const char *indent);

/** Write a rate for people. */
void dq_rate_text(char *buf, size_t len, uint64_t rate_bps);

#endif
