/* SPDX-License-Identifier: BSD-3-Clause */
/* What a packet says of itself, what can never be sent, and packets that are several frames. */
#include <string.h>

#include "rig.h"

static struct rig r;

static void test_no_neighbour(void **state)
{
	struct rte_mbuf *m = api_packet(100);
	struct rte_qsock *qs;

	rig_port(&r, .scheduler = "dwcs");
	qs = rig_open(&r, .name = "a");
	rte_qsock_meta_init(m)->flags |= RTE_QSOCK_META_NO_NEIGH;
	rig_put(qs, m);
	rig_rounds(&r, MS);
	assert_int_equal(rig_counts(qs).neigh_drop, 1);
	assert_int_equal(r.egress.frames, 0);
	rig_end(&r);
}

static void test_oversize(void **state)
{
	struct rte_qsock *qs;

	rig_port(&r, .scheduler = "dwcs");
	qs = rig_open(&r, .name = "a");
	assert_int_equal(rig_send(qs, 1, 1518), 1);
	assert_int_equal(rig_send(qs, 1, 1519), 1);
	rig_rounds(&r, 3 * MS);
	assert_int_equal(rig_counts(qs).tx_error, 1);
	assert_int_equal(rig_counts(qs).on_time, 1);
	assert_int_equal(rig_counts(qs).sent_bytes, 1518);
	rig_end(&r);
}

static void tx_errors(bool silent)
{
	struct rte_qsock *a, *b;

	rig_port(&r, .scheduler = "fifo");
	a = rig_open(&r, .name = "a");
	b = rig_open(&r, .name = "b");
	r.egress.fail_every = 3;
	r.egress.silent = silent;
	assert_int_equal(rig_send(a, 15, 100) + rig_send(b, 15, 100), 30);
	rig_rounds(&r, 3 * MS);
	assert_int_equal(rig_counts(a).tx_error + rig_counts(b).tx_error, 10);
	assert_int_equal(rig_counts(a).on_time + rig_counts(b).on_time, 20);
	assert_int_equal(rig_counts(a).tx_error, 5);
	rig_end(&r);
}

static void test_tx_error(void **state)
{
	tx_errors(false);
	tx_errors(true);
}

/* What is set is what is got; a packet of which nothing was said has nothing of its own. */
static void test_getters(void **state)
{
	struct rte_mbuf *m = api_packet(100);
	bool start = true, end = true;

	assert_int_equal(rte_qsock_meta_register(), 0);
	memset(rte_qsock_meta(m), 0xff, sizeof(struct rte_qsock_meta));
	assert_int_equal(rte_qsock_get_deadline(m), 0);
	assert_int_equal(rte_qsock_get_sent(m), 0);
	assert_int_equal(rte_qsock_get_droppable(m), -1);
	rte_qsock_get_frame(m, &start, &end);
	assert_false(start || end);
	rte_qsock_set_deadline(m, 77);
	assert_int_equal(rte_qsock_get_deadline(m), 77);
	assert_int_equal(rte_qsock_get_droppable(m), -1);
	rte_qsock_set_sent(m, 78);
	assert_int_equal(rte_qsock_get_sent(m), 78);
	rte_qsock_set_droppable(m, true);
	assert_int_equal(rte_qsock_get_droppable(m), 1);
	rte_qsock_set_droppable(m, false);
	assert_int_equal(rte_qsock_get_droppable(m), 0);
	rte_qsock_set_frame(m, true, false);
	rte_qsock_get_frame(m, &start, &end);
	assert_true(start && !end);
	rte_qsock_set_frame(m, false, true);
	rte_qsock_get_frame(m, NULL, &end);
	rte_qsock_get_frame(m, &start, NULL);
	assert_true(!start && end);
	rte_pktmbuf_free(m);
}

/* It is taken, so that it does not stop what is behind it, and its end is told. */
static void test_contradiction(void **state)
{
	struct rte_qsock *qs;
	struct rte_mbuf *m[3];
	int i;

	rig_port(&r, .scheduler = "dwcs");
	qs = rig_open(&r, .name = "a");
	for (i = 0; i < 3; i++)
		m[i] = api_packet(100);
	rte_qsock_meta_init(m[1])->flags = RTE_QSOCK_PKT_DROPPABLE | RTE_QSOCK_PKT_NON_DROPPABLE;
	rte_errno = 0;
	assert_int_equal(rte_qsock_tx_burst(qs, m, 3), 3);
	assert_int_equal(rte_errno, 0);
	rig_rounds(&r, 3 * MS);
	assert_int_equal(rig_counts(qs).refused, 0);
	assert_int_equal(rig_counts(qs).tx_error, 1);
	assert_int_equal(rig_counts(qs).on_time, 2);
	assert_int_equal(r.egress.frames, 2);
	rig_end(&r);
}

/* Nothing, or less than an Ethernet header: alone, and as a frame of a train. */
static void test_runt(void **state)
{
	struct rte_qsock *qs;
	struct rte_mbuf *m;

	rig_port(&r, .scheduler = "dwcs");
	qs = rig_open(&r, .name = "a");
	assert_int_equal(rig_send(qs, 1, 0), 1);
	assert_int_equal(rig_send(qs, 1, 13), 1);
	assert_int_equal(rig_send(qs, 1, 14), 1);
	m = api_packet(100);
	m->next = api_packet(13);
	rte_qsock_meta_init(m)->flags |= RTE_QSOCK_META_TRAIN;
	rig_put(qs, m);
	rig_rounds(&r, 5 * MS);
	assert_int_equal(rig_counts(qs).tx_error, 3);
	assert_int_equal(rig_counts(qs).on_time, 1);
	assert_int_equal(r.egress.frames, 1);
	rig_end(&r);
}

