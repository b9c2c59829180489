/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Several threads at once: senders with sockets of their own, one that opens, changes, asks and closes, one
 * that resets and stops and launches the TX core, and one that waits for room. Nothing is lost, and
 * everything ends.
 */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include "api_eal.h"
#include "core/qs_socket.h"

#define SENDERS 2
#define SENDER_SOCKETS 50
#define RUN_NS UINT64_C(1500000000)

static struct rte_qsock_port *port;
static bool stop;

static bool stopped(void)
{
	return __atomic_load_n(&stop, __ATOMIC_RELAXED);
}

static struct rte_qsock_conf conf_of(uint32_t queue)
{
	struct rte_qsock_conf conf = api_socket_conf(NULL);

	conf.stream.ipg_ns = 1000;
	conf.stream.droppable = false;
	conf.stream.queue_packets = queue;
	return conf;
}

struct sender {
	struct rte_qsock *qs[SENDER_SOCKETS];
	uint64_t taken, refused;
	unsigned int seed;
};

static void *sender(void *arg)
{
	struct sender *s = arg;
	struct rte_mbuf *m[8];
	uint16_t i, n, taken;

	while (!stopped()) {
		n = (uint16_t)(1 + rand_r(&s->seed) % 8);
		if (rte_pktmbuf_alloc_bulk(api_pool, m, n) != 0) {
			usleep(10);
			continue;
		}
		for (i = 0; i < n; i++)
			rte_pktmbuf_append(m[i], 64);
		taken = rte_qsock_tx_burst(s->qs[(unsigned int)rand_r(&s->seed) % SENDER_SOCKETS], m, n);
		s->taken += taken;
		s->refused += n - taken;
		for (i = taken; i < n; i++)
			rte_pktmbuf_free(m[i]);
		/* There are fewer cores than threads. */
		if (taken < n)
			sched_yield();
	}
	return NULL;
}

static void *opener(void *arg)
{
	struct rte_qsock_conf conf = conf_of(16);
	struct rte_qsock_info info;
	struct rte_mbuf *m;
	uint64_t *rounds = arg;

	for (; !stopped(); ++*rounds) {
		struct rte_qsock *qs = rte_qsock_open(port, &conf);

		assert_non_null(qs);
		m = rte_pktmbuf_alloc(api_pool);
		if (m != NULL) {
			rte_pktmbuf_append(m, 64);
			assert_int_equal(rte_qsock_tx_burst(qs, &m, 1), 1);
		}
		conf.stream.old = 2 + *rounds % 7;
		assert_int_equal(rte_qsock_change(qs, &conf.stream), 0);
		assert_int_equal(rte_qsock_info_get(qs, &info), 0);
		api_balance(&info.counts);
		conf.linger_ns = *rounds % 3 * 1000;
		assert_int_equal(rte_qsock_close(qs), 0);
	}
	return NULL;
}

static int look(struct rte_qsock *qs, void *arg)
{
	struct rte_qsock_info info;

	assert_int_equal(rte_qsock_info_get(qs, &info), 0);
	api_balance(&info.counts);
	return 0;
}

static void *operator(void *arg)
{
	struct rte_qsock_port_info info;
	uint64_t *rounds = arg;

	for (; !stopped(); ++*rounds) {
		assert_int_equal(rte_qsock_port_info_get(port, &info), 0);
		api_balance(&info.total);
		if (*rounds % 4 == 0)
			assert_int_equal(rte_qsock_foreach(port, look, NULL), 0);
		if (*rounds % 16 == 0)
			assert_int_equal(rte_qsock_port_rate_set(port, UINT64_C(10000000000) + *rounds), 0);
		if (*rounds % 8 == 0) {
			assert_int_equal(rte_qsock_tx_stop(port), 0);
			assert_int_equal(rte_qsock_tx_launch(port, 1), 0);
		}
	}
	return NULL;
}

/* A sender that sleeps while its ring is full: it must not sleep for ever. */
struct waiter {
	struct rte_qsock *qs;
	uint64_t sent, slept;
};

static void *waiter(void *arg)
{
	struct waiter *w = arg;
	struct rte_mbuf *m;

	while (!stopped()) {
		m = rte_pktmbuf_alloc(api_pool);
		if (m == NULL) {
			usleep(10);
			continue;
		}
		rte_pktmbuf_append(m, 64);
		while (rte_qsock_tx_burst(w->qs, &m, 1) == 0) {
			uint64_t until_ns = rte_qsock_now_ns() + UINT64_C(20000000000);

			w->slept++;
			/* As the socket layer's keeper does. */
			while (qs_socket_room(w->qs) == 0) {
				usleep(20);
				assert_true(rte_qsock_now_ns() < until_ns);
			}
		}
		w->sent++;
	}
	return NULL;
}

static void test_stress(void **state)
{
	struct rte_qsock_port_conf pc = api_port_conf("stress");
	struct rte_qsock_conf sc = conf_of(16), wc = conf_of(2);
	struct sender senders[SENDERS] = {{.seed = 1}, {.seed = 2}};
	uint64_t opened = 0, asked = 0, sent = 0, refused = 0;
	struct rte_qsock_port_info info;
	pthread_t threads[SENDERS + 3];
	struct waiter w = {0};
	unsigned int i, k;

	pc.max_sockets = 4200; /* three levels of the ready map */
	pc.catchup_ns = 1000000;
	port = api_port(&pc);
	assert_int_equal(rte_qsock_tx_launch(port, 1), 0);
	for (i = 0; i < SENDERS; i++)
		for (k = 0; k < SENDER_SOCKETS; k++)
			senders[i].qs[k] = rte_qsock_open(port, &sc);
	w.qs = rte_qsock_open(port, &wc);
	for (i = 0; i < SENDERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, sender, &senders[i]), 0);
	assert_int_equal(pthread_create(&threads[SENDERS], NULL, opener, &opened), 0);
	assert_int_equal(pthread_create(&threads[SENDERS + 1], NULL, operator, & asked), 0);
	assert_int_equal(pthread_create(&threads[SENDERS + 2], NULL, waiter, &w), 0);
	usleep(RUN_NS / 1000);
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (i = 0; i < SENDERS + 3; i++)
		pthread_join(threads[i], NULL);
	/* Everything that was taken comes out: no wake-up was lost. */
	do
		assert_int_equal(rte_qsock_port_info_get(port, &info), 0);
	while (info.total.queued > 0);
	api_balance(&info.total);
	for (i = 0; i < SENDERS; i++) {
		sent += senders[i].taken;
		refused += senders[i].refused;
	}
	assert_int_equal(info.total.refused, info.total.offered - info.total.accepted);
	assert_true(info.total.on_time + info.total.late + info.total.closed >= sent + w.sent);
	assert_true(opened > 0 && asked > 0 && w.sent > 0 && sent > 0);
	assert_int_equal(rte_qsock_port_free(port), 0);
	api_pool_whole();
	print_message("%lu sent, %lu refused, %lu opened and closed, %lu asked, slept %lu times\n",
		      (unsigned long)sent, (unsigned long)refused, (unsigned long)opened,
		      (unsigned long)asked, (unsigned long)w.slept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_stress)};
	int ret;

	api_eal_start("qsstress");
	rte_log_set_level_pattern("lib.qsock", RTE_LOG_CRIT);
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	api_eal_stop();
	return ret;
}
