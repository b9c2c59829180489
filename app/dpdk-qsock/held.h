/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The sockets whose packets are a stream's: by the kernel's number of each, and known to the twin by their
 * ends.
 */
#ifndef DQ_HELD_H
#define DQ_HELD_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_hash.h>

#include "attach.h"
#include "diag.h"

struct dq_held {
	uint64_t cookie;
	struct dq_attached *by;
	struct rte_qsock_flow flow;
	bool dual;  /* its IPv4, too */
	bool known; /* the twin has it */
	bool seen;  /* since dq_held_unsee() */
};

/** A table of them. NULL: no memory */
struct rte_hash *dq_held_create(void);

/** NULL: it is nobody's. */
struct dq_held *dq_held_find(const struct rte_hash *table, uint64_t cookie);

/** The twin learns of a socket. Another may have the same ends: the first one has them. */
void dq_held_add(struct rte_hash *table, struct dq_attached *by, const struct dq_diag_socket *s);

/** It is still there, and its ends may have changed. */
void dq_held_update(struct dq_held *h, const struct dq_diag_socket *s);

/** The twin forgets a socket. */
void dq_held_remove(struct rte_hash *table, struct dq_held *h);

/** All that were attached by one, or, with NULL, those that have not been seen. */
void dq_held_remove_all(struct rte_hash *table, const struct dq_attached *by);

void dq_held_unsee(struct rte_hash *table);

#endif
