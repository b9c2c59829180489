/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The UDP and TCP sockets of this network namespace, as the kernel lists them (sock_diag(7)).
 */
#ifndef DQ_DIAG_H
#define DQ_DIAG_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_qsock_twin.h>

/** A socket that may send: bound, and not listening. */
struct dq_diag_socket {
	uint64_t cookie; /**< its number, for as long as it lives */
	uint64_t cgroup; /**< number of its cgroup (v2), which is its directory's inode; 0: the kernel does
			    not tell */
	bool dual;	 /**< of IPv6, and sends IPv4 as well */
	struct rte_qsock_flow flow;
};

/** Call fn for each. @return 0; negative errno: the kernel did not tell all of them */
int dq_diag_each(void (*fn)(const struct dq_diag_socket *s, void *arg), void *arg);

#endif
