/* SPDX-License-Identifier: BSD-3-Clause */
/* A launched TX core decides a little before a frame's time: never is one handed over before it, and what
 * arrives is not forgotten over the waiting. */
#include <unistd.h>

#include "core/qs_clock.h"
#include "core/qs_txcore.h"
#include "rig.h"

#define FRAME_BYTES 101 /* with 24 on the wire 125: 1000 ns */
#define FRAMES 3000u

/* Notes when frames are handed over. */
static struct watch {
	struct rte_qsock_egress head;
	struct rte_qsock_port *port;
	uint32_t early, held;
} watch;

static uint16_t watch_tx_burst(struct rte_qsock_egress *e, struct rte_mbuf **pkts, uint16_t n)
{
	uint64_t now_ns = qs_clock_now();
	const struct qs_txcore *tx = &watch.port->tx;

	/* Nothing is made up for: no decision of a burst is made before the clock. */
	watch.early += now_ns < tx->pace.now_ns;
	watch.held += tx->await.most == 0;
	rte_pktmbuf_free_bulk(pkts, n);
	return n;
}

static uint64_t watch_rate_bps(const struct rte_qsock_egress *e)
{
	return UINT64_C(1000000000);
}

static uint32_t watch_max_frame_bytes(const struct rte_qsock_egress *e)
{
	return 1518;
}

static void watch_free(struct rte_qsock_egress *e)
{
}

static const struct rte_qsock_egress_ops watch_ops = {
	.name = "watch",
	.tx_burst = watch_tx_burst,
	.rate_bps = watch_rate_bps,
	.max_frame_bytes = watch_max_frame_bytes,
	.free = watch_free,
};

static void watch_port(const char *scheduler)
{
	struct rte_qsock_port_conf conf = api_port_conf("await");

	conf.egress->ops->free(conf.egress);
	watch = (struct watch){.head.ops = &watch_ops};
	conf.egress = &watch.head;
	conf.scheduler = scheduler;
	watch.port = api_port(&conf);
}

static struct rte_qsock *open_socket(uint64_t ipg_ns, uint64_t deadline_ns)
{
	struct rte_qsock_conf conf = api_socket_conf(NULL);
	struct rte_qsock *qs;

	conf.stream.ipg_ns = ipg_ns;
	conf.stream.deadline_ns = deadline_ns;
	conf.stream.droppable = false;
	conf.stream.queue_packets = FRAMES;
	qs = rte_qsock_open(watch.port, &conf);
	assert_non_null(qs);
	return qs;
}

static void wait_sent(uint64_t packets)
{
	struct rte_qsock_port_info info;

	do {
		usleep(1000);
		assert_int_equal(rte_qsock_port_info_get(watch.port, &info), 0);
	} while (info.total.on_time + info.total.late < packets);
	api_balance(&info.total);
}

/* Two that always have something, one served as the link allows and one once a period. */
static void test_never_early(void **state)
{
	struct rte_qsock *often, *seldom;

	watch_port("dwcs");
	assert_int_equal(rte_qsock_tx_launch(watch.port, 1), 0);
	often = open_socket(1500, 0);
	seldom = open_socket(7300, 0);
	assert_int_equal(rig_send(often, FRAMES, FRAME_BYTES), FRAMES);
	assert_int_equal(rig_send(seldom, FRAMES / 5, FRAME_BYTES), FRAMES / 5);
	wait_sent(FRAMES + FRAMES / 5);
	assert_int_equal(watch.early, 0);
	assert_true(watch.held > 0);
	assert_int_equal(rte_qsock_port_free(watch.port), 0);
	api_pool_whole();
}

/* The link will be free in a moment. @return whether the coming decision is held until then */
static bool held(void)
{
	struct qs_txcore *tx = &watch.port->tx;
	uint64_t clock_ns;

	tx->await.lead_ns = QS_AWAIT_LEAD_MAX_NS;
	tx->pace.free_ns = qs_clock_now() + QS_AWAIT_LEAD_MAX_NS;
	tx->pace.want = true;
	clock_ns = qs_await_round(watch.port);
	assert_true(tx->await.hold_ns == 0 || clock_ns == tx->await.hold_ns);
	return tx->await.hold_ns != 0;
}

/* However often decisions are held: what arrived comes before the next one. */
static void test_arrivals(void **state)
{
	struct qs_txcore *tx;
	struct rte_qsock *qs;
	unsigned int i;

	watch_port("fifo");
	tx = &watch.port->tx;
	qs = open_socket(0, 0);
	assert_int_equal(qs_port_claim(watch.port, true), QS_CLAIM_NEW);
	for (i = 0; i < 100; i++) {
		/* This thread may lose its CPU just then. */
		while (!held())
			qs_txcore_round(watch.port, qs_clock_now());
		assert_int_equal(rig_send(qs, 1, FRAME_BYTES), 1);
		qs_txcore_round(watch.port, tx->await.hold_ns);
		assert_true(qs_lanes_any(&watch.port->lanes));
		assert_false(held());
		qs_txcore_round(watch.port, qs_clock_now());
		assert_false(qs_lanes_any(&watch.port->lanes));
	}
	assert_int_equal(watch.early, 0);
	assert_int_equal(rte_qsock_tx_stop(watch.port), 0);
	assert_int_equal(rte_qsock_port_free(watch.port), 0);
	api_pool_whole();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_never_early),
		cmocka_unit_test(test_arrivals),
	};
	int ret;

	api_eal_start("qsawait");
	rte_log_set_level_pattern("lib.qsock", RTE_LOG_CRIT);
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	api_eal_stop();
	return ret;
}
