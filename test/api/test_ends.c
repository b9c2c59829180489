/* SPDX-License-Identifier: BSD-3-Clause */
/* Each end that a packet can have, provoked alone. Clocks are given, so nothing depends on the machine. */
#include <string.h>

#include "api_eal.h"
#include "core/qs_txcore.h"

#define MS UINT64_C(1000000)

static struct api_egress egress;

/* A port whose rounds the test makes itself: first at its clock + 1 ms. */
static struct rte_qsock_port *port_make(const char *scheduler, uint64_t *clock_ns)
{
	struct rte_qsock_port_conf conf = api_port_conf("ends");

	conf.egress->ops->free(conf.egress);
	conf.egress = api_egress_init(&egress);
	conf.scheduler = scheduler;
	conf.rate_bps = 0; /* 1 Gbit/s, the egress says */
	*clock_ns = rte_qsock_now_ns() + 1000 * MS;
	return api_port(&conf);
}

/* Rounds every 10 us for so long. */
static void rounds(struct rte_qsock_port *port, uint64_t *clock_ns, uint64_t for_ns)
{
	uint64_t until_ns = *clock_ns + for_ns;

	assert_true(qs_port_claim(port, true) <= QS_CLAIM_HAD);
	for (; *clock_ns < until_ns; *clock_ns += 10000)
		qs_txcore_round(port, *clock_ns);
}

static struct rte_qsock_counts counts_of(struct rte_qsock *qs)
{
	struct rte_qsock_port_info port_info;
	struct rte_qsock_info info;

	assert_int_equal(rte_qsock_info_get(qs, &info), 0);
	api_balance(&info.counts);
	assert_int_equal(rte_qsock_port_info_get(qs->port, &port_info), 0);
	api_balance(&port_info.total);
	return info.counts;
}

static uint32_t send_n(struct rte_qsock *qs, uint32_t n, uint16_t len_bytes)
{
	uint32_t i, taken = 0;

	for (i = 0; i < n; i++) {
		struct rte_mbuf *m = api_packet(len_bytes);

		if (rte_qsock_tx_burst(qs, &m, 1) == 1)
			taken++;
		else
			rte_pktmbuf_free(m);
	}
	return taken;
}

static void port_end(struct rte_qsock_port *port)
{
	assert_int_equal(rte_qsock_port_free(port), 0);
	api_pool_whole();
}

static void test_refused(void **state)
{
	struct rte_qsock_conf sc = api_socket_conf("a");
	struct rte_qsock_port *port;
	struct rte_qsock *qs;
	struct rte_qsock_counts c;
	uint64_t now;

	port = port_make("fifo", &now);
	sc.stream.queue_packets = 8;
	qs = rte_qsock_open(port, &sc);
	egress.accept = 0;
	/* Ring and queue are full: nothing that was taken is dropped. */
	assert_int_equal(send_n(qs, 20, 100), 8);
	rounds(port, &now, MS);
	assert_int_equal(send_n(qs, 20, 100), 8);
	rounds(port, &now, MS);
	c = counts_of(qs);
	assert_int_equal(c.refused, 24);
	assert_in_range(c.queued, 16, 24);
	assert_int_equal(c.queue_drop, 0);
	egress.accept = UINT32_MAX;
	rounds(port, &now, 5 * MS);
	c = counts_of(qs);
	assert_int_equal(c.on_time, c.accepted);
	assert_int_equal(c.queued, 0);
	port_end(port);
}

static void test_put_drop(void **state)
{
	struct rte_qsock_conf sc = api_socket_conf("a");
	struct rte_qsock_port *port;
	struct rte_qsock *qs;
	struct rte_qsock_counts c;
	uint64_t now;

	port = port_make("fifo", &now);
	sc.stream.queue_packets = 8;
	sc.drop_when_full = true;
	qs = rte_qsock_open(port, &sc);
	assert_int_equal(send_n(qs, 20, 100), 8);
	c = counts_of(qs);
	assert_int_equal(c.queue_drop, 12);
	assert_int_equal(c.refused, 0);
	port_end(port);
}

