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
	const size_t tx_bytes = (size_t)table->max_sockets * sizeof(*table->tx);
	uint32_t n = chunk_count(table);
	int node = table->socket_id;

	table->chunks = qs_zalloc("qsock_chunks", n * sizeof(*table->chunks), node);
	table->rare_chunks = qs_zalloc("qsock_chunks", n * sizeof(*table->rare_chunks), node);
	table->tx = qs_pages_map(&table->tx_pages, tx_bytes, node);
	if (table->tx == NULL)
		table->tx = qs_zalloc("qsock_tx", tx_bytes, node);
	rte_spinlock_init(&table->wake_lock);
	return table->chunks != NULL && table->rare_chunks != NULL && table->tx != NULL ? 0 : -1;
}

void qs_chunks_free(struct qs_table *table)
{
	uint32_t i;

	for (i = 0; table->chunks != NULL && i < chunk_count(table); i++) {
		if (table->chunks[i] != NULL)
			rte_free(table->chunks[i]->names);
		rte_free(table->chunks[i]);
	}
	for (i = 0; table->rare_chunks != NULL && i < chunk_count(table); i++)
		rte_free(table->rare_chunks[i]);
	rte_free(table->chunks);
	rte_free(table->rare_chunks);
	if (table->tx_pages.at == NULL)
		rte_free(table->tx);
	qs_pages_unmap(&table->tx_pages);
}

/* What a socket left that had the id before. Where none of the chunk has sent, memory is not even looked at:
 * it would come. */
static void tx_renew(struct rte_qsock_port *port, uint32_t id)
{
	struct qs_socket_tx *tx = qs_port_tx(port, id);
	struct qs_socket_rare *rare;

	if (__atomic_load_n(&port->table->rare_chunks[id / QS_CHUNK], __ATOMIC_ACQUIRE) == NULL)
		return;
	rare = tx->rare;
	if (rare == NULL)
		return;
	memset(rare, 0, sizeof(*rare));
	*tx = (struct qs_socket_tx){.rare = rare};
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

int qs_socket_wake(struct rte_qsock *qs)
{
	struct rte_qsock_port *port = qs_socket_port(qs);
	const uint32_t id = qs_socket_id(qs);
	struct qs_rare_chunk **chunk = &port->table->rare_chunks[id / QS_CHUNK];
	struct qs_socket_tx *tx = qs_port_tx(port, id);

	if (likely(qs->tx != NULL))
		return 0;
	qs_spin_lock(&port->table->wake_lock);
	if (*chunk == NULL)
		__atomic_store_n(chunk, qs_zalloc("qsock_rare", sizeof(**chunk), port->socket_id),
				 __ATOMIC_RELEASE);
	if (*chunk != NULL)
		qs_sched_touch(port->tx.sched, id);
	rte_spinlock_unlock(&port->table->wake_lock);
	if (*chunk == NULL)
		return -1;
	tx->rare = &(*chunk)->rare[qs->slot];
	tx->bounded = qs_socket_ctl(qs)->bounds.queue_ns != 0;
	tx->watched = tx->bounded;
	__atomic_store_n(&qs->tx, tx, __ATOMIC_RELEASE);
	return 0;
}
