/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * A veth pair for the AF_XDP egress: near, on which it sends, and far, where a packet socket receives. And a
 * kernel that the test can take features from.
 */
#ifndef AF_XDP_BED_H
#define AF_XDP_BED_H

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

/** Make the pair, up, and the receiver. */
void bed_up(void);
void bed_down(void);

/** The far end anew, after it was made again. */
void bed_receiver(void);

/** A slow way to the receiver: what is on it is not completed. @return false: the kernel has none */
bool bed_slow(const char *rate);

/** An egress on near; zero is the default. It must come up. */
struct rte_qsock_egress *bed_egress(struct rte_qsock_af_xdp_conf conf);
void bed_free(struct rte_qsock_egress *e);
#define bed_open(...) bed_egress((struct rte_qsock_af_xdp_conf){__VA_ARGS__})

/** A constructor that must fail with this rte_errno. */
void bed_refused(struct rte_qsock_af_xdp_conf conf, int error);

/** Its figures, of which the sum must hold. */
struct rte_qsock_af_xdp_info bed_info(const struct rte_qsock_egress *e);

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

/** Poll until it is so; fails the test after 10 s. */
void bed_await(struct rte_qsock_egress *e, bool (*so)(const struct rte_qsock_af_xdp_info *info));

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

/** Use it from the next egress on; ended by bed_down(). */
void bed_kernel_use(void);

#endif
