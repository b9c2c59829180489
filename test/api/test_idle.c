/* SPDX-License-Identifier: BSD-3-Clause */
/* A TX core that sleeps: what it is told wakes it up, and so does its own time. */
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#include "core/qs_port.h"
#include "rig.h"

#define SENDS 50u

static struct rte_qsock_port *idle_port(const char *name, uint64_t sleep_after_ns)
{
	struct rte_qsock_port_conf conf = api_port_conf(name);

	conf.sleep_after_ns = sleep_after_ns;
	return api_port(&conf);
}

static void wait_asleep(const struct rte_qsock_port *port)
{
	while (__atomic_load_n(&port->idle.asleep, __ATOMIC_RELAXED) == 0)
		usleep(50);
}

static void wait_sent(const struct rte_qsock *qs, uint64_t packets)
{
	while (qs_socket_left(qs) != packets)
		usleep(50);
}

/* Packets and calls find it asleep. */
static void test_told(void **state)
{
	struct rte_qsock_port *port = idle_port("told", 100000);
	struct rte_qsock_conf conf = api_socket_conf("a");
	struct rte_qsock_port_info info;
	struct rte_qsock *qs;
	struct rte_mbuf *m;
	uint64_t i;

	conf.stream.droppable = false; /* the TX core may lose its CPU for longer than a period */
	assert_int_equal(rte_qsock_tx_launch(port, 1), 0);
	qs = rte_qsock_open(port, &conf);
	assert_non_null(qs);
	for (i = 1; i <= SENDS; i++) {
		wait_asleep(port);
		m = api_packet(100);
		if (i % 3 == 0)
			assert_int_equal(rte_qsock_tx_scatter(&qs, &m, 1), 0);
		else
			assert_int_equal(rte_qsock_tx_burst(qs, &m, 1), 1);
		wait_sent(qs, i);
		if (i % 5 == 0) {
			wait_asleep(port);
			assert_int_equal(rte_qsock_port_info_get(port, &info), 0);
		}
	}
	assert_int_equal(rte_qsock_port_info_get(port, &info), 0);
	assert_int_equal(info.total.on_time + info.total.late, SENDS);
	assert_true(info.sleeps >= SENDS);
	assert_true(info.slept_ns > 0);
	/* Nearly all: it may have got up by itself in between. */
	assert_true(port->idle.woken >= SENDS * 3 / 4);
	wait_asleep(port);
	assert_int_equal(rte_qsock_tx_stop(port), 0);
	assert_int_equal(rte_qsock_tx_launch(port, 1), 0);
	wait_asleep(port);
	assert_int_equal(rte_qsock_port_stats_reset(port), 0);
	assert_int_equal(rte_qsock_port_free(port), 0);
	api_pool_whole();
}

/* A stream whose packets have to wait for their periods: nobody tells it when. */
static void test_own_time(void **state)
{
	struct rte_qsock_port *port = idle_port("time", 100000);
	struct rte_qsock_conf conf = api_socket_conf("a");
	struct rte_qsock_port_info info;
	struct rte_mbuf *m[4];
	struct rte_qsock *qs;
	uint64_t begin_ns;
	uint16_t i;

	conf.stream.ipg_ns = 15 * MS;
	conf.stream.droppable = false;
	assert_int_equal(rte_qsock_tx_launch(port, 1), 0);
	qs = rte_qsock_open(port, &conf);
	assert_non_null(qs);
	for (i = 0; i < 4; i++)
		m[i] = api_packet(100);
	wait_asleep(port);
	begin_ns = rte_qsock_now_ns();
	assert_int_equal(rte_qsock_tx_burst(qs, m, 4), 4);
	wait_sent(qs, 4);
	/* Never early: the fourth may go when three periods have passed. */
	assert_true(rte_qsock_now_ns() - begin_ns >= 45 * MS);
	assert_int_equal(rte_qsock_port_info_get(port, &info), 0);
	assert_true(info.sleeps >= 3);
	assert_int_equal(rte_qsock_port_free(port), 0);
	api_pool_whole();
}

struct sender {
	pthread_t thread;
	struct rte_qsock *qs;
	uint64_t sent;
	uint32_t seed;
	bool stop;
};

