/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * What the socket layer needs of a twin beyond rte_qsock_twin.h.
 */
#ifndef QS_TWIN_H
#define QS_TWIN_H

#include <netinet/in.h>
#include <stdint.h>

#include "net/qs_route.h"
#include "rte_qsock_twin.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Send what the kernel sends of this flow into qs: an attached socket, UDP or TCP. [ctl]
 *
 * Addresses are IPv4 in the first four bytes; NULL or all 0 means any, as port 0 does. The most
 * exact flow wins: with a remote end before one without, with a local address before one without.
 * The twin's thread then produces into qs: every other producer holds qs_sock_lock().
 *
 * @param lport, rport in network order
 * @return 0; -1: EINVAL, EEXIST the flow leads somewhere already, ENOSPC, ENOMEM
 */
int qs_twin_flow_add(struct rte_qsock_twin *twin, uint8_t family, uint8_t protocol,
		     const struct in6_addr *local, rte_be16_t lport, const struct in6_addr *remote,
		     rte_be16_t rport, struct rte_qsock *qs);

/** @return 0; -1: EINVAL, ENOENT. Afterwards the twin does not use the socket for it. [ctl] */
int qs_twin_flow_del(struct rte_qsock_twin *twin, uint8_t family, uint8_t protocol,
		     const struct in6_addr *local, rte_be16_t lport, const struct in6_addr *remote,
		     rte_be16_t rport);

/** The twin's routes and neighbours; valid as long as the twin. [any] */
struct qs_route *qs_twin_route(struct rte_qsock_twin *twin);

/** Interface index of the TAP. [any] */
uint32_t qs_twin_ifindex(const struct rte_qsock_twin *twin);

/** Descriptor of the TAP: the interface is there as long as anybody has it open. [ctl] */
int qs_twin_tap_fd(const struct rte_qsock_twin *twin);

/** The twin of a kernel interface index, or of a name; NULL: none. [ctl] */
struct rte_qsock_twin *qs_twin_by_ifindex(uint32_t ifindex);

#ifdef __cplusplus
}
#endif
#endif
