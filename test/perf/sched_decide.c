/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a decision costs, without EAL: the load of dpdk-qsock-perf --mode decide, for a profiler, and for
 * valgrind to count the instructions.
 *
 *   sched_decide [discipline[:deadline] [load-percent [streams ...]]]
 *   sched_decide --once PACKETS DISCIPLINE LOAD STREAMS
 *
 * The median of a few runs; --once: one run until so many packets have been sent, their number is printed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "decide_load.h"

#define PACKETS_A_RUN 500000u
#define RUNS 7
#define AWAY_NS 1000000u /* a burst that took longer: the CPU was taken away */

/* ns a packet */
struct times {
	double decide, arrive, both;
};

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* Huge pages where the kernel has them, as a port has. */
static void *take(void *arg, size_t bytes)
{
	size_t huge = 2 << 20, whole = (bytes + huge - 1) & ~(huge - 1);
	void *p = aligned_alloc(huge, whole);

	if (p == NULL)
		return NULL;
	(void)madvise(p, whole, MADV_HUGEPAGE);
	return memset(p, 0, bytes);
}

static void give(void *arg, void *p)
{
	free(p);
}

/* "dwcs:deadline" is dwcs with the deadline first. @return 0; -1 no scheduler */
static int make(struct load *l, const char *discipline, uint32_t percent, uint32_t streams)
{
	struct load_conf conf = {.streams = streams, .percent = percent, .alloc = take, .release = give};
	char name[32];

	snprintf(name, sizeof(name), "%s", discipline);
	if (strchr(name, ':') != NULL)
		conf.precedence = RTE_QSOCK_PRECEDENCE_DEADLINE;
	name[strcspn(name, ":")] = 0;
	conf.scheduler = name;
	if (load_make(l, &conf) == 0)
		return 0;
	fprintf(stderr, "sched_decide: %s with %u streams: no scheduler\n", discipline, streams);
	return -1;
}

static struct times run(struct load *l)
{
	uint64_t cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID), start, middle, end, decide = 0, arrive = 0,
		 sent = 0;

	l->counts = (struct load_counts){0};
	while (l->counts.sent < PACKETS_A_RUN) {
		uint64_t before = l->counts.sent;

		start = clock_ns(CLOCK_MONOTONIC);
		load_decide(l);
		middle = clock_ns(CLOCK_MONOTONIC);
		load_arrive(l);
		end = clock_ns(CLOCK_MONOTONIC);
		if (end - start > AWAY_NS)
			continue;
		decide += middle - start;
		arrive += end - middle;
		sent += l->counts.sent - before;
	}
	cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) - cpu_ns;
	sent += sent == 0;
	return (struct times){.decide = (double)decide / (double)sent,
			      .arrive = (double)arrive / (double)sent,
			      .both = (double)cpu_ns / (double)l->counts.sent};
}

static int by_both(const void *a, const void *b)
{
	double x = ((const struct times *)a)->both, y = ((const struct times *)b)->both;

	return (x > y) - (x < y);
}

static int measure(const char *discipline, uint32_t percent, uint32_t streams)
{
	struct times times[RUNS];
	struct load l;
	int i;

	if (make(&l, discipline, percent, streams) != 0)
		return -1;
	for (i = 0; i < RUNS; i++)
		times[i] = run(&l);
	qsort(times, RUNS, sizeof(times[0]), by_both);
	printf("%-14s %4u %% %8u streams  decide %6.1f  arrive %6.1f  both, CPU time %6.1f ns a packet\n",
	       discipline, percent, streams, times[RUNS / 2].decide, times[RUNS / 2].arrive,
	       times[RUNS / 2].both);
	fflush(stdout);
	load_free(&l);
	return 0;
}

static int once(char **argv)
{
	struct load l;
	uint64_t packets = strtoull(argv[0], NULL, 10);

	if (make(&l, argv[1], (uint32_t)atoi(argv[2]), (uint32_t)atoi(argv[3])) != 0)
		return 1;
	while (l.counts.sent < packets) {
		load_decide(&l);
		load_arrive(&l);
	}
	printf("%llu\n", (unsigned long long)l.counts.sent);
	load_free(&l);
	return 0;
}

int main(int argc, char **argv)
{
	static const char *const all[] = {"dwcs", "dwcs:deadline", "vds", "edf", "fifo"};
	static const uint32_t loads[] = {95, 105}, sizes[] = {1, 1024, 65536, 1048576};
	size_t d, l, n, i;

	if (argc == 6 && strcmp(argv[1], "--once") == 0)
		return once(argv + 2);
	n = argc > 3 ? (size_t)argc - 3 : sizeof(sizes) / sizeof(sizes[0]);
	for (d = 0; d < (argc > 1 ? 1 : sizeof(all) / sizeof(all[0])); d++)
		for (l = 0; l < (argc > 2 ? 1 : sizeof(loads) / sizeof(loads[0])); l++)
			for (i = 0; i < n; i++)
				if (measure(argc > 1 ? argv[1] : all[d],
					    argc > 2 ? (uint32_t)atoi(argv[2]) : loads[l],
					    argc > 3 ? (uint32_t)atoi(argv[i + 3]) : sizes[i]) != 0)
					return 1;
	return 0;
}
