/* SPDX-License-Identifier: BSD-3-Clause */
/* The root qdisc of an interface: replaced, given back, also after a crash; foreign ones are respected. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <linux/capability.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_errno.h>

#include "net/qs_qdisc.h"
#include "net/qs_qdisc_priv.h"
#include "holder.h"
#include "net_ns.h"
#include "qdisc_bed.h"

#define FOREIGN                                                                                              \
	"tc qdisc replace dev va root handle 1: htb default 0x2 && "                                         \
	"tc class add dev va parent 1: classid 1:1 htb rate 10mbit quantum 2000 && "                         \
	"tc class add dev va parent 1:1 classid 1:2 htb rate 3mbit ceil 9mbit prio 3 quantum 2000 && "       \
	"tc qdisc add dev va parent 1:2 handle 7: bfifo limit 12345"

static const struct qs_qdisc_conf conf = {.rate_bps = 20000000, .overhead_bytes = 24};

/* Qdiscs and classes as tc tells them, without what counts. */
static char *snapshot(const char *ifname)
{
	static char text[3][8192];
	static int turn;

	turn = (turn + 1) % 3;
	sh_text(text[turn], sizeof(text[0]),
		"{ tc -d qdisc show dev %s; tc -d class show dev %s; } | "
		"sed -E 's/ refcnt [0-9]+//; s/direct_packets_stat [0-9]+//' | sort",
		ifname, ifname);
	return text[turn];
}

static bool has(const char *text)
{
	return strstr(snapshot("va"), text) != NULL;
}

static bool no_file(void)
{
	return sh("test -z \"$(ls " QS_STATE_DIR ")\"") == 0;
}

static void assert_default(void)
{
	assert_string_equal(snapshot("va"), "qdisc noqueue 0: root \n");
}

static void test_classes(void **state)
{
	struct qs_qdisc *q = qs_qdisc_classes("va", &conf);

	(void)state;
	assert_non_null(q);
	assert_true(has("qdisc htb 5153: root"));
	assert_true(has("default 0x30"));
	assert_true(has("class htb 5153:10 parent 5153:1"));
	assert_true(has("prio 0 quantum 3200 rate 17Mbit overhead 24 ceil 20Mbit linklayer ethernet"));
	assert_true(has("prio 1 quantum 3200 rate 2Mbit overhead 24 ceil 20Mbit"));
	assert_true(has("prio 2 quantum 3200 rate 1Mbit overhead 24 ceil 20Mbit"));
	assert_true(has("parent 5153:10 limit 64p"));
	assert_true(has("qdisc tbf") && has("parent 5153:30"));
	assert_int_equal(qs_qdisc_check(q), 0);
	assert_int_equal(qs_qdisc_rate_set(q, 40000000), 0);
	assert_true(has("rate 34Mbit overhead 24 ceil 40Mbit"));
	assert_false(no_file());
	qs_qdisc_end(q);
	assert_default();
	assert_true(no_file());
	qs_qdisc_end(NULL);
}

#define PING_4000(told)                                                                                      \
	"ping -q -c 1 -W 1 -s 4000 10.9.0.2 >/dev/null; tc -s qdisc show dev va | grep -A1 tbf | grep -q "   \
	"'" told "'"

/* Best effort's queue takes apart what is longer than a frame, and drops what cannot be: it has to know how
 * long those are. */
static void test_mtu(void **state)
{
	struct qs_qdisc *q;

	(void)state;
	assert_int_equal(sh("ip link set va mtu 1500"), 0);
	q = qs_qdisc_classes("va", &conf);
	assert_non_null(q);
	assert_int_equal(sh("ip link set va mtu 9000"), 0);
	assert_int_equal(sh(PING_4000("Sent 0 bytes 0 pkt (dropped [1-9]")), 0);
	assert_int_equal(qs_qdisc_check(q), 0);
	assert_int_equal(sh(PING_4000("Sent 4042 bytes 1 pkt")), 0);
	qs_qdisc_end(q);
	assert_default();
	assert_int_equal(sh("ip link set va mtu 1500"), 0);
}

