/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * A veth pair for egresses on kernel interfaces: near, on which they send, and far, where a packet socket
 * receives.
 */
#ifndef VETH_BED_H
#define VETH_BED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <rte_mbuf.h>

#include "rte_qsock_egress.h"

#define NEAR "near"
#define FAR "far"

/** A command: the pair made, or made again, near yet down. */
#define MAKE_PAIR "ip link add " NEAR " type veth peer name " FAR " && ip link set " FAR " up"

/** The frames come from it. */
extern struct rte_mempool *bed_pool;

/** Make the pair, up. */
void bed_veth_up(void);
void bed_veth_down(void);

/** Receive what arrives at far; again, after it was made again. */
void bed_receiver(void);

/** Or what leaves near, as it leaves: frames of a qdisc are sent by whichever CPU runs it, and those of
 * several CPUs overtake each other on their way to far. */
void bed_watcher(void);

/** A slow way to the receiver: what is on it is not completed. @return false: the kernel has none */
bool bed_slow(const char *rate);

/** Send frames of len bytes numbered from, until all are taken; each burst is followed by a poll. */
void bed_send(struct rte_qsock_egress *e, uint32_t from, uint32_t n, uint32_t len);

/** Offer them once. @return how many were taken; the others are freed */
uint16_t bed_offer(struct rte_qsock_egress *e, uint32_t from, uint16_t n, uint32_t len);

/** A frame, in two segments if asked for. */
struct rte_mbuf *bed_frame(uint32_t number, uint32_t len, bool segments);

/** Receive: n frames of len bytes numbered from, whole and in order, and nothing else. */
void bed_receive(struct rte_qsock_egress *e, uint32_t from, uint32_t n, uint32_t len);

/** Frames that come, until none has for 100 ms; the number of the last. */
uint32_t bed_receive_all(struct rte_qsock_egress *e, uint32_t *last);

/** Poll until it has the value; fails the test after 10 s. */
void bed_await(struct rte_qsock_egress *e, bool (*is)(const struct rte_qsock_egress *e, uint64_t value),
	       uint64_t value);

#endif
