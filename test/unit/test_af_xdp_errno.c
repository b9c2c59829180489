/* SPDX-License-Identifier: BSD-3-Clause */
/* What the AF_XDP egress refuses: each error provoked. */
#include <errno.h>
#include <string.h>

#include <rte_errno.h>

#include "af_xdp_bed.h"
#include "egress_tests.h"
#include "give_up.h"

static void test_values_out_of_range(void **state)
{
	static const struct rte_qsock_af_xdp_conf wrong[] = {
		{.ifname = NULL},
		{.ifname = ""},
		{.ifname = "sixteen-letters-"},
		{.ifname = NEAR, .frames = 100},
		{.ifname = NEAR, .frames = 32},
		{.ifname = NEAR, .frames = 65536},
		{.ifname = NEAR, .in_flight_ns = 999},
		{.ifname = NEAR, .in_flight_ns = 1000000001},
		{.ifname = NEAR, .busy_wait_ns = UINT64_C(60000000001)},
		{.ifname = NEAR, .busy_poll_us = 10001},
		{.ifname = NEAR, .tx_budget = 31},
		{.ifname = NEAR, .frames = 64, .tx_budget = 65},
		{.ifname = NEAR, .queue_id = 7},
	};
	struct {
		struct rte_qsock_af_xdp_conf conf;
		char more;
	} newer = {.conf = {.size = sizeof(newer), .ifname = NEAR}, .more = 1};

	(void)state;
	for (uint32_t i = 0; i < RTE_DIM(wrong); i++)
		bed_refused(wrong[i], EINVAL);
	assert_null(rte_qsock_egress_af_xdp(NULL));
	assert_int_equal(rte_errno, EINVAL);
	assert_null(rte_qsock_egress_af_xdp(&newer.conf));
	assert_int_equal(rte_errno, EINVAL);
}

static void test_no_such_interface(void **state)
{
	(void)state;
	bed_refused((struct rte_qsock_af_xdp_conf){.ifname = "nowhere"}, ENODEV);
}

static void test_queue_in_use(void **state)
{
	struct rte_qsock_egress *e = bed_open(.frames = 64);

	(void)state;
	bed_refused((struct rte_qsock_af_xdp_conf){.ifname = NEAR, .busy_wait_ns = 1}, EBUSY);
	bed_free(e);
	e = bed_open(.frames = 64); /* at once: the kernel takes a moment */
	bed_send(e, 0, 10, 64);
	bed_receive(e, 0, 10, 64);
	bed_end(e);
}

static void test_kernel_without_af_xdp(void **state)
{
	(void)state;
	bed_kernel_use();
	bed_kernel.socket_errno = EAFNOSUPPORT;
	bed_refused((struct rte_qsock_af_xdp_conf){.ifname = NEAR}, ENOTSUP);
	bed_kernel.socket_errno = 0;
	bed_kernel.old = true;
	bed_refused((struct rte_qsock_af_xdp_conf){.ifname = NEAR}, ENOTSUP);
	bed_kernel.old = false;
	bed_kernel.bind_errno = EPROTO;
	bed_refused((struct rte_qsock_af_xdp_conf){.ifname = NEAR}, EIO);
}

static bool is_refused(int error)
{
	const struct rte_qsock_af_xdp_conf conf = {
		.size = sizeof(conf), .ifname = NEAR, .frames = 256, .busy_wait_ns = 1};

	return rte_qsock_egress_af_xdp(&conf) == NULL && rte_errno == error;
}

/* Whether a child that has given something up is refused with this. */
static bool child_refused(void (*give_up)(void), int error)
{
	return give_up_child(give_up, is_refused, error);
}

static void test_no_descriptor(void **state)
{
	(void)state;
	assert_true(child_refused(give_up_descriptors, EMFILE)); /* for real */
	bed_kernel_use();
	bed_kernel.socket_errno = EMFILE;
	bed_refused((struct rte_qsock_af_xdp_conf){.ifname = NEAR}, EMFILE);
}

static void give_up_locked_memory(void)
{
	const struct rlimit small = {65536, 65536};

	setrlimit(RLIMIT_MEMLOCK, &small);
	cap_drop(CAP_IPC_LOCK);
}

static void test_no_privilege(void **state)
{
	(void)state;
	assert_true(child_refused(give_up_raw, EPERM));
}

static void test_no_memory(void **state)
{
	(void)state;
	assert_true(child_refused(give_up_locked_memory, ENOMEM));
	if (!SANITIZED)
		assert_true(child_refused(give_up_all_memory, ENOMEM));
}

static void test_no_thread(void **state)
{
	(void)state;
	if (SANITIZED)
		skip();
	assert_true(child_refused(give_up_memory, EAGAIN));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BED_TEST(test_values_out_of_range), BED_TEST(test_info_by_size),
		BED_TEST(test_info_refused),	    BED_TEST(test_no_such_interface),
		BED_TEST(test_queue_in_use),	    BED_TEST(test_kernel_without_af_xdp),
		BED_TEST(test_no_descriptor),	    BED_TEST(test_no_privilege),
		BED_TEST(test_no_memory),	    BED_TEST(test_no_thread),
	};

	return bed_run(tests);
}
