/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * etf-order - hand packets with times to the ETF qdisc, and say what it made of them.
 *
 *     etf-order strict|deadline NETNS ADDRESS DELTA_US <PLAN
 *
 * The receiver is a socket in the other namespace, bound to ADDRESS. A line of the plan is one of
 *
 *     send ID OFFSET_US [BYTES]   a packet whose time is so long after the start; ID 0 .. 63. BYTES is not for us
 *     wait COUNT                  until so many have arrived, ten seconds at most
 *     run COMMAND                 by the shell
 *
 * When the plan is over and nothing has come for a while, the output is: "arrived", the IDs in the order in which
 * they came; "refused", those that the qdisc did not take; "missed", those whose time went by in its queue; "early",
 * how many came before their time less DELTA.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define IDS 64
#define PORT 7000
#define PAYLOAD_BYTES 200
#define SILENCE_MS 300
#define WAIT_MS 10000

struct list {
	int ids[IDS], count;
};

static struct list arrived, refused, missed;
static int64_t due_ns[IDS], delta_ns, start_ns;
static int early, in, out;

static void die(const char *what)
{
	perror(what);
	exit(2);
}

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_TAI, &ts);
	return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

static void note(struct list *list, int id)
{
	if (id >= 0 && id < IDS && list->count < IDS)
		list->ids[list->count++] = id;
}

static void print(const char *name, const struct list *list)
{
	printf("%s", name);
	for (int i = 0; i < list->count; i++)
		printf(" %d", list->ids[i]);
	printf("\n");
}

/* Take one that arrives within that time. @return whether one did */
static int take(int ms)
{
	struct pollfd p = {in, POLLIN, 0};
	char data[PAYLOAD_BYTES];
	int id;

	if (poll(&p, 1, ms) <= 0 || recv(in, data, sizeof(data), 0) != sizeof(data))
		return 0;
	memcpy(&id, data, sizeof(id));
	note(&arrived, id);
	if (id >= 0 && id < IDS && now_ns() < due_ns[id] - delta_ns)
		early++;
	return 1;
}

static void hand_over(int id, int64_t at_ns)
{
	char data[PAYLOAD_BYTES] = {0}, control[CMSG_SPACE(sizeof(uint64_t))] = {0};
	struct iovec iov = {data, sizeof(data)};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control,
			     .msg_controllen = sizeof(control)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	memcpy(data, &id, sizeof(id));
	due_ns[id] = at_ns;
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_TXTIME;
	c->cmsg_len = CMSG_LEN(sizeof(uint64_t));
	memcpy(CMSG_DATA(c), &at_ns, sizeof(at_ns));
	/* That the qdisc drops it is an error here only if the socket asked for IP_RECVERR; what it says of it counts. */
	if (sendmsg(out, &msg, 0) < 0 && errno != ENOBUFS)
		die("sendmsg");
}

/* The qdisc tells a time, which is the packet's: those that are dropped have one of their own. */
static void read_errors(void)
{
	char data[512], control[512];

	for (;;) {
		struct iovec iov = {data, sizeof(data)};
		struct msghdr msg = {.msg_iov = &iov,
				     .msg_iovlen = 1,
				     .msg_control = control,
				     .msg_controllen = sizeof(control)};

		if (recvmsg(out, &msg, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
			return;
		for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c != NULL; c = CMSG_NXTHDR(&msg, c)) {
			const struct sock_extended_err *e = (const void *)CMSG_DATA(c);
			int64_t at_ns;

			if (c->cmsg_level != SOL_IP || c->cmsg_type != IP_RECVERR ||
			    e->ee_origin != SO_EE_ORIGIN_TXTIME)
				continue;
			at_ns = (int64_t)((uint64_t)e->ee_data << 32 | e->ee_info);
			for (int id = 0; id < IDS; id++)
				if (due_ns[id] == at_ns)
					note(e->ee_code == SO_EE_CODE_TXTIME_MISSED ? &missed : &refused, id);
		}
	}
}

static void plan(void)
{
	char line[256], *end;
	long long offset_us;
	int id, count;

	while (fgets(line, sizeof(line), stdin) != NULL) {
		if (sscanf(line, "send %d %lld", &id, &offset_us) == 2 && id >= 0 && id < IDS) {
			hand_over(id, start_ns + offset_us * 1000);
		} else if (sscanf(line, "wait %d", &count) == 1) {
			while (arrived.count < count && take(WAIT_MS))
				;
		} else if (strncmp(line, "run ", 4) == 0) {
			end = strchr(line, '\n');
			if (end != NULL)
				*end = '\0';
			if (system(line + 4) != 0)
				die(line);
		} else {
			fprintf(stderr, "etf-order: not a line of a plan: %s", line);
			exit(2);
		}
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	struct sock_txtime txtime = {.clockid = CLOCK_TAI, .flags = SOF_TXTIME_REPORT_ERRORS};
	int here = open("/proc/self/ns/net", O_RDONLY), there;
	char path[128];

	if (argc != 5 || inet_pton(AF_INET, argv[3], &at.sin_addr) != 1) {
		fprintf(stderr, "usage: etf-order strict|deadline NETNS ADDRESS DELTA_US <PLAN\n");
		return 2;
	}
	if (strcmp(argv[1], "deadline") == 0)
		txtime.flags |= SOF_TXTIME_DEADLINE_MODE;
	delta_ns = atoll(argv[4]) * 1000;
	snprintf(path, sizeof(path), "/run/netns/%s", argv[2]);
	there = open(path, O_RDONLY);
	if (there < 0 || setns(there, CLONE_NEWNET) != 0)
		die(path);
	in = socket(AF_INET, SOCK_DGRAM, 0);
	if (in < 0 || bind(in, (struct sockaddr *)&at, sizeof(at)) != 0)
		die("receiver");
	if (setns(here, CLONE_NEWNET) != 0)
		die("back");
	out = socket(AF_INET, SOCK_DGRAM, 0);
	if (out < 0 || setsockopt(out, SOL_SOCKET, SO_TXTIME, &txtime, sizeof(txtime)) != 0 ||
	    connect(out, (struct sockaddr *)&at, sizeof(at)) != 0)
		die("sender");
	start_ns = now_ns();
	plan();
	/* As long as one can still come by its time, and then until it is silent. */
	for (int id = 0; id < IDS; id++)
		while (now_ns() < due_ns[id] - delta_ns)
			take(100);
	while (take(SILENCE_MS))
		;
	read_errors();
	print("arrived", &arrived);
	print("refused", &refused);
	print("missed", &missed);
	printf("early %d\n", early);
	return 0;
}
