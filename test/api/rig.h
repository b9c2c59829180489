/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * A port whose rounds the test makes itself, at a clock that it is given, over an egress that the test
 * commands: nothing depends on the machine.
 */
#ifndef RIG_H
#define RIG_H

#include "api_eal.h"

#define MS UINT64_C(1000000)

/** Port, egress and clock of one test. */
struct rig {
	struct api_egress egress; /**< 1 Gbit/s, as long as the test gives the port no other */
	struct rte_qsock_port *port;
	uint64_t now_ns; /**< of the next round: ahead of the real clock, which calls use for themselves */
};

/** What a test wants of a socket; zero is what api_socket_conf() says. */
struct rig_socket {
	const char *name;
	uint32_t queue_packets, ring_packets;
	uint64_t ipg_ns, queue_limit_ns, linger_ns;
	bool non_droppable, drop_when_full;
};

void rig_port_conf(struct rig *r, struct rte_qsock_port_conf conf);
struct rte_qsock *rig_open_conf(const struct rig *r, const struct rig_socket *conf);

/** Make the port: rig_port(&r, .scheduler = "fifo", ...), with fields of rte_qsock_port_conf. */
#define rig_port(r, ...) rig_port_conf((r), (struct rte_qsock_port_conf){__VA_ARGS__})

/** Open a socket: rig_open(&r, .name = "a", ...), with fields of rig_socket. */
#define rig_open(r, ...) rig_open_conf((r), &(const struct rig_socket){__VA_ARGS__})

/** One round at that time. @return frames that the egress took */
uint16_t rig_round(struct rig *r, uint64_t at_ns);

/** Rounds every 10 us for so long. */
void rig_rounds(struct rig *r, uint64_t for_ns);

/** Send so many packets of one length. @return how many were taken */
uint32_t rig_send(struct rte_qsock *qs, uint32_t n, uint16_t len_bytes);

/** Send one packet that is taken. */
void rig_put(struct rte_qsock *qs, struct rte_mbuf *m);

/** A socket's counts, when they and its port's add up. */
struct rte_qsock_counts rig_counts(struct rte_qsock *qs);

/** A port's figures, when they add up. */
struct rte_qsock_port_info rig_info(struct rig *r);

/** Free the port: every packet is back in the pool. */
void rig_end(struct rig *r);

#endif
