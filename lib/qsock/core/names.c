/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "core/qs_names.h"
#include "core/qs_port.h"

/* FNV-1a. */
static uint32_t *name_bucket(const struct rte_qsock_port *port, const char *name)
{
	uint32_t hash = 2166136261u;

	for (; *name != 0; name++)
		hash = (hash ^ (unsigned char)*name) * 16777619u;
	return &port->names[(hash ^ (hash >> 15)) & (port->name_buckets - 1)];
}

struct rte_qsock *qs_names_find(const struct rte_qsock_port *port, const char *name)
{
	uint32_t at = *name_bucket(port, name);

	while (at != 0) {
		struct rte_qsock *qs = qs_port_socket(port, at - 1);

		if (strcmp(qs->name, name) == 0)
			return qs;
		at = qs->hash_next;
	}
	return NULL;
}

void qs_names_add(struct rte_qsock_port *port, struct rte_qsock *qs)
{
	uint32_t *bucket = name_bucket(port, qs->name);

	qs->hash_next = *bucket;
	*bucket = qs->id + 1;
}

void qs_names_del(struct rte_qsock_port *port, struct rte_qsock *qs)
{
	uint32_t *link = name_bucket(port, qs->name);

	while (*link != 0 && *link != qs->id + 1)
		link = &qs_port_socket(port, *link - 1)->hash_next;
	if (*link != 0)
		*link = qs->hash_next;
}
