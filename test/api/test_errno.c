/* SPDX-License-Identifier: BSD-3-Clause */
/* Every refusal that the headers name. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_launch.h>
#include <rte_lcore.h>

#include "api_eal.h"
#include "impatient.h"

#define refused(call, error)                                                                                 \
	do {                                                                                                 \
		rte_errno = 0;                                                                               \
		assert_int_equal((call), -1);                                                                \
		assert_int_equal(rte_errno, (error));                                                        \
	} while (0)

#define none(call, error)                                                                                    \
	do {                                                                                                 \
		rte_errno = 0;                                                                               \
		assert_null(call);                                                                           \
		assert_int_equal(rte_errno, (error));                                                        \
	} while (0)

static struct api_egress egress;

static struct rte_qsock_port_conf conf_of(const char *name)
{
	return (struct rte_qsock_port_conf){.size = sizeof(struct rte_qsock_port_conf),
					    .name = name,
					    .egress = api_egress_init(&egress),
					    .max_sockets = 3,
					    .max_packets = 64,
					    .socket_id = SOCKET_ID_ANY};
}

static void port_refused(void (*change)(struct rte_qsock_port_conf *conf), int error)
{
	struct rte_qsock_port_conf conf = conf_of("bad");

	change(&conf);
	none(rte_qsock_port_create(&conf), error);
	/* The egress is still its maker's. */
	assert_int_equal(egress.freed, 0);
}

#define CHANGE(what, ...)                                                                                    \
	static void change_##what(struct rte_qsock_port_conf *conf)                                          \
	{                                                                                                    \
		__VA_ARGS__;                                                                                 \
	}
static const struct rte_qsock_egress_ops no_ops = {.name = "none"};
static struct rte_qsock_egress bare = {.ops = &no_ops};
static struct rte_qsock_egress_ops rateless;
static uint64_t no_rate_bps(const struct rte_qsock_egress *e)
{
	return 0;
}
CHANGE(size, conf->size = 0)
CHANGE(no_name, conf->name = NULL)
CHANGE(empty_name, conf->name = "")
CHANGE(long_name, conf->name = "a name of thirty-two characters.")
CHANGE(no_egress, conf->egress = NULL)
CHANGE(bare_egress, conf->egress = &bare)
CHANGE(no_rate, rateless = *conf->egress->ops; rateless.rate_bps = no_rate_bps; bare.ops = &rateless;
       conf->egress = &bare)
CHANGE(slow, conf->rate_bps = 999)
CHANGE(fast, conf->rate_bps = RTE_QSOCK_RATE_MAX_BPS + 1)
CHANGE(ahead, conf->ahead_ns = 10000001)
CHANGE(catchup, conf->catchup_ns = 1000000001)
CHANGE(stall, conf->stall_ns = 999)
CHANGE(long_stall, conf->stall_ns = 1000000001)
CHANGE(sockets, conf->max_sockets = (1u << 20) + 1)
CHANGE(few_packets, conf->max_packets = 63)
CHANGE(packets, conf->max_packets = (1u << 26) + 1)
CHANGE(precedence, conf->precedence = 2)
CHANGE(node, conf->socket_id = 99)
CHANGE(scheduler, conf->scheduler = "best")
CHANGE(record, conf->record = "/proc/nonexistent/dir/x")
CHANGE(memory, conf->max_packets = 1u << 26)

static void test_port_create(void **state)
{
	struct rte_qsock_port_conf conf = conf_of("twice");
	struct rte_qsock_port *port;

	none(rte_qsock_port_create(NULL), EINVAL);
	port_refused(change_size, EINVAL);
	port_refused(change_no_name, EINVAL);
	port_refused(change_empty_name, EINVAL);
	port_refused(change_long_name, EINVAL);
	port_refused(change_no_egress, EINVAL);
	port_refused(change_bare_egress, EINVAL);
	port_refused(change_no_rate, EINVAL);
	port_refused(change_slow, EINVAL);
	port_refused(change_fast, EINVAL);
	port_refused(change_ahead, EINVAL);
	port_refused(change_catchup, EINVAL);
	port_refused(change_stall, EINVAL);
	port_refused(change_long_stall, EINVAL);
	port_refused(change_sockets, EINVAL);
	port_refused(change_few_packets, EINVAL);
	port_refused(change_packets, EINVAL);
	port_refused(change_precedence, EINVAL);
	port_refused(change_node, EINVAL);
	port_refused(change_scheduler, ENOENT);
	port_refused(change_record, EINVAL);
	port_refused(change_memory, ENOMEM);
	port = api_port(&conf);
	none(rte_qsock_port_create(&conf), EEXIST);
	conf.name = "with its egress";
	none(rte_qsock_port_create(&conf), EBUSY);
	assert_int_equal(rte_qsock_port_free(port), 0);
	assert_int_equal(egress.freed, 1);
	refused(rte_qsock_port_free(NULL), EINVAL);
	none(rte_qsock_port_lookup("twice"), ENOENT);
	none(rte_qsock_port_lookup(NULL), ENOENT);
}

