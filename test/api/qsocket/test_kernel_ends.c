/* SPDX-License-Identifier: BSD-3-Clause */
/* Driver kernel: bad states, and what is refused. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel_bed.h"

#define PORT 5000

static struct qos_params params(void *attr)
{
	return (struct qos_params){.dev = KBED_DEV, .name = "dwcs", .attributes = attr};
}

static bool root_is(const char *kind)
{
	char line[128];

	snprintf(line, sizeof(line), "tc qdisc show dev va root | grep -q 'qdisc %s'", kind);
	return system(line) == 0;
}

static int init_with(const char *args)
{
	struct qos_params p = params(NULL);

	setenv("QSOCK_PORT_ARGS", args, 1);
	return qsockinit(&p);
}

static void test_refused(void **state)
{
	struct qos_params p = params(NULL);
	struct q_port_ex ex = {.size = sizeof(ex), .driver = 4};

	(void)state;
	assert_errno(init_with("driver=kernal"), EINVAL);
	assert_errno(init_with("driver=kernel,record=/tmp/x"), EINVAL);
	assert_errno(init_with("driver=kernel,twin=qs0"), EINVAL);
	assert_errno(init_with("driver=kernel,devargs=net_null0"), EINVAL);
	assert_errno(init_with("driver=kernel,in-flight=1ms"), EINVAL);
	assert_errno(init_with("driver=kernel,sockets=100000"), EINVAL);
	assert_errno(init_with("driver=kernel,mtu=100"), EINVAL);
	assert_errno(init_with("driver=kernel,below=2s"), EINVAL);
	assert_errno(init_with("driver=kernel,memory=65535"), EINVAL);
	assert_errno(init_with("driver=ethdev,etf"), EINVAL);
	assert_errno(init_with("driver=af_xdp,etf"), EINVAL);
	assert_errno(init_with("driver=ethdev,memory=65536"), EINVAL);
	assert_errno(init_with("driver=af_xdp,memory=65536"), EINVAL);
	setenv("QSOCK_PORT_ARGS", "", 1);
	assert_errno(qsockinit_ex(&p, &ex), EINVAL);
	ex.driver = Q_DRIVER_KERNEL;
	ex.reserved[sizeof(ex.reserved) - 1] = 1;
	assert_errno(qsockinit_ex(&p, &ex), EINVAL);
	strcpy(p.dev, "nosuch");
	ex.reserved[sizeof(ex.reserved) - 1] = 0;
	assert_errno(qsockinit_ex(&p, &ex), ENODEV);
	strcpy(p.name, "nosuch");
	assert_errno(qsockinit_ex(&p, &ex), ENOENT);
	assert_true(root_is("noqueue"));
}

static void test_no_privilege(void **state)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0) {
		syscall(SYS_capget, &header, data);
		data[CAP_TO_INDEX(CAP_NET_ADMIN)].effective &= ~CAP_TO_MASK(CAP_NET_ADMIN);
		syscall(SYS_capset, &header, data);
		if (init_with("driver=kernel,etf") != -1 || errno != EPERM)
			_exit(1);
		_exit(init_with("driver=kernel") == -1 && errno == EPERM ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void test_foreign_qdisc(void **state)
{
	(void)state;
	bed_run("tc qdisc add dev va root handle 3: pfifo limit 77");
	assert_errno(init_with("driver=kernel"), EBUSY);
	assert_true(root_is("pfifo 3: root refcnt [0-9]* limit 77p"));
	assert_int_equal(init_with("driver=kernel,force"), 0);
	assert_true(root_is("htb 5153:"));
	assert_int_equal(qsockfini(KBED_DEV), 0);
	assert_true(root_is("pfifo 3: root refcnt [0-9]* limit 77p"));
	bed_run("tc qdisc del dev va root");
}

/* Before this process has a device itself, so that a child may. Killed: the next start gives back what was
 * there. */
static void test_killed(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0) {
		if (init_with("driver=kernel") == 0)
			kill(getpid(), SIGKILL);
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_true(root_is("htb 5153:"));
	assert_int_equal(init_with("driver=kernel"), 0);
	assert_int_equal(qsockfini(KBED_DEV), 0);
	assert_true(root_is("noqueue"));
}

static void test_replaced_meanwhile(void **state)
{
	struct q_attr_ex attr = kbed_attr(1, 0, 0, 64, DWCS_NON_DROPPABLE);
	int receiver = kbed_receiver(AF_INET, SOCK_DGRAM, PORT), fd, tries;
	char byte;

	(void)state;
	kbed_init("dwcs", "rate=10mbit");
	fd = kbed_socket(AF_INET, SOCK_DGRAM, PORT, &attr);
	bed_log_begin();
	bed_run("tc qdisc replace dev va root handle 9: pfifo limit 50");
	for (tries = 0; !bed_log_says("another program replaced ours") && tries < 300; tries++)
		usleep(10000);
	bed_log_expect("another program replaced ours on va by pfifo 9:");
	bed_log_end();
	assert_int_equal(qsend(fd, "x", 1, 0, NULL), 1);
	assert_int_equal(recv(receiver, &byte, 1, 0), 1);
	assert_int_equal(kbed_drained(fd).met, 1);
	assert_int_equal(qclose(fd), 0);
	assert_int_equal(qsockfini(KBED_DEV), 0);
	assert_true(root_is("pfifo 9:"));
	bed_run("tc qdisc del dev va root");
	close(receiver);
}

