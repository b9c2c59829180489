/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * An AF_XDP egress on the veth bed, and a kernel that the test can take features from.
 */
#ifndef AF_XDP_BED_H
#define AF_XDP_BED_H

#include "veth_bed.h"

/** A test with a pair of its own, the receiver, and a kernel that lacks nothing. */
#define BED_TEST(name) cmocka_unit_test_setup_teardown(name, bed_up, bed_down)
int bed_up(void **state);
int bed_down(void **state);

/** Run them in a network namespace of their own. @return status of the program */
#define bed_run(tests) bed_run_tests(tests, RTE_DIM(tests))
int bed_run_tests(const struct CMUnitTest *tests, size_t n);

/** An egress on near; zero is the default. It must come up. */
struct rte_qsock_egress *bed_egress(struct rte_qsock_af_xdp_conf conf);
void bed_free(struct rte_qsock_egress *e);

/** Free it: every mbuf is back in the pool. */
void bed_end(struct rte_qsock_egress *e);

#define bed_open(...) bed_egress((struct rte_qsock_af_xdp_conf){__VA_ARGS__})

/** A constructor that must fail with this rte_errno. */
void bed_refused(struct rte_qsock_af_xdp_conf conf, int error);

/** Its figures, of which the sum must hold. */
struct rte_qsock_af_xdp_info bed_info(const struct rte_qsock_egress *e);

/** Poll until it is so; fails the test after 10 s. */
void bed_await(struct rte_qsock_egress *e, bool (*so)(const struct rte_qsock_af_xdp_info *info));

/** That nothing is in flight. */
bool bed_all_done(const struct rte_qsock_af_xdp_info *info);

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
