/* SPDX-License-Identifier: BSD-3-Clause */
/* Packets that wait for a neighbour: a queue for each, in order of arrival. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rte_common.h>

#include "core/qs_socket.h"
#include "eal/qs_log.h"
#include "net/qs_fragment.h"
#include "net/qs_neigh_wait.h"
#include "net/qs_sock_lock.h"

#define WAITS_MAX                                                                                            \
	256u /* neighbours that are waited for at a time; a scan of the address range ends in drops */
#define PACKETS_DEFAULT 64u
#define PACKETS_MAX 65536u
#define TIMEOUT_NS UINT64_C(3000000000)
#define RETRY_NS UINT64_C(1000000)    /* a full ring is tried again */
#define FORGET_NS UINT64_C(100000000) /* a closing socket's full ring is waited for */
#define FORGET_PACKETS 64u

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * UINT64_C(1000000000) + (uint64_t)ts.tv_nsec;
}

static void mark(struct rte_mbuf *m)
{
	rte_qsock_meta_init(m)->flags |= RTE_QSOCK_META_NO_NEIGH;
}

int qs_neigh_wait_init(struct qs_route *rt, const struct qs_route_conf *conf)
{
	rt->wait_packets = conf->wait_packets ? RTE_MIN(conf->wait_packets, PACKETS_MAX) : PACKETS_DEFAULT;
	rt->wait_timeout_ns = conf->wait_timeout_ns ? conf->wait_timeout_ns : TIMEOUT_NS;
	rt->wake = conf->wake;
	rt->wake_arg = conf->wake_arg;
	rt->max_waits = WAITS_MAX;
	rt->waits = calloc(rt->max_waits, sizeof(*rt->waits));
	return rt->waits != NULL ? 0 : qs_fail(ENOMEM, "neighbours: no memory");
}

static struct qs_wait *wait_find(const struct qs_route *rt, const struct qs_neigh_key *key)
{
	for (uint32_t i = 0; i < rt->n_waits; i++)
		if (memcmp(&rt->waits[i].key, key, sizeof(*key)) == 0)
			return &rt->waits[i];
	return NULL;
}

static struct qs_wait *wait_make(struct qs_route *rt, const struct qs_neigh_key *key)
{
	struct qs_wait *w;
	struct qs_waiting *packets;

	if (rt->n_waits == rt->max_waits)
		return NULL;
	w = &rt->waits[rt->n_waits];
	packets = w->packets ? w->packets : calloc(rt->wait_packets, sizeof(*packets));
	if (packets == NULL)
		return NULL;
	*w = (struct qs_wait){.key = *key, .until_ns = now_ns() + rt->wait_timeout_ns, .packets = packets};
	rt->n_waits++;
	return w;
}

/* The last takes its place; the memory of its packets stays for the next. */
static void wait_end(struct qs_route *rt, struct qs_wait *w)
{
	struct qs_wait ended = *w;

	*w = rt->waits[--rt->n_waits];
	rt->waits[rt->n_waits] = ended;
}

static struct qs_waiting *wait_front(const struct qs_route *rt, const struct qs_wait *w)
{
	return &w->packets[w->head % rt->wait_packets];
}

enum qs_neigh_verdict qs_neigh_wait(struct qs_route *rt, struct qs_hop *hop, struct rte_qsock *qs,
				    struct rte_mbuf *m)
{
	struct qs_neigh_key key = {.addr = hop->via, .family = hop->via_family};
	struct qs_wait *w;
	bool first, full;

	pthread_mutex_lock(&rt->wait_lock);
	if (qs_route_mac_again(rt, hop)) {
		pthread_mutex_unlock(&rt->wait_lock);
		return QS_NEIGH_RESOLVED;
	}
	w = wait_find(rt, &key);
	first = w == NULL;
	if (first)
		w = wait_make(rt, &key);
	full = w == NULL || w->count == rt->wait_packets;
	if (full) {
		rt->counts.overflow++;
	} else {
		w->packets[(w->head + w->count++) % rt->wait_packets] = (struct qs_waiting){m, qs};
		qs_socket_waiting_add(qs, 1);
		rt->counts.wait++;
	}
	pthread_mutex_unlock(&rt->wait_lock);
	if (first && rt->wake != NULL)
		rt->wake(rt->wake_arg);
	if (!full)
		return QS_NEIGH_TAKEN;
	mark(m);
	if (qs_sock_put(qs, m))
		return QS_NEIGH_TAKEN;
	rte_qsock_meta(m)->flags &= (uint16_t)~RTE_QSOCK_META_NO_NEIGH;
	return QS_NEIGH_FULL;
}

/* Pass everything of a queue on. mac NULL: marked as without a neighbour. @return false: a ring is full */
static bool wait_drain(struct qs_route *rt, struct qs_wait *w, const struct rte_ether_addr *mac)
{
	struct rte_ether_addr own;

	qs_route_mac(rt, &own); /* it may be another one than when they came */
	while (w->count > 0) {
		struct qs_waiting *p = wait_front(rt, w);

		if (mac != NULL)
			qs_datagram_macs_set(p->m, mac, &own);
		else
			mark(p->m);
		/* Before it is in the ring: nobody may count it in both places. */
		qs_socket_waiting_add(p->qs, -1);
		if (!qs_sock_put(p->qs, p->m)) {
			qs_socket_waiting_add(p->qs, 1);
			return false;
		}
		w->head++;
		w->count--;
		if (mac != NULL)
			rt->counts.resolved++;
		else
			rt->counts.failed++;
	}
	wait_end(rt, w);
	return true;
}

