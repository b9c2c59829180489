/* SPDX-License-Identifier: BSD-3-Clause */
/* How packets end that were accepted: sent late, dropped late, closed with their socket; and how counting
 * begins anew. */
#include "core/qs_port.h"
#include "rig.h"

static struct rig r;

static void test_late(void **state)
{
	struct rte_qsock *drop, *keep;
	struct rte_qsock_info info;
	struct rte_mbuf *m;

	rig_port(&r, .scheduler = "edf");
	drop = rig_open(&r, .name = "a");
	keep = rig_open(&r, .name = "b", .non_droppable = true);
	/* Their time was over 3 ms before they came. */
	m = api_packet(100);
	rte_qsock_set_deadline(m, r.now_ns - 3 * MS);
	rig_put(drop, m);
	m = api_packet(100);
	rte_qsock_set_deadline(m, r.now_ns - 3 * MS);
	rig_put(keep, m);
	rig_rounds(&r, MS);
	assert_int_equal(rig_counts(drop).late_drop, 1);
	assert_int_equal(rig_counts(keep).late, 1);
	assert_int_equal(rte_qsock_info_get(keep, &info), 0);
	assert_int_equal(info.lateness.count, 1);
	assert_in_range(info.lateness.max_ns, 3 * MS, 3 * MS + 10000);
	/* And one of the stream's, 1 ms after its arrival, while nobody polls for 5 ms. */
	assert_int_equal(rig_send(keep, 2, 1226), 2);
	rig_round(&r, r.now_ns);
	r.now_ns += 5 * MS;
	rig_rounds(&r, MS);
	assert_int_equal(rte_qsock_info_get(keep, &info), 0);
	assert_int_equal(info.lateness.count, 2);
	assert_in_range(info.lateness.max_ns, 4 * MS - 10000, 4 * MS + 10000);
	rig_end(&r);
}

/* Delay counts from the sender's stamp, though an mbuf that the driver has taken is somebody else's. */
static void test_stamp(void **state)
{
	struct rte_qsock_info info;
	struct rte_qsock *qs;
	struct rte_mbuf *m;
	unsigned int i;

	rig_port(&r, .scheduler = "dwcs", .work_conserving = true, .rate_bps = 100000000000);
	qs = rig_open(&r, .name = "a");
	for (i = 0; i < 6; i++) {
		m = api_packet(100);
		rte_qsock_meta_init(m)->sent_ns = r.now_ns - 3 * MS;
		rig_put(qs, m);
	}
	/* Some at once, and some that wait for the driver. */
	r.egress.accept = 4;
	rig_round(&r, r.now_ns);
	r.egress.accept = UINT32_MAX;
	rig_rounds(&r, MS);
	assert_int_equal(rig_counts(qs).on_time + rig_counts(qs).late, 6);
	assert_int_equal(rte_qsock_info_get(qs, &info), 0);
	assert_int_equal(info.delay.count, 6);
	assert_in_range(info.delay.min_ns, 3 * MS, 3 * MS + 10000);
	assert_in_range(info.delay.max_ns, 3 * MS, 4 * MS);
	rig_end(&r);
}

/* Without a deadline of their own, packets miss their stream's: the first of them counts. */
static void test_lateness_of_periods(void **state)
{
	static const char *const names[] = {"dwcs", "vds"};
	struct rte_qsock_info info;
	struct rte_qsock *qs;
	unsigned int i;

	for (i = 0; i < RTE_DIM(names); i++) {
		rig_port(&r, .scheduler = names[i]);
		qs = rig_open(&r, .name = "a", .ipg_ns = 10 * MS, .non_droppable = true);
		r.egress.accept = 0;
		rig_round(&r, r.now_ns);
		assert_int_equal(rig_send(qs, 2, 100), 2);
		rig_round(&r, r.now_ns);
		/* The first went on its way to the driver in time; the second has until 20 ms from now. */
		rig_round(&r, r.now_ns += 45 * MS);
		r.egress.accept = UINT32_MAX;
		rig_rounds(&r, MS);
		assert_int_equal(rig_counts(qs).late, 1);
		assert_int_equal(rte_qsock_info_get(qs, &info), 0);
		assert_int_equal(info.lateness.count, 1);
		assert_in_range(info.lateness.max_ns, 24 * MS, 27 * MS);
		rig_end(&r);
	}
}

