/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * e2e over a device that was given to EAL, as --vdev or -a, instead of net_null, or over a kernel interface:
 * test/perf/af_xdp.sh runs it on a veth pair. Packets come from the pool that the device receives into, as
 * testpmd's do.
 */
#include <stdio.h>

#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_qsock_egress_kernel.h>

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

/* What the row is about. */
struct wire {
	struct perf_world world;
	const char *interface; /* NULL: the world's device */
	char name[RTE_ETH_NAME_MAX_LEN];
};

/* NULL: the port makes that of the device itself. */
static struct rte_qsock_egress *wire_egress(const struct wire *wire, const struct perf_options *o)
{
	const struct rte_qsock_af_xdp_conf af_xdp = {.size = sizeof(af_xdp), .ifname = wire->interface};
	const struct rte_qsock_kernel_conf kernel = {.size = sizeof(kernel), .ifname = wire->interface};

	if (wire->interface == NULL)
		return NULL;
	return o->through_kernel ? rte_qsock_egress_kernel(&kernel) : rte_qsock_egress_af_xdp(&af_xdp);
}

static int wire_rows(const struct wire *wire, const struct perf_options *o, uint32_t sockets)
{
	struct rte_qsock_egress *egress = wire_egress(wire, o);
	struct perf_values v = {0};
	struct perf_port p = {0};
	char what[56];
	uint32_t i;

	if ((wire->interface != NULL && egress == NULL) ||
	    perf_port_open(&p, &wire->world, o, sockets, 64, egress) != 0)
		return -1;
	perf_e2e_once(&wire->world, &p, o->packets / 4);
	for (i = 0; i < o->reps; i++)
		perf_add(&v, perf_e2e_once(&wire->world, &p, o->packets));
	snprintf(what, sizeof(what), "socket to %.32s, scattered", wire->name);
	perf_result(&(struct perf_row){.mode = "wire",
				       .what = what,
				       .sched = o->scheduler,
				       .unit = PERF_NS_PACKET,
				       .sockets = sockets,
				       .v = &v});
	perf_port_close(&p);
	return 0;
}

static int wire_device_up(struct wire *wire)
{
	struct rte_qsock_ethdev_conf conf = {
		.size = sizeof(conf), .rx_pool = wire->world.pool, .txd = 2048, .rxd = 2048};

	rte_eth_dev_get_name_by_port(wire->world.eth_port_id, wire->name);
	return rte_qsock_ethdev_setup(wire->world.eth_port_id, &conf);
}

int perf_wire(const struct perf_world *w, const struct perf_options *o)
{
	struct wire wire = {.world = *w, .interface = o->interface};
	uint32_t i;
	int ret = 0;

	wire.world.eth_port_id = wire_device(w);
	if (wire.interface == NULL && wire.world.eth_port_id == RTE_MAX_ETHPORTS) {
		fprintf(stderr, "dpdk-qsock-perf: wire: EAL has no device (--vdev, -a): left out\n");
		return 0;
	}
	wire.world.pool = rte_pktmbuf_pool_create("perf_wire", WIRE_MBUFS, WIRE_CACHE, 0,
						  RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	if (wire.interface != NULL)
		snprintf(wire.name, sizeof(wire.name), "%s on %s", o->through_kernel ? "kernel" : "af_xdp",
			 wire.interface);
	if (wire.world.pool == NULL || (wire.interface == NULL && wire_device_up(&wire) != 0)) {
		fprintf(stderr, "dpdk-qsock-perf: wire: %s: %s\n", wire.name, rte_strerror(rte_errno));
		return -1;
	}
	for (i = 0; i < o->nr_sockets && ret == 0; i++)
		ret = wire_rows(&wire, o, o->sockets[i]);
	if (wire.interface == NULL) {
		rte_eth_dev_stop(wire.world.eth_port_id);
		rte_eth_dev_close(wire.world.eth_port_id);
	}
	return ret;
}
