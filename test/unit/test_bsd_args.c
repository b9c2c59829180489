/* SPDX-License-Identifier: BSD-3-Clause */
/* What comes as text: QSOCK_PORT_ARGS, QSOCK_EAL_ARGS, and the plan of lcores. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bsd/qs_cpus.h"
#include "bsd/qs_port_args.h"
#include "bsd/qs_words.h"
#include "fake_tree.h"
#include "util/qs_sysfs.h"

static struct qs_port_args args;
static char why[256];

static int read_for(const char *dev, const char *line)
{
	why[0] = 0;
	return qs_port_args_read(line, dev, &args, why, sizeof(why));
}

static void test_settings(void **state)
{
	assert_int_equal(
		read_for("eth0",
			 "rate=10mbit,twin=qs7,ahead=50us,catchup=1ms,stall=20us,linger=2s,best-effort=20ms,"
			 "sockets=9,"
			 "packets=99,buffers=512,mtu=1400,overhead=0,precedence=deadline,work-conserving,"
			 "no-move,driver=af_xdp,in-flight=3ms,memory=65536,cap-foreign=7mbit,zero-copy,"
			 "classify=bpf,record=/tmp/r,devargs=net_pcap0,tx_pcap=x.pcap"),
		0);
	assert_int_equal(args.ex.rate_bps, 10000000);
	assert_string_equal(args.ex.twin, "qs7");
	assert_int_equal(args.ex.ahead_ns, 50000);
	assert_int_equal(args.ex.catchup_ns, 1000000);
	assert_int_equal(args.ex.stall_ns, 20000);
	assert_int_equal(args.ex.linger_ns, 2000000000);
	assert_int_equal(args.ex.best_effort_ns, 20000000);
	assert_int_equal(args.ex.max_sockets, 9);
	assert_int_equal(args.ex.max_packets, 99);
	assert_int_equal(args.ex.buffers, 512);
	assert_int_equal(args.ex.mtu, 1400);
	assert_int_equal(args.ex.overhead_set, 1);
	assert_int_equal(args.ex.overhead_bytes, 0);
	assert_int_equal(args.ex.precedence, 1);
	assert_int_equal(args.ex.work_conserving, 1);
	assert_int_equal(args.ex.no_move, 1);
	assert_int_equal(args.ex.driver, Q_DRIVER_AF_XDP);
	assert_int_equal(args.ex.in_flight_ns, 3000000);
	assert_int_equal(args.ex.cap_foreign_bps, 7000000);
	assert_int_equal(args.ex.zero_copy, 1);
	assert_int_equal(args.ex.classify, Q_CLASSIFY_BPF);
	assert_int_equal(args.ex.memory_bytes, 65536);
	assert_string_equal(args.ex.record, "/tmp/r");
	assert_string_equal(args.ex.devargs, "net_pcap0,tx_pcap=x.pcap");
	free(args.text);
}

static void test_nothing(void **state)
{
	assert_int_equal(read_for("eth0", NULL), 0);
	assert_int_equal(args.ex.rate_bps, 0);
	assert_int_equal(read_for("eth0", ""), 0);
	free(args.text);
	assert_int_equal(read_for("eth0", ",,"), 0);
	free(args.text);
}

static void test_sections(void **state)
{
	static const char line[] = "eth0:rate=1mbit;0000:01:00.0:rate=2mbit;mtu=1000";

	assert_int_equal(read_for("eth0", line), 0);
	assert_int_equal(args.ex.rate_bps, 1000000);
	assert_int_equal(args.ex.mtu, 1000);
	free(args.text);
	assert_int_equal(read_for("0000:01:00.0", line), 0);
	assert_int_equal(args.ex.rate_bps, 2000000);
	free(args.text);
	assert_int_equal(read_for("eth1", line), 0);
	assert_int_equal(args.ex.rate_bps, 0);
	free(args.text);
}

static void test_bad_settings(void **state)
{
	static const char *const bad[][2] = {
		{"speed=1", "'speed'"},	   {"rate", "needs a value"},
		{"rate=", "rate"},	   {"rate=1x", "1x"},
		{"rate=1bit", "1bit"},	   {"ahead=11ms", "11ms"},
		{"no-move=1", "no value"}, {"precedence=first", "first"},
		{"overhead=256", "256"},   {"mtu=99999", "99999"},
		{"twin=", "twin"},	   {"twin=0123456789abcdef", "0123456789abcdef"},
		{"linger=1001s", "1001s"}, {"catchup=2s", "2s"},
		{"stall=2s", "2s"},	   {"sockets=-1", "-1"},
		{"classify=ebpf", "ebpf"},
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(read_for("eth0", bad[i][0]), -EINVAL);
		if (strstr(why, bad[i][1]) == NULL)
			fail_msg("'%s' said: %s", bad[i][0], why);
	}
}

static void test_merge(void **state)
{
	struct q_port_ex mine = {.size = sizeof(mine), .rate_bps = 5, .overhead_set = 1, .overhead_bytes = 0};

	assert_int_equal(read_for("eth0", "rate=10mbit,mtu=900,overhead=20"), 0);
	qs_port_ex_merge(&mine, &args.ex);
	assert_int_equal(mine.rate_bps, 5);
	assert_int_equal(mine.mtu, 900);
	assert_int_equal(mine.overhead_bytes, 0);
	free(args.text);
	mine.precedence = 2;
	assert_int_equal(qs_port_ex_check(&mine, why, sizeof(why)), -EINVAL);
	mine.precedence = 1;
	assert_int_equal(qs_port_ex_check(&mine, why, sizeof(why)), 0);
	mine.ahead_ns = 10000001;
	assert_int_equal(qs_port_ex_check(&mine, why, sizeof(why)), -EINVAL);
	mine.ahead_ns = 0;
	mine.in_flight_ns = 999;
	assert_int_equal(qs_port_ex_check(&mine, why, sizeof(why)), -EINVAL);
	mine.in_flight_ns = 1000;
	assert_int_equal(qs_port_ex_check(&mine, why, sizeof(why)), 0);
	mine.classify = Q_CLASSIFY_BPF + 1;
	assert_int_equal(qs_port_ex_check(&mine, why, sizeof(why)), -EINVAL);
	mine.classify = Q_CLASSIFY_BPF;
	assert_int_equal(qs_port_ex_check(&mine, why, sizeof(why)), 0);
	mine.driver = Q_DRIVER_KERNEL + 1;
	assert_int_equal(qs_port_ex_check(&mine, why, sizeof(why)), -EINVAL);
}

static void test_words(void **state)
{
	static const char line[] = "  -l 0,1 --vdev='net_pcap0,tx_pcap=a b' \"x \\\"y\\\" \\z\" a\\ b ''\t";
	char **words;

	assert_int_equal(qs_words_split(line, &words), 6);
	assert_string_equal(words[0], "-l");
	assert_string_equal(words[1], "0,1");
	assert_string_equal(words[2], "--vdev=net_pcap0,tx_pcap=a b");
	assert_string_equal(words[3], "x \"y\" \\z");
	assert_string_equal(words[4], "a b");
	assert_string_equal(words[5], "");
	assert_null(words[6]);
	free(words);
	assert_int_equal(qs_words_split("", &words), 0);
	free(words);
	assert_int_equal(qs_words_split("a 'b", &words), -EINVAL);
	assert_int_equal(qs_words_split("a \"b", &words), -EINVAL);
	assert_int_equal(qs_words_split("a\\", &words), -EINVAL);
}

static char plan_text[QS_CPUS_TEXT];
static struct qs_topology machine;

static unsigned int plan(const char *cpus, int node, size_t len)
{
	cpu_set_t set;

	assert_true(qs_sysfs_list(cpus, &set) >= 0);
	return qs_cpus_plan(&set, &machine, node, plan_text, len);
}

static void test_cpus(void **state)
{
	fake_begin();
	qs_topology_read(&machine, fake_root);
	assert_int_equal(plan("", -1, sizeof(plan_text)), 0);
	assert_int_equal(plan("5", -1, sizeof(plan_text)), 1);
	assert_string_equal(plan_text, "0@(5),1@5,2@5,3@5,4@5,5@5,6@5,7@5,8@5");
	assert_int_equal(plan("2,5,9", -1, sizeof(plan_text)), 3);
	assert_string_equal(plan_text, "0@(2,5,9),1@9,2@5,3@9,4@5,5@9,6@5,7@9,8@5");
	assert_int_equal(plan("2,5,9", -1, 12), 0);
	assert_int_equal(plan("0-1023", -1, sizeof(plan_text)), CPU_SETSIZE);
	fake_end();
}

/* Two nodes take turns, the device's first; a CPU of no node is the last choice. */
static void test_cpus_nodes(void **state)
{
	fake_begin();
	fake_two_nodes();
	qs_topology_read(&machine, fake_root);
	fake_end();
	assert_int_equal(plan("0-7", 0, sizeof(plan_text)), 8);
	assert_string_equal(strchr(plan_text, ')'), "),1@3,2@7,3@2,4@6,5@1,6@5,7@4,8@3");
	assert_int_equal(plan("0-7", 1, sizeof(plan_text)), 8);
	assert_string_equal(strchr(plan_text, ')'), "),1@7,2@3,3@6,4@2,5@5,6@1,7@4,8@3");
	assert_int_equal(plan("2-4,8", 1, sizeof(plan_text)), 4);
	assert_string_equal(strchr(plan_text, ')'), "),1@4,2@3,3@8,4@4,5@3,6@8,7@4,8@3");
	assert_int_equal(plan("0-1", 1, sizeof(plan_text)), 2);
	assert_string_equal(strchr(plan_text, ')'), "),1@1,2@1,3@1,4@1,5@1,6@1,7@1,8@1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_settings), cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_sections), cmocka_unit_test(test_bad_settings),
		cmocka_unit_test(test_merge),	 cmocka_unit_test(test_words),
		cmocka_unit_test(test_cpus),	 cmocka_unit_test(test_cpus_nodes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
