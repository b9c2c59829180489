/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A small daemon for the tests of the twin: one ethdev, one port, one twin, commands on standard input,
 * answers as NAME=VALUE lines on standard output.
 *
 *     twind EAL... -- [scheduler=S] [rate=BPS] [name=TAP] [move=IFNAME] [mtu=N] [neigh=N]
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>

#include "eal/qs_eal_files.h"
#include "net/qs_fragment.h"
#include "net/qs_neigh.h"
#include "net/qs_packed_pool.h"
#include "net/qs_sock_lock.h"
#include "rte_qsock_egress.h"
#include "twin/qs_twin.h"

#define MBUFS 16383
#define BUF_BYTES RTE_MBUF_DEFAULT_BUF_SIZE /* net_af_xdp takes no buffers larger than a page */

static struct rte_qsock_port *port;
static struct rte_qsock_twin *twin;
static struct rte_mempool *tx_pool;

static int say(int ret)
{
	if (ret < 0)
		printf("error=%s\n", rte_strerror(rte_errno));
	else
		printf("ok\n");
	return ret;
}

static const char *option(int argc, char **argv, const char *name)
{
	size_t n = strlen(name);

	for (int i = 1; i < argc; i++)
		if (strncmp(argv[i], name, n) == 0 && argv[i][n] == '=')
			return argv[i] + n + 1;
	return NULL;
}

static uint64_t number(int argc, char **argv, const char *name)
{
	const char *text = option(argc, argv, name);

	return text ? strtoull(text, NULL, 0) : 0;
}

static struct rte_qsock *sock_open(const char *name)
{
	struct rte_qsock_conf conf = {.size = sizeof(conf), .name = name};

	rte_qsock_stream_defaults(&conf.stream);
	conf.stream.cls = RTE_QSOCK_BEST_EFFORT;
	return rte_qsock_open(port, &conf);
}

static int on_sock(struct rte_qsock *qs, void *arg)
{
	struct rte_qsock_info i;
	const struct rte_qsock_counts *c = &i.counts;

	(void)arg;
	if (rte_qsock_info_get(qs, &i) < 0)
		return say(-1);
	printf("%s.offered=%" PRIu64 "\n%s.accepted=%" PRIu64 "\n%s.sent=%" PRIu64 "\n%s.queue_drop=%" PRIu64
	       "\n"
	       "%s.neigh_drop=%" PRIu64 "\n%s.queued=%" PRIu64 "\n",
	       i.name, c->offered, i.name, c->accepted, i.name, c->on_time + c->late, i.name, c->queue_drop,
	       i.name, c->neigh_drop, i.name, c->queued);
	if (c->offered != c->refused + c->queue_drop + c->accepted ||
	    c->accepted != c->on_time + c->late + c->late_drop + c->frame_drop + c->closed + c->neigh_drop +
				   c->tx_error + c->queued)
		printf("%s.unbalanced=1\n", i.name);
	return 0;
}

static void cmd_info(void)
{
	struct rte_qsock_twin_info i;
	struct rte_qsock_port_info p;

	if (say(rte_qsock_twin_info_get(twin, &i)) < 0)
		return;
	printf("twin=%s\nifindex=%u\nfrom_kernel=%" PRIu64 "\nto_kernel=%" PRIu64 "\nto_kernel_drop=%" PRIu64
	       "\n"
	       "no_mbuf=%" PRIu64 "\nclassified=%" PRIu64 "\nbest_effort=%" PRIu64 "\nneigh_wait=%" PRIu64
	       "\n"
	       "neigh_resolved=%" PRIu64 "\nneigh_failed=%" PRIu64 "\nneigh_overflow=%" PRIu64
	       "\nneighbours=%u\n"
	       "rules=%u\nflows=%u\n",
	       i.name, i.ifindex, i.from_kernel, i.to_kernel, i.to_kernel_drop, i.no_mbuf, i.classified,
	       i.best_effort, i.neigh_wait, i.neigh_resolved, i.neigh_failed, i.neigh_overflow, i.neighbours,
	       i.rules, i.flows);
	rte_qsock_foreach(port, on_sock, NULL);
	if (rte_qsock_port_info_get(port, &p) == 0) /* to tell a slow test from a slow machine */
		printf("stalls=%" PRIu64 "\nstall_max_us=%" PRIu64 "\npolls=%" PRIu64 "\nlink_down=%d\n",
		       p.stalls.count, p.stalls.max_ns / 1000, p.stalls.polls, p.link_down);
}

