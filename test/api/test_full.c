/* SPDX-License-Identifier: BSD-3-Clause */
/* What happens to packets that find no room, and to those that wait while the driver takes nothing. */
#include "core/qs_txcore.h"
#include "rig.h"

static struct rig r;

static void test_refused(void **state)
{
	struct rte_qsock_counts c;
	struct rte_qsock *qs;

	rig_port(&r, .scheduler = "fifo");
	qs = rig_open(&r, .queue_packets = 8);
	r.egress.accept = 0;
	/* The queue is full, wherever its packets are: nothing that was taken is dropped. */
	assert_int_equal(rig_send(qs, 20, 100), 8);
	rig_rounds(&r, MS);
	assert_int_equal(rig_send(qs, 20, 100), 0);
	assert_int_equal(rte_qsock_tx_room(qs), 0);
	r.egress.accept = 1;
	rig_round(&r, r.now_ns);
	r.egress.accept = 0;
	assert_int_equal(rte_qsock_tx_room(qs), 1);
	assert_int_equal(rig_send(qs, 20, 100), 1);
	rig_rounds(&r, MS);
	c = rig_counts(qs);
	assert_int_equal(c.refused, 12 + 20 + 19);
	assert_int_equal(c.queued, 8);
	assert_int_equal(c.queue_drop, 0);
	r.egress.accept = UINT32_MAX;
	rig_rounds(&r, 5 * MS);
	c = rig_counts(qs);
	assert_int_equal(c.on_time, c.accepted);
	assert_int_equal(c.queued, 0);
	rig_end(&r);
}

static void test_put_drop(void **state)
{
	struct rte_qsock_counts c;
	struct rte_qsock *qs;

	rig_port(&r, .scheduler = "fifo");
	qs = rig_open(&r, .queue_packets = 8, .drop_when_full = true);
	assert_int_equal(rig_send(qs, 20, 100), 8);
	c = rig_counts(qs);
	assert_int_equal(c.queue_drop, 12);
	assert_int_equal(c.refused, 0);
	rig_end(&r);
}

static void test_time_bound(void **state)
{
	struct rte_qsock_counts c;
	struct rte_qsock *qs;

	/* 1 Gbit/s: 40 us are 5,000 bytes, of which each packet takes 1,024. */
	rig_port(&r, .scheduler = "fifo");
	qs = rig_open(&r, .queue_limit_ns = 40000);
	r.egress.accept = 0;
	assert_int_equal(rig_send(qs, 20, 1000), 20);
	rig_rounds(&r, 100000);
	c = rig_counts(qs);
	/* Four are queued, of which one is decided and stays with us. */
	assert_int_equal(c.queue_drop, 20 - 4);
	assert_int_equal(c.queued, 4);
	r.egress.accept = UINT32_MAX;
	rig_rounds(&r, MS);
	assert_int_equal(rig_counts(qs).on_time, 4);
	rig_end(&r);
}

/* The port's last record is one: the packet that takes it is no drop. */
static void test_last_record(void **state)
{
	struct rte_qsock_counts c;
	struct rte_qsock *qs;

	rig_port(&r, .scheduler = "fifo", .max_packets = 64);
	qs = rig_open(&r, .queue_packets = 128, .queue_limit_ns = 50 * MS);
	r.egress.accept = 0;
	assert_int_equal(rig_send(qs, 65, 100), 65);
	rig_rounds(&r, MS);
	c = rig_counts(qs);
	assert_int_equal(c.queue_drop, 1);
	assert_int_equal(c.queued, 64);
	r.egress.accept = UINT32_MAX;
	rig_rounds(&r, MS);
	assert_int_equal(rig_counts(qs).on_time, 64);
	rig_end(&r);
}

/* The smallest frames on a slow link: 84 bytes of its time each, wherever they wait. */
static void test_time_bound_small(void **state)
{
	const uint64_t limit_ns = 50 * MS, frame_ns = 84 * 8 * 100;
	struct rte_qsock *qs;
	uint64_t sent = 0;
	int i;

	rig_port(&r, .scheduler = "fifo");
	assert_int_equal(rte_qsock_port_rate_set(r.port, 10000000), 0);
	qs = rig_open(&r, .queue_packets = 1024, .queue_limit_ns = limit_ns);
	for (i = 0; i < 300; i++) {
		struct rte_qsock_counts c;

		assert_int_equal(rig_send(qs, 50, 60), 50);
		rig_rounds(&r, MS);
		c = rig_counts(qs);
		assert_true(c.queued * frame_ns <= limit_ns + frame_ns);
		sent = c.on_time + c.late;
	}
	/* And the link was never idle, but till the next round: 70 us a frame. */
	assert_in_range(sent, 300 * MS / 70000 - 20, 300 * MS / 70000 + 20);
	assert_in_range(rig_counts(qs).queued, limit_ns / frame_ns - 20, limit_ns / frame_ns + 1);
	rig_end(&r);
}

/* The bound in packets holds of a queue with one in time too, and leaves nothing in the ring. */
static void test_time_bound_packets(void **state)
{
	struct rte_qsock_info info;
	struct rte_qsock *qs;
	int i;

	rig_port(&r, .scheduler = "fifo");
	assert_int_equal(rte_qsock_port_rate_set(r.port, 10000000), 0);
	qs = rig_open(&r, .queue_packets = 8, .ring_packets = 64, .queue_limit_ns = 50 * MS);
	for (i = 0; i < 20; i++) {
		assert_int_equal(rig_send(qs, 64, 60), 64);
		rig_rounds(&r, 10000);
		assert_int_equal(rte_qsock_info_get(qs, &info), 0);
		assert_int_equal(info.ring_used, 0);
		assert_in_range(info.counts.queued, 7, 8);
	}
	rig_counts(qs);
	rig_end(&r);
}

