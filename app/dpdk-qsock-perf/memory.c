/* SPDX-License-Identifier: BSD-3-Clause */
/* What a socket takes: EAL memory before and after opening many. */
#include <rte_malloc.h>

#include "perf.h"

static double allocated(void)
{
	struct rte_malloc_socket_stats stats;

	return rte_malloc_get_socket_stats(0, &stats) == 0 ? (double)stats.heap_allocsz_bytes : 0;
}

static int memory_of(const struct perf_world *w, const struct perf_options *o, uint32_t sockets,
		     uint32_t queue)
{
	struct perf_values with = {0};
	struct perf_port p = {0};
	double before = allocated();

	if (perf_port_open(&p, w, o, sockets, queue, NULL) != 0)
		return -1;
	perf_add(&with, (allocated() - before) / sockets);
	perf_port_close(&p);
	perf_result(&(struct perf_row){.mode = "memory",
				       .what = queue == 16 ? "a socket with a ring of 16"
							   : "a socket with a ring of 1024",
				       .sched = o->scheduler,
				       .unit = "bytes",
				       .sockets = sockets,
				       .v = &with});
	return 0;
}

int perf_memory(const struct perf_world *w, const struct perf_options *o)
{
	struct perf_options small = *o;

	small.histogram = false;
	return memory_of(w, &small, 16384, 16) != 0 || memory_of(w, &small, 16384, 1024) != 0 ? -1 : 0;
}
