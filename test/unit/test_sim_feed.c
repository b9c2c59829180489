/* SPDX-License-Identifier: BSD-3-Clause */
/* The two feeds: what a CSV file may hold, and when the built-in sources send. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <feed.h>

static char why[QS_CONFIG_WHY];

static struct qs_config *config(const char *streams)
{
	char text[2048];
	struct qs_config *cfg = NULL;
	FILE *f;

	snprintf(text, sizeof(text), "[port 0]\nrate=1gbit\nscheduler=fifo\n%s", streams);
	f = fmemopen(text, strlen(text), "r");
	if (qs_config_read(f, "t.ini", &cfg, why, sizeof(why)) != 0)
		fail_msg("%s", why);
	fclose(f);
	return cfg;
}

/* Read a list from text; the message has its path cut off. */
static int from_text(const struct qs_config *cfg, const char *text, struct feed **feed)
{
	char path[] = "/tmp/test-feed-XXXXXX";
	int rc, fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	why[0] = '\0';
	rc = feed_from_file(path, cfg, feed, why, sizeof(why));
	unlink(path);
	if (rc != 0)
		memmove(why, why + strlen(path), strlen(why) - strlen(path) + 1);
	return rc;
}

#define HEADER "time_ns,stream,bytes,deadline_ns,flags\n"

static void bad_rows(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"", ":1: no header: the file is empty, allowed is 'time_ns,stream,bytes,deadline_ns,flags'"},
		{"time,stream\n",
		 ":1: wrong header: 'time,stream', allowed is 'time_ns,stream,bytes,deadline_ns,flags'"},
		{HEADER "1,a,1,0\n", ":2: wrong number of fields: 4 in '1,a,1,0', allowed are 5: "
				     "time_ns,stream,bytes,deadline_ns,flags"},
		{HEADER "1,a,1,0,,\n", ":2: wrong number of fields: 6 in '1,a,1,0,,', allowed are 5: "
				       "time_ns,stream,bytes,deadline_ns,flags"},
		{HEADER "1,a,1,0,\n\n",
		 ":3: an empty line: allowed is 'time_ns,stream,bytes,deadline_ns,flags'"},
		{HEADER "2,a,1,0,\n1,a,1,0,\n",
		 ":3: not sorted by time: '1' is before the line above: 2 or later"},
		{HEADER "1,c,1,0,\n", ":2: stream: 'c' does not exist: the name of a [stream NAME] in t.ini"},
		{HEADER "1,a,1,0,nd\n", ":2: flags: 'nd' has both n and d: only one of them is allowed"},
		{HEADER "1,a,1,0,x\n", ":2: flags: 'x' is not allowed: n or d, s, e, each once, or nothing"},
		{HEADER "1,a,1,0,ss\n",
		 ":2: flags: 'ss' is not allowed: n or d, s, e, each once, or nothing"},
		{HEADER "1,a,1,0, \n", ":2: flags: ' ' is not allowed: n or d, s, e, each once, or nothing"},
		{HEADER "1,a,0,0,\n", ":2: bytes: '0' is out of range: 1 .. 16777215"},
		{HEADER "1,a,16777216,0,\n", ":2: bytes: '16777216' is out of range: 1 .. 16777215"},
		{HEADER "-1,a,1,0,\n",
		 ":2: time_ns: '-1' is not a number: decimal digits, 0 .. 9223372036854775807"},
		{HEADER "9223372036854775808,a,1,0,\n",
		 ":2: time_ns: '9223372036854775808' is out of range: 0 .. 9223372036854775807"},
		{HEADER "1,a,1,,\n",
		 ":2: deadline_ns: '' is not a number: decimal digits, 0 .. 9223372036854775807"},
		{HEADER "1us,a,1,0,\n",
		 ":2: time_ns: '1us' is not a number: decimal digits, 0 .. 9223372036854775807"},
	};
	struct qs_config *cfg = config("[stream a]\n");
	struct feed *feed = NULL;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(from_text(cfg, cases[i].text, &feed), -EINVAL);
		assert_string_equal(why, cases[i].message);
		assert_null(feed);
	}
	assert_int_equal(feed_from_file("/proc/nonexistent", cfg, &feed, why, sizeof(why)), -ENOENT);
	assert_string_equal(why, "/proc/nonexistent: cannot be opened: No such file or directory");
	qs_config_free(cfg);
}

/* At one time, streams come by number and each in the order of the file. */
static void file_order(void **state)
{
	static const uint32_t bytes[] = {9, 3, 4, 1, 2, 5};
	struct qs_config *cfg = config("[stream a]\n[stream b]\n");
	struct feed *feed = NULL;
	struct arrival a;
	unsigned int i;

	assert_int_equal(from_text(cfg,
				   HEADER "4,b,9,0,\n5,b,1,7,dse\r\n5,a,3,0,n\n5,b,2,0,\n5,a,4,0,e\n6,a,5,0,",
				   &feed),
			 0);
	assert_int_equal(feed->next_ns(feed, 0), 4);
	assert_false(feed->take(feed, 3, &a));
	for (i = 0; i < 6; i++) {
		assert_true(feed->take(feed, 6, &a));
		assert_int_equal(a.bytes, bytes[i]);
		if (a.bytes == 1) {
			assert_int_equal(a.deadline_ns, 7);
			assert_int_equal(a.flags, RTE_QSOCK_PKT_DROPPABLE | RTE_QSOCK_PKT_FRAME_START |
							  RTE_QSOCK_PKT_FRAME_END);
		}
	}
	assert_false(feed->take(feed, UINT64_MAX, &a));
	assert_int_equal(feed->next_ns(feed, 6), RTE_QSOCK_NEVER);
	feed->free(feed);
	qs_config_free(cfg);
}

