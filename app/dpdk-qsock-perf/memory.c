/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a socket takes: memory of EAL and of libc before a port is made, with the port, and with its sockets
 * open. A port has room for packets of its own, alike for few sockets and many: it is told apart.
 */
#include <malloc.h>

#include <rte_malloc.h>

#include "perf.h"

#define QUEUE 16u

double perf_allocated(void)
{
	struct rte_malloc_socket_stats stats;
	struct mallinfo2 libc = mallinfo2();

	if (rte_malloc_get_socket_stats(0, &stats) != 0)
		return 0;
	return (double)stats.heap_allocsz_bytes + (double)libc.uordblks + (double)libc.hblkhd;
}

static void memory_result(const struct perf_options *o, const char *what, uint32_t sockets, double bytes)
{
	struct perf_values v = {0};

	perf_add(&v, bytes);
	perf_result(&(struct perf_row){.mode = "memory",
				       .what = what,
				       .sched = o->scheduler,
				       .unit = "bytes",
				       .sockets = sockets,
				       .v = &v});
}

static int memory_of(const struct perf_world *w, const struct perf_options *o, uint32_t sockets)
{
	double before = perf_allocated(), made, opened;
	struct perf_port p = {0};

	if (perf_port_make(&p, w, o, sockets, NULL) != 0)
		return -1;
	made = perf_allocated();
	if (perf_port_sockets(&p, o, QUEUE) != 0)
		return -1;
	opened = perf_allocated() - sockets * (double)sizeof(p.sockets[0]); /* the table is ours */
	perf_port_close(&p);
	memory_result(o, "a port of so many", sockets, made - before);
	memory_result(o, "a socket opened on it", sockets, (opened - made) / sockets);
	memory_result(o, "all, by sockets", sockets, (opened - before) / sockets);
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
