/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * An egress on the veth bed, whichever its driver: made, looked at, ended. A driver's bed says how.
 */
#ifndef EGRESS_BED_H
#define EGRESS_BED_H

#include "veth_bed.h"

/** What each driver tells of an egress. */
struct bed_figures {
	bool link_down;
	uint32_t max_frame_bytes;
	uint64_t submitted, link_changes, mtu_changes, rebinds;
};

/** They have the same names in the info structure of each. */
#define BED_FIGURES(info)                                                                                    \
	((struct bed_figures){.link_down = (info).link_down,                                                 \
			      .max_frame_bytes = (info).max_frame_bytes,                                     \
			      .submitted = (info).submitted,                                                 \
			      .link_changes = (info).link_changes,                                           \
			      .mtu_changes = (info).mtu_changes,                                             \
			      .rebinds = (info).rebinds})

struct bed_driver {
	const char *name;
	uint32_t beyond_mtu_bytes;		/**< of the longest frame that arrives */
	void (*reset)(void);			/**< before each test and after; NULL: nothing to reset */
	void (*receive_from)(void);		/**< where its frames are seen in order */
	struct rte_qsock_egress *(*make)(void); /**< a small one on near */
	struct bed_figures (*figures)(const struct rte_qsock_egress *e);
	int (*info_get)(const struct rte_qsock_egress *e, void *info); /**< its info structure itself */
	size_t info_bytes;
};

/** The driver under test; each driver's bed has one. */
extern const struct bed_driver bed_driver;

/** A test with a pair of its own, and the receiver. */
#define BED_TEST(name) cmocka_unit_test_setup_teardown(name, bed_up, bed_down)
int bed_up(void **state);
int bed_down(void **state);

/** Run them in a network namespace of their own. @return status of the program */
#define bed_run(tests) bed_run_tests(tests, RTE_DIM(tests))
int bed_run_tests(const struct CMUnitTest *tests, size_t n);

/** What a driver has made: it must be there; a test that fails may leave it. @return it */
struct rte_qsock_egress *bed_made(struct rte_qsock_egress *e);
void bed_free(struct rte_qsock_egress *e);

/** Free it: every mbuf is back in the pool. */
void bed_end(struct rte_qsock_egress *e);

/** To be awaited: the link is up (1) or down (0). */
bool bed_link_is_up(const struct rte_qsock_egress *e, uint64_t up);

/** That it is up on the interface made again, for the n-th time. */
bool bed_is_back(const struct rte_qsock_egress *e, uint64_t n);

#endif
