/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include <rte_hash_crc.h>

#include "capture.h"
#include "held.h"

#define HELD_MAX 16384 /* as many as a twin has flows */

struct rte_hash *dq_held_create(void)
{
	const struct rte_hash_parameters params = {
		.name = "dpdk-qsock attached",
		.entries = HELD_MAX,
		.key_len = sizeof(uint64_t),
		.hash_func = rte_hash_crc,
		.socket_id = SOCKET_ID_ANY,
	};

	return rte_hash_create(&params);
}

static struct rte_qsock_flow flow_ipv4(const struct dq_held *h)
{
	struct rte_qsock_flow flow = h->flow;

	flow.family = AF_INET;
	return flow;
}

/* The twin forgets a socket. */
static void clear(struct dq_held *h)
{
	const struct rte_qsock_flow ipv4 = flow_ipv4(h);
	struct rte_qsock_twin *twin = h->by->stream->port->twin;

	dq_capture_begin();
	if (h->known)
		rte_qsock_twin_flow_del(twin, &h->flow);
	if (h->known && h->dual)
		rte_qsock_twin_flow_del(twin, &ipv4);
	dq_capture_end();
	if (h->known)
		h->by->sockets--;
	else
		h->by->ambiguous--;
	h->known = false;
}

/* The twin learns of a socket. Another may have the same ends: the first one has them. */
static void tell(struct dq_held *h, const struct dq_diag_socket *s)
{
	struct rte_qsock_twin *twin = h->by->stream->port->twin;
	struct rte_qsock_flow ipv4;

	h->flow = s->flow;
	h->dual = s->dual;
	dq_capture_begin();
	h->known = rte_qsock_twin_flow_add(twin, &h->flow, h->by->stream->qs) == 0;
	ipv4 = flow_ipv4(h);
	if (h->known && h->dual && rte_qsock_twin_flow_add(twin, &ipv4, h->by->stream->qs) < 0)
		h->dual = false;
	dq_capture_end();
	if (h->known)
		h->by->sockets++;
	else
		h->by->ambiguous++;
}

struct dq_held *dq_held_find(const struct rte_hash *table, uint64_t cookie)
{
	void *h = NULL;

	return rte_hash_lookup_data(table, &cookie, &h) < 0 ? NULL : h;
}

void dq_held_remove(struct rte_hash *table, struct dq_held *h)
{
	clear(h);
	rte_hash_del_key(table, &h->cookie);
	free(h);
}

/* Sockets of one that was attached, or those of anybody that are not there any more. */
void dq_held_remove_all(struct rte_hash *table, const struct dq_attached *by)
{
	const void *key;
	void *value;
	uint32_t next = 0;

	while (rte_hash_iterate(table, &key, &value, &next) >= 0) {
		struct dq_held *h = value;

		if (by != NULL ? h->by == by : !h->seen)
			dq_held_remove(table, h);
	}
}

void dq_held_add(struct rte_hash *table, struct dq_attached *by, const struct dq_diag_socket *s)
{
	struct dq_held *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return; /* it is tried again */
	*h = (struct dq_held){.cookie = s->cookie, .by = by, .seen = true};
	if (rte_hash_add_key_data(table, &h->cookie, h) == 0)
		tell(h, s);
	else
		free(h);
}

void dq_held_update(struct dq_held *h, const struct dq_diag_socket *s)
{
	h->seen = true;
	/* It was bound, or connected; or the other one of the same ends is gone. */
	if (!h->known || memcmp(&h->flow, &s->flow, sizeof(h->flow)) != 0) {
		clear(h);
		tell(h, s);
	}
}

void dq_held_unsee(struct rte_hash *table)
{
	const void *key;
	void *value;
	uint32_t next = 0;

	while (rte_hash_iterate(table, &key, &value, &next) >= 0)
		((struct dq_held *)value)->seen = false;
}
