/* SPDX-License-Identifier: BSD-3-Clause */
/* Driver kernel: how what was decided leaves, by as few system calls as may be. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "kernel_bed.h"
#include "kernel_calls.h"

#define PORT 5000
#define MANY 20
#define FAST "rate=1gbit,work-conserving"

/* While one message is on its way, the others come: the thread finds them together. */
static void send_together(int held, int fd, int n)
{
	struct packet_flags keep = {DWCS_NON_DROPPABLE, 0};
	int i;

	kcalls_hold();
	assert_int_equal(qsend(held, "x", 1, 0, &keep), 1);
	kcalls_await_held();
	kcalls_reset();
	for (i = 0; i < n; i++)
		assert_int_equal(qsend(fd, &i, sizeof(i), 0, &keep), sizeof(i));
	kcalls_let_go();
}

/* In this order to the kernel; a veth pair of several CPUs may deliver them in another. */
static void check_numbers(const struct kcalls *seen, int receiver, int n)
{
	char text[8];

	assert_int_equal(seen->messages, n + 1);
	for (int i = 0; i < n; i++)
		assert_int_equal(seen->first[i + 1], i);
	for (int i = 0; i <= n; i++)
		assert_true(recv(receiver, text, sizeof(text), 0) > 0);
}

static void one_call(int domain)
{
	struct q_attr_ex attr = kbed_attr(1000, 0, 0, 64, Q_FIXED);
	int receiver = kbed_receiver(domain, SOCK_DGRAM, PORT), fd;
	struct kcalls seen;

	kbed_init("fifo", FAST);
	fd = kbed_socket(domain, SOCK_DGRAM, PORT, &attr);
	send_together(fd, fd, MANY);
	assert_int_equal(kbed_drained(fd).sent, MANY + 1);
	seen = kcalls_seen();
	check_numbers(&seen, receiver, MANY);
	/* That which was held, and the others. */
	assert_int_equal(seen.sends, 2);
	assert_int_equal(seen.entries[0], 1);
	assert_int_equal(seen.entries[1], MANY);
	assert_true(seen.recverr <= 3);
	assert_int_equal(seen.peers, 0);
	assert_int_equal(qclose(fd), 0);
	assert_int_equal(qsockfini(KBED_DEV), 0);
	close(receiver);
}

static void test_one_call(void **state)
{
	(void)state;
	one_call(AF_INET);
	one_call(AF_INET6);
}

/* Sockets that take turns keep the order of the decisions. */
static void test_in_order_across_sockets(void **state)
{
	struct q_attr_ex attr = kbed_attr(1000, 0, 0, 64, 0);
	int receiver = kbed_receiver(AF_INET, SOCK_DGRAM, PORT), fd[2], i;
	uint64_t due_ns = bed_now_ns() + UINT64_C(10000000000);
	struct kcalls seen;

	(void)state;
	kbed_init("edf", FAST);
	for (i = 0; i < 2; i++)
		fd[i] = kbed_socket(AF_INET, SOCK_DGRAM, PORT, &attr);
	kcalls_hold();
	assert_int_equal(qsend(fd[0], "x", 1, 0, NULL), 1);
	kcalls_await_held();
	kcalls_reset();
	for (i = MANY - 1; i >= 0; i--) {
		struct packet_flags due = {DWCS_NON_DROPPABLE, due_ns + (uint64_t)i * 1000000};

		assert_int_equal(qsend(fd[i / 5 % 2], &i, sizeof(i), 0, &due), sizeof(i));
	}
	kcalls_let_go();
	assert_int_equal(kbed_drained(fd[0]).sent + kbed_drained(fd[1]).sent, MANY + 1);
	seen = kcalls_seen();
	check_numbers(&seen, receiver, MANY);
	assert_int_equal(seen.sends, 1 + MANY / 5);
	for (i = 1; i < seen.sends; i++)
		assert_int_equal(seen.entries[i], 5);
	for (i = 0; i < 2; i++)
		assert_int_equal(qclose(fd[i]), 0);
	assert_int_equal(qsockfini(KBED_DEV), 0);
	close(receiver);
}

/* What the kernel says of a message in the middle of a call is told all the same, and each message ends once.
 */
static void test_error_midway(void **state)
{
	struct q_attr_ex attr = kbed_attr(1000, 0, 0, 64, DWCS_NON_DROPPABLE);
	int receiver = kbed_receiver(AF_INET, SOCK_DGRAM, PORT), other, fd;
	struct q_info info;

	(void)state;
	kbed_init("fifo", FAST);
	other = kbed_socket(AF_INET, SOCK_DGRAM, PORT, &attr);
	fd = kbed_socket(AF_INET, SOCK_DGRAM, PORT + 7, &attr);
	kcalls_refuse_midway(true);
	send_together(other, fd, 2);
	info = kbed_drained(fd);
	kcalls_refuse_midway(false);
	assert_int_equal(info.sent, 2);
	assert_errno(qsend(fd, "x", 1, 0, NULL), ECONNREFUSED);
	assert_int_equal(qclose(other), 0);
	assert_int_equal(qclose(fd), 0);
	assert_int_equal(qsockfini(KBED_DEV), 0);
	close(receiver);
}

