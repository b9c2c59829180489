/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_errno.h>

#include "bsd/qs_dev_driver.h"
#include "eal/qs_fork.h"
#include "bsd/qs_room.h"
#include "eal/qs_log.h"
#include "net/qs_link_mtu.h"
#include "net/qs_qdisc.h"
#include "service/qs_cap.h"
#include "service/qs_ways.h"

static bool has_twin(const struct q_port_ex *ex)
{
	return ex->twin == NULL || strcmp(ex->twin, "none") != 0;
}

const char *qs_dev_driver_lacks(const struct q_port_ex *ex, enum qs_driver driver)
{
	if (driver == QS_DRIVER_KERNEL && ex->record != NULL)
		return "record";
	if (driver != QS_DRIVER_ETHDEV && ex->devargs != NULL)
		return "devargs";
	if (driver != QS_DRIVER_ETHDEV && ex->twin != NULL && has_twin(ex))
		return "twin: the interface stays the kernel's";
	if (driver != QS_DRIVER_AF_XDP &&
	    (ex->in_flight_ns != 0 || ex->zero_copy != 0 || ex->cap_foreign_bps != 0))
		return "in-flight, zero-copy and cap-foreign";
	if (driver != QS_DRIVER_KERNEL && (ex->etf != 0 || ex->memory_bytes != 0))
		return "etf and memory";
	return NULL;
}

void qs_dev_driver_set(struct qs_dev *dev, enum qs_driver driver)
{
	dev->driver = driver;
	dev->ops = driver == QS_DRIVER_KERNEL ? &qs_dev_kernel_ops : &qs_dev_eal_ops;
}

/* Nothing is left of it, but what another driver must not find. */
static void forget(struct qs_dev *dev)
{
	memset(&dev->eth, 0, sizeof(dev->eth));
	dev->port = NULL;
	dev->twin = NULL;
	dev->ways = NULL;
	dev->cap = NULL;
	dev->route = NULL;
	dev->buffers = dev->kernel_buffers = dev->rx_buffers = NULL;
	dev->mtu = 0;
	dev->tx_offloads = 0;
}

/* net_af_xdp changes it, and leaves it so. */
static void mtu_back(const char *ifname, uint32_t mtu_bytes)
{
	if (mtu_bytes != 0 && qs_link_mtu(ifname) != mtu_bytes && qs_link_mtu_set(ifname, mtu_bytes) < 0)
		QS_LOG(WARNING, "device %s: its MTU was %u, and could not be given back\n", ifname,
		       mtu_bytes);
}

/* What net_af_xdp leaves open would keep the queue from the next driver. */
static int up(void *arg, enum qs_driver driver, struct qs_refusal *refusal)
{
	struct qs_dev *dev = arg;
	const uint32_t mtu_bytes = qs_link_mtu(dev->name);
	struct qs_xsk before;
	int ret;

	qs_xsk_list(&before);
	qs_dev_driver_set(dev, driver);
	dev->refused = false;
	ret = dev->ops->up(dev);
	if (ret == 0)
		return 0;
	refusal->by_driver = dev->refused;
	snprintf(refusal->why, sizeof(refusal->why), "%s", strerror(-ret));
	forget(dev);
	qs_xsk_close_new(&before);
	mtu_back(dev->name, mtu_bytes);
	return ret;
}

static bool fits(void *arg, enum qs_driver driver)
{
	const struct qs_dev *dev = arg;

	return qs_dev_driver_lacks(&dev->args.ex, driver) == NULL;
}

static void gives_way(void *arg, enum qs_driver from, enum qs_driver to, const char *why)
{
	const struct qs_dev *dev = arg;

	qs_choice_tell(dev->name, from, to, why);
}

static int settings_check(const struct qs_dev *dev, const struct qs_choice *choice)
{
	const enum qs_driver first = qs_choice_first(choice);
	const char *no = qs_dev_driver_lacks(&dev->args.ex, first);

	if (no != NULL)
		QS_LOG(ERR, "device %s: driver %s has no %s\n", dev->name, qs_drivers[first].name, no);
	else if (first == QS_DRIVER_AF_XDP && !choice->interface)
		QS_LOG(ERR, "device %s: driver af_xdp is for kernel interfaces\n", dev->name);
	else
		return 0;
	return -EINVAL;
}

int qs_dev_driver_up(struct qs_dev *dev)
{
	static const struct qs_choice_steps steps = {up, fits, gives_way};
	const struct q_port_ex *ex = &dev->args.ex;
	struct qs_choice choice = {
		.asked = (enum qs_driver)ex->driver,
		.twin = !has_twin(ex)	   ? QS_TWIN_NONE
			: ex->twin != NULL ? QS_TWIN_MUST
					   : QS_TWIN_MAY,
		.mtu_bytes = qs_link_mtu(dev->name),
		.kernel = QS_DRIVER_KERNEL,
	};

	if (choice.asked == QS_DRIVER_KERNEL) /* which has no EAL to be asked */
		return dev->ops->up(dev);
	choice.interface = ex->devargs == NULL && qs_ethdev_is_interface(dev->name);
	if (settings_check(dev, &choice) < 0)
		return -EINVAL;
	return qs_choice_up(&choice, &steps, dev, &dev->driver);
}

struct rte_qsock_egress *qs_dev_egress(struct qs_dev *dev)
{
	const struct rte_qsock_af_xdp_conf conf = {
		.size = sizeof(conf),
		.ifname = dev->name,
		.in_flight_ns = dev->args.ex.in_flight_ns,
		.zero_copy = dev->args.ex.zero_copy != 0,
	};

	return dev->driver == QS_DRIVER_AF_XDP ? rte_qsock_egress_af_xdp(&conf)
					       : rte_qsock_egress_ethdev(dev->eth.id, 0);
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
	if (dev->ways == NULL)
		return;
	qs_fork_forget(qs_route_fd(dev->route));
	qs_ways_close(dev->ways);
	qs_cap_close(dev->cap);
}
