/* SPDX-License-Identifier: BSD-3-Clause */
/* Threads, close(), numbers that are used again, and what is changed between two sends. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "bed.h"
#include "rte_qsock.h"

#define THREADS 4
#define MESSAGES 5000

static int shared_fd;

static void *sender(void *arg)
{
	struct sockaddr_in peer = bed_peer();
	uintptr_t i, sent = 0;

	peer.sin_port = htons((uint16_t)(1000 + (uintptr_t)arg));
	for (i = 0; i < MESSAGES; i++) {
		if (i % 2 == 0)
			sent += qsend(shared_fd, "hello", 5, 0, NULL) == 5;
		else
			sent += qsendto(shared_fd, "hello", 5, 0, (struct sockaddr *)&peer, sizeof(peer),
					NULL) == 5;
	}
	return (void *)sent;
}

/* Four threads on one socket: nothing is lost, nothing counted twice. */
static void test_threads(void **state)
{
	pthread_t threads[THREADS];
	struct q_info info;
	uintptr_t i, sent = 0;
	void *part;

	shared_fd = bed_socket(1, 1024);
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, sender, (void *)i), 0);
	for (i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &part), 0);
		sent += (uintptr_t)part;
	}
	assert_int_equal(sent, THREADS * MESSAGES);
	info = bed_info(shared_fd);
	assert_int_equal(info.accepted, sent);
	assert_int_equal(info.offered, info.accepted + info.refused + info.queue_drop);
	assert_int_equal(info.accepted, info.sent + info.late_drop + info.queued);
	assert_int_equal(info.kernel_path, 0);
	assert_int_equal(qclose(shared_fd), 0);
}

static void *changer(void *arg)
{
	struct sockaddr_in peer = bed_peer();
	int i;

	for (i = 0; i < 500; i++) {
		peer.sin_port = htons((uint16_t)(2000 + i));
		connect(shared_fd, (struct sockaddr *)&peer, sizeof(peer));
		qrefresh(shared_fd);
	}
	return NULL;
}

static void test_change_beside_send(void **state)
{
	pthread_t threads[2];
	void *sent;

	shared_fd = bed_socket(1, 1024);
	assert_int_equal(pthread_create(&threads[0], NULL, sender, NULL), 0);
	assert_int_equal(pthread_create(&threads[1], NULL, changer, NULL), 0);
	assert_int_equal(pthread_join(threads[0], &sent), 0);
	assert_int_equal(pthread_join(threads[1], NULL), 0);
	assert_int_equal((uintptr_t)sent, MESSAGES);
	assert_int_equal(qclose(shared_fd), 0);
}

/* Sockets come and go under many descriptors and threads. */
static void *churner(void *arg)
{
	int i, fd;

	for (i = 0; i < 50; i++) {
		fd = bed_socket(1, 16);
		if (qsend(fd, "x", 1, 0, NULL) != 1 || (i % 2 ? close(fd) : qclose(fd)) != 0)
			return (void *)1;
	}
	return NULL;
}

static void test_churn(void **state)
{
	pthread_t threads[THREADS];
	uintptr_t i;
	void *wrong;

	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, churner, NULL), 0);
	for (i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &wrong), 0);
		assert_null(wrong);
	}
}

/* The number again, for something else: what the library kept of it does not count. */
static void test_number_again(void **state)
{
	struct qos_params params = bed_params("dwcs", NULL);
	int fd = bed_socket(1, 16), again;

	assert_int_equal(qsend(fd, "x", 1, 0, NULL), 1);
	assert_int_equal(close(fd), 0);
	again = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(again, fd);
	assert_errno(qsend(again, "x", 1, 0, NULL), EOPNOTSUPP);
	assert_int_equal(qattach(again, &params), 0);
	assert_int_equal(close(again), 0);
	assert_errno(qsend(again, "x", 1, 0, NULL), EBADF);
	fd = bed_socket(1, 16);
	assert_int_equal(close(fd), 0);
	again = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(again, fd);
	assert_int_equal(qattach(again, &params), 0);
	assert_int_equal(qclose(again), 0);
}

static uint32_t open_sockets(void)
{
	struct rte_qsock_port_info info;

	assert_int_equal(rte_qsock_port_info_get(rte_qsock_port_lookup(BED_DEV), &info), 0);
	return info.sockets;
}

/* close() is noticed without any further q-call: the port's few sockets come back. */
static void test_close_is_noticed(void **state)
{
	struct qos_params params = bed_params("dwcs", NULL);
	uint32_t others;
	int fds[64], n = 0, i;

	while (n < 64 && (fds[n] = qsocket(AF_INET, SOCK_DGRAM, 0, &params)) >= 0)
		n++;
	assert_int_equal(errno, ENOSPC);
	assert_true(n > 0);
	/* And what an earlier test closed, as long as nobody has noticed. */
	others = open_sockets() - (uint32_t)n;
	for (i = 0; i < n; i++)
		close(fds[i]);
	bed_until(open_sockets() <= others); /* within a second, where the machine lets the sweep run */
	for (i = 0; i < n; i++)
		assert_true((fds[i] = qsocket(AF_INET, SOCK_DGRAM, 0, &params)) >= 0);
	for (i = 0; i < n; i++)
		assert_int_equal(qclose(fds[i]), 0);
}

