/* SPDX-License-Identifier: BSD-3-Clause */
/* The class of a socket by BPF at clsact: it counts whatever the socket says, others' filters stay, it goes
 * with us, also after a crash; and what a kernel or a user without it says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_errno.h>

#include "net/qs_classify.h"
#include "net/qs_qdisc.h"
#include "net/qs_state_file.h"
#include "give_up.h"
#include "holder.h"
#include "net_ns.h"
#include "qdisc_bed.h"

#define URGENT 0
#define BEST_EFFORT 2

static const struct qs_qdisc_conf conf = {.rate_bps = 20000000, .overhead_bytes = 24};
static const struct sockaddr_in peer = {.sin_family = AF_INET, .sin_port = 0x0900};

static struct sockaddr_in to(void)
{
	struct sockaddr_in addr = peer;

	addr.sin_addr.s_addr = inet_addr("10.9.0.2");
	return addr;
}

static uint64_t left(unsigned int class)
{
	struct qs_qdisc_counts counts[QS_QDISC_CLASSES];

	assert_int_equal(qs_qdisc_counts_read("va", counts), 0);
	return counts[class].packets;
}

static void send_one(int fd)
{
	const struct sockaddr_in addr = to();

	assert_int_equal(sendto(fd, "x", 1, 0, (const struct sockaddr *)&addr, sizeof(addr)), 1);
}

static int priority_of(int fd)
{
	int value = -1;
	socklen_t len = sizeof(value);

	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_PRIORITY, &value, &len), 0);
	return value;
}

static bool no_filter(void)
{
	return sh("tc qdisc show dev va | grep -q clsact") != 0 &&
	       sh("test -z \"$(ls " QS_STATE_DIR ")\"") == 0;
}

static void test_class(void **state)
{
	const struct sockaddr_in addr = to();
	struct qs_qdisc *q = qs_qdisc_classes("va", &conf);
	struct qs_classify *c = qs_classify_begin("va");
	int udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0),
	    tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), other = 6;

	(void)state;
	assert_non_null(q);
	assert_non_null(c);
	assert_int_equal(qs_classify_check(c), 0);
	send_one(udp);
	assert_int_equal(left(BEST_EFFORT), 1);
	assert_int_equal(qs_classify_set(c, udp, QS_QDISC_URGENT), 0);
	send_one(udp);
	assert_int_equal(left(URGENT), 1);
	assert_int_equal(priority_of(udp), 0);
	assert_int_equal(setsockopt(udp, SOL_SOCKET, SO_PRIORITY, &other, sizeof(other)), 0);
	send_one(udp);
	assert_int_equal(left(URGENT), 2);
	assert_int_equal(qs_classify_set(c, tcp, QS_QDISC_URGENT), 0);
	connect(tcp, (const struct sockaddr *)&addr, sizeof(addr));
	assert_int_equal(left(URGENT), 3);
	assert_int_equal(qs_classify_set(c, udp, 0), 0);
	assert_int_equal(qs_classify_set(c, udp, 0), 0); /* it had none */
	send_one(udp);
	assert_int_equal(left(URGENT), 3);
	assert_int_equal(left(BEST_EFFORT), 2);
	assert_int_equal(qs_classify_set(c, 999, QS_QDISC_URGENT), -EBADF);
	assert_int_equal(qs_classify_set(c, STDERR_FILENO, QS_QDISC_URGENT), -ENOTSOCK);
	close(udp);
	close(tcp);
	qs_classify_end(c);
	qs_classify_end(NULL);
	qs_qdisc_end(q);
	assert_true(no_filter());
}

/* A filter of others, in the first place: it is there after ours, and its qdisc too. */
static void test_others(void **state)
{
	struct qs_classify *c;

	(void)state;
	assert_int_equal(sh("tc qdisc add dev va clsact && "
			    "tc filter add dev va egress prio 1 handle ::1 protocol all u32 match u32 0 0 "
			    "flowid 1:1"),
			 0);
	c = qs_classify_begin("va");
	assert_non_null(c);
	assert_int_equal(sh("tc filter show dev va egress | grep -q 'pref 20819 bpf.*qsock'"), 0);
	qs_classify_end(c);
	assert_int_equal(sh("tc filter show dev va egress | grep -q 'pref 1 u32'"), 0);
	assert_int_equal(sh("tc filter show dev va egress | grep -q qsock"), 256);
	assert_int_equal(sh("tc qdisc del dev va clsact"), 0);
	/* One that comes while ours is there, at either hook. */
	c = qs_classify_begin("va");
	assert_non_null(c);
	assert_int_equal(sh("tc filter add dev va ingress prio 7 protocol all u32 match u32 0 0 flowid 1:1"),
			 0);
	qs_classify_end(c);
	assert_int_equal(sh("tc filter show dev va ingress | grep -q 'pref 7 u32'"), 0);
	assert_int_equal(sh("tc qdisc del dev va clsact"), 0);
	assert_true(no_filter());
}

static bool take_clsact(const void *arg)
{
	return qs_classify_begin("va") != NULL;
}

