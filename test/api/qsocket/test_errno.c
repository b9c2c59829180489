/* SPDX-License-Identifier: BSD-3-Clause */
/* Every errno that qsocket.h names, but those of qsockinit(): see test_init.c. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_lcore.h>

#include "bed.h"
#include "impatient.h"
#include "rte_qsock.h"
#include "scarce.h"

static struct q_dwcs_attr good = {0, 10, 10, DWCS_NON_DROPPABLE};

static int in_child(int (*fn)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(fn());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The descriptor that the next call will have. */
static int first_free(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

/* And a call that fails keeps none. */
static void test_socket(void **state)
{
	struct qos_params params = bed_params("dwcs", &good), other;
	struct q_dwcs_attr bad = {5, 1, 10, 0};
	int fd, error, next = first_free();
	struct rlimit old, none;

	assert_errno(qsocket(AF_INET, SOCK_DGRAM, 0, NULL), EINVAL);
	assert_errno(qsocket(AF_UNIX, SOCK_DGRAM, 0, &params), EAFNOSUPPORT);
	assert_errno(qsocket(AF_INET, SOCK_RAW, 0, &params), ESOCKTNOSUPPORT);
	assert_errno(qsocket(AF_INET, SOCK_DGRAM, IPPROTO_TCP, &params), EPROTONOSUPPORT);
	other = params;
	strcpy(other.dev, "net_null8");
	assert_errno(qsocket(AF_INET, SOCK_DGRAM, 0, &other), ENXIO);
	other = bed_params("edf", &good);
	assert_errno(qsocket(AF_INET, SOCK_DGRAM, 0, &other), EINVAL);
	other = bed_params("dwcs", &bad);
	assert_errno(qsocket(AF_INET, SOCK_DGRAM, 0, &other), EINVAL);
	getrlimit(RLIMIT_NOFILE, &old);
	none = old;
	none.rlim_cur = 3;
	setrlimit(RLIMIT_NOFILE, &none);
	assert_errno(qsocket(AF_INET, SOCK_DGRAM, 0, &params), EMFILE);
	setrlimit(RLIMIT_NOFILE, &old);
	scarce_eal(0);
	errno = 0;
	fd = qsocket(AF_INET, SOCK_DGRAM, 0, &params);
	error = errno;
	scarce_end();
	assert_true(fd == -1 && error == ENOMEM);
	assert_int_equal(first_free(), next);
}

static void test_attach(void **state)
{
	struct qos_params params = bed_params("dwcs", &good);
	int fd = qsocket(AF_INET, SOCK_DGRAM, 0, &params), pipes[2], unix_fd;

	assert_true(fd >= 0);
	assert_errno(qattach(fd, &params), EISCONN);
	assert_errno(qattach(fd, NULL), EINVAL);
	assert_errno(qattach(999, &params), EBADF);
	assert_errno(qattach(-1, &params), EBADF);
	assert_int_equal(pipe(pipes), 0);
	assert_errno(qattach(pipes[0], &params), ENOTSOCK);
	close(pipes[0]);
	close(pipes[1]);
	unix_fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_errno(qattach(unix_fd, &params), EAFNOSUPPORT);
	close(unix_fd);
	assert_int_equal(qclose(fd), 0);
}

/* The port has room for eight sockets, of which the twin has one. */
static void test_too_many(void **state)
{
	struct qos_params params = bed_params("dwcs", &good);
	int fds[16], n = 0;

	while (n < 16 && (fds[n] = qsocket(AF_INET, SOCK_DGRAM, 0, &params)) >= 0)
		n++;
	assert_int_equal(errno, ENOSPC);
	assert_true(n >= 4 && n < 9);
	while (n > 0)
		assert_int_equal(qclose(fds[--n]), 0);
}

struct idler {
	struct rte_qsock_port *port;
	sem_t polled, enough;
};

static void *idle_poller(void *arg)
{
	struct idler *idler = arg;

	rte_qsock_tx_poll(idler->port);
	sem_post(&idler->polled);
	while (sem_wait(&idler->enough) < 0)
		;
	rte_qsock_tx_stop(idler->port);
	return NULL;
}

/* A TX core that does not answer: a thread that polled once, and went to sleep. */
static void test_timed_out(void **state)
{
	struct idler idler = {.port = rte_qsock_port_lookup(BED_DEV)};
	struct qos_params params = bed_params("dwcs", &good);
	struct q_info info = {.size = sizeof(info)};
	int fd = bed_socket(10, 4);
	pthread_t thread;

	sem_init(&idler.polled, 0, 0);
	sem_init(&idler.enough, 0, 0);
	assert_int_equal(rte_qsock_tx_stop(idler.port), 0);
	assert_int_equal(pthread_create(&thread, NULL, idle_poller, &idler), 0);
	while (sem_wait(&idler.polled) < 0)
		;
	impatient(true);
	assert_errno(qinfo(fd, &info), ETIMEDOUT);
	assert_errno(qchange(fd, &params), ETIMEDOUT);
	assert_errno(qsocket(AF_INET, SOCK_DGRAM, 0, &params), ETIMEDOUT);
	impatient(false);
	sem_post(&idler.enough);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(rte_qsock_tx_launch(idler.port, rte_get_next_lcore(-1, 1, 0)), 0);
	assert_int_equal(qinfo(fd, &info), 0);
	assert_int_equal(qclose(fd), 0);
}

static void test_pollfd(void **state)
{
	int fd = bed_socket(10, 4);
	struct rlimit old, none;

	getrlimit(RLIMIT_NOFILE, &old);
	none = old;
	none.rlim_cur = 3;
	setrlimit(RLIMIT_NOFILE, &none);
	assert_errno(qpollfd(fd), EMFILE);
	setrlimit(RLIMIT_NOFILE, &old);
	assert_true(qpollfd(fd) >= 0);
	assert_int_equal(qclose(fd), 0);
}

/* What all calls on a descriptor say where it has no stream. */
static void expect_all(int fd, int error)
{
	struct qos_params params = bed_params("dwcs", &good);
	struct q_info info = {.size = sizeof(info)};

	assert_errno(qchange(fd, &params), error);
	assert_errno(qinfo(fd, &info), error);
	assert_errno(qsend(fd, "", 1, 0, NULL), error);
	assert_errno(qsendto(fd, "", 1, 0, NULL, 0, NULL), error);
	assert_errno(qpollfd(fd), error);
	assert_errno(qrefresh(fd), error);
	assert_errno(qclose(fd), error);
}

static void test_no_stream(void **state)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0), pipes[2];

	expect_all(fd, EOPNOTSUPP);
	close(fd);
	expect_all(fd, EBADF);
	expect_all(-1, EBADF);
	expect_all(0x7fffffff, EBADF);
	assert_int_equal(pipe(pipes), 0);
	expect_all(pipes[1], ENOTSOCK);
	close(pipes[0]);
	close(pipes[1]);
}

