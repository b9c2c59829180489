/* SPDX-License-Identifier: BSD-3-Clause */
#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rte_log.h>

#include "bed.h"

static char bed_discipline[IFNAMSIZ];

static struct {
	char text[1 << 16];
	FILE *file;
	int level; /* of the library, before */
} kept;

/* libxdp forgets a structure of 80 bytes when net_af_xdp goes. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:xsk_umem__create\n";
}

void bed_run(const char *command)
{
	if (system(command) != 0) {
		printf("failed: %s\n", command);
		exit(1);
	}
}

static void skip_test(const char *why)
{
	printf("SKIP: %s\n", why);
	exit(77);
}

void bed_namespace(void)
{
	/* A test that hangs is a test that fails. */
	alarm(50);
	if (geteuid() != 0)
		skip_test("needs root");
	if (unshare(CLONE_NEWNET) < 0)
		skip_test("no network namespace to be had");
	if (access("/dev/net/tun", R_OK | W_OK) < 0)
		skip_test("no /dev/net/tun");
	bed_run("ip link set lo up");
}

void bed_start(const char *discipline, const char *args)
{
	struct qos_params params;

	bed_namespace();
	strcpy(bed_discipline, discipline);
	setenv("QSOCK_PORT_ARGS", args, 1);
	params = bed_params(discipline, NULL);
	if (qsockinit(&params) < 0) {
		printf("qsockinit: %s\n", strerror(errno));
		exit(1);
	}
	bed_run("ip link set qs0 up && ip addr add 10.77.0.1/24 dev qs0 && ip addr add fd77::1/64 dev qs0 "
		"nodad &&"
		"ip neigh replace 10.77.0.2 lladdr 02:00:00:00:00:02 dev qs0 nud permanent &&"
		"ip neigh replace fd77::2 lladdr 02:00:00:00:00:02 dev qs0 nud permanent");
}

struct qos_params bed_params(const char *discipline, void *attributes)
{
	struct qos_params params;

	memset(&params, 0xa5, sizeof(params)); /* as the paper's programs: not initialised */
	strcpy(params.dev, BED_DEV);
	strcpy(params.name, discipline);
	params.attributes = attributes;
	return params;
}

struct sockaddr_in bed_peer(void)
{
	struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(9)};

	inet_pton(AF_INET, "10.77.0.2", &addr.sin_addr);
	return addr;
}

struct sockaddr_in6 bed_peer6(void)
{
	struct sockaddr_in6 addr = {.sin6_family = AF_INET6, .sin6_port = htons(9)};

	inet_pton(AF_INET6, "fd77::2", &addr.sin6_addr);
	return addr;
}

int bed_socket(int ipg_ms, uint32_t queue_packets)
{
	struct q_attr_ex ex = {
		.base = {0, 0, ipg_ms, DWCS_NON_DROPPABLE | Q_ATTR_EX},
		.size = sizeof(ex),
		.queue_packets = queue_packets,
	};
	struct qos_params params = bed_params(bed_discipline, &ex);
	struct sockaddr_in peer = bed_peer();
	int fd = qsocket(AF_INET, SOCK_DGRAM, 0, &params);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&peer, sizeof(peer)), 0);
	return fd;
}

struct q_info bed_info(int fd)
{
	struct q_info info;

	memset(&info, 0xa5, sizeof(info));
	info.size = sizeof(info);
	assert_int_equal(qinfo(fd, &info), 0);
	return info;
}

/* It answers before it looks at rings: when it answers again, it has looked. */
void bed_ingested(int fd)
{
	bed_info(fd);
	bed_info(fd);
}

uint64_t bed_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* Without a buffer: it may be that there is no memory for one. */
void bed_log_begin(void)
{
	memset(kept.text, 0, sizeof(kept.text));
	kept.file = fmemopen(kept.text, sizeof(kept.text), "w");
	assert_non_null(kept.file);
	setvbuf(kept.file, NULL, _IONBF, 0);
	kept.level = rte_log_get_level((uint32_t)rte_log_register("lib.qsock"));
	rte_openlog_stream(kept.file);
	rte_log_set_level_pattern("lib.qsock", RTE_LOG_ERR);
}

void bed_log_end(void)
{
	rte_log_set_level_pattern("lib.qsock", (uint32_t)kept.level);
	rte_openlog_stream(NULL);
	fclose(kept.file);
}

const char *bed_log(void)
{
	return kept.text;
}

bool bed_log_says(const char *what)
{
	return strstr(kept.text, what) != NULL;
}

void bed_log_expect(const char *what)
{
	if (!bed_log_says(what))
		fail_msg("nobody said \"%s\", but: %s", what, kept.text);
}
