/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The egress from the inside. The TX core sends; a service thread follows the interface and the rate, and
 * looks after the qdisc.
 *
 * The socket stays the same whatever becomes of the interface: it is bound anew.
 */
#ifndef QS_PACKET_H
#define QS_PACKET_H

#include <sys/socket.h>

#include "common/interface.h"
#include "net/qs_qdisc.h"
#include "rte_qsock_egress_kernel.h"

#define QS_PACKET_WIRE_BYTES 24u /**< that a frame takes on the wire beyond its length */
#define QS_PACKET_BURST 64u	 /**< frames of one system call */
#define QS_PACKET_SEGMENTS 64u	 /**< of a frame */
#define QS_PACKET_IOVS (4 * QS_PACKET_SEGMENTS)
#define QS_PACKET_QUEUE 16384u /**< frames of the urgent class: more than can be in flight */

/** What [tx] counts; anybody reads. */
struct qs_packet_counts {
	uint64_t submitted, dropped, held, calls, call_errors;
	uint64_t in_flight_max_bytes;
	int call_error; /**< the last */
};

struct qs_packet {
	struct rte_qsock_egress head;

	/* [tx] */
	struct qs_packet_counts counts;
	struct mmsghdr messages[QS_PACKET_BURST];
	struct iovec iovs[QS_PACKET_IOVS];

	/* Between [tx] and [service] */
	uint64_t rate_bps;    /**< the port's; written by rate_set */
	uint64_t limit_bytes; /**< in flight, in memory; written by [service] */

	struct qs_interface interface;

	/* Constant */
	int fd;
	uint64_t in_flight_ns;

	/* [service] */
	struct qs_qdisc_conf qdisc_conf; /**< its rate is that which is applied */
	struct qs_qdisc *qdisc;		 /**< NULL: the interface is gone */
	bool qdisc_lost;		 /**< ours was replaced; anybody reads */
	uint64_t look_ns;		 /**< when to look at the qdisc */
};

/** Memory that the kernel takes for a frame, at most. */
uint32_t qs_packet_memory(uint32_t len);

/** Have the socket hold no more than its rate takes. [ctl], [service] */
void qs_packet_limit(struct qs_packet *p, uint64_t rate_bps);

/** Put our qdisc on the interface, and the socket into its urgent class. [ctl], [service]
 * @return 0; -1: rte_errno as qs_qdisc_classes(), or errno of bind(2), in rte_errno */
int qs_packet_take(struct qs_packet *p);

/** Bytes of memory that the kernel has of the socket. [any] */
uint64_t qs_packet_in_flight(const struct qs_packet *p);

/** Slots of the egress. [tx] */
uint16_t qs_packet_tx_burst(struct rte_qsock_egress *egress, struct rte_mbuf **pkts, uint16_t n);
void qs_packet_poll(struct rte_qsock_egress *egress, uint64_t now_ns);

/** Follow the rate, look after the qdisc, take the interface again where that is due. A hook of the service.
 */
uint64_t qs_packet_follow(void *p, uint64_t now_ns);

/** The egress's operations, by which it is known. */
extern const struct rte_qsock_egress_ops qs_packet_ops;

#endif