static void test_time_bound(void **state)
{
	struct rte_qsock_conf sc = api_socket_conf("a");
	struct rte_qsock_port *port;
	struct rte_qsock *qs;
	struct rte_qsock_counts c;
	uint64_t now;

	/* 1 Gbit/s: 40 us are 5,000 bytes, of which each packet takes 1,024. */
	port = port_make("fifo", &now);
	sc.queue_limit_ns = 40000;
	qs = rte_qsock_open(port, &sc);
	egress.accept = 0;
	assert_int_equal(send_n(qs, 20, 1000), 20);
	rounds(port, &now, 100000);
	c = counts_of(qs);
	/* Four are queued, of which one is decided and stays with us. */
	assert_int_equal(c.queue_drop, 20 - 4);
	assert_int_equal(c.queued, 4);
	egress.accept = UINT32_MAX;
	rounds(port, &now, MS);
	assert_int_equal(counts_of(qs).on_time, 4);
	port_end(port);
}

/* The smallest frames on a slow link: 84 bytes of its time each, wherever they wait. */
static void test_time_bound_small(void **state)
{
	const uint64_t limit_ns = 50 * MS, frame_ns = 84 * 8 * 100;
	struct rte_qsock_conf sc = api_socket_conf("a");
	struct rte_qsock_port *port;
	struct rte_qsock *qs;
	uint64_t now, sent = 0;
	int i;

	port = port_make("fifo", &now);
	assert_int_equal(rte_qsock_port_rate_set(port, 10000000), 0);
	sc.stream.queue_packets = 1024;
	sc.queue_limit_ns = limit_ns;
	qs = rte_qsock_open(port, &sc);
	for (i = 0; i < 300; i++) {
		struct rte_qsock_counts c;

		assert_int_equal(send_n(qs, 50, 60), 50);
		rounds(port, &now, MS);
		c = counts_of(qs);
		assert_true(c.queued * frame_ns <= limit_ns + frame_ns);
		sent = c.on_time + c.late;
	}
	/* And the link was never idle, but till the next round: 70 us a frame. */
	assert_in_range(sent, 300 * MS / 70000 - 20, 300 * MS / 70000 + 20);
	assert_in_range(counts_of(qs).queued, limit_ns / frame_ns - 20, limit_ns / frame_ns + 1);
	port_end(port);
}

/* The bound in packets holds of a queue with one in time too, and leaves nothing in the ring. */
static void test_time_bound_packets(void **state)
{
	struct rte_qsock_conf sc = api_socket_conf("a");
	struct rte_qsock_port *port;
	struct rte_qsock_info info;
	struct rte_qsock *qs;
	uint64_t now;
	int i;

	port = port_make("fifo", &now);
	assert_int_equal(rte_qsock_port_rate_set(port, 10000000), 0);
	sc.stream.queue_packets = 8;
	sc.ring_packets = 64;
	sc.queue_limit_ns = 50 * MS;
	qs = rte_qsock_open(port, &sc);
	for (i = 0; i < 20; i++) {
		assert_int_equal(send_n(qs, 64, 60), 64);
		rounds(port, &now, 10000);
		assert_int_equal(rte_qsock_info_get(qs, &info), 0);
		assert_int_equal(info.ring_used, 0);
		assert_in_range(info.counts.queued, 7, 8);
	}
	counts_of(qs);
	port_end(port);
}

static void test_late(void **state)
{
	struct rte_qsock_conf sc = api_socket_conf("a");
	struct rte_qsock_port *port;
	struct rte_qsock *drop, *keep;
	struct rte_qsock_info info;
	struct rte_mbuf *m;
	uint64_t now;

	port = port_make("edf", &now);
	drop = rte_qsock_open(port, &sc);
	sc.name = "b";
	sc.stream.droppable = false;
	keep = rte_qsock_open(port, &sc);
	/* Their time was over 3 ms before they came. */
	m = api_packet(100);
	rte_qsock_set_deadline(m, now - 3 * MS);
	assert_int_equal(rte_qsock_tx_burst(drop, &m, 1), 1);
	m = api_packet(100);
	rte_qsock_set_deadline(m, now - 3 * MS);
	assert_int_equal(rte_qsock_tx_burst(keep, &m, 1), 1);
	rounds(port, &now, MS);
	assert_int_equal(counts_of(drop).late_drop, 1);
	assert_int_equal(counts_of(keep).late, 1);
	assert_int_equal(rte_qsock_info_get(keep, &info), 0);
	assert_int_equal(info.lateness.count, 1);
	assert_in_range(info.lateness.max_ns, 3 * MS, 3 * MS + 10000);
	/* And one of the stream's, 1 ms after its arrival, while nobody polls for 5 ms. */
	assert_int_equal(send_n(keep, 2, 1226), 2);
	qs_txcore_round(port, now);
	now += 5 * MS;
	rounds(port, &now, MS);
	assert_int_equal(rte_qsock_info_get(keep, &info), 0);
	assert_int_equal(info.lateness.count, 2);
	assert_in_range(info.lateness.max_ns, 4 * MS - 10000, 4 * MS + 10000);
	port_end(port);
}

