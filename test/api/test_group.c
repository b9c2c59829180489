/* SPDX-License-Identifier: BSD-3-Clause */
/* A group of ports, from one thread: what a socket takes along when it moves, and where it may not. */
#include <stdlib.h>
#include <string.h>

#include "core/qs_migrate.h"
#include "group_rig.h"

static struct group_rig r;

static int count_one(struct rte_qsock *qs, void *arg)
{
	(*(uint32_t *)arg)++;
	return 0;
}

static uint32_t sockets_of(uint32_t member)
{
	uint32_t n = 0;

	assert_int_equal(rte_qsock_foreach(rte_qsock_group_port(r.group, member), count_one, &n), 0);
	assert_int_equal(group_port_info(&r, member).sockets, n);
	return n;
}

/* Sockets spread over the members; one name is one socket, wherever it is. */
static void test_places(void **state)
{
	struct rte_qsock_group_conf gc = group_conf(&r, 3, "dwcs");
	struct rte_qsock_conf conf = api_socket_conf(NULL);
	struct rte_qsock *qs[6], *a;
	uint32_t i;

	group_make(&r, &gc);
	assert_string_equal(rte_qsock_port_name(rte_qsock_group_port(r.group, 2)), "group.2");
	assert_ptr_equal(rte_qsock_port_lookup("group.1"), rte_qsock_group_port(r.group, 1));
	for (i = 0; i < 6; i++)
		assert_non_null(qs[i] = rte_qsock_group_open(r.group, &conf));
	for (i = 0; i < 3; i++)
		assert_int_equal(sockets_of(i), 2);
	a = group_open(&r, 1, "a");
	assert_ptr_equal(rte_qsock_group_lookup(r.group, "a"), a);
	assert_null(rte_qsock_lookup(rte_qsock_group_port(r.group, 0), "a"));
	conf.name = "a";
	assert_null(rte_qsock_group_open(r.group, &conf));
	assert_int_equal(rte_errno, EEXIST);
	group_move(&r, a, 0);
	group_move(&r, a, 0);
	assert_ptr_equal(rte_qsock_group_lookup(r.group, "a"), a);
	assert_ptr_equal(rte_qsock_lookup(rte_qsock_group_port(r.group, 0), "a"), a);
	assert_null(rte_qsock_lookup(rte_qsock_group_port(r.group, 1), "a"));
	assert_int_equal(sockets_of(0), 3);
	assert_int_equal(sockets_of(1), 2);
	assert_int_equal(group_info(&r).moves, 1);
	assert_int_equal(rte_qsock_close(a), 0);
	assert_int_equal(rte_qsock_close(qs[0]), 0);
	assert_null(rte_qsock_group_lookup(r.group, "a"));
	assert_int_equal(group_info(&r).sockets, 5);
	/* Ids come free again, though the socket had left the port where it was opened. */
	conf.name = NULL;
	for (i = 5; i < GROUP_SOCKETS; i++)
		assert_non_null(rte_qsock_group_open(r.group, &conf));
	assert_null(rte_qsock_group_open(r.group, &conf));
	assert_int_equal(rte_errno, ENOSPC);
	group_end(&r);
}

/* What is in a lane, in the queue and sent, before and after; counts stay where things happened. */
static void whole(const char *scheduler)
{
	struct rte_qsock_group_conf gc = group_conf(&r, 2, scheduler);
	struct rte_qsock_conf conf = api_socket_conf("whole");
	struct rte_qsock *qs;
	uint32_t number = 0;

	gc.port.work_conserving = true;
	group_make(&r, &gc);
	conf.stream.droppable = false;
	conf.stream.in_order = true;
	conf.stream.ipg_ns = UINT64_C(100000000000);
	conf.stream.deadline_ns = UINT64_C(100000000000);
	qs = rte_qsock_open(rte_qsock_group_port(r.group, 0), &conf);
	assert_non_null(qs);
	while (number < 5)
		assert_true(group_send(qs, 1, number++));
	group_until_sent(&r, 5);
	/* These are in the queue, */
	r.egress[0].accept = 0;
	assert_true(group_send(qs, 1, number++)); /* but for one that is decided */
	while (number < 20)
		assert_true(group_send(qs, 1, number++));
	rte_qsock_tx_poll(rte_qsock_group_port(r.group, 0));
	r.egress[0].accept = UINT32_MAX;
	rte_qsock_tx_poll(rte_qsock_group_port(r.group, 0));
	group_until_sent(&r, 20);
	/* and these in the lane. */
	while (number < 30)
		assert_true(group_send(qs, 1, number++));
	group_move(&r, qs, 1);
	assert_int_equal(group_socket_info(qs).counts.on_time, 20);
	assert_int_equal(group_socket_info(qs).counts.queued, 10);
	assert_int_equal(group_socket_info(qs).ring_used, 0);
	assert_int_equal(group_port_info(&r, 0).total.on_time, 20);
	assert_int_equal(group_port_info(&r, 0).total.queued, 0);
	assert_int_equal(group_port_info(&r, 0).total.offered, 20);
	assert_int_equal(group_port_info(&r, 1).total.queued, 10);
	assert_int_equal(group_port_info(&r, 1).total.offered, 10);
	while (number < 40)
		assert_true(group_send(qs, 1, number++));
	group_until_sent(&r, 40);
	assert_int_equal(r.egress[0].frames, 20);
	assert_int_equal(r.egress[1].frames, 20);
	while (number < 50)
		assert_true(group_send(qs, 1, number++));
	group_move(&r, qs, 0);
	group_move(&r, qs, 1);
	group_move(&r, qs, 0);
	group_until_sent(&r, 50);
	assert_int_equal(r.egress[0].frames, 30);
	assert_int_equal(group_socket_info(qs).counts.on_time, 50);
	assert_int_equal(group_info(&r).total.on_time, 50);
	assert_int_equal(rte_qsock_port_stats_reset(rte_qsock_group_port(r.group, 0)), 0);
	assert_int_equal(group_port_info(&r, 0).total.offered, 0);
	while (number < 55)
		assert_true(group_send(qs, 1, number++));
	group_move(&r, qs, 1);
	group_until_sent(&r, 55);
	assert_int_equal(group_port_info(&r, 0).total.offered, 0);
	assert_int_equal(group_port_info(&r, 1).total.on_time, 25);
	assert_int_equal(group_socket_info(qs).counts.on_time, 5); /* since the reset */
	assert_int_equal(rte_qsock_close(qs), 0);
	group_end(&r);
}

