/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <rte_bus.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_qsock_egress_kernel.h>

#include <bsd/qs_eal.h>
#include <bsd/qs_owner.h>
#include <service/qs_cap.h>
#include <service/qs_ways.h>
#include <twin/qs_move.h>

#include "capture.h"
#include "device.h"
#include "qs_config_keys.h"

/* The kernel frees the socket of a queue some time after its owner has gone. */
#define START_TRIES 20
#define START_WAIT_NS 100000000

/* Put a kernel interface up or down. @return whether it was up, or a negative errno value */
static int set_link(const char *ifname, bool up)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), rc = -1;
	struct ifreq req = {0};
	bool was_up;

	if (fd < 0)
		return -errno;
	snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", ifname);
	if (ioctl(fd, SIOCGIFFLAGS, &req) < 0)
		goto out;
	was_up = (req.ifr_flags & IFF_UP) != 0;
	req.ifr_flags = (short)(up ? req.ifr_flags | IFF_UP : req.ifr_flags & ~IFF_UP);
	if (was_up == up || ioctl(fd, SIOCSIFFLAGS, &req) == 0)
		rc = was_up;
out:
	if (rc < 0)
		rc = -errno;
	close(fd);
	return rc;
}

static int own(struct dq_device *dev, uint32_t port_id, const char *name, bool interface, struct dq_error *e)
{
	int fd;

	dq_capture_begin();
	fd = qs_owner_take(name, interface);
	rte_errno = fd < 0 ? -fd : 0;
	dq_capture_end();
	if (fd < 0)
		return dq_fail(e, rte_errno, QS_PORT_DEVICE, "[port %u]: device: '%s' cannot be taken: %s",
			       port_id, name, dq_captured());
	dev->owner_fd = fd;
	dev->owned = true;
	return 0;
}

/* A virtual device of EAL's is this process's own, but for the interface that net_af_xdp is on. */
static int own_ethdev(struct dq_device *dev, uint32_t port_id, struct dq_error *e)
{
	struct rte_eth_dev_info info;
	char ifname[IFNAMSIZ];

	if (qs_eal_is_pci(dev->eal_name))
		return own(dev, port_id, dev->eal_name, false, e);
	if (rte_eth_dev_info_get(dev->eth_port_id, &info) == 0 && info.if_index != 0 &&
	    strcmp(info.driver_name, "net_af_xdp") == 0 && if_indextoname(info.if_index, ifname) != NULL)
		return own(dev, port_id, ifname, true, e);
	return 0;
}

/* What a crash has left on another interface comes back before this one is looked at. */
static int own_interface(struct dq_device *dev, uint32_t port_id, const char *ifname, struct dq_error *e)
{
	int rc = own(dev, port_id, ifname, true, e);

	if (rc == 0 && qs_move_recover() < 0)
		fprintf(stderr, "dpdk-qsock: not everything that an earlier run moved could be given back\n");
	if (rc == 0 && qs_qdisc_recover() < 0)
		fprintf(stderr, "dpdk-qsock: not every qdisc of an earlier run could be given back\n");
	return rc;
}

/* A kernel interface, for either driver. */
static int take_interface(struct dq_device *dev, uint32_t port_id, const char *ifname, struct dq_error *e)
{
	int rc;

	snprintf(dev->ifname, sizeof(dev->ifname), "%s", ifname);
	rc = own_interface(dev, port_id, ifname, e);
	if (rc < 0)
		return rc;
	rc = set_link(ifname, true);
	if (rc < 0) {
		dq_device_close(dev);
		return dq_fail(e, -rc, QS_PORT_DEVICE, "[port %u]: device: '%s' cannot be put up: %s",
			       port_id, ifname, strerror(-rc));
	}
	dev->was_down = rc == 0;
	return 0;
}

/* Let net_af_xdp take over queue 0 of it. */
static int plug_af_xdp(struct dq_device *dev, uint32_t port_id, const char *ifname, struct dq_error *e)
{
	char args[64];
	int rc = take_interface(dev, port_id, ifname, e);

	if (rc < 0)
		return rc;
	snprintf(dev->eal_name, sizeof(dev->eal_name), "net_af_xdp_%s", ifname);
	snprintf(args, sizeof(args), "iface=%s", ifname);
	rc = rte_eal_hotplug_add("vdev", dev->eal_name, args);
	if (rc == 0) {
		dev->plugged = true;
		rc = rte_eth_dev_get_port_by_name(dev->eal_name, &dev->eth_port_id);
	}
	if (rc == 0)
		return 0;
	dq_device_close(dev);
	dev->refused = true;
	return dq_fail(e, ENODEV, QS_PORT_DEVICE, "[port %u]: device: net_af_xdp cannot take '%s': %s",
		       port_id, ifname, rte_strerror(-rc));
}

int dq_device_take(struct dq_device *dev, const struct qs_port_config *conf, enum qs_driver driver,
		   struct dq_error *e)
{
	const char *name = conf->device;

