/* SPDX-License-Identifier: BSD-3-Clause */
/* A recorded run, replayed in the simulator, gives the same events: each discipline, with real time and
 * drops. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api_eal.h"

#define SOCKETS 6

static unsigned int rnd(unsigned int n)
{
	return (unsigned int)rand() % n;
}

static struct rte_qsock_conf random_socket(unsigned int i)
{
	struct rte_qsock_conf conf = api_socket_conf(NULL);

	conf.stream.ipg_ns = 20000 + rnd(10) * 20000;
	conf.stream.deadline_ns = 20000 + rnd(10) * 20000;
	conf.stream.old = 1 + rnd(8);
	conf.stream.oln = rnd(conf.stream.old + 1);
	if (conf.stream.oln == conf.stream.old)
		conf.stream.oln--;
	conf.stream.queue_packets = 4 + rnd(60);
	conf.stream.droppable = rnd(3) != 0;
	if (i == SOCKETS - 1)
		conf.stream.cls = RTE_QSOCK_BEST_EFFORT;
	return conf;
}

static struct rte_mbuf *random_packet(void)
{
	struct rte_mbuf *m = api_packet((uint16_t)(40 + rnd(1400)));

	switch (rnd(6)) {
	case 0:
		rte_qsock_set_deadline(m, rte_qsock_now_ns() + rnd(300000));
		break;
	case 1:
		rte_qsock_set_droppable(m, rnd(2));
		break;
	case 2:
		rte_qsock_set_frame(m, true, false);
		break;
	case 3:
		rte_qsock_set_frame(m, false, true);
		break;
	default:
		break;
	}
	return m;
}

/* Two frames that are one request. */
static struct rte_mbuf *random_train(void)
{
	struct rte_mbuf *m = api_packet((uint16_t)(40 + rnd(1400)));

	m->next = api_packet((uint16_t)(40 + rnd(1400)));
	rte_qsock_meta_init(m)->flags |= RTE_QSOCK_META_TRAIN;
	rte_qsock_meta(m)->frames = 2;
	return m;
}

static void run(const char *scheduler, uint8_t precedence, const char *prefix, unsigned int seed)
{
	struct rte_qsock_port_conf pc = api_port_conf("rec");
	struct rte_qsock *qs[SOCKETS];
	struct rte_qsock_port *port;
	struct rte_qsock_port_info info;
	uint64_t until_ns;
	unsigned int i;

	srand(seed);
	pc.scheduler = scheduler;
	pc.precedence = precedence;
	pc.rate_bps = UINT64_C(300000000);
	pc.catchup_ns = rnd(2) * 30000;
	pc.ahead_ns = rnd(2) * 20000;
	pc.record = prefix;
	port = api_port(&pc);
	for (i = 0; i < SOCKETS; i++) {
		struct rte_qsock_conf sc = random_socket(i);

		qs[i] = rte_qsock_open(port, &sc);
		assert_non_null(qs[i]);
	}
	until_ns = rte_qsock_now_ns() + 60000000;
	while (rte_qsock_now_ns() < until_ns) {
		if (rnd(40) == 0) {
			struct rte_mbuf *m = rnd(5) == 0 ? random_train() : random_packet();

			if (rte_qsock_tx_burst(qs[rnd(SOCKETS)], &m, 1) == 0)
				rte_pktmbuf_free(m);
		}
		rte_qsock_tx_poll(port);
	}
	assert_int_equal(rte_qsock_port_info_get(port, &info), 0);
	api_balance(&info.total);
	assert_true(info.total.on_time + info.total.late > 0);
	assert_int_equal(rte_qsock_port_free(port), 0);
	api_pool_whole();
}

static void clean(const char *prefix)
{
	char command[256];

	snprintf(command, sizeof(command), "rm -f %s.*", prefix);
	assert_int_equal(system(command), 0);
}

static void replay(const char *prefix)
{
	const char *sim = getenv("QSOCK_SIM");
	char command[1024];

	if (sim == NULL) {
		printf("SKIP: QSOCK_SIM does not name dpdk-qsock-sim\n");
		clean(prefix);
		return;
	}
	snprintf(command, sizeof(command),
		 "'%s' --scenario %s.ini --arrivals %s.arrivals.csv --polls %s.polls.csv --events "
		 "%s.again.csv "
		 ">/dev/null && cmp %s.events.csv %s.again.csv",
		 sim, prefix, prefix, prefix, prefix, prefix, prefix);
	assert_int_equal(system(command), 0);
	clean(prefix);
}

/* What the log says when the record of some sockets ends, one after the other, each of the id of the first.
 */
static void told_of_sockets(const char *prefix, unsigned int n, char *text, size_t size)
{
	struct rte_qsock_port_conf pc = api_port_conf("again");
	FILE *log = tmpfile();
	struct rte_qsock_port *port;
	unsigned int i;

	assert_non_null(log);
	pc.record = prefix;
	port = api_port(&pc);
	for (i = 0; i < n; i++) {
		struct rte_qsock_conf sc = api_socket_conf(NULL);
		struct rte_qsock *qs = rte_qsock_open(port, &sc);
		struct rte_mbuf *m = api_packet(100);

		assert_non_null(qs);
		assert_int_equal(rte_qsock_tx_burst(qs, &m, 1), 1);
		rte_qsock_tx_poll(port);
		assert_int_equal(rte_qsock_close(qs), 0);
	}
	assert_int_equal(rte_openlog_stream(log), 0);
	assert_int_equal(rte_qsock_port_free(port), 0);
	assert_int_equal(rte_openlog_stream(NULL), 0);
	rewind(log);
	text[fread(text, 1, size - 1, log)] = 0;
	fclose(log);
	api_pool_whole();
}

/* A socket that has come and gone is replayed, but not another one that has its id. */
static void test_come_and_gone(void **state)
{
	char prefix[128], text[512];

	snprintf(prefix, sizeof(prefix), "/tmp/qsrec%d", (int)getpid());
	told_of_sockets(prefix, 1, text, sizeof(text));
	assert_string_equal(text, "");
	replay(prefix);
	told_of_sockets(prefix, 3, text, sizeof(text));
	assert_non_null(strstr(text, "2 times something that the simulator does not know"));
	clean(prefix);
}

static void test_record(void **state)
{
	static const struct {
		const char *scheduler;
		uint8_t precedence;
	} kinds[] = {
		{"dwcs", RTE_QSOCK_PRECEDENCE_WINDOW},
		{"dwcs", RTE_QSOCK_PRECEDENCE_DEADLINE},
		{"vds", 0},
		{"edf", 0},
		{"fifo", 0},
	};
	unsigned int i, seed;
	char prefix[128];

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		for (seed = 1; seed <= 4; seed++) {
			snprintf(prefix, sizeof(prefix), "/tmp/qsrec%d.%u.%u", (int)getpid(), i, seed);
			run(kinds[i].scheduler, kinds[i].precedence, prefix, seed);
			replay(prefix);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_record),
					   cmocka_unit_test(test_come_and_gone)};
	int ret;

	api_eal_start("qsrecord");
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	api_eal_stop();
	return ret;
}