static void test_whole(void **state)
{
	whole("dwcs");
	whole("vds");
	whole("edf");
	whole("fifo");
}

/* A stream in the middle of its window, late and tagged: it stays so. */
static void state_survives(const char *scheduler)
{
	struct rte_qsock_group_conf gc = group_conf(&r, 2, scheduler);
	struct rte_qsock_conf conf = api_socket_conf("state");
	struct rte_qsock_info before, after;
	struct rte_qsock *qs;
	uint32_t number = 0;

	gc.port.rate_bps = 1000000; /* a frame takes 1.4 ms of a share, so that periods pass */
	group_make(&r, &gc);
	conf.stream.ipg_ns = 1000000;
	conf.stream.deadline_ns = 1000000;
	conf.stream.oln = 1;
	conf.stream.old = 3;
	qs = rte_qsock_open(rte_qsock_group_port(r.group, 0), &conf);
	assert_non_null(qs);
	do {
		number += group_send(qs, 1, number);
		rte_qsock_tx_poll(rte_qsock_group_port(r.group, 0));
		before = group_socket_info(qs);
	} while (before.counts.late_drop < 5 || before.state.backlog_packets < 3);
	group_move(&r, qs, 1);
	after = group_socket_info(qs);
	assert_memory_equal(&after.state, &before.state, sizeof(after.state));
	assert_memory_equal(&after.conf, &before.conf, sizeof(after.conf));
	assert_memory_equal(&after.counts, &before.counts, sizeof(after.counts));
	assert_int_equal(after.delay.count, before.delay.count);
	assert_int_equal(after.id, before.id);
	assert_int_equal(group_port_info(&r, 0).total.violations, before.counts.violations);
	assert_int_equal(group_port_info(&r, 1).total.violations, 0);
	/* It can be changed there as here. */
	conf.stream.old = 4;
	assert_int_equal(rte_qsock_change(qs, &conf.stream), 0);
	assert_int_equal(group_socket_info(qs).conf.old, 4);
	assert_int_equal(rte_qsock_stats_reset(qs), 0);
	assert_int_equal(group_socket_info(qs).counts.late_drop, 0);
	group_end(&r);
}

static void test_state(void **state)
{
	state_survives("dwcs");
	state_survives("vds");
	state_survives("edf");
}

/* A bound in time, and one whose packets are dropped untold: they go with it. */
static void test_bounded(void **state)
{
	struct rte_qsock_group_conf gc = group_conf(&r, 2, "fifo");
	struct rte_qsock_conf conf = api_socket_conf("bounded");
	struct rte_qsock *qs;
	uint32_t i, queued;

	gc.port.rate_bps = 2000000;
	group_make(&r, &gc);
	conf.queue_limit_ns = 10000000; /* 10 ms at 1 Mbit/s: 14 of 88 bytes */
	conf.drop_when_full = true;
	qs = rte_qsock_open(rte_qsock_group_port(r.group, 0), &conf);
	for (i = 0; i < 40; i++)
		assert_true(group_send(qs, 2, i));
	group_polls(&r, 1);
	queued = group_socket_info(qs).state.backlog_packets;
	assert_in_range(queued, 13, 15);
	assert_int_equal(
		group_socket_info(qs).counts.queue_drop + queued + group_socket_info(qs).counts.on_time, 40);
	group_move(&r, qs, 1);
	for (i = 40; i < 80; i++)
		assert_true(group_send(qs, 2, i));
	group_polls(&r, 1);
	assert_in_range(group_socket_info(qs).state.backlog_packets, 12, 15);
	while (group_socket_info(qs).counts.queued > 0)
		group_polls(&r, 1);
	assert_int_equal(qs->tx->queued, 0);
	assert_int_equal(qs_tx_rare(qs->tx)->queued_bytes, 0);
	group_end(&r);
}

