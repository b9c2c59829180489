/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_malloc.h>

#include "core/qs_alloc.h"
#include "core/qs_names.h"
#include "core/qs_port.h"

static struct qs_name *name_of(const struct rte_qsock *qs)
{
	const struct qs_chunk *chunk = (const struct qs_chunk *)(qs - qs->slot);

	return &chunk->names[qs->slot];
}

static void name_of_id(char own[RTE_QSOCK_NAMESIZE], uint32_t id)
{
	snprintf(own, RTE_QSOCK_NAMESIZE, "s%u", id);
}

const char *qs_socket_name(const struct rte_qsock *qs, char own[RTE_QSOCK_NAMESIZE])
{
	if (qs->named)
		return name_of(qs)->text;
	name_of_id(own, qs_socket_id(qs));
	return own;
}

/* FNV-1a. */
static uint32_t *name_bucket(const struct rte_qsock_port *port, const char *name)
{
	uint32_t hash = 2166136261u;

	for (; *name != 0; name++)
		hash = (hash ^ (unsigned char)*name) * 16777619u;
	return &port->table->names[(hash ^ (hash >> 15)) & (port->table->name_buckets - 1)];
}

/* The open socket that goes by its id, if the name is such a one. */
static struct rte_qsock *find_by_id(const struct rte_qsock_port *port, const char *name)
{
	unsigned long id = name[0] == 's' ? strtoul(name + 1, NULL, 10) : port->max_sockets;
	char own[RTE_QSOCK_NAMESIZE];
	struct rte_qsock *qs;

	if (id >= port->max_sockets || !(port->table->used[id / 64] & UINT64_C(1) << (id % 64)))
		return NULL;
	name_of_id(own, (uint32_t)id); /* as it is written, and not otherwise */
	qs = qs_port_socket(port, (uint32_t)id);
	if (strcmp(name, own) != 0 || qs->named ||
	    (qs->state != QS_SOCKET_OPENING && qs->state != QS_SOCKET_OPEN))
		return NULL;
	return qs;
}

struct rte_qsock *qs_names_find(const struct rte_qsock_port *port, const char *name)
{
	struct rte_qsock *qs;
	uint32_t at;

	for (at = port->table->names != NULL ? *name_bucket(port, name) : 0; at != 0;
	     at = name_of(qs)->next) {
		qs = qs_port_socket(port, at - 1);
		if (strcmp(name_of(qs)->text, name) == 0)
			return qs;
	}
	return find_by_id(port, name);
}

bool qs_names_taken(const struct rte_qsock_port *port, uint32_t id)
{
	char own[RTE_QSOCK_NAMESIZE];

	name_of_id(own, id);
	return qs_names_find(port, own) != NULL;
}

int qs_names_give(struct rte_qsock *qs, const char *name)
{
	struct qs_chunk *chunk = (struct qs_chunk *)(qs - qs->slot);
	struct rte_qsock_port *port = qs->port;

	qs->named = name != NULL;
	if (name == NULL)
		return 0;
	if (port->table->names == NULL)
		port->table->names =
			qs_zalloc("qsock_names", port->table->name_buckets * sizeof(*port->table->names),
				  port->socket_id);
	if (chunk->names == NULL)
		chunk->names = qs_zalloc("qsock_names", QS_CHUNK * sizeof(*chunk->names), port->socket_id);
	if (port->table->names == NULL || chunk->names == NULL)
		return -1;
	snprintf(name_of(qs)->text, RTE_QSOCK_NAMESIZE, "%s", name);
	return 0;
}

void qs_names_add(struct rte_qsock_port *port, struct rte_qsock *qs)
{
	uint32_t *bucket;

	if (!qs->named)
		return;
	bucket = name_bucket(port, name_of(qs)->text);
	name_of(qs)->next = *bucket;
	*bucket = qs_socket_id(qs) + 1;
}

void qs_names_del(struct rte_qsock_port *port, struct rte_qsock *qs)
{
	uint32_t *link, entry = qs_socket_id(qs) + 1;

	if (!qs->named)
		return;
	link = name_bucket(port, name_of(qs)->text);
	while (*link != 0 && *link != entry)
		link = &name_of(qs_port_socket(port, *link - 1))->next;
	if (*link != 0)
		*link = name_of(qs)->next;
}
