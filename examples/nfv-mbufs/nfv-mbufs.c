/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * nfv-mbufs - a network function with its own EAL, ports, pools and loop, and the native API for what it
 * sends.
 *
 *     nfv-mbufs EAL-ARGUMENTS -- RATE-MBIT SECONDS
 *     nfv-mbufs --no-huge --no-pci -m 256 --vdev net_null0,copy=0 -- 100 3
 *
 * What port 0 receives leaves through port 0 again (net_null makes packets of 64 bytes), in two streams:
 * three of four packets are best effort, one is real time and must not wait. No packet is copied. The loop
 * receives, marks and polls the TX core by itself: no further lcore is needed.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

#include <rte_qsock.h>
#include <rte_qsock_egress.h>

#define BURST 32
#define POOL_MBUFS 16383

static volatile sig_atomic_t stop;

static void on_signal(int signal)
{
	(void)signal;
	stop = 1;
}

static void die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, rte_strerror(rte_errno));
	exit(1);
}

static struct rte_qsock_port *port_make(uint16_t eth_port_id, uint64_t rate_bps)
{
	struct rte_qsock_ethdev_conf eth = {.size = sizeof(eth)};
	struct rte_qsock_port_conf conf = {
		.size = sizeof(conf),
		.name = "nfv",
		.scheduler = "dwcs",
		.rate_bps = rate_bps,
		.catchup_ns = 50000, /* a poll of many packets takes a while */
	};
	struct rte_qsock_port *port;

	eth.rx_pool =
		rte_pktmbuf_pool_create("nfv", POOL_MBUFS, 256, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	if (eth.rx_pool == NULL)
		die("mempool");
	if (rte_qsock_ethdev_setup(eth_port_id, &eth) < 0)
		die("ethdev");
	conf.egress = rte_qsock_egress_ethdev(eth_port_id, 0);
	if (conf.egress == NULL)
		die("egress");
	port = rte_qsock_port_create(&conf);
	if (port == NULL)
		die("port");
	return port;
}

static struct rte_qsock *socket_make(struct rte_qsock_port *port, const char *name, uint64_t ipg_ns)
{
	struct rte_qsock_conf conf = {.size = sizeof(conf), .name = name};
	struct rte_qsock *qs;

	rte_qsock_stream_defaults(&conf.stream);
	conf.stream.queue_packets = 256;
	if (ipg_ns == 0) {
		conf.stream.cls = RTE_QSOCK_BEST_EFFORT;
	} else {
		conf.stream.ipg_ns = ipg_ns;
		conf.stream.oln = 1;
		conf.stream.old = 100;
	}
	qs = rte_qsock_open(port, &conf);
	if (qs == NULL)
		die(name);
	return qs;
}

/* What a ring does not take stays ours. */
static void send_or_drop(struct rte_qsock *qs, struct rte_mbuf **pkts, uint16_t n)
{
	uint16_t taken = rte_qsock_tx_burst(qs, pkts, n);

	rte_pktmbuf_free_bulk(pkts + taken, n - taken);
}

static void forward(uint16_t eth_port_id, struct rte_qsock *urgent, struct rte_qsock *bulk)
{
	struct rte_mbuf *pkts[BURST], *first[BURST], *rest[BURST];
	uint16_t n = rte_eth_rx_burst(eth_port_id, 0, pkts, BURST), n_first = 0, n_rest = 0, i;

	for (i = 0; i < n; i++) {
		if (i % 4 != 0) {
			rest[n_rest++] = pkts[i];
			continue;
		}
		/* A second's patience, and never dropped: metadata of this packet alone. */
		rte_qsock_set_deadline(pkts[i], rte_qsock_now_ns() + 1000000000);
		rte_qsock_set_droppable(pkts[i], false);
		first[n_first++] = pkts[i];
	}
	send_or_drop(urgent, first, n_first);
	send_or_drop(bulk, rest, n_rest);
}

static void report(const char *name, struct rte_qsock *qs)
{
	struct rte_qsock_info info;

	if (rte_qsock_info_get(qs, &info) < 0)
		die(name);
	printf("%-6s offered %lu accepted %lu on time %lu late %lu dropped %lu queued %lu, p99 %.1f us\n",
	       name, info.counts.offered, info.counts.accepted, info.counts.on_time, info.counts.late,
	       info.counts.late_drop, info.counts.queued, (double)info.delay.p99_ns / 1e3);
}

int main(int argc, char **argv)
{
	struct rte_qsock *urgent, *bulk;
	struct rte_qsock_port *port;
	int eal_args = rte_eal_init(argc, argv);
	uint64_t end_ns, rate_bps;

	if (eal_args < 0)
		die("EAL");
	argc -= eal_args;
	argv += eal_args;
	if (argc != 3 || atol(argv[1]) < 1 || atol(argv[2]) < 1 || rte_eth_dev_count_avail() == 0) {
		fprintf(stderr, "usage: nfv-mbufs EAL-ARGUMENTS -- RATE-MBIT SECONDS (with a port 0)\n");
		return 2;
	}
	signal(SIGINT, on_signal);
	rate_bps = (uint64_t)atol(argv[1]) * 1000000;
	port = port_make(0, rate_bps);
	urgent = socket_make(port, "urgent", 20000);
	bulk = socket_make(port, "bulk", 0);
	end_ns = rte_qsock_now_ns() + (uint64_t)atol(argv[2]) * 1000000000;
	while (!stop && rte_qsock_now_ns() < end_ns) {
		forward(0, urgent, bulk);
		rte_qsock_tx_poll(port);
	}
	rte_qsock_tx_stop(port); /* the port is nobody's: [ctl] calls do its work themselves */
	report("urgent", urgent);
	report("bulk", bulk);
	rte_qsock_port_free(port);
	rte_eth_dev_stop(0);
	return rte_eal_cleanup();
}