/* rule NAME SOCK [proto=N] [dport=N] [dscp=N] [vlan=N] [priority=N] */
static void cmd_rule(int argc, char **argv)
{
	struct rte_qsock_rule rule = {.size = sizeof(rule)};

	snprintf(rule.name, sizeof(rule.name), "%s", argv[1]);
	rule.protocol = (uint8_t)number(argc, argv, "proto");
	rule.dport_min = rule.dport_max = (uint16_t)number(argc, argv, "dport");
	rule.match_dscp = option(argc, argv, "dscp") != NULL;
	rule.dscp = (uint8_t)number(argc, argv, "dscp");
	rule.match_vlan = option(argc, argv, "vlan") != NULL;
	rule.vlan = (uint16_t)number(argc, argv, "vlan");
	rule.priority = (uint16_t)number(argc, argv, "priority");
	say(rte_qsock_twin_rule_add(twin, &rule, rte_qsock_lookup(port, argv[2])));
}

/* flow SOCK proto=N [local=A] lport=N [remote=A] [rport=N] */
static void cmd_flow(int argc, char **argv)
{
	const char *local = option(argc, argv, "local"), *remote = option(argc, argv, "remote");
	uint8_t family =
		(local && strchr(local, ':')) || (remote && strchr(remote, ':')) ? AF_INET6 : AF_INET;
	struct in6_addr l = {0}, r = {0};

	if ((local && inet_pton(family, local, &l) != 1) || (remote && inet_pton(family, remote, &r) != 1)) {
		printf("error=address\n");
		return;
	}
	say(qs_twin_flow_add(twin, family, (uint8_t)number(argc, argv, "proto"), &l,
			     htons((uint16_t)number(argc, argv, "lport")), &r,
			     htons((uint16_t)number(argc, argv, "rport")), rte_qsock_lookup(port, argv[1])));
}

/* One datagram of a native socket, as the socket layer sends it. @return 0; -1: rte_errno */
static int send_one(struct rte_qsock *qs, const struct qs_route_ask *ask, uint16_t dport,
		    const struct iovec *iov)
{
	struct qs_flow flow = {
		.dst = ask->dst, .family = ask->family, .sport = htons(40000), .dport = htons(dport)};
	struct rte_mbuf *m;
	struct qs_frame f;
	struct qs_hop hop;
	bool put;

	if (qs_route_resolve(qs_twin_route(twin), ask, &hop) < 0)
		return -1;
	flow.src = hop.src;
	flow.src_mac = hop.src_mac;
	flow.dst_mac = hop.mac;
	if (qs_frame_init(&f, &flow, 0) < 0)
		return -1;
	m = qs_datagram_make(&f, tx_pool, iov, 1, hop.mtu_bytes);
	if (m == NULL)
		return -1;
	if (!hop.resolved && qs_neigh_wait(qs_twin_route(twin), &hop, qs, m) == QS_NEIGH_TAKEN)
		return 0;
	qs_datagram_macs_set(m, &hop.mac, &hop.src_mac);
	put = qs_sock_put(qs, m);
	if (!put)
		rte_pktmbuf_free(m);
	rte_errno = ENOBUFS;
	return put ? 0 : -1;
}

/* send SOCK DST DPORT BYTES COUNT: byte i of datagram k is i * 7 + k */
static void cmd_send(char **argv)
{
	static uint8_t payload[65536];
	struct qs_route_ask ask = {.family = strchr(argv[2], ':') ? AF_INET6 : AF_INET};
	struct iovec iov = {payload, strtoul(argv[4], NULL, 0)};
	struct rte_qsock *qs = rte_qsock_lookup(port, argv[1]);
	int ret = inet_pton(ask.family, argv[2], &ask.dst) == 1 && qs != NULL ? 0 : -1;

	for (int k = 0; ret == 0 && k < atoi(argv[5]); k++) {
		for (size_t i = 0; i < iov.iov_len; i++)
			payload[i] = (uint8_t)(i * 7 + (size_t)k);
		ret = send_one(qs, &ask, (uint16_t)atoi(argv[3]), &iov);
	}
	say(ret);
}

