/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two TX cores that run, senders that send, and sockets that move between them at random as fast as they can:
 * nothing is lost, each socket's packets come in order, everything adds up at any time, and shares never
 * exceed the rate.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/qs_port.h"
#include "group_rig.h"

#define SENDERS 2u
#define OWN 8u /* sockets of each */
#define MOVED (SENDERS * OWN)
#define MOVES 60u
#define CALLS 100u

static struct group_rig r;
static struct rte_qsock *sockets[MOVED];
static bool stop, stop_polling;

struct sender {
	pthread_t thread;
	uint32_t first;
	uint32_t number[OWN]; /* of the next packet that is taken */
	uint64_t refused;
	unsigned int seed;
	uint32_t calls;
	bool scatter;
};

static bool told(const bool *flag)
{
	return __atomic_load_n(flag, __ATOMIC_ACQUIRE);
}

/* A few packets of one socket. */
static void send_some(struct sender *s)
{
	uint32_t own = (uint32_t)rand_r(&s->seed) % OWN, n = 1 + (uint32_t)rand_r(&s->seed) % 8, i, taken;
	struct rte_mbuf *m[8];

	for (i = 0; i < n; i++)
		if ((m[i] = group_packet(s->first + own, s->number[own] + i)) == NULL)
			break;
	taken = i == 0 ? 0 : rte_qsock_tx_burst(sockets[s->first + own], m, (uint16_t)i);
	s->number[own] += taken;
	s->refused += i - taken;
	rte_pktmbuf_free_bulk(m + taken, i - taken);
}

/* One packet of each, in one call. What is refused is told by its mbuf, which comes first. */
static void send_scattered(struct sender *s)
{
	struct rte_qsock *qs[OWN];
	struct rte_mbuf *m[OWN];
	uint32_t i, n = 0, own[OWN];
	uint16_t refused;

	for (i = 0; i < OWN; i++) {
		m[n] = group_packet(s->first + i, s->number[i]);
		if (m[n] == NULL)
			continue;
		own[n] = i;
		qs[n++] = sockets[s->first + i];
	}
	for (i = 0; i < n; i++)
		s->number[own[i]]++;
	refused = rte_qsock_tx_scatter(qs, m, (uint16_t)n);
	for (i = 0; i < refused; i++) {
		s->number[qs_socket_id(qs[i]) - qs_socket_id(sockets[s->first])]--;
		s->refused++;
		rte_pktmbuf_free(m[i]);
	}
}

static void *sender_main(void *arg)
{
	struct sender *s = arg;

	while (!told(&stop)) {
		if (s->scatter)
			send_scattered(s);
		else
			send_some(s);
		__atomic_store_n(&s->calls, s->calls + 1, __ATOMIC_RELAXED);
		/* There are fewer cores than threads. */
		usleep(10);
	}
	return NULL;
}

static void *poller(void *arg)
{
	struct rte_qsock_port *port = arg;

	while (!told(&stop_polling))
		if (rte_qsock_tx_poll(port) == 0)
			sched_yield();
	rte_qsock_tx_stop(port);
	return NULL;
}

/* A thread that is kept from its CPU for long, as on a busy machine: nothing has changed, try again. */
static bool was_away(int ret)
{
	return ret < 0 && (rte_errno == EBUSY || rte_errno == ETIMEDOUT);
}

static void *balancer(void *arg)
{
	uint64_t *steps = arg;
	int ret;

	do {
		ret = rte_qsock_group_balance(r.group);
		if (ret != 0 && !was_away(ret))
			return arg;
		++*steps;
		usleep(1000);
	} while (!told(&stop));
	return NULL;
}

static void open_sockets(bool droppable)
{
	struct rte_qsock_conf conf = api_socket_conf(NULL);
	uint32_t i;

	conf.stream.ipg_ns = 10000;
	conf.stream.deadline_ns = 1000000;
	conf.stream.droppable = droppable;
	conf.stream.in_order = true;
	for (i = 0; i < MOVED; i++) {
		conf.stream.cls = i % 4 == 3 ? RTE_QSOCK_BEST_EFFORT : RTE_QSOCK_REALTIME;
		conf.queue_limit_ns = 0;
		conf.stream.queue_packets = 16 + i;
		sockets[i] = rte_qsock_group_open(r.group, &conf);
		assert_non_null(sockets[i]);
	}
}

