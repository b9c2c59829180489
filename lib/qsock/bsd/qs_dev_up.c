/* SPDX-License-Identifier: BSD-3-Clause */
/* A device from its name to a running TX core, and back. */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "bsd/qs_dev.h"
#include "bsd/qs_dev_driver.h"
#include "bsd/qs_drain.h"
#include "bsd/qs_eal.h"
#include "eal/qs_fork.h"
#include "bsd/qs_keeper.h"
#include "bsd/qs_node.h"
#include "bsd/qs_owner.h"
#include "bsd/qs_pool.h"
#include "bsd/qs_process.h"
#include "bsd/qs_room.h"
#include "bsd/qs_sock.h"
#include "eal/qs_log.h"
#include "net/qs_link_mtu.h"
#include "net/qs_packed_pool.h"
#include "rte_qsock_egress.h"
#include "twin/qs_move.h"
#include "twin/qs_twin.h"

#define BUFFERS_DEFAULT 16384u
#define KERNEL_BUFFERS 8192u
#define RX_BUFFERS 4096u
#define RATE_DEFAULT_BPS UINT64_C(1000000000)
#define HEADERS_MAX 32u /* Ethernet, tags, and some */

/* As asked for; else the interface's, as far as the driver can; else the port's. */
static int mtu_find(struct qs_dev *dev)
{
	struct rte_eth_dev_info info;

	dev->mtu = dev->args.ex.mtu;
	if (dev->mtu == 0 && dev->eth.interface) {
		dev->mtu = (uint16_t)RTE_MIN(qs_link_mtu(dev->name), (uint32_t)UINT16_MAX);
		if (rte_eth_dev_info_get(dev->eth.id, &info) == 0)
			dev->mtu = RTE_MIN(dev->mtu, info.max_mtu);
	}
	if (dev->mtu == 0 && rte_eth_dev_get_mtu(dev->eth.id, &dev->mtu) < 0)
		return -EIO;
	return 0;
}

static int pools_up(struct qs_dev *dev)
{
	uint32_t n = dev->args.ex.buffers != 0 ? dev->args.ex.buffers : BUFFERS_DEFAULT;
	uint16_t room = RTE_MAX((uint16_t)RTE_MBUF_DEFAULT_DATAROOM, (uint16_t)(dev->mtu + HEADERS_MAX));
	int socket_id;

	dev->node = qs_node_of_device(dev->eth.name);
	socket_id = qs_node_socket(dev->node);
	dev->buffers = qs_pool_take(n, room, false, socket_id);
	if (dev->driver == QS_DRIVER_AF_XDP) /* the kernel receives, and sends by itself */
		return dev->buffers == NULL ? -ENOMEM : 0;
	dev->kernel_buffers = qs_pool_take(KERNEL_BUFFERS, room, false, socket_id);
	dev->rx_buffers = qs_pool_take(RX_BUFFERS, room, qs_packed_pool_wanted(dev->eth.id), socket_id);
	return dev->buffers == NULL || dev->kernel_buffers == NULL || dev->rx_buffers == NULL ? -ENOMEM : 0;
}

static void pools_down(struct qs_dev *dev)
{
	qs_pool_give(dev->buffers);
	qs_pool_give(dev->kernel_buffers);
	qs_pool_give(dev->rx_buffers);
}

static void surround(struct qs_dev *dev)
{
	const struct qs_surroundings around = {
		.device_node = dev->node,
		.n_pools = dev->driver == QS_DRIVER_AF_XDP ? 1 : 3,
		.pool = {dev->buffers, dev->kernel_buffers, dev->rx_buffers},
	};

	qs_port_surround(dev->port, &around);
}

static int port_up(struct qs_dev *dev, unsigned int lcore)
{
	const struct q_port_ex *ex = &dev->args.ex;
	struct rte_qsock_port_conf conf = {
		.size = sizeof(conf),
		.name = dev->name,
		.scheduler = dev->discipline,
		.rate_bps = ex->rate_bps,
		.ahead_ns = ex->ahead_ns,
		.catchup_ns = ex->catchup_ns,
		.max_sockets = ex->max_sockets,
		.max_packets = ex->max_packets,
		.overhead_set = ex->overhead_set,
		.overhead_bytes = ex->overhead_bytes,
		.precedence = ex->precedence,
		.work_conserving = ex->work_conserving != 0,
		.socket_id = qs_node_socket(qs_placement_lcore(lcore)),
		.record = ex->record,
		.sleep_after_ns = ex->sleep_after_ns,
		.stall_ns = ex->stall_ns,
	};
	struct rte_qsock_egress *egress = qs_dev_egress(dev);

	dev->refused = egress == NULL;
	if (egress == NULL)
		return -rte_errno;
	conf.egress = egress;
	if (conf.rate_bps == 0 && egress->ops->rate_bps(egress) == 0)
		conf.rate_bps = RATE_DEFAULT_BPS;
	dev->port = rte_qsock_port_create(&conf);
	if (dev->port != NULL) {
		surround(dev);
		return 0;
	}
	egress->ops->free(egress);
	/* The program has made a port of the device itself. */
	return rte_errno == EEXIST ? -EBUSY : -rte_errno;
}

/* The TX core first: the port's memory goes to its node. */
static int tx_up(struct qs_dev *dev)
{
	int lcore = qs_eal_idle_worker(dev->node), ret;

	if (lcore < 0) {
		QS_LOG(ERR, "device %s: EAL has no idle worker lcore for its TX core\n", dev->name);
		return -EIO;
	}
	qs_node_warn(dev->name, dev->node, (unsigned int)lcore);
	ret = port_up(dev, (unsigned int)lcore);
	if (ret < 0)
		return ret;
	return rte_qsock_tx_launch(dev->port, (unsigned int)lcore) < 0 ? -rte_errno : 0;
}

