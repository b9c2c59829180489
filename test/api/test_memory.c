/* SPDX-License-Identifier: BSD-3-Clause */
/* What a socket takes of memory, at rest and once it has sent, and what it is before it has. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include <rte_malloc.h>

#include "core/qs_port.h"
#include "rig.h"
#include "scarce.h"

#define SOCKETS 16384u
#define MANY 524288u
#define MANY_PACKETS 65536u
#define HUGE_BYTES ((size_t)2 << 20)
/* Both ends of four arrays by id, the fronts of three orders, and the records of packets. */
#define MANY_FEW_MAX (11 * HUGE_BYTES + 3 * HUGE_BYTES)

/* Bytes of the library for a socket: see doc/guides/performance.rst. Histograms, which may be had without,
 * are not among them; records of packets and lanes are not for sockets. */
#define AT_REST_MAX 124u   /* of one that has never sent */
#define NAMED_MAX 168u	   /* of one that was given a name */
#define PORT_MAX 294u	   /* of a port for each that it may have; 50 of it are fixed tables of timers */
#define MANY_REST_MAX 126u /* of one that has never sent, where there are many: all together */
#define SENT_MAX 640u	   /* of one that has sent: all together */
#define SLACK_BYTES 98304  /* what a port takes for itself, 20 kB of it for its ledger of stalls */

static struct rig r;
static struct rte_qsock *sockets[SOCKETS];

static struct rte_malloc_socket_stats heap(void)
{
	struct rte_malloc_socket_stats stats;

	assert_int_equal(rte_malloc_get_socket_stats(0, &stats), 0);
	return stats;
}

static size_t allocated(void)
{
	return heap().heap_allocsz_bytes;
}

static struct rte_qsock *open_bare(const char *name)
{
	struct rte_qsock_conf conf = api_socket_conf(name);

	conf.no_histogram = true;
	return rte_qsock_open(r.port, &conf);
}

static void open_all(void)
{
	uint32_t i;

	for (i = 0; i < SOCKETS; i++) {
		sockets[i] = open_bare(NULL);
		assert_non_null(sockets[i]);
	}
}

static void test_bytes(void **state)
{
	const unsigned int blocks = heap().alloc_count;
	const size_t before = allocated();
	size_t made, opened, sent;
	uint32_t i;

	rig_port(&r, .scheduler = "dwcs", .max_sockets = SOCKETS, .max_packets = 64);
	made = allocated();
	assert_in_range(made - before, 1, PORT_MAX * SOCKETS + SLACK_BYTES);
	open_all();
	opened = allocated();
	assert_in_range(opened - made, 1, AT_REST_MAX * SOCKETS);
	/* What is asked of sockets at rest makes nothing. */
	for (i = 0; i < SOCKETS; i += 1024) {
		struct rte_qsock_counts c = rig_counts(sockets[i]);

		assert_int_equal(c.offered, 0);
		assert_int_equal(c.queued, 0);
		assert_int_equal(rte_qsock_stats_reset(sockets[i]), 0);
	}
	assert_int_equal(rte_qsock_port_stats_reset(r.port), 0);
	assert_int_equal(allocated(), opened);
	for (i = 0; i < SOCKETS; i++) {
		assert_int_equal(rig_send(sockets[i], 1, 100), 1);
		rig_round(&r, r.now_ns += 100000);
	}
	rig_rounds(&r, 10 * MS);
	sent = allocated();
	assert_true(sent > opened);
	assert_in_range(sent - before, 1, SENT_MAX * SOCKETS + SLACK_BYTES);
	assert_int_equal(rig_info(&r).total.queued, 0);
	assert_int_equal(rig_info(&r).total.offered, SOCKETS);
	/* Those who follow find all that there is. */
	for (i = 0; i < SOCKETS; i++)
		assert_int_equal(rte_qsock_close(sockets[i]), 0);
	rig_rounds(&r, MS);
	open_all();
	assert_int_equal(allocated(), sent);
	assert_int_equal(rig_send(sockets[7], 1, 100), 1);
	rig_rounds(&r, MS);
	assert_int_equal(rig_counts(sockets[7]).on_time, 1);
	assert_int_equal(rig_counts(sockets[7]).sent_bytes, 100);
	rig_end(&r);
	assert_int_equal(heap().alloc_count, blocks);
}

