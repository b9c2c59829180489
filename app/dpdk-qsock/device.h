/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The device of a port: an ethdev that EAL has, a kernel interface that net_af_xdp takes over, or one that
 * stays the kernel's.
 */
#ifndef DQ_DEVICE_H
#define DQ_DEVICE_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_mempool.h>

#include "common/choose.h"
#include "error.h"

#define DQ_DEVICE_NAME 64 /* RTE_ETH_NAME_MAX_LEN */

struct qs_ways;
struct qs_cap;
struct rte_qsock_egress;

struct dq_device {
	enum qs_driver driver;
	uint16_t eth_port_id; /* of driver ethdev */
	bool plugged;	      /* a vdev that we made */
	bool started;
	bool refused;  /* it failed for the driver's sake: another may do */
	bool was_down; /* the kernel interface: put it down again */
	bool owned;
	int owner_fd;	       /* of its lock, while it is owned */
	char ifname[IFNAMSIZ]; /* the kernel interface; "": an ethdev of EAL's */
	char eal_name[DQ_DEVICE_NAME];
	struct qs_ways *ways; /* of an interface that stays the kernel's */
	struct qs_cap *cap;   /* of what the kernel sends beside it; NULL: none */
};

/** What the device that a port names is, for the choice of its driver; and whether the port's keys are for
 * the first. */
int dq_device_look(const struct qs_port_config *conf, struct qs_choice *choice, struct dq_error *e);

/** Whether the port's keys are for a driver. */
bool dq_device_fits(const struct qs_port_config *conf, enum qs_driver driver);

/**
 * Take the device for a driver: the ethdev that a port names, or one made on the kernel interface that it
 * names, or that interface itself. What another process could have too is locked, as the sockets' library
 * does: -EBUSY where one has it.
 */
int dq_device_take(struct dq_device *dev, const struct qs_port_config *conf, enum qs_driver driver,
		   struct dq_error *e);

/** Configure and start it. A socket on a queue that was in use a moment ago is tried again. */
int dq_device_start(struct dq_device *dev, const struct qs_port_config *conf, struct rte_mempool *rx_pool,
		    struct dq_error *e);

/** Where a queue's frames go. NULL: rte_errno, and the log says why. */
struct rte_qsock_egress *dq_device_egress(struct dq_device *dev, const struct qs_port_config *conf,
					  uint16_t queue);

/** What is beside the port where no twin is: routes and neighbours, and the bound of what the kernel sends.
 */
int dq_device_surround(struct dq_device *dev, const struct qs_port_config *conf, struct dq_error *e);

/** The end of that, while the port is there yet. */
void dq_device_alone(struct dq_device *dev);

/** Stop it; remove it if we made it. */
void dq_device_close(struct dq_device *dev);

#endif
