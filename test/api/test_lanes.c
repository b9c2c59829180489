/* SPDX-License-Identifier: BSD-3-Clause */
/* From many threads to the TX core: a socket's packets stay in order, whoever sends them. */
#include <pthread.h>

#include "core/qs_port.h"
#include "rig.h"

#define SOCKETS 3u
#define SHOTS 400u /* packets of one socket: lengths tell them apart */

static struct rig r;

/* A frame's length says which packet it is. */
static uint16_t length_of(uint32_t socket, uint32_t seq)
{
	return (uint16_t)(100 + seq * SOCKETS + socket);
}

/* What has left is whole, and each socket's in order. */
static void left_in_order(uint32_t packets)
{
	uint32_t next[SOCKETS] = {0}, i;

	assert_int_equal(r.egress.frames, packets);
	for (i = 0; i < packets; i++) {
		uint32_t what = r.egress.sizes[i] - 100;

		assert_int_equal(what / SOCKETS, next[what % SOCKETS]);
		next[what % SOCKETS]++;
	}
}

/* A thread that sends a packet when it is told to: one at a time, as under a lock. */
struct sender {
	pthread_t thread;
	struct rte_qsock *qs; /* to send on; itself: end */
	uint16_t len_bytes;
	bool stop;
};

static void *sender_main(void *arg)
{
	struct sender *s = arg;

	while (!__atomic_load_n(&s->stop, __ATOMIC_ACQUIRE)) {
		struct rte_qsock *qs = __atomic_load_n(&s->qs, __ATOMIC_ACQUIRE);

		if (qs == NULL) {
			sched_yield();
			continue;
		}
		rig_put(qs, api_packet(s->len_bytes));
		__atomic_store_n(&s->qs, NULL, __ATOMIC_RELEASE);
	}
	return NULL;
}

static void sender_start(struct sender *s)
{
	*s = (struct sender){0};
	assert_int_equal(pthread_create(&s->thread, NULL, sender_main, s), 0);
}

static void sender_send(struct sender *s, struct rte_qsock *qs, uint16_t len_bytes)
{
	s->len_bytes = len_bytes;
	__atomic_store_n(&s->qs, qs, __ATOMIC_RELEASE);
	while (__atomic_load_n(&s->qs, __ATOMIC_ACQUIRE) != NULL)
		sched_yield();
}

static void sender_stop(struct sender *s)
{
	__atomic_store_n(&s->stop, true, __ATOMIC_RELEASE);
	pthread_join(s->thread, NULL);
}

/* Three sockets wander between four threads, many moves between two polls, in every pattern. */
static void test_moves(void **state)
{
	struct rte_qsock *qs[SOCKETS];
	struct sender senders[4];
	uint32_t seq[SOCKETS] = {0}, random = 1, sent, i;

	rig_port(&r, .scheduler = "fifo", .rate_bps = UINT64_C(100000000000), .catchup_ns = MS);
	for (i = 0; i < SOCKETS; i++)
		qs[i] = rig_open(&r, .name = NULL, .queue_packets = SHOTS);
	for (i = 0; i < RTE_DIM(senders); i++)
		sender_start(&senders[i]);
	for (sent = 0; sent < SOCKETS * SHOTS; random = random * 1664525 + 1013904223) {
		uint32_t at = (random >> 8) % SOCKETS;

		if (seq[at] == SHOTS)
			continue;
		sender_send(&senders[(random >> 16) % 4], qs[at], length_of(at, seq[at]));
		seq[at]++;
		sent++;
		if ((random >> 24) % 32 == 0)
			rig_round(&r, r.now_ns += 1000);
	}
	for (i = 0; i < RTE_DIM(senders); i++)
		sender_stop(&senders[i]);
	rig_rounds(&r, 10 * MS);
	left_in_order(SOCKETS * SHOTS);
	assert_in_range(r.port->lanes.count, 4, 5);
	rig_end(&r);
}

