/* SPDX-License-Identifier: BSD-3-Clause */
/* Driver kernel: what waits is bounded in bytes of memory, of a socket by SO_SNDBUF, of a port by memory=. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "kernel_bed.h"
#include "kernel_calls.h"

#define PORT 5000
#define BYTES 1000
#define BESIDE_MAX 256 /* what the library may know of a message */
#define FAST "rate=1gbit,work-conserving"

static char text[1 << 20];

static int memory_socket(int type)
{
	struct q_attr_ex attr = kbed_attr(1000, 0, 0, 4096, DWCS_NON_DROPPABLE);

	return kbed_socket(AF_INET, type, PORT, &attr);
}

static uint32_t sndbuf_set(int fd, int bytes)
{
	socklen_t len = sizeof(bytes);

	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes)), 0);
	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, &len), 0);
	return (uint32_t)bytes;
}

static int send_all_it_takes(int fd)
{
	int n = 0;

	while (qsend(fd, text, BYTES, MSG_DONTWAIT, NULL) == BYTES)
		n++;
	assert_int_equal(errno, EAGAIN);
	return n;
}

/* The thread takes nothing while it is held; one message is with it. */
static void hold(int fd)
{
	kcalls_hold();
	assert_int_equal(qsend(fd, text, BYTES, 0, NULL), BYTES);
	kcalls_await_held();
}

static void check_bound(int n, uint32_t bound)
{
	assert_in_range((uint32_t)n * BYTES, bound / (BYTES + BESIDE_MAX) * BYTES - BYTES, bound);
}

static bool readable(int fd, int timeout_ms)
{
	struct pollfd p = {fd, POLLIN, 0};

	return poll(&p, 1, timeout_ms) == 1;
}

static void test_socket(void **state)
{
	int receiver = kbed_receiver(AF_INET, SOCK_DGRAM, PORT), fd, room, n;
	struct q_info info;
	uint32_t small, large;

	(void)state;
	kbed_init("fifo", FAST);
	fd = memory_socket(SOCK_DGRAM);
	room = qpollfd(fd);
	small = sndbuf_set(fd, 20000);
	usleep(2000); /* an option counts within a millisecond */
	hold(fd);
	n = send_all_it_takes(fd);
	check_bound(n + 1, small);
	assert_false(readable(room, 0));
	/* More is at once more. */
	large = sndbuf_set(fd, 60000);
	n += send_all_it_takes(fd);
	check_bound(n + 1, large);
	kcalls_let_go();
	assert_true(readable(room, 5000));
	info = kbed_drained(fd);
	assert_int_equal(info.held_bytes, 0);
	assert_int_equal(info.queue_room, 4096);
	assert_int_equal(info.sent, n + 1);
	assert_true(info.refused >= 2);
	for (; n >= 0; n--)
		assert_int_equal(recv(receiver, text, sizeof(text), 0), BYTES);
	/* Whatever its length, one is taken where there is less. */
	sndbuf_set(fd, 1);
	usleep(2000);
	assert_int_equal(qsend(fd, text, 60000, MSG_DONTWAIT, NULL), 60000);
	kbed_drained(fd);
	assert_int_equal(qclose(fd), 0);
	assert_int_equal(qsockfini(KBED_DEV), 0);
	close(receiver);
}

/* Who may block waits for room, and gets it. */
static void test_blocks(void **state)
{
	int receiver = kbed_receiver(AF_INET, SOCK_DGRAM, PORT), fd, i;
	struct q_info info;

	(void)state;
	kbed_init("fifo", "rate=10mbit");
	fd = memory_socket(SOCK_DGRAM);
	sndbuf_set(fd, 4000);
	usleep(2000);
	for (i = 0; i < 100; i++) {
		assert_int_equal(qsend(fd, text, BYTES, 0, NULL), BYTES);
		assert_true(kbed_info(fd).held_bytes <= 8000 + BYTES + BESIDE_MAX);
	}
	info = kbed_drained(fd);
	assert_int_equal(info.sent, 100);
	assert_true(info.refused > 0);
	assert_int_equal(qclose(fd), 0);
	assert_int_equal(qsockfini(KBED_DEV), 0);
	close(receiver);
}

static void test_port(void **state)
{
	int receiver = kbed_receiver(AF_INET, SOCK_DGRAM, PORT), fd[2], n, i;

	(void)state;
	kbed_init("fifo", FAST ",memory=65536");
	fd[0] = memory_socket(SOCK_DGRAM);
	fd[1] = memory_socket(SOCK_DGRAM);
	hold(fd[0]);
	for (n = 0; n < 30; n++)
		assert_int_equal(qsend(fd[0], text, BYTES, MSG_DONTWAIT, NULL), BYTES);
	n += send_all_it_takes(fd[1]);
	check_bound(n + 1, 65536);
	assert_errno(qsend(fd[0], text, BYTES, MSG_DONTWAIT, NULL), EAGAIN);
	kcalls_let_go();
	/* Both were refused; both are told. */
	for (i = 0; i < 2; i++)
		assert_int_equal(qsend(fd[i], text, BYTES, 0, NULL), BYTES);
	assert_int_equal(kbed_drained(fd[0]).sent + kbed_drained(fd[1]).sent, n + 3);
	for (i = 0; i < 2; i++)
		assert_int_equal(qclose(fd[i]), 0);
	assert_int_equal(qsockfini(KBED_DEV), 0);
	close(receiver);
}

/* Its longest message is more than the bound, and is taken alone; another one has to wait. */
static void test_connection(void **state)
{
	int listener = kbed_receiver(AF_INET, SOCK_STREAM, PORT), fd, peer;

	(void)state;
	kbed_init("fifo", "rate=100mbit");
	fd = memory_socket(SOCK_STREAM);
	peer = accept(listener, NULL, NULL);
	assert_int_equal(qsend(fd, text, sizeof(text), MSG_DONTWAIT, NULL), sizeof(text));
	assert_errno(qsend(fd, text, 1, MSG_DONTWAIT, NULL), EAGAIN);
	assert_int_equal(recv(peer, text, sizeof(text), MSG_WAITALL), sizeof(text));
	assert_int_equal(qsend(fd, text, 1, 0, NULL), 1);
	assert_int_equal(recv(peer, text, 1, 0), 1);
	kbed_drained(fd);
	assert_int_equal(qclose(fd), 0);
	close(peer);
	close(listener);
	assert_int_equal(qsockfini(KBED_DEV), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_socket),
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_port),
		cmocka_unit_test(test_connection),
	};

	kbed_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
