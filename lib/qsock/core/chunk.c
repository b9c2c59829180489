/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "core/qs_alloc.h"
#include "core/qs_chunk.h"
#include "core/qs_migrate.h"
#include "core/qs_port.h"
#include "eal/qs_wait.h"

static uint32_t chunk_count(const struct qs_table *table)
{
	return (table->max_sockets + QS_CHUNK - 1) / QS_CHUNK;
}

int qs_chunks_init(struct qs_table *table)
{
	uint32_t n = chunk_count(table);
	int node = table->socket_id;

	table->chunks = qs_zalloc("qsock_chunks", n * sizeof(*table->chunks), node);
	table->tx_chunks = qs_zalloc("qsock_chunks", n * sizeof(*table->tx_chunks), node);
	rte_spinlock_init(&table->wake_lock);
	return table->chunks != NULL && table->tx_chunks != NULL ? 0 : -1;
}

void qs_chunks_free(struct qs_table *table)
{
	uint32_t i;

	for (i = 0; table->chunks != NULL && i < chunk_count(table); i++) {
		if (table->chunks[i] != NULL)
			rte_free(table->chunks[i]->names);
		rte_free(table->chunks[i]);
	}
	for (i = 0; table->tx_chunks != NULL && i < chunk_count(table); i++)
		rte_free(table->tx_chunks[i]);
	rte_free(table->chunks);
	rte_free(table->tx_chunks);
}

/* The lock is held: a thread that sends may make the chunk at any time. */
static void tx_renew(struct rte_qsock_port *port, uint32_t id)
{
	uint8_t slot = id % QS_CHUNK;
	struct qs_tx_chunk *chunk = __atomic_load_n(&port->tx_chunks[id / QS_CHUNK], __ATOMIC_ACQUIRE);

	if (chunk == NULL)
		return;
	memset(&chunk->tx[slot], 0, sizeof(chunk->tx[slot]));
	memset(&chunk->rare[slot], 0, sizeof(chunk->rare[slot]));
	chunk->tx[slot].slot = slot;
}

struct rte_qsock *qs_chunk_socket(struct rte_qsock_port *port, uint32_t id)
{
	struct qs_chunk **chunk = &port->chunks[id / QS_CHUNK];
	struct rte_qsock *qs;

	if (*chunk == NULL)
		*chunk = qs_zalloc("qsock_chunk", sizeof(**chunk), port->socket_id);
	if (*chunk == NULL)
		return NULL;
	qs = qs_port_socket(port, id);
	memset(qs, 0, sizeof(*qs));
	qs->port = port;
	qs->moving = qs_migration_begin(port->table->migration, id);
	qs->what = id | QS_SLOT_NEW;
	qs->slot = id % QS_CHUNK;
	memset(qs_socket_ctl(qs), 0, sizeof(struct qs_socket_ctl));
	tx_renew(port, id);
	return qs;
}

static struct qs_tx_chunk *tx_chunk_make(const struct rte_qsock_port *port)
{
	struct qs_tx_chunk *chunk = qs_zalloc("qsock_tx", sizeof(*chunk), port->socket_id);
	uint8_t slot;

	for (slot = 0; chunk != NULL && slot < QS_CHUNK; slot++)
		chunk->tx[slot].slot = slot;
	return chunk;
}

int qs_socket_wake(struct rte_qsock *qs)
{
	struct rte_qsock_port *port = qs_socket_port(qs);
	struct qs_tx_chunk **chunk = &port->tx_chunks[qs_socket_id(qs) / QS_CHUNK];
	struct qs_socket_tx *tx;

	if (likely(qs->tx != NULL))
		return 0;
	qs_spin_lock(&port->table->wake_lock);
	if (*chunk == NULL)
		__atomic_store_n(chunk, tx_chunk_make(port), __ATOMIC_RELEASE);
	if (*chunk != NULL)
		qs_sched_touch(port->tx.sched, qs_socket_id(qs));
	rte_spinlock_unlock(&port->table->wake_lock);
	if (*chunk == NULL)
		return -1;
	tx = &(*chunk)->tx[qs->slot];
	tx->bounded = qs_socket_ctl(qs)->bounds.queue_ns != 0;
	tx->watched = tx->bounded;
	__atomic_store_n(&qs->tx, tx, __ATOMIC_RELEASE);
	return 0;
}