static void test_frame_drop(void **state)
{
	struct rte_qsock_conf sc = api_socket_conf("a");
	struct rte_qsock_port *port;
	struct rte_qsock *qs;
	struct rte_mbuf *m;
	uint64_t now;
	int i;

	port = port_make("edf", &now);
	qs = rte_qsock_open(port, &sc);
	for (i = 0; i < 4; i++) {
		m = api_packet(100);
		rte_qsock_set_frame(m, i == 0, i == 3);
		rte_qsock_set_deadline(m, i == 0 ? now - MS : now + 100 * MS);
		assert_int_equal(rte_qsock_tx_burst(qs, &m, 1), 1);
	}
	rounds(port, &now, MS);
	assert_int_equal(counts_of(qs).late_drop, 1);
	assert_int_equal(counts_of(qs).frame_drop, 3);
	port_end(port);
}

static void test_no_neighbour(void **state)
{
	struct rte_qsock_conf sc = api_socket_conf("a");
	struct rte_qsock_port *port;
	struct rte_qsock *qs;
	struct rte_mbuf *m = api_packet(100);
	uint64_t now;

	port = port_make("dwcs", &now);
	qs = rte_qsock_open(port, &sc);
	rte_qsock_meta_init(m)->flags |= RTE_QSOCK_META_NO_NEIGH;
	assert_int_equal(rte_qsock_tx_burst(qs, &m, 1), 1);
	rounds(port, &now, MS);
	assert_int_equal(counts_of(qs).neigh_drop, 1);
	assert_int_equal(egress.frames, 0);
	port_end(port);
}

static void test_oversize(void **state)
{
	struct rte_qsock_conf sc = api_socket_conf("a");
	struct rte_qsock_port *port;
	struct rte_qsock *qs;
	uint64_t now;

	port = port_make("dwcs", &now);
	qs = rte_qsock_open(port, &sc);
	assert_int_equal(send_n(qs, 1, 1518), 1);
	assert_int_equal(send_n(qs, 1, 1519), 1);
	rounds(port, &now, 3 * MS);
	assert_int_equal(counts_of(qs).tx_error, 1);
	assert_int_equal(counts_of(qs).on_time, 1);
	assert_int_equal(counts_of(qs).sent_bytes, 1518);
	port_end(port);
}

static void tx_errors(bool silent)
{
	struct rte_qsock_conf sc = api_socket_conf("a");
	struct rte_qsock_port *port;
	struct rte_qsock *a, *b;
	uint64_t now;

	port = port_make("fifo", &now);
	a = rte_qsock_open(port, &sc);
	sc.name = "b";
	b = rte_qsock_open(port, &sc);
	egress.fail_every = 3;
	egress.silent = silent;
	assert_int_equal(send_n(a, 15, 100) + send_n(b, 15, 100), 30);
	rounds(port, &now, 3 * MS);
	assert_int_equal(counts_of(a).tx_error + counts_of(b).tx_error, 10);
	assert_int_equal(counts_of(a).on_time + counts_of(b).on_time, 20);
	assert_int_equal(counts_of(a).tx_error, 5);
	port_end(port);
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
	struct rte_qsock_conf sc = api_socket_conf("a");
	struct rte_qsock_port *port;
	struct rte_qsock *qs;
	struct rte_mbuf *m[3];
	uint64_t now;
	int i;

	port = port_make("dwcs", &now);
	qs = rte_qsock_open(port, &sc);
	for (i = 0; i < 3; i++)
		m[i] = api_packet(100);
	rte_qsock_meta_init(m[1])->flags = RTE_QSOCK_PKT_DROPPABLE | RTE_QSOCK_PKT_NON_DROPPABLE;
	rte_errno = 0;
	assert_int_equal(rte_qsock_tx_burst(qs, m, 3), 3);
	assert_int_equal(rte_errno, 0);
	rounds(port, &now, 3 * MS);
	assert_int_equal(counts_of(qs).refused, 0);
	assert_int_equal(counts_of(qs).tx_error, 1);
	assert_int_equal(counts_of(qs).on_time, 2);
	assert_int_equal(egress.frames, 2);
	port_end(port);
}