static void test_cap(void **state)
{
	struct qs_qdisc *q = qs_qdisc_cap("va", &conf);

	(void)state;
	assert_non_null(q);
	assert_true(has("class htb 5153:30 parent 5153:1"));
	assert_true(has("rate 20Mbit overhead 24 ceil 20Mbit"));
	assert_true(has("prio 0 quantum 3200 rate 17Mbit overhead 24 ceil 20Mbit"));
	assert_false(has("pfifo")); /* all of them cut */
	assert_int_equal(sh("test $(tc qdisc show dev va | grep -c 'qdisc tbf') = 3"), 0);
	assert_int_equal(qs_qdisc_rate_set(q, UINT64_C(80000000000)), 0); /* more than 32 bits of bytes */
	assert_true(has("rate 80Gbit overhead 24 ceil 80Gbit"));
	qs_qdisc_end(q);
	assert_default();
}

/* A datagram by a socket of a class, to a neighbour that is known. */
static void send_in(uint32_t class, size_t bytes)
{
	const struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = inet_addr("10.9.0.2")};
	static const char data[8192];
	int priority = (int)class, fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_PRIORITY, &priority, sizeof(priority)), 0);
	assert_int_equal(sendto(fd, data, bytes, 0, (const struct sockaddr *)&to, sizeof(to)), bytes);
	close(fd);
}

static struct qs_qdisc_counts counts_of(unsigned int class)
{
	struct qs_qdisc_counts counts[QS_QDISC_CLASSES];

	assert_int_equal(qs_qdisc_counts_read("va", counts), 0);
	return counts[class];
}

/* What the kernel counts of a class; beside a port, that each follows the interface's MTU. */
static void test_counts(void **state)
{
	struct qs_qdisc *q = qs_qdisc_cap("va", &conf);
	struct qs_qdisc_counts c, all[QS_QDISC_CLASSES];

	(void)state;
	assert_non_null(q);
	send_in(QS_QDISC_MANAGED, 100);
	send_in(QS_QDISC_MANAGED, 200);
	c = counts_of(1);
	assert_int_equal(c.packets, 2);
	assert_int_equal(c.bytes, 100 + 200 + 2 * (14 + 20 + 8));
	assert_int_equal(c.drops + c.backlog_packets + c.backlog_bytes, 0);
	assert_int_equal(sh("ip link set va mtu 9000"), 0);
	send_in(QS_QDISC_URGENT, 4000);
	c = counts_of(0);
	assert_int_equal(c.packets, 0);
	assert_int_equal(c.drops, 1);
	assert_int_equal(qs_qdisc_check(q), 0);
	send_in(QS_QDISC_URGENT, 4000);
	assert_int_equal(counts_of(0).packets, 1);
	assert_int_equal(counts_of(2).packets, 0);
	assert_int_equal(sh("tc qdisc del dev va root"), 0);
	assert_int_equal(qs_qdisc_counts_read("va", all), -1);
	assert_int_equal(rte_errno, ESTALE);
	assert_int_equal(qs_qdisc_counts_read("nosuch", all), -1);
	assert_int_equal(rte_errno, ENODEV);
	qs_qdisc_end(q);
	assert_int_equal(sh("ip link set va mtu 1500"), 0);
	assert_default();
}

/* A socket comes into its class by SO_PRIORITY, and others into the default. */
static void test_priority(void **state)
{
	struct qs_qdisc *q = qs_qdisc_classes("va", &conf);
	int priority = (int)QS_QDISC_URGENT, fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)state;
	assert_non_null(q);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_PRIORITY, &priority, sizeof(priority)), 0);
	close(fd);
	/* tc has no way to send; a shell's udp has: it comes into the default class. */
	assert_int_equal(sh("bash -c 'echo x >/dev/udp/10.9.0.2/9'"), 0);
	assert_int_equal(sh("for i in 1 2 3 4 5 6 7 8 9 10; do tc -s class show dev va | "
			    "grep -A1 'htb 5153:30' | grep -q 'Sent 44 bytes 1 pkt' && exit 0; sleep 0.1; "
			    "done; exit 1"),
			 0);
	qs_qdisc_end(q);
	assert_default();
}

