/* SPDX-License-Identifier: BSD-3-Clause */
/* Driver kernel: how a socket comes into its class, by BPF or by its SO_PRIORITY, and what is left of it. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel_bed.h"
#include "net/qs_qdisc.h"

#define PORT 5000
#define URGENT 0
#define MANAGED 1
#define BEST_EFFORT 2

static struct qs_qdisc_counts counts[QS_QDISC_CLASSES];

/* Which class a datagram goes through; -1: not exactly one. */
static int class_of(void (*send_one)(int fd), int fd)
{
	uint64_t before[QS_QDISC_CLASSES];
	int found = -1, i;

	assert_int_equal(qs_qdisc_counts_read(KBED_DEV, counts), 0);
	for (i = 0; i < (int)QS_QDISC_CLASSES; i++)
		before[i] = counts[i].packets;
	send_one(fd);
	assert_int_equal(qs_qdisc_counts_read(KBED_DEV, counts), 0);
	for (i = 0; i < (int)QS_QDISC_CLASSES; i++) {
		if (counts[i].packets == before[i] + 1)
			found = found < 0 ? i : -2;
	}
	return found < 0 ? -1 : found;
}

static void send_scheduled(int fd)
{
	assert_int_equal(qsend(fd, "x", 1, 0, NULL), 1);
	kbed_drained(fd);
}

static void send_plain(int fd)
{
	assert_int_equal(send(fd, "x", 1, 0), 1);
}

static int priority_of(int fd)
{
	int value = -1;
	socklen_t len = sizeof(value);

	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_PRIORITY, &value, &len), 0);
	return value;
}

static bool has_filter(void)
{
	return system("tc filter show dev " KBED_DEV " egress | grep -q qsock") == 0;
}

static void close_all(int fd)
{
	assert_int_equal(qclose(fd), 0);
	assert_int_equal(qsockfini(KBED_DEV), 0);
	assert_false(has_filter());
}

/* Whatever its program sets: the class stays, and the socket is as its program set it. */
static void by_bpf(const char *args)
{
	struct q_attr_ex attr = kbed_attr(1, 0, 0, 64, DWCS_NON_DROPPABLE);
	struct qos_params params = {.dev = KBED_DEV, .name = "dwcs"}; /* best effort */
	int receiver = kbed_receiver(AF_INET, SOCK_DGRAM, PORT), fd, own = 5;

	kbed_init("dwcs", args);
	assert_true(has_filter());
	fd = kbed_socket(AF_INET, SOCK_DGRAM, PORT, &attr);
	assert_int_equal(class_of(send_scheduled, fd), URGENT);
	assert_int_equal(class_of(send_plain, fd), URGENT);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_PRIORITY, &own, sizeof(own)), 0);
	assert_int_equal(class_of(send_scheduled, fd), URGENT);
	assert_int_equal(qchange(fd, &params), 0);
	assert_int_equal(class_of(send_scheduled, fd), MANAGED);
	assert_int_equal(priority_of(fd), own);
	close_all(fd);
	close(receiver);
}

static void test_bpf(void **state)
{
	(void)state;
	by_bpf("rate=10mbit,classify=bpf");
	by_bpf("rate=10mbit,classify=auto");
	by_bpf("rate=10mbit");
}

static void by_priority(const char *args)
{
	struct q_attr_ex attr = kbed_attr(1, 0, 0, 64, DWCS_NON_DROPPABLE);
	int receiver = kbed_receiver(AF_INET, SOCK_DGRAM, PORT), fd, own = 5;

	kbed_init("dwcs", args);
	assert_false(has_filter());
	fd = kbed_socket(AF_INET, SOCK_DGRAM, PORT, &attr);
	assert_int_equal(priority_of(fd), QS_QDISC_URGENT);
	assert_int_equal(class_of(send_scheduled, fd), URGENT);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_PRIORITY, &own, sizeof(own)), 0);
	assert_int_equal(class_of(send_scheduled, fd), BEST_EFFORT);
	close_all(fd);
	close(receiver);
}

static void test_priority(void **state)
{
	(void)state;
	by_priority("rate=10mbit,classify=priority");
}

/* A socket that loses its stream is in no class of ours, though its descriptor stays. */
static void test_detached(void **state)
{
	struct q_attr_ex attr = kbed_attr(1, 0, 0, 64, DWCS_NON_DROPPABLE);
	int receiver = kbed_receiver(AF_INET, SOCK_DGRAM, PORT), fd, copy;

	(void)state;
	kbed_init("dwcs", "rate=10mbit,classify=bpf");
	fd = kbed_socket(AF_INET, SOCK_DGRAM, PORT, &attr);
	copy = dup(fd);
	assert_int_equal(class_of(send_plain, copy), URGENT);
	assert_int_equal(qclose(fd), 0);
	for (int tries = 0; tries < 100 && class_of(send_plain, copy) != BEST_EFFORT; tries++)
		usleep(10000);
	assert_int_equal(class_of(send_plain, copy), BEST_EFFORT);
	close(copy);
	assert_int_equal(qsockfini(KBED_DEV), 0);
	close(receiver);
}

/* Messages go on being scheduled, without a class of their own. */
static void test_removed(void **state)
{
	struct q_attr_ex attr = kbed_attr(1, 0, 0, 64, DWCS_NON_DROPPABLE);
	int receiver = kbed_receiver(AF_INET, SOCK_DGRAM, PORT), fd;

	(void)state;
	kbed_init("dwcs", "rate=10mbit,classify=bpf");
	fd = kbed_socket(AF_INET, SOCK_DGRAM, PORT, &attr);
	bed_log_begin();
	bed_run("tc filter del dev va egress");
	for (int tries = 0; !bed_log_says("removed or replaced ours") && tries < 300; tries++)
		usleep(10000);
	bed_log_expect("another program removed or replaced ours on va");
	bed_log_end();
	assert_int_equal(class_of(send_scheduled, fd), BEST_EFFORT);
	assert_int_equal(kbed_info(fd).met, 1);
	close_all(fd);
	close(receiver);
}

/* A kernel without bpf(2). */
static void bpf_deny(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_bpf, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		_exit(3);
}

/* Last, since it cannot be undone. */
static void test_no_bpf(void **state)
{
	struct qos_params params = {.dev = KBED_DEV, .name = "dwcs"};

	(void)state;
	bpf_deny();
	by_priority("rate=10mbit,classify=auto");
	bed_log_begin();
	setenv("QSOCK_PORT_ARGS", "driver=kernel,rate=10mbit,classify=bpf", 1);
	assert_int_equal(qsockinit(&params), -1);
	assert_int_equal(errno, EIO);
	bed_log_expect("classify=bpf");
	bed_log_end();
	assert_int_not_equal(system("tc qdisc show dev " KBED_DEV " | grep -q 5153:"), 0);
	setenv("QSOCK_PORT_ARGS", "driver=kernel,rate=10mbit,classify=ebpf", 1);
	assert_int_equal(qsockinit(&params), -1);
	assert_int_equal(errno, EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bpf),	 cmocka_unit_test(test_priority),
		cmocka_unit_test(test_detached), cmocka_unit_test(test_removed),
		cmocka_unit_test(test_no_bpf),
	};

	kbed_start();
	/* It would be counted with what is sent. */
	bed_run("sysctl -qw net.ipv6.conf.va.disable_ipv6=1");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