static volatile int beside_fd, beside_end;

static void *closer(void *arg)
{
	struct timespec pause = {0, 0};
	int n = 0;

	while (!beside_end) {
		pause.tv_nsec = n++ % 40 * 5000;
		nanosleep(&pause, NULL);
		if (beside_fd >= 0)
			close(beside_fd);
		beside_fd = -1;
	}
	return NULL;
}

/* A descriptor that is closed while it gets its stream: whatever comes of it, each socket stands for one
 * descriptor afterwards. */
static void test_attach_beside_close(void **state)
{
	struct qos_params params = bed_params("dwcs", NULL);
	uint64_t end_ns = bed_now_ns() + 1000000000;
	uint32_t before = open_sockets();
	int fds[8], ret, i, lost = 0;
	pthread_t thread;

	beside_fd = -1;
	assert_int_equal(pthread_create(&thread, NULL, closer, NULL), 0);
	while (bed_now_ns() < end_ns) {
		int fd = socket(AF_INET, SOCK_DGRAM, 0);

		assert_true(fd >= 0);
		beside_fd = fd;
		ret = qattach(fd, &params);
		if (ret < 0) {
			lost++;
			assert_true(errno == EBADF || errno == ENOTSOCK || errno == ENOSPC);
		}
		while (beside_fd >= 0)
			sched_yield();
	}
	beside_end = 1;
	assert_int_equal(pthread_join(thread, NULL), 0);
	print_message("%d were closed before they were attached\n", lost);
	bed_until(open_sockets() <= before); /* the sweep has found them */
	for (i = 0; i < 8; i++)
		assert_true((fds[i] = qsocket(AF_INET, SOCK_DGRAM, 0, &params)) >= 0);
	for (i = 0; i < 8; i++)
		assert_int_equal(qchange(fds[i], &params), 0);
	for (i = 0; i < 8; i++)
		assert_int_equal(qclose(fds[i]), 0);
}

static in_port_t port_of(int fd)
{
	struct sockaddr_in addr;
	socklen_t len = sizeof(addr);

	assert_int_equal(getsockname(fd, (struct sockaddr *)&addr, &len), 0);
	return addr.sin_port;
}

/* An unbound socket is bound by its first message, and stays so. */
static void test_bound_by_sending(void **state)
{
	struct qos_params params = bed_params("dwcs", NULL);
	struct sockaddr_in peer = bed_peer();
	struct sockaddr_in6 peer6 = bed_peer6();
	int fd = qsocket(AF_INET, SOCK_DGRAM, 0, &params);
	in_port_t port;

	assert_int_equal(port_of(fd), 0);
	assert_int_equal(qsendto(fd, "x", 1, 0, (struct sockaddr *)&peer, sizeof(peer), NULL), 1);
	port = port_of(fd);
	assert_int_not_equal(port, 0);
	assert_int_equal(qsendto(fd, "x", 1, 0, (struct sockaddr *)&peer, sizeof(peer), NULL), 1);
	assert_int_equal(port_of(fd), port);
	assert_int_equal(bed_info(fd).kernel_path, 0);
	assert_int_equal(qclose(fd), 0);
	fd = qsocket(AF_INET6, SOCK_DGRAM, 0, &params);
	assert_int_equal(qsendto(fd, "x", 1, 0, (struct sockaddr *)&peer6, sizeof(peer6), NULL), 1);
	assert_int_equal(bed_info(fd).kernel_path, 0);
	assert_int_equal(qclose(fd), 0);
}

/* The descriptor is the kernel's: what others do with one can be done with it. */
static void test_real_descriptor(void **state)
{
	struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	struct qos_params params = bed_params("dwcs", NULL);
	int fd = qsocket(AF_INET, SOCK_DGRAM, 0, &params), value = 7, epoll = epoll_create1(0);
	struct epoll_event event = {.events = EPOLLIN};
	struct pollfd p = {fd, POLLIN | POLLOUT, 0};
	socklen_t len = sizeof(here);
	char text[8];

	assert_int_equal(bind(fd, (struct sockaddr *)&here, sizeof(here)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&here, &len), 0);
	assert_int_equal(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event), 0);
	assert_int_equal(epoll_wait(epoll, &event, 1, 0), 0);
	assert_int_equal(poll(&p, 1, 0), 1);
	assert_int_equal(p.revents, POLLOUT);
	assert_int_equal(sendto(fd, "kernel", 6, 0, (struct sockaddr *)&here, sizeof(here)), 6);
	assert_int_equal(epoll_wait(epoll, &event, 1, 1000), 1);
	assert_int_equal(recv(fd, text, sizeof(text), 0), 6);
	assert_int_equal(qsendto(fd, "q", 1, 0, (struct sockaddr *)&here, sizeof(here), NULL), 1);
	assert_int_equal(recv(fd, text, sizeof(text), 0), 1);
	assert_int_equal(setsockopt(fd, IPPROTO_IP, IP_TTL, &value, sizeof(value)), 0);
	assert_int_equal(close(epoll), 0);
	assert_int_equal(qclose(fd), 0);
}

