/* SPDX-License-Identifier: BSD-3-Clause */
#include "core/qs_txcore.h"
#include "rig.h"

void rig_port_conf(struct rig *r, struct rte_qsock_port_conf conf)
{
	conf.size = sizeof(conf);
	conf.socket_id = SOCKET_ID_ANY;
	if (conf.name == NULL)
		conf.name = "rig";
	if (conf.max_sockets == 0)
		conf.max_sockets = 64;
	if (conf.max_packets == 0)
		conf.max_packets = 4096;
	if (conf.egress == NULL)
		conf.egress = api_egress_init(&r->egress);
	r->port = api_port(&conf);
	/* Ahead of the real clock, by which calls look at the port, for longer than any test takes. */
	r->now_ns = rte_qsock_now_ns() + 100000 * MS;
}

struct rte_qsock *rig_open_conf(const struct rig *r, const struct rig_socket *conf)
{
	struct rte_qsock_conf sc = api_socket_conf(conf->name);
	struct rte_qsock *qs;

	if (conf->queue_packets > 0)
		sc.stream.queue_packets = conf->queue_packets;
	if (conf->ipg_ns > 0)
		sc.stream.ipg_ns = conf->ipg_ns;
	sc.stream.droppable = !conf->non_droppable;
	sc.ring_packets = conf->ring_packets;
	sc.queue_limit_ns = conf->queue_limit_ns;
	sc.linger_ns = conf->linger_ns;
	sc.drop_when_full = conf->drop_when_full;
	qs = rte_qsock_open(r->port, &sc);
	assert_non_null(qs);
	return qs;
}

uint16_t rig_round(struct rig *r, uint64_t at_ns)
{
	assert_true(qs_port_claim(r->port, true) <= QS_CLAIM_HAD);
	return qs_txcore_round(r->port, at_ns);
}

void rig_rounds(struct rig *r, uint64_t for_ns)
{
	uint64_t until_ns = r->now_ns + for_ns;

	for (; r->now_ns < until_ns; r->now_ns += 10000)
		rig_round(r, r->now_ns);
}

uint32_t rig_send(struct rte_qsock *qs, uint32_t n, uint16_t len_bytes)
{
	uint32_t i, taken = 0;

	for (i = 0; i < n; i++) {
		struct rte_mbuf *m = api_packet(len_bytes);

		if (rte_qsock_tx_burst(qs, &m, 1) == 1)
			taken++;
		else
			rte_pktmbuf_free(m);
	}
	return taken;
}

void rig_put(struct rte_qsock *qs, struct rte_mbuf *m)
{
	assert_int_equal(rte_qsock_tx_burst(qs, &m, 1), 1);
}

struct rte_qsock_counts rig_counts(struct rte_qsock *qs)
{
	struct rte_qsock_port_info port_info;
	struct rte_qsock_info info;

	assert_int_equal(rte_qsock_info_get(qs, &info), 0);
	api_balance(&info.counts);
	assert_int_equal(rte_qsock_port_info_get(qs->port, &port_info), 0);
	api_balance(&port_info.total);
	return info.counts;
}

struct rte_qsock_port_info rig_info(struct rig *r)
{
	struct rte_qsock_port_info info;

	assert_int_equal(rte_qsock_port_info_get(r->port, &info), 0);
	api_balance(&info.total);
	return info;
}

void rig_end(struct rig *r)
{
	assert_int_equal(rte_qsock_port_free(r->port), 0);
	api_pool_whole();
}
