/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>

#include "api_eal.h"
#include "eal/qs_eal_files.h"

struct rte_mempool *api_pool;
bool api_telemetry;

void api_eal_start(const char *name)
{
	char prefix[64];
	char *argv[] = {(char *)"test",
			(char *)"--no-huge",
			(char *)"--no-shconf",
			(char *)"--no-pci",
			(char *)"-m",
			(char *)"256",
			(char *)"--lcores",
			(char *)"0@(0-1),1@(0-1)",
			(char *)"--log-level=6",
			(char *)(api_telemetry ? "--telemetry" : "--no-telemetry"),
			(char *)"--vdev=net_null0,copy=0",
			(char *)"--vdev=net_ring0",
			prefix};
	struct rte_qsock_ethdev_conf conf = {.size = sizeof(conf)};
	uint16_t id;

	snprintf(prefix, sizeof(prefix), "--file-prefix=%s%d", name, (int)getpid());
	/* A test that hangs is a test that fails. */
	alarm(50);
	qs_eal_files_end();
	if (rte_eal_init((int)(sizeof(argv) / sizeof(argv[0])), argv) < 0) {
		printf("SKIP: EAL does not start: %s\n", rte_strerror(rte_errno));
		exit(77);
	}
	/* Threads share it: one that is preempted inside a ring would keep the others waiting. */
	api_pool = rte_pktmbuf_pool_create_by_ops("api", API_POOL_MBUFS, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE,
						  SOCKET_ID_ANY, "lf_stack");
	if (api_pool == NULL)
		exit(1);
	conf.rx_pool = api_pool;
	RTE_ETH_FOREACH_DEV (id)
		if (rte_qsock_ethdev_setup(id, &conf) != 0)
			exit(1);
}

void api_eal_stop(void)
{
	uint16_t id;

	RTE_ETH_FOREACH_DEV (id) {
		rte_eth_dev_stop(id);
		rte_eth_dev_close(id);
	}
	rte_mempool_free(api_pool);
	rte_eal_cleanup();
}

uint16_t api_device(const char *name)
{
	uint16_t id = 0;

	assert_int_equal(rte_eth_dev_get_port_by_name(name, &id), 0);
	return id;
}

struct rte_qsock_port_conf api_port_conf(const char *name)
{
	return (struct rte_qsock_port_conf){
		.size = sizeof(struct rte_qsock_port_conf),
		.name = name,
		.egress = rte_qsock_egress_ethdev(api_device("net_null0"), 0),
		.rate_bps = UINT64_C(10000000000),
		.max_sockets = 64,
		.max_packets = 4096,
		.socket_id = SOCKET_ID_ANY,
	};
}

struct rte_qsock_port *api_port(const struct rte_qsock_port_conf *conf)
{
	struct rte_qsock_port *port = rte_qsock_port_create(conf);

	assert_non_null(port);
	return port;
}

struct rte_qsock_conf api_socket_conf(const char *name)
{
	struct rte_qsock_conf conf = {.size = sizeof(conf), .name = name};

	rte_qsock_stream_defaults(&conf.stream);
	conf.stream.ipg_ns = 1000000;
	conf.stream.deadline_ns = 1000000;
	conf.stream.oln = 1;
	conf.stream.old = 2;
	conf.stream.queue_packets = 64;
	return conf;
}

struct rte_mbuf *api_packet(uint16_t len_bytes)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(api_pool);

	assert_non_null(m);
	assert_non_null(rte_pktmbuf_append(m, len_bytes));
	return m;
}

void api_pool_whole(void)
{
	assert_int_equal(rte_mempool_avail_count(api_pool), API_POOL_MBUFS);
}

void api_balance(const struct rte_qsock_counts *c)
{
	assert_int_equal(c->offered, c->refused + c->queue_drop + c->accepted);
	assert_int_equal(c->accepted, c->on_time + c->late + c->late_drop + c->frame_drop + c->closed +
					      c->neigh_drop + c->tx_error + c->queued);
	assert_int_equal(c->late + c->late_drop, c->late_queue + c->late_stall + c->late_driver);
	assert_true(c->late_queue <= c->late + c->late_drop);
}

static uint16_t api_tx_burst(struct rte_qsock_egress *egress, struct rte_mbuf **pkts, uint16_t n)
{
	struct api_egress *e = (struct api_egress *)egress;
	uint16_t i;

	for (i = 0; i < n && e->accept > 0; i++, e->accept--, e->frames++) {
		if (e->frames < RTE_DIM(e->sizes))
			e->sizes[e->frames] = pkts[i]->pkt_len;
		rte_qsock_meta(pkts[i])->sent_ns = 0; /* as whoever has the mbuf next may do */
		rte_pktmbuf_free(pkts[i]);
		if (e->fail_every == 0 || (e->frames + 1) % e->fail_every != 0)
			continue;
		egress->tx_error_frames++;
		if (!e->silent)
			pkts[i] = NULL;
	}
	return i;
}

static uint64_t api_rate_bps(const struct rte_qsock_egress *egress)
{
	return UINT64_C(1000000000);
}

static uint32_t api_max_frame_bytes(const struct rte_qsock_egress *egress)
{
	return 1518;
}

static void api_free(struct rte_qsock_egress *egress)
{
	((struct api_egress *)egress)->freed++;
}

static const struct rte_qsock_egress_ops api_ops = {
	.name = "api",
	.tx_burst = api_tx_burst,
	.rate_bps = api_rate_bps,
	.max_frame_bytes = api_max_frame_bytes,
	.free = api_free,
};

struct rte_qsock_egress *api_egress_init(struct api_egress *e)
{
	memset(e, 0, sizeof(*e));
	e->head.ops = &api_ops;
	e->accept = UINT32_MAX;
	return &e->head;
}
