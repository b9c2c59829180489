/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * e2e over a device that was given to EAL, as --vdev or -a, instead of net_null: test/perf/af_xdp.sh runs it
 * on a veth pair. Packets come from the pool that the device receives into, as testpmd's do.
 */
#include <stdio.h>

#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_qsock_egress.h>

#include "perf.h"

#define WIRE_MBUFS 16383u
#define WIRE_CACHE 512u

/* @return the first device that is not ours; RTE_MAX_ETHPORTS: there is none */
static uint16_t wire_device(const struct perf_world *w)
{
	uint16_t id;

	RTE_ETH_FOREACH_DEV (id) {
		if (id != w->eth_port_id)
			return id;
	}
	return RTE_MAX_ETHPORTS;
}

static int wire_rows(const struct perf_world *w, const struct perf_options *o, uint32_t sockets,
		     const char *name)
{
	struct perf_values v = {0};
	struct perf_port p = {0};
	char what[56];
	uint32_t i;

	if (perf_port_open(&p, w, o, sockets, 64, NULL) != 0)
		return -1;
	perf_e2e_once(w, &p, o->packets / 4);
	for (i = 0; i < o->reps; i++)
		perf_add(&v, perf_e2e_once(w, &p, o->packets));
	snprintf(what, sizeof(what), "socket to %.32s, scattered", name);
	perf_result(&(struct perf_row){.mode = "wire",
				       .what = what,
				       .sched = o->scheduler,
				       .unit = PERF_NS_PACKET,
				       .sockets = sockets,
				       .v = &v});
	perf_port_close(&p);
	return 0;
}

int perf_wire(const struct perf_world *w, const struct perf_options *o)
{
	struct rte_qsock_ethdev_conf conf = {.size = sizeof(conf), .txd = 2048, .rxd = 2048};
	struct perf_world wire = *w;
	char name[RTE_ETH_NAME_MAX_LEN] = "";
	uint32_t i;
	int ret = 0;

	wire.eth_port_id = wire_device(w);
	if (wire.eth_port_id == RTE_MAX_ETHPORTS) {
		fprintf(stderr, "dpdk-qsock-perf: wire: EAL has no device (--vdev, -a): left out\n");
		return 0;
	}
	rte_eth_dev_get_name_by_port(wire.eth_port_id, name);
	wire.pool = rte_pktmbuf_pool_create("perf_wire", WIRE_MBUFS, WIRE_CACHE, 0, RTE_MBUF_DEFAULT_BUF_SIZE,
					    SOCKET_ID_ANY);
	conf.rx_pool = wire.pool;
	if (wire.pool == NULL || rte_qsock_ethdev_setup(wire.eth_port_id, &conf) != 0) {
		fprintf(stderr, "dpdk-qsock-perf: wire: %s: %s\n", name, rte_strerror(rte_errno));
		return -1;
	}
	for (i = 0; i < o->nr_sockets && ret == 0; i++)
		ret = wire_rows(&wire, o, o->sockets[i], name);
	rte_eth_dev_stop(wire.eth_port_id);
	rte_eth_dev_close(wire.eth_port_id);
	return ret;
}