static void test_change(void **state)
{
	struct qos_params params = bed_params("dwcs", &good), other;
	struct q_dwcs_attr bad = {5, 1, 10, 0}, frame = {0, 10, 1000, Q_UNIT_FRAME};
	int fd = bed_socket(BED_NEVER_MS, 4);

	assert_errno(qchange(fd, NULL), EINVAL);
	other = params;
	strcpy(other.dev, "net_null8");
	assert_errno(qchange(fd, &other), EINVAL);
	other = bed_params("edf", &good);
	assert_errno(qchange(fd, &other), EINVAL);
	other = bed_params("dwcs", &bad);
	assert_errno(qchange(fd, &other), EINVAL);
	assert_int_equal(qsend(fd, "x", 1, 0, NULL), 1);
	assert_int_equal(qsend(fd, "x", 1, 0, NULL), 1);
	bed_ingested(fd); /* the second is in the queue, and stays there */
	other = bed_params("dwcs", &frame);
	assert_errno(qchange(fd, &other), EBUSY);
	other = bed_params("dwcs", &good);
	other.dev[0] = other.name[0] = 0;
	assert_int_equal(qchange(fd, &other), 0);
	assert_int_equal(bed_info(fd).attr.ipg, 10);
	assert_int_equal(qclose(fd), 0);
}

