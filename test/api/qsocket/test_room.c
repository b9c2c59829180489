/* SPDX-License-Identifier: BSD-3-Clause */
/* A full queue: modes, time limits, signals, and the descriptor of room. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include <rte_common.h>

#include "bed.h"

#define BUFFERS 2048

/* Send without waiting until the queue is full. */
static int fill(int fd)
{
	int n = 0;

	while (n < 100000 && qsend(fd, "x", 1, MSG_DONTWAIT, NULL) == 1)
		n++;
	assert_int_equal(errno, EAGAIN);
	return n;
}

/* The same for a stream that is slow: what is in the ring goes into the queue meanwhile, and makes room. */
static int fill_up(int fd)
{
	int n = fill(fd), i;

	for (i = 0; i < 3; i++) {
		usleep(20000);
		n += fill(fd);
	}
	return n;
}

static bool readable(int fd, int timeout_ms)
{
	struct pollfd p = {fd, POLLIN, 0};

	return poll(&p, 1, timeout_ms) == 1;
}

static void test_nonblocking(void **state)
{
	int fd = bed_socket(1000, 8), n = fill_up(fd);
	uint64_t start_ns = bed_now_ns();

	assert_true(n >= 8 && n < 64);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	assert_errno(qsend(fd, "x", 1, 0, NULL), EAGAIN);
	assert_true(bed_now_ns() - start_ns < 50000000);
	assert_true(bed_info(fd).refused >= 2);
	assert_int_equal(qclose(fd), 0);
}

static void test_blocking(void **state)
{
	int fd = bed_socket(100, 8);
	uint64_t start_ns;

	fill_up(fd);
	start_ns = bed_now_ns();
	assert_int_equal(qsend(fd, "x", 1, 0, NULL), 1);
	assert_true(bed_now_ns() - start_ns > 10000000);
	assert_true(bed_now_ns() - start_ns < 5000000000);
	assert_int_equal(qclose(fd), 0);
}

static void test_time_limit(void **state)
{
	struct timeval limit = {0, 50000};
	int fd = bed_socket(1000, 8);
	uint64_t start_ns, took_ns;

	fill_up(fd);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)), 0);
	start_ns = bed_now_ns();
	assert_errno(qsend(fd, "x", 1, 0, NULL), EAGAIN);
	took_ns = bed_now_ns() - start_ns;
	assert_true(took_ns >= 49000000 && took_ns < 500000000);
	assert_int_equal(qclose(fd), 0);
}

static void on_signal(int signal)
{
}

static void timer_in(int ms)
{
	struct itimerval timer = {.it_value = {ms / 1000, ms % 1000 * 1000}};

	setitimer(ITIMER_REAL, &timer, NULL);
}

/* As send(2): a handler without SA_RESTART ends the call, one with it does not. */
static void test_signal(void **state)
{
	struct sigaction action = {.sa_handler = on_signal};
	int fd = bed_socket(300, 8);
	uint64_t start_ns;

	fill_up(fd);
	sigaction(SIGALRM, &action, NULL);
	timer_in(10);
	assert_errno(qsend(fd, "x", 1, 0, NULL), EINTR);
	action.sa_flags = SA_RESTART;
	sigaction(SIGALRM, &action, NULL);
	fill_up(fd);
	timer_in(5);
	start_ns = bed_now_ns();
	assert_int_equal(qsend(fd, "x", 1, 0, NULL), 1);
	assert_true(bed_now_ns() - start_ns > 6000000);
	signal(SIGALRM, SIG_DFL);
	alarm(50);
	assert_int_equal(qclose(fd), 0);
}

/* A queue that takes more than there are buffers. */
static void test_no_buffers(void **state)
{
	int fd = bed_socket(1000, 4 * BUFFERS), n = fill(fd);

	assert_in_range(n, BUFFERS / 2, BUFFERS);
	assert_errno(qsend(fd, "x", 1, MSG_DONTWAIT, NULL), EAGAIN);
	assert_true(bed_info(fd).queue_room > 0);
	assert_int_equal(qclose(fd), 0);
}

static void test_pollfd(void **state)
{
	int fd = bed_socket(10, 8), room = qpollfd(fd), i;

	assert_true(room >= 0);
	assert_int_equal(qpollfd(fd), room);
	assert_true(readable(room, 0));
	for (i = 0; i < 5; i++) {
		fill(fd);
		assert_true(readable(room, 1000));
		assert_int_equal(qsend(fd, "x", 1, MSG_DONTWAIT, NULL), 1);
		assert_true(readable(room, 0));
	}
	assert_int_equal(qclose(fd), 0);
	assert_int_equal(fcntl(room, F_GETFD), -1);
}

static void test_pollfd_full(void **state)
{
	int fd = bed_socket(1000, 8), room = qpollfd(fd);

	fill_up(fd);
	assert_false(readable(room, 0));
	assert_int_equal(qclose(fd), 0);
}

static void *blocked_sender(void *arg)
{
	int fd = *(int *)arg;
	ssize_t ret;

	while ((ret = qsend(fd, "x", 1, 0, NULL)) == 1)
		continue;
	return (void *)(intptr_t)errno;
}

/* Closing a socket wakes who is blocked on it. */
static void test_close_wakes(void **state)
{
	int fd = bed_socket(1000, 8);
	pthread_t thread;
	void *error;

	assert_int_equal(pthread_create(&thread, NULL, blocked_sender, &fd), 0);
	usleep(50000);
	assert_int_equal(qclose(fd), 0);
	assert_int_equal(pthread_join(thread, &error), 0);
	assert_int_equal((intptr_t)error, EBADF);
}

/* Until the library has heard of the peer's address packets wait for it, more than a queue holds. */
static void wait_for_neighbour(void)
{
	int fd = bed_socket(1, 8);

	while (bed_info(fd).sent == 0) {
		if (qsend(fd, "x", 1, MSG_DONTWAIT, NULL) < 0 && errno != EAGAIN)
			exit(1);
		usleep(1000);
	}
	qclose(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nonblocking), cmocka_unit_test(test_blocking),
		cmocka_unit_test(test_time_limit),  cmocka_unit_test(test_signal),
		cmocka_unit_test(test_pollfd),	    cmocka_unit_test(test_pollfd_full),
		cmocka_unit_test(test_close_wakes), cmocka_unit_test(test_no_buffers),
	};

	bed_start("dwcs", "rate=100mbit,twin=qs0,linger=1ms,buffers=" RTE_STR(BUFFERS));
	wait_for_neighbour();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