/* Its peer is looked up once, and again after qrefresh() only; of others, each time. */
static void test_fixed_peer(void **state)
{
	struct q_attr_ex attr = kbed_attr(1000, 0, 0, 64, Q_FIXED);
	int receivers[2] = {kbed_receiver(AF_INET, SOCK_DGRAM, PORT),
			    kbed_receiver(AF_INET, SOCK_DGRAM, PORT + 1)};
	struct sockaddr_storage addr;
	socklen_t len = kbed_address(AF_INET, PORT + 1, &addr);
	int fd;
	char byte;

	(void)state;
	kbed_init("fifo", FAST);
	fd = kbed_socket(AF_INET, SOCK_DGRAM, PORT, &attr);
	kcalls_reset();
	assert_int_equal(qsend(fd, "a", 1, 0, NULL), 1);
	assert_int_equal(qsend(fd, "b", 1, 0, NULL), 1);
	assert_int_equal(kcalls_seen().peers, 1);
	assert_int_equal(connect(fd, (struct sockaddr *)&addr, len), 0);
	assert_int_equal(qrefresh(fd), 0);
	assert_int_equal(qsend(fd, "c", 1, 0, NULL), 1);
	assert_int_equal(recv(receivers[1], &byte, 1, 0), 1);
	assert_int_equal(byte, 'c');
	attr.base.stream_flags &= ~Q_FIXED;
	assert_int_equal(qchange(fd, &(struct qos_params){.attributes = &attr}), 0);
	len = kbed_address(AF_INET, PORT, &addr);
	assert_int_equal(connect(fd, (struct sockaddr *)&addr, len), 0);
	assert_int_equal(qsend(fd, "d", 1, 0, NULL), 1);
	for (byte = 0; byte != 'd';)
		assert_int_equal(recv(receivers[0], &byte, 1, 0), 1);
	assert_int_equal(qclose(fd), 0);
	assert_int_equal(qsockfini(KBED_DEV), 0);
	close(receivers[0]);
	close(receivers[1]);
}

/* What is received is this, and then no more. */
static void expect_text(int receiver, const char *text)
{
	char got[64] = "";

	assert_true(recv(receiver, got, sizeof(got) - 1, 0) >= 0);
	assert_string_equal(got, text);
}

/* While another waits: the parts of a datagram stay together, and behind it. */
static void parts(int domain)
{
	struct q_attr_ex attr = kbed_attr(1000, 0, 0, 64, 0);
	int receiver = kbed_receiver(domain, SOCK_DGRAM, PORT),
	    other = kbed_receiver(domain, SOCK_DGRAM, PORT + 1), fd;
	struct packet_flags keep = {DWCS_NON_DROPPABLE, 0};
	struct sockaddr_storage addr;
	socklen_t len = kbed_address(domain, PORT + 1, &addr);
	static char big[65000];
	struct q_info info;

	kbed_init("fifo", FAST);
	fd = kbed_socket(domain, SOCK_DGRAM, PORT, &attr);
	kcalls_hold();
	assert_int_equal(qsend(fd, "x", 1, 0, &keep), 1);
	kcalls_await_held();
	assert_int_equal(qsend(fd, "y", 1, 0, &keep), 1);
	assert_int_equal(qsend(fd, "a", 1, MSG_MORE, &keep), 1);
	assert_int_equal(qsend(fd, "", 0, MSG_MORE, &keep), 0);
	assert_int_equal(qsend(fd, "bc", 2, MSG_MORE, &keep), 2);
	assert_int_equal(qsend(fd, "d", 1, 0, &keep), 1);
	assert_int_equal(qsend(fd, "z", 1, 0, &keep), 1);
	/* What is too long takes what came before it along. */
	assert_int_equal(qsend(fd, "e", 1, MSG_MORE, &keep), 1);
	assert_int_equal(qsend(fd, big, sizeof(big), MSG_MORE, &keep), sizeof(big));
	assert_errno(qsend(fd, big, 1000, 0, &keep), EMSGSIZE);
	assert_int_equal(qsend(fd, "f", 1, 0, &keep), 1);
	/* Where the first part goes, all go. */
	assert_int_equal(qsendto(fd, "g", 1, MSG_MORE, (struct sockaddr *)&addr, len, &keep), 1);
	assert_int_equal(qsend(fd, "h", 1, 0, &keep), 1);
	assert_int_equal(qsend(fd, "i", 1, MSG_MORE, &keep), 1);
	assert_int_equal(qsendto(fd, "j", 1, 0, (struct sockaddr *)&addr, len, &keep), 1);
	kcalls_let_go();
	expect_text(receiver, "x");
	expect_text(receiver, "y");
	expect_text(receiver, "abcd");
	expect_text(receiver, "z");
	expect_text(receiver, "f");
	expect_text(other, "gh");
	expect_text(receiver, "ij");
	info = kbed_drained(fd);
	assert_int_equal(info.accepted, 7);
	assert_int_equal(qclose(fd), 0);
	assert_int_equal(qsockfini(KBED_DEV), 0);
	close(receiver);
	close(other);
}