static void test_info(void **state)
{
	int fd = bed_socket(10, 4);
	struct q_info info = {.size = 8};
	struct {
		struct q_info info;
		char beyond[16];
	} newer = {.info = {.size = sizeof(newer)}};

	assert_errno(qinfo(fd, NULL), EINVAL);
	assert_errno(qinfo(fd, &info), EINVAL);
	newer.beyond[0] = 42;
	assert_int_equal(qinfo(fd, &newer.info), 0);
	assert_int_equal(newer.info.size, sizeof(struct q_info));
	assert_int_equal(newer.beyond[0], 42);
	/* An older program knows nothing of what was added. */
	newer.info.size = offsetof(struct q_info, late_queue);
	newer.info.late_queue = 43;
	assert_int_equal(qinfo(fd, &newer.info), 0);
	assert_int_equal(newer.info.size, offsetof(struct q_info, late_queue));
	assert_int_equal(newer.info.late_queue, 43);
	assert_int_equal(qclose(fd), 0);
}

static void test_send_arguments(void **state)
{
	struct packet_flags bad = {0x4, 0}, both = {DWCS_NON_DROPPABLE | Q_DROPPABLE, 0};
	struct packet_flags far = {Q_DEADLINE_RELATIVE, 2000000000000};
	struct sockaddr_in peer = bed_peer(), port0 = bed_peer();
	struct sockaddr_in6 peer6 = bed_peer6();
	struct qos_params params = bed_params("dwcs", &good);
	int fd = bed_socket(10, 64), fd6 = qsocket(AF_INET6, SOCK_DGRAM, 0, &params);
	static char big[70000];

	port0.sin_port = 0;
	assert_errno(qsend(fd, "x", 1, MSG_OOB, NULL), EOPNOTSUPP);
	assert_errno(qsend(fd, "x", 1, 0, &bad), EINVAL);
	assert_errno(qsend(fd, "x", 1, 0, &both), EINVAL);
	assert_errno(qsend(fd, "x", 1, 0, &far), EINVAL);
	assert_errno(qsend(fd, NULL, 1, 0, NULL), EFAULT);
	assert_errno(qsendto(fd, "x", 1, 0, (struct sockaddr *)&peer, 8, NULL), EINVAL);
	assert_errno(qsendto(fd, "x", 1, 0, (struct sockaddr *)&port0, sizeof(port0), NULL), EINVAL);
	assert_errno(qsendto(fd, "x", 1, 0, (struct sockaddr *)&peer6, sizeof(peer6), NULL), EAFNOSUPPORT);
	assert_errno(qsend(fd, big, 65508, 0, NULL), EMSGSIZE);
	assert_int_equal(qsend(fd, big, 65507, 0, NULL), 65507);
	assert_errno(qsendto(fd6, big, 65528, 0, (struct sockaddr *)&peer6, sizeof(peer6), NULL), EMSGSIZE);
	assert_int_equal(qsendto(fd6, big, 65527, 0, (struct sockaddr *)&peer6, sizeof(peer6), NULL), 65527);
	assert_int_equal(qclose(fd6), 0);
	assert_int_equal(qsend(fd, NULL, 0, 0, NULL), 0);
	assert_int_equal(qclose(fd), 0);
}

static void set_int(int fd, int level, int name, int value)
{
	assert_int_equal(setsockopt(fd, level, name, &value, sizeof(value)), 0);
}