static void look(void)
{
	struct rte_qsock_info info;
	uint32_t i;
	int ret;

	group_info(&r);
	for (i = 0; i < MOVED; i++) {
		while (was_away(ret = rte_qsock_info_get(sockets[i], &info)))
			;
		assert_int_equal(ret, 0);
		api_balance(&info.counts);
	}
}

/* Whether each of them has sent while sockets moved. */
static bool busy(const struct sender *senders)
{
	uint32_t i;

	for (i = 0; i < SENDERS; i++)
		if (__atomic_load_n(&senders[i].calls, __ATOMIC_RELAXED) < CALLS)
			return false;
	return true;
}

static void move_about(unsigned int seed, const struct sender *senders)
{
	uint32_t n;

	for (n = 0; n < 2 * MOVES || !busy(senders); n++) {
		uint32_t i = (uint32_t)rand_r(&seed) % MOVED, to = (uint32_t)rand_r(&seed) % 2;
		int ret;

		while (was_away(ret = rte_qsock_group_move(r.group, sockets[i], to)))
			;
		assert_int_equal(ret, 0);
		if (n % 32 == 0)
			look();
	}
}

static void run(const char *scheduler, bool droppable, unsigned int seed)
{
	struct rte_qsock_group_conf gc = group_conf(&r, 2, scheduler);
	struct sender senders[SENDERS] = {0};
	struct rte_qsock_group_info info;
	uint64_t refused = 0, sent, steps = 0;
	pthread_t poll, balance;
	void *failed;
	uint32_t i, k;

	gc.port.rate_bps = UINT64_C(2000000000);
	gc.port.catchup_ns = 1000000;
	group_make(&r, &gc);
	r.egress[0].stingy = true;
	r.egress[1].stingy = true;
	stop = false;
	stop_polling = false;
	open_sockets(droppable);
	assert_int_equal(rte_qsock_tx_launch(rte_qsock_group_port(r.group, 1), 1), 0);
	assert_int_equal(pthread_create(&poll, NULL, poller, rte_qsock_group_port(r.group, 0)), 0);
	assert_int_equal(pthread_create(&balance, NULL, balancer, &steps), 0);
	for (i = 0; i < SENDERS; i++) {
		senders[i].first = i * OWN;
		senders[i].seed = seed + i;
		senders[i].scatter = (seed + i) % 2;
		assert_int_equal(pthread_create(&senders[i].thread, NULL, sender_main, &senders[i]), 0);
	}
	move_about(seed, senders);
	__atomic_store_n(&stop, true, __ATOMIC_RELEASE);
	for (i = 0; i < SENDERS; i++)
		pthread_join(senders[i].thread, NULL);
	pthread_join(balance, &failed);
	assert_null(failed);
	/* All that was taken comes out, or is told of. */
	do
		info = group_info(&r);
	while (info.total.queued > 0);
	__atomic_store_n(&stop_polling, true, __ATOMIC_RELEASE);
	pthread_join(poll, NULL);
	look();
	for (i = 0, sent = 0; i < SENDERS; i++) {
		refused += senders[i].refused;
		for (k = 0; k < OWN; k++) {
			sent += senders[i].number[k];
			if (!droppable)
				assert_int_equal(r.seen.next[i * OWN + k], senders[i].number[k]);
		}
	}
	info = group_info(&r);
	assert_int_equal(info.total.refused, refused);
	assert_int_equal(info.total.accepted, sent);
	assert_int_equal(info.total.on_time + info.total.late, r.seen.frames);
	assert_int_equal(info.total.on_time + info.total.late + info.total.late_drop, sent);
	assert_true(droppable || info.total.late_drop == 0);
	assert_true(info.moves > MOVES / 2 && steps > 0 && sent > 0);
	assert_true(r.egress[0].frames > 0 && r.egress[1].frames > 0);
	print_message("%s: %lu packets, %lu refused, %lu moves\n", scheduler, (unsigned long)sent,
		      (unsigned long)refused, (unsigned long)info.moves);
	group_end(&r);
}

static void test_moves(void **state)
{
	run("dwcs", false, 1);
	run("dwcs", true, 2);
	run("vds", false, 3);
	run("vds", true, 4);
	run("edf", false, 5);
	run("edf", true, 6);
	run("fifo", false, 7);
	run("fifo", false, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_moves)};
	int ret;

	api_eal_start("qsgroupmove");
	rte_log_set_level_pattern("lib.qsock", RTE_LOG_CRIT);
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	api_eal_stop();
	return ret;
}