/* Nothing, or less than an Ethernet header: alone, and as a frame of a train. */
static void test_runt(void **state)
{
	struct rte_qsock_conf sc = api_socket_conf("a");
	struct rte_qsock_port *port;
	struct rte_qsock *qs;
	struct rte_mbuf *m;
	uint64_t now;

	port = port_make("dwcs", &now);
	qs = rte_qsock_open(port, &sc);
	assert_int_equal(send_n(qs, 1, 0), 1);
	assert_int_equal(send_n(qs, 1, 13), 1);
	assert_int_equal(send_n(qs, 1, 14), 1);
	m = api_packet(100);
	m->next = api_packet(13);
	rte_qsock_meta_init(m)->flags |= RTE_QSOCK_META_TRAIN;
	assert_int_equal(rte_qsock_tx_burst(qs, &m, 1), 1);
	rounds(port, &now, 5 * MS);
	assert_int_equal(counts_of(qs).tx_error, 3);
	assert_int_equal(counts_of(qs).on_time, 1);
	assert_int_equal(egress.frames, 1);
	port_end(port);
}

/* A datagram in fragments: one packet, several frames, more than fit the queue to the driver. */
static void test_train(void **state)
{
	struct rte_qsock_conf sc = api_socket_conf("a");
	struct rte_qsock_port_info info;
	struct rte_qsock_port *port;
	struct rte_qsock *qs;
	struct rte_mbuf *m, **link;
	uint64_t now;
	int i;

	port = port_make("fifo", &now);
	qs = rte_qsock_open(port, &sc);
	for (i = 0, link = &m; i < 150; i++, link = &(*link)->next)
		*link = api_packet((uint16_t)(i == 0 ? 20 : 100 + i));
	rte_qsock_meta_init(m)->flags |= RTE_QSOCK_META_TRAIN;
	assert_int_equal(rte_qsock_tx_burst(qs, &m, 1), 1);
	assert_int_equal(send_n(qs, 1, 60), 1);
	egress.accept = 70;
	rounds(port, &now, MS);
	assert_int_equal(egress.frames, 70);
	assert_int_equal(counts_of(qs).queued, 2);
	egress.accept = UINT32_MAX;
	rounds(port, &now, 3 * MS);
	assert_int_equal(egress.frames, 151);
	for (i = 1; i < 150; i++)
		assert_int_equal(egress.sizes[i], 100 + i);
	assert_int_equal(egress.sizes[150], 60);
	assert_int_equal(counts_of(qs).on_time, 2);
	/* 60 for the first, which is padded; 101 .. 249; 60. */
	assert_int_equal(counts_of(qs).sent_bytes, 60 + (101 + 249) * 149 / 2 + 60);
	assert_int_equal(rte_qsock_port_info_get(port, &info), 0);
	/* 1 Gbit/s: 8 ns a byte, with 24 more for each of 151 frames. */
	assert_int_equal(info.busy_ns, (60 + (101 + 249) * 149 / 2 + 60 + 151 * 24) * 8);
	port_end(port);
}

