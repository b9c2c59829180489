/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Nothing is lost and nothing is counted twice: random loads, drops, closes, changes, refusals, over net_null
 * and net_ring, with every discipline, in ports and in groups where sockets move; in each snapshot both
 * equations hold, for sockets and port, and at the end every mbuf is back.
 */
#include <stdlib.h>
#include <string.h>

#include <rte_malloc.h>

#include "api_eal.h"
#include "rte_qsock_group.h"

#define SOCKETS 40
#define STEPS 6000
#define MEMBERS 2u

static unsigned int rnd(unsigned int n)
{
	return (unsigned int)rand() % n;
}

/* What the test itself knows of a port. */
struct world {
	struct rte_qsock_port *port;   /* a group's: its first member */
	struct rte_qsock_group *group; /* NULL: a port alone */
	struct rte_qsock *qs[SOCKETS];
	struct rte_qsock_counts mine[SOCKETS]; /* offered, refused and put drops of open sockets */
	bool untold[SOCKETS];
	uint64_t offered, refused;
	uint16_t ring; /* a net_ring to be emptied; UINT16_MAX: none */
	uint64_t received;
	unsigned int away; /* steps without a poll to come */
};

static struct rte_qsock_stream_conf random_stream(void)
{
	struct rte_qsock_stream_conf conf;

	rte_qsock_stream_defaults(&conf);
	conf.ipg_ns = 1000 + rnd(200) * 1000;
	conf.deadline_ns = 1000 + rnd(200) * 1000;
	conf.old = 1 + rnd(10);
	conf.oln = rnd(conf.old);
	conf.queue_packets = 1 + rnd(rnd(8) == 0 ? 1000 : 64);
	conf.unit = rnd(4) == 0 ? RTE_QSOCK_UNIT_FRAME : RTE_QSOCK_UNIT_PACKET;
	conf.droppable = rnd(2);
	conf.in_order = rnd(2);
	conf.cls = rnd(4) == 0 ? RTE_QSOCK_BEST_EFFORT : RTE_QSOCK_REALTIME;
	return conf;
}

static void step_open(struct world *w, unsigned int i)
{
	struct rte_qsock_conf conf = {.size = sizeof(conf), .stream = random_stream()};

	conf.linger_ns = rnd(3) == 0 ? rnd(300) * 1000 : 0;
	conf.queue_limit_ns = rnd(4) == 0 ? 1 + rnd(100) * 1000 : 0;
	conf.ring_packets = rnd(2) ? 1u << rnd(6) : 0;
	conf.no_histogram = rnd(2);
	conf.drop_when_full = rnd(4) == 0;
	if (w->group != NULL && rnd(2))
		w->qs[i] = rte_qsock_group_open(w->group, &conf);
	else
		w->qs[i] = rte_qsock_open(w->port, &conf);
	if (w->qs[i] == NULL)
		assert_int_equal(rte_errno, ENOSPC);
	memset(&w->mine[i], 0, sizeof(w->mine[i]));
	w->untold[i] = conf.drop_when_full;
}

static void step_close(struct world *w, unsigned int i)
{
	assert_int_equal(rte_qsock_close(w->qs[i]), 0);
	w->qs[i] = NULL;
}

static void step_change(struct world *w, unsigned int i)
{
	struct rte_qsock_stream_conf conf = random_stream();

	if (rte_qsock_change(w->qs[i], &conf) != 0)
		assert_int_equal(rte_errno, EBUSY);
}

static struct rte_mbuf *random_packet(void)
{
	struct rte_mbuf *m = api_packet((uint16_t)(30 + rnd(1480)));

	switch (rnd(10)) {
	case 0:
		rte_qsock_set_deadline(m, rte_qsock_now_ns() + rnd(100000));
		break;
	case 1:
		rte_qsock_set_droppable(m, rnd(2));
		break;
	case 2:
		rte_qsock_set_frame(m, rnd(2), rnd(2));
		break;
	case 3:
		rte_qsock_meta_init(m)->flags |= RTE_QSOCK_META_NO_NEIGH;
		break;
	case 4:
		rte_pktmbuf_append(m, 1600 - m->pkt_len);
		break;
	case 5:
		rte_qsock_meta_init(m)->sent_ns = rte_qsock_now_ns();
		break;
	case 6:
		m->next = api_packet(99);
		rte_qsock_meta_init(m)->flags |= RTE_QSOCK_META_TRAIN;
		break;
	default:
		break;
	}
	return m;
}

#define BURST_MAX 200u

