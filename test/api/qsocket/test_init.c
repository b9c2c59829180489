/* SPDX-License-Identifier: BSD-3-Clause */
/* Every errno that qsocket.h names for qsockinit(); and that whatever else goes wrong is one of them. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/capability.h>

#include <rte_eal.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_log.h>
#include <rte_mbuf_dyn.h>

#include "bed.h"
#include "core/qs_port.h"
#include "eal/qs_eal_files.h"
#include "impatient.h"
#include "rte_qsock.h"
#include "rte_qsock_egress.h"
#include "scarce.h"

#define NOBODY 65534

static void test_init(void **state)
{
	struct qos_params params = bed_params("edf", NULL);
	struct q_port_ex ex = {.size = sizeof(ex)};

	assert_errno(qsockinit(NULL), EINVAL);
	assert_errno(qsockinit(&params), EBUSY); /* it has dwcs */
	params = bed_params("cbq", NULL);
	assert_errno(qsockinit(&params), ENOENT);
	params = bed_params("", NULL);
	assert_errno(qsockinit(&params), ENOENT);
	params = bed_params("dwcs", NULL);
	assert_int_equal(qsockinit(&params), 0);
	strcpy(params.dev, "nosuch0");
	assert_errno(qsockinit(&params), ENODEV);
	params.dev[0] = 0;
	assert_errno(qsockinit(&params), EINVAL);
	strcpy(params.dev, "net_null7");
	ex.ahead_ns = 20000000;
	assert_errno(qsockinit_ex(&params, &ex), EINVAL);
	ex.ahead_ns = 0;
	ex.size = 1;
	assert_errno(qsockinit_ex(&params, &ex), EINVAL);
	ex.size = sizeof(ex);
	ex.rate_bps = 1;
	assert_errno(qsockinit_ex(&params, &ex), EINVAL);
	setenv("QSOCK_PORT_ARGS", "speed=1", 1);
	assert_errno(qsockinit(&params), EINVAL);
	setenv("QSOCK_PORT_ARGS", "twin=lo", 1);
	assert_errno(qsockinit(&params), EEXIST);
	setenv("QSOCK_PORT_ARGS", "buffers=16777216", 1);
	assert_errno(qsockinit(&params), ENOMEM);
	unsetenv("QSOCK_PORT_ARGS");
	assert_errno(qsockfini("net_null7"), ENXIO);
}

/* Few descriptors: whichever it is that cannot be had, the device cannot be brought up. */
static void test_no_descriptors(void **state)
{
	struct qos_params params = {.dev = "net_null7", .name = "dwcs"};
	int ret = -1, error, n;

	for (n = 0; n < 64 && ret < 0; n++) {
		scarce_files((size_t)n);
		ret = qsockinit(&params);
		error = errno;
		scarce_end();
		assert_true(ret == 0 || error == EIO);
	}
	assert_int_equal(ret, 0);
	assert_in_range(n, 3, 63);
	assert_int_equal(qsockfini("net_null7"), 0);
}

/* net_af_xdp does not do with a veth of this MTU, nor has AF_XDP frames for it. Asked for by name it has no
 * other driver; by itself it has the kernel's. */
static void test_init_fails(void **state)
{
	struct q_port_ex by_name = {.size = sizeof(by_name), .driver = Q_DRIVER_ETHDEV};
	struct qos_params params = {.dev = "jumbo0", .name = "dwcs"};
	struct q_info info = {.size = sizeof(info)};
	int fd;

	bed_run("ip link add jumbo0 mtu 9000 type veth peer name jumbo1 mtu 9000 &&"
		"ip link set jumbo0 up && ip link set jumbo1 up");
	assert_errno(qsockinit_ex(&params, &by_name), EIO);
	assert_int_equal(qsockinit(&params), 0);
	fd = qsocket(AF_INET, SOCK_DGRAM, 0, &params);
	assert_true(fd >= 0);
	assert_int_equal(qinfo(fd, &info), 0);
	assert_string_equal(info.driver, "kernel");
	assert_int_equal(qclose(fd), 0);
	assert_int_equal(qsockfini("jumbo0"), 0);
	bed_run("ip link del jumbo0");
}