/* Fewer records than packets: what does not fit waits in the rings, and all of it comes. */
static void test_few_records(void **state)
{
	unsigned int i;

	rig_port(&r, .scheduler = "fifo", .max_packets = 64, .rate_bps = UINT64_C(10000000000));
	r.egress.accept = 0;
	for (i = 0; i < 8; i++)
		assert_int_equal(rig_send(rig_open(&r, .name = NULL), 50, 100), 50);
	rig_rounds(&r, MS);
	assert_int_equal(rte_qsock_sched_room(r.port->tx.sched), 0);
	r.egress.accept = UINT32_MAX;
	rig_rounds(&r, 20 * MS);
	assert_int_equal(rig_info(&r).total.on_time, 400);
	rig_end(&r);
}

static void test_link_down(void **state)
{
	struct rte_qsock_egress *e = rte_qsock_egress_ethdev(api_device("net_null0"), 0);
	struct rte_qsock_port_info info;
	struct rte_qsock *qs;

	rig_port(&r, .egress = e, .rate_bps = UINT64_C(10000000000));
	qs = rig_open(&r, .name = "a");
	rig_rounds(&r, 50 * MS);
	e->link_down = true;
	rig_send(qs, 20, 100);
	rig_rounds(&r, 50000);
	info = rig_info(&r);
	assert_true(info.link_down);
	assert_int_equal(info.total.queued, 20);
	/* The next look at the device says that it is up. */
	rig_rounds(&r, 200 * MS);
	info = rig_info(&r);
	assert_false(info.link_down);
	assert_int_equal(info.total.queued, 0);
	rig_end(&r);
}

/* Every setting at one end of its range, or at the other. */
static void at_the_ends(const char *scheduler, bool most)
{
	struct rte_qsock_conf sc = api_socket_conf("a name of thirty-one characters");
	struct rte_qsock_port_info port;
	struct rte_qsock_info info;
	struct rte_qsock *qs;

	rig_port(&r, .name = "port of thirty-one characters..", .scheduler = scheduler,
		 .rate_bps = most ? RTE_QSOCK_RATE_MAX_BPS : RTE_QSOCK_RATE_MIN_BPS,
		 .ahead_ns = most ? 10 * MS : 0, .catchup_ns = most ? 1000 * MS : 0, .max_sockets = 1,
		 .max_packets = most ? 65536 : 64, .overhead_set = 1, .overhead_bytes = most ? 255 : 0,
		 .sleep_after_ns = most ? 10000 * MS : 1, .stall_ns = most ? 1000 * MS : 1000);
	sc.stream.ipg_ns = most ? RTE_QSOCK_IPG_MAX_NS : RTE_QSOCK_IPG_MIN_NS;
	sc.stream.deadline_ns = most ? RTE_QSOCK_DEADLINE_MAX_NS : 1;
	sc.stream.old = most ? RTE_QSOCK_WINDOW_MAX : 1;
	sc.stream.oln = most ? RTE_QSOCK_WINDOW_MAX : 0;
	sc.stream.queue_packets = most ? RTE_QSOCK_QUEUE_MAX : 1;
	sc.ring_packets = most ? RTE_QSOCK_QUEUE_MAX : 1;
	sc.queue_limit_ns = most ? 1000000 * MS : 1;
	sc.linger_ns = most ? 1000000 * MS : 0;
	qs = rte_qsock_open(r.port, &sc);
	assert_non_null(qs);
	assert_int_equal(rig_send(qs, 100, 1518), 100);
	rig_rounds(&r, MS);
	assert_int_equal(rte_qsock_info_get(qs, &info), 0);
	api_balance(&info.counts);
	assert_string_equal(info.name, sc.name);
	assert_memory_equal(&info.conf, &sc.stream, sizeof(sc.stream));
	assert_int_equal(info.counts.offered, 100);
	assert_int_equal(info.counts.queue_drop, most ? 0 : 99);
	assert_true(info.counts.on_time + info.counts.late_drop >= 1);
	assert_int_equal(rte_qsock_close(qs), 0);
	rig_rounds(&r, MS);
	port = rig_info(&r);
	assert_int_equal(port.total.closed, 0);
	assert_int_equal(port.rate_bps, most ? RTE_QSOCK_RATE_MAX_BPS : RTE_QSOCK_RATE_MIN_BPS);
	rig_end(&r);
}

static void test_at_the_ends(void **state)
{
	static const char *const schedulers[] = {"dwcs", "vds", "edf", "fifo"};
	unsigned int i;

	for (i = 0; i < RTE_DIM(schedulers); i++) {
		at_the_ends(schedulers[i], true);
		at_the_ends(schedulers[i], false);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),		 cmocka_unit_test(test_put_drop),
		cmocka_unit_test(test_time_bound),	 cmocka_unit_test(test_last_record),
		cmocka_unit_test(test_time_bound_small), cmocka_unit_test(test_time_bound_packets),
		cmocka_unit_test(test_few_records),	 cmocka_unit_test(test_link_down),
		cmocka_unit_test(test_at_the_ends),
	};
	int ret;

	api_eal_start("qsfull");
	rte_log_set_level_pattern("lib.qsock", RTE_LOG_CRIT);
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	api_eal_stop();
	return ret;
}
