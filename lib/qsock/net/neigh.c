/* SPDX-License-Identifier: BSD-3-Clause */
/* News of neighbours, and the packets that wait for it. */
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/msg.h>

#include "eal/qs_log.h"
#include "net/qs_fragment.h"
#include "net/qs_neigh_wait.h"
#include "net/qs_route_priv.h"

#define CONFIRM_NS UINT64_C(1000000000)
#define ASKS_MAX 64 /* a call */

static int neigh_ask(struct qs_route *rt, const struct qs_neigh_key *key)
{
	struct ndmsg ndm = {.ndm_family = (uint8_t)key->family,
			    .ndm_ifindex = (int)rt->ifindex,
			    .ndm_state = NUD_NONE,
			    .ndm_flags = NTF_USE}; /* as if the kernel had something to send there */
	size_t bytes = key->family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr);
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_NEWNEIGH, NLM_F_REQUEST | NLM_F_CREATE);
	int ret = -1;

	if (msg != NULL && nlmsg_append(msg, &ndm, sizeof(ndm), NLMSG_ALIGNTO) == 0 &&
	    nla_put(msg, NDA_DST, (int)bytes, &key->addr) == 0)
		ret = nl_send_auto(rt->command, msg) < 0 ? -1 : 0;
	nlmsg_free(msg);
	return ret;
}

/* Errors come back on this socket; the waiting packets' own time limit deals with them. */
static void answers_discard(struct qs_route *rt)
{
	struct sockaddr_nl from;
	unsigned char *buf;

	while (nl_recv(rt->command, &from, &buf, NULL) > 0)
		free(buf);
}

/* A neighbour that went stale is only verified when the kernel sends to it, which it does not know that we
 * do. */
static void stale_confirm(struct qs_route *rt)
{
	uint32_t iter = 0, asked = 0;
	struct qs_neigh_entry *e;

	while (asked < ASKS_MAX && (e = qs_neigh_next(&rt->neighs, &iter)) != NULL) {
		if (e->data.nud_state != NUD_STALE ||
		    !__atomic_exchange_n(&e->asked_for, false, __ATOMIC_RELAXED))
			continue;
		neigh_ask(rt, &e->data.key);
		asked++;
	}
}

void qs_neigh_update(struct qs_route *rt, const struct qs_neigh_data *data)
{
	struct qs_neigh_entry *e = qs_neigh_find(&rt->neighs, &data->key);
	struct qs_neigh_data next = *data;
	bool changed;

	next.usable = (data->nud_state & QS_NUD_USABLE) != 0;
	pthread_mutex_lock(&rt->wait_lock);
	if (next.usable)
		next.usable = qs_wait_flush(rt, &next); /* before it is published: see qs_neigh.h */
	else if (data->nud_state & NUD_FAILED)
		qs_wait_fail(rt, &data->key);
	changed = e == NULL || e->data.usable != next.usable || e->data.nud_state != next.nud_state ||
		  !rte_is_same_ether_addr(&e->data.mac, &next.mac);
	if (changed && !qs_neigh_write(&rt->neighs, &next))
		QS_LOG(WARNING, "neighbours: the table of %u is full\n", rt->neighs.size);
	pthread_mutex_unlock(&rt->wait_lock);
	if (changed)
		qs_route_changed(rt);
}

void qs_neigh_gone(struct qs_route *rt, const struct qs_neigh_key *key)
{
	const struct qs_neigh_entry *e;
	uint32_t iter = 0;

	if (key != NULL)
		qs_neigh_erase(&rt->neighs, key);
	else
		while ((e = qs_neigh_next(&rt->neighs, &iter)) != NULL) {
			struct qs_neigh_key copy = e->data.key;

			qs_neigh_erase(&rt->neighs, &copy);
		}
	pthread_mutex_lock(&rt->wait_lock);
	qs_wait_renew(rt, key);
	pthread_mutex_unlock(&rt->wait_lock);
	qs_route_changed(rt);
}

/* Ask for those that are waited for, outside of the lock. @return how many */
static uint32_t waits_ask(struct qs_route *rt)
{
	struct qs_neigh_key keys[ASKS_MAX];
	uint32_t n = 0;

	pthread_mutex_lock(&rt->wait_lock);
	for (uint32_t i = 0; i < rt->n_waits && n < ASKS_MAX; i++)
		if (!rt->waits[i].asked) {
			rt->waits[i].asked = true;
			keys[n++] = rt->waits[i].key;
		}
	pthread_mutex_unlock(&rt->wait_lock);
	for (uint32_t i = 0; i < n; i++)
		neigh_ask(rt, &keys[i]);
	return n;
}

/* What was resolved while a ring was full. From the end: a queue that ends gives its place to the last. */
static void unflushed_retry(struct qs_route *rt)
{
	struct qs_neigh_data data;
	bool found;

	for (uint32_t i = rt->n_waits; i-- > 0;) {
		pthread_mutex_lock(&rt->wait_lock);
		found = qs_wait_unflushed(rt, i, &data);
		pthread_mutex_unlock(&rt->wait_lock);
		if (found)
			qs_neigh_update(rt, &data);
	}
}

uint64_t qs_neigh_service(struct qs_route *rt, uint64_t now_ns)
{
	uint64_t next;

	if (rt->lost)
		qs_route_follow_again(rt);
	if (rt->n_waits > 0 || now_ns >= rt->confirm_ns)
		answers_discard(rt);
	while (waits_ask(rt) == ASKS_MAX)
		;
	unflushed_retry(rt);
	if (now_ns >= rt->confirm_ns) {
		stale_confirm(rt);
		rt->confirm_ns = now_ns + CONFIRM_NS;
	}
	next = qs_wait_expire(rt, now_ns);
	return RTE_MIN(next, rt->confirm_ns);
}
