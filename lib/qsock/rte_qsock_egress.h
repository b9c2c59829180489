/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Egress: what puts a port's frames on a wire. For whoever writes an egress driver, and
 * the constructors of those that there are: for ethdevs, and for interfaces that stay the kernel's.
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
	/** The port's rate from now on: once when it is made [ctl], then with each change [tx]. May be NULL. */
	void (*rate_set)(struct rte_qsock_egress *e, uint64_t rate_bps);
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
 * it has, and reception of all multicasts; for programs that have no set-up of their own. [ctl]
 * @return 0; -1: ENODEV, EINVAL, EIO the driver refused (the log says what)
 */
__rte_experimental
int rte_qsock_ethdev_setup(uint16_t eth_port_id, const struct rte_qsock_ethdev_conf *conf);

/**
 * How rte_qsock_egress_af_xdp() sends. Zero means the default.
 *
 * What is in flight, taken from the scheduler and not yet completed by the kernel, can no longer be overtaken.
 * So it is bounded: to what the port's rate takes in in_flight_ns, but two frames at least, and to frames.
 */
struct rte_qsock_af_xdp_conf {
	size_t size;           /**< sizeof(struct rte_qsock_af_xdp_conf) */
	const char *ifname;    /**< the interface, in the network namespace of the caller; required */
	uint32_t queue_id;     /**< its transmit queue; default 0 */
	uint32_t frames;       /**< most in flight, a power of two, 64 .. 32768; default 1024 */
	uint64_t in_flight_ns; /**< most in flight as time on the wire, 1 us .. 1 s; default 1 ms */
	uint64_t busy_wait_ns; /**< how long a queue that is in use is tried again, up to 60 s; default 3 s */
	uint32_t busy_poll_us; /**< busy polling of the device, which serves zero copy, up to 10000; default 0: none */
	uint32_t tx_budget;    /**< frames that one kick may send, 32 .. frames; default 64 */
	bool zero_copy;        /**< tried, and used if a frame completes within 50 ms; else frames are copied, as the log
	                            says. The frame that proves it goes from the interface's address to itself */
};

/**
 * Egress to an AF_XDP socket that only sends, on a kernel interface. The kernel goes on receiving, and keeps
 * addresses, routes and neighbours; what it sends itself does not pass the port. No XDP program is loaded.
 *
 * The interface is followed: link, MTU (frames longer than it is now end in tx_error; it may come back to what
 * it was here, not grow beyond), and that it goes. While it is gone or down nothing is taken; one of the same
 * name is bound anew, and what was in flight is counted as lost.
 *
 * It owns a service thread. Frames are copied once, so their buffers are free when tx_burst returns. [ctl]
 *
 * @return the egress; NULL: EINVAL a value out of range (the log names it), or no such queue; ENODEV no such
 *   interface; EPERM needs CAP_NET_RAW; EBUSY the queue has another AF_XDP socket; ENOTSUP the kernel has no
 *   AF_XDP, or one older than 5.4; ENOMEM no memory, or more than RLIMIT_MEMLOCK; EMFILE no descriptor;
 *   EAGAIN no thread; EIO the kernel refused for another reason, which the log tells
 */
__rte_experimental
struct rte_qsock_egress *rte_qsock_egress_af_xdp(const struct rte_qsock_af_xdp_conf *conf);

/** What an AF_XDP egress uses of what there is: bits of rte_qsock_af_xdp_info.features. */
enum rte_qsock_af_xdp_feature {
	RTE_QSOCK_AF_XDP_ZERO_COPY = 1 << 0,   /**< else frames are copied by the kernel once more */
	RTE_QSOCK_AF_XDP_NEED_WAKEUP = 1 << 1, /**< the kernel says when it has to be kicked */
	RTE_QSOCK_AF_XDP_TX_BUDGET = 1 << 2,   /**< a kick sends as many frames as was asked for, not 32 */
	RTE_QSOCK_AF_XDP_BUSY_POLL = 1 << 3,
};

/** Figures of an AF_XDP egress. submitted = completed + lost + in_flight_frames. */
struct rte_qsock_af_xdp_info {
	size_t size;          /**< sizeof(struct rte_qsock_af_xdp_info), before the call; what is filled, after it */
	char ifname[16];
	uint32_t queue_id;
	uint32_t features;    /**< enum rte_qsock_af_xdp_feature */
	uint32_t max_frame_bytes; /**< as the MTU is now */
	bool link_down;       /**< or gone, or not bound again yet */
	uint64_t submitted;   /**< frames given to the kernel */
	uint64_t completed;   /**< frames that it is done with */
	uint64_t lost;        /**< frames that were in flight when their interface went */
	uint64_t in_flight_frames;
	uint64_t in_flight_bytes; /**< on the wire: with 24 bytes a frame; at the last burst or poll */
	uint64_t in_flight_max_bytes; /**< the most so far */
	uint64_t in_flight_limit_bytes;
	uint64_t held;        /**< bursts that were not taken whole: too much was in flight */
	uint64_t dropped;     /**< of completed: the device refused them, as it does without a carrier */
	uint64_t kicks;       /**< system calls of the TX core */
	uint64_t kick_errors; /**< those that failed for more than want of room */
	int kick_error;       /**< errno of the last of them */
	uint64_t link_changes, mtu_changes;
	uint64_t rebinds;     /**< to an interface that came back */
};

/** What an AF_XDP egress counts; valid as long as its port. @return 0; -1: EINVAL another egress, no info or size. [any] */
__rte_experimental
int rte_qsock_af_xdp_info_get(const struct rte_qsock_egress *egress, struct rte_qsock_af_xdp_info *info);

#ifdef __cplusplus
}
#endif
#endif
