/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Tests that the egress of each driver passes; a driver's program lists them among its own.
 */
#ifndef EGRESS_TESTS_H
#define EGRESS_TESTS_H

#include "egress_bed.h"

/* Sending. */
void test_segments_are_gathered(void **state);

/* The interface changes. */
void test_link_down_and_up(void **state);
void test_no_carrier(void **state);
void test_made_while_down(void **state);
void test_mtu_changes(void **state);
void test_removed_for_good(void **state);
void test_renamed(void **state);
#define EGRESS_LINK_TESTS                                                                                    \
	BED_TEST(test_link_down_and_up), BED_TEST(test_no_carrier), BED_TEST(test_made_while_down),          \
		BED_TEST(test_mtu_changes), BED_TEST(test_removed_for_good), BED_TEST(test_renamed)

/* What it tells of itself. */
void test_info_by_size(void **state);
void test_info_refused(void **state);

#endif
