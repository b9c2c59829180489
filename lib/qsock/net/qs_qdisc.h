/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The root queueing discipline of a kernel interface: replaced by an HTB of ours while a port uses the
 * interface, and given back after it.
 *
 * What was there is written to a file first (qs_state_file.h). Whoever finds such a file whose owner does not
 * live any more gives it back. A discipline that the kernel put there by itself may be replaced; another one
 * is incompatible with ours, which is an error unless forced. Of a forced one its qdiscs and classes are
 * given back, its filters are not. Where another program has replaced our discipline meanwhile, that is said,
 * and theirs is left alone.
 *
 * Ours is known by its handle, 5153: ("QS").
 */
#ifndef QS_QDISC_H
#define QS_QDISC_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define QS_QDISC_MAJOR 0x5153u

/** What SO_PRIORITY says to come into a class, without a filter (CAP_NET_ADMIN or CAP_NET_RAW). */
#define QS_QDISC_URGENT (QS_QDISC_MAJOR << 16 | 0x10)
#define QS_QDISC_TIMED (QS_QDISC_MAJOR << 16 | 0x11) /**< as urgent, and ETF drops what is late: where it was asked for */
#define QS_QDISC_MANAGED (QS_QDISC_MAJOR << 16 | 0x20)
#define QS_QDISC_BEST_EFFORT (QS_QDISC_MAJOR << 16 | 0x30) /**< the default */

#define QS_QDISC_CLASSES 3u

#define QS_QDISC_SHARE_MAX 900u /**< per mille */

struct qs_qdisc_conf {
	uint64_t rate_bps;	      /**< of everything together, 1 kbit/s .. 1 Tbit/s */
	uint32_t overhead_bytes;      /**< per frame on the wire, beyond what the kernel counts; 0 .. 255 */
	uint32_t managed_share;	      /**< guaranteed, per mille of rate; 0: 100 */
	uint32_t best_effort_share;   /**< guaranteed, per mille of rate; 0: 50 */
	uint32_t queue_packets;	      /**< of the urgent and managed queues; 0: 64 */
	uint32_t best_effort_packets; /**< 0: 100 */
	uint32_t urgent_packets;      /**< of the urgent queue, where it is another; 0: queue_packets */
	bool managed_cut;	      /**< the managed sockets are others': take TCP's batches apart there, too */
	bool force;		      /**< replace whatever is there */
	bool timed;		      /**< urgent has half of its share, and a class with ETF the other half */
};

struct qs_qdisc;

/**
 * Install three classes that share a rate: urgent first, then managed, then best effort; each has its share
 * guaranteed (urgent: what the others leave) and may use what is free. [ctl]
 * @return what gives the former one back; NULL with rte_errno:
 *  - ENODEV no such interface, or no such name
 *  - EBUSY an incompatible discipline is there, or a living process has put its own there
 *  - EPERM no CAP_NET_ADMIN
 *  - EOPNOTSUPP the kernel has no HTB, or no ETF where that was asked for
 *  - EINVAL a value out of range; EIO the kernel or the file refused; ENOMEM
 */
struct qs_qdisc *qs_qdisc_classes(const char *ifname, const struct qs_qdisc_conf *conf);

/**
 * Install the same for a port that sends past the qdisc: rate_bps is the limit of everything that passes the
 * kernel. The sockets in its classes are others', of which the scheduler holds nothing: each queue takes
 * TCP's batches apart, and has best_effort_packets; queue_packets is not read. [ctl]
 * @return as qs_qdisc_classes()
 */
struct qs_qdisc *qs_qdisc_cap(const char *ifname, const struct qs_qdisc_conf *conf);

/** Change the rate; shares stay. [ctl] @return 0; -1: EINVAL, ESTALE, ENODEV, EPERM, EIO, ENOMEM */
int qs_qdisc_rate_set(struct qs_qdisc *q, uint64_t rate_bps);

/**
 * Whether ours is still there; to be called every now and then, since queues that take batches apart follow
 * the interface's MTU here: frames that are longer than it was are dropped until then. [ctl]
 * @return 0; -1: ESTALE another program replaced or removed it, ENODEV the interface is gone, EIO, ENOMEM
 */
int qs_qdisc_check(struct qs_qdisc *q);

/** What the kernel counts of a class. */
struct qs_qdisc_counts {
	uint64_t packets, bytes; /**< that have left it */
	uint64_t drops;		 /**< for want of room, packets */
	uint32_t backlog_packets, backlog_bytes;
};

/**
 * Read what is counted of our classes on an interface, whoever has put them there. [any]
 * @param counts of QS_QDISC_URGENT, QS_QDISC_MANAGED, QS_QDISC_BEST_EFFORT
 * @return 0; -1: ESTALE none of ours is there (any more), ENODEV no such interface, EIO, ENOMEM
 */
int qs_qdisc_counts_read(const char *ifname, struct qs_qdisc_counts counts[QS_QDISC_CLASSES]);

/** What the ETF of our class of it has dropped, late or malformed; the count wraps. [any]
 * @return 0; -1: ESTALE it is not there (any more), EIO, ENOMEM */
int qs_qdisc_timed_drops(int ifindex, uint32_t *drops);

/** Give the former one back, if ours is still there, and free. NULL is allowed. [ctl] */
void qs_qdisc_end(struct qs_qdisc *q);

/**
 * Give back what crashed processes have replaced in this network namespace. [ctl]
 * @return interfaces; -1: EIO some could not be given back
 */
int qs_qdisc_recover(void);

#ifdef __cplusplus
}
#endif
#endif
