/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * A bed for driver kernel: two network namespaces joined by a veth pair, va (10.9.0.1, fd09::1) here and vb
 * (10.9.0.2, fd09::2) there, and a /run of the test's own.
 */
#ifndef KERNEL_BED_H
#define KERNEL_BED_H

#include "bed.h"

#define KBED_DEV "va"

/** Make it; exits with 77 where that is not possible. */
void kbed_start(void);

/** qsockinit() on va; fails the test otherwise. @param args QSOCK_PORT_ARGS beside driver=kernel */
void kbed_init(const char *discipline, const char *args);

/** A receiver there, bound to a port (SOCK_STREAM: that listens). */
int kbed_receiver(int domain, int type, uint16_t port);

/** The receiver's address for a sender here. @return its length */
socklen_t kbed_address(int domain, uint16_t port, struct sockaddr_storage *addr);

/** A socket with a stream, connected to a port there. @param attr as qos_params.attributes */
int kbed_socket(int domain, int type, uint16_t port, void *attr);

/** So many ms, at most x of y, a queue of so many; flags of the stream. */
struct q_attr_ex kbed_attr(int ipg_ms, int x, int y, uint32_t queue_packets, int flags);

/** Run a command there; fails the program if it fails. */
void kbed_run_there(const char *command);

/** What qinfo() says, with the equations of its counters checked. */
struct q_info kbed_info(int fd);

/** Wait, bounded, until a socket's queue is empty; then as kbed_info(). */
struct q_info kbed_drained(int fd);

#endif