static void test_train_fails(void **state)
{
	struct rte_qsock_conf sc = api_socket_conf("a");
	struct rte_qsock_port *port;
	struct rte_qsock *qs;
	struct rte_mbuf *m;
	uint64_t now;

	port = port_make("fifo", &now);
	qs = rte_qsock_open(port, &sc);
	m = api_packet(100);
	m->next = api_packet(100);
	m->next->next = api_packet(100);
	rte_qsock_meta_init(m)->flags |= RTE_QSOCK_META_TRAIN;
	assert_int_equal(rte_qsock_tx_burst(qs, &m, 1), 1);
	egress.fail_every = 2;
	rounds(port, &now, MS);
	assert_int_equal(counts_of(qs).tx_error, 1);
	assert_int_equal(counts_of(qs).on_time, 0);
	/* The next packet is not held to account for it. */
	egress.fail_every = 0;
	assert_int_equal(send_n(qs, 1, 100), 1);
	rounds(port, &now, MS);
	assert_int_equal(counts_of(qs).on_time, 1);
	port_end(port);
}

static void test_close_at_once(void **state)
{
	struct rte_qsock_conf sc = api_socket_conf("a");
	struct rte_qsock_port_info info;
	struct rte_qsock_port *port;
	struct rte_qsock *qs;
	uint64_t now;

	port = port_make("fifo", &now);
	sc.stream.queue_packets = 8;
	qs = rte_qsock_open(port, &sc);
	egress.accept = 0;
	send_n(qs, 8, 100);
	rounds(port, &now, MS);
	send_n(qs, 8, 100);
	/* One decided, seven queued, eight in the ring. */
	assert_int_equal(rte_qsock_close(qs), 0);
	rte_errno = 0;
	assert_int_equal(rte_qsock_close(qs), -1);
	assert_int_equal(rte_errno, EINVAL);
	assert_int_equal(rte_qsock_port_info_get(port, &info), 0);
	api_balance(&info.total);
	assert_int_equal(info.total.queued, 1);
	assert_int_equal(info.total.closed, 15);
	assert_int_equal(info.sockets, 0);
	/* Its id is not free before the driver has its frame. */
	sc.name = "b";
	assert_int_equal(rte_qsock_open(port, &sc)->id, 1);
	egress.accept = 1;
	rounds(port, &now, MS);
	sc.name = "c";
	assert_int_equal(rte_qsock_open(port, &sc)->id, 0);
	assert_int_equal(rte_qsock_port_info_get(port, &info), 0);
	api_balance(&info.total);
	assert_int_equal(info.total.on_time, 1);
	assert_int_equal(info.total.offered, 16);
	port_end(port);
}

static void test_linger(void **state)
{
	struct rte_qsock_conf sc = api_socket_conf("a");
	struct rte_qsock_port_info info;
	struct rte_qsock_port *port;
	struct rte_qsock *qs;
	uint64_t now;

	port = port_make("fifo", &now);
	sc.linger_ns = 5 * MS;
	qs = rte_qsock_open(port, &sc);
	rounds(port, &now, MS);
	/* 1,250 bytes are 10 us and a little: about 490 in 5 ms, of a ring and a queue of 64 each. */
	send_n(qs, 64, 1226);
	assert_int_equal(rte_qsock_close(qs), 0);
	rounds(port, &now, 2 * MS);
	assert_int_equal(rte_qsock_port_info_get(port, &info), 0);
	assert_int_equal(info.total.on_time, 64);
	assert_int_equal(info.total.closed, 0);
	/* Again, with a driver that takes 10. */
	qs = rte_qsock_open(port, &sc);
	send_n(qs, 64, 1226);
	egress.accept = 10;
	assert_int_equal(rte_qsock_close(qs), 0);
	rounds(port, &now, 4 * MS);
	assert_int_equal(rte_qsock_port_info_get(port, &info), 0);
	assert_int_equal(info.total.closed, 0);
	rounds(port, &now, 2 * MS);
	assert_int_equal(rte_qsock_port_info_get(port, &info), 0);
	assert_int_equal(info.total.on_time, 74);
	assert_int_equal(info.total.queued, 1);
	assert_int_equal(info.total.closed, 53);
	api_balance(&info.total);
	port_end(port);
}

