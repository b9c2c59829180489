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
#include <rte_qsock_egress.h>

#include <bsd/qs_eal.h>
#include <bsd/qs_owner.h>
#include <twin/qs_move.h>

#include "capture.h"
#include "device.h"

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
	return rc;
}

/* Let net_af_xdp take over queue 0 of a kernel interface. */
static int plug_af_xdp(struct dq_device *dev, uint32_t port_id, const char *ifname, struct dq_error *e)
{
	char args[64];
	int rc;

	snprintf(dev->ifname, sizeof(dev->ifname), "%s", ifname);
	snprintf(dev->eal_name, sizeof(dev->eal_name), "net_af_xdp_%s", ifname);
	snprintf(args, sizeof(args), "iface=%s", ifname);
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
	rc = rte_eal_hotplug_add("vdev", dev->eal_name, args);
	if (rc == 0) {
		dev->plugged = true;
		rc = rte_eth_dev_get_port_by_name(dev->eal_name, &dev->eth_port_id);
	}
	if (rc == 0)
		return 0;
	dq_device_close(dev);
	return dq_fail(e, -rc, QS_PORT_DEVICE, "[port %u]: device: net_af_xdp cannot take '%s': %s", port_id,
		       ifname, rte_strerror(-rc));
}

/* The names of all ethdevs, for a message. */
static void list_devices(char *buf, size_t len)
{
	char name[RTE_ETH_NAME_MAX_LEN];
	uint16_t id;
	size_t used = 0;

	buf[0] = '\0';
	RTE_ETH_FOREACH_DEV (id) {
		if (rte_eth_dev_get_name_by_port(id, name) == 0 && used < len)
			used += (size_t)snprintf(buf + used, len - used, "%s%s", used > 0 ? ", " : "", name);
	}
	if (used == 0)
		snprintf(buf, len, "none");
}

int dq_device_find(struct dq_device *dev, const struct qs_port_config *conf, struct dq_error *e)
{
	const char *name = conf->device;
	char known[256];

	*dev = (struct dq_device){0};
	if (name[0] == '\0')
		return dq_fail(e, EINVAL, QS_PORT_DEVICE,
			       "[port %u]: device is missing: an EAL port (0000:01:00.0, net_af_xdp0) or a "
			       "kernel interface (eth1)",
			       conf->id);
	if (strlen(name) < sizeof(dev->eal_name) &&
	    rte_eth_dev_get_port_by_name(name, &dev->eth_port_id) == 0) {
		snprintf(dev->eal_name, sizeof(dev->eal_name), "%s", name);
		return own_ethdev(dev, conf->id, e);
	}
	if (strlen(name) < sizeof(dev->ifname) && if_nametoindex(name) != 0)
		return plug_af_xdp(dev, conf->id, name, e);
	list_devices(known, sizeof(known));
	return dq_fail(e, ENODEV, QS_PORT_DEVICE,
		       "[port %u]: device: '%s' is neither an EAL port (%s) nor a kernel interface", conf->id,
		       name, known);
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

	do {
		dq_capture_begin();
		rc = rte_qsock_ethdev_setup(dev->eth_port_id, &setup);
		dq_capture_end();
	} while (rc < 0 && --tries > 0 && nanosleep(&wait, NULL) == 0);
	if (rc < 0)
		return dq_fail(e, EIO, QS_PORT_DEVICE, "[port %u]: device: '%s' cannot be started: %s",
			       conf->id, conf->device, dq_captured());
	dev->started = true;
	return 0;
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