/* The program has made a port of the device itself. */
static void test_port_of_ours(void **state)
{
	struct qos_params params = {.dev = "net_null6", .name = "dwcs"};
	struct rte_qsock_port_conf conf = {
		.size = sizeof(conf), .name = "net_null6", .rate_bps = 1000000, .max_packets = 64};
	struct rte_qsock_port *port;

	conf.egress = rte_qsock_egress_ethdev(0, 0);
	assert_non_null(conf.egress);
	port = rte_qsock_port_create(&conf);
	assert_non_null(port);
	assert_errno(qsockinit(&params), EBUSY);
	assert_int_equal(rte_qsock_port_free(port), 0);
	assert_int_equal(qsockinit(&params), 0);
	assert_int_equal(qsockfini("net_null6"), 0);
}

/* This thread alone becomes a user to whom limits apply, with all other rights, and is root again. */
static void user_set(uid_t uid)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	const uint32_t limited = CAP_TO_MASK(CAP_SYS_RESOURCE) | CAP_TO_MASK(CAP_SYS_ADMIN);
	int i;

	assert_int_equal(prctl(PR_SET_KEEPCAPS, 1), 0);
	assert_int_equal(syscall(SYS_setresuid, uid, uid, 0), 0);
	assert_int_equal(syscall(SYS_capget, &header, data), 0);
	for (i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		data[i].effective = data[i].permitted;
	if (uid != 0)
		data[0].effective &= ~limited;
	assert_int_equal(syscall(SYS_capset, &header, data), 0);
}

/* A user who may have no more threads: the twin's is refused. */
static void test_no_thread(void **state)
{
	struct qos_params params = {.dev = "net_null7", .name = "dwcs"};
	struct rlimit old, none;
	int ret, error;

	getrlimit(RLIMIT_NPROC, &old);
	none = old;
	none.rlim_cur = 0;
	bed_log_begin();
	setrlimit(RLIMIT_NPROC, &none);
	user_set(NOBODY);
	ret = qsockinit(&params);
	error = errno;
	user_set(0);
	setrlimit(RLIMIT_NPROC, &old);
	bed_log_end();
	bed_log_expect("no thread");
	assert_true(ret == -1 && error == EIO);
	assert_int_equal(qsockinit(&params), 0);
	assert_int_equal(qsockfini("net_null7"), 0);
}

/* What is done instead of a TX core's loop; NULL: nothing. */
static lcore_function_t *instead;
static lcore_function_t *loop;
static struct rte_qsock_port *taken;

/* It has the port, and polls no more until that is said. */
static void poll_until(struct rte_qsock_port *port, const char *said)
{
	rte_qsock_tx_poll(port);
	__atomic_store_n(&taken, port, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&port->stop, __ATOMIC_ACQUIRE) && !bed_log_says(said))
		usleep(1000);
}

static int poll_once(void *arg)
{
	poll_until(arg, "did not poll");
	qs_port_release(arg);
	return 0;
}

/* As on a machine that keeps it off its CPU, and then gives it back. */
static int poll_late(void *arg)
{
	poll_until(arg, "has not polled");
	return loop(arg);
}

/* Called for EAL's function by the library, as the linker is told. */
int __real_rte_eal_remote_launch(lcore_function_t *run, void *arg, unsigned int lcore);
int __wrap_rte_eal_remote_launch(lcore_function_t *run, void *arg, unsigned int lcore);
int __wrap_rte_eal_remote_launch(lcore_function_t *run, void *arg, unsigned int lcore)
{
	int ret;

	loop = run;
	ret = __real_rte_eal_remote_launch(instead != NULL ? instead : run, arg, lcore);
	while (instead != NULL && ret == 0 && __atomic_load_n(&taken, __ATOMIC_ACQUIRE) != arg)
		usleep(100);
	return ret;
}

