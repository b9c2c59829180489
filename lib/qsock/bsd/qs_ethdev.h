/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The ethdev behind a device's name: one that EAL has, or one plugged in for it.
 */
#ifndef QS_ETHDEV_H
#define QS_ETHDEV_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_dev.h>
#include <rte_mempool.h>

#include "bsd/qs_xsk.h"

#ifdef __cplusplus
extern "C" {
#endif

/** An ethdev, and how we came by it. */
struct qs_ethdev {
	uint16_t id;
	bool plugged;	/**< plugged in here: unplugged at the end */
	bool interface; /**< stands for a kernel interface */
	char name[RTE_DEV_NAME_MAX_LEN];
	char devargs[256]; /**< what was plugged in */
	struct qs_xsk xsk; /**< sockets of net_af_xdp's, made by its set-up */
};

/** Whether a device's name is that of a kernel interface and of no port of EAL's. [ctl] */
bool qs_ethdev_is_interface(const char *dev);

/**
 * Find the port of a device, or plug one in. [ctl]
 * @param devargs what to plug in; NULL: the port named dev, net_af_xdp on the interface dev, or the virtual
 * device dev
 * @return 0; -ENODEV no such device; -EIO the driver refused
 */
int qs_ethdev_find(const char *dev, const char *devargs, struct qs_ethdev *eth);

/**
 * Configure and start it. A queue of AF_XDP that another process has just left may be busy for a moment:
 * it is plugged in anew and tried again. [ctl]
 * @param rx_pool nobody else may have buffers of it yet
 * @return 0; negative errno
 */
int qs_ethdev_start(struct qs_ethdev *eth, struct rte_mempool *rx_pool, uint16_t mtu);

/** Stop it, and unplug it if it was plugged in here. [ctl] */
void qs_ethdev_stop(struct qs_ethdev *eth);

#ifdef __cplusplus
}
#endif
#endif
