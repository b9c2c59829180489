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

static char long_message[5000];

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
	int n = 0, more;

	do {
		more = fill(fd);
		n += more;
		bed_ingested(fd);
	} while (more > 0);
	return n;
}

static bool readable(int fd, int timeout_ms)
{
	struct pollfd p = {fd, POLLIN, 0};

	return poll(&p, 1, timeout_ms) == 1;
}

static void test_nonblocking(void **state)
{
	int fd = bed_socket(BED_NEVER_MS, 8), n = fill_up(fd);

	assert_true(n >= 8 && n < 64);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	assert_errno(qsend(fd, "x", 1, 0, NULL), EAGAIN);
	assert_true(bed_info(fd).refused >= 2);
	assert_int_equal(qclose(fd), 0);
}

/* From now on it sends. */
static void make_room(int fd)
{
	struct q_dwcs_attr attr = {0, 0, 1, DWCS_NON_DROPPABLE};
	struct qos_params params = bed_params("dwcs", &attr);

	assert_int_equal(qchange(fd, &params), 0);
}

struct sender {
	int fd;
	ssize_t ret; /* of qsend() */
	bool done;
};

static void *send_one(void *arg)
{
	struct sender *s = arg;

	s->ret = qsend(s->fd, "x", 1, 0, NULL);
	__atomic_store_n(&s->done, true, __ATOMIC_RELEASE);
	return NULL;
}

static void test_blocking(void **state)
{
	struct sender s = {.fd = bed_socket(BED_NEVER_MS, 8)};
	pthread_t thread;

	fill_up(s.fd);
	assert_int_equal(pthread_create(&thread, NULL, send_one, &s), 0);
	usleep(50000); /* it would be done by then */
	assert_false(__atomic_load_n(&s.done, __ATOMIC_ACQUIRE));
	make_room(s.fd);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(s.ret, 1);
	assert_int_equal(qclose(s.fd), 0);
}

static void test_time_limit(void **state)
{
	struct timeval limit = {0, 50000};
	int fd = bed_socket(BED_NEVER_MS, 8);
	uint64_t start_ns;

	fill_up(fd);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)), 0);
	start_ns = bed_now_ns();
	assert_errno(qsend(fd, "x", 1, 0, NULL), EAGAIN);
	assert_true(bed_now_ns() - start_ns >= 49000000);
	assert_int_equal(qclose(fd), 0);
}

static int signals;

static void on_signal(int signal)
{
	__atomic_add_fetch(&signals, 1, __ATOMIC_RELAXED);
}

/* Again and again: the first may come before the call that it is meant for. */
static void signal_each(int ms)
{
	struct itimerval timer = {.it_interval = {0, ms * 1000}, .it_value = {0, ms * 1000}};

	setitimer(ITIMER_REAL, &timer, NULL);
}

static void *room_after_signals(void *arg)
{
	while (__atomic_load_n(&signals, __ATOMIC_RELAXED) < 5)
		usleep(1000);
	make_room(*(int *)arg);
	return NULL;
}

/* As send(2): a handler without SA_RESTART ends the call, one with it does not. */
static void test_signal(void **state)
{
	struct sigaction action = {.sa_handler = on_signal};
	int fd = bed_socket(BED_NEVER_MS, 8);
	sigset_t alarms, before;
	pthread_t thread;

	fill_up(fd);
	sigaction(SIGALRM, &action, NULL);
	signal_each(10);
	assert_errno(qsend(fd, "x", 1, 0, NULL), EINTR);
	action.sa_flags = SA_RESTART;
	sigaction(SIGALRM, &action, NULL);
	__atomic_store_n(&signals, 0, __ATOMIC_RELAXED);
	/* Signals are for this thread. */
	sigemptyset(&alarms);
	sigaddset(&alarms, SIGALRM);
	pthread_sigmask(SIG_BLOCK, &alarms, &before);
	assert_int_equal(pthread_create(&thread, NULL, room_after_signals, &fd), 0);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	assert_int_equal(qsend(fd, "x", 1, 0, NULL), 1);
	assert_true(__atomic_load_n(&signals, __ATOMIC_RELAXED) >= 5);
	assert_int_equal(pthread_join(thread, NULL), 0);
	signal_each(0);
	signal(SIGALRM, SIG_DFL);
	alarm(50);
	assert_int_equal(qclose(fd), 0);
}

/* A time limit of centuries is none, and no short one. */
static void test_long_limit(void **state)
{
	const struct timeval limit = {18446744074, 0}; /* some ns more than 64 bits have */
	struct sigaction action = {.sa_handler = on_signal};
	int fd = bed_socket(BED_NEVER_MS, 8);

	fill_up(fd);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)), 0);
	sigaction(SIGALRM, &action, NULL);
	signal_each(600);
	assert_errno(qsend(fd, "x", 1, 0, NULL), EINTR);
	signal_each(0);
	signal(SIGALRM, SIG_DFL);
	alarm(50);
	assert_int_equal(qclose(fd), 0);
}

/* Where nobody answers: what waits is bounded, and what is beyond is refused as by a full queue. */
static void test_no_neighbour(void **state)
{
	struct sockaddr_in nobody = bed_peer();
	int fd = bed_socket(1, 1024), n;
	struct q_info info;

	nobody.sin_addr.s_addr = htonl(0x0a4d004d);
	assert_int_equal(connect(fd, (struct sockaddr *)&nobody, sizeof(nobody)), 0);
	n = fill(fd);
	info = bed_info(fd);
	assert_int_equal(info.refused, 1);
	assert_int_equal(info.offered, n + 1);
	assert_int_equal(info.accepted, info.queued);
	assert_int_equal(qclose(fd), 0);
}

/* A queue that takes more than there are buffers. */
static void test_no_buffers(void **state)
{
	int fd = bed_socket(BED_NEVER_MS, 4 * BUFFERS), n = fill(fd);
	const struct q_info before = bed_info(fd);

	assert_in_range(n, BUFFERS / 2, BUFFERS);
	assert_errno(qsend(fd, "x", 1, MSG_DONTWAIT, NULL), EAGAIN);
	assert_errno(qsend(fd, long_message, sizeof(long_message), MSG_DONTWAIT, NULL), EAGAIN);
	assert_true(bed_info(fd).queue_room > 0);
	assert_int_equal(before.refused, 1);
	assert_int_equal(bed_info(fd).refused, 3);
	assert_int_equal(bed_info(fd).offered, n + 3);
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
		assert_true(readable(room, 10000));
		assert_int_equal(qsend(fd, "x", 1, MSG_DONTWAIT, NULL), 1);
		assert_true(readable(room, 0));
	}
	assert_int_equal(qclose(fd), 0);
	assert_int_equal(fcntl(room, F_GETFD), -1);
}

static void test_pollfd_full(void **state)
{
	int fd = bed_socket(BED_NEVER_MS, 8), room = qpollfd(fd);

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
	int fd = bed_socket(BED_NEVER_MS, 8);
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
		cmocka_unit_test(test_long_limit),  cmocka_unit_test(test_no_neighbour),
		cmocka_unit_test(test_pollfd),	    cmocka_unit_test(test_pollfd_full),
		cmocka_unit_test(test_close_wakes), cmocka_unit_test(test_no_buffers),
	};

	bed_start("dwcs", "rate=100mbit,twin=qs0,linger=1ms,buffers=" RTE_STR(BUFFERS));
	wait_for_neighbour();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