/* A datagram in so many fragments of one length, or of lengths that grow by one. */
static struct rte_mbuf *train_of(uint32_t frames, uint32_t len_bytes, uint32_t grow)
{
	struct rte_mbuf *m = api_packet((uint16_t)len_bytes), **link = &m->next;
	uint32_t i;

	for (i = 1; i < frames; i++, link = &(*link)->next)
		*link = api_packet((uint16_t)(len_bytes + i * grow));
	if (frames > 1)
		rte_qsock_meta_init(m)->flags |= RTE_QSOCK_META_TRAIN;
	return m;
}

/* A datagram in fragments: one packet, several frames, more than fit the queue to the driver. */
static void test_train(void **state)
{
	struct rte_mbuf *m, **link;
	struct rte_qsock *qs;
	int i;

	rig_port(&r, .scheduler = "fifo");
	qs = rig_open(&r, .name = "a");
	for (i = 0, link = &m; i < 150; i++, link = &(*link)->next)
		*link = api_packet((uint16_t)(i == 0 ? 20 : 100 + i));
	rte_qsock_meta_init(m)->flags |= RTE_QSOCK_META_TRAIN;
	rig_put(qs, m);
	assert_int_equal(rig_send(qs, 1, 60), 1);
	r.egress.accept = 70;
	rig_rounds(&r, MS);
	assert_int_equal(r.egress.frames, 70);
	assert_int_equal(rig_counts(qs).queued, 2);
	r.egress.accept = UINT32_MAX;
	rig_rounds(&r, 3 * MS);
	assert_int_equal(r.egress.frames, 151);
	for (i = 1; i < 150; i++)
		assert_int_equal(r.egress.sizes[i], 100 + i);
	assert_int_equal(r.egress.sizes[150], 60);
	assert_int_equal(rig_counts(qs).on_time, 2);
	/* 60 for the first, which is padded; 101 .. 249; 60. */
	assert_int_equal(rig_counts(qs).sent_bytes, 60 + (101 + 249) * 149 / 2 + 60);
	/* 1 Gbit/s: 8 ns a byte, with 24 more for each of 151 frames. */
	assert_int_equal(rig_info(&r).busy_ns, (60 + (101 + 249) * 149 / 2 + 60 + 151 * 24) * 8);
	rig_end(&r);
}

/* Many datagrams in fragments are decided together, with others between: more frames than are offered at
 * once. */
static void test_trains(void **state)
{
	struct rte_qsock *qs;
	uint32_t i, k, frames = 0;

	rig_port(&r, .scheduler = "fifo", .rate_bps = UINT64_C(100000000000), .catchup_ns = MS);
	qs = rig_open(&r, .name = "a");
	for (i = 0; i < 40; i++) {
		k = i % 4 != 3 ? 5 : 1;
		rig_put(qs, train_of(k, 100 + frames, 1));
		frames += k;
	}
	for (i = 0; r.egress.frames < frames; i++) {
		r.egress.accept = i % 2 ? 7 : 50;
		rig_round(&r, r.now_ns += 10000);
		assert_true(i < 100);
	}
	for (i = 0; i < frames; i++)
		assert_int_equal(r.egress.sizes[i], 100 + i);
	assert_int_equal(rig_counts(qs).on_time, 40);
	rig_end(&r);
}

/* And what the driver has not taken when the port ends is closed. */
static void test_trains_closed(void **state)
{
	struct rte_qsock *qs;
	unsigned int i;

	rig_port(&r, .scheduler = "fifo", .rate_bps = UINT64_C(100000000000), .catchup_ns = MS);
	qs = rig_open(&r, .name = "a");
	for (i = 0; i < 40; i++)
		rig_put(qs, train_of(3, 100, 0));
	r.egress.accept = 4;
	rig_rounds(&r, MS);
	assert_int_equal(rig_counts(qs).on_time, 1);
	assert_int_equal(rig_counts(qs).queued, 39);
	rig_end(&r);
}

static void test_train_fails(void **state)
{
	struct rte_qsock *qs;

	rig_port(&r, .scheduler = "fifo");
	qs = rig_open(&r, .name = "a");
	rig_put(qs, train_of(3, 100, 0));
	r.egress.fail_every = 2;
	rig_rounds(&r, MS);
	assert_int_equal(rig_counts(qs).tx_error, 1);
	assert_int_equal(rig_counts(qs).on_time, 0);
	/* The next packet is not held to account for it. */
	r.egress.fail_every = 0;
	assert_int_equal(rig_send(qs, 1, 100), 1);
	rig_rounds(&r, MS);
	assert_int_equal(rig_counts(qs).on_time, 1);
	rig_end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_getters),	 cmocka_unit_test(test_no_neighbour),
		cmocka_unit_test(test_oversize), cmocka_unit_test(test_tx_error),
		cmocka_unit_test(test_runt),	 cmocka_unit_test(test_contradiction),
		cmocka_unit_test(test_train),	 cmocka_unit_test(test_train_fails),
		cmocka_unit_test(test_trains),	 cmocka_unit_test(test_trains_closed),
	};
	int ret;

	api_eal_start("qsframes");
	rte_log_set_level_pattern("lib.qsock", RTE_LOG_CRIT);
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	api_eal_stop();
	return ret;
}
