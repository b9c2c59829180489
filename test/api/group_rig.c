/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "core/qs_migrate.h"
#include "group_rig.h"

struct numbered {
	char ether[14];
	uint32_t socket;
	uint32_t number;
} __attribute__((packed));

static void look(struct group_seen *seen, const struct rte_mbuf *m)
{
	const struct numbered *p = rte_pktmbuf_mtod(m, const struct numbered *);
	uint32_t next = __atomic_exchange_n(&seen->next[p->socket], p->number + 1, __ATOMIC_ACQ_REL);

	if (p->number < next)
		__atomic_fetch_add(&seen->disorder, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&seen->frames, 1, __ATOMIC_RELAXED);
}

static uint16_t group_tx_burst(struct rte_qsock_egress *egress, struct rte_mbuf **pkts, uint16_t n)
{
	struct group_egress *e = (struct group_egress *)egress;
	uint16_t i, take = (uint16_t)RTE_MIN(__atomic_load_n(&e->accept, __ATOMIC_RELAXED), n);

	if (e->stingy && ++e->calls % 3 == 0)
		take /= 2;
	for (i = 0; i < take; i++) {
		look(e->seen, pkts[i]);
		__atomic_store_n(&e->bytes, e->bytes + pkts[i]->pkt_len, __ATOMIC_RELAXED);
		rte_pktmbuf_free(pkts[i]);
	}
	e->frames += take;
	if (e->accept != UINT32_MAX)
		e->accept -= take;
	return take;
}

static uint64_t group_rate_bps(const struct rte_qsock_egress *egress)
{
	return UINT64_C(1000000000);
}

static uint32_t group_max_frame_bytes(const struct rte_qsock_egress *egress)
{
	return 1518;
}

static void group_egress_free(struct rte_qsock_egress *egress)
{
	((struct group_egress *)egress)->freed++;
}

static const struct rte_qsock_egress_ops ops = {
	.name = "group",
	.tx_burst = group_tx_burst,
	.rate_bps = group_rate_bps,
	.max_frame_bytes = group_max_frame_bytes,
	.free = group_egress_free,
};

struct rte_qsock_group_conf group_conf(struct group_rig *r, uint32_t members, const char *scheduler)
{
	uint32_t i;

	memset(r, 0, sizeof(*r));
	for (i = 0; i < RTE_QSOCK_GROUP_MAX; i++) {
		r->egress[i] =
			(struct group_egress){.head = {.ops = &ops}, .seen = &r->seen, .accept = UINT32_MAX};
		r->heads[i] = &r->egress[i].head;
	}
	return (struct rte_qsock_group_conf){
		.size = sizeof(struct rte_qsock_group_conf),
		.egress = r->heads,
		.members = members,
		.port =
			{
				.size = sizeof(struct rte_qsock_port_conf),
				.name = "group",
				.scheduler = scheduler,
				.rate_bps = UINT64_C(10000000000),
				.max_sockets = GROUP_SOCKETS,
				.max_packets = 4096,
				.socket_id = SOCKET_ID_ANY,
			},
	};
}

void group_make(struct group_rig *r, const struct rte_qsock_group_conf *conf)
{
	r->group = rte_qsock_group_create(conf);
	assert_non_null(r->group);
}

struct rte_mbuf *group_packet(uint32_t socket, uint32_t number)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(api_pool);
	struct numbered *p;

	if (m == NULL)
		return NULL;
	p = (struct numbered *)rte_pktmbuf_append(m, 64);
	p->socket = socket;
	p->number = number;
	return m;
}

bool group_send(struct rte_qsock *qs, uint32_t socket, uint32_t number)
{
	struct rte_mbuf *m = group_packet(socket, number);

	if (m == NULL || rte_qsock_tx_burst(qs, &m, 1) == 1)
		return m != NULL;
	rte_pktmbuf_free(m);
	return false;
}

void group_polls(struct group_rig *r, uint32_t n)
{
	uint32_t i;

	while (n-- > 0)
		for (i = 0; i < rte_qsock_group_members(r->group); i++)
			rte_qsock_tx_poll(rte_qsock_group_port(r->group, i));
}

struct rte_qsock *group_open(struct group_rig *r, uint32_t member, const char *name)
{
	struct rte_qsock_conf conf = api_socket_conf(name);
	struct rte_qsock *qs;

	conf.stream.droppable = false;
	qs = rte_qsock_open(rte_qsock_group_port(r->group, member), &conf);
	assert_non_null(qs);
	return qs;
}

struct rte_qsock_info group_socket_info(struct rte_qsock *qs)
{
	struct rte_qsock_info info;

	assert_int_equal(rte_qsock_info_get(qs, &info), 0);
	api_balance(&info.counts);
	return info;
}

struct rte_qsock_port_info group_port_info(struct group_rig *r, uint32_t member)
{
	struct rte_qsock_port_info info;

	assert_int_equal(rte_qsock_port_info_get(rte_qsock_group_port(r->group, member), &info), 0);
	api_balance(&info.total);
	return info;
}

void group_move(struct group_rig *r, struct rte_qsock *qs, uint32_t member)
{
	assert_int_equal(rte_qsock_group_move(r->group, qs, member), 0);
	assert_ptr_equal(qs->port, rte_qsock_group_port(r->group, member));
}

void group_until_sent(struct group_rig *r, uint64_t frames)
{
	while (r->seen.frames < frames)
		group_polls(r, 1);
}

struct rte_qsock_group_info group_info(struct group_rig *r)
{
	struct rte_qsock_group_info info;
	uint64_t sum = 0;
	uint32_t i;

	assert_int_equal(rte_qsock_group_info_get(r->group, &info), 0);
	api_balance(&info.total);
	assert_int_equal(info.members, rte_qsock_group_members(r->group));
	for (i = 0; i < info.members; i++)
		sum += info.member[i].share_bps;
	assert_int_equal(sum, info.shared_bps);
	assert_true(sum <= info.rate_bps);
	return info;
}

void group_end(struct group_rig *r)
{
	uint32_t i, members = rte_qsock_group_members(r->group);

	assert_int_equal(rte_qsock_group_free(r->group), 0);
	for (i = 0; i < members; i++)
		assert_int_equal(r->egress[i].freed, 1);
	assert_int_equal(r->seen.disorder, 0);
	api_pool_whole();
}
