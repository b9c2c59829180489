/* SPDX-License-Identifier: BSD-3-Clause */
/* EAL, a device that swallows, and ports on it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_qsock_egress.h>

#include "eal/qs_eal_files.h"
#include "perf.h"

#define POOL_MBUFS 262143
#define POOL_CACHE 512
#define MEMORY_MB 1024u	     /* of EAL, for everything but ... */
#define MEMORY_MB_MANY 1360u /* ... more sockets than SOCKETS_MANY */
#define SOCKETS_MANY 262144u

/* Whether there are hugepages enough; without them the figures carry TLB misses. */
static bool world_huge(uint32_t megabytes)
{
	char line[128];
	unsigned long free_pages = 0;
	FILE *f = fopen("/proc/meminfo", "r");

	if (f == NULL)
		return false;
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "HugePages_Free: %lu", &free_pages) == 1)
			break;
	fclose(f);
	return free_pages >= megabytes / 2 + 8;
}

static int world_eal(const struct perf_options *o, int argc, char **argv)
{
	/* Lcore 1 is the TX core of one mode, and sleeps else. */
	const char *lcores = sysconf(_SC_NPROCESSORS_ONLN) > 1 ? "0,1" : "0,1@0";
	const uint32_t megabytes = perf_sockets_max(o) > SOCKETS_MANY ? MEMORY_MB_MANY : MEMORY_MB;
	char prefix[48], memory[16];
	char *huge[] = {argv[0], (char *)"--in-memory"};
	char *small[] = {argv[0], (char *)"--no-huge", (char *)"--no-shconf", (char *)"--no-pci"};
	char *common[] = {(char *)"-m",
			  memory,
			  (char *)"--no-pci",
			  (char *)"--log-level=5",
			  (char *)"--no-telemetry",
			  (char *)"--lcores",
			  (char *)(uintptr_t)lcores,
			  prefix};
	char *args[16];
	bool with_huge = world_huge(megabytes);
	int n = with_huge ? 2 : 3;

	qs_eal_files_end();
	if (argc > 1)
		return rte_eal_init(argc, argv);
	snprintf(prefix, sizeof(prefix), "--file-prefix=qsperf%d", (int)getpid());
	snprintf(memory, sizeof(memory), "%u", megabytes);
	memcpy(args, with_huge ? huge : small, (size_t)n * sizeof(*args));
	memcpy(args + n, common, sizeof(common));
	if (!with_huge)
		fprintf(stderr,
			"dpdk-qsock-perf: less than %u hugepages of 2 MB are free: figures carry TLB "
			"misses\n",
			megabytes / 2 + 8);
	return rte_eal_init(n + (int)(sizeof(common) / sizeof(*common)), args);
}

int perf_world_start(struct perf_world *w, const struct perf_options *o, int argc, char **argv)
{
	struct rte_qsock_ethdev_conf conf = {.size = sizeof(conf)};

	if (world_eal(o, argc, argv) < 0) {
		fprintf(stderr, "dpdk-qsock-perf: EAL: %s\n", rte_strerror(rte_errno));
		return -1;
	}
	w->ns_per_tick = 1e9 / (double)rte_get_tsc_hz();
	w->pool = rte_pktmbuf_pool_create("perf", POOL_MBUFS, POOL_CACHE, 0, RTE_PKTMBUF_HEADROOM + 128,
					  SOCKET_ID_ANY);
	if (w->pool == NULL || rte_eal_hotplug_add("vdev", "net_null_perf", "copy=0") != 0 ||
	    rte_eth_dev_get_port_by_name("net_null_perf", &w->eth_port_id) != 0) {
		fprintf(stderr, "dpdk-qsock-perf: mbufs or net_null: %s\n", rte_strerror(rte_errno));
		return -1;
	}
	conf.rx_pool = w->pool;
	conf.tx_queues = 2; /* of --mode group */
	return rte_qsock_ethdev_setup(w->eth_port_id, &conf);
}