static struct feed *sources(struct qs_config **cfg, const char *streams)
{
	struct feed *feed = NULL;

	*cfg = config(streams);
	assert_int_equal(feed_from_sources(*cfg, &feed, why, sizeof(why)), 0);
	return feed;
}

static void done(struct feed *feed, struct qs_config *cfg)
{
	feed->free(feed);
	qs_config_free(cfg);
}

static void cbr(void **state)
{
	static const uint64_t times[] = {10, 20, 20, 30, 40};
	static const uint32_t streams[] = {0, 0, 1, 0, 1};
	struct qs_config *cfg;
	struct feed *feed =
		sources(&cfg, "[stream a]\nsource=cbr\ninterval=10\nstart=10\nstop=40\n"
			      "[stream b]\nsource=cbr\npacket=7\ninterval=20\nstart=20\nstop=60\n");
	struct arrival a;
	unsigned int i;

	for (i = 0; i < 5; i++) {
		assert_int_equal(feed->next_ns(feed, 0), times[i]);
		assert_false(feed->take(feed, times[i] - 1, &a));
		assert_true(feed->take(feed, times[i], &a));
		assert_int_equal(a.time_ns, times[i]);
		assert_int_equal(a.stream, streams[i]);
		assert_int_equal(a.bytes, a.stream == 0 ? 1000 : 7);
	}
	assert_int_equal(feed->next_ns(feed, 0), RTE_QSOCK_NEVER);
	done(feed, cfg);
}

/* Fills its queue, then replaces what left with what arrives at the next decision. */
static void greedy(void **state)
{
	struct qs_config *cfg;
	struct feed *feed = sources(&cfg, "[stream a]\nsource=greedy\nqueue=3\nstart=10\nstop=100\n"
					  "[stream b]\nsource=cbr\ninterval=5\nstart=20\nstop=26\n");
	struct arrival a;
	unsigned int i;

	assert_int_equal(feed->next_ns(feed, 0), 10);
	for (i = 0; i < 3; i++) {
		assert_true(feed->take(feed, 15, &a));
		assert_int_equal(a.time_ns, 10);
	}
	assert_false(feed->take(feed, 15, &a));
	assert_int_equal(feed->next_ns(feed, 15), 20);
	feed->left(feed, 0);
	feed->left(feed, 0);
	feed->left(feed, 1);
	assert_int_equal(feed->next_ns(feed, 15), 15);
	/* b arrived at 20 and 25; a arrives now, and has the lower number. */
	assert_true(feed->take(feed, 25, &a));
	assert_int_equal(a.time_ns, 20);
	for (i = 0; i < 2; i++) {
		assert_true(feed->take(feed, 25, &a));
		assert_int_equal(a.stream, 0);
		assert_int_equal(a.time_ns, 25);
	}
	assert_true(feed->take(feed, 25, &a));
	assert_int_equal(a.stream, 1);
	assert_false(feed->take(feed, 25, &a));
	feed->left(feed, 0);
	assert_int_equal(feed->next_ns(feed, 100), RTE_QSOCK_NEVER);
	assert_false(feed->take(feed, 100, &a));
	done(feed, cfg);
}

/* Times never go back; the number of packets is about what the means say. */
static void random_sources(void **state)
{
	static const struct {
		const char *streams;
		uint32_t expected;
	} cases[] = {
		{"[stream a]\nsource=poisson\ninterval=1ms\nstop=20s\n", 20000},
		{"[stream a]\nsource=poisson\ninterval=1ms\nstop=20s\nseed=2\n", 20000},
		/* A quarter of the time, and half an interval more a burst. */
		{"[stream a]\nsource=onoff\ninterval=1ms\non=10ms\noff=30ms\nstop=80s\n", 21000},
	};
	struct qs_config *cfg;
	struct feed *feed, *twin;
	struct qs_config *twin_cfg;
	struct arrival a, b;
	uint64_t before_ns;
	uint32_t n;
	size_t i;

	for (i = 0; i < 3; i++) {
		feed = sources(&cfg, cases[i].streams);
		twin = sources(&twin_cfg, cases[i].streams);
		for (n = 0, before_ns = 0; feed->take(feed, UINT64_MAX, &a); n++) {
			assert_true(twin->take(twin, UINT64_MAX, &b));
			assert_int_equal(a.time_ns, b.time_ns);
			assert_int_equal(a.bytes, b.bytes);
			assert_true(a.time_ns >= before_ns);
			before_ns = a.time_ns;
		}
		assert_in_range(n, cases[i].expected * 95 / 100, cases[i].expected * 105 / 100);
		done(feed, cfg);
		done(twin, twin_cfg);
	}
}

/* Streams of one seed do not send in step. */
static void one_seed(void **state)
{
	struct qs_config *cfg;
	struct feed *feed = sources(&cfg, "[stream a]\nsource=poisson\ninterval=1ms\nstop=1s\n"
					  "[stream b]\nsource=poisson\ninterval=1ms\nstop=1s\n");
	uint64_t last_ns[2] = {0, 0};
	struct arrival a;

	while (feed->take(feed, UINT64_MAX, &a)) {
		assert_int_not_equal(a.time_ns, last_ns[1 - a.stream]);
		last_ns[a.stream] = a.time_ns;
	}
	done(feed, cfg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_rows), cmocka_unit_test(file_order),     cmocka_unit_test(cbr),
		cmocka_unit_test(greedy),   cmocka_unit_test(random_sources), cmocka_unit_test(one_seed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