/* A newer program may set what this library does not know: then it must not be ignored. */
static void test_sizes(void **state)
{
	struct {
		struct rte_qsock_conf conf;
		uint64_t later;
	} newer = {.conf = api_socket_conf("newer")};
	struct rte_qsock_port_conf conf = conf_of("sizes");
	struct rte_qsock_port *port = api_port(&conf);

	newer.conf.size = sizeof(newer);
	assert_non_null(rte_qsock_open(port, &newer.conf));
	newer.conf.name = "newest";
	newer.later = 1;
	none(rte_qsock_open(port, &newer.conf), EINVAL);
	/* An older one knows less. */
	newer.conf = api_socket_conf("older");
	newer.conf.size = offsetof(struct rte_qsock_conf, no_histogram);
	assert_non_null(rte_qsock_open(port, &newer.conf));
	assert_int_equal(rte_qsock_port_free(port), 0);
}

static int nothing(struct rte_qsock *qs, void *arg)
{
	return 0;
}

static void open_refused(struct rte_qsock_port *port, struct rte_qsock_conf conf, int error)
{
	none(rte_qsock_open(port, &conf), error);
}

static void test_open(void **state)
{
	struct rte_qsock_port_conf pc = conf_of("open");
	struct rte_qsock_port *port = api_port(&pc);
	struct rte_qsock_conf good = api_socket_conf("a"), c;

	none(rte_qsock_open(NULL, &good), EINVAL);
	none(rte_qsock_open(port, NULL), EINVAL);
	c = good, c.name = "";
	open_refused(port, c, EINVAL);
	c = good, c.name = "a name of thirty-two characters.";
	open_refused(port, c, EINVAL);
	c = good, c.stream.ipg_ns = 999;
	open_refused(port, c, EINVAL);
	c = good, c.stream.oln = 3;
	open_refused(port, c, EINVAL);
	c = good, c.stream.queue_packets = 0;
	open_refused(port, c, EINVAL);
	c = good, c.ring_packets = RTE_QSOCK_QUEUE_MAX + 1;
	open_refused(port, c, EINVAL);
	c = good, c.linger_ns = UINT64_C(1000000000001);
	open_refused(port, c, EINVAL);
	c = good, c.queue_limit_ns = UINT64_C(1000000000001);
	open_refused(port, c, EINVAL);
	assert_non_null(rte_qsock_open(port, &good));
	open_refused(port, good, EEXIST);
	good.name = NULL;
	assert_non_null(rte_qsock_open(port, &good));
	assert_non_null(rte_qsock_open(port, &good));
	open_refused(port, good, ENOSPC);
	none(rte_qsock_lookup(port, "nobody"), ENOENT);
	none(rte_qsock_lookup(port, NULL), EINVAL);
	none(rte_qsock_lookup(NULL, "a"), EINVAL);
	refused(rte_qsock_foreach(NULL, nothing, NULL), EINVAL);
	refused(rte_qsock_foreach(port, NULL, NULL), EINVAL);
	assert_int_equal(rte_qsock_port_free(port), 0);
}

static void test_no_memory(void **state)
{
	struct rte_qsock_port_conf pc = conf_of("memory");
	struct rte_qsock_conf sc = api_socket_conf(NULL);
	struct rte_qsock_port *port;
	struct rte_qsock_info info;
	unsigned int n = 0;

	pc.max_sockets = 200000;
	port = api_port(&pc);
	while (rte_qsock_open(port, &sc) != NULL)
		n++;
	assert_int_equal(rte_errno, ENOMEM);
	assert_in_range(n, 1000, 190000);
	/* What failed left nothing behind. */
	assert_int_equal(rte_qsock_info_get(rte_qsock_lookup(port, "s0"), &info), 0);
	none(rte_qsock_lookup(port, "s190000"), ENOENT);
	assert_int_equal(rte_qsock_close(rte_qsock_lookup(port, "s0")), 0);
	assert_non_null(rte_qsock_open(port, &sc));
	assert_int_equal(rte_qsock_port_free(port), 0);
}

