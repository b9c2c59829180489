/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hello-qsocket - the smallest program that sends with a quality of service.
 *
 *     hello-qsocket DEVICE IPV4 PORT        (hello-qsocket eth0 10.9.0.2 5000, as root)
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <qsocket.h>

int main(int argc, char **argv)
{
	struct q_dwcs_attr attr = {
		.oln = 1, .old = 10, .ipg = 20}; /* one in 20 ms; of ten, one may be lost */
	struct qos_params params = {.name = "dwcs", .attributes = &attr};
	struct sockaddr_in to = {.sin_family = AF_INET};
	int fd, i;

	if (argc != 4 || inet_pton(AF_INET, argv[2], &to.sin_addr) != 1) {
		fprintf(stderr, "usage: %s DEVICE IPV4 PORT\n", argv[0]);
		return 2;
	}
	strncpy(params.dev, argv[1], IFNAMSIZ - 1);
	to.sin_port = htons((uint16_t)atoi(argv[3]));
	if (qsockinit(&params) < 0 || (fd = qsocket(AF_INET, SOCK_DGRAM, 0, &params)) < 0) {
		perror(argv[1]);
		return 1;
	}
	for (i = 0; i < 50; i++) {
		if (qsendto(fd, "hello", 5, 0, (struct sockaddr *)&to, sizeof(to), NULL) < 0)
			perror("qsendto");
	}
	return qclose(fd) < 0; /* what was accepted is sent before the program ends */
}