static void test_bytes_of_names(void **state)
{
	size_t made;
	char name[RTE_QSOCK_NAMESIZE];
	uint32_t i;

	rig_port(&r, .scheduler = "fifo", .max_sockets = SOCKETS, .max_packets = 64);
	made = allocated();
	for (i = 0; i < SOCKETS; i++) {
		snprintf(name, sizeof(name), "a-name-that-is-long-%u", i);
		assert_non_null(open_bare(name));
	}
	assert_in_range(allocated() - made, 1, NAMED_MAX * SOCKETS);
	rig_end(&r);
}

static size_t mapped(void)
{
	return qs_port_mapped(r.port);
}

/* A round; faults that it took. */
static long round_faults(void)
{
	struct rusage before, after;

	assert_int_equal(getrusage(RUSAGE_THREAD, &before), 0);
	rig_round(&r, r.now_ns += 10000);
	assert_int_equal(getrusage(RUSAGE_THREAD, &after), 0);
	return after.ru_minflt - before.ru_minflt;
}

/*
 * Where sockets are many, those that have never sent take nothing of the discipline's, nor do packets, and
 * what it takes comes while they send, not in the TX core's rounds.
 */
static void test_many(void **state)
{
	const size_t before = allocated();
	uint32_t i, id, sends = 0;
	struct rte_qsock_port_info info;
	struct rte_qsock *qs;
	long faults;

	rig_port(&r, .scheduler = "dwcs", .max_sockets = MANY, .max_packets = MANY_PACKETS);
	if (r.port->pages[0].at == NULL) {
		printf("SKIP: the kernel gives no huge pages where it is asked to\n");
		rig_end(&r);
		return;
	}
	for (i = 0; i < MANY; i++)
		assert_non_null(open_bare(NULL));
	for (id = 0; id < MANY; id += MANY / 64)
		assert_int_equal(rig_counts(qs_port_socket(r.port, id)).offered, 0);
	assert_int_equal(rte_qsock_port_stats_reset(r.port), 0);
	assert_int_equal(mapped(), 0);
	assert_in_range(allocated() - before, 1, MANY_REST_MAX * MANY + SLACK_BYTES);
	r.now_ns = rte_qsock_now_ns() + 1000 * MS; /* that took its time */
	/* A few at one end, and one at the other, which then is as any other. */
	for (id = 0; id < MANY; id += id < 100 ? 1 : MANY - 101, sends++) {
		assert_int_equal(rig_send(qs_port_socket(r.port, id), 1, 100), 1);
		faults = round_faults();
		if (sends > 0) /* the code itself comes with the first */
			assert_int_equal(faults, 0);
	}
	assert_in_range(mapped(), 1, MANY_FEW_MAX);
	rig_rounds(&r, 10 * MS);
	qs = qs_port_socket(r.port, MANY - 1);
	assert_int_equal(rig_counts(qs).on_time, 1);
	assert_int_equal(rte_qsock_close(qs), 0);
	rig_rounds(&r, MS);
	qs = open_bare("last");
	assert_int_equal(qs_socket_id(qs), MANY - 1);
	assert_int_equal(rig_send(qs, 1, 100), 1);
	rig_rounds(&r, 10 * MS);
	assert_int_equal(rig_counts(qs).on_time, 1);
	info = rig_info(&r);
	assert_int_equal(info.total.on_time, sends + 1);
	rig_end(&r);
}

/* A socket without a name goes by its id, as if that had been given. */
static void test_names(void **state)
{
	struct rte_qsock *first, *second, *named;
	struct rte_qsock_info info;

	rig_port(&r, .scheduler = "fifo", .max_sockets = 8);
	first = open_bare(NULL);
	second = open_bare(NULL);
	assert_ptr_equal(rte_qsock_lookup(r.port, "s0"), first);
	assert_ptr_equal(rte_qsock_lookup(r.port, "s1"), second);
	assert_int_equal(rte_qsock_info_get(second, &info), 0);
	assert_string_equal(info.name, "s1");
	/* Nobody goes by these. */
	assert_null(rte_qsock_lookup(r.port, "s2"));
	assert_null(rte_qsock_lookup(r.port, "s01"));
	assert_null(rte_qsock_lookup(r.port, "s"));
	assert_null(rte_qsock_lookup(r.port, "s 1"));
	assert_null(rte_qsock_lookup(r.port, "s99"));
	assert_null(rte_qsock_lookup(r.port, "s18446744073709551616"));
	assert_null(rte_qsock_lookup(r.port, "t1"));
	/* A name that is in use so. */
	rte_errno = 0;
	assert_null(open_bare("s1"));
	assert_int_equal(rte_errno, EEXIST);
	named = open_bare("s3");
	assert_ptr_equal(rte_qsock_lookup(r.port, "s3"), named);
	assert_int_equal(rte_qsock_close(named), 0);
	assert_null(rte_qsock_lookup(r.port, "s3"));
	/* The closed one has its id until its packet has gone, its name no more. */
	r.egress.accept = 0;
	assert_int_equal(rig_send(second, 1, 100), 1);
	rig_rounds(&r, MS);
	assert_int_equal(rte_qsock_close(second), 0);
	assert_null(rte_qsock_lookup(r.port, "s1"));
	named = open_bare("s1");
	assert_ptr_equal(rte_qsock_lookup(r.port, "s1"), named);
	rig_end(&r);
}

