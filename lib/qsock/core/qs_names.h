/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The names of a port's sockets: a hash, because a port may have a million. The port's lock is held. [ctl]
 */
#ifndef QS_NAMES_H
#define QS_NAMES_H

struct rte_qsock;
struct rte_qsock_port;

/** @return the socket, open or being opened; NULL. */
struct rte_qsock *qs_names_find(const struct rte_qsock_port *port, const char *name);

/** Enter a socket, whose name is not in use. */
void qs_names_add(struct rte_qsock_port *port, struct rte_qsock *qs);

/** Forget a socket; harmless twice. */
void qs_names_del(struct rte_qsock_port *port, struct rte_qsock *qs);

#endif