static void test_foreign(void **state)
{
	struct qs_qdisc_conf forced = conf;
	struct qs_qdisc *q;
	char before[8192];

	(void)state;
	assert_int_equal(sh(FOREIGN), 0);
	strcpy(before, snapshot("va"));
	assert_null(qs_qdisc_classes("va", &conf));
	assert_int_equal(rte_errno, EBUSY);
	assert_string_equal(snapshot("va"), before);
	assert_true(no_file());
	forced.force = true;
	q = qs_qdisc_classes("va", &forced);
	assert_non_null(q);
	assert_true(has("qdisc htb 5153: root"));
	qs_qdisc_end(q);
	assert_string_equal(snapshot("va"), before);
	assert_int_equal(sh("tc qdisc replace dev va root handle 3: tbf rate 10mbit burst 1600 limit 64000 "
			    "overhead 24"),
			 0);
	strcpy(before, snapshot("va"));
	q = qs_qdisc_cap("va", &forced);
	assert_non_null(q);
	qs_qdisc_end(q);
	assert_string_equal(snapshot("va"), before);
	assert_int_equal(sh("tc qdisc del dev va root"), 0);
}

static bool take_qdisc(const void *arg)
{
	return qs_qdisc_classes("va", arg) != NULL;
}

/* A process that is killed without a warning, with ours in place. */
static pid_t leave(bool force)
{
	struct qs_qdisc_conf c = conf;
	pid_t pid;

	c.force = force;
	pid = holder_start(take_qdisc, &c);
	/* While it lives nobody else may. */
	assert_int_equal(qs_qdisc_recover(), 0);
	c.force = true;
	assert_null(qs_qdisc_classes("va", &c));
	assert_int_equal(rte_errno, EBUSY);
	assert_true(has("qdisc htb 5153: root"));
	holder_kill(pid);
	return pid;
}

static void test_crash(void **state)
{
	char before[8192];
	struct qs_qdisc *q;

	(void)state;
	leave(false);
	assert_true(has("qdisc htb 5153: root"));
	assert_int_equal(qs_qdisc_recover(), 1);
	assert_default();
	assert_int_equal(qs_qdisc_recover(), 0);
	/* The next start on the interface does the same by itself, and remembers the first one's former. */
	assert_int_equal(sh(FOREIGN), 0);
	strcpy(before, snapshot("va"));
	leave(true);
	assert_null(qs_qdisc_classes("va", &conf)); /* it is there again, and foreign */
	assert_int_equal(rte_errno, EBUSY);
	assert_string_equal(snapshot("va"), before);
	assert_int_equal(sh("tc qdisc del dev va root"), 0);
	leave(false);
	q = qs_qdisc_cap("va", &conf);
	assert_non_null(q);
	qs_qdisc_end(q);
	assert_default();
	assert_true(no_file());
}

static void test_crash_and_replaced(void **state)
{
	(void)state;
	leave(false);
	assert_int_equal(sh(FOREIGN), 0);
	assert_int_equal(qs_qdisc_recover(), 0);
	assert_true(has("qdisc bfifo 7:"));
	assert_true(no_file());
	assert_int_equal(sh("tc qdisc del dev va root"), 0);
	/* And an HTB of ours that no file tells of. */
	leave(false);
	assert_int_equal(sh("rm " QS_STATE_DIR "/*"), 0);
	qs_qdisc_end(qs_qdisc_classes("va", &conf));
	assert_default();
}

static void test_replaced(void **state)
{
	struct qs_qdisc *q = qs_qdisc_classes("va", &conf);

	(void)state;
	assert_non_null(q);
	assert_int_equal(sh(FOREIGN), 0);
	assert_int_equal(qs_qdisc_check(q), -1);
	assert_int_equal(rte_errno, ESTALE);
	assert_int_equal(qs_qdisc_rate_set(q, 1000000), -1);
	assert_int_equal(rte_errno, ESTALE);
	qs_qdisc_end(q);
	assert_true(has("qdisc bfifo 7:"));
	assert_true(no_file());
	assert_int_equal(sh("tc qdisc del dev va root"), 0);
	/* Removed, so that the kernel's own is there. */
	q = qs_qdisc_classes("va", &conf);
	assert_int_equal(sh("tc qdisc del dev va root"), 0);
	assert_int_equal(qs_qdisc_check(q), -1);
	assert_int_equal(rte_errno, ESTALE);
	qs_qdisc_end(q);
	assert_default();
}

