/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <rte_bus.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_log.h>

#include "bsd/qs_eal.h"
#include "bsd/qs_ethdev.h"
#include "eal/qs_log.h"
#include "rte_qsock_egress.h"

#define BUSY_TRIES 30
#define BUSY_PAUSE_NS 100000000

bool qs_ethdev_is_interface(const char *dev)
{
	uint16_t id;

	return if_nametoindex(dev) != 0 &&
	       (rte_eth_dev_count_total() == 0 || rte_eth_dev_get_port_by_name(dev, &id) < 0);
}

static int plug(const char *devargs, struct qs_ethdev *eth)
{
	size_t name_len = strcspn(devargs, ",");

	if (name_len >= sizeof(eth->name) || strlen(devargs) >= sizeof(eth->devargs)) {
		QS_LOG(ERR, "device '%s': its name or its arguments are too long\n", devargs);
		return -ENODEV;
	}
	memcpy(eth->name, devargs, name_len);
	eth->name[name_len] = 0;
	if (devargs != eth->devargs)
		snprintf(eth->devargs, sizeof(eth->devargs), "%s", devargs);
	if (rte_dev_probe(devargs) < 0) {
		QS_LOG(ERR, "device '%s': EAL cannot plug it in\n", devargs);
		return -ENODEV;
	}
	if (rte_eth_dev_get_port_by_name(eth->name, &eth->id) < 0) {
		QS_LOG(ERR, "device '%s' is no Ethernet port\n", devargs);
		return -ENODEV;
	}
	eth->plugged = true;
	return 0;
}

int qs_ethdev_find(const char *dev, const char *devargs, struct qs_ethdev *eth)
{
	char args[sizeof(eth->devargs)];

	memset(eth, 0, sizeof(*eth));
	eth->interface = qs_ethdev_is_interface(dev);
	if (devargs != NULL)
		return plug(devargs, eth);
	if (rte_eth_dev_get_port_by_name(dev, &eth->id) == 0) {
		snprintf(eth->name, sizeof(eth->name), "%s", dev);
		return 0;
	}
	if (eth->interface) {
		/* Without busy polling: the twin's thread, not the data plane, polls its receive queue. */
		snprintf(args, sizeof(args), "net_af_xdp_%s,iface=%s,busy_budget=0", dev, dev);
		return plug(args, eth);
	}
	if (strncmp(dev, "net_", 4) == 0 || qs_eal_is_pci(dev))
		return plug(dev, eth);
	QS_LOG(ERR, "device '%s': neither an interface nor a port of EAL's\n", dev);
	return -ENODEV;
}

static void buffer_back(struct rte_mempool *pool, void *arg, void *buffer, unsigned int i)
{
	rte_mempool_put(pool, buffer);
}

/* Nobody has any of them: those that a failed set-up did not give back are found among all. */
static void buffers_back(struct rte_mempool *pool)
{
	void *buffer;

	while (rte_mempool_get(pool, &buffer) == 0)
		;
	rte_mempool_obj_iter(pool, buffer_back, NULL);
}

void qs_ethdev_stop(struct qs_ethdev *eth)
{
	struct rte_eth_dev_info info;

	qs_xsk_disown(&eth->xsk);
	rte_eth_dev_stop(eth->id);
	if (!eth->plugged)
		return;
	if (rte_eth_dev_info_get(eth->id, &info) == 0 && info.device != NULL)
		rte_dev_remove(info.device);
	qs_xsk_close(&eth->xsk);
	eth->xsk.count = 0;
	eth->plugged = false;
}

/* A queue that is busy is told once, not with every try: these are silent but for the first and the last. */
struct quiet {
	bool on;
	int driver, driver_level, own_level;
};

static void quiet_begin(struct quiet *q, const char *name)
{
	if (q->on)
		return;
	QS_LOG(NOTICE, "device %s: it may be busy yet, and is tried again for 3 s\n", name);
	q->on = true;
	q->driver = rte_log_register("pmd.net.af_xdp");
	q->driver_level = q->driver < 0 ? -1 : rte_log_get_level((uint32_t)q->driver);
	q->own_level = rte_log_get_level((uint32_t)qs_logtype);
	if (q->driver_level >= 0)
		rte_log_set_level((uint32_t)q->driver, RTE_LOG_CRIT);
	rte_log_set_level((uint32_t)qs_logtype, RTE_LOG_CRIT);
}

static void quiet_end(struct quiet *q)
{
	if (!q->on)
		return;
	q->on = false;
	if (q->driver_level >= 0)
		rte_log_set_level((uint32_t)q->driver, (uint32_t)q->driver_level);
	rte_log_set_level((uint32_t)qs_logtype, (uint32_t)q->own_level);
}

/* Set it up once more, after a while. What net_af_xdp took for the failed set-up it does not give back, and
 * its rings keep their places. */
static int again(struct qs_ethdev *eth, struct rte_mempool *rx_pool)
{
	struct timespec pause = {0, BUSY_PAUSE_NS};

	qs_ethdev_stop(eth);
	buffers_back(rx_pool);
	nanosleep(&pause, NULL);
	return plug(eth->devargs, eth);
}

int qs_ethdev_start(struct qs_ethdev *eth, struct rte_mempool *rx_pool, uint16_t mtu)
{
	struct rte_qsock_ethdev_conf conf = {.size = sizeof(conf), .rx_pool = rx_pool, .mtu = mtu};
	struct quiet quiet = {.on = false};
	struct qs_xsk before;
	int tries = 1, ret = 0;

	qs_xsk_list(&before);
	while (ret == 0 && rte_qsock_ethdev_setup(eth->id, &conf) != 0) {
		/* The kernel takes a moment to let go of the queue of a process that has just ended. */
		if (rte_errno != EIO || !eth->interface || !eth->plugged || tries == BUSY_TRIES) {
			ret = -rte_errno;
			break;
		}
		quiet_begin(&quiet, eth->name);
		if (++tries == BUSY_TRIES)
			quiet_end(&quiet);
		ret = again(eth, rx_pool);
	}
	quiet_end(&quiet);
	if (ret < 0)
		return ret;
	qs_xsk_list(&eth->xsk);
	qs_xsk_subtract(&eth->xsk, &before);
	qs_xsk_own(&eth->xsk);
	return 0;
}
