/* SPDX-License-Identifier: BSD-3-Clause */
#include "egress_kernel_bed.h"

struct rte_qsock_egress *bed_egress(struct rte_qsock_kernel_conf conf)
{
	conf.size = sizeof(conf);
	conf.ifname = NEAR;
	return bed_made(rte_qsock_egress_kernel(&conf));
}

struct rte_qsock_kernel_info bed_info(const struct rte_qsock_egress *e)
{
	struct rte_qsock_kernel_info info = {.size = sizeof(info)};

	assert_int_equal(rte_qsock_kernel_info_get(e, &info), 0);
	assert_int_equal(info.size, sizeof(info));
	assert_true(info.in_flight_bytes <= info.in_flight_limit_bytes);
	assert_true(info.dropped <= e->tx_error_frames);
	return info;
}

static struct rte_qsock_egress *make(void)
{
	return bed_open(0);
}

static struct bed_figures figures(const struct rte_qsock_egress *e)
{
	const struct rte_qsock_kernel_info info = bed_info(e);

	return BED_FIGURES(info);
}

/* The kernel refuses four more bytes to a frame without a VLAN tag. */
static int info_get(const struct rte_qsock_egress *e, void *info)
{
	return rte_qsock_kernel_info_get(e, info);
}

const struct bed_driver bed_driver = {
	.name = "egress_kernel",
	.beyond_mtu_bytes = 14,
	.receive_from = bed_watcher,
	.make = make,
	.figures = figures,
	.info_get = info_get,
	.info_bytes = sizeof(struct rte_qsock_kernel_info),
};