static int twin_up(struct qs_dev *dev)
{
	const struct q_port_ex *ex = &dev->args.ex;
	struct rte_qsock_twin_conf conf = {
		.size = sizeof(conf),
		.name = ex->twin,
		.port = dev->port,
		.eth_port_id = dev->eth.id,
		.tx_pool = dev->kernel_buffers,
		.mtu = dev->mtu,
		.move_from = dev->eth.interface && !ex->no_move ? dev->name : NULL,
		.best_effort_limit_ns = ex->best_effort_ns,
		.neigh_packets = QS_ROOM_NEIGH_MAX,
	};

	if (ex->twin != NULL && strcmp(ex->twin, "none") == 0) {
		QS_LOG(WARNING,
		       "device %s has no twin: datagrams go through the kernel, where it has a route\n",
		       dev->name);
		return 0;
	}
	dev->twin = rte_qsock_twin_create(&conf);
	dev->refused = dev->twin == NULL;
	if (dev->twin == NULL)
		return -rte_errno;
	dev->route = qs_twin_route(dev->twin);
	qs_fork_close(qs_twin_tap_fd(dev->twin));
	qs_fork_close(qs_route_fd(dev->route));
	return 0;
}

static int eth_up(struct qs_dev *dev)
{
	struct rte_eth_conf conf;
	int ret = qs_ethdev_find(dev->name, dev->args.ex.devargs, &dev->eth);

	dev->refused = ret < 0;
	if (ret < 0)
		return ret;
	ret = mtu_find(dev);
	if (ret == 0)
		ret = pools_up(dev);
	if (ret == 0) {
		ret = qs_ethdev_start(&dev->eth, dev->rx_buffers, dev->mtu);
		dev->refused = ret < 0;
	}
	if (ret < 0) {
		qs_ethdev_stop(&dev->eth);
		pools_down(dev);
		return ret;
	}
	if (rte_eth_dev_conf_get(dev->eth.id, &conf) == 0)
		dev->tx_offloads = conf.txmode.offloads;
	return 0;
}

/* Nothing of EAL's. */
static int interface_up(struct qs_dev *dev)
{
	const uint16_t mtu = (uint16_t)RTE_MIN(qs_link_mtu(dev->name), (uint32_t)UINT16_MAX);
	int ret;

	if (mtu == 0)
		return -ENODEV;
	dev->mtu = dev->args.ex.mtu != 0 ? RTE_MIN(dev->args.ex.mtu, mtu) : mtu;
	snprintf(dev->eth.name, sizeof(dev->eth.name), "%s", dev->name);
	ret = pools_up(dev);
	if (ret < 0)
		pools_down(dev);
	return ret;
}

static void twin_down(struct qs_dev *dev)
{
	if (dev->twin == NULL)
		return;
	qs_fork_forget(qs_twin_tap_fd(dev->twin));
	qs_fork_forget(qs_route_fd(dev->route));
	rte_qsock_twin_free(dev->twin);
}

static void port_down(struct qs_dev *dev)
{
	twin_down(dev);
	if (dev->driver == QS_DRIVER_AF_XDP)
		qs_dev_ways_down(dev);
	if (dev->port != NULL)
		rte_qsock_port_free(dev->port);
	if (dev->driver != QS_DRIVER_AF_XDP)
		qs_ethdev_stop(&dev->eth);
	pools_down(dev);
}

static int dev_up(struct qs_dev *dev)
{
	int ret;

	/* What a run left that was killed comes back whatever this one's twin is. */
	if (qs_ethdev_is_interface(dev->name) && qs_move_recover() < 0)
		QS_LOG(WARNING, "device %s: not all that an earlier run moved could be given back\n",
		       dev->name);
	ret = dev->driver == QS_DRIVER_AF_XDP ? interface_up(dev) : eth_up(dev);
	if (ret < 0)
		return ret;
	ret = tx_up(dev);
	if (ret == 0)
		ret = dev->driver == QS_DRIVER_AF_XDP ? qs_dev_ways_up(dev) : twin_up(dev);
	if (ret < 0)
		port_down(dev);
	return ret;
}

struct longest {
	const struct qs_dev *dev;
	uint64_t ns;
};

static void linger_max(struct qs_bsd_sock *s, void *arg)
{
	struct longest *longest = arg;

	if (s->dev == longest->dev)
		longest->ns = RTE_MAX(longest->ns, s->attr.linger_ns);
}

static uint64_t longest_linger(const struct qs_dev *dev)
{
	struct longest longest = {dev, dev->linger_ns};

	qs_sock_foreach(linger_max, &longest);
	return longest.ns;
}

static void dev_down(struct qs_dev *dev)
{
	uint64_t linger_ns = longest_linger(dev);

	qs_drain_tcp(dev);
	qs_sock_detach_all(dev);
	qs_drain_wait(dev, linger_ns);
	port_down(dev);
}

/* A virtual device is its process's own: only what others can have too is locked. */
static bool is_owned(const struct qs_dev *dev)
{
	return qs_ethdev_is_interface(dev->name) || qs_eal_is_pci(dev->name);
}

static int prepare(struct qs_dev *dev)
{
	int ret = qs_eal_ensure(dev->name, dev->args.ex.eal_args);

	if (ret < 0)
		return ret;
	qs_process_measure();
	return qs_keeper_start();
}

const struct qs_dev_ops qs_dev_eal_ops = {
	.is_owned = is_owned,
	.prepare = prepare,
	.up = dev_up,
	.down = dev_down,
	.attach = qs_sock_attach,
};