static void test_socket_calls(void **state)
{
	struct rte_qsock_port_conf pc = conf_of("calls");
	struct rte_qsock_port *port = api_port(&pc);
	struct rte_qsock_conf sc = api_socket_conf("a");
	struct rte_qsock *qs = rte_qsock_open(port, &sc);
	struct rte_qsock_port_info port_info;
	struct rte_qsock_info info;
	struct rte_mbuf *m = api_packet(100);

	refused(rte_qsock_info_get(NULL, &info), EINVAL);
	refused(rte_qsock_info_get(qs, NULL), EINVAL);
	refused(rte_qsock_change(NULL, &sc.stream), EINVAL);
	refused(rte_qsock_change(qs, NULL), EINVAL);
	sc.stream.old = 70000;
	refused(rte_qsock_change(qs, &sc.stream), EINVAL);
	sc.stream.old = 5;
	assert_int_equal(rte_qsock_change(qs, &sc.stream), 0);
	assert_int_equal(rte_qsock_info_get(qs, &info), 0);
	assert_int_equal(info.conf.old, 5);
	/* A class does not change under queued packets. */
	egress.accept = 0;
	assert_int_equal(rte_qsock_tx_burst(qs, &m, 1), 1);
	m = api_packet(100);
	assert_int_equal(rte_qsock_tx_burst(qs, &m, 1), 1);
	rte_qsock_tx_poll(port);
	sc.stream.cls = RTE_QSOCK_BEST_EFFORT;
	refused(rte_qsock_change(qs, &sc.stream), EBUSY);
	refused(rte_qsock_port_info_get(NULL, &port_info), EINVAL);
	refused(rte_qsock_port_info_get(port, NULL), EINVAL);
	refused(rte_qsock_stats_reset(NULL), EINVAL);
	refused(rte_qsock_port_stats_reset(NULL), EINVAL);
	refused(rte_qsock_port_rate_set(NULL, 1000000), EINVAL);
	refused(rte_qsock_port_rate_set(port, 999), EINVAL);
	refused(rte_qsock_close(NULL), EINVAL);
	assert_int_equal(rte_qsock_close(qs), 0);
	/* A handle of what is closed is none. */
	refused(rte_qsock_close(qs), EINVAL);
	refused(rte_qsock_info_get(qs, &info), EINVAL);
	refused(rte_qsock_change(qs, &sc.stream), EINVAL);
	refused(rte_qsock_stats_reset(qs), EINVAL);
	assert_int_equal(rte_qsock_tx_poll(NULL), 0);
	assert_int_equal(rte_qsock_port_free(port), 0);
	api_pool_whole();
}

static int idle_job(void *arg)
{
	while (!__atomic_load_n((bool *)arg, __ATOMIC_RELAXED))
		usleep(100);
	return 0;
}

static void test_launch(void **state)
{
	struct rte_qsock_port_conf pc = conf_of("launch");
	struct rte_qsock_port *port = api_port(&pc);
	bool stop = false;

	refused(rte_qsock_tx_launch(NULL, 1), EINVAL);
	refused(rte_qsock_tx_launch(port, 0), EINVAL);
	refused(rte_qsock_tx_launch(port, 77), EINVAL);
	refused(rte_qsock_tx_launch(port, RTE_MAX_LCORE), EINVAL);
	assert_int_equal(rte_eal_remote_launch(idle_job, &stop, 1), 0);
	refused(rte_qsock_tx_launch(port, 1), EBUSY);
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	rte_eal_wait_lcore(1);
	assert_int_equal(rte_qsock_tx_launch(port, 1), 0);
	refused(rte_qsock_tx_launch(port, 1), EBUSY);
	refused(rte_qsock_tx_stop(NULL), EINVAL);
	assert_int_equal(rte_qsock_tx_stop(port), 0);
	assert_int_equal(rte_qsock_tx_stop(port), 0);
	/* Who polls keeps it, until it says otherwise. */
	rte_qsock_tx_poll(port);
	refused(rte_qsock_tx_launch(port, 1), EBUSY);
	assert_int_equal(rte_qsock_tx_stop(port), 0);
	assert_int_equal(rte_qsock_tx_launch(port, 1), 0);
	assert_int_equal(rte_qsock_port_free(port), 0);
}

/* A thread that polls until it is told to stop polling, and leaves when told to leave. */
struct poller {
	struct rte_qsock_port *port;
	int phase; /* 0 begins, 1 polls, 2 does not poll, 3 polls again, 4 gives it back */
	int seen;  /* the one that it is in */
};

