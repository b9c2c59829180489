/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>

#include <rte_errno.h>

#include "bsd/qs_dev_driver.h"
#include "bsd/qs_fork.h"
#include "bsd/qs_room.h"
#include "eal/qs_log.h"
#include "service/qs_cap.h"
#include "service/qs_ways.h"

static int refuse(const struct qs_dev *dev, const char *what)
{
	QS_LOG(ERR, "device %s: %s\n", dev->name, what);
	return -EINVAL;
}

static int af_xdp_check(const struct qs_dev *dev, bool interface)
{
	const struct q_port_ex *ex = &dev->args.ex;

	if (!interface)
		return refuse(dev, "driver af_xdp is for kernel interfaces");
	if (ex->devargs != NULL)
		return refuse(dev, "devargs is not for driver af_xdp");
	if (ex->twin != NULL && strcmp(ex->twin, "none") != 0)
		return refuse(dev, "twin is not for driver af_xdp: the interface stays the kernel's");
	return 0;
}

int qs_dev_driver_choose(struct qs_dev *dev)
{
	const struct q_port_ex *ex = &dev->args.ex;
	bool interface = qs_ethdev_is_interface(dev->name);
	bool twin = ex->twin == NULL || strcmp(ex->twin, "none") != 0;

	dev->driver = qs_driver_choose((enum qs_driver)ex->driver, interface && ex->devargs == NULL, twin);
	if (dev->driver == QS_DRIVER_AF_XDP)
		return af_xdp_check(dev, interface);
	if (ex->in_flight_ns != 0 || ex->zero_copy != 0 || ex->cap_foreign_bps != 0)
		return refuse(dev, "in-flight, zero-copy and cap-foreign are for driver af_xdp");
	return 0;
}

struct rte_qsock_egress *qs_dev_egress(struct qs_dev *dev)
{
	const struct rte_qsock_af_xdp_conf conf = {
		.size = sizeof(conf),
		.ifname = dev->name,
		.in_flight_ns = dev->args.ex.in_flight_ns,
		.zero_copy = dev->args.ex.zero_copy != 0,
	};
	struct rte_qsock_egress *egress;
	struct qs_xsk before;

	if (dev->driver != QS_DRIVER_AF_XDP)
		return rte_qsock_egress_ethdev(dev->eth.id, 0);
	qs_xsk_list(&before);
	egress = rte_qsock_egress_af_xdp(&conf);
	if (egress == NULL)
		return NULL;
	qs_xsk_list(&dev->eth.xsk);
	qs_xsk_subtract(&dev->eth.xsk, &before);
	qs_xsk_own(&dev->eth.xsk);
	return egress;
}

static int cap_up(struct qs_dev *dev)
{
	const struct q_port_ex *ex = &dev->args.ex;
	const struct qs_qdisc_conf conf = {.rate_bps = ex->cap_foreign_bps,
					   .overhead_bytes = ex->overhead_set ? ex->overhead_bytes : 24};

	if (ex->cap_foreign_bps == 0)
		return 0;
	dev->cap = qs_cap_open(qs_ways_service(dev->ways), dev->name, &conf);
	return dev->cap != NULL ? 0 : -rte_errno;
}

int qs_dev_ways_up(struct qs_dev *dev)
{
	if (qs_qdisc_recover() < 0)
		QS_LOG(WARNING, "device %s: not every qdisc of an earlier run could be given back\n",
		       dev->name);
	dev->ways = qs_ways_open(dev->name, QS_ROOM_NEIGH_MAX);
	if (dev->ways == NULL)
		return -rte_errno;
	dev->route = qs_ways_route(dev->ways);
	qs_fork_close(qs_route_fd(dev->route));
	return cap_up(dev);
}

void qs_dev_ways_down(struct qs_dev *dev)
{
	qs_xsk_disown(&dev->eth.xsk);
	if (dev->ways == NULL)
		return;
	qs_fork_forget(qs_route_fd(dev->route));
	qs_ways_close(dev->ways);
	qs_cap_close(dev->cap);
}
