/* SPDX-License-Identifier: BSD-3-Clause */
/* What the kernel egress refuses: each error provoked. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <rte_errno.h>

#include "egress_kernel_bed.h"
#include "egress_tests.h"
#include "give_up.h"
#include "net_ns.h"
#include "rte_qsock_sched.h"

static bool is_refused_as(struct rte_qsock_kernel_conf conf, int error)
{
	struct rte_qsock_egress *e;

	conf.size = sizeof(conf);
	e = rte_qsock_egress_kernel(&conf);
	if (e != NULL)
		e->ops->free(e);
	return e == NULL && rte_errno == error;
}
#define refused(error, ...) is_refused_as((struct rte_qsock_kernel_conf){__VA_ARGS__}, error)

static bool is_refused(int error)
{
	return refused(error, .ifname = NEAR);
}

static void test_values_out_of_range(void **state)
{
	struct {
		struct rte_qsock_kernel_conf conf;
		char more;
	} newer = {.conf = {.size = sizeof(newer), .ifname = NEAR}, .more = 1};

	(void)state;
	assert_true(refused(EINVAL, .ifname = NULL));
	assert_true(refused(EINVAL, .ifname = ""));
	assert_true(refused(EINVAL, .ifname = "sixteen-letters-"));
	assert_true(refused(EINVAL, .ifname = NEAR, .in_flight_ns = 999));
	assert_true(refused(EINVAL, .ifname = NEAR, .in_flight_ns = 1000000001));
	assert_true(refused(EINVAL, .ifname = NEAR, .rate_bps = 999));
	assert_true(refused(EINVAL, .ifname = NEAR, .rate_bps = RTE_QSOCK_RATE_MAX_BPS + 1));
	assert_true(refused(EINVAL, .ifname = NEAR, .best_effort_share = 901));
	assert_null(rte_qsock_egress_kernel(NULL));
	assert_int_equal(rte_errno, EINVAL);
	assert_null(rte_qsock_egress_kernel(&newer.conf));
	assert_int_equal(rte_errno, EINVAL);
}

static void test_no_such_interface(void **state)
{
	(void)state;
	assert_true(refused(ENODEV, .ifname = "nowhere"));
}

static void test_qdisc_in_the_way(void **state)
{
	struct rte_qsock_egress *e;

	(void)state;
	assert_int_equal(sh("tc qdisc add dev " NEAR " root handle 7: pfifo limit 77"), 0);
	assert_true(is_refused(EBUSY));
	assert_int_equal(sh("tc qdisc show dev " NEAR " | grep -q 'pfifo 7: root .* limit 77p'"), 0);
	assert_int_equal(sh("tc qdisc del dev " NEAR " root"), 0);
	e = bed_open(0);
	assert_true(is_refused(EBUSY)); /* one at a time */
	assert_true(refused(EBUSY, .ifname = NEAR, .force = true));
	bed_end(e);
}

static void test_no_descriptor(void **state)
{
	(void)state;
	assert_true(give_up_child(give_up_descriptors, is_refused, EMFILE));
}

static void give_up_admin(void)
{
	cap_drop(CAP_NET_ADMIN);
}

static void test_no_privilege(void **state)
{
	(void)state;
	assert_true(give_up_child(give_up_raw, is_refused, EPERM));
	assert_true(give_up_child(give_up_admin, is_refused, EPERM));
}

/* What the heap has left is enough. */
static void give_up_the_heap(void)
{
	give_up_all_memory();
	while (malloc(16) != NULL)
		;
}

static void test_no_memory(void **state)
{
	(void)state;
	if (SANITIZED)
		skip();
	assert_true(give_up_child(give_up_the_heap, is_refused, ENOMEM));
}

static void test_no_thread(void **state)
{
	(void)state;
	if (SANITIZED)
		skip();
	assert_true(give_up_child(give_up_memory, is_refused, EAGAIN));
}

/* A kernel that has no packet sockets, or none for us. */
static void packet_sockets_fail(int error)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_PACKET, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned int)error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {RTE_DIM(filter), filter};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		_exit(1);
}

static void give_up_packet_sockets(void)
{
	packet_sockets_fail(EAFNOSUPPORT);
}

static void give_up_for_another_reason(void)
{
	packet_sockets_fail(EPROTO);
}

static void test_kernel_without_packet_sockets(void **state)
{
	(void)state;
	assert_true(give_up_child(give_up_packet_sockets, is_refused, ENOTSUP));
	assert_true(give_up_child(give_up_for_another_reason, is_refused, EIO));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BED_TEST(test_values_out_of_range), BED_TEST(test_info_by_size),
		BED_TEST(test_info_refused),	    BED_TEST(test_no_such_interface),
		BED_TEST(test_qdisc_in_the_way),    BED_TEST(test_no_descriptor),
		BED_TEST(test_no_privilege),	    BED_TEST(test_no_memory),
		BED_TEST(test_no_thread),	    BED_TEST(test_kernel_without_packet_sockets),
	};

	return bed_run(tests);
}
