/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The egress from the inside. The TX core sends; a service thread follows the interface, and makes a new
 * socket when the interface has come back.
 */
#ifndef QS_AF_XDP_H
#define QS_AF_XDP_H

#include <rte_ether.h>

#include "common/frames.h"
#include "common/interface.h"
#include "rte_qsock_egress.h"
#include "xsk.h"

/** What [tx] counts; anybody reads. */
struct qs_af_xdp_counts {
	uint64_t submitted, completed, lost;
	uint64_t in_flight_bytes, in_flight_max_bytes;
	uint64_t held, dropped, kicks, kick_errors;
	int kick_error; /**< the last */
};

struct qs_af_xdp {
	struct rte_qsock_egress head;

	/* [tx] */
	struct qs_txsk *xsk;
	struct qs_af_xdp_counts counts;
	uint64_t limit_bytes; /**< in flight, on the wire; set by rate_set */

	/* Between [tx] and [service] */
	struct qs_txsk *next;	 /**< to be used from now on; made by [service], taken by [tx] */
	struct qs_txsk *retired; /**< a list; put by [tx], closed by [service] */

	struct qs_interface interface;

	/* Constant */
	struct qs_txsk_conf conf; /**< but for ifindex and zero_copy, which are [service]'s */
	uint64_t in_flight_ns;

	/* [service] */
	uint32_t features; /**< of the socket; anybody reads */
};

/** A socket as the configuration says, in copy mode where zero copy does not prove itself. [ctl], [service]
 * @return NULL with errno, see qs_txsk_open() */
struct qs_txsk *qs_af_xdp_socket(struct qs_af_xdp *a);

/** Bind again where that is due, close what is retired. A hook of the service. */
uint64_t qs_af_xdp_follow(void *a, uint64_t now_ns);

/** Close what [tx] is done with. [service] */
void qs_af_xdp_tidy(struct qs_af_xdp *a);

/** The egress's operations, by which it is known. */
extern const struct rte_qsock_egress_ops qs_af_xdp_ops;

#endif