static void *poller(void *arg)
{
	struct poller *p = arg;
	int phase;

	while ((phase = __atomic_load_n(&p->phase, __ATOMIC_ACQUIRE)) != 4) {
		__atomic_store_n(&p->seen, phase, __ATOMIC_RELEASE);
		if (phase == 1 || phase == 3)
			rte_qsock_tx_poll(p->port);
		else
			usleep(100);
	}
	assert_int_equal(rte_qsock_tx_stop(p->port), 0);
	return NULL;
}

static void test_timeout(void **state)
{
	struct rte_qsock_port_conf pc = conf_of("timeout");
	struct poller p = {.port = api_port(&pc)};
	struct rte_qsock_conf sc = api_socket_conf("a"), late = api_socket_conf("b");
	struct rte_qsock *qs = rte_qsock_open(p.port, &sc);
	struct rte_qsock_port_info port_info;
	struct rte_qsock_info info;
	pthread_t thread;
	uint64_t start_ns;

	assert_int_equal(pthread_create(&thread, NULL, poller, &p), 0);
	__atomic_store_n(&p.phase, 1, __ATOMIC_RELEASE);
	do
		assert_int_equal(rte_qsock_port_info_get(p.port, &port_info), 0);
	while (port_info.stalls.polls < 10);
	refused(rte_qsock_port_free(p.port), EBUSY);
	refused(rte_qsock_tx_stop(p.port), EBUSY);
	assert_int_equal(rte_qsock_tx_poll(p.port), 0);
	__atomic_store_n(&p.phase, 2, __ATOMIC_RELEASE);
	while (__atomic_load_n(&p.seen, __ATOMIC_ACQUIRE) != 2)
		usleep(100);
	impatient(true);
	start_ns = rte_qsock_now_ns();
	refused(rte_qsock_info_get(qs, &info), ETIMEDOUT);
	assert_true(rte_qsock_now_ns() - start_ns >= qs_ctl_timeout_ns);
	refused(rte_qsock_port_info_get(p.port, &port_info), ETIMEDOUT);
	none(rte_qsock_open(p.port, &late), ETIMEDOUT);
	sc.stream.old = 9;
	refused(rte_qsock_change(qs, &sc.stream), ETIMEDOUT);
	refused(rte_qsock_port_rate_set(p.port, 12345678), ETIMEDOUT);
	refused(rte_qsock_stats_reset(qs), ETIMEDOUT);
	refused(rte_qsock_port_stats_reset(p.port), ETIMEDOUT);
	refused(rte_qsock_close(qs), ETIMEDOUT);
	impatient(false);
	/* What was withdrawn has no effect later. */
	__atomic_store_n(&p.phase, 3, __ATOMIC_RELEASE);
	assert_int_equal(rte_qsock_info_get(qs, &info), 0);
	assert_int_equal(info.conf.old, 2);
	assert_ptr_equal(rte_qsock_lookup(p.port, "a"), qs);
	none(rte_qsock_lookup(p.port, "b"), ENOENT);
	assert_int_equal(rte_qsock_port_info_get(p.port, &port_info), 0);
	assert_int_equal(port_info.sockets, 1);
	assert_int_equal(port_info.rate_bps, UINT64_C(1000000000));
	assert_non_null(rte_qsock_open(p.port, &late));
	__atomic_store_n(&p.phase, 4, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	assert_int_equal(rte_qsock_port_free(p.port), 0);
}

static void test_ethdev(void **state)
{
	struct rte_qsock_ethdev_conf conf = {.size = sizeof(conf)};
	uint16_t null = api_device("net_null0");

	none(rte_qsock_egress_ethdev(99, 0), ENODEV);
	none(rte_qsock_egress_ethdev(null, 9), EINVAL);
	refused(rte_qsock_ethdev_setup(null, NULL), EINVAL);
	refused(rte_qsock_ethdev_setup(null, &conf), EINVAL);
	conf.rx_pool = api_pool;
	refused(rte_qsock_ethdev_setup(99, &conf), ENODEV);
	/* It runs: it cannot be configured. */
	refused(rte_qsock_ethdev_setup(null, &conf), EIO);
	rte_eth_dev_stop(null);
	conf.mtu = 3;
	refused(rte_qsock_ethdev_setup(null, &conf), EINVAL);
	conf.mtu = 0;
	assert_int_equal(rte_qsock_ethdev_setup(null, &conf), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_port_create), cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_open),	    cmocka_unit_test(test_socket_calls),
		cmocka_unit_test(test_launch),	    cmocka_unit_test(test_timeout),
		cmocka_unit_test(test_ethdev),	    cmocka_unit_test(test_no_memory),
	};
	int ret;

	api_eal_start("qserrno");
	rte_log_set_level_pattern("lib.qsock", RTE_LOG_CRIT);
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	api_eal_stop();
	return ret;
}
