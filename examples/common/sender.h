/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the demonstration's senders have in common: their options, a socket that is either
 * managed or an ordinary one, and the statistics at the end.
 */
#ifndef QSOCK_DEMO_SENDER_H
#define QSOCK_DEMO_SENDER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "qsocket.h"

struct sender {
	const char *dev, *discipline;
	bool plain; /* ordinary kernel sockets: the same traffic, unmanaged */
	struct in_addr to;
	double seconds;
	uint64_t start_ns, end_ns; /* CLOCK_MONOTONIC */
	FILE *csv;
	const char *json, *ledger; /* files for statistics, and for the TX core's stalls as they happen */
};

/* False if an option is wrong; it was said which. option and its value go to parse. */
bool sender_options(struct sender *s, int argc, char **argv, const char *option, bool (*parse)(char *value));
int sender_usage(const char *program, const char *own_options);

/* qsockinit(), where sockets are managed. */
bool sender_start(struct sender *s);

/* A socket that sends to that address, or -1; the reason was said. */
int sender_open(const struct sender *s, struct q_dwcs_attr *attr, const struct sockaddr_in *to);

/* Print "ready", wait for a line or the end of standard input, and set the times. @return the start */
uint64_t sender_ready(struct sender *s);

/* False if it was refused: the queue, or the kernel's buffer, is full. */
bool sender_send(const struct sender *s, int fd, const void *data, size_t len_bytes,
		 const struct packet_flags *flags);

/* Statistics, and the end. @return exit status */
int sender_finish(struct sender *s, const int *fds, unsigned int n);

#endif