static uint16_t random_burst(struct rte_mbuf **m)
{
	static const unsigned int most[] = {4, 4, 4, 4, 4, 40, 40, BURST_MAX};
	uint16_t k, n = (uint16_t)(1 + rnd(most[rnd(RTE_DIM(most))]));

	for (k = 0; k < n; k++)
		m[k] = random_packet();
	return n;
}

/* Of n packets that a socket was offered these were not taken. */
static void count_sent(struct world *w, unsigned int i, uint32_t n, uint32_t refused)
{
	w->mine[i].offered += n;
	w->offered += n;
	if (!w->untold[i]) {
		w->mine[i].refused += refused;
		w->refused += refused;
	}
}

static void step_send(struct world *w, unsigned int i)
{
	struct rte_mbuf *m[BURST_MAX];
	uint16_t taken, n = random_burst(m);
	uint32_t room = rte_qsock_tx_room(w->qs[i]);

	taken = rte_qsock_tx_burst(w->qs[i], m, n);
	assert_true(taken >= RTE_MIN(n, room));
	count_sent(w, i, n, n - taken);
	rte_pktmbuf_free_bulk(m + taken, n - taken);
}

/* Packets in turn to the sockets from one on. */
static void step_scatter(struct world *w, unsigned int i)
{
	struct rte_qsock *to[BURST_MAX];
	struct rte_mbuf *m[BURST_MAX];
	uint16_t k, refused, n = random_burst(m);

	for (k = 0; k < n; k++, i = (i + 1) % SOCKETS) {
		while (w->qs[i] == NULL)
			i = (i + 1) % SOCKETS;
		to[k] = w->qs[i];
		count_sent(w, i, 1, 0);
	}
	refused = rte_qsock_tx_scatter(to, m, n);
	for (k = 0; k < refused; k++) {
		for (i = 0; w->qs[i] != to[k];)
			i++;
		count_sent(w, i, 0, 1);
	}
	rte_pktmbuf_free_bulk(m, refused);
}

/* Of the port, or of each member and of all. */
static struct rte_qsock_counts world_total(struct world *w)
{
	struct rte_qsock_port_info port = {0};
	struct rte_qsock_group_info group;
	uint32_t i;

	assert_int_equal(rte_qsock_port_info_get(w->port, &port), 0);
	api_balance(&port.total);
	if (w->group == NULL)
		return port.total;
	for (i = 1; i < MEMBERS; i++) {
		assert_int_equal(rte_qsock_port_info_get(rte_qsock_group_port(w->group, i), &port), 0);
		api_balance(&port.total);
	}
	assert_int_equal(rte_qsock_group_info_get(w->group, &group), 0);
	api_balance(&group.total);
	return group.total;
}

static void step_look(struct world *w, unsigned int i)
{
	struct rte_qsock_counts total = world_total(w);
	struct rte_qsock_info info;

	assert_int_equal(rte_qsock_info_get(w->qs[i], &info), 0);
	api_balance(&info.counts);
	assert_int_equal(info.counts.offered, w->mine[i].offered);
	assert_int_equal(info.counts.refused, w->mine[i].refused);
	assert_int_equal(total.offered, w->offered);
	assert_int_equal(total.refused, w->refused);
}

static void step_move(struct world *w, unsigned int i)
{
	assert_int_equal(rte_qsock_group_move(w->group, w->qs[i], rnd(MEMBERS)), 0);
	if (rnd(4) == 0)
		assert_int_equal(rte_qsock_group_balance(w->group), 0);
}

static void world_poll(struct world *w)
{
	uint32_t i;

	if (w->group == NULL)
		rte_qsock_tx_poll(w->port);
	for (i = 0; i < rte_qsock_group_members(w->group); i++)
		rte_qsock_tx_poll(rte_qsock_group_port(w->group, i));
}

static void receive(struct world *w)
{
	struct rte_mbuf *m[32];
	uint16_t n;

	if (w->ring == UINT16_MAX)
		return;
	while ((n = rte_eth_rx_burst(w->ring, 0, m, 32)) > 0) {
		w->received += n;
		rte_pktmbuf_free_bulk(m, n);
	}
}

