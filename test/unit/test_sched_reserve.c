/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory that comes with the streams that are in use: whoever brings them into use waits for it, and who
 * owns the scheduler never does. The kernel counts.
 */
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "sched/qs_pick.h"
#include "sched_rig.h"

#define STREAMS (1u << 18)
#define ACTIVE 6000u
#define PACKETS 16384u
#define MAPS 16u

static struct {
	void *at;
	size_t bytes;
} maps[MAPS];

static const char *const names[] = {"dwcs", "vds", "edf", "fifo"};

/* Small pages, so that nothing is there by chance. */
static void *map(void *arg, size_t bytes)
{
	unsigned int i = 0;

	while (i < MAPS && maps[i].at != NULL)
		i++;
	assert_true(i < MAPS);
	maps[i].bytes = bytes;
	maps[i].at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(maps[i].at, MAP_FAILED);
	(void)madvise(maps[i].at, bytes, MADV_NOHUGEPAGE);
	return maps[i].at;
}

static void *there(void *arg, size_t bytes)
{
	void *p = aligned_alloc(64, bytes);

	memset(p, 1, bytes);
	__asm__ volatile("" : : "r"(p) : "memory"); /* written to twice */
	return memset(p, 0, bytes);
}

static void drop(void *arg, void *p)
{
	unsigned int i;

	for (i = 0; i < MAPS && maps[i].at != p; i++)
		;
	if (i == MAPS) {
		free(p);
		return;
	}
	munmap(p, maps[i].bytes);
	maps[i].at = NULL;
}

static size_t mapped(void)
{
	static unsigned char pages[1 << 16];
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t bytes = 0;

	for (unsigned int i = 0; i < MAPS; i++) {
		size_t n = (maps[i].bytes + page - 1) / page;

		if (maps[i].at == NULL)
			continue;
		assert_true(n <= sizeof(pages));
		assert_int_equal(mincore(maps[i].at, maps[i].bytes, pages), 0);
		for (size_t k = 0; k < n; k++)
			bytes += (pages[k] & 1) * page;
	}
	return bytes;
}

static long faults(void)
{
	struct rusage usage;

	assert_int_equal(getrusage(RUSAGE_THREAD, &usage), 0);
	return usage.ru_minflt + usage.ru_majflt;
}

static struct rte_qsock_sched_conf conf_of(const char *name, bool work_conserving)
{
	struct rte_qsock_sched_conf conf = rig_conf(NULL, name);

	conf.max_streams = STREAMS;
	conf.max_packets = PACKETS;
	conf.work_conserving = work_conserving;
	conf.alloc = there;
	conf.reserve = map;
	conf.release = drop;
	return conf;
}

/* The stream number n, from all over the ids; the last of them is one. */
static uint32_t id_of(uint32_t n)
{
	return STREAMS - 1 - n * (STREAMS / ACTIVE);
}

static void on_drop(void *arg, const struct rte_qsock_event *ev)
{
}

/* So many streams more send, alike or not, come late and go. Returns the faults of the scheduler's owner. */
static long drive(struct rte_qsock_sched *s, uint32_t from, uint32_t to, uint64_t *now_ns, bool alike)
{
	struct rte_qsock_stream_conf conf = rig_stream(1, 2, 1000000);
	struct rte_qsock_event sent;
	uint64_t seed = 5;
	long waited = 0, before;

	for (uint32_t n = from; n < to; n++) {
		struct rte_qsock_pkt pkt = {.arrival_ns = *now_ns, .len_bytes = 1000, .frames = 1};

		qs_sched_touch(s, id_of(n));
		conf.ipg_ns = alike ? 1000000 : 1000 + rig_random(&seed, 100000000);
		conf.deadline_ns = conf.ipg_ns;
		conf.in_order = n % 2;
		before = faults();
		assert_int_equal(rte_qsock_sched_add(s, id_of(n), &conf), 0);
		for (unsigned int k = 0; k < 2; k++)
			assert_int_equal(rte_qsock_sched_enqueue(s, id_of(n), &pkt, *now_ns), 0);
		if (!alike && n % 2 == 0)
			(void)rte_qsock_sched_decide(s, *now_ns += 1000, &sent);
		waited += faults() - before;
	}
	before = faults();
	for (unsigned int k = 0; k < 2 * ACTIVE; k++)
		(void)rte_qsock_sched_decide(s, *now_ns += 1000, &sent);
	for (uint32_t n = from; n < to; n++)
		assert_true(rte_qsock_sched_remove(s, id_of(n), *now_ns) >= 0);
	return waited + faults() - before;
}

static void run(const char *name, bool work_conserving, bool alike, bool first)
{
	struct rte_qsock_sched_conf conf = conf_of(name, work_conserving);
	struct rte_qsock_sched *s;
	uint64_t now_ns = 1000000000;
	size_t few;
	long waited;

	conf.on_drop = on_drop;
	assert_int_equal(rte_qsock_sched_create(&conf, &s), 0);
	assert_int_equal(mapped(), 0);
	(void)drive(s, 0, 100, &now_ns, alike);
	few = mapped();
	/* Packets; the first few of each array; a page or two for each stream in arrays by id. */
	assert_in_range(few, 1, (size_t)PACKETS * 100 + (512u << 10) + 100 * 8 * 4096);
	waited = drive(s, 100, ACTIVE, &now_ns, alike);
	if (!first)
		assert_int_equal(waited, 0);
	/* Known again, they take no more. */
	few = mapped();
	assert_int_equal(drive(s, 0, ACTIVE, &now_ns, alike), 0);
	assert_int_equal(mapped(), few);
	rte_qsock_sched_free(s);
}

static void nobody_waits(void **state)
{
	for (unsigned int i = 0; i < 8 * sizeof(names) / sizeof(names[0]); i++)
		/* Code and stack come in the first of two runs. */
		run(names[i / 8], i & 4, i & 2, i % 2 == 0);
}

static size_t reserved(uint32_t streams, uint32_t packets)
{
	struct rte_qsock_sched_conf conf = conf_of("fifo", false);
	struct rte_qsock_sched *s;
	size_t bytes = 0;

	conf.max_streams = streams;
	conf.max_packets = packets;
	conf.on_drop = on_drop;
	assert_int_equal(rte_qsock_sched_create(&conf, &s), 0);
	for (unsigned int i = 0; i < MAPS; i++)
		bytes += maps[i].at != NULL ? maps[i].bytes : 0;
	rte_qsock_sched_free(s);
	return bytes;
}

/* Packets are there from the start where they are many, for streams or for who were to wait for them. */
static void many_packets(void **state)
{
	/* But for the list of those that are free. */
	assert_in_range(reserved(1u << 18, 1u << 20), (104u << 18) + (4u << 20), (104u << 18) + (5u << 20));
	assert_in_range(reserved(1u << 18, 1u << 19), (104u << 18) + (68u << 19), (104u << 18) + (69u << 19));
	assert_in_range(reserved(1u << 10, 1u << 12), (104u << 10) + (68u << 12), (104u << 10) + (69u << 12));
	assert_in_range(reserved(1u << 10, 1u << 13), 104u << 10, 105u << 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_waits),
		cmocka_unit_test(many_packets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