uint64_t perf_ipg_ns(uint32_t nr_sockets, uint32_t i, uint64_t slot_ns)
{
	uint64_t slots_ns = (uint64_t)nr_sockets * slot_ns;

	return RTE_MAX(slots_ns + slots_ns / 8 * (i % 8), RTE_QSOCK_IPG_MIN_NS);
}

static int port_failed(struct perf_port *p)
{
	fprintf(stderr, "dpdk-qsock-perf: %u sockets: %s\n", p->nr_sockets, rte_strerror(rte_errno));
	perf_port_close(p);
	return -1;
}

int perf_port_make(struct perf_port *p, const struct perf_world *w, const struct perf_options *o,
		   uint32_t nr_sockets, struct rte_qsock_egress *egress)
{
	static unsigned int ports;
	char name[RTE_QSOCK_NAMESIZE];
	struct rte_qsock_port_conf conf = {
		.size = sizeof(conf),
		.name = name,
		.scheduler = o->scheduler,
		.egress = egress != NULL ? egress : rte_qsock_egress_ethdev(w->eth_port_id, 0),
		.rate_bps = RTE_QSOCK_RATE_MAX_BPS,
		.catchup_ns = 1000000000,
		.max_sockets = nr_sockets,
		.max_packets = PERF_PACKETS_MAX,
		.work_conserving = true,
		.precedence = o->precedence,
		.socket_id = SOCKET_ID_ANY,
	};

	snprintf(name, sizeof(name), "perf%u", ports++);
	*p = (struct perf_port){.nr_sockets = nr_sockets};
	p->port = rte_qsock_port_create(&conf);
	return p->port != NULL ? 0 : port_failed(p);
}

int perf_port_sockets(struct perf_port *p, const struct perf_options *o, uint32_t queue_packets)
{
	struct rte_qsock_conf conf = {.size = sizeof(conf), .no_histogram = !o->histogram};
	uint32_t i;

	rte_qsock_stream_defaults(&conf.stream);
	conf.stream.droppable = false; /* a preempted run shall still send all */
	conf.stream.deadline_ns = 1000000;
	conf.stream.oln = 1;
	conf.stream.old = 2;
	conf.stream.queue_packets = queue_packets;
	p->sockets = calloc(p->nr_sockets, sizeof(*p->sockets));
	for (i = 0; p->sockets != NULL && i < p->nr_sockets; i++) {
		conf.stream.ipg_ns = perf_ipg_ns(p->nr_sockets, i, o->slot_ns);
		p->sockets[i] = rte_qsock_open(p->port, &conf);
		if (p->sockets[i] == NULL)
			break;
	}
	return i == p->nr_sockets ? 0 : port_failed(p);
}

int perf_port_open(struct perf_port *p, const struct perf_world *w, const struct perf_options *o,
		   uint32_t nr_sockets, uint32_t queue_packets, struct rte_qsock_egress *egress)
{
	if (perf_port_make(p, w, o, nr_sockets, egress) != 0)
		return -1;
	return perf_port_sockets(p, o, queue_packets);
}

void perf_port_close(struct perf_port *p)
{
	rte_qsock_port_free(p->port);
	free(p->sockets);
	*p = (struct perf_port){0};
}

void perf_write(struct rte_mbuf *m)
{
	uint64_t *data = rte_pktmbuf_mtod(m, uint64_t *);
	unsigned int i;

	m->data_len = PERF_FRAME_BYTES;
	m->pkt_len = PERF_FRAME_BYTES;
	for (i = 0; i < PERF_FRAME_BYTES / sizeof(*data); i++)
		data[i] = 0x0123456789abcdef + i;
}

bool perf_two_cores(const char *mode)
{
	if (rte_lcore_count() >= 2 && sysconf(_SC_NPROCESSORS_ONLN) >= 2)
		return true;
	fprintf(stderr, "dpdk-qsock-perf: %s needs two lcores on two CPUs: left out\n", mode);
	return false;
}
