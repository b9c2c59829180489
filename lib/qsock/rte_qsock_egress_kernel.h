/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Egress through the kernel: for interfaces of which neither DPDK nor AF_XDP can be had.
 */
#ifndef RTE_QSOCK_EGRESS_KERNEL_H
#define RTE_QSOCK_EGRESS_KERNEL_H

#include <rte_qsock_egress.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * How rte_qsock_egress_kernel() sends. Zero means the default.
 *
 * What the kernel has of a port can no longer be overtaken. So it is bounded: to what the port's rate takes in
 * in_flight_ns, but two frames at least. The kernel counts the memory that frames take, not their bytes: the bound
 * is met by frames of full length; of shorter ones less than that is in flight.
 */
struct rte_qsock_kernel_conf {
	size_t size;                /**< sizeof(struct rte_qsock_kernel_conf) */
	const char *ifname;         /**< the interface, in the network namespace of the caller; required */
	uint64_t rate_bps;          /**< of the qdisc until the port has told its own, 1 kbit/s .. 1 Tbit/s; default the
	                                 interface's, else 1 Gbit/s */
	uint64_t in_flight_ns;      /**< most in flight as time on the wire, 1 us .. 1 s; default 1 ms */
	uint32_t best_effort_share; /**< guaranteed to what is not the port's, per mille of the rate, up to 900; default 50 */
	bool overhead_set;          /**< overhead_bytes counts, even 0 */
	uint8_t overhead_bytes;     /**< of a frame on the wire, beyond its length; default 24, Ethernet's */
	bool force;                 /**< replace an incompatible root qdisc, and give it back at the end */
};

/**
 * Egress to a packet socket that only sends, into the qdisc of a kernel interface. The kernel goes on receiving,
 * and keeps addresses, routes and neighbours. An HTB at the interface's root has the port's frames first; what the
 * kernel sends itself takes what is left, and at least its share. The former qdisc comes back with free.
 *
 * The interface is followed: link, MTU (frames longer than it is now end in tx_error; it may come back to what
 * it was here, not grow beyond), and that it goes. While it is gone or down nothing is taken; on one of the same
 * name the qdisc and the socket are made anew. A frame that the qdisc refuses ends in tx_error.
 *
 * It owns a service thread. Frames are copied, so their buffers are free when tx_burst returns. A frame has 64
 * segments at most. One egress at a time on an interface: it has one root qdisc. [ctl]
 *
 * @return the egress; NULL: EINVAL a value out of range (the log names it); ENODEV no such interface; EPERM needs
 *   CAP_NET_RAW and CAP_NET_ADMIN; EBUSY an incompatible qdisc is there, or a living process has put its own there;
 *   ENOTSUP the kernel has no packet sockets, or no HTB; ENOMEM no memory; EMFILE no descriptor; EAGAIN no thread;
 *   EIO the kernel refused for another reason, which the log tells
 */
__rte_experimental
struct rte_qsock_egress *rte_qsock_egress_kernel(const struct rte_qsock_kernel_conf *conf);

/** Figures of a kernel egress. Bytes are memory, as the kernel counts it: 2,304 for a frame of 1,514. */
struct rte_qsock_kernel_info {
	size_t size;          /**< sizeof(struct rte_qsock_kernel_info), before the call; what is filled, after it */
	char ifname[16];
	uint32_t max_frame_bytes; /**< as the MTU is now */
	bool link_down;       /**< or gone, or not taken again yet */
	bool qdisc_lost;      /**< another program has replaced ours: the port's frames wait among the kernel's own */
	uint64_t submitted;   /**< frames that the kernel took */
	uint64_t dropped;     /**< frames that its qdisc refused; they are among tx_error_frames */
	uint64_t in_flight_bytes; /**< now */
	uint64_t in_flight_max_bytes; /**< the most that was seen, once a millisecond */
	uint64_t in_flight_limit_bytes;
	uint64_t held;        /**< bursts that were not taken whole: too much was in flight */
	uint64_t calls;       /**< system calls of the TX core */
	uint64_t call_errors; /**< those that failed for more than want of room, but not for the frame's sake */
	int call_error;       /**< errno of the last of them */
	uint64_t link_changes, mtu_changes;
	uint64_t rebinds;     /**< to an interface that came back */
};

/** What a kernel egress counts; valid as long as its port. @return 0; -1: EINVAL another egress, no info or size. [any] */
__rte_experimental
int rte_qsock_kernel_info_get(const struct rte_qsock_egress *egress, struct rte_qsock_kernel_info *info);

#ifdef __cplusplus
}
#endif
#endif
