/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "ledger.h"
#include "rte_qsock.h"
#include "stamp.h"

#define INTERVAL_NS UINT64_C(100000000)

static pthread_t thread;
static atomic_bool running;
static FILE *file;
static struct rte_qsock_port *port;

static void write_line(void)
{
	struct rte_qsock_port_info info;

	if (rte_qsock_port_info_get(port, &info) != 0)
		return;
	fprintf(file, "%llu,%llu,%llu,%llu,%llu,%llu\n", (unsigned long long)info.now_ns,
		(unsigned long long)info.stalls.polls, (unsigned long long)info.stalls.count,
		(unsigned long long)info.stalls.total_ns, (unsigned long long)info.stalls.max_ns,
		(unsigned long long)info.stalls.last_at_ns);
}

static void *follow(void *arg)
{
	uint64_t next_ns = stamp_now_ns(CLOCK_MONOTONIC);

	(void)arg;
	while (atomic_load(&running)) {
		write_line();
		stamp_sleep_until(next_ns += INTERVAL_NS);
	}
	return NULL;
}

void ledger_start(const char *dev, const char *path)
{
	port = rte_qsock_port_lookup(dev);
	file = fopen(path, "w");
	if (port == NULL || file == NULL) {
		fprintf(stderr, "ledger of %s in %s: %s\n", dev, path,
			port == NULL ? "no such port" : strerror(errno));
		return;
	}
	fputs("now_ns,polls,count,total_ns,max_ns,last_at_ns\n", file);
	/* A clean account: what bringing the port up cost is not part of the run. */
	rte_qsock_port_stats_reset(port);
	atomic_store(&running, true);
	if (pthread_create(&thread, NULL, follow, NULL) != 0)
		atomic_store(&running, false);
}

void ledger_stop(void)
{
	if (!atomic_exchange(&running, false))
		return;
	pthread_join(thread, NULL);
	write_line();
	fclose(file);
}