/* Shares are one another's: what one member does not want the other has; the sum is the rate. */
static void test_shares(void **state)
{
	struct rte_qsock_group_conf gc = group_conf(&r, 4, "fifo");
	struct rte_qsock_group_info info;
	struct rte_qsock *qs;
	uint32_t number = 0, i;

	gc.port.rate_bps = UINT64_C(100000000);
	group_make(&r, &gc);
	info = group_info(&r);
	for (i = 0; i < 4; i++)
		assert_int_equal(info.member[i].share_bps, 25000000);
	qs = group_open(&r, 2, "busy");
	for (i = 0; i < 20000; i++) {
		number += group_send(qs, 3, number);
		group_polls(&r, 1);
		if (i % 100 == 0) {
			assert_int_equal(rte_qsock_group_balance(r.group), 0);
			info = group_info(&r);
		}
	}
	/* Floors of the others: 62 thousandths of a quarter each. */
	assert_true(info.member[2].share_bps > 90000000);
	for (i = 0; i < 4; i++)
		assert_true(info.member[i].share_bps >= 1550000);
	assert_int_equal(group_port_info(&r, 2).rate_bps, info.member[2].share_bps);
	assert_true(info.member[2].demand_bps > info.member[0].demand_bps);
	/* The busy member is where no more sockets go. */
	assert_non_null(rte_qsock_group_open(r.group, &(struct rte_qsock_conf){
							      .size = sizeof(struct rte_qsock_conf),
							      .stream = api_socket_conf(NULL).stream,
						      }));
	assert_int_equal(sockets_of(2), 1);
	/* Less for all, at once. */
	assert_int_equal(rte_qsock_group_rate_set(r.group, 50000000), 0);
	info = group_info(&r);
	assert_int_equal(info.rate_bps, 50000000);
	assert_true(info.shared_bps <= 50000000);
	/* It asks for nothing any more: after some time shares are equal again. */
	for (i = 0; i < 200; i++) {
		group_polls(&r, 20);
		assert_int_equal(rte_qsock_group_balance(r.group), 0);
	}
	while (group_info(&r).total.queued > 0)
		group_polls(&r, 100);
	for (i = 0; i < 300; i++)
		assert_int_equal(rte_qsock_group_balance(r.group), 0);
	info = group_info(&r);
	for (i = 0; i < 4; i++)
		assert_in_range(info.member[i].share_bps, 12000000, 13000000);
	group_end(&r);
}

/* Two queues of a device, and one that has not so many. */
static void test_device(void **state)
{
	struct rte_qsock_ethdev_conf ec = {.size = sizeof(ec), .rx_pool = api_pool, .tx_queues = 2};
	struct rte_qsock_group_conf gc = group_conf(&r, 2, "dwcs");
	uint16_t id = api_device("net_null0");
	struct rte_qsock_egress *queues[2];
	struct rte_eth_stats stats;
	struct rte_qsock *qs;
	uint32_t number = 0;

	assert_int_equal(rte_eth_dev_stop(id), 0);
	assert_int_equal(rte_qsock_ethdev_setup(id, &ec), 0);
	assert_null(rte_qsock_egress_ethdev(id, 2));
	assert_int_equal(rte_errno, EINVAL);
	queues[0] = rte_qsock_egress_ethdev(id, 0);
	queues[1] = rte_qsock_egress_ethdev(id, 1);
	gc.egress = queues;
	gc.port.work_conserving = true;
	group_make(&r, &gc);
	rte_eth_stats_reset(id);
	qs = group_open(&r, 0, "a");
	while (number < 10)
		assert_true(group_send(qs, 1, number++));
	group_move(&r, qs, 1);
	while (group_info(&r).total.queued > 0)
		group_polls(&r, 1);
	while (number < 30)
		assert_true(group_send(qs, 1, number++));
	group_move(&r, qs, 0);
	while (group_info(&r).total.queued > 0)
		group_polls(&r, 1);
	assert_int_equal(rte_eth_stats_get(id, &stats), 0);
	assert_int_equal(stats.q_opackets[0], 20);
	assert_int_equal(stats.q_opackets[1], 10);
	assert_int_equal(rte_qsock_group_free(r.group), 0);
	api_pool_whole();
	assert_int_equal(rte_eth_dev_stop(id), 0);
	ec.tx_queues = UINT16_MAX;
	assert_int_equal(rte_qsock_ethdev_setup(id, &ec), -1);
	assert_int_equal(rte_errno, EINVAL);
	ec.tx_queues = 0;
	assert_int_equal(rte_qsock_ethdev_setup(id, &ec), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),	cmocka_unit_test(test_whole),  cmocka_unit_test(test_state),
		cmocka_unit_test(test_bounded), cmocka_unit_test(test_shares), cmocka_unit_test(test_device),
	};
	int ret;

	api_eal_start("qsgroup");
	rte_log_set_level_pattern("lib.qsock", RTE_LOG_CRIT);
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	api_eal_stop();
	return ret;
}