/* More threads than lanes, all alive: the rest share one. */
static void test_many_threads(void **state)
{
	struct sender senders[QS_LANES + 10];
	struct rte_qsock *qs;
	uint32_t i, seq = 0;

	rig_port(&r, .scheduler = "fifo", .rate_bps = UINT64_C(100000000000), .catchup_ns = MS);
	qs = rig_open(&r, .name = "a", .queue_packets = SHOTS);
	for (i = 0; i < RTE_DIM(senders); i++)
		sender_start(&senders[i]);
	for (; seq < 2 * RTE_DIM(senders); seq++)
		sender_send(&senders[seq % RTE_DIM(senders)], qs, length_of(0, seq));
	assert_int_equal(r.port->lanes.count, QS_LANES);
	assert_int_equal(r.port->lanes.lane[QS_LANE_SHARED]->thread, QS_LANE_ANYBODY);
	for (i = 0; i < RTE_DIM(senders); i++)
		sender_stop(&senders[i]);
	rig_rounds(&r, 10 * MS);
	left_in_order(seq);
	rig_end(&r);
}

/* A thread that has ended leaves its lane to another, whether it is empty or not. */
static void test_ended_threads(void **state)
{
	struct rte_qsock *qs;
	uint32_t seq;

	rig_port(&r, .scheduler = "fifo", .rate_bps = UINT64_C(100000000000), .catchup_ns = MS);
	qs = rig_open(&r, .name = "a", .queue_packets = SHOTS);
	for (seq = 0; seq < 3 * QS_LANES; seq++) {
		struct sender s;

		sender_start(&s);
		sender_send(&s, qs, length_of(0, seq));
		sender_stop(&s);
	}
	assert_true(r.port->lanes.count < QS_LANES);
	rig_rounds(&r, 10 * MS);
	left_in_order(seq);
	rig_end(&r);
}

/* A lane has an end, too: its thread is refused, whatever credit the socket has, and goes on after a poll. */
static void test_lane_full(void **state)
{
	struct rte_qsock *a, *b;
	uint32_t entries, room;

	rig_port(&r, .scheduler = "fifo", .max_packets = 512, .rate_bps = UINT64_C(100000000000),
		 .catchup_ns = MS);
	a = rig_open(&r, .name = "a", .queue_packets = 1000);
	b = rig_open(&r, .name = "b", .queue_packets = 1000);
	entries = r.port->lanes.entries;
	assert_int_equal(entries, QS_LANE_ENTRIES_MIN);
	assert_int_equal(rig_send(a, 1000, 100), 1000);
	assert_int_equal(rte_qsock_tx_room(a), 0);
	room = rte_qsock_tx_room(b);
	assert_in_range(room, entries - 1000 - 1, entries - 1000);
	assert_int_equal(rig_send(b, 100, 100), entries - 1000);
	assert_int_equal(rig_counts(b).refused, 100 - (entries - 1000));
	rig_rounds(&r, 10 * MS);
	assert_int_equal(r.egress.frames, entries);
	assert_int_equal(rig_send(b, 100, 100), 100);
	rig_rounds(&r, 10 * MS);
	assert_int_equal(rig_info(&r).total.queued, 0);
	rig_end(&r);
}

/* Whole bursts do not run over its end either, nor what comes one by one after them. */
static void test_lane_full_of_bursts(void **state)
{
	struct rte_mbuf *m[200];
	struct rte_qsock *qs[4];
	uint32_t entries, taken = 0, i, k;
	uint16_t n;

	rig_port(&r, .scheduler = "fifo", .max_packets = 512, .rate_bps = UINT64_C(100000000000),
		 .catchup_ns = MS);
	for (i = 0; i < RTE_DIM(qs); i++)
		qs[i] = rig_open(&r, .queue_packets = 1000);
	entries = r.port->lanes.entries;
	for (i = 0; i < 3 * RTE_DIM(qs); i++) {
		for (k = 0; k < RTE_DIM(m); k++)
			m[k] = api_packet(100);
		n = rte_qsock_tx_burst(qs[i % RTE_DIM(qs)], m, RTE_DIM(m));
		rte_pktmbuf_free_bulk(m + n, RTE_DIM(m) - n);
		taken += n;
		taken += rig_send(qs[i % RTE_DIM(qs)], 1, 100);
	}
	assert_int_equal(taken, entries);
	rig_rounds(&r, 10 * MS);
	assert_int_equal(r.egress.frames, entries);
	assert_int_equal(rig_info(&r).total.queued, 0);
	rig_end(&r);
}

