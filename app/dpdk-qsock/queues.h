/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * A port of several queues: a group of the library's ports, a TX core for each, and a thread that lets their
 * shares of the rate follow demand.
 */
#ifndef DQ_QUEUES_H
#define DQ_QUEUES_H

#include <stdio.h>

#include "instance.h"

struct shell;

/** Make the group and start its TX cores on the port's lcores. @return 0; negative errno, and nothing is left
 */
int dq_queues_open(struct dq_port *p, const struct rte_qsock_port_conf *conf, struct dq_error *e);

/** The opposite; NULL is allowed. */
void dq_queues_close(struct dq_queues *q);

/** The group; NULL: the port has one queue. */
struct rte_qsock_group *dq_queues_group(const struct dq_port *p);

/** Figures of all queues together. @return 0; -1: rte_errno */
int dq_queues_info(const struct dq_port *p, struct rte_qsock_port_info *info);

/** Call fn for the library's port of each queue, or for the one there is, until it returns non-zero. */
int dq_queues_foreach(const struct dq_port *p, int (*fn)(struct rte_qsock_port *port, void *arg), void *arg);

/** Print what each queue has of the rate; nothing for a port of one queue. @return 0; -1: rte_errno */
int dq_queues_print(const struct dq_port *p, FILE *out, const char *indent);

#endif
