/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The memory of sockets: chunks of neighbours, made when the first of them is opened, and what is counted of
 * them, made when the first of them sends. Both are kept until the table goes: a late bit may point to them.
 */
#ifndef QS_CHUNK_H
#define QS_CHUNK_H

#include <stdint.h>

struct qs_table;
struct rte_qsock;
struct rte_qsock_port;

/** Make the tables. @return 0; -1: no memory. [ctl] */
int qs_chunks_init(struct qs_table *table);

/** Free all of it. [ctl] */
void qs_chunks_free(struct qs_table *table);

/** The socket of an id that is not in use, as new. The table's lock is held. @return NULL: no memory. [ctl]
 */
struct rte_qsock *qs_chunk_socket(struct rte_qsock_port *port, uint32_t id);

#endif