static void test_send_socket(void **state)
{
	struct sockaddr_in broadcast = bed_peer(), far = bed_peer(), none = {.sin_family = AF_UNSPEC};
	static char big[70000];
	int fd = bed_socket(10, 64);

	broadcast.sin_addr.s_addr = htonl(0x0a4d00ff);
	far.sin_addr.s_addr = htonl(0x08080808);
	set_int(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO);
	assert_errno(qsend(fd, big, 1473, 0, NULL), EMSGSIZE);
	assert_int_equal(qsend(fd, big, 1472, 0, NULL), 1472);
	set_int(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_WANT);
	assert_int_equal(qsend(fd, big, 1473, 0, NULL), 1473);
	assert_errno(qsendto(fd, "x", 1, 0, (struct sockaddr *)&broadcast, sizeof(broadcast), NULL), EACCES);
	assert_errno(qsendto(fd, "x", 1, 0, (struct sockaddr *)&far, sizeof(far), NULL), ENETUNREACH);
	assert_int_equal(connect(fd, (struct sockaddr *)&none, sizeof(none)), 0);
	assert_errno(qsend(fd, "x", 1, 0, NULL), EDESTADDRREQ);
	bed_run("ip route add unreachable 10.78.0.0/24");
	far.sin_addr.s_addr = htonl(0x0a4e0001);
	assert_errno(qsendto(fd, "x", 1, 0, (struct sockaddr *)&far, sizeof(far), NULL), EHOSTUNREACH);
	assert_int_equal(qclose(fd), 0);
}

/* The twin is down, and its routes are gone: the errno is the kernel's. This takes addresses too: the last.
 */
static void test_down(void **state)
{
	struct sockaddr_in peer = bed_peer();
	struct sockaddr_in6 peer6 = bed_peer6();
	struct qos_params params = bed_params("dwcs", &good);
	int fd = bed_socket(10, 64), fd6 = qsocket(AF_INET6, SOCK_DGRAM, 0, &params);

	assert_int_equal(qsend(fd, "x", 1, 0, NULL), 1);
	bed_run("ip link set qs0 down");
	bed_until(qsend(fd, "x", 1, MSG_DONTWAIT, NULL) == -1 &&
		  errno != EAGAIN); /* the kernel tells the twin */
	assert_errno(qsend(fd, "x", 1, 0, NULL), ENETUNREACH);
	assert_errno(qsendto(fd, "x", 1, 0, (struct sockaddr *)&peer, sizeof(peer), NULL), ENETUNREACH);
	assert_errno(qsendto(fd6, "x", 1, 0, (struct sockaddr *)&peer6, sizeof(peer6), NULL), ENETUNREACH);
	assert_int_equal(qclose(fd), 0);
	assert_int_equal(qclose(fd6), 0);
}

static void wait_event(int fd, short event)
{
	struct pollfd p = {fd, event, 0};

	assert_int_equal(poll(&p, 1, 20000), 1);
	assert_true(p.revents & event);
}

