/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two TX cores that run, and what they ask for changes: the shares follow, and whatever they do, what leaves
 * both together in any time is what the rate allows in that time, and a frame of each.
 */
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include "group_rig.h"

#define RATE_BPS UINT64_C(100000000)
#define WIRE_BITS (88u * 8) /* of a frame: 64 bytes and the overhead */
#define WINDOW_NS UINT64_C(10000000)
#define WINDOWS 128u

static struct group_rig r;
static bool stop;

/* A flood on one member while it is told to. */
struct flood {
	pthread_t thread;
	struct rte_qsock *qs;
	uint32_t socket, number;
	bool on;
};

static bool told(const bool *flag)
{
	return __atomic_load_n(flag, __ATOMIC_ACQUIRE);
}

static void *flood_main(void *arg)
{
	struct flood *f = arg;

	while (!told(&stop)) {
		while (told(&f->on) && group_send(f->qs, f->socket, f->number))
			f->number++;
		usleep(50);
	}
	return NULL;
}

static void *poller(void *arg)
{
	struct rte_qsock_port *port = arg;

	while (!told(&stop))
		if (rte_qsock_tx_poll(port) == 0)
			sched_yield();
	rte_qsock_tx_stop(port);
	return NULL;
}

/* What has left when: the time is not later than the count at a window's begin, nor earlier at its end. */
struct sample {
	uint64_t before_ns, after_ns, frames;
};

static struct sample samples[WINDOWS];
static uint32_t nr_samples;

static struct sample sample_take(void)
{
	struct sample s = {.before_ns = rte_qsock_now_ns()};

	s.frames = __atomic_load_n(&r.seen.frames, __ATOMIC_ACQUIRE);
	s.after_ns = rte_qsock_now_ns();
	return s;
}

static uint64_t nr_windows;

/* Each pair of samples of which the later one is now is a window. */
static void look(void)
{
	struct sample now = sample_take();
	uint32_t i, n = RTE_MIN(nr_samples, WINDOWS);

	for (i = 0; i < n; i++) {
		const struct sample *begin = &samples[i];
		uint64_t for_ns = now.after_ns - begin->before_ns;
		uint64_t bits = (now.frames - begin->frames) * WIRE_BITS;

		if (for_ns < WINDOW_NS)
			continue;
		assert_true((double)bits <= (double)RATE_BPS * (double)for_ns / 1e9 + 2 * 2 * WIRE_BITS);
		nr_windows++;
	}
	samples[nr_samples++ % WINDOWS] = now;
}

static struct rte_qsock_group_info step(void)
{
	assert_int_equal(rte_qsock_group_balance(r.group), 0);
	look();
	usleep(500);
	return group_info(&r);
}

static void flood_start(struct flood *f, uint32_t member)
{
	struct rte_qsock_conf conf = api_socket_conf(NULL);

	conf.stream.queue_packets = 1000;
	f->socket = member;
	f->qs = rte_qsock_open(rte_qsock_group_port(r.group, member), &conf);
	assert_non_null(f->qs);
	assert_int_equal(pthread_create(&f->thread, NULL, flood_main, f), 0);
}

static void flood_set(struct flood *f, bool on)
{
	__atomic_store_n(&f->on, on, __ATOMIC_RELEASE);
}

static void test_follow(void **state)
{
	struct rte_qsock_group_conf gc = group_conf(&r, 2, "fifo");
	struct rte_qsock_group_info info;
	struct flood floods[2] = {0};
	pthread_t poll;
	uint32_t i, n;

	gc.port.rate_bps = RATE_BPS;
	group_make(&r, &gc);
	assert_int_equal(rte_qsock_tx_launch(rte_qsock_group_port(r.group, 1), 1), 0);
	assert_int_equal(pthread_create(&poll, NULL, poller, rte_qsock_group_port(r.group, 0)), 0);
	for (i = 0; i < 2; i++)
		flood_start(&floods[i], i);
	for (n = 0; n < 3; n++) {
		for (i = 0; i < 2; i++) {
			flood_set(&floods[i], true);
			flood_set(&floods[!i], false);
			do
				info = step();
			while (info.member[i].share_bps < RATE_BPS / 10 * 9);
		}
		flood_set(&floods[0], true);
		do
			info = step();
		while (info.member[0].share_bps < RATE_BPS / 3 || info.member[1].share_bps < RATE_BPS / 3);
	}
	/* A while with both, for there to be windows of all kinds. */
	for (i = 0; i < 100 || nr_windows < 100; i++)
		step();
	assert_true(info.member[0].share_bps >= RATE_BPS / 2 / 1000 * 62);
	for (i = 0; i < 2; i++)
		flood_set(&floods[i], false);
	while (step().total.queued > 0)
		;
	__atomic_store_n(&stop, true, __ATOMIC_RELEASE);
	for (i = 0; i < 2; i++)
		pthread_join(floods[i].thread, NULL);
	pthread_join(poll, NULL);
	print_message("%lu windows\n", (unsigned long)nr_windows);
	group_end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_follow)};
	int ret;

	api_eal_start("qsgroupshare");
	rte_log_set_level_pattern("lib.qsock", RTE_LOG_CRIT);
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	api_eal_stop();
	return ret;
}