static void test_crash(void **state)
{
	struct qs_classify *c;
	pid_t pid = holder_start(take_clsact, NULL);

	(void)state;
	assert_null(qs_classify_begin("va"));
	assert_int_equal(rte_errno, EBUSY);
	assert_int_equal(qs_classify_recover(), 0);
	holder_kill(pid);
	assert_false(no_filter());
	assert_int_equal(qs_classify_recover(), 1);
	assert_true(no_filter());
	/* The next start does it by itself. */
	holder_kill(holder_start(take_clsact, NULL));
	c = qs_classify_begin("va");
	assert_non_null(c);
	assert_int_equal(sh("test $(tc filter show dev va egress | grep -c qsock) = 1"), 0);
	qs_classify_end(c);
	assert_true(no_filter());
	/* What is left without its file. */
	holder_kill(holder_start(take_clsact, NULL));
	assert_int_equal(sh("rm " QS_STATE_DIR "/*"), 0);
	c = qs_classify_begin("va");
	assert_non_null(c);
	qs_classify_end(c);
	assert_int_equal(sh("tc filter show dev va egress | grep -q qsock"), 256);
	assert_int_equal(sh("tc qdisc del dev va clsact"), 0);
	assert_int_equal(sh("echo nonsense >" QS_STATE_DIR "/clsact-$(stat -L -c %%i /proc/self/ns/net)-va"),
			 0);
	assert_int_equal(qs_classify_recover(), -1);
	assert_int_equal(sh("rm " QS_STATE_DIR "/*.failed"), 0);
}

static void test_replaced(void **state)
{
	struct qs_classify *c = qs_classify_begin("va"), *second;

	(void)state;
	assert_non_null(c);
	assert_int_equal(sh("tc filter del dev va egress"), 0);
	assert_int_equal(qs_classify_check(c), -1);
	assert_int_equal(rte_errno, ESTALE);
	qs_classify_end(c);
	assert_true(no_filter());
	c = qs_classify_begin("va");
	assert_int_equal(sh("tc qdisc del dev va clsact"), 0);
	assert_int_equal(qs_classify_check(c), -1);
	assert_int_equal(rte_errno, ESTALE);
	qs_classify_end(c);
	assert_true(no_filter());
	/* Another program of our name and number. */
	c = qs_classify_begin("va");
	assert_int_equal(sh("rm " QS_STATE_DIR "/clsact-*"), 0);
	second = qs_classify_begin("va");
	assert_non_null(second);
	assert_int_equal(qs_classify_check(c), -1);
	assert_int_equal(rte_errno, ESTALE);
	assert_int_equal(qs_classify_check(second), 0);
	qs_classify_end(c);
	assert_int_equal(qs_classify_check(second), 0);
	qs_classify_end(second);
	assert_int_equal(sh("tc qdisc del dev va clsact 2>/dev/null; rm -f " QS_STATE_DIR "/clsact-*"), 0);
	assert_true(no_filter());
	/* The interface goes. */
	assert_int_equal(sh("ip link add vc type veth peer name vd"), 0);
	c = qs_classify_begin("vc");
	assert_non_null(c);
	assert_int_equal(sh("ip link del vc"), 0);
	assert_int_equal(qs_classify_check(c), -1);
	assert_int_equal(rte_errno, ENODEV);
	qs_classify_end(c);
	assert_true(no_filter());
}

/* ------------------------------------------------------------------ who cannot */

/* A kernel that knows no such command of bpf(2), or has no such map. */
static void bpf_deny(unsigned int command)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_bpf, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, command, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		_exit(3);
}

/* What a child says that prepare() took something from. */
static int said_without(void (*prepare)(unsigned int what), unsigned int what)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		prepare(what);
		_exit(qs_classify_begin("va") == NULL ? rte_errno : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_true(no_filter());
	return WEXITSTATUS(status);
}

static void bpf_capabilities_drop(unsigned int unused)
{
	(void)unused;
	cap_drop(CAP_SYS_ADMIN);
	cap_drop(CAP_BPF);
}

static void test_cannot(void **state)
{
	(void)state;
	assert_int_equal(said_without(bpf_deny, BPF_BTF_LOAD), EOPNOTSUPP);
	assert_int_equal(said_without(bpf_deny, BPF_MAP_CREATE), EOPNOTSUPP);
	assert_int_equal(said_without(bpf_deny, BPF_PROG_LOAD), EOPNOTSUPP);
	assert_int_equal(said_without(cap_drop, CAP_NET_ADMIN), EPERM);
	assert_int_equal(said_without(bpf_capabilities_drop, 0), EPERM);
	assert_null(qs_classify_begin("nosuch"));
	assert_int_equal(rte_errno, ENODEV);
	assert_null(qs_classify_begin("a-name-of-16-chr"));
	assert_int_equal(rte_errno, ENODEV);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_class),	 cmocka_unit_test(test_others), cmocka_unit_test(test_crash),
		cmocka_unit_test(test_replaced), cmocka_unit_test(test_cannot),
	};

	if (!qdisc_bed_enter())
		return 77;
	return cmocka_run_group_tests(tests, qdisc_bed_up, NULL);
}