/* Memory for counters is short when a socket first sends: its sender is refused, and that is all. */
static void test_first_send_short(void **state)
{
	struct rte_qsock *other, *qs;
	struct rte_qsock_counts c;
	uint32_t i;

	rig_port(&r, .scheduler = "fifo", .max_sockets = 128);
	other = open_bare("other");
	for (i = 0; i < 63; i++)
		assert_non_null(open_bare(NULL));
	qs = open_bare("short"); /* the first of another chunk */
	assert_int_equal(rig_send(other, 1, 100), 1);
	scarce_eal(0);
	assert_int_equal(rig_send(qs, 3, 100), 0);
	assert_int_equal(rte_qsock_tx_room(qs), 0);
	c = rig_counts(qs);
	assert_int_equal(c.refused, 3);
	assert_int_equal(c.offered, 3);
	/* Counting cannot begin anew from there. */
	rte_errno = 0;
	assert_int_equal(rte_qsock_stats_reset(qs), -1);
	assert_int_equal(rte_errno, ENOMEM);
	rte_errno = 0;
	assert_int_equal(rte_qsock_port_stats_reset(r.port), -1);
	assert_int_equal(rte_errno, ENOMEM);
	assert_int_equal(rig_counts(qs).refused, 3);
	scarce_end();
	assert_int_equal(rte_qsock_stats_reset(qs), 0);
	assert_int_equal(rig_counts(qs).offered, 0);
	assert_int_equal(rig_info(&r).total.refused, 3);
	assert_int_equal(rig_send(qs, 3, 100), 3);
	rig_rounds(&r, MS);
	assert_int_equal(rig_counts(qs).on_time, 3);
	rig_end(&r);
}

static struct rte_qsock_info info_of(struct rte_qsock *qs)
{
	struct rte_qsock_info info;

	assert_int_equal(rte_qsock_info_get(qs, &info), 0);
	return info;
}

/* The discipline does not know of a socket that has never sent, and nobody can tell. */
static void test_at_rest(void **state)
{
	static const char *const names[] = {"dwcs", "vds", "edf", "fifo"};
	struct rte_qsock_stream_conf conf;
	struct rte_qsock_info info;
	struct rte_qsock *qs;
	unsigned int i;

	for (i = 0; i < RTE_DIM(names); i++) {
		rig_port(&r, .scheduler = names[i]);
		qs = open_bare("a");
		info = info_of(qs);
		conf = info.conf;
		assert_int_equal(conf.ipg_ns, 1000000);
		assert_int_equal(conf.queue_packets, 64);
		conf.oln = 1;
		conf.old = 5;
		assert_int_equal(rte_qsock_change(qs, &conf), 0);
		info = info_of(qs);
		assert_int_equal(info.conf.old, 5);
		assert_int_equal(info.state.x, i == 1 ? 4 : 1);
		assert_int_equal(info.state.y, 5);
		assert_false(info.state.tagged);
		assert_int_equal(info.state.eligible_ns, RTE_QSOCK_NEVER);
		assert_int_equal(info.state.backlog_packets, 0);
		/* What is changed before it sends is what it sends with. */
		conf.cls = RTE_QSOCK_BEST_EFFORT;
		assert_int_equal(rte_qsock_change(qs, &conf), 0);
		conf.queue_packets = 3;
		conf.cls = RTE_QSOCK_REALTIME;
		assert_int_equal(rte_qsock_change(qs, &conf), 0);
		conf.oln = 6;
		assert_int_equal(rte_qsock_change(qs, &conf), -1);
		r.egress.accept = 0;
		rig_round(&r, r.now_ns);
		assert_int_equal(rig_send(qs, 4, 100), 3);
		rig_round(&r, r.now_ns);
		info = info_of(qs);
		assert_int_equal(info.state.backlog_packets, 2);
		assert_int_equal(info.state.y, i < 2 ? 4 : 5);
		r.egress.accept = UINT32_MAX;
		rig_rounds(&r, 10 * MS);
		assert_int_equal(rig_counts(qs).queued, 0);
		assert_int_equal(rig_counts(qs).accepted, 3);
		rig_end(&r);
	}
}

