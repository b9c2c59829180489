/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a decision costs: all streams backlogged, served at most once a period, periods log-uniform over 1 ..
 * 64 times the shortest, 16 window-constraints. Virtual time, one thread, no packets: the scheduler alone.
 *
 *   sched_decide [discipline[:deadline] [load-percent [streams ...]]]
 *
 * Timed are stretches of decisions; what they sent and dropped is filled up between them, and timed apart.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "rte_qsock_sched.h"

#define SECONDS_A_RUN 0.1
#define RUNS 15 /* the best counts */

struct bench {
	struct rte_qsock_sched *sched;
	const char *discipline;
	bool deadline_first;
	uint32_t nr_streams;
	uint32_t depth;	  /* packets kept in a queue */
	uint32_t stretch; /* decisions in a row */
	uint64_t slot_ns; /* virtual time of one packet */
	uint64_t now_ns;  /* virtual */
	uint32_t *gone;	  /* streams that lost a packet since the last filling */
	uint32_t nr_gone;
	uint64_t decided, sent, dropped, filled;
	uint64_t decide_ns, fill_ns; /* real */
};

static uint64_t clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t); /* other work on the machine does not count */
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static uint64_t random64(void)
{
	static uint64_t x = 88172645463325252;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x;
}

static void on_drop(void *arg, const struct rte_qsock_event *ev)
{
	struct bench *b = arg;

	b->gone[b->nr_gone++] = ev->stream;
	b->dropped++;
}

static void fill(struct bench *b, uint32_t id)
{
	const struct rte_qsock_pkt pkt = {.arrival_ns = b->now_ns, .len_bytes = 64, .frames = 1};

	if (rte_qsock_sched_enqueue(b->sched, id, &pkt, b->now_ns) == 0)
		b->filled++;
}

/* Huge pages where the kernel has them, as a port has. */
static void *take(void *arg, size_t bytes)
{
	size_t huge = 2 << 20;
	void *p = aligned_alloc(huge, (bytes + huge - 1) & ~(huge - 1));

	if (p == NULL)
		return NULL;
	(void)madvise(p, bytes, MADV_HUGEPAGE);
	return memset(p, 0, bytes);
}

static void give(void *arg, void *p)
{
	free(p);
}

static int setup(struct bench *b, unsigned int load_percent)
{
	struct rte_qsock_sched_conf conf = {
		.name = b->discipline,
		.precedence = b->deadline_first ? RTE_QSOCK_PRECEDENCE_DEADLINE : RTE_QSOCK_PRECEDENCE_WINDOW,
		.max_streams = b->nr_streams,
		.max_packets = b->nr_streams * b->depth,
		.on_drop = on_drop,
		.on_drop_arg = b,
		.alloc = take,
		.release = give,
	};
	static const uint16_t windows[16][2] = {{0, 1},	 {1, 2},  {1, 3},  {2, 3}, {1, 4}, {3, 4},
						{1, 5},	 {2, 5},  {1, 8},  {3, 8}, {6, 8}, {1, 10},
						{5, 10}, {2, 16}, {1, 20}, {9, 10}};
	double *factor = malloc(b->nr_streams * sizeof(*factor));
	double sum = 0;

	b->gone = malloc(sizeof(*b->gone) * b->nr_streams * b->depth);
	if (b->gone == NULL || factor == NULL || rte_qsock_sched_create(&conf, &b->sched) != 0)
		return -1;
	for (uint32_t i = 0; i < b->nr_streams; i++) {
		factor[i] = b->nr_streams == 1 ? 1 : exp2((double)(random64() % 6000) / 1000);
		sum += 1 / factor[i];
	}
	for (uint32_t i = 0; i < b->nr_streams; i++) {
		double shortest_ns = (double)b->slot_ns * sum * 100 / load_percent;
		struct rte_qsock_stream_conf stream;

		rte_qsock_stream_defaults(&stream);
		stream.ipg_ns = (uint64_t)(shortest_ns * factor[i]);
		stream.deadline_ns = stream.ipg_ns;
		stream.droppable =
			strcmp(b->discipline, "edf") != 0; /* backlogged for ever, all would be late there */
		stream.oln = windows[random64() % 16][0];
		stream.old = stream.oln == 0 ? 4 : windows[random64() % 16][1];
		stream.old = stream.old < stream.oln ? stream.oln + 1 : stream.old;
		if (rte_qsock_sched_add(b->sched, i, &stream) != 0)
			return -1;
	}
	free(factor);
	/* Start at different times, so that the streams are not in step. */
	for (uint32_t i = 0; i < b->nr_streams; i++) {
		b->now_ns += b->slot_ns / 4;
		for (uint32_t k = 0; k < b->depth; k++)
			fill(b, i);
	}
	return 0;
}

