/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * A device on which qsockinit() installed a discipline: its port, its twin, its pools.
 */
#ifndef QS_DEV_H
#define QS_DEV_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include <rte_ether.h>
#include <rte_mempool.h>

#include "bsd/qs_ethdev.h"
#include "common/choose.h"
#include "bsd/qs_port_args.h"
#include "net/qs_route.h"
#include "rte_qsock.h"
#include "rte_qsock_twin.h"

#ifdef __cplusplus
extern "C" {
#endif

struct qs_ways;
struct qs_cap;

#define QS_LINGER_DEFAULT_NS UINT64_C(5000000000)

struct qs_attr;
struct qs_dev;
struct qs_kport;

/** What differs between devices, by their driver. Functions return 0 or a negative errno. [ctl] */
struct qs_dev_ops {
	/** Whether another process may not have it at the same time. */
	bool (*is_owned)(const struct qs_dev *dev);
	/** What the process needs first. */
	int (*prepare)(struct qs_dev *dev);
	/** Bring it up: it is complete, or nothing is left of it. */
	int (*up)(struct qs_dev *dev);
	/** Take it down: the sockets are closed and drained. */
	void (*down)(struct qs_dev *dev);
	/** Give a descriptor a stream on it. */
	int (*attach)(int fd, struct qs_dev *dev, const struct qs_attr *attr);
};

extern const struct qs_dev_ops qs_dev_eal_ops, qs_dev_kernel_ops;

/** Constant while sockets use it, but the lists. */
struct qs_dev {
	const struct qs_dev_ops *ops;
	struct qs_kport *kport; /**< of a device above the kernel's stack */
	TAILQ_ENTRY(qs_dev) next;
	char name[IFNAMSIZ + 1];
	char discipline[IFNAMSIZ + 1];
	struct qs_port_args args; /**< as they were settled */
	struct qs_ethdev eth;
	int owner_fd;
	struct rte_qsock_port *port;
	struct rte_qsock_twin *twin; /**< NULL: none */
	enum qs_driver driver;
	bool refused;		/**< it did not come up for the driver's sake: another may do */
	struct qs_ways *ways;	/**< of an interface that stays the kernel's; NULL: none */
	struct qs_cap *cap;	/**< of what the kernel sends on it; NULL: none */
	struct qs_route *route; /**< NULL: none, and every datagram goes through the kernel */
	uint16_t mtu;
	int node; /**< of the device; -1: none, or not known */
	uint64_t tx_offloads;
	struct rte_mempool *buffers;	    /**< of q-calls */
	struct rte_mempool *kernel_buffers; /**< of what the kernel sends through the twin */
	struct rte_mempool *rx_buffers;
	uint64_t linger_ns;
};

/** @return the device of that name; NULL: qsockinit() was not called for it. [ctl] */
struct qs_dev *qs_dev_find(const char *name);

/** Serialises what makes and ends devices and sockets. [ctl] */
void qs_dev_lock(void);
void qs_dev_unlock(void);

/** qsockfini() for all devices; at exit too. [ctl] */
void qs_dev_end_all(void);

#ifdef __cplusplus
}
#endif
#endif