static void *sender_main(void *arg)
{
	struct sender *s = arg;

	while (!__atomic_load_n(&s->stop, __ATOMIC_RELAXED)) {
		struct rte_mbuf *m = rte_pktmbuf_alloc(api_pool);

		s->seed = s->seed * 1664525 + 1013904223;
		if (m == NULL)
			continue;
		rte_pktmbuf_append(m, 100);
		if (rte_qsock_tx_burst(s->qs, &m, 1) == 1)
			s->sent++;
		else
			rte_pktmbuf_free(m);
		/* Around the time after which it falls asleep. */
		usleep(s->seed >> 24);
	}
	return NULL;
}

static void test_many(void **state)
{
	struct rte_qsock_port *port = idle_port("many", 50000);
	struct rte_qsock_port_info info;
	struct sender s[2] = {0};
	unsigned int i;

	assert_int_equal(rte_qsock_tx_launch(port, 1), 0);
	for (i = 0; i < 2; i++) {
		struct rte_qsock_conf conf = api_socket_conf(NULL);

		conf.stream.cls = RTE_QSOCK_BEST_EFFORT;
		s[i].qs = rte_qsock_open(port, &conf);
		s[i].seed = i + 1;
		assert_non_null(s[i].qs);
		assert_int_equal(pthread_create(&s[i].thread, NULL, sender_main, &s[i]), 0);
	}
	usleep(700000);
	for (i = 0; i < 2; i++) {
		__atomic_store_n(&s[i].stop, true, __ATOMIC_RELAXED);
		pthread_join(s[i].thread, NULL);
		wait_sent(s[i].qs, s[i].sent);
	}
	assert_int_equal(rte_qsock_port_info_get(port, &info), 0);
	api_balance(&info.total);
	assert_int_equal(info.total.on_time, s[0].sent + s[1].sent);
	assert_int_equal(rte_qsock_port_free(port), 0);
	api_pool_whole();
}

/* Before it sleeps, or where it may not: it rests, whatever the CPU can. */
static void rests(const char *name, uint64_t sleep_after_ns, bool monitors, uint32_t steps)
{
	struct rte_qsock_port *port = idle_port(name, sleep_after_ns);
	struct rte_qsock_conf conf = api_socket_conf("a");
	struct rte_qsock_port_info info;
	struct rte_qsock *qs;
	struct rte_mbuf *m;
	uint64_t i, before;

	conf.stream.droppable = false;
	port->idle.monitors |= monitors; /* it finds out that it cannot, and pauses */
	assert_int_equal(rte_qsock_tx_launch(port, 1), 0);
	qs = rte_qsock_open(port, &conf);
	assert_non_null(qs);
	for (i = 1; i <= SENDS; i++) {
		before = __atomic_load_n(&port->idle.rests, __ATOMIC_RELAXED);
		while (__atomic_load_n(&port->idle.rests, __ATOMIC_RELAXED) == before)
			usleep(50);
		m = api_packet(100);
		assert_int_equal(rte_qsock_tx_burst(qs, &m, 1), 1);
		wait_sent(qs, i);
	}
	assert_int_equal(rte_qsock_port_info_get(port, &info), 0);
	assert_true(info.rests > 0);
	assert_int_equal(info.idle & ~(uint32_t)RTE_QSOCK_IDLE_MONITOR, steps & ~RTE_QSOCK_IDLE_MONITOR);
	if (monitors)
		assert_true(info.idle & RTE_QSOCK_IDLE_MONITOR);
	assert_int_equal(rte_qsock_port_free(port), 0);
	api_pool_whole();
}

static void test_rests(void **state)
{
	rests("pause", 0, false, RTE_QSOCK_IDLE_PAUSE);
	rests("sleep", 1000 * MS, false, RTE_QSOCK_IDLE_PAUSE | RTE_QSOCK_IDLE_SLEEP);
	rests("monitor", 0, true, RTE_QSOCK_IDLE_PAUSE | RTE_QSOCK_IDLE_MONITOR);
}

static uint32_t calls; /* of the thread that may not make any */

static void on_sigsys(int number)
{
	__atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED);
}

