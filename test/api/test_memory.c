/* SPDX-License-Identifier: BSD-3-Clause */
/* What a socket takes of memory, at rest and once it has sent, and what it is before it has. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_malloc.h>

#include "rig.h"
#include "scarce.h"

#define SOCKETS 16384u

/* Bytes of the library for a socket: see doc/guides/performance.rst. Histograms, which may be had without,
 * are not among them; records of packets and lanes are not for sockets. */
#define AT_REST_MAX 124u  /* of one that has never sent */
#define NAMED_MAX 168u	  /* of one that was given a name */
#define PORT_MAX 200u	  /* of a port for each that it may have */
#define SENT_MAX 640u	  /* of one that has sent: all together */
#define SLACK_BYTES 98304 /* what a port takes for itself, 20 kB of it for its ledger of stalls */

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
	assert_int_equal(rig_counts(sockets[7]).offered, 0);
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
	/* A name that is in use so, and one that keeps the id that it looks like from it. */
	rte_errno = 0;
	assert_null(open_bare("s1"));
	assert_int_equal(rte_errno, EEXIST);
	named = open_bare("s3");
	assert_ptr_equal(rte_qsock_lookup(r.port, "s3"), named);
	rte_errno = 0;
	assert_null(open_bare(NULL));
	assert_int_equal(rte_errno, EEXIST);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_bytes_of_names),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_first_send_short),
	};
	int ret;

	api_eal_start("qsmemory");
	rte_log_set_level_pattern("lib.qsock", RTE_LOG_CRIT);
	assert_int_equal(rte_qsock_meta_register(), 0); /* which stays */
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	api_eal_stop();
	return ret;
}
