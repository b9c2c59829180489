/* SPDX-License-Identifier: BSD-3-Clause */
/* Answers of the kernel, remembered. */
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rte_common.h>
#include <rte_errno.h>
#include <rte_jhash.h>

#include "eal/qs_log.h"
#include "net/qs_route_priv.h"

#define ANSWERS_DEFAULT 4096u
#define NEIGHBOURS_DEFAULT 4096u
#define ANSWERS_MAX (1u << 20)
#define ANSWER_NS UINT64_C(2000000000) /* a path MTU is learnt without an announcement */
#define FAILURE_NS UINT64_C(1000000000)
#define WAYS 4u
#define UP_RUNNING ((uint32_t)(IFF_UP | IFF_RUNNING))

static uint64_t coarse_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	return (uint64_t)ts.tv_sec * UINT64_C(1000000000) + (uint64_t)ts.tv_nsec;
}

void qs_route_multicast_mac(uint8_t family, const struct in6_addr *group, struct rte_ether_addr *mac)
{
	const uint8_t *g = group->s6_addr;

	if (family == AF_INET)
		*mac = (struct rte_ether_addr){{0x01, 0x00, 0x5e, g[1] & 0x7f, g[2], g[3]}};
	else
		*mac = (struct rte_ether_addr){{0x33, 0x33, g[12], g[13], g[14], g[15]}};
}

static bool same_question(const struct qs_answer *a, const struct qs_route_ask *ask)
{
	return a->family == ask->family && a->tos == ask->tos &&
	       memcmp(&a->dst, &ask->dst, sizeof(a->dst)) == 0 &&
	       memcmp(&a->asked_src, &ask->src, sizeof(a->asked_src)) == 0;
}

static struct qs_answer_slot *slot_of(const struct qs_route *rt, const struct qs_route_ask *ask)
{
	uint32_t h =
		rte_jhash(ask, sizeof(ask->dst) + sizeof(ask->src), ask->family | (uint32_t)ask->tos << 8);

	return &rt->slots[h & rt->slot_mask & ~(WAYS - 1)];
}

/* @return false: not remembered, or being written just now */
static bool recall(const struct qs_route *rt, const struct qs_route_ask *ask, uint64_t generation,
		   struct qs_answer *a)
{
	const struct qs_answer_slot *slot = slot_of(rt, ask);

	for (uint32_t i = 0; i < WAYS; i++, slot++) {
		uint32_t sn = rte_seqcount_read_begin(&slot->seq);

		*a = slot->answer;
		if (!rte_seqcount_read_retry(&slot->seq, sn) && a->generation == generation &&
		    same_question(a, ask))
			return coarse_ns() < a->until_ns;
	}
	return false;
}

static void remember(struct qs_route *rt, const struct qs_route_ask *ask, const struct qs_answer *a)
{
	struct qs_answer_slot *first = slot_of(rt, ask), *slot = first;
	uint32_t i;

	/* The same question's, else one that is out of date, else the oldest. */
	for (i = 0; i < WAYS; i++) {
		if (same_question(&first[i].answer, ask) || first[i].answer.generation != a->generation) {
			slot = &first[i];
			break;
		}
		if (first[i].answer.until_ns < slot->answer.until_ns)
			slot = &first[i];
	}
	if (!rte_spinlock_trylock(&slot->writer))
		return;
	rte_seqcount_write_begin(&slot->seq);
	slot->answer = *a;
	rte_seqcount_write_end(&slot->seq);
	rte_spinlock_unlock(&slot->writer);
}

static int answer_get(struct qs_route *rt, const struct qs_route_ask *ask, struct qs_answer *a)
{
	uint64_t generation = __atomic_load_n(&rt->routes_generation, __ATOMIC_ACQUIRE);

	if (recall(rt, ask, generation, a))
		return 0;
	memset(a, 0, sizeof(*a));
	a->dst = ask->dst;
	a->asked_src = ask->src;
	a->family = ask->family;
	a->tos = ask->tos;
	if (qs_route_ask_kernel(rt, a) < 0)
		return -1;
	a->generation = generation;
	a->until_ns = coarse_ns() + (a->error ? FAILURE_NS : ANSWER_NS);
	remember(rt, ask, a);
	return 0;
}

/* The MAC of the next hop, if it is known. */
static void mac_find(struct qs_route *rt, struct qs_hop *hop)
{
	struct qs_neigh_key key = {.addr = hop->via, .family = hop->via_family};
	struct qs_neigh_entry *e = qs_neigh_find(&rt->neighs, &key);
	struct qs_neigh_data data;

	hop->resolved = false;
	if (e == NULL || !qs_neigh_read(e, &key, &data))
		return;
	if (!__atomic_load_n(&e->asked_for, __ATOMIC_RELAXED))
		__atomic_store_n(&e->asked_for, true, __ATOMIC_RELAXED);
	hop->resolved = data.usable;
	hop->mac = data.mac;
}