/* The paper's errors of sockets, and what one has had before comes back. */
static void test_sockets(void **state)
{
	struct q_attr_ex attr = kbed_attr(1, 1, 2, 64, 0);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), pair[2], priority = 3;
	struct qos_params p = params(&attr), other = p;
	socklen_t len = sizeof(priority);
	struct packet_flags both = {DWCS_NON_DROPPABLE | Q_DROPPABLE, 0};
	struct sockaddr_storage addr;
	struct q_info info = {.size = 8};
	static char large[65508];

	(void)state;
	assert_errno(qattach(fd, &p), ENXIO);
	kbed_init("dwcs", "rate=10mbit,sockets=1,classify=priority");
	setsockopt(fd, SOL_SOCKET, SO_PRIORITY, &priority, sizeof(priority));
	assert_int_equal(qattach(fd, &p), 0);
	getsockopt(fd, SOL_SOCKET, SO_PRIORITY, &priority, &len);
	assert_int_equal(priority, 0x51530010);
	assert_errno(qattach(fd, &p), EISCONN);
	assert_errno(qsocket(AF_INET, SOCK_DGRAM, 0, &p), ENOSPC);
	assert_errno(qsend(fd, "x", 1, 0, NULL), EDESTADDRREQ);
	len = kbed_address(AF_INET6, PORT, &addr);
	assert_errno(qsendto(fd, "x", 1, 0, (struct sockaddr *)&addr, len, NULL), EAFNOSUPPORT);
	len = kbed_address(AF_INET, 0, &addr);
	assert_errno(qsendto(fd, "x", 1, 0, (struct sockaddr *)&addr, len, NULL), EINVAL);
	len = kbed_address(AF_INET, PORT, &addr);
	assert_errno(qsendto(fd, large, sizeof(large), 0, (struct sockaddr *)&addr, len, NULL), EMSGSIZE);
	assert_errno(qsendto(fd, NULL, 1, 0, (struct sockaddr *)&addr, len, NULL), EFAULT);
	assert_errno(qsendto(fd, "x", 1, MSG_OOB, (struct sockaddr *)&addr, len, NULL), EOPNOTSUPP);
	assert_errno(qsendto(fd, "x", 1, 0, (struct sockaddr *)&addr, len, &both), EINVAL);
	assert_errno(qinfo(fd, &info), EINVAL);
	assert_errno(qinfo(fd, NULL), EINVAL);
	assert_errno(qchange(fd, NULL), EINVAL);
	strcpy(other.dev, "vb");
	assert_errno(qchange(fd, &other), EINVAL);
	attr.vlan_id = 5;
	assert_errno(qchange(fd, &p), EINVAL);
	attr.vlan_id = 0;
	assert_int_equal(qchange(fd, &p), 0);
	assert_int_equal(qrefresh(fd), 0);
	assert_int_equal(pipe(pair), 0);
	assert_errno(qattach(pair[0], &p), ENOTSOCK);
	assert_errno(qclose(pair[0]), ENOTSOCK);
	assert_errno(qclose(9999), EBADF);
	assert_int_equal(qsockfini(KBED_DEV), 0);
	/* It is a kernel socket again, as it was. */
	len = sizeof(priority);
	getsockopt(fd, SOL_SOCKET, SO_PRIORITY, &priority, &len);
	assert_int_equal(priority, 3);
	assert_errno(qsend(fd, "x", 1, 0, NULL), EOPNOTSUPP);
	close(fd);
	close(pair[0]);
	close(pair[1]);
}

static int pipes_broken;

static void on_broken_pipe(int signal)
{
	(void)signal;
	pipes_broken++;
}

/* As send(2): by the call that says so, unless it is not wanted. */
static void broken_pipe_signalled(int fd)
{
	struct sigaction action = {.sa_handler = on_broken_pipe}, before;
	int flags, tries;

	assert_int_equal(sigaction(SIGPIPE, &action, &before), 0);
	for (flags = MSG_NOSIGNAL; flags >= 0; flags -= MSG_NOSIGNAL) {
		for (tries = 0; qsend(fd, "x", 1, flags, NULL) == 1 && tries < 1000; tries++)
			usleep(5000);
		assert_int_equal(errno, EPIPE);
		assert_int_equal(pipes_broken, flags == 0);
	}
	assert_int_equal(sigaction(SIGPIPE, &before, NULL), 0);
}

