/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Calls of qsocket.h as words on the command line, for the smoke tests.
 *
 *     qsocket-do init DEV DISCIPLINE udp IPG_MS QUEUE connect ADDR PORT send COUNT SIZE
 *
 * A message holds a number, then bytes that follow from it, so that a receiver can tell. The program returns
 * from main() and closes nothing by itself.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "qsocket.h"

static struct qos_params params;
static struct q_attr_ex attr = {.size = sizeof(attr)};
static int fd = -1, domain = AF_INET;
static uint32_t number;
static char message[65536];

static void die(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	exit(1);
}

/* A link-local one has its interface behind a %. */
static socklen_t address(const char *text, const char *port, struct sockaddr_storage *addr)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)addr;
	struct sockaddr_in *in = (struct sockaddr_in *)addr;
	const char *scope = strchr(text, '%');
	char host[INET6_ADDRSTRLEN] = "";

	snprintf(host, sizeof(host), "%.*s", (int)strcspn(text, "%"), text);

	memset(addr, 0, sizeof(*addr));
	if (inet_pton(AF_INET, host, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons((uint16_t)atoi(port));
		return sizeof(*in);
	}
	if (inet_pton(AF_INET6, host, &in6->sin6_addr) != 1)
		die(host);
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons((uint16_t)atoi(port));
	in6->sin6_scope_id = scope != NULL ? if_nametoindex(scope + 1) : 0;
	return sizeof(*in6);
}

static void message_fill(size_t size)
{
	uint32_t n = htonl(number), i;

	for (i = 0; i < size; i++)
		message[i] = (char)(i + number);
	memcpy(message, &n, size < sizeof(n) ? size : sizeof(n));
	number++;
}

static void do_init(char **arg)
{
	strncpy(params.dev, arg[0], IFNAMSIZ - 1);
	strncpy(params.name, arg[1], IFNAMSIZ - 1);
	if (qsockinit(&params) < 0)
		die("qsockinit");
}

static void stream(const char *ipg_ms, const char *queue)
{
	attr.base = (struct q_dwcs_attr){0, 0, atoi(ipg_ms), DWCS_NON_DROPPABLE | Q_ATTR_EX};
	attr.queue_packets = (uint32_t)atoi(queue);
	params.attributes = &attr;
}

static void make(int type)
{
	fd = qsocket(domain, type, 0, &params);
	if (fd < 0)
		die("qsocket");
}

static void do_udp(char **arg)
{
	domain = AF_INET;
	stream(arg[0], arg[1]);
	make(SOCK_DGRAM);
}

static void do_udp6(char **arg)
{
	domain = AF_INET6;
	stream(arg[0], arg[1]);
	make(SOCK_DGRAM);
}

static void do_tcp(char **arg)
{
	domain = AF_INET;
	stream(arg[0], arg[1]);
	make(SOCK_STREAM);
}

static void do_kernel_tcp(char **arg)
{
	fd = socket(AF_INET, SOCK_STREAM, 0);
}

static void do_attach(char **arg)
{
	stream(arg[0], arg[1]);
	if (qattach(fd, &params) < 0)
		die("qattach");
}

static void do_bind(char **arg)
{
	struct sockaddr_storage addr;

	if (bind(fd, (struct sockaddr *)&addr, address(arg[0], arg[1], &addr)) < 0)
		die("bind");
}

static void do_connect(char **arg)
{
	struct sockaddr_storage addr;

	if (connect(fd, (struct sockaddr *)&addr, address(arg[0], arg[1], &addr)) < 0)
		die("connect");
}

static void do_disconnect(char **arg)
{
	struct sockaddr none = {.sa_family = AF_UNSPEC};

	if (connect(fd, &none, sizeof(none)) < 0)
		die("disconnect");
}

static void do_send(char **arg)
{
	size_t size = (size_t)atoi(arg[1]);
	int i;

	for (i = 0; i < atoi(arg[0]); i++) {
		message_fill(size);
		if (qsend(fd, message, size, 0, NULL) != (ssize_t)size)
			die("qsend");
	}
}