bool qs_wait_flush(struct qs_route *rt, const struct qs_neigh_data *data)
{
	struct qs_wait *w = wait_find(rt, &data->key);

	if (w == NULL)
		return true;
	w->data = *data;
	w->fate = QS_WAIT_RESOLVED;
	return wait_drain(rt, w, &data->mac);
}

void qs_wait_fail(struct qs_route *rt, const struct qs_neigh_key *key)
{
	struct qs_wait *w = wait_find(rt, key);

	if (w == NULL)
		return;
	w->fate = QS_WAIT_FAILED;
	wait_drain(rt, w, NULL);
}

void qs_wait_renew(struct qs_route *rt, const struct qs_neigh_key *key)
{
	for (uint32_t i = 0; i < rt->n_waits; i++) {
		struct qs_wait *w = &rt->waits[i];

		if (w->fate == QS_WAIT_FAILED || (key != NULL && memcmp(&w->key, key, sizeof(*key)) != 0))
			continue;
		w->fate = QS_WAIT_OPEN;
		w->asked = false;
	}
}

bool qs_wait_unflushed(const struct qs_route *rt, uint32_t i, struct qs_neigh_data *data)
{
	if (i >= rt->n_waits || rt->waits[i].fate != QS_WAIT_RESOLVED)
		return false;
	*data = rt->waits[i].data;
	return true;
}

uint64_t qs_wait_expire(struct qs_route *rt, uint64_t now)
{
	uint64_t next = UINT64_MAX;

	pthread_mutex_lock(&rt->wait_lock);
	for (uint32_t i = rt->n_waits; i-- > 0;) {
		struct qs_wait *w = &rt->waits[i];

		if (w->fate == QS_WAIT_OPEN && w->until_ns <= now)
			w->fate = QS_WAIT_FAILED;
		if (w->fate == QS_WAIT_FAILED && wait_drain(rt, w, NULL))
			continue;
		next = RTE_MIN(next, w->fate == QS_WAIT_OPEN ? w->until_ns : now + RETRY_NS);
	}
	pthread_mutex_unlock(&rt->wait_lock);
	return next;
}

uint32_t qs_neigh_waiting(struct qs_route *rt, const struct qs_neigh_key *key)
{
	struct qs_wait *w;
	uint32_t n;

	pthread_mutex_lock(&rt->wait_lock);
	w = wait_find(rt, key);
	n = w ? w->count : 0;
	pthread_mutex_unlock(&rt->wait_lock);
	return n;
}

/* A ring that stays full: nobody is there to tell. */
static void sock_put_or_free(struct rte_qsock *qs, struct rte_mbuf *m)
{
	if (!qs_sock_put_or_count(qs, m))
		rte_pktmbuf_free(m);
}

static void sock_put_patiently(struct rte_qsock *qs, struct rte_mbuf *m, uint64_t until)
{
	mark(m);
	while (now_ns() < until) {
		if (qs_sock_put(qs, m))
			return;
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
	sock_put_or_free(qs, m);
}

/* Take packets of a socket out of a queue, at most so many. @return how many */
static uint32_t wait_extract(const struct qs_route *rt, struct qs_wait *w, const struct rte_qsock *qs,
			     struct rte_mbuf **out, uint32_t most)
{
	uint32_t kept = 0, taken = 0;

	for (uint32_t i = 0; i < w->count; i++) {
		struct qs_waiting p = w->packets[(w->head + i) % rt->wait_packets];

		if (p.qs == qs && taken < most)
			out[taken++] = p.m;
		else
			w->packets[(w->head + kept++) % rt->wait_packets] = p;
	}
	w->count = kept;
	return taken;
}

/* From the first queue that has any. They change places while nobody holds the lock: each look begins anew.
 */
static uint32_t waits_extract(struct qs_route *rt, struct rte_qsock *qs, struct rte_mbuf **out, uint32_t most)
{
	uint32_t n = 0;

	pthread_mutex_lock(&rt->wait_lock);
	for (uint32_t i = 0; i < rt->n_waits && n == 0; i++)
		n = wait_extract(rt, &rt->waits[i], qs, out, most);
	qs_socket_waiting_add(qs, -(int32_t)n);
	rt->counts.failed += n;
	pthread_mutex_unlock(&rt->wait_lock);
	return n;
}

void qs_neigh_forget(struct qs_route *rt, struct rte_qsock *qs)
{
	struct rte_mbuf *packets[FORGET_PACKETS];
	uint64_t until = now_ns() + FORGET_NS;
	uint32_t n;

	while ((n = waits_extract(rt, qs, packets, FORGET_PACKETS)) > 0)
		for (uint32_t k = 0; k < n; k++)
			sock_put_patiently(qs, packets[k], until);
}

void qs_neigh_wait_fini(struct qs_route *rt)
{
	for (uint32_t i = 0; rt->waits != NULL && i < rt->max_waits; i++) {
		struct qs_wait *w = &rt->waits[i];

		for (; i < rt->n_waits && w->count > 0; w->head++, w->count--) {
			struct qs_waiting *p = wait_front(rt, w);

			qs_socket_waiting_add(p->qs, -1);
			mark(p->m);
			sock_put_or_free(p->qs, p->m);
		}
		free(w->packets);
	}
	free(rt->waits);
	rt->waits = NULL;
}
