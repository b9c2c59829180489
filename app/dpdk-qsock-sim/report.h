/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIM_REPORT_H
#define SIM_REPORT_H

#include "sim.h"

/** The summary as tables for people. */
void report_table(struct sim *sim, FILE *out);

/** The summary as one JSON object. */
void report_json(struct sim *sim, FILE *out);

#endif
