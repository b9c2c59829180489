/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The table that a port's sockets stand in: memory, ids and names. The ports of a group share one, so that a
 * socket keeps its handle and its id whichever of them it belongs to; a port alone has one of its own.
 */
#ifndef QS_TABLE_H
#define QS_TABLE_H

#include <pthread.h>
#include <stdint.h>

#include <rte_spinlock.h>

#include "core/qs_pages.h"
#include "obs/qs_counts.h"

struct qs_chunk;
struct qs_migration;
struct qs_rare_chunk;
struct qs_socket_tx;
struct rte_qsock;
struct rte_qsock_port;

struct qs_table {
	/* Recursive: foreach holds it while it calls. It guards what follows, and sockets' ways between
	 * ports. */
	pthread_mutex_t lock;
	struct qs_chunk **chunks; /* [ctl] adds, before [tx] hears of a socket in it */
	struct qs_socket_tx *tx;  /* constant: of each id, in memory that comes as it is used */
	struct qs_pages tx_pages; /* of these, if they are not EAL's */
	/* What goes with them: [app] adds, before [tx] hears of a packet. */
	struct qs_rare_chunk **rare_chunks;
	rte_spinlock_t wake_lock; /* of who adds to them, or touches the memory of disciplines */
	uint64_t *used;		  /* bitmap of socket ids */
	uint32_t *names;	  /* hash of names, id + 1; NULL: there are none */
	uint32_t name_buckets;	  /* a power of two: as many as sockets, at least */
	uint32_t max_sockets;	  /* constant */
	int socket_id;		  /* constant */
	uint32_t users;		  /* ports that have it, and its maker */
	struct rte_qsock_port *ports;
	/* Of a group; NULL: these ports' sockets do not move. */
	struct qs_migration *migration;
};

/** @return NULL: rte_errno ENOMEM. [ctl] */
struct qs_table *qs_table_make(const char *port, uint32_t max_sockets, int socket_id);

/** Its maker has joined its ports, or made none. [ctl] */
void qs_table_drop(struct qs_table *table);

/** A port begins to use it. [ctl] */
void qs_table_join(struct qs_table *table, struct rte_qsock_port *port);

/** A port is no more; the last one takes the table with it. [ctl] */
void qs_table_leave(struct qs_table *table, struct rte_qsock_port *port);

/** What a socket's producers did before it came to its port. */
struct qs_offers qs_offers_before(const struct rte_qsock_port *port, const struct rte_qsock *qs);

/** It leaves the port, or is no more: what they did stays counted there, the first so many of its packets.
 * The lock is held. [ctl] */
void qs_offers_leave(struct rte_qsock_port *port, const struct rte_qsock *qs, uint64_t put);

/** Take back what the TX cores of its ports have drained. The lock is held. [ctl] */
void qs_table_reap(struct qs_table *table);

#endif