static void run_stretch(struct bench *b)
{
	struct rte_qsock_event sent;
	uint64_t start_ns = clock_ns();

	for (uint32_t i = 0; i < b->stretch; i++) {
		b->decided++;
		if (rte_qsock_sched_decide(b->sched, b->now_ns, &sent)) {
			b->gone[b->nr_gone++] = sent.stream;
			b->sent++;
			b->now_ns += b->slot_ns;
		} else {
			uint64_t next_ns = rte_qsock_sched_next_ns(b->sched);

			b->now_ns = next_ns == RTE_QSOCK_NEVER ? b->now_ns + b->slot_ns : next_ns;
		}
	}

	uint64_t decided_ns = clock_ns();

	for (uint32_t i = 0; i < b->nr_gone; i++)
		fill(b, b->gone[i]);
	b->nr_gone = 0;
	b->decide_ns += decided_ns - start_ns;
	b->fill_ns += clock_ns() - decided_ns;
}

static void run_for(struct bench *b, double seconds)
{
	uint64_t end_ns = clock_ns() + (uint64_t)(seconds * 1e9);

	do {
		run_stretch(b);
	} while (clock_ns() < end_ns);
}

static void measure(const char *discipline, unsigned int load_percent, uint32_t nr_streams)
{
	struct bench b = {.nr_streams = nr_streams};
	char name[32];

	snprintf(name, sizeof(name), "%s", discipline);
	b.deadline_first = strchr(name, ':') != NULL;
	name[strcspn(name, ":")] = '\0';
	b.discipline = name;
	b.depth = nr_streams == 1 ? 1024 : nr_streams <= 2000 ? 8 : 2;
	b.stretch = nr_streams <= 2000 ? 500 : 4000;
	b.slot_ns = nr_streams <= 2000 ? 1060 : nr_streams <= 100000 ? 100 : 10;
	if (setup(&b, load_percent) != 0) {
		printf("%s with %u streams: no scheduler\n", discipline, nr_streams);
		return;
	}

	double best = 1e9, fill_best = 1e9, calls = 0, drops = 0;

	run_for(&b, nr_streams > 100000 ? 4 : 0.5);
	for (int i = 0; i < RUNS; i++) {
		b.decided = b.sent = b.dropped = b.filled = b.decide_ns = b.fill_ns = 0;
		run_for(&b, SECONDS_A_RUN);
		if (b.sent == 0 || (double)b.decide_ns / (double)b.sent > best)
			continue;
		best = (double)b.decide_ns / (double)b.sent;
		fill_best = (double)b.fill_ns / (double)b.filled;
		calls = (double)b.decided / (double)b.sent;
		drops = (double)b.dropped / (double)b.sent;
	}
	printf("%-14s %4u %% %8u streams  %6.1f ns a packet sent (%4.2f calls, %4.2f drops), enqueue %5.1f "
	       "ns\n",
	       discipline, load_percent, nr_streams, best, calls, drops, fill_best);
	fflush(stdout);
	rte_qsock_sched_free(b.sched);
	free(b.gone);
}

int main(int argc, char **argv)
{
	static const char *const all[] = {"dwcs", "dwcs:deadline", "vds", "edf", "fifo"};
	static const unsigned int loads[] = {95, 105};
	static const uint32_t sizes[] = {1, 1000, 64000, 1000000};

	for (size_t d = 0; d < (argc > 1 ? 1 : sizeof(all) / sizeof(all[0])); d++) {
		for (size_t l = 0; l < (argc > 2 ? 1 : sizeof(loads) / sizeof(loads[0])); l++) {
			size_t n = argc > 3 ? (size_t)argc - 3 : sizeof(sizes) / sizeof(sizes[0]);

			for (size_t i = 0; i < n; i++)
				measure(argc > 1 ? argv[1] : all[d],
					argc > 2 ? (unsigned int)atoi(argv[2]) : loads[l],
					argc > 3 ? (uint32_t)atoi(argv[i + 3]) : sizes[i]);
		}
	}
	return 0;
}