/* Two devices with two disciplines in one process. */
static void test_two_devices(void **state)
{
	struct q_dwcs_attr attr = {0, 0, 1000, 0};
	struct qos_params params = {.dev = "net_null1", .name = "edf", .attributes = &attr};
	struct sockaddr_in peer = {
		.sin_family = AF_INET, .sin_port = htons(9), .sin_addr = {htonl(0x0a4f0002)}};
	int first = bed_socket(1, 16), second, i;

	setenv("QSOCK_PORT_ARGS", "net_null1:rate=1gbit,twin=qs1", 1);
	assert_int_equal(qsockinit(&params), 0);
	bed_run("ip link set qs1 up && ip addr add 10.79.0.1/24 dev qs1 &&"
		"ip neigh replace 10.79.0.2 lladdr 02:00:00:00:00:02 dev qs1 nud permanent");
	second = qsocket(AF_INET, SOCK_DGRAM, 0, &params);
	assert_true(second >= 0);
	for (i = 0; i < 10; i++) {
		assert_int_equal(qsend(first, "x", 1, 0, NULL), 1);
		assert_int_equal(qsendto(second, "x", 1, 0, (struct sockaddr *)&peer, sizeof(peer), NULL), 1);
	}
	for (i = 0; i < 200 && (bed_info(first).sent < 10 || bed_info(second).sent < 10); i++)
		usleep(10000);
	assert_int_equal(bed_info(first).sent, 10);
	assert_int_equal(bed_info(second).sent, 10);
	assert_string_equal(bed_info(first).name, "dwcs");
	assert_string_equal(bed_info(second).name, "edf");
	assert_int_equal(bed_info(second).kernel_path, 0);
	assert_int_equal(qclose(second), 0);
	assert_int_equal(qsockfini("net_null1"), 0);
	assert_int_equal(qsend(first, "x", 1, 0, NULL), 1);
	assert_int_equal(qclose(first), 0);
}

/* What the program blocks it waits for: no thread of the library may take it, and die of it. */
static void test_signals_are_the_programs(void **state)
{
	const struct timespec limit = {10, 0};
	sigset_t wanted, before;

	sigemptyset(&wanted);
	sigaddset(&wanted, SIGUSR1);
	assert_int_equal(pthread_sigmask(SIG_BLOCK, &wanted, &before), 0);
	assert_int_equal(kill(getpid(), SIGUSR1), 0);
	assert_int_equal(sigtimedwait(&wanted, NULL, &limit), SIGUSR1);
	assert_int_equal(pthread_sigmask(SIG_SETMASK, &before, NULL), 0);
}

/* The balance of a socket that was sent to its end. */
static void test_qsockfini(void **state)
{
	struct qos_params params = bed_params("dwcs", NULL);
	int fd = bed_socket(1, 16);

	assert_int_equal(qsend(fd, "x", 1, 0, NULL), 1);
	assert_int_equal(qsockfini(BED_DEV), 0);
	assert_errno(qsend(fd, "x", 1, 0, NULL), EOPNOTSUPP);
	assert_errno(qsocket(AF_INET, SOCK_DGRAM, 0, &params), ENXIO);
	assert_int_equal(close(fd), 0);
	assert_int_equal(qsockinit(&params), 0); /* and again */
	fd = qsocket(AF_INET, SOCK_DGRAM, 0, &params);
	assert_true(fd >= 0);
	assert_int_equal(qclose(fd), 0);
}

static uint32_t told(const char *what)
{
	const char *at = bed_log();
	uint32_t n = 0;

	while ((at = strstr(at, what)) != NULL) {
		at += strlen(what);
		n++;
	}
	return n;
}

/* Its descriptor is an error from then on: nobody looks at it again and again. The device ends as ever. */
static void test_twin_removed(void **state)
{
	struct qos_params params = bed_params("dwcs", NULL);

	bed_log_begin();
	bed_run("ip link del qs0");
	bed_until(told("the interface was removed") > 0);
	usleep(20000);
	bed_log_end();
	assert_int_equal(told("the interface was removed"), 1);
	assert_int_equal(qsockfini(BED_DEV), 0);
	assert_int_equal(qsockinit(&params), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_change_beside_send),
		cmocka_unit_test(test_churn),
		cmocka_unit_test(test_number_again),
		cmocka_unit_test(test_close_is_noticed),
		cmocka_unit_test(test_attach_beside_close),
		cmocka_unit_test(test_bound_by_sending),
		cmocka_unit_test(test_real_descriptor),
		cmocka_unit_test(test_two_devices),
		cmocka_unit_test(test_signals_are_the_programs),
		cmocka_unit_test(test_qsockfini),
		cmocka_unit_test(test_twin_removed),
	};

	bed_start("dwcs", "rate=10gbit,twin=qs0,sockets=40,linger=1ms,work-conserving");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
