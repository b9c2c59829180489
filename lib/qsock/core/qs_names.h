/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The names of a port's sockets. One that was given none goes by its id, and costs nothing; others stand in a
 * hash, because a port may have a million. The table's lock is held. [ctl]
 */
#ifndef QS_NAMES_H
#define QS_NAMES_H

#include "core/qs_socket.h"

/** Of a socket that was given one. */
struct qs_name {
	char text[RTE_QSOCK_NAMESIZE];
	uint32_t next; /**< in the hash: id + 1 */
};

/** @return the socket, open or being opened; NULL. */
struct rte_qsock *qs_names_find(const struct rte_qsock_port *port, const char *name);

/** Whether a socket was given the name that goes with an id, which is free. */
bool qs_names_taken(const struct rte_qsock_port *port, uint32_t id);

/** Give a socket that has an id a name; NULL: that of its id. @return 0; -1: no memory */
int qs_names_give(struct rte_qsock *qs, const char *name);

/** Enter a socket, whose name is not in use. */
void qs_names_add(struct rte_qsock_port *port, struct rte_qsock *qs);

/** Forget a socket; harmless twice. */
void qs_names_del(struct rte_qsock_port *port, struct rte_qsock *qs);

#endif