/* A TX core that is taken away. */
static void test_timed_out(void **state)
{
	struct qos_params params = {.dev = "net_null7", .name = "dwcs"};
	int ret, error;

	assert_int_equal(qsockfini(BED_DEV), 0);
	bed_log_begin();
	instead = poll_once;
	impatient(true);
	ret = qsockinit(&params);
	error = errno;
	impatient(false);
	instead = NULL;
	bed_log_end();
	assert_true(ret == -1 && error == EIO);
	bed_log_expect(strerror(ETIMEDOUT));
	assert_int_equal(qsockinit(&params), 0);
	assert_int_equal(qsockfini("net_null7"), 0);
}

/* One that is late is waited for. */
static void test_late(void **state)
{
	struct qos_params params = {.dev = "net_null7", .name = "dwcs"};
	int ret;

	bed_log_begin();
	rte_log_set_level_pattern("lib.qsock", RTE_LOG_NOTICE);
	taken = NULL;
	instead = poll_late;
	ret = qsockinit(&params);
	instead = NULL;
	bed_log_end();
	bed_log_expect("has not polled");
	assert_int_equal(ret, 0);
	assert_int_equal(qsockfini("net_null7"), 0);
}

static int in_child(int (*fn)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		exit(fn()); /* by exit(): the files of an EAL that was started go */
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* A process without privileges. It has not been forked from one that called qsockinit(). */
static int init_unprivileged(void)
{
	struct qos_params params = bed_params("dwcs", NULL);

	if (setuid(65534) < 0)
		return 2;
	return qsockinit(&params) == -1 && errno == EPERM ? 0 : 1;
}

/* A program with an EAL of its own, whose mbufs have no room for us. */
static int init_no_room(void)
{
	char prefix[64];
	char *argv[] = {(char *)"test",		 (char *)"--no-huge", (char *)"--no-shconf",
			(char *)"--no-pci",	 (char *)"-m",	      (char *)"64",
			(char *)"--lcores",	 (char *)"0@0,1@0",   prefix,
			(char *)"--no-telemetry"};
	struct qos_params params = bed_params("dwcs", NULL);
	struct rte_mbuf_dynfield field = {.size = 4, .align = 4};
	bool refused;
	int i;

	snprintf(prefix, sizeof(prefix), "--file-prefix=qsroom%d", (int)getpid());
	qs_eal_files_end();
	if (rte_eal_init((int)(sizeof(argv) / sizeof(argv[0])), argv) < 0)
		return 2;
	for (i = 0; i < 64; i++) {
		snprintf(field.name, sizeof(field.name), "others%d", i);
		if (rte_mbuf_dynfield_register(&field) < 0)
			break;
	}
	setenv("QSOCK_PORT_ARGS", "buffers=512", 1);
	bed_log_begin();
	refused = qsockinit(&params) == -1 && errno == EIO;
	bed_log_end();
	return refused && bed_log_says("dynamic field") ? 0 : 1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_init),	     cmocka_unit_test(test_no_descriptors),
		cmocka_unit_test(test_init_fails),   cmocka_unit_test(test_no_thread),
		cmocka_unit_test(test_port_of_ours), cmocka_unit_test(test_timed_out),
		cmocka_unit_test(test_late),
	};
	char args[128];
	int ret;

	if (geteuid() == 0 && (ret = in_child(init_unprivileged)) != 0) {
		printf("without privileges: %d\n", ret);
		return 1;
	}
	if (geteuid() == 0 && (ret = in_child(init_no_room)) != 0) {
		printf("without room in the mbuf: %d\n", ret);
		return 1;
	}
	/* Hugepages take rights and descriptors of their own, which would hide what we do without them. */
	snprintf(args, sizeof(args),
		 "--no-huge --no-shconf --no-pci -m 512 --file-prefix=qsinit%d --log-level=*:error "
		 "--log-level=lib.qsock:notice",
		 (int)getpid());
	setenv("QSOCK_EAL_ARGS", args, 1);
	bed_start("dwcs", "rate=100mbit,twin=qs0,sockets=8,linger=200ms");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
