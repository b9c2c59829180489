/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a socket takes: memory of EAL, of libc and mapped by the port before one is made, with the port, with
 * its sockets open, and when each has sent. A port has room for packets of its own, alike for few sockets and
 * many: it is told apart. What comes as it is used must not come in the TX core's rounds: their page faults
 * are counted.
 */
#include <malloc.h>
#include <sys/resource.h>

#include <rte_malloc.h>

#include "core/qs_port.h"
#include "perf.h"

#define QUEUE 16u
#define PRIME 7919u

double perf_allocated(void)
{
	struct rte_malloc_socket_stats stats;
	struct mallinfo2 libc = mallinfo2();

	if (rte_malloc_get_socket_stats(0, &stats) != 0)
		return 0;
	return (double)stats.heap_allocsz_bytes + (double)libc.uordblks + (double)libc.hblkhd;
}

/* All that is in use; the port's own mappings as far as they take memory. */
static double memory_used(const struct perf_port *p)
{
	return perf_allocated() + (p->port != NULL ? (double)qs_port_mapped(p->port) : 0);
}

static long faults_now(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_minflt + usage.ru_majflt;
}

/* Each sends a packet, from all over the port, and the TX core's rounds take them. @return faults of these;
 * -1 */
static long memory_send(const struct perf_world *w, const struct perf_port *p)
{
	long before, faults = 0;
	uint32_t i, step = p->nr_sockets > PRIME ? PRIME : 1, at = 0;
	struct rte_mbuf *m;

	for (i = 0; i < p->nr_sockets; i++, at = (uint32_t)(((uint64_t)at + step) % p->nr_sockets)) {
		if (p->nr_sockets % PRIME == 0)
			at = i;
		m = rte_pktmbuf_alloc(w->pool);
		if (m == NULL)
			return -1;
		perf_write(m);
		if (rte_qsock_tx_burst(p->sockets[at], &m, 1) != 1)
			rte_pktmbuf_free(m);
		before = faults_now();
		rte_qsock_tx_poll(p->port);
		if (i > 0) /* the code itself comes with the first */
			faults += faults_now() - before;
	}
	return faults;
}

static void memory_result(const struct perf_options *o, const char *what, const char *unit, uint32_t sockets,
			  double value)
{
	struct perf_values v = {0};

	perf_add(&v, value);
	perf_result(&(struct perf_row){.mode = "memory",
				       .what = what,
				       .sched = o->scheduler,
				       .unit = unit,
				       .sockets = sockets,
				       .v = &v});
}

static int memory_of(const struct perf_world *w, const struct perf_options *o, uint32_t sockets)
{
	struct perf_port p = {0};
	double before = memory_used(&p), made, opened, sent;
	long faults;

	if (perf_port_make(&p, w, o, sockets, NULL) != 0)
		return -1;
	made = memory_used(&p);
	if (perf_port_sockets(&p, o, QUEUE) != 0)
		return -1;
	before += sockets * (double)sizeof(p.sockets[0]); /* the table is ours */
	opened = memory_used(&p);
	made += sockets * (double)sizeof(p.sockets[0]);
	faults = memory_send(w, &p);
	if (faults < 0)
		return -1;
	sent = memory_used(&p);
	perf_port_close(&p);
	memory_result(o, "a port of so many", "bytes", sockets, made - before);
	memory_result(o, "a socket opened on it", "bytes", sockets, (opened - made) / sockets);
	memory_result(o, "all, by sockets", "bytes", sockets, (opened - before) / sockets);
	memory_result(o, "all, when each has sent", "bytes", sockets, (sent - before) / sockets);
	memory_result(o, "page faults of the TX core, till then", "faults", sockets, (double)faults);
	return 0;
}

int perf_memory(const struct perf_world *w, const struct perf_options *o)
{
	struct perf_options small = *o;
	uint32_t i;

	small.histogram = false;
	for (i = 0; i < o->nr_sockets; i++)
		if (memory_of(w, &small, o->sockets[i]) != 0)
			return -1;
	return 0;
}