static bool command(char *line)
{
	char *argv[16] = {0};
	int argc = 0;

	for (char *word = strtok(line, " \n"); word != NULL && argc < 15; word = strtok(NULL, " \n"))
		argv[argc++] = word;
	if (argc == 0)
		return true;
	if (strcmp(argv[0], "quit") == 0)
		return false;
	if (strcmp(argv[0], "info") == 0)
		cmd_info();
	else if (strcmp(argv[0], "sock") == 0 && argc == 2)
		say(sock_open(argv[1]) ? 0 : -1);
	else if (strcmp(argv[0], "rule") == 0 && argc >= 3)
		cmd_rule(argc, argv);
	else if (strcmp(argv[0], "unrule") == 0 && argc == 2)
		say(rte_qsock_twin_rule_del(twin, argv[1]));
	else if (strcmp(argv[0], "flow") == 0 && argc >= 3)
		cmd_flow(argc, argv);
	else if (strcmp(argv[0], "forget") == 0 && argc == 2)
		say(rte_qsock_twin_forget(twin, rte_qsock_lookup(port, argv[1])));
	else if (strcmp(argv[0], "send") == 0 && argc == 6)
		cmd_send(argv);
	else
		printf("error=no such command: %s\n", argv[0]);
	printf(".\n");
	fflush(stdout);
	return true;
}

static int start(int argc, char **argv)
{
	struct rte_mempool *rx_pool = qs_packed_pool_create("rx", MBUFS, 0, BUF_BYTES, SOCKET_ID_ANY, NULL);
	struct rte_qsock_ethdev_conf ec = {.size = sizeof(ec), .rx_pool = rx_pool};
	struct rte_qsock_port_conf pc = {.size = sizeof(pc), .name = "wire", .max_sockets = 64};
	struct rte_qsock_twin_conf tc = {.size = sizeof(tc)};

	tx_pool = rte_pktmbuf_pool_create("tx", MBUFS, 0, 0, BUF_BYTES, SOCKET_ID_ANY);
	if (rx_pool == NULL || tx_pool == NULL)
		return -1;
	ec.mtu = (uint16_t)number(argc, argv, "mtu");
	if (rte_qsock_ethdev_setup(0, &ec) < 0)
		return -1;
	pc.scheduler = option(argc, argv, "scheduler");
	pc.rate_bps = number(argc, argv, "rate");
	pc.catchup_ns = 1000000;
	pc.egress = rte_qsock_egress_ethdev(0, 0);
	if (pc.egress == NULL)
		return -1;
	port = rte_qsock_port_create(&pc);
	if (port == NULL || rte_qsock_tx_launch(port, rte_get_next_lcore(-1, 1, 0)) < 0)
		return -1;
	tc.port = port;
	tc.tx_pool = tx_pool;
	tc.name = option(argc, argv, "name");
	tc.move_from = option(argc, argv, "move");
	tc.neigh_packets = (uint32_t)number(argc, argv, "neigh");
	twin = rte_qsock_twin_create(&tc);
	return twin ? 0 : -1;
}

int main(int argc, char **argv)
{
	static char line[512];
	int used, ret;

	qs_eal_files_end();
	used = rte_eal_init(argc, argv);
	if (used < 0)
		return 1;
	ret = start(argc - used, argv + used);
	say(ret);
	printf("ready\n");
	fflush(stdout);
	while (ret == 0 && fgets(line, sizeof(line), stdin) != NULL && command(line))
		;
	if (twin != NULL)
		rte_qsock_twin_free(twin);
	if (port != NULL) {
		rte_qsock_tx_stop(port);
		rte_qsock_port_free(port);
	}
	rte_eth_dev_stop(0);
	rte_eth_dev_close(0);
	rte_eal_cleanup();
	printf("ended\n");
	return ret < 0;
}