/* From now on this thread's system calls are counted and not made, but for those that end it. */
static int calls_count(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigreturn, 4, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit, 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigprocmask, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_madvise, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = RTE_DIM(filter), .filter = filter};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

struct silent {
	struct rte_qsock *qs;
	uint32_t packets;
	bool asleep;	/* send when it sleeps */
	uint32_t calls; /* system calls of all packets but the first */
	int ret;
};

static void *silent_main(void *arg)
{
	struct silent *s = arg;
	struct rte_mbuf *m[SENDS];
	uint32_t i;

	for (i = 0; i < s->packets; i++)
		m[i] = api_packet(100);
	/* The first: the thread gets its lane, once. */
	assert_int_equal(rte_qsock_tx_burst(s->qs, &m[0], 1), 1);
	wait_sent(s->qs, 1);
	if (s->asleep)
		wait_asleep(s->qs->port);
	s->ret = calls_count();
	if (s->ret != 0)
		return NULL;
	__atomic_store_n(&calls, 0, __ATOMIC_RELAXED);
	for (i = 1; i < s->packets; i++)
		while (rte_qsock_tx_burst(s->qs, &m[i], 1) != 1)
			;
	s->calls = __atomic_load_n(&calls, __ATOMIC_RELAXED);
	return NULL;
}

/* @return system calls of a thread that sends; -1: they cannot be counted here */
static int64_t silent(uint64_t sleep_after_ns, uint32_t packets)
{
	struct rte_qsock_port *port = idle_port("silent", sleep_after_ns);
	struct rte_qsock_conf conf = api_socket_conf("a");
	struct silent s = {.packets = packets, .asleep = sleep_after_ns < MS};
	pthread_t thread;

	conf.stream.cls = RTE_QSOCK_BEST_EFFORT;
	s.qs = rte_qsock_open(port, &conf);
	assert_non_null(s.qs);
	assert_int_equal(rte_qsock_tx_launch(port, 1), 0);
	assert_int_equal(pthread_create(&thread, NULL, silent_main, &s), 0);
	pthread_join(thread, NULL);
	/* What was to wake it up was counted and not made: it gets up by itself. */
	if (s.ret == 0)
		wait_sent(s.qs, packets);
	assert_int_equal(rte_qsock_port_free(port), 0);
	return s.ret == 0 ? (int64_t)s.calls : -1;
}

/* Senders make no system call while the TX core is awake, and one to wake it up. */
static void test_no_call(void **state)
{
	struct sigaction action = {.sa_handler = on_sigsys}, before;
	int64_t awake, asleep = 0;
	uint32_t i;

#ifdef __SANITIZE_ADDRESS__
	skip(); /* its threads make calls of their own */
#endif
	assert_int_equal(sigaction(SIGSYS, &action, &before), 0);
	awake = silent(10000 * MS, SENDS);
	/* It may get up just then. */
	for (i = 0; i < 50 && asleep == 0; i++)
		asleep = silent(100000, 2);
	assert_int_equal(sigaction(SIGSYS, &before, NULL), 0);
	if (awake < 0)
		skip();
	assert_int_equal(awake, 0);
	assert_int_equal(asleep, 1);
	api_pool_whole();
}

static void test_refused(void **state)
{
	struct rte_qsock_port_conf conf = api_port_conf("refused");
	struct rlimit limit, none;

	conf.sleep_after_ns = UINT64_C(10000000001);
	assert_null(rte_qsock_port_create(&conf));
	assert_int_equal(rte_errno, EINVAL);
	conf.sleep_after_ns = 1;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = limit;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_null(rte_qsock_port_create(&conf));
	assert_int_equal(rte_errno, EMFILE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	conf.egress->ops->free(conf.egress);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_told),  cmocka_unit_test(test_own_time), cmocka_unit_test(test_many),
		cmocka_unit_test(test_rests), cmocka_unit_test(test_no_call),  cmocka_unit_test(test_refused),
	};
	int ret;

	api_eal_start("qsidle");
	rte_log_set_level_pattern("lib.qsock", RTE_LOG_CRIT);
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	api_eal_stop();
	return ret;
}
