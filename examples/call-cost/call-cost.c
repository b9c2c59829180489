/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * call-cost - what each q-call costs, beside the socket call that does the like.
 *
 *     call-cost --dev DEV --to ADDRESS [--runs 20]
 *
 * Prints one JSON object: for each call the times of all its runs, in ns. qsockinit() happens once
 * in a process: who wants its mean starts this program several times.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "qsocket.h"
#include "stamp.h"

#define RUNS_MAX 1000
#define SENDS 20 /* a run */
#define MESSAGE_BYTES 1000

enum call {
	QSOCKINIT,
	QSOCKET,
	QATTACH,
	QCHANGE,
	QINFO,
	QSENDTO,
	QCLOSE,
	SOCKET,
	SETSOCKOPT,
	GETSOCKOPT,
	SENDTO,
	CLOSE,
	CALLS
};

static const char *const names[CALLS] = {"qsockinit",  "qsocket",    "qattach", "qchange",
					 "qinfo",      "qsendto",    "qclose",	"socket",
					 "setsockopt", "getsockopt", "sendto",	"close"};
static uint64_t times_ns[CALLS][(RUNS_MAX + 1) * SENDS];
static unsigned int count[CALLS];

static void check(bool well, enum call call)
{
	if (well)
		return;
	fprintf(stderr, "%s: %s\n", names[call], strerror(errno));
	exit(1);
}

/* Time one expression; its value must be true. */
#define TIME(call, expression)                                                                               \
	do {                                                                                                 \
		uint64_t before_ns = stamp_now_ns(CLOCK_MONOTONIC);                                          \
		bool well = (expression);                                                                    \
                                                                                                             \
		times_ns[call][count[call]++] = stamp_now_ns(CLOCK_MONOTONIC) - before_ns;                   \
		check(well, call);                                                                           \
	} while (0)

static void one_run(struct qos_params *params, const struct sockaddr_in *to)
{
	static const char message[MESSAGE_BYTES];
	const struct sockaddr *addr = (const struct sockaddr *)to;
	struct q_dwcs_attr other = {.oln = 1, .old = 10, .ipg = 20};
	struct qos_params changed = *params;
	struct packet_flags flags = {.drop_flag = DWCS_NON_DROPPABLE};
	struct q_info info = {.size = sizeof(info)};
	int plain, managed, attached, bytes = 1 << 18;
	socklen_t len = sizeof(bytes);

	changed.attributes = &other;
	TIME(QSOCKET, (managed = qsocket(AF_INET, SOCK_DGRAM, 0, params)) >= 0);
	TIME(SOCKET, (plain = socket(AF_INET, SOCK_DGRAM, 0)) >= 0);
	attached = socket(AF_INET, SOCK_DGRAM, 0);
	TIME(QATTACH, qattach(attached, params) == 0);
	TIME(QCHANGE, qchange(managed, &changed) == 0);
	TIME(SETSOCKOPT, setsockopt(plain, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes)) == 0);
	for (int i = 0; i < SENDS; i++) {
		TIME(QSENDTO, qsendto(managed, message, sizeof(message), 0, addr, sizeof(*to), &flags) > 0);
		TIME(SENDTO, sendto(plain, message, sizeof(message), 0, addr, sizeof(*to)) > 0);
	}
	TIME(QINFO, qinfo(managed, &info) == 0);
	TIME(GETSOCKOPT, getsockopt(plain, SOL_SOCKET, SO_SNDBUF, &bytes, &len) == 0);
	TIME(QCLOSE, qclose(managed) == 0);
	TIME(CLOSE, close(plain) == 0);
	qclose(attached);
	usleep(50000); /* what was queued leaves: each run begins alike */
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9)};
	struct q_dwcs_attr attr = {.oln = 0, .old = 10, .ipg = 10};
	struct qos_params params = {.name = "dwcs"};
	unsigned int runs = 20;

	for (int i = 1; i < argc; i += 2) {
		if (i + 1 < argc && strcmp(argv[i], "--dev") == 0)
			snprintf(params.dev, sizeof(params.dev), "%s", argv[i + 1]);
		else if (i + 1 < argc && strcmp(argv[i], "--to") == 0)
			inet_pton(AF_INET, argv[i + 1], &to.sin_addr);
		else if (i + 1 < argc && strcmp(argv[i], "--runs") == 0)
			runs = (unsigned int)atoi(argv[i + 1]);
		else
			runs = 0;
	}
	if (params.dev[0] == '\0' || to.sin_addr.s_addr == 0 || runs == 0 || runs > RUNS_MAX) {
		fprintf(stderr, "usage: call-cost --dev DEV --to ADDRESS [--runs 1 .. %d]\n", RUNS_MAX);
		return 2;
	}
	TIME(QSOCKINIT, qsockinit(&params) == 0);
	params.attributes = &attr;
	one_run(&params, &to); /* the first of everything is slow, and the neighbour is not known yet */
	for (int call = QSOCKET; call < CALLS; call++)
		count[call] = 0;
	for (unsigned int i = 0; i < runs; i++)
		one_run(&params, &to);
	for (int call = 0; call < CALLS; call++) {
		printf("%s\"%s\": [", call > 0 ? ",\n " : "{", names[call]);
		for (unsigned int i = 0; i < count[call]; i++)
			printf("%s%llu", i > 0 ? ", " : "", (unsigned long long)times_ns[call][i]);
		printf("]");
	}
	printf("}\n");
	return 0;
}