static void test_link_down(void **state)
{
	struct rte_qsock_port_conf conf = api_port_conf("down");
	struct rte_qsock_egress *e = conf.egress;
	struct rte_qsock_port *port = api_port(&conf);
	struct rte_qsock_conf sc = api_socket_conf("a");
	struct rte_qsock *qs = rte_qsock_open(port, &sc);
	struct rte_qsock_port_info info;
	uint64_t now = rte_qsock_now_ns() + 1000 * MS;

	rounds(port, &now, 50 * MS);
	e->link_down = true;
	send_n(qs, 20, 100);
	rounds(port, &now, 50000);
	assert_int_equal(rte_qsock_port_info_get(port, &info), 0);
	assert_true(info.link_down);
	assert_int_equal(info.total.queued, 20);
	/* The next look at the device says that it is up. */
	rounds(port, &now, 200 * MS);
	assert_int_equal(rte_qsock_port_info_get(port, &info), 0);
	assert_false(info.link_down);
	assert_int_equal(info.total.queued, 0);
	api_balance(&info.total);
	port_end(port);
}

static void test_reset(void **state)
{
	struct rte_qsock_conf sc = api_socket_conf("a");
	struct rte_qsock_port_info info;
	struct rte_qsock_port *port;
	struct rte_qsock *qs;
	struct rte_qsock_counts c;
	uint64_t now;

	port = port_make("fifo", &now);
	sc.stream.queue_packets = 16;
	qs = rte_qsock_open(port, &sc);
	egress.accept = 5;
	send_n(qs, 20, 100);
	rounds(port, &now, MS);
	assert_int_equal(rte_qsock_port_stats_reset(port), 0);
	c = counts_of(qs);
	assert_int_equal(c.queued, 11);
	assert_int_equal(c.accepted, 11);
	assert_int_equal(c.offered, 11);
	assert_int_equal(rte_qsock_port_info_get(port, &info), 0);
	assert_int_equal(info.total.offered, 11);
	assert_int_equal(info.total.on_time, 0);
	egress.accept = UINT32_MAX;
	rounds(port, &now, MS);
	assert_int_equal(counts_of(qs).on_time, 11);
	assert_int_equal(rte_qsock_port_info_get(port, &info), 0);
	assert_int_equal(info.total.on_time, 11);
	assert_int_equal(info.total.sent_bytes, 1100);
	port_end(port);
}

/* Fewer records than packets: what does not fit waits in the rings, and all of it comes. */
static void test_few_records(void **state)
{
	struct rte_qsock_port_conf conf = api_port_conf("few");
	struct rte_qsock_conf sc = api_socket_conf(NULL);
	struct rte_qsock_port_info info;
	struct rte_qsock_port *port;
	struct rte_qsock *qs[8];
	uint64_t now = rte_qsock_now_ns() + 1000 * MS;
	unsigned int i;

	conf.egress->ops->free(conf.egress);
	conf.egress = api_egress_init(&egress);
	conf.scheduler = "fifo";
	conf.max_packets = 64;
	port = api_port(&conf);
	egress.accept = 0;
	for (i = 0; i < 8; i++) {
		qs[i] = rte_qsock_open(port, &sc);
		assert_int_equal(send_n(qs[i], 50, 100), 50);
	}
	rounds(port, &now, MS);
	assert_int_equal(rte_qsock_sched_room(port->tx.sched), 0);
	egress.accept = UINT32_MAX;
	rounds(port, &now, 20 * MS);
	assert_int_equal(rte_qsock_port_info_get(port, &info), 0);
	assert_int_equal(info.total.on_time, 400);
	port_end(port);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),	      cmocka_unit_test(test_put_drop),
		cmocka_unit_test(test_time_bound),    cmocka_unit_test(test_time_bound_small),
		cmocka_unit_test(test_late),	      cmocka_unit_test(test_time_bound_packets),
		cmocka_unit_test(test_frame_drop),    cmocka_unit_test(test_no_neighbour),
		cmocka_unit_test(test_oversize),      cmocka_unit_test(test_tx_error),
		cmocka_unit_test(test_contradiction), cmocka_unit_test(test_runt),
		cmocka_unit_test(test_train),	      cmocka_unit_test(test_train_fails),
		cmocka_unit_test(test_close_at_once), cmocka_unit_test(test_linger),
		cmocka_unit_test(test_link_down),     cmocka_unit_test(test_reset),
		cmocka_unit_test(test_few_records),   cmocka_unit_test(test_getters),
	};
	int ret;

	api_eal_start("qsends");
	rte_log_set_level_pattern("lib.qsock", RTE_LOG_CRIT);
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	api_eal_stop();
	return ret;
}