/* Who is given no name is not refused because another was given the one of an id. */
static void test_name_of_another_id(void **state)
{
	struct rte_qsock *qs;
	unsigned int i;

	rig_port(&r, .max_sockets = 130);
	assert_non_null(rig_open(&r, .name = "s1"));
	assert_non_null(rig_open(&r, .name = "s64"));
	for (i = 0; i < 127; i++)
		assert_ptr_not_equal(rte_qsock_lookup(r.port, "s1"), rig_open(&r, .name = NULL));
	assert_non_null(rte_qsock_lookup(r.port, "s129"));
	/* A name of its own goes with any id. */
	qs = rig_open(&r, .name = "other");
	assert_int_equal(qs_socket_id(qs), 64);
	assert_int_equal(rte_qsock_close(qs), 0);
	assert_int_equal(rte_qsock_close(rte_qsock_lookup(r.port, "s64")), 0);
	qs = rig_open(&r, .name = NULL);
	assert_ptr_equal(rte_qsock_lookup(r.port, "s64"), qs);
	rig_end(&r);
}

/* Closed before it has sent, before its first packets have been taken, and with time for them. */
static void test_closed_early(void **state)
{
	struct rte_qsock_port_info info;
	struct rte_qsock *qs;

	rig_port(&r, .scheduler = "dwcs");
	qs = rig_open(&r, .name = "never");
	assert_int_equal(rte_qsock_close(qs), 0);
	assert_ptr_equal(rig_open(&r, .name = "early"), qs);
	assert_int_equal(rig_send(qs, 3, 100), 3);
	assert_int_equal(rte_qsock_close(qs), 0);
	rig_rounds(&r, MS);
	info = rig_info(&r);
	assert_int_equal(info.total.closed, 3);
	assert_int_equal(info.total.queued, 0);
	qs = rig_open(&r, .name = "late", .linger_ns = 10 * MS);
	assert_int_equal(rig_send(qs, 3, 100), 3);
	assert_int_equal(rte_qsock_close(qs), 0);
	rig_rounds(&r, 10 * MS);
	info = rig_info(&r);
	assert_int_equal(info.total.closed, 3);
	assert_int_equal(info.total.on_time + info.total.late, 3);
	rig_end(&r);
}

/* Who sends for the first time stands in order of id with the others. */
static void test_first_in_order(void **state)
{
	struct rte_qsock *a, *b;

	rig_port(&r, .scheduler = "fifo");
	a = open_bare("a");
	b = open_bare("b");
	rig_round(&r, r.now_ns);
	assert_int_equal(rig_send(b, 2, 200), 2);
	assert_int_equal(rig_send(a, 1, 100), 1);
	rig_rounds(&r, MS);
	assert_int_equal(r.egress.frames, 3);
	assert_int_equal(r.egress.sizes[0], 100);
	assert_int_equal(r.egress.sizes[1], 200);
	rig_end(&r);
}

/* The lane is full when it would send for the first time: the next time is the first. */
static void test_first_refused(void **state)
{
	struct rte_qsock *flood, *qs;

	rig_port(&r, .scheduler = "dwcs", .max_packets = 1024);
	flood = rig_open(&r, .name = "flood", .queue_packets = 4096, .ipg_ns = 1000);
	qs = rig_open(&r, .name = "a");
	assert_int_equal(rig_send(flood, 1500, 100), 1024);
	assert_int_equal(rig_send(qs, 1, 100), 0);
	assert_int_equal(rig_counts(qs).refused, 1);
	rig_rounds(&r, 10 * MS);
	assert_int_equal(rig_send(qs, 2, 100), 2);
	assert_int_equal(qs->what & QS_SLOT_NEW, 0);
	rig_rounds(&r, 10 * MS);
	assert_int_equal(rig_counts(qs).on_time, 2);
	rig_end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_bytes_of_names),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_name_of_another_id),
		cmocka_unit_test(test_first_send_short),
		cmocka_unit_test(test_at_rest),
		cmocka_unit_test(test_closed_early),
		cmocka_unit_test(test_first_in_order),
		cmocka_unit_test(test_first_refused),
	};
	int ret;

	api_eal_start("qsmemory");
	rte_log_set_level_pattern("lib.qsock", RTE_LOG_CRIT);
	assert_int_equal(rte_qsock_meta_register(), 0); /* which stays */
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	api_eal_stop();
	return ret;
}