static void step(struct world *w)
{
	unsigned int i = rnd(SOCKETS), what = rnd(100);

	if (w->qs[i] == NULL)
		step_open(w, i);
	else if (what < 50)
		step_send(w, i);
	else if (what < 60)
		step_scatter(w, i);
	else if (what < 65)
		step_close(w, i);
	else if (what < 70)
		step_change(w, i);
	else if (what < 80)
		step_look(w, i);
	else if (what < 90 && w->group != NULL)
		step_move(w, i);
	/* Sometimes the TX core is away for a while. */
	if (w->away == 0 && rnd(200) == 0)
		w->away = 1 + rnd(w->group != NULL ? 60 : 400);
	w->away -= w->away > 0;
	for (i = rnd(4); i > 0 && w->away == 0; i--)
		world_poll(w);
	/* Sometimes the net_ring is full for a while: the driver takes a part, or nothing. */
	if (rnd(200) == 0)
		receive(w);
}

/* All that happened in all runs: a test that provokes nothing proves nothing. */
static struct rte_qsock_counts happened;

static void note(const struct rte_qsock_counts *c)
{
	happened.refused += c->refused;
	happened.queue_drop += c->queue_drop;
	happened.on_time += c->on_time;
	happened.late += c->late;
	happened.late_drop += c->late_drop;
	happened.frame_drop += c->frame_drop;
	happened.closed += c->closed;
	happened.neigh_drop += c->neigh_drop;
	happened.tx_error += c->tx_error;
	happened.queued += c->queued;
	happened.violations += c->violations;
}

/* Both members send through the one queue that there is: there is one thread. */
static void world_group(struct world *w, struct rte_qsock_port_conf conf)
{
	struct rte_qsock_egress *egress[MEMBERS] = {conf.egress,
						    rte_qsock_egress_ethdev(api_device("net_null0"), 0)};
	struct rte_qsock_group_conf gc = {
		.size = sizeof(gc), .port = conf, .egress = egress, .members = MEMBERS};

	gc.port.egress = NULL;
	gc.port.max_packets = 8192; /* who moves waits for records that only a poll frees */
	w->group = rte_qsock_group_create(&gc);
	assert_non_null(w->group);
	w->port = rte_qsock_group_port(w->group, 0);
}

static void run(const char *scheduler, const char *device, unsigned int seed, bool group)
{
	struct rte_qsock_port_conf conf = api_port_conf("conserve");
	struct world w = {.ring = UINT16_MAX};
	struct rte_qsock_counts total;
	struct rte_malloc_socket_stats before, after;
	unsigned int i;

	conf.egress->ops->free(conf.egress);
	assert_int_equal(rte_qsock_meta_register(), 0);
	rte_malloc_get_socket_stats(0, &before);
	conf.egress = rte_qsock_egress_ethdev(api_device(device), 0);
	srand(seed);
	conf.scheduler = scheduler;
	conf.rate_bps = UINT64_C(100000000) << rnd(6);
	conf.catchup_ns = rnd(3) * 100000;
	conf.ahead_ns = rnd(3) * 50000;
	conf.work_conserving = rnd(2);
	conf.max_sockets = 30 + rnd(20);
	conf.max_packets = 64 + rnd(500);
	if (group)
		world_group(&w, conf);
	else
		w.port = api_port(&conf);
	if (strcmp(device, "net_ring0") == 0)
		w.ring = api_device(device);
	for (i = 0; i < STEPS; i++)
		step(&w);
	total = world_total(&w);
	assert_int_equal(total.offered, w.offered);
	note(&total);
	if (group)
		assert_int_equal(rte_qsock_group_free(w.group), 0);
	else
		assert_int_equal(rte_qsock_port_free(w.port), 0);
	receive(&w);
	api_pool_whole();
	rte_malloc_get_socket_stats(0, &after);
	assert_int_equal(after.heap_allocsz_bytes, before.heap_allocsz_bytes);
	assert_int_equal(after.alloc_count, before.alloc_count);
}

static void test_conserve(void **state)
{
	static const char *const schedulers[] = {"dwcs", "vds", "edf", "fifo"};
	unsigned int i, seed;

	for (seed = 1; seed <= 5; seed++)
		for (i = 0; i < 4; i++) {
			run(schedulers[i], "net_null0", seed, false);
			run(schedulers[i], "net_ring0", seed, false);
			run(schedulers[i], "net_null0", seed, true);
		}
	assert_true(happened.refused > 0 && happened.queue_drop > 0 && happened.on_time > 0 &&
		    happened.late > 0);
	assert_true(happened.late_drop > 0 && happened.frame_drop > 0 && happened.closed > 0);
	assert_true(happened.neigh_drop > 0 && happened.tx_error > 0 && happened.queued > 0);
	assert_true(happened.violations > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_conserve)};
	int ret;

	api_eal_start("qsconserve");
	rte_log_set_level_pattern("lib.qsock", RTE_LOG_CRIT);
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	api_eal_stop();
	return ret;
}
