/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Egress: what puts a port's frames on a wire. For whoever writes an egress driver, and
 * the constructor of the one for ethdevs.
 */
#ifndef RTE_QSOCK_EGRESS_H
#define RTE_QSOCK_EGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rte_compat.h>
#include <rte_mbuf.h>

#ifdef __cplusplus
extern "C" {
#endif

struct rte_qsock_egress;

/** What a driver provides. Every slot is required unless it says that it may be NULL. */
struct rte_qsock_egress_ops {
	const char *name;
	/**
	 * Called by the TX core with 1 .. 64 linear frames (or what the application gave), decided and in order.
	 * Takes a prefix and returns how many; the rest is offered again, in order. A frame that can never be sent
	 * is freed, counted in tx_error_frames and returned as taken; its place in pkts should be set to NULL, so
	 * that the error is put down to its stream and not to another of the burst. Must not block. [tx]
	 */
	uint16_t (*tx_burst)(struct rte_qsock_egress *e, struct rte_mbuf **pkts, uint16_t n);
	/** Called once a millisecond at most, for completions and link state. May be NULL. [tx] */
	void (*poll)(struct rte_qsock_egress *e, uint64_t now_ns);
	/** The wire's rate in bit/s; 0 if it has none. [ctl] */
	uint64_t (*rate_bps)(const struct rte_qsock_egress *e);
	/** Largest frame in bytes, without FCS. [ctl] */
	uint32_t (*max_frame_bytes)(const struct rte_qsock_egress *e);
	/** End: called once, after the last tx_burst. [ctl] */
	void (*free)(struct rte_qsock_egress *e);
};

/** The head of a driver's own structure. */
struct rte_qsock_egress {
	const struct rte_qsock_egress_ops *ops;
	uint64_t tx_error_frames; /**< written by [tx] */
	bool link_down;           /**< written by the driver, on any thread: nothing is taken until it is up again; told in a port's info */
};

/**
 * Egress to a TX queue of an ethdev that is configured and started. [ctl]
 * @return the egress; NULL: ENODEV no such port, EINVAL no such queue, ENOMEM
 */
__rte_experimental
struct rte_qsock_egress *rte_qsock_egress_ethdev(uint16_t eth_port_id, uint16_t queue_id);

/** How rte_qsock_ethdev_setup() brings an ethdev up. Zero means the default. */
struct rte_qsock_ethdev_conf {
	size_t size;          /**< sizeof(struct rte_qsock_ethdev_conf) */
	struct rte_mempool *rx_pool; /**< for what is received; required */
	uint16_t txd, rxd;    /**< descriptors; default 256 and 512, adjusted to the device */
	uint16_t mtu;         /**< default the device's */
	bool promiscuous;
	uint16_t tx_queues;   /**< default 1; more for a group, see rte_qsock_group.h. net_af_xdp does with 1 only */
};

/**
 * Configure and start an ethdev with one RX queue and one TX queue or more, with the checksum offloads that
 * it has; for programs that have no set-up of their own. [ctl]
 * @return 0; -1: ENODEV, EINVAL, EIO the driver refused (the log says what)
 */
__rte_experimental
int rte_qsock_ethdev_setup(uint16_t eth_port_id, const struct rte_qsock_ethdev_conf *conf);

#ifdef __cplusplus
}
#endif
#endif
