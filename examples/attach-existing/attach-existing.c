/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * attach-existing - sockets that a program has anyway, UDP and TCP, get streams; the rest of the program
 * stays as it is.
 *
 *     attach-existing DEVICE IPV4 UDP-PORT TCP-PORT      (as root; on the other side: nc -u -l PORT, nc -l
 * PORT)
 *
 * The UDP socket goes on with plain send() for a while, then with qsend(), which can say more about a
 * message. The TCP socket just goes on: the kernel's segments are found by their addresses and ports.
 */
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <qsocket.h>

#define MESSAGES 100
#define MESSAGE_BYTES 1000

static char message[MESSAGE_BYTES];

/* As any program would. */
static int connected(int type, const char *host, const char *port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
	int fd = socket(AF_INET, type, 0);

	if (fd < 0 || inet_pton(AF_INET, host, &to.sin_addr) != 1 ||
	    connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
		perror(host);
		exit(1);
	}
	return fd;
}

/* The paper's section 3.2. */
static void attach(int fd, const char *dev, int ipg_ms, int flags)
{
	struct q_dwcs_attr attr = {.oln = 1, .old = 10, .ipg = ipg_ms, .stream_flags = flags};
	struct qos_params params = {.name = "dwcs", .attributes = &attr};

	strncpy(params.dev, dev, IFNAMSIZ - 1);
	if (qattach(fd, &params) < 0) {
		perror("qattach");
		exit(1);
	}
}

static void report(const char *what, int fd)
{
	struct q_info info = {.size = sizeof(info)};

	if (qinfo(fd, &info) < 0) {
		perror("qinfo");
		return;
	}
	printf("%s: %llu packets accepted, %llu sent, %llu late or lost, median delay %.3f ms", what,
	       (unsigned long long)info.accepted, (unsigned long long)info.sent,
	       (unsigned long long)info.missed, (double)info.delay_p50_ns / 1e6);
	if (info.valid & Q_INFO_TCP)
		printf("; window %u segments, round trip %.3f ms", info.tcp_cwnd, info.tcp_rtt_us / 1e3);
	printf("\n");
}

int main(int argc, char **argv)
{
	struct packet_flags keep = {.drop_flag = DWCS_NON_DROPPABLE};
	struct qos_params params = {.name = "dwcs"};
	int udp, tcp, i;

	if (argc != 5) {
		fprintf(stderr, "usage: %s DEVICE IPV4 UDP-PORT TCP-PORT\n", argv[0]);
		return 2;
	}
	strncpy(params.dev, argv[1], IFNAMSIZ - 1);
	if (qsockinit(&params) < 0) {
		perror(argv[1]);
		return 1;
	}
	udp = connected(SOCK_DGRAM, argv[2], argv[3]);
	tcp = connected(SOCK_STREAM, argv[2], argv[4]);
	attach(udp, argv[1], 5, 0);
	attach(tcp, argv[1], 1, DWCS_NON_DROPPABLE); /* TCP would send again what is dropped */
	for (i = 0; i < MESSAGES; i++) {
		bool first_half = i < MESSAGES / 2;

		if ((first_half ? send(udp, message, sizeof(message), 0)
				: qsend(udp, message, sizeof(message), 0, &keep)) < 0)
			perror("udp");
		if (send(tcp, message, sizeof(message), 0) < 0)
			perror("tcp");
		usleep(5000);
	}
	report("udp", udp);
	report("tcp", tcp);
	close(udp); /* noticed, as qclose() */
	close(tcp);
	return 0;
}