	*dev = (struct dq_device){.driver = driver, .eth_port_id = RTE_MAX_ETHPORTS};
	if (driver != QS_DRIVER_ETHDEV)
		return take_interface(dev, conf->id, name, e);
	if (strlen(name) >= sizeof(dev->eal_name) ||
	    rte_eth_dev_get_port_by_name(name, &dev->eth_port_id) != 0)
		return plug_af_xdp(dev, conf->id, name, e);
	snprintf(dev->eal_name, sizeof(dev->eal_name), "%s", name);
	return own_ethdev(dev, conf->id, e);
}

int dq_device_start(struct dq_device *dev, const struct qs_port_config *conf, struct rte_mempool *rx_pool,
		    struct dq_error *e)
{
	const struct rte_qsock_ethdev_conf setup = {
		.size = sizeof(setup),
		.rx_pool = rx_pool,
		.txd = (uint16_t)conf->txd,
		.rxd = (uint16_t)conf->rxd,
		.mtu = (uint16_t)conf->mtu_bytes,
		.tx_queues = (uint16_t)conf->tx_queues,
	};
	const struct timespec wait = {0, START_WAIT_NS};
	int rc, tries = dev->plugged ? START_TRIES : 1;

	if (dev->driver != QS_DRIVER_ETHDEV)
		return 0;
	do {
		dq_capture_begin();
		rc = rte_qsock_ethdev_setup(dev->eth_port_id, &setup);
		dq_capture_end();
	} while (rc < 0 && --tries > 0 && nanosleep(&wait, NULL) == 0);
	if (rc < 0) {
		dev->refused = true;
		return dq_fail(e, EIO, QS_PORT_DEVICE, "[port %u]: device: '%s' cannot be started: %s",
			       conf->id, conf->device, dq_captured());
	}
	dev->started = true;
	return 0;
}

static struct rte_qsock_egress *af_xdp_egress(const struct dq_device *dev, const struct qs_port_config *conf,
					      uint16_t queue)
{
	const struct rte_qsock_af_xdp_conf af_xdp = {
		.size = sizeof(af_xdp),
		.ifname = dev->ifname,
		.queue_id = queue,
		.in_flight_ns = conf->in_flight_ns,
		.busy_poll_us = conf->busy_poll_us,
		.zero_copy = conf->zero_copy,
	};

	return rte_qsock_egress_af_xdp(&af_xdp);
}

static struct rte_qsock_egress *kernel_egress(const struct dq_device *dev, const struct qs_port_config *conf)
{
	const struct rte_qsock_kernel_conf kernel = {
		.size = sizeof(kernel),
		.ifname = dev->ifname,
		.rate_bps = conf->rate_bps,
		.in_flight_ns = conf->in_flight_ns,
		.overhead_set = true,
		.overhead_bytes = (uint8_t)conf->overhead_bytes,
		.force = conf->force,
	};

	return rte_qsock_egress_kernel(&kernel);
}

struct rte_qsock_egress *dq_device_egress(struct dq_device *dev, const struct qs_port_config *conf,
					  uint16_t queue)
{
	struct rte_qsock_egress *egress = dev->driver == QS_DRIVER_AF_XDP ? af_xdp_egress(dev, conf, queue)
					  : dev->driver == QS_DRIVER_PACKET
						  ? kernel_egress(dev, conf)
						  : rte_qsock_egress_ethdev(dev->eth_port_id, queue);

	dev->refused = egress == NULL;
	return egress;
}

static int dq_device_cap(struct dq_device *dev, const struct qs_port_config *conf, struct dq_error *e)
{
	const struct qs_qdisc_conf cap = {.rate_bps = conf->cap_foreign_bps,
					  .overhead_bytes = conf->overhead_bytes};

	if (conf->cap_foreign_bps == 0)
		return 0;
	dq_capture_begin();
	dev->cap = qs_cap_open(qs_ways_service(dev->ways), dev->ifname, &cap);
	dq_capture_end();
	if (dev->cap == NULL)
		return dq_fail(e, rte_errno, QS_PORT_CAP_FOREIGN, "[port %u]: cap-foreign: %s", conf->id,
			       dq_captured());
	return 0;
}

int dq_device_surround(struct dq_device *dev, const struct qs_port_config *conf, struct dq_error *e)
{
	if (dev->driver == QS_DRIVER_ETHDEV)
		return 0;
	dq_capture_begin();
	dev->ways = qs_ways_open(dev->ifname, 0);
	dq_capture_end();
	if (dev->ways == NULL)
		return dq_fail(e, rte_errno, QS_PORT_DEVICE, "[port %u]: device: '%s': %s", conf->id,
			       conf->device, dq_captured());
	return dq_device_cap(dev, conf, e);
}

void dq_device_alone(struct dq_device *dev)
{
	qs_ways_close(dev->ways);
	dev->ways = NULL;
	qs_cap_close(dev->cap);
	dev->cap = NULL;
}

void dq_device_close(struct dq_device *dev)
{
	if (dev->started)
		rte_eth_dev_stop(dev->eth_port_id);
	dev->started = false;
	if (dev->plugged)
		rte_eal_hotplug_remove("vdev", dev->eal_name);
	dev->plugged = false;
	if (dev->was_down)
		set_link(dev->ifname, false);
	dev->was_down = false;
	if (dev->owned)
		qs_owner_release(dev->owner_fd);
	dev->owned = false;
}