/* Errors that come later are told by a later call. */
static void test_refused_by_peer(void **state)
{
	struct q_attr_ex attr = kbed_attr(1, 0, 0, 64, DWCS_NON_DROPPABLE);
	int fd, peer, listener, tries;

	(void)state;
	kbed_init("dwcs", "rate=10mbit");
	fd = kbed_socket(AF_INET, SOCK_DGRAM, PORT + 7, &attr);
	for (tries = 0; qsend(fd, "x", 1, 0, NULL) == 1 && tries < 1000; tries++)
		usleep(5000);
	assert_int_equal(errno, ECONNREFUSED);
	kbed_drained(fd);
	assert_int_equal(qclose(fd), 0);
	listener = kbed_receiver(AF_INET, SOCK_STREAM, PORT);
	fd = kbed_socket(AF_INET, SOCK_STREAM, PORT, &attr);
	peer = accept(listener, NULL, NULL);
	close(peer);
	for (tries = 0; qsend(fd, "x", 1, MSG_NOSIGNAL, NULL) == 1 && tries < 1000; tries++)
		usleep(5000);
	assert_true(errno == EPIPE || errno == ECONNRESET);
	broken_pipe_signalled(fd);
	assert_true(kbed_drained(fd).tx_error > 0);
	assert_int_equal(qclose(fd), 0);
	/* Never connected: as send(2). */
	fd = qsocket(AF_INET, SOCK_STREAM, 0, &(struct qos_params){.dev = KBED_DEV, .name = "dwcs"});
	assert_errno(qsend(fd, "x", 1, MSG_NOSIGNAL, NULL), EPIPE);
	assert_int_equal(qclose(fd), 0);
	close(listener);
	assert_int_equal(qsockfini(KBED_DEV), 0);
}

/* A number that was closed and came again is another socket. */
static void test_closed_by_others(void **state)
{
	struct q_attr_ex attr = kbed_attr(1, 0, 0, 64, DWCS_NON_DROPPABLE);
	struct qos_params p = params(&attr);
	int fd, again;

	(void)state;
	kbed_init("dwcs", "rate=10mbit");
	/* Another thread may open something for a moment, and have the number. */
	for (;;) {
		fd = kbed_socket(AF_INET, SOCK_DGRAM, PORT, &attr);
		close(fd);
		again = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		if (again == fd)
			break;
		close(again);
	}
	assert_int_equal(qattach(again, &p), 0);
	assert_int_equal(kbed_info(again).offered, 0);
	close(again);
	assert_errno(qclose(fd), EBADF);
	assert_int_equal(qsockfini(KBED_DEV), 0);
}

static void test_child(void **state)
{
	struct q_attr_ex attr = kbed_attr(1, 0, 0, 64, 0);
	int listener = kbed_receiver(AF_INET, SOCK_STREAM, PORT), fd, connection, peer, status;
	pid_t pid;
	char byte;

	(void)state;
	kbed_init("dwcs", "rate=10mbit");
	connection = kbed_socket(AF_INET, SOCK_STREAM, PORT, &attr);
	peer = accept(listener, NULL, NULL);
	/* One that closes what it was given keeps nothing of the connection. */
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(connection);
		pause();
	}
	usleep(100000);
	assert_int_equal(qclose(connection), 0);
	assert_int_equal(recv(peer, &byte, 1, 0), 0);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(peer);
	close(listener);
	fd = kbed_socket(AF_INET, SOCK_DGRAM, PORT, &attr);
	pid = fork();
	if (pid == 0)
		_exit(qsend(fd, "x", 1, 0, NULL) == -1 && errno == EPERM && qclose(fd) == -1 && errno == EPERM
			      ? 0
			      : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(qclose(fd), 0);
	assert_int_equal(qsockfini(KBED_DEV), 0);
}

/* The last one: the interface goes, and everything ends in a counter. */
static void test_interface_gone(void **state)
{
	struct q_attr_ex attr = kbed_attr(1, 0, 0, 64, DWCS_NON_DROPPABLE);
	int fd, i, tries;
	struct q_info info;

	(void)state;
	kbed_init("dwcs", "rate=10mbit");
	fd = kbed_socket(AF_INET, SOCK_DGRAM, PORT, &attr);
	bed_log_begin();
	bed_run("ip link del va");
	for (i = 0; i < 20; i++)
		(void)!qsend(fd, "x", 1, 0, NULL);
	info = kbed_drained(fd);
	assert_true(info.tx_error > 0);
	for (tries = 0; !bed_log_says("interface va is gone") && tries < 300; tries++)
		usleep(10000);
	bed_log_expect("interface va is gone");
	bed_log_end();
	assert_int_equal(qclose(fd), 0);
	assert_int_equal(qsockfini(KBED_DEV), 0);
	assert_errno(init_with("driver=kernel"), ENODEV);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_no_privilege),
		cmocka_unit_test(test_foreign_qdisc),
		cmocka_unit_test(test_replaced_meanwhile),
		cmocka_unit_test(test_sockets),
		cmocka_unit_test(test_refused_by_peer),
		cmocka_unit_test(test_closed_by_others),
		cmocka_unit_test(test_child),
		cmocka_unit_test(test_interface_gone),
	};

	kbed_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