static void do_sendto(char **arg)
{
	size_t size = (size_t)atoi(arg[3]);
	struct sockaddr_storage addr;
	socklen_t len = address(arg[0], arg[1], &addr);
	int i;

	for (i = 0; i < atoi(arg[2]); i++) {
		message_fill(size);
		if (qsendto(fd, message, size, 0, (struct sockaddr *)&addr, len, NULL) != (ssize_t)size)
			die("qsendto");
	}
}

static void do_plain(char **arg)
{
	size_t size = (size_t)atoi(arg[1]);
	int i;

	for (i = 0; i < atoi(arg[0]); i++) {
		message_fill(size);
		if (send(fd, message, size, 0) != (ssize_t)size)
			die("send");
	}
}

static const struct option {
	const char *name;
	int level, option;
} options[] = {
	{"ttl", IPPROTO_IP, IP_TTL},
	{"tos", IPPROTO_IP, IP_TOS},
	{"hops", IPPROTO_IPV6, IPV6_UNICAST_HOPS},
	{"tclass", IPPROTO_IPV6, IPV6_TCLASS},
	{"mttl", IPPROTO_IP, IP_MULTICAST_TTL},
	{"mloop", IPPROTO_IP, IP_MULTICAST_LOOP},
	{"mhops", IPPROTO_IPV6, IPV6_MULTICAST_HOPS},
	{"mif6", IPPROTO_IPV6, IPV6_MULTICAST_IF},
	{"broadcast", SOL_SOCKET, SO_BROADCAST},
	{"reuse", SOL_SOCKET, SO_REUSEADDR},
	{"sndbuf", SOL_SOCKET, SO_SNDBUF},
};

static void do_set(char **arg)
{
	int value = atoi(arg[1]);
	size_t i;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (strcmp(options[i].name, arg[0]) == 0) {
			if (setsockopt(fd, options[i].level, options[i].option, &value, sizeof(value)) < 0)
				die(arg[0]);
			return;
		}
	}
	die(arg[0]);
}

static void do_mif(char **arg)
{
	struct in_addr addr;

	if (inet_pton(AF_INET, arg[0], &addr) != 1 ||
	    setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &addr, sizeof(addr)) < 0)
		die("mif");
}

static void do_join(char **arg)
{
	struct ip_mreq group;

	inet_pton(AF_INET, arg[0], &group.imr_multiaddr);
	inet_pton(AF_INET, arg[1], &group.imr_interface);
	if (setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof(group)) < 0)
		die("join");
}

/* Receive so many messages, each within a second. */
static void do_recv(char **arg)
{
	struct timeval limit = {1, 0};
	int i;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	for (i = 0; i < atoi(arg[0]); i++) {
		if (recv(fd, message, sizeof(message), 0) < 0)
			die("recv");
	}
	printf("received %d\n", i);
}

static void do_info(char **arg)
{
	struct q_info info = {.size = sizeof(info)};

	if (qinfo(fd, &info) < 0)
		die("qinfo");
	printf("accepted=%llu sent=%llu queued=%llu neigh_drop=%llu kernel=%llu refused=%llu queue_drop=%llu "
	       "delay_p99_ns=%llu cwnd=%u rtt_us=%u bytes=%llu driver=%s\n",
	       (unsigned long long)info.accepted, (unsigned long long)info.sent,
	       (unsigned long long)info.queued, (unsigned long long)info.neigh_drop,
	       (unsigned long long)info.kernel_path, (unsigned long long)info.refused,
	       (unsigned long long)info.queue_drop, (unsigned long long)info.delay_p99_ns, info.tcp_cwnd,
	       info.tcp_rtt_us, (unsigned long long)info.sent_bytes, info.driver);
	fflush(stdout);
}

/* Until so many packets were sent, ten seconds at most. */
static void do_sent(char **arg)
{
	struct q_info info = {.size = sizeof(info)};
	int i;

	for (i = 0; i < 1000 && info.sent < (uint64_t)atoi(arg[0]); i++) {
		usleep(10000);
		info.size = sizeof(info);
		if (qinfo(fd, &info) < 0)
			die("qinfo");
	}
}