/* An ICMP error of a destination on this host. */
static void test_refused(void **state)
{
	struct sockaddr_in here = {
		.sin_family = AF_INET, .sin_port = htons(9), .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int fd = bed_socket(10, 64);

	assert_int_equal(connect(fd, (struct sockaddr *)&here, sizeof(here)), 0);
	assert_int_equal(qsend(fd, "x", 1, 0, NULL), 1);
	wait_event(fd, POLLERR);
	assert_errno(qsend(fd, "x", 1, 0, NULL), ECONNREFUSED);
	assert_int_equal(bed_info(fd).kernel_path, 1);
	assert_int_equal(qclose(fd), 0);
}

static int calls_in_child(void)
{
	struct qos_params params = bed_params("dwcs", &good);
	struct q_info info = {.size = sizeof(info)};
	int fd = 3, wrong = 0, i;

	for (i = 0; i < 64; i++) {
		fd = i;
		wrong += !(qsend(fd, "x", 1, 0, NULL) == -1 && errno == EPERM);
		wrong += !(qinfo(fd, &info) == -1 && errno == EPERM);
		wrong += !(qclose(fd) == -1 && errno == EPERM);
	}
	wrong += !(qsockinit(&params) == -1 && errno == EPERM);
	wrong += !(qsockfini(NULL) == -1 && errno == EPERM);
	wrong += !(qsocket(AF_INET, SOCK_DGRAM, 0, &params) == -1 && errno == EPERM);
	wrong += !(qattach(fd, &params) == -1 && errno == EPERM);
	wrong += !(qchange(fd, &params) == -1 && errno == EPERM);
	wrong += !(qpollfd(fd) == -1 && errno == EPERM);
	wrong += !(qrefresh(fd) == -1 && errno == EPERM);
	return wrong;
}

/* The child's calls fail; its descriptor is a kernel socket, and its end leaves the parent alone. */
static void test_fork(void **state)
{
	int fd = bed_socket(1, 64);

	assert_int_equal(qsend(fd, "x", 1, 0, NULL), 1);
	assert_int_equal(in_child(calls_in_child), 0);
	assert_int_equal(qsend(fd, "x", 1, 0, NULL), 1);
	assert_int_equal(qclose(fd), 0);
}

static int pipes_broken;

static void on_broken_pipe(int signal)
{
	pipes_broken++;
}

/* As send(2): the signal, unless it is not wanted. */
static void expect_broken_pipe(int fd)
{
	struct sigaction action = {.sa_handler = on_broken_pipe}, before;

	assert_int_equal(sigaction(SIGPIPE, &action, &before), 0);
	assert_errno(qsend(fd, "x", 1, MSG_NOSIGNAL, NULL), EPIPE);
	assert_int_equal(pipes_broken, 0);
	assert_errno(qsend(fd, "x", 1, 0, NULL), EPIPE);
	assert_int_equal(pipes_broken, 1);
	assert_int_equal(sigaction(SIGPIPE, &before, NULL), 0);
}

static void test_tcp(void **state)
{
	struct qos_params params = bed_params("dwcs", &good);
	struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int listener = socket(AF_INET, SOCK_STREAM, 0), fd, peer;
	socklen_t len = sizeof(here);

	assert_int_equal(bind(listener, (struct sockaddr *)&here, sizeof(here)), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&here, &len), 0);
	fd = qsocket(AF_INET, SOCK_STREAM, 0, &params);
	assert_true(fd >= 0);
	assert_errno(qpollfd(fd), EOPNOTSUPP);
	assert_errno(qsend(fd, "x", 1, MSG_NOSIGNAL, NULL), EPIPE);
	assert_int_equal(connect(fd, (struct sockaddr *)&here, sizeof(here)), 0);
	peer = accept(listener, NULL, NULL);
	assert_int_equal(qsend(fd, "hello", 5, 0, NULL), 5);
	assert_true(bed_info(fd).valid & Q_INFO_TCP);
	assert_true(bed_info(fd).tcp_cwnd > 0);
	close(peer);
	wait_event(fd, POLLRDHUP);
	(void)qsend(fd, "x", 1, MSG_NOSIGNAL, NULL);
	wait_event(fd, POLLHUP);
	expect_broken_pipe(fd);
	assert_int_equal(qclose(fd), 0);
	close(listener);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_socket),
		cmocka_unit_test(test_attach),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_no_stream),
		cmocka_unit_test(test_change),
		cmocka_unit_test(test_info),
		cmocka_unit_test(test_send_arguments),
		cmocka_unit_test(test_send_socket),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_fork),
		cmocka_unit_test(test_tcp),
		cmocka_unit_test(test_timed_out),
		cmocka_unit_test(test_pollfd),
		cmocka_unit_test(test_down),
	};

	bed_start("dwcs", "rate=100mbit,twin=qs0,sockets=8,linger=200ms");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
