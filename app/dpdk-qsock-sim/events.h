/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The events file: one row for the end of each packet, in the order decided.
 */
#ifndef SIM_EVENTS_H
#define SIM_EVENTS_H

#include <stdio.h>

#include <qs_config.h>

/** Write the header. @return 0; -EIO */
int events_begin(FILE *out);

/** Write one row; an error is kept by out and told when it is closed. */
void events_write(FILE *out, const struct qs_config *cfg, const struct rte_qsock_event *ev);

#endif
