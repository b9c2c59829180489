/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every refusal of rte_qsock_twin.h that takes a shortage, a busy interface or a kernel that does not want
 * to; what needs no more than a wrong argument is in test/unit/test_twin.c. What fails leaves nothing behind.
 */
#include <errno.h>
#include <linux/capability.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <rte_log.h>

#include "../unit/holder.h"
#include "impatient.h"
#include "qsocket/bed.h"
#include "rig.h"
#include "rte_qsock_twin.h"
#include "scarce.h"
#include "twin/qs_classify.h"
#include "twin/qs_move.h"

#define STEP_BYTES 65536
#define STEPS_MAX 1000 /* of memory: far more than a twin takes */

static struct rig r;

static struct rte_qsock_twin_conf conf_of(const char *move_from)
{
	/* net_null0 receives without end: not for the kernel. */
	return (struct rte_qsock_twin_conf){.size = sizeof(struct rte_qsock_twin_conf),
					    .name = "tw0",
					    .port = r.port,
					    .eth_port_id = api_device("net_null0"),
					    .tx_pool = api_pool,
					    .no_rx = true,
					    .move_from = move_from,
					    .mtu = 1500};
}

static void expect_nothing(void)
{
	assert_int_equal(if_nametoindex("tw0"), 0);
	assert_null(rte_qsock_lookup(r.port, "tw0.best-effort"));
}

static void expect_refusal(const char *move_from, int error)
{
	struct rte_qsock_twin_conf conf = conf_of(move_from);

	rte_errno = 0;
	assert_null(rte_qsock_twin_create(&conf));
	assert_int_equal(rte_errno, error);
	expect_nothing();
}

static struct rte_qsock_twin *twin_make(const char *move_from)
{
	struct rte_qsock_twin_conf conf = conf_of(move_from);
	struct rte_qsock_twin *twin = rte_qsock_twin_create(&conf);

	assert_non_null(twin);
	return twin;
}

static bool va_has_all(void)
{
	return system("ip -4 -o addr show dev va | grep -q 10.9.0.1 &&"
		      "ip route show dev va | grep -q 10.20.0.0") == 0;
}

/*
 * Create a twin with a little more each time, until it is made. Every failure is one of few, and leaves
 * nothing behind.
 */
static void sweep(void (*scarce)(size_t spare), size_t step, const char *move_from, int either, int other)
{
	struct rte_qsock_twin_conf conf = conf_of(move_from);
	struct rte_qsock_twin *twin = NULL;
	size_t n;

	for (n = 0; n < STEPS_MAX && twin == NULL; n++) {
		int error;

		scarce(n * step);
		twin = rte_qsock_twin_create(&conf);
		error = rte_errno;
		scarce_end();
		if (twin != NULL)
			break;
		if (error != either && error != other)
			fail_msg("%zu: %s; %s", n * step, strerror(error), bed_log());
		expect_nothing();
	}
	assert_non_null(twin);
	assert_true(n > 0);
	assert_int_equal(rte_qsock_twin_free(twin), 0);
	expect_nothing();
}

static void test_no_memory(void **state)
{
	if (!scarce_memory_works()) {
		printf("SKIP: a sanitizer needs memory itself\n");
		return;
	}
	bed_log_begin();
	sweep(scarce_memory, STEP_BYTES, NULL, ENOMEM, EAGAIN);
	bed_log_end();
	bed_log_expect("twin: no memory");
	bed_log_expect("no thread");
	bed_log_expect("routes: no memory");
	/* The stack of the thread that has ended is kept for the next one. */
	bed_log_begin();
	sweep(scarce_memory, STEP_BYTES, "va", ENOMEM, EIO);
	bed_log_end();
	assert_true(va_has_all());
}

/* Sockets and hash tables are in EAL's memory. */
static void test_no_eal_memory(void **state)
{
	bed_log_begin();
	scarce_eal(0);
	expect_refusal(NULL, ENOMEM);
	scarce_end();
	bed_log_end();
	bed_log_expect("classifier: no memory");
	assert_int_equal(rte_qsock_twin_free(twin_make(NULL)), 0);
}

/* va's addresses go to vb. */
static bool take_move(const void *arg)
{
	return qs_move_begin("va", "vb") != NULL;
}

static void test_busy(void **state)
{
	pid_t pid = holder_start(take_move, NULL);

	expect_refusal("va", EBUSY);
	holder_kill(pid);
	assert_int_equal(rte_qsock_twin_free(twin_make("va")), 0);
	assert_true(va_has_all());
}

/*
 * Few descriptors: for the TAP, the route sockets, the file of what moves. And a process
 * that was killed has left such a file, which must not be lost for want of a descriptor to read it with.
 */
static void test_no_descriptors(void **state)
{
	holder_kill(holder_start(take_move, NULL));
	assert_false(va_has_all());
	bed_log_begin();
	sweep(scarce_files, 1, "va", EIO, EIO);
	bed_log_end();
	bed_log_expect("opening /dev/net/tun");
	bed_log_expect("routes: netlink");
	bed_log_expect("neighbours: netlink");
	bed_log_expect("move: interface va");
	bed_log_expect("move: no netlink socket");
	assert_true(va_has_all());
}

static void test_kernel_refuses(void **state)
{
	assert_int_equal(mount("/dev/null", "/dev/net/tun", NULL, MS_BIND, NULL), 0);
	expect_refusal(NULL, EIO);
	assert_int_equal(umount("/dev/net/tun"), 0);
	/* A disk that is full, as a file system of no size is. */
	assert_int_equal(mount("none", QS_STATE_DIR, "tmpfs", 0, "nr_inodes=1"), 0);
	expect_refusal("va", EIO);
	assert_int_equal(umount(QS_STATE_DIR), 0);
	assert_true(va_has_all());
}