static void test_interface_gone(void **state)
{
	struct qs_qdisc *q;

	(void)state;
	assert_int_equal(sh("ip link add vc type veth peer name vd"), 0);
	q = qs_qdisc_classes("vc", &conf);
	assert_non_null(q);
	assert_int_equal(sh("ip link set vc name ve"), 0);
	assert_int_equal(qs_qdisc_check(q), 0);
	assert_int_equal(sh("ip link del ve"), 0);
	assert_int_equal(qs_qdisc_check(q), -1);
	assert_int_equal(rte_errno, ENODEV);
	qs_qdisc_end(q);
	assert_true(no_file());
	/* Another one of its name is left alone. */
	leave(false);
	assert_int_equal(
		sh("f=$(ls " QS_STATE_DIR "/qdisc-*-va) && sed -i 's/^from va [0-9]*/from va 9999/' $f"), 0);
	assert_int_equal(qs_qdisc_recover(), 0);
	assert_true(no_file());
	assert_true(has("qdisc htb 5153: root"));
	assert_int_equal(sh("tc qdisc del dev va root"), 0);
}

static void test_names_and_ranges(void **state)
{
	struct qs_qdisc_conf bad = conf;

	(void)state;
	assert_null(qs_qdisc_classes("a-name-of-16-chr", &conf));
	assert_int_equal(rte_errno, ENODEV);
	assert_null(qs_qdisc_cap("nosuch", &conf));
	assert_int_equal(rte_errno, ENODEV);
	bad.rate_bps = 999;
	assert_null(qs_qdisc_cap("va", &bad));
	assert_int_equal(rte_errno, EINVAL);
	bad = conf;
	bad.managed_share = 800;
	bad.best_effort_share = 101;
	assert_null(qs_qdisc_classes("va", &bad));
	assert_int_equal(rte_errno, EINVAL);
	bad = conf;
	bad.overhead_bytes = 256;
	assert_null(qs_qdisc_classes("va", &bad));
	assert_int_equal(rte_errno, EINVAL);
	assert_default();
}

static void test_spoilt_file(void **state)
{
	(void)state;
	leave(false);
	assert_int_equal(sh("f=$(ls " QS_STATE_DIR "/qdisc-*-va) && sed -i '/^end/d' $f"), 0);
	assert_int_equal(qs_qdisc_recover(), -1);
	assert_int_equal(rte_errno, EIO);
	assert_int_equal(sh("ls " QS_STATE_DIR "/qdisc-*-va.failed >/dev/null"), 0);
	assert_int_equal(qs_qdisc_recover(), 0);
	assert_int_equal(sh("rm " QS_STATE_DIR "/*; tc qdisc del dev va root"), 0);
	/* A file that cannot be written. */
	assert_int_equal(sh("mount -t tmpfs -o ro none " QS_STATE_DIR), 0);
	assert_null(qs_qdisc_classes("va", &conf));
	assert_int_equal(rte_errno, EIO);
	assert_int_equal(sh("umount " QS_STATE_DIR), 0);
	assert_default();
}

static void capability_drop(unsigned int cap)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, data) < 0)
		_exit(3);
	data[CAP_TO_INDEX(cap)].effective &= ~CAP_TO_MASK(cap);
	if (syscall(SYS_capset, &header, data) < 0)
		_exit(3);
}

static void test_no_privilege(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0) {
		capability_drop(CAP_NET_ADMIN);
		_exit(qs_qdisc_classes("va", &conf) == NULL && rte_errno == EPERM ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_default();
	assert_true(no_file());
	/* What crashed may be given back by who may. */
	leave(false);
	pid = fork();
	if (pid == 0) {
		capability_drop(CAP_NET_ADMIN);
		_exit(qs_qdisc_recover() == -1 && qs_qdisc_classes("va", &conf) == NULL && rte_errno == EPERM
			      ? 0
			      : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(qs_qdisc_recover(), 1);
	assert_default();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_classes),
		cmocka_unit_test(test_mtu),
		cmocka_unit_test(test_cap),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_priority),
		cmocka_unit_test(test_foreign),
		cmocka_unit_test(test_crash),
		cmocka_unit_test(test_crash_and_replaced),
		cmocka_unit_test(test_replaced),
		cmocka_unit_test(test_interface_gone),
		cmocka_unit_test(test_names_and_ranges),
		cmocka_unit_test(test_spoilt_file),
		cmocka_unit_test(test_no_privilege),
	};

	if (!qdisc_bed_enter())
		return 77;
	return cmocka_run_group_tests(tests, qdisc_bed_up, NULL);
}
