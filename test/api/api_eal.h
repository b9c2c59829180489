/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * What the tests of the native API share: an EAL without privileges, devices, ports and mbufs.
 */
#ifndef API_EAL_H
#define API_EAL_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "rte_qsock.h"
#include "rte_qsock_egress.h"

#define API_POOL_MBUFS 8191u

/** EAL with two lcores, 256 MB, net_null0 and net_ring0; exits with 77 where it does not start. */
void api_eal_start(const char *name);
void api_eal_stop(void);

/** Set before api_eal_start(): with EAL's telemetry. */
extern bool api_telemetry;

/** The pool that every packet of a test comes from. */
extern struct rte_mempool *api_pool;

/** The id of a device by its name, which api_eal_start() has set up. */
uint16_t api_device(const char *name);

/** Configuration of a port over net_null0, to be changed and used at will. */
struct rte_qsock_port_conf api_port_conf(const char *name);

/** A port from it; fails the test if there is none. */
struct rte_qsock_port *api_port(const struct rte_qsock_port_conf *conf);

/** Configuration of a socket: real time, 1 ms, 1 of 2 may be lost. */
struct rte_qsock_conf api_socket_conf(const char *name);

/** A packet of len_bytes. */
struct rte_mbuf *api_packet(uint16_t len_bytes);

/** Nothing of the pool is missing. */
void api_pool_whole(void);

/** The equations of rte_qsock_counts. */
void api_balance(const struct rte_qsock_counts *c);

/** An egress that keeps what it is told to: see api_egress. */
struct api_egress {
	struct rte_qsock_egress head;
	uint32_t accept;      /**< frames that it takes from now on; the rest waits */
	uint32_t fail_every;  /**< each n-th frame can never be sent; 0: none */
	bool silent;	      /**< it does not say which */
	uint32_t frames;      /**< taken so far */
	uint32_t freed;	      /**< calls of free */
	uint32_t sizes[4096]; /**< pkt_len of the first frames */
};

/** Make one in place, at a rate of its own. */
struct rte_qsock_egress *api_egress_init(struct api_egress *e);

#endif