static struct rte_qsock *other;

static void *send_one(void *arg)
{
	rig_put(other, api_packet(200));
	return NULL;
}

/* A thread that floods does not keep others' packets in their lanes, though there are too few records for its
 * own. */
static void test_flood(void **state)
{
	struct rte_qsock_info info;
	struct rte_qsock *flood;
	pthread_t thread;
	uint32_t i;

	rig_port(&r, .scheduler = "fifo", .max_packets = 64, .rate_bps = UINT64_C(100000000000),
		 .catchup_ns = MS);
	flood = rig_open(&r, .name = "flood", .queue_packets = 1000);
	other = rig_open(&r, .name = "other", .queue_packets = 8);
	rig_send(flood, 1000, 100);
	assert_int_equal(pthread_create(&thread, NULL, send_one, NULL), 0);
	pthread_join(thread, NULL);
	for (i = 0; i < 8; i++) {
		r.egress.accept = 16;
		rig_round(&r, r.now_ns += 10000);
		rig_send(flood, 16, 100);
	}
	assert_int_equal(rte_qsock_info_get(other, &info), 0);
	assert_int_equal(info.ring_used, 0);
	assert_int_equal(rte_qsock_info_get(flood, &info), 0);
	assert_true(info.ring_used > 500);
	r.egress.accept = UINT32_MAX;
	rig_rounds(&r, 10 * MS);
	assert_int_equal(rig_counts(other).on_time, 1);
	rig_end(&r);
}

/* Packets of many sockets in one call: some have credit, some have not, one comes twice, one says something.
 */
static void test_scatter(void **state)
{
	struct rte_qsock *a, *b, *full, *to[8];
	struct rte_mbuf *m[8];
	uint16_t i;

	rig_port(&r, .scheduler = "fifo", .rate_bps = UINT64_C(100000000000), .catchup_ns = MS);
	a = rig_open(&r, .name = "a", .queue_packets = 4);
	b = rig_open(&r, .name = "b", .queue_packets = 4);
	full = rig_open(&r, .name = "full", .queue_packets = 1);
	assert_int_equal(rig_send(full, 1, 99), 1);
	assert_int_equal(rte_qsock_tx_scatter(to, m, 0), 0);
	for (i = 0; i < 8; i++) {
		to[i] = i == 2 || i == 6 ? full : i % 2 ? b : a;
		m[i] = api_packet((uint16_t)(100 + i));
	}
	rte_qsock_set_droppable(m[4], true);
	assert_int_equal(rte_qsock_tx_scatter(to, m, 8), 2);
	assert_ptr_equal(to[0], full);
	assert_ptr_equal(to[1], full);
	assert_int_equal(m[0]->pkt_len, 102);
	assert_int_equal(m[1]->pkt_len, 106);
	assert_int_equal(rig_counts(full).refused, 2);
	rig_rounds(&r, MS);
	/* Sockets in order of id, and each one's packets in order. */
	assert_int_equal(r.egress.frames, 7);
	assert_int_equal(r.egress.sizes[0], 100);
	assert_int_equal(r.egress.sizes[1], 104);
	assert_int_equal(r.egress.sizes[2], 101);
	assert_int_equal(r.egress.sizes[5], 107);
	assert_int_equal(r.egress.sizes[6], 99);
	to[0] = a;
	assert_int_equal(rte_qsock_tx_scatter(to, m, 2), 0);
	rig_rounds(&r, MS);
	assert_int_equal(r.egress.frames, 9);
	rig_end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_moves),
		cmocka_unit_test(test_many_threads),
		cmocka_unit_test(test_ended_threads),
		cmocka_unit_test(test_lane_full),
		cmocka_unit_test(test_lane_full_of_bursts),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_scatter),
	};
	int ret;

	api_eal_start("qslanes");
	rte_log_set_level_pattern("lib.qsock", RTE_LOG_CRIT);
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	api_eal_stop();
	return ret;
}