static void test_parts(void **state)
{
	(void)state;
	parts(AF_INET);
	parts(AF_INET6);
}

/* A connection's bytes stay in order, with MSG_MORE, too. */
static void test_more_of_a_connection(void **state)
{
	struct q_attr_ex attr = kbed_attr(1000, 0, 0, 64, 0);
	int listener = kbed_receiver(AF_INET, SOCK_STREAM, PORT), receiver, fd, i;
	struct packet_flags keep = {DWCS_NON_DROPPABLE, 0};
	char got[33] = "", want[33] = "";

	(void)state;
	/* The second waits for a while: the queue is not empty when the third comes. */
	kbed_init("dwcs", "rate=10mbit");
	attr.base.ipg = 20;
	fd = kbed_socket(AF_INET, SOCK_STREAM, PORT, &attr);
	receiver = accept(listener, NULL, NULL);
	for (i = 0; i < 32; i++) {
		want[i] = (char)('A' + i);
		assert_int_equal(qsend(fd, &want[i], 1, i % 2 ? MSG_MORE : 0, &keep), 1);
	}
	assert_int_equal(recv(receiver, got, 32, MSG_WAITALL), 32);
	assert_string_equal(got, want);
	assert_int_equal(qclose(fd), 0);
	assert_int_equal(qsockfini(KBED_DEV), 0);
	close(receiver);
	close(listener);
}

/* Closed, and its number is another socket's: that has no stream, and nothing goes out of the old one. */
static void test_number_again(void **state)
{
	struct q_attr_ex attr = kbed_attr(1000, 0, 0, 64, 0);
	int receiver = kbed_receiver(AF_INET, SOCK_DGRAM, PORT), made, fd, again;
	struct sockaddr_storage addr;
	socklen_t len = kbed_address(AF_INET, PORT, &addr);
	char byte;

	(void)state;
	kbed_init("fifo", FAST);
	fd = kbed_socket(AF_INET, SOCK_DGRAM, PORT, &attr);
	assert_int_equal(qsend(fd, "a", 1, 0, NULL), 1);
	assert_int_equal(recv(receiver, &byte, 1, 0), 1);
	/* In one step: in between another thread may take the number. */
	made = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	again = dup2(made, fd);
	assert_int_equal(again, fd);
	close(made);
	assert_int_equal(connect(again, (struct sockaddr *)&addr, len), 0);
	assert_errno(qsend(again, "b", 1, 0, NULL), EOPNOTSUPP);
	close(again);
	assert_errno(qsend(again, "c", 1, 0, NULL), EBADF);
	assert_int_equal(qsockfini(KBED_DEV), 0);
	assert_int_equal(recv(receiver, &byte, 1, MSG_DONTWAIT), -1);
	close(receiver);
}

/* As sendto(2) says it. */
static void test_no_port_left(void **state)
{
	struct sockaddr_in taken = {.sin_family = AF_INET, .sin_port = htons(50000)};
	struct qos_params params = {.dev = KBED_DEV, .name = "fifo"};
	int receiver = kbed_receiver(AF_INET, SOCK_DGRAM, PORT), other = socket(AF_INET, SOCK_DGRAM, 0), fd;
	struct sockaddr_storage addr;
	socklen_t len = kbed_address(AF_INET, PORT, &addr);
	char byte;

	(void)state;
	kbed_init("fifo", FAST);
	fd = qsocket(AF_INET, SOCK_DGRAM, 0, &params);
	assert_int_equal(bind(other, (struct sockaddr *)&taken, sizeof(taken)), 0);
	bed_run("sysctl -qw net.ipv4.ip_local_port_range='50000 50000'");
	assert_errno(qsendto(fd, "a", 1, 0, (struct sockaddr *)&addr, len, NULL), EAGAIN);
	close(other);
	assert_int_equal(qsendto(fd, "b", 1, 0, (struct sockaddr *)&addr, len, NULL), 1);
	bed_run("sysctl -qw net.ipv4.ip_local_port_range='32768 60999'");
	assert_int_equal(recv(receiver, &byte, 1, 0), 1);
	assert_int_equal(byte, 'b');
	assert_int_equal(qclose(fd), 0);
	assert_int_equal(qsockfini(KBED_DEV), 0);
	close(receiver);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_call),     cmocka_unit_test(test_in_order_across_sockets),
		cmocka_unit_test(test_error_midway), cmocka_unit_test(test_fixed_peer),
		cmocka_unit_test(test_parts),	     cmocka_unit_test(test_more_of_a_connection),
		cmocka_unit_test(test_number_again), cmocka_unit_test(test_no_port_left),
	};

	kbed_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