static void test_frame_drop(void **state)
{
	struct rte_qsock *qs;
	int i;

	rig_port(&r, .scheduler = "edf");
	qs = rig_open(&r, .name = "a");
	for (i = 0; i < 4; i++) {
		struct rte_mbuf *m = api_packet(100);

		rte_qsock_set_frame(m, i == 0, i == 3);
		rte_qsock_set_deadline(m, i == 0 ? r.now_ns - MS : r.now_ns + 100 * MS);
		rig_put(qs, m);
	}
	rig_rounds(&r, MS);
	assert_int_equal(rig_counts(qs).late_drop, 1);
	assert_int_equal(rig_counts(qs).frame_drop, 3);
	rig_end(&r);
}

static void test_close_at_once(void **state)
{
	struct rte_qsock_port_info info;
	struct rte_qsock *qs;

	rig_port(&r, .scheduler = "fifo");
	qs = rig_open(&r, .name = "a", .queue_packets = 16);
	r.egress.accept = 0;
	rig_send(qs, 8, 100);
	rig_rounds(&r, MS);
	rig_send(qs, 8, 100);
	/* One decided, seven queued, eight on their way. */
	assert_int_equal(rte_qsock_close(qs), 0);
	rte_errno = 0;
	assert_int_equal(rte_qsock_close(qs), -1);
	assert_int_equal(rte_errno, EINVAL);
	rig_rounds(&r, MS);
	info = rig_info(&r);
	assert_int_equal(info.total.queued, 1);
	assert_int_equal(info.total.closed, 15);
	assert_int_equal(info.sockets, 0);
	/* Its id is not free before the driver has its frame. */
	assert_int_equal(qs_socket_id(rig_open(&r, .name = "b", .queue_packets = 8)), 1);
	r.egress.accept = 1;
	rig_rounds(&r, MS);
	assert_int_equal(qs_socket_id(rig_open(&r, .name = "c", .queue_packets = 8)), 0);
	info = rig_info(&r);
	assert_int_equal(info.total.on_time, 1);
	assert_int_equal(info.total.offered, 16);
	rig_end(&r);
}

/* Much that is queued ends in many rounds: each takes some, all of it is accounted for, and the other
 * socket's packets go on meanwhile. */
static void test_close_much(void **state)
{
	static const char *const names[] = {"fifo", "dwcs", "edf"};
	const uint32_t much = 300, a_round = 2 * QS_CLOSE_MAX;
	struct rte_qsock_port_info info;
	uint64_t closed, sent;
	unsigned int i;

	for (i = 0; i < RTE_DIM(names); i++) {
		struct rte_qsock *qs, *other;

		rig_port(&r, .scheduler = names[i]);
		qs = rig_open(&r, .name = "much", .queue_packets = 512, .ipg_ns = 1000 * MS);
		other = rig_open(&r, .name = "other", .non_droppable = true);
		r.egress.accept = 0;
		assert_int_equal(rig_send(qs, much, 100), much);
		rig_rounds(&r, MS);
		assert_int_equal(rig_send(other, 8, 100), 8);
		assert_int_equal(rte_qsock_close(qs), 0);
		info = rig_info(&r);
		closed = info.total.closed;
		/* None in the call itself: they are fetched first. */
		assert_int_equal(closed, 0);
		/* Its id and its packets are still there. */
		assert_int_equal(qs_socket_id(rig_open(&r, .name = "much")), 2);
		r.egress.accept = UINT32_MAX;
		for (sent = info.total.on_time + info.total.late; closed < much - 1;
		     closed = info.total.closed) {
			rig_round(&r, r.now_ns += MS);
			info = rig_info(&r);
			assert_in_range(info.total.closed - closed, 1, a_round);
			assert_int_equal(info.total.offered, much + 8);
		}
		rig_rounds(&r, MS);
		info = rig_info(&r);
		/* But the one that was decided before. */
		assert_int_equal(info.total.closed, much - 1);
		assert_int_equal(info.total.on_time + info.total.late, sent + 1 + 8);
		assert_int_equal(info.total.queued, 0);
		assert_int_equal(rig_counts(other).on_time + rig_counts(other).late, 8);
		assert_int_equal(qs_socket_id(rig_open(&r, .name = "again")), 0);
		rig_end(&r);
	}
}

/* The port goes while a socket is being closed. */
static void test_close_much_and_free(void **state)
{
	struct rte_qsock *qs;

	rig_port(&r, .scheduler = "fifo");
	qs = rig_open(&r, .name = "much", .queue_packets = 512);
	r.egress.accept = 0;
	assert_int_equal(rig_send(qs, 300, 100), 300);
	rig_rounds(&r, MS);
	assert_int_equal(rte_qsock_close(qs), 0);
	rig_round(&r, r.now_ns += MS);
	assert_in_range(rig_info(&r).total.closed, QS_CLOSE_MAX, 2 * QS_CLOSE_MAX);
	rig_end(&r);
}

