/* SPDX-License-Identifier: BSD-3-Clause */
/* What telemetry answers, asked over its socket as dpdk-telemetry.py does; also of many sockets. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <rte_eal.h>

#include "api_eal.h"

#define REPLY_MAX 16384

static int fd = -1;
static char reply[REPLY_MAX + 1];

static void client_start(void)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};

	snprintf(to.sun_path, sizeof(to.sun_path), "%s/dpdk_telemetry.v2", rte_eal_get_runtime_dir());
	fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	assert_true(recv(fd, reply, REPLY_MAX, 0) > 0);
}

static const char *ask(const char *command)
{
	ssize_t n;

	assert_true(send(fd, command, strlen(command), 0) > 0);
	n = recv(fd, reply, REPLY_MAX, 0);
	assert_true(n > 0);
	reply[n] = 0;
	return reply;
}

static void has(const char *command, const char *what)
{
	if (strstr(ask(command), what) == NULL)
		fail_msg("%s: no %s in %s", command, what, reply);
}

static void test_answers(void **state)
{
	struct rte_qsock_port_conf pc = api_port_conf("p0");
	struct rte_qsock_conf sc = api_socket_conf("camera");
	struct rte_qsock_port *port;
	struct rte_qsock *qs;
	struct rte_mbuf *m;
	unsigned int i;

	pc.max_sockets = 300;
	port = api_port(&pc);
	qs = rte_qsock_open(port, &sc);
	m = api_packet(100);
	assert_int_equal(rte_qsock_tx_burst(qs, &m, 1), 1);
	client_start();
	has("/qsock/ports", "[\"p0\"]");
	has("/qsock/port,p0", "\"queued\":1");
	has("/qsock/port,p0", "\"scheduler\":\"dwcs\"");
	has("/qsock/port,p0", "\"late_stall\":0");
	has("/qsock/port,p0", "\"sleeps\":0");
	has("/qsock/port,p0", "\"idle\":\"");
	has("/qsock/port,p1", "null");
	has("/qsock/stalls,p0", "\"over_ns\":50000");
	has("/qsock/stalls,p0", "\"start_ns\":[]");
	has("/qsock/stalls,p1", "null");
	has("/qsock/stalls", "null");
	has("/qsock/numa,p0", "\"device_node\":-1,\"lcore\":-1,\"lcore_node\":-1");
	has("/qsock/numa,p0", "\"memory_node\":0,\"memory_remote_pages\":0");
	has("/qsock/numa,p0", "\"remote\":0");
	has("/qsock/numa,p1", "null");
	has("/qsock/numa", "null");
	has("/qsock/port", "null");
	has("/qsock/sockets,p0", "[\"camera\"]");
	has("/qsock/sockets,p0,x", "null");
	has("/qsock/socket,p0,camera", "\"offered\":1");
	has("/qsock/socket,p0,camera", "\"lateness_p999_ns\":0");
	has("/qsock/socket,p0,nobody", "null");
	has("/qsock/socket,p0", "null");
	/* Names as long as they may be: still within a reply, in pages. */
	for (i = 1; i < 300; i++) {
		char name[RTE_QSOCK_NAMESIZE];

		snprintf(name, sizeof(name), "a-name-of-31-characters-----%03u", i);
		sc.name = name;
		sc.ring_packets = 1;
		sc.no_histogram = true;
		assert_non_null(rte_qsock_open(port, &sc));
	}
	has("/qsock/sockets,p0", "-127\"]");
	has("/qsock/sockets,p0,128", "-255\"]");
	has("/qsock/sockets,p0,256", "-299\"]");
	assert_int_equal(rte_qsock_port_free(port), 0);
	has("/qsock/port,p0", "null");
	close(fd);
	api_pool_whole();
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_answers)};
	int ret;

	api_telemetry = true;
	api_eal_start("qstelemetry");
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	api_eal_stop();
	return ret;
}