int qs_route_resolve(struct qs_route *rt, const struct qs_route_ask *ask, struct qs_hop *hop)
{
	struct qs_answer a;

	if (ask->family != AF_INET && ask->family != AF_INET6)
		return qs_fail(EINVAL, "route: family %u, allowed are AF_INET and AF_INET6", ask->family);
	/* Before anything is looked at, so that what changes meanwhile makes the answer old. */
	hop->generation = qs_route_generation(rt);
	if (!(__atomic_load_n(&rt->link_flags, __ATOMIC_RELAXED) & IFF_UP)) {
		rte_errno = ENETDOWN;
		return -1;
	}
	if (answer_get(rt, ask, &a) < 0)
		return -1;
	if (a.error != 0) {
		rte_errno = a.error;
		return -1;
	}
	hop->via = a.via;
	hop->src = a.src;
	hop->via_family = a.via_family;
	hop->kind = a.kind;
	hop->mtu_bytes = a.mtu_bytes ? a.mtu_bytes : qs_route_mtu(rt);
	qs_route_mac(rt, &hop->src_mac);
	hop->resolved = true;
	hop->mac = (struct rte_ether_addr){{0}};
	if (a.kind == QS_HOP_MULTICAST)
		qs_route_multicast_mac(ask->family, &ask->dst, &hop->mac);
	else if (a.kind == QS_HOP_BROADCAST)
		memset(&hop->mac, 0xff, sizeof(hop->mac));
	else if (a.kind == QS_HOP_UNICAST)
		mac_find(rt, hop);
	return 0;
}

bool qs_route_mac_again(struct qs_route *rt, struct qs_hop *hop)
{
	hop->generation = qs_route_generation(rt);
	qs_route_mac(rt, &hop->src_mac);
	mac_find(rt, hop);
	return hop->resolved;
}

void qs_route_flush(struct qs_route *rt)
{
	__atomic_fetch_add(&rt->routes_generation, 1, __ATOMIC_ACQ_REL);
	qs_route_changed(rt);
}

uint16_t qs_route_mtu(const struct qs_route *rt)
{
	return (uint16_t)RTE_MIN(__atomic_load_n(&rt->mtu_bytes, __ATOMIC_RELAXED), (uint32_t)UINT16_MAX);
}

bool qs_route_link_up(const struct qs_route *rt)
{
	return (__atomic_load_n(&rt->link_flags, __ATOMIC_RELAXED) & UP_RUNNING) == UP_RUNNING;
}

uint32_t qs_route_ifindex(const struct qs_route *rt)
{
	return __atomic_load_n(&rt->ifindex, __ATOMIC_RELAXED);
}

void qs_route_mac(const struct qs_route *rt, struct rte_ether_addr *mac)
{
	const uint64_t bytes = __atomic_load_n(&rt->mac, __ATOMIC_RELAXED);

	memcpy(mac, &bytes, sizeof(*mac));
}

int qs_route_fd(const struct qs_route *rt)
{
	return nl_socket_get_fd(rt->follow);
}

static int parts_make(struct qs_route *rt, const struct qs_route_conf *conf)
{
	uint32_t answers = RTE_MIN(conf->answers ? conf->answers : ANSWERS_DEFAULT, ANSWERS_MAX);
	uint32_t neighbours = conf->neighbours ? conf->neighbours : NEIGHBOURS_DEFAULT;

	answers = rte_align32pow2(RTE_MAX(answers, WAYS));
	rt->slot_mask = answers - 1;
	rt->slots = calloc(answers, sizeof(*rt->slots));
	if (rt->slots == NULL)
		return qs_fail(ENOMEM, "routes: no memory for %u", answers);
	for (uint32_t i = 0; i < answers; i++) {
		rte_seqcount_init(&rt->slots[i].seq);
		rte_spinlock_init(&rt->slots[i].writer);
	}
	if (qs_neigh_table_init(&rt->neighs, neighbours) < 0 || qs_neigh_wait_init(rt, conf) < 0)
		return -1;
	rt->ask = qs_route_socket("routes", true);
	rt->follow = qs_route_socket("routes", false);
	rt->command = qs_route_socket("neighbours", false);
	if (rt->ask == NULL || rt->follow == NULL || rt->command == NULL)
		return -1;
	return qs_route_follow_start(rt);
}

struct qs_route *qs_route_create(const struct qs_route_conf *conf)
{
	struct qs_route *rt;

	if (conf == NULL || conf->ifindex == 0)
		return qs_fail_null(EINVAL, "routes: no interface index");
	rt = calloc(1, sizeof(*rt));
	if (rt == NULL)
		return qs_fail_null(ENOMEM, "routes: no memory");
	rt->ifindex = conf->ifindex;
	if (conf->ifname != NULL)
		strncpy(rt->ifname, conf->ifname, sizeof(rt->ifname) - 1);
	rt->head.generation = 1;
	rt->routes_generation = 1;
	pthread_mutex_init(&rt->ask_lock, NULL);
	pthread_mutex_init(&rt->wait_lock, NULL);
	if (parts_make(rt, conf) < 0) {
		int error = rte_errno;

		qs_route_free(rt);
		rte_errno = error;
		return NULL;
	}
	return rt;
}

void qs_route_free(struct qs_route *rt)
{
	if (rt == NULL)
		return;
	qs_neigh_wait_fini(rt);
	nl_socket_free(rt->ask);
	nl_socket_free(rt->follow);
	nl_socket_free(rt->command);
	qs_neigh_table_fini(&rt->neighs);
	pthread_mutex_destroy(&rt->ask_lock);
	pthread_mutex_destroy(&rt->wait_lock);
	free(rt->slots);
	free(rt);
}

uint32_t qs_route_remembered(const struct qs_route *rt)
{
	uint64_t generation = __atomic_load_n(&rt->routes_generation, __ATOMIC_ACQUIRE);
	uint32_t n = 0;

	for (uint32_t i = 0; i <= rt->slot_mask; i++)
		n += rt->slots[i].answer.generation == generation;
	return n;
}