static void do_sleep(char **arg)
{
	usleep((useconds_t)atoi(arg[0]) * 1000);
}

/* Until a file is there. */
static void do_await(char **arg)
{
	while (access(arg[0], F_OK) != 0)
		usleep(10000);
}

/* A child that lives for so many seconds whatever becomes of this process, and says its pid. */
static void do_child(char **arg)
{
	pid_t pid = fork();

	if (pid == 0) {
		sleep((unsigned int)atoi(arg[0]));
		_exit(0);
	}
	printf("child=%d\n", pid);
	fflush(stdout);
}

/* Descriptors of the program's own, and a child: it must have them, too. */
static void do_child_keeps(char **arg)
{
	int i, n = atoi(arg[0]), status, lost = 0, *fds = calloc((size_t)n, sizeof(int));
	pid_t pid;

	for (i = 0; i < n; i++)
		fds[i] = open("/dev/null", O_RDONLY);
	pid = fork();
	if (pid == 0) {
		for (i = 0; i < n; i++)
			lost += fcntl(fds[i], F_GETFD) < 0;
		_exit(lost != 0);
	}
	waitpid(pid, &status, 0);
	for (i = 0; i < n; i++)
		close(fds[i]);
	free(fds);
	printf("child-lost=%d\n", status != 0);
	fflush(stdout);
}

static void do_fini(char **arg)
{
	if (qsockfini(arg[0]) < 0)
		die("qsockfini");
}

static void do_say(char **arg)
{
	printf("%s\n", arg[0]);
	fflush(stdout);
}

static void do_qclose(char **arg)
{
	if (qclose(fd) < 0)
		die("qclose");
}

static void do_dscp(char **arg)
{
	attr.dscp_set = 1;
	attr.dscp = (uint8_t)atoi(arg[0]);
}

static void do_pcp(char **arg)
{
	attr.vlan_pcp_set = 1;
	attr.vlan_pcp = (uint8_t)atoi(arg[0]);
}

static void do_refresh(char **arg)
{
	if (qrefresh(fd) < 0)
		die("qrefresh");
}

static const struct word {
	const char *name;
	int args;
	void (*fn)(char **arg);
} words[] = {
	{"init", 2, do_init},
	{"udp", 2, do_udp},
	{"udp6", 2, do_udp6},
	{"tcp", 2, do_tcp},
	{"kernel-tcp", 0, do_kernel_tcp},
	{"attach", 2, do_attach},
	{"bind", 2, do_bind},
	{"connect", 2, do_connect},
	{"disconnect", 0, do_disconnect},
	{"send", 2, do_send},
	{"sendto", 4, do_sendto},
	{"plain", 2, do_plain},
	{"set", 2, do_set},
	{"mif", 1, do_mif},
	{"join", 2, do_join},
	{"recv", 1, do_recv},
	{"info", 0, do_info},
	{"sleep", 1, do_sleep},
	{"say", 1, do_say},
	{"await", 1, do_await},
	{"child", 1, do_child},
	{"child-keeps", 1, do_child_keeps},
	{"fini", 1, do_fini},
	{"sent", 1, do_sent},
	{"qclose", 0, do_qclose},
	{"dscp", 1, do_dscp},
	{"pcp", 1, do_pcp},
	{"refresh", 0, do_refresh},
};

int main(int argc, char **argv)
{
	size_t w;
	int i;

	for (i = 1; i < argc; i += words[w].args + 1) {
		for (w = 0; w < sizeof(words) / sizeof(words[0]) && strcmp(words[w].name, argv[i]) != 0; w++)
			continue;
		if (w == sizeof(words) / sizeof(words[0]) || i + words[w].args >= argc) {
			printf("%s: no such word, or it needs more\n", argv[i]);
			return 2;
		}
		words[w].fn(&argv[i + 1]);
	}
	return 0;
}
