/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernel-send - CPU time of a message, user and system, all threads: by plain send() and by qsend() with
 * driver=kernel, in the same class of the same qdisc, in turn. Root; a network namespace of its own.
 *
 *     kernel-send [MESSAGES [BYTES [MESSAGES_A_FRAME [RUNS [PORT_ARGS]]]]]
 */
#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "qsocket.h"

#define BYTES_MAX 65000

static char payload[BYTES_MAX];
static long messages = 100000, bytes = 1000, a_frame, runs = 3;
static const char *port_args = "rate=10gbit,work-conserving";

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* What nobody reads is dropped at the receiver, after the sender's work. */
static void network(void)
{
	if (unshare(CLONE_NEWNET | CLONE_NEWNS) < 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", "/run", "tmpfs", 0, NULL) < 0)
		die("unshare");
	if (system("ip link add va type veth peer name vb && ip link set va up && ip link set vb up && "
		   "ip addr add 10.9.0.1/24 dev va && "
		   "ip neigh replace 10.9.0.2 lladdr 02:00:00:00:00:02 dev va nud permanent") != 0)
		exit(1);
}

static double cpu_us(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static int drop_flag(long i)
{
	int flag = DWCS_NON_DROPPABLE;

	if (a_frame != 0 && i % a_frame == 0)
		flag |= Q_FRAME_START;
	if (a_frame != 0 && i % a_frame == a_frame - 1)
		flag |= Q_FRAME_END;
	return flag;
}

static double by_send(int fd)
{
	double before = cpu_us();

	for (long i = 0; i < messages; i++)
		if (send(fd, payload, (size_t)bytes, 0) < 0 && errno != ENOBUFS)
			die("send");
	return (cpu_us() - before) / (double)messages;
}

static double by_qsend(int fd)
{
	double before = cpu_us();
	struct q_info info = {.size = sizeof(info)};

	for (long i = 0; i < messages; i++) {
		struct packet_flags flags = {drop_flag(i), 0};

		if (qsend(fd, payload, (size_t)bytes, 0, &flags) < 0)
			die("qsend");
	}
	do {
		usleep(1000);
		if (qinfo(fd, &info) < 0)
			die("qinfo");
	} while (info.queued != 0);
	if (info.accepted != info.sent + info.tx_error)
		die("what was sent does not balance");
	return (cpu_us() - before) / (double)messages;
}

static double switches(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_nvcsw + u.ru_nivcsw);
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(5000)};
	struct q_dwcs_attr attr = {0, 0, 1, DWCS_NON_DROPPABLE};
	struct qos_params params = {.dev = "va", .name = "dwcs", .attributes = &attr};
	char args[256];
	int fd;

	messages = argc > 1 ? atol(argv[1]) : messages;
	bytes = argc > 2 ? atol(argv[2]) : bytes;
	a_frame = argc > 3 ? atol(argv[3]) : a_frame;
	runs = argc > 4 ? atol(argv[4]) : runs;
	port_args = argc > 5 ? argv[5] : port_args;
	if (bytes < 0 || bytes > BYTES_MAX || messages < 1)
		return 2;
	network();
	snprintf(args, sizeof(args), "driver=kernel,%s", port_args);
	setenv("QSOCK_PORT_ARGS", args, 1);
	if (qsockinit(&params) < 0)
		die("qsockinit");
	inet_pton(AF_INET, "10.9.0.2", &to.sin_addr);
	fd = qsocket(AF_INET, SOCK_DGRAM, 0, &params);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		die("socket");
	for (long run = 0; run < runs; run++) {
		double send_us = by_send(fd), before = switches(), qsend_us = by_qsend(fd);

		printf("send_us=%.2f qsend_us=%.2f switches=%.2f\n", send_us, qsend_us,
		       (switches() - before) / (double)messages);
	}
	return qsockfini(NULL) < 0;
}
