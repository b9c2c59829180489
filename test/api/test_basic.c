/* SPDX-License-Identifier: BSD-3-Clause */
/* A socket from open to close: what is sent arrives, what is asked is told. */
#include <string.h>

#include <rte_ring.h>

#include <pthread.h>

#include "api_eal.h"
#include "core/qs_port.h"
#include "impatient.h"

/* Until nothing is queued, however often this thread loses its CPU. */
static void poll_all(struct rte_qsock_port *port)
{
	struct rte_qsock_port_info info;

	do {
		rte_qsock_tx_poll(port);
		assert_int_equal(rte_qsock_port_info_get(port, &info), 0);
	} while (info.total.queued > 0);
}

static void test_open_send_close(void **state)
{
	struct rte_qsock_port_conf pc = api_port_conf("p0");
	struct rte_qsock_port *port = api_port(&pc);
	struct rte_qsock_conf sc = api_socket_conf("a");
	struct rte_qsock_info info;
	struct rte_mbuf *m[2];
	struct rte_qsock *qs;

	sc.stream.droppable = false;
	qs = rte_qsock_open(port, &sc);
	assert_non_null(qs);
	assert_ptr_equal(rte_qsock_lookup(port, "a"), qs);
	assert_ptr_equal(rte_qsock_port_lookup("p0"), port);
	assert_int_equal(rte_qsock_tx_room(qs), 64);
	m[0] = api_packet(100);
	m[1] = api_packet(200);
	assert_int_equal(rte_qsock_tx_burst(qs, m, 2), 2);
	assert_int_equal(rte_qsock_info_get(qs, &info), 0);
	assert_int_equal(info.counts.queued, 2);
	api_balance(&info.counts);
	poll_all(port);
	assert_int_equal(rte_qsock_info_get(qs, &info), 0);
	api_balance(&info.counts);
	assert_int_equal(info.counts.on_time + info.counts.late, 2);
	assert_int_equal(info.counts.sent_bytes, 300);
	assert_int_equal(info.delay.count, 2);
	assert_string_equal(info.name, "a");
	assert_int_equal(rte_qsock_close(qs), 0);
	assert_null(rte_qsock_lookup(port, "a"));
	assert_int_equal(rte_errno, ENOENT);
	assert_int_equal(rte_qsock_port_free(port), 0);
	api_pool_whole();
}

static void test_ring_order(void **state)
{
	struct rte_qsock_port_conf pc = api_port_conf("p1");
	struct rte_qsock_conf sc = api_socket_conf(NULL);
	struct rte_qsock_port *port;
	struct rte_qsock *qs;
	struct rte_mbuf *m;
	uint16_t i, ring = api_device("net_ring0");

	pc.egress->ops->free(pc.egress);
	pc.egress = rte_qsock_egress_ethdev(ring, 0);
	pc.scheduler = "fifo";
	port = api_port(&pc);
	qs = rte_qsock_open(port, &sc);
	assert_non_null(qs);
	assert_ptr_equal(rte_qsock_lookup(port, "s0"), qs);
	for (i = 0; i < 50; i++) {
		m = api_packet((uint16_t)(60 + i));
		assert_int_equal(rte_qsock_tx_burst(qs, &m, 1), 1);
	}
	poll_all(port);
	for (i = 0; i < 50; i++) {
		assert_int_equal(rte_eth_rx_burst(ring, 0, &m, 1), 1);
		assert_int_equal(m->pkt_len, 60 + i);
		rte_pktmbuf_free(m);
	}
	assert_int_equal(rte_qsock_port_free(port), 0);
	api_pool_whole();
}

static void test_launched(void **state)
{
	struct rte_qsock_port_conf pc = api_port_conf("p2");
	struct rte_qsock_port *port = api_port(&pc);
	struct rte_qsock_conf sc = api_socket_conf("a");
	struct rte_qsock_port_info info;
	struct rte_qsock *qs;
	struct rte_mbuf *m;
	int i;

	assert_int_equal(rte_qsock_tx_launch(port, 1), 0);
	qs = rte_qsock_open(port, &sc);
	assert_non_null(qs);
	for (i = 0; i < 20; i++) {
		m = api_packet(100);
		assert_int_equal(rte_qsock_tx_burst(qs, &m, 1), 1);
	}
	do {
		assert_int_equal(rte_qsock_port_info_get(port, &info), 0);
		api_balance(&info.total);
		assert_int_equal(info.total.offered, 20);
	} while (info.total.queued > 0);
	assert_int_equal(rte_qsock_close(qs), 0);
	assert_int_equal(rte_qsock_tx_stop(port), 0);
	assert_int_equal(rte_qsock_port_info_get(port, &info), 0);
	assert_int_equal(info.total.offered, 20);
	assert_int_equal(info.sockets, 0);
	api_balance(&info.total);
	assert_int_equal(rte_qsock_port_free(port), 0);
	api_pool_whole();
}

static void *poller_main(void *arg)
{
	rte_qsock_tx_poll(arg);
	return NULL;
}

/* Polls once, and ends when somebody waits for its answer. */
static void *poller_that_leaves(void *arg)
{
	struct rte_qsock_port *port = arg;

	rte_qsock_tx_poll(port);
	while (__atomic_load_n(&port->ctl.posted, __ATOMIC_ACQUIRE) == 0)
		sched_yield();
	return NULL;
}

static void test_poller_ends(void **state)
{
	struct rte_qsock_port_conf pc = api_port_conf("p4");
	struct rte_qsock_port *port = api_port(&pc);
	struct rte_qsock_port_info info;
	pthread_t thread;

	impatient(true);
	assert_int_equal(pthread_create(&thread, NULL, poller_that_leaves, port), 0);
	while (__atomic_load_n(&port->owner, __ATOMIC_ACQUIRE) == 0)
		sched_yield();
	assert_int_equal(rte_qsock_port_info_get(port, &info), 0);
	impatient(false);
	pthread_join(thread, NULL);
	assert_int_equal(rte_qsock_port_free(port), 0);
}

/* A thread that polled and has ended holds nobody up. */
static void test_poller_ended(void **state)
{
	struct rte_qsock_port_conf pc = api_port_conf("p3");
	struct rte_qsock_port *port = api_port(&pc);
	struct rte_qsock_conf sc = api_socket_conf("a");
	struct rte_mbuf *m = api_packet(100);
	struct rte_qsock_port_info info;
	struct rte_qsock *qs;
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, poller_main, port), 0);
	pthread_join(thread, NULL);
	qs = rte_qsock_open(port, &sc);
	assert_non_null(qs);
	assert_int_equal(rte_qsock_tx_burst(qs, &m, 1), 1);
	assert_int_equal(pthread_create(&thread, NULL, poller_main, port), 0);
	pthread_join(thread, NULL);
	poll_all(port);
	assert_int_equal(rte_qsock_tx_stop(port), 0);
	assert_int_equal(pthread_create(&thread, NULL, poller_main, port), 0);
	pthread_join(thread, NULL);
	assert_int_equal(rte_qsock_tx_launch(port, 1), 0);
	assert_int_equal(rte_qsock_port_info_get(port, &info), 0);
	assert_int_equal(info.total.on_time, 1);
	assert_int_equal(rte_qsock_port_free(port), 0);
	api_pool_whole();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open_send_close), cmocka_unit_test(test_ring_order),
		cmocka_unit_test(test_launched),	cmocka_unit_test(test_poller_ended),
		cmocka_unit_test(test_poller_ends),
	};
	int ret;

	api_eal_start("qsbasic");
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	api_eal_stop();
	return ret;
}