static void net_admin_set(bool on)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	uint32_t *effective = &data[CAP_TO_INDEX(CAP_NET_ADMIN)].effective;

	assert_int_equal(syscall(SYS_capget, &header, data), 0);
	*effective = (*effective & ~(uint32_t)CAP_TO_MASK(CAP_NET_ADMIN)) |
		     (on ? (uint32_t)CAP_TO_MASK(CAP_NET_ADMIN) : 0);
	assert_int_equal(syscall(SYS_capset, &header, data), 0);
}

/* This thread alone is without the capability; what it could not move stays where it is. */
static void test_not_permitted(void **state)
{
	net_admin_set(false);
	expect_refusal("va", EPERM);
	rte_errno = 0;
	assert_null(qs_move_begin("va", "vb"));
	assert_int_equal(rte_errno, EPERM);
	net_admin_set(true);
	assert_true(va_has_all());
	/* Its file waits for somebody with more rights, once this process has ended. */
	assert_int_equal(system("rm " QS_STATE_DIR "/move-*-va"), 0);
	assert_int_equal(rte_qsock_twin_free(twin_make("va")), 0);
	assert_true(va_has_all());
}

static void test_too_many_sockets(void **state)
{
	struct rte_qsock_port *port = r.port;
	struct rig one;

	rig_port(&one, .name = "one", .max_sockets = 1);
	rig_open(&one, .name = "only");
	r.port = one.port;
	expect_refusal(NULL, ENOSPC);
	r.port = port;
	rig_end(&one);
}

static bool polled, leave;

static void *poller(void *arg)
{
	rte_qsock_tx_poll(arg);
	__atomic_store_n(&polled, true, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&leave, __ATOMIC_ACQUIRE))
		usleep(1000);
	rte_qsock_tx_stop(arg);
	return NULL;
}

/* The thread that polls the port is away. */
static void test_timed_out(void **state)
{
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, poller, r.port), 0);
	while (!__atomic_load_n(&polled, __ATOMIC_ACQUIRE))
		usleep(1000);
	impatient(true);
	expect_refusal(NULL, ETIMEDOUT);
	impatient(false);
	__atomic_store_n(&leave, true, __ATOMIC_RELEASE);
	assert_int_equal(pthread_join(thread, NULL), 0);
}

static int rule_seen(const struct rte_qsock_rule *rule, struct rte_qsock *qs, void *arg)
{
	++*(unsigned int *)arg;
	return 0;
}

static int neigh_seen(const struct rte_qsock_neigh *neigh, void *arg)
{
	++*(unsigned int *)arg;
	return 0;
}

static void test_rules(void **state)
{
	struct rte_qsock_rule rule = {.size = sizeof(rule)};
	struct rte_qsock_twin *twin = twin_make(NULL);
	struct rte_qsock *qs = rig_open(&r, .name = "ruled");
	unsigned int i, seen = 0;

	for (i = 0; i < QS_RULES_MAX; i++) {
		snprintf(rule.name, sizeof(rule.name), "r%u", i);
		assert_int_equal(rte_qsock_twin_rule_add(twin, &rule, qs), 0);
	}
	strcpy(rule.name, "one more");
	rte_errno = 0;
	assert_int_equal(rte_qsock_twin_rule_add(twin, &rule, qs), -1);
	assert_int_equal(rte_errno, ENOSPC);
	if (scarce_memory_works()) {
		int rules, rules_error, neighs, neighs_error;

		scarce_memory(0);
		rules = rte_qsock_twin_rule_foreach(twin, rule_seen, &seen);
		rules_error = rte_errno;
		neighs = rte_qsock_twin_neigh_foreach(twin, neigh_seen, &seen);
		neighs_error = rte_errno;
		scarce_end();
		assert_true(rules == -1 && rules_error == ENOMEM);
		assert_true(neighs == -1 && neighs_error == ENOMEM);
		assert_int_equal(seen, 0);
	}
	assert_int_equal(rte_qsock_twin_rule_foreach(twin, rule_seen, &seen), 0);
	assert_int_equal(seen, QS_RULES_MAX);
	assert_int_equal(rte_qsock_twin_forget(twin, qs), 0);
	assert_int_equal(rte_qsock_close(qs), 0);
	assert_int_equal(rte_qsock_twin_free(twin), 0);
}

/* A /run of the test's own, and a /dev/net/tun that can be hidden. */
static void mounts(void)
{
	if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("none", "/run", "tmpfs", 0, NULL) != 0) {
		printf("SKIP: no mounts of its own\n");
		exit(77);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_memory),      cmocka_unit_test(test_no_eal_memory),
		cmocka_unit_test(test_busy),	       cmocka_unit_test(test_no_descriptors),
		cmocka_unit_test(test_kernel_refuses), cmocka_unit_test(test_not_permitted),
		cmocka_unit_test(test_timed_out),      cmocka_unit_test(test_too_many_sockets),
		cmocka_unit_test(test_rules),
	};
	int ret;

	scarce_start();
	bed_namespace();
	mounts();
	bed_run("mkdir " QS_STATE_DIR " && ip link add va type veth peer name vb && ip link set va up && "
		"ip link set vb up && ip addr add 10.9.0.1/24 dev va && ip route add 10.20.0.0/16 via "
		"10.9.0.2");
	api_eal_start("qstwin");
	rte_log_set_level_pattern("lib.qsock", RTE_LOG_CRIT);
	rig_port(&r, .name = "twin");
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	rig_end(&r);
	api_eal_stop();
	return ret;
}