/* A decision after a call of [ctl] in the same round has no other time than the round. */
static void test_close_in_time(void **state)
{
	const struct qs_pace *pace;
	struct rte_qsock *a, *b;
	uint64_t clock_ns;

	rig_port(&r, .scheduler = "dwcs");
	pace = &r.port->tx.pace;
	a = rig_open(&r, .name = "a");
	b = rig_open(&r, .name = "b");
	clock_ns = pace->clock_ns; /* the call looks at the real one */
	while (rte_qsock_now_ns() <= clock_ns + 1)
		;
	assert_int_equal(rte_qsock_close(b), 0);
	assert_int_equal(rig_send(a, 1, 100), 1);
	assert_int_equal(rig_round(&r, clock_ns + 1), 1);
	assert_int_equal(pace->now_ns, pace->clock_ns);
	rig_end(&r);
}

static void test_linger(void **state)
{
	struct rte_qsock_port_info info;
	struct rte_qsock *qs;

	rig_port(&r, .scheduler = "fifo");
	qs = rig_open(&r, .name = "a", .linger_ns = 5 * MS);
	rig_rounds(&r, MS);
	/* 1,250 bytes are 10 us and a little: about 490 in 5 ms, of a ring and a queue of 64 each. */
	rig_send(qs, 64, 1226);
	assert_int_equal(rte_qsock_close(qs), 0);
	rig_rounds(&r, 2 * MS);
	info = rig_info(&r);
	assert_int_equal(info.total.on_time, 64);
	assert_int_equal(info.total.closed, 0);
	/* Again, with a driver that takes 10. */
	qs = rig_open(&r, .name = "a", .linger_ns = 5 * MS);
	rig_send(qs, 64, 1226);
	r.egress.accept = 10;
	assert_int_equal(rte_qsock_close(qs), 0);
	rig_rounds(&r, 4 * MS);
	assert_int_equal(rig_info(&r).total.closed, 0);
	rig_rounds(&r, 2 * MS);
	info = rig_info(&r);
	assert_int_equal(info.total.on_time, 74);
	assert_int_equal(info.total.queued, 1);
	assert_int_equal(info.total.closed, 53);
	rig_end(&r);
}

/* One socket begins anew; its port, and its neighbour, go on. */
static void test_reset_one(void **state)
{
	struct rte_qsock *a, *b;

	rig_port(&r, .scheduler = "fifo");
	a = rig_open(&r, .name = "a");
	b = rig_open(&r, .name = "b");
	r.egress.accept = 5;
	rig_send(a, 10, 100);
	rig_send(b, 10, 100);
	rig_rounds(&r, MS);
	assert_int_equal(rte_qsock_stats_reset(a), 0);
	assert_int_equal(rig_counts(a).on_time, 0);
	assert_int_equal(rig_counts(a).offered, rig_counts(a).queued);
	assert_int_equal(rig_counts(b).offered, 10);
	assert_int_equal(rig_info(&r).total.offered, 20);
	assert_int_equal(rig_info(&r).total.on_time, 5);
	rig_end(&r);
}

static void test_reset(void **state)
{
	struct rte_qsock_port_info info;
	struct rte_qsock_counts c;
	struct rte_qsock *qs;

	rig_port(&r, .scheduler = "fifo");
	qs = rig_open(&r, .queue_packets = 16);
	r.egress.accept = 5;
	rig_send(qs, 20, 100);
	rig_rounds(&r, MS);
	assert_int_equal(rte_qsock_port_stats_reset(r.port), 0);
	c = rig_counts(qs);
	assert_int_equal(c.queued, 11);
	assert_int_equal(c.accepted, 11);
	assert_int_equal(c.offered, 11);
	info = rig_info(&r);
	assert_int_equal(info.total.offered, 11);
	assert_int_equal(info.total.on_time, 0);
	r.egress.accept = UINT32_MAX;
	rig_rounds(&r, MS);
	assert_int_equal(rig_counts(qs).on_time, 11);
	info = rig_info(&r);
	assert_int_equal(info.total.on_time, 11);
	assert_int_equal(info.total.sent_bytes, 1100);
	rig_end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_stamp),
		cmocka_unit_test(test_lateness_of_periods),
		cmocka_unit_test(test_frame_drop),
		cmocka_unit_test(test_close_in_time),
		cmocka_unit_test(test_linger),
		cmocka_unit_test(test_close_at_once),
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_reset_one),
		cmocka_unit_test(test_close_much),
		cmocka_unit_test(test_close_much_and_free),
	};
	int ret;

	api_eal_start("qsends");
	rte_log_set_level_pattern("lib.qsock", RTE_LOG_CRIT);
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	api_eal_stop();
	return ret;
}
