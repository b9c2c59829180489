/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>

#include <rte_common.h>
#include <rte_malloc.h>

#include "core/qs_alloc.h"
#include "core/qs_chunk.h"
#include "core/qs_migrate.h"
#include "core/qs_port.h"
#include "core/qs_table.h"
#include "eal/qs_log.h"

static void lock_init(pthread_mutex_t *lock)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(lock, &attr);
	pthread_mutexattr_destroy(&attr);
}

static void table_free(struct qs_table *table)
{
	qs_chunks_free(table);
	rte_free(table->used);
	rte_free(table->names);
	qs_migration_free(table->migration);
	pthread_mutex_destroy(&table->lock);
	rte_free(table);
}

struct qs_table *qs_table_make(const char *port, uint32_t max_sockets, int socket_id)
{
	struct qs_table *table = qs_zalloc("qsock_table", sizeof(*table), socket_id);

	if (table == NULL)
		return qs_fail_null(ENOMEM, "port %s: no memory (%zu bytes)", port, sizeof(*table));
	lock_init(&table->lock);
	table->users = 1;
	table->max_sockets = max_sockets;
	table->socket_id = socket_id;
	table->name_buckets = rte_align32pow2(max_sockets);
	table->used = qs_zalloc("qsock_ids", (max_sockets + 63) / 64 * sizeof(*table->used), socket_id);
	if (qs_chunks_init(table) == 0 && table->used != NULL)
		return table;
	table_free(table);
	return qs_fail_null(ENOMEM, "port %s: no memory for a table of %u sockets", port, max_sockets);
}

void qs_table_drop(struct qs_table *table)
{
	if (__atomic_sub_fetch(&table->users, 1, __ATOMIC_ACQ_REL) == 0)
		table_free(table);
}

void qs_table_join(struct qs_table *table, struct rte_qsock_port *port)
{
	pthread_mutex_lock(&table->lock);
	__atomic_add_fetch(&table->users, 1, __ATOMIC_RELAXED);
	port->sibling = table->ports;
	table->ports = port;
	port->table = table;
	port->chunks = table->chunks;
	port->sockets_tx = table->tx;
	pthread_mutex_unlock(&table->lock);
}

void qs_table_leave(struct qs_table *table, struct rte_qsock_port *port)
{
	struct rte_qsock_port **link = &table->ports;

	pthread_mutex_lock(&table->lock);
	while (*link != port)
		link = &(*link)->sibling;
	*link = port->sibling;
	pthread_mutex_unlock(&table->lock);
	qs_table_drop(table);
}

struct qs_offers qs_offers_before(const struct rte_qsock_port *port, const struct rte_qsock *qs)
{
	const struct qs_migration *mg = port->table->migration;

	return mg != NULL ? mg->before[qs_socket_id(qs)] : (struct qs_offers){0};
}

void qs_offers_leave(struct rte_qsock_port *port, const struct rte_qsock *qs, uint64_t put)
{
	struct qs_migration *mg = port->table->migration;
	const struct qs_offers before = qs_offers_before(port, qs);
	struct qs_offers now = qs_socket_offers(qs);

	now.put = put;
	port->gone.put += now.put - before.put;
	port->gone.refused += now.refused - before.refused;
	port->gone.put_drop += now.put_drop - before.put_drop;
	if (mg != NULL)
		mg->before[qs_socket_id(qs)] = now;
}

void qs_table_reap(struct qs_table *table)
{
	struct rte_qsock_port *port;

	for (port = table->ports; port != NULL; port = port->sibling)
		qs_port_reap(port);
}
