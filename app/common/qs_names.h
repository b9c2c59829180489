/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Names to numbers, O(1): an index over names that are kept elsewhere.
 */
#ifndef QS_NAMES_H
#define QS_NAMES_H

#include <stdint.h>

struct qs_names;

/** @return an empty index; NULL: no memory */
struct qs_names *qs_names_create(void);

void qs_names_free(struct qs_names *names);

/** @return the number of a name, -1: not there */
int64_t qs_names_find(const struct qs_names *names, const char *name);

/** Add a name that is not there yet; it is copied. @return 0; -ENOMEM */
int qs_names_add(struct qs_names *names, const char *name, uint32_t number);

#endif
