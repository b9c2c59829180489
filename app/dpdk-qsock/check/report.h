/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * What was found, for people and for programs.
 */
#ifndef DQ_CHECK_REPORT_H
#define DQ_CHECK_REPORT_H

#include "check.h"

#define CHECK_FORMAT 1 /* of the JSON: a member that goes, or means something else, makes it another */

/** Whether something is missing that the driver needs. */
bool check_degraded(const struct check *c);

void check_print(const struct check *c, FILE *out);
void check_print_json(const struct check *c, FILE *out);

#endif
