/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Names to numbers, O(1): an index over names that are kept elsewhere.
 */
#ifndef QS_NAME_INDEX_H
#define QS_NAME_INDEX_H

#include <stdint.h>

struct qs_name_index;

/** @return an empty index; NULL: no memory */
struct qs_name_index *qs_name_index_create(void);

void qs_name_index_free(struct qs_name_index *names);

/** @return the number of a name, -1: not there */
int64_t qs_name_index_find(const struct qs_name_index *names, const char *name);

/** Add a name that is not there yet; it is copied. @return 0; -ENOMEM */
int qs_name_index_add(struct qs_name_index *names, const char *name, uint32_t number);

#endif
