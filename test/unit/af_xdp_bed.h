/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * An AF_XDP egress on the veth bed, and a kernel that the test can take features from.
 */
#ifndef AF_XDP_BED_H
#define AF_XDP_BED_H

#include "egress_bed.h"

/** An egress on near; zero is the default. It must come up. */
struct rte_qsock_egress *bed_egress(struct rte_qsock_af_xdp_conf conf);
#define bed_open(...) bed_egress((struct rte_qsock_af_xdp_conf){__VA_ARGS__})

/** A constructor that must fail with this rte_errno. */
void bed_refused(struct rte_qsock_af_xdp_conf conf, int error);

/** Its figures, of which the sum must hold. */
struct rte_qsock_af_xdp_info bed_info(const struct rte_qsock_egress *e);

/** To be awaited: frames in flight. */
bool bed_in_flight_is(const struct rte_qsock_egress *e, uint64_t frames);

/** What the kernel shall lack, or do; each test begins with nothing. */
struct bed_kernel {
	int socket_errno, bind_errno;
	bool old;	       /**< rings without flags */
	int no_option;	       /**< of SOL_XDP that it does not know */
	int no_socket_option;  /**< of SOL_SOCKET */
	bool zero_copy;	       /**< binds for zero copy, as if it could */
	bool mute;	       /**< kicks do nothing */
	int binds, zero_binds; /**< counted */
};
extern struct bed_kernel bed_kernel;

/** Use it from the next egress on, until the test ends. */
void bed_kernel_use(void);

#endif
