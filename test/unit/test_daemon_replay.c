/* SPDX-License-Identifier: BSD-3-Clause */
/* Captures as sources: their times, their end, and what is refused before anything is sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pcap/pcap.h>

#include <replay.h>

static char path[64];

struct packet {
	uint64_t ns;
	uint32_t len, caplen;
};

/* Write a capture with stamps in nanoseconds. */
static void write_capture(int linktype, const struct packet *packets, unsigned int n)
{
	pcap_t *p = pcap_open_dead_with_tstamp_precision(linktype, 65535, PCAP_TSTAMP_PRECISION_NANO);
	pcap_dumper_t *d;
	u_char bytes[2000];
	unsigned int i;

	snprintf(path, sizeof(path), "/tmp/qsock-test-replay-%d.pcap", (int)getpid());
	d = pcap_dump_open(p, path);
	assert_non_null(d);
	for (i = 0; i < n; i++) {
		struct pcap_pkthdr h = {.ts = {(time_t)(packets[i].ns / 1000000000),
					       (suseconds_t)(packets[i].ns % 1000000000)},
					.caplen = packets[i].caplen,
					.len = packets[i].len};

		memset(bytes, (int)i, sizeof(bytes));
		pcap_dump((u_char *)d, &h, bytes);
	}
	pcap_dump_close(d);
	pcap_close(p);
}

static int open_replay(bool loop, struct dq_replay **r, struct dq_error *e)
{
	static struct qs_stream_config conf;

	snprintf(conf.name, sizeof(conf.name), "s");
	snprintf(conf.pcap, sizeof(conf.pcap), "%s", path);
	conf.loop = loop;
	return dq_replay_open(&conf, 1514, r, e);
}

static void expect(struct dq_replay *r, uint64_t ns, uint32_t len, uint8_t byte)
{
	const uint8_t *bytes;
	uint64_t time_ns;
	uint32_t got;

	assert_true(dq_replay_packet(r, &time_ns, &bytes, &got));
	assert_true(time_ns == ns);
	assert_int_equal(got, len);
	assert_int_equal(bytes[len - 1], byte);
	dq_replay_next(r);
}

static void test_times(void **state)
{
	/* The third goes back in time: it follows at once. */
	const struct packet p[] = {{5000000001, 60, 60}, {5000000201, 100, 100}, {5000000101, 70, 70}};
	struct dq_replay *r;
	struct dq_error e;
	const uint8_t *bytes;
	uint64_t ns;
	uint32_t len;

	write_capture(DLT_EN10MB, p, 3);
	assert_int_equal(open_replay(false, &r, &e), 0);
	expect(r, 0, 60, 0);
	expect(r, 200, 100, 1);
	expect(r, 200, 70, 2);
	assert_false(dq_replay_packet(r, &ns, &bytes, &len));
	assert_true(dq_replay_rewind(r));
	expect(r, 0, 60, 0);
	dq_replay_close(r);

	/* A round is as long as the file and one mean gap: 200 + 100. */
	assert_int_equal(open_replay(true, &r, &e), 0);
	expect(r, 0, 60, 0);
	expect(r, 200, 100, 1);
	expect(r, 200, 70, 2);
	expect(r, 300, 60, 0);
	expect(r, 500, 100, 1);
	dq_replay_close(r);
}

/* A capture that was looked through, and is another one when it begins anew. */
static void test_replaced(void **state)
{
	const struct packet good[] = {{1, 60, 60}};
	const struct {
		int linktype;
		struct packet p;
	} bad[] = {
		{DLT_EN10MB, {1, 2000, 2000}}, /* longer than the port takes */
		{DLT_EN10MB, {1, 500, 96}},    /* of which not all is there */
		{DLT_EN10MB, {1, 10, 10}},
		{DLT_RAW, {1, 60, 60}},
	};
	const uint8_t *bytes;
	struct dq_replay *r;
	struct dq_error e;
	unsigned int i;
	uint64_t ns;
	uint32_t len;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		write_capture(DLT_EN10MB, good, 1);
		assert_int_equal(open_replay(true, &r, &e), 0);
		write_capture(bad[i].linktype, &bad[i].p, 1);
		dq_replay_next(r);
		assert_false(dq_replay_packet(r, &ns, &bytes, &len));
		assert_false(dq_replay_rewind(r));
		write_capture(DLT_EN10MB, good, 1);
		assert_true(dq_replay_rewind(r));
		expect(r, 0, 60, 0);
		dq_replay_close(r);
	}
}

static void refused(int linktype, const struct packet *p, unsigned int n, const char *why)
{
	struct dq_replay *r = NULL;
	struct dq_error e = {.text = ""};

	write_capture(linktype, p, n);
	assert_true(open_replay(false, &r, &e) < 0);
	assert_int_equal(e.key, QS_STREAM_PCAP);
	if (strstr(e.text, why) == NULL)
		fail_msg("'%s' does not say '%s'", e.text, why);
}

static void test_refused(void **state)
{
	const struct packet cut[] = {{1, 60, 60}, {2, 500, 96}}, large[] = {{1, 1515, 1515}},
			    runt[] = {{1, 10, 10}};
	struct dq_replay *r;
	struct dq_error e;

	refused(DLT_RAW, cut, 1, "Ethernet only");
	refused(DLT_EN10MB, cut, 2, "packet 2 was captured cut: 96 of 500 bytes");
	refused(DLT_EN10MB, large, 1, "packet 1 has 1515 bytes; the port takes 14 .. 1514");
	refused(DLT_EN10MB, runt, 1, "14 .. 1514");
	refused(DLT_EN10MB, NULL, 0, "no packet in it");
	unlink(path);
	assert_true(open_replay(false, &r, &e) < 0);
	assert_non_null(strstr(e.text, "No such file"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_replaced),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
