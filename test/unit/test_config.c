/* SPDX-License-Identifier: BSD-3-Clause */
/* What a file is read into, what is refused, and that what is saved reads as the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <qs_config.h>

static char why[QS_CONFIG_WHY];

/* From text; NULL and a message in why if it is refused. */
static struct qs_config *read_text(const char *text)
{
	FILE *f = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
	struct qs_config *cfg = NULL;

	assert_non_null(f);
	why[0] = '\0';
	assert_true((qs_config_read(f, "t.ini", &cfg, why, sizeof(why)) == 0) == (cfg != NULL));
	fclose(f);
	return cfg;
}

static char *save_text(const struct qs_config *cfg)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	assert_int_equal(qs_config_save(cfg, f), 0);
	fclose(f);
	return text;
}

static glob_t data_files(const char *pattern)
{
	const char *dir = getenv("QS_TEST_DATA");
	char path[512];
	glob_t found;

	snprintf(path, sizeof(path), "%s/%s", dir != NULL ? dir : "test/unit/data", pattern);
	assert_int_equal(glob(path, 0, NULL, &found), 0);
	return found;
}

/* The second line of each bad file says which message it must lead to. */
static void bad_files(void **state)
{
	glob_t files = data_files("bad_*.ini");
	char expected[QS_CONFIG_WHY], line[512];
	struct qs_config *cfg;
	size_t i, wrong = 0;
	FILE *f;

	assert_true(files.gl_pathc >= 30);
	for (i = 0; i < files.gl_pathc; i++) {
		f = fopen(files.gl_pathv[i], "re");
		assert_non_null(f);
		assert_non_null(fgets(line, sizeof(line), f));
		assert_non_null(fgets(line, sizeof(line), f));
		fclose(f);
		line[strcspn(line, "\n")] = '\0';
		snprintf(expected, sizeof(expected), "%s:%s", files.gl_pathv[i], line + 2);
		cfg = NULL;
		if (qs_config_load(files.gl_pathv[i], &cfg, why, sizeof(why)) == -EINVAL && cfg == NULL &&
		    strcmp(why, expected) == 0)
			continue;
		print_error("expected: %s\n     got: %s\n", expected, cfg == NULL ? why : "accepted");
		qs_config_free(cfg);
		wrong++;
	}
	globfree(&files);
	assert_int_equal(wrong, 0);
}

static void good_files_save_and_load(void **state)
{
	glob_t files = data_files("good_*.ini");
	struct qs_config *cfg, *again;
	char *first, *second;
	size_t i;

	for (i = 0; i < files.gl_pathc; i++) {
		if (qs_config_load(files.gl_pathv[i], &cfg, why, sizeof(why)) != 0)
			fail_msg("%s", why);
		first = save_text(cfg);
		again = read_text(first);
		if (again == NULL)
			fail_msg("%s\n%s", why, first);
		second = save_text(again);
		assert_string_equal(first, second);
		assert_int_equal(cfg->n_streams, again->n_streams);
		free(first);
		free(second);
		qs_config_free(cfg);
		qs_config_free(again);
	}
	globfree(&files);
}

static void defaults(void **state)
{
	struct qs_config *cfg = read_text("[port 0]\n[stream a]\nclass=best-effort\n");
	const struct qs_stream_config *s;
	struct rte_qsock_stream_conf plain;

	assert_non_null(cfg);
	s = &cfg->streams[0];
	rte_qsock_stream_defaults(&plain);
	plain.cls = RTE_QSOCK_BEST_EFFORT;
	assert_int_equal(s->conf.queue_packets, plain.queue_packets);
	assert_int_equal(s->conf.droppable, plain.droppable);
	assert_int_equal(s->conf.unit, plain.unit);
	assert_int_equal(s->conf.cls, plain.cls);
	assert_int_equal(s->conf.ipg_ns | s->conf.deadline_ns | s->conf.oln | s->conf.old | s->interval_ns,
			 0);
	assert_int_equal(s->dscp, QS_CONFIG_UNSET);
	assert_int_equal(s->seed, 1);
	assert_int_equal(cfg->ports[0].overhead_bytes, 24);
	assert_int_equal(cfg->ports[0].rate_bps, 0);
	assert_int_equal(cfg->ports[0].best_effort_limit_ns, 50000000);
	assert_int_equal(cfg->ports[0].tx_lcore, QS_CONFIG_UNSET);
	assert_string_equal(cfg->ports[0].scheduler, "dwcs");
	assert_string_equal(cfg->ports[0].twin, "qs0");
	qs_config_free(cfg);
}

static void values_and_lines(void **state)
{
	struct qs_config *cfg = read_text("\xEF\xBB\xBF; a comment\n"
					  "[ port 7 ] ; another\r\n"
					  "  rate : 2.5Gbit  ; a third\r\n"
					  "\n"
					  "[stream a]\n"
					  "port = 7\n"
					  "ipg = 1.5ms\n"
					  "dst = [2001:db8::1]:5000\n"
					  "[stream b]\n"
					  "port=7\n"
					  "ipg=1us\n"
					  "[rule r]\n"
					  "stream = b\n"
					  "dport = 10-20\n"
					  "protocol = tcp\n"
					  "src = 10.1.0.0/16");
	char where[64];

	if (cfg == NULL)
		fail_msg("%s", why);
	assert_int_equal(cfg->ports[0].id, 7);
	assert_int_equal(cfg->ports[0].rate_bps, 2500000000u);
	assert_ptr_equal(qs_config_port(cfg, 7), &cfg->ports[0]);
	assert_null(qs_config_port(cfg, 0));
	assert_int_equal(qs_config_stream(cfg, "b"), 1);
	assert_int_equal(qs_config_stream(cfg, "c"), -1);
	assert_int_equal(cfg->streams[0].interval_ns, 1500000);
	assert_int_equal(cfg->streams[0].dst.family, 6);
	assert_int_equal(cfg->streams[0].dst.port, 5000);
	assert_int_equal(cfg->rules[0].port, 7);
	assert_int_equal(cfg->rules[0].protocol, 6);
	assert_int_equal(cfg->rules[0].dport.max, 20);
	assert_int_equal(cfg->rules[0].src.bits, 16);
	qs_config_where(cfg, &cfg->streams[0].head, QS_STREAM_IPG, where, sizeof(where));
	assert_string_equal(where, "t.ini:7: ");
	qs_config_where(cfg, &cfg->streams[0].head, QS_STREAM_OLN, where, sizeof(where));
	assert_string_equal(where, "t.ini:5: ");
	qs_config_free(cfg);
}

static void long_lines(void **state)
{
	char text[512] = "[port 0]\n;";
	struct qs_config *cfg;

	/* 199 characters are read, comments too; one more is an error, and not the end of a line. */
	memset(text + 10, 'x', 198);
	cfg = read_text(text);
	assert_non_null(cfg);
	qs_config_free(cfg);
	text[208] = 'x';
	assert_null(read_text(text));
	assert_string_equal(why, "t.ini:2: line too long: 200 characters, at most 199 are allowed");
}

static void unreadable(void **state)
{
	struct qs_config *cfg = NULL;

	assert_int_equal(qs_config_load("/proc/nonexistent/x.ini", &cfg, why, sizeof(why)), -ENOENT);
	assert_string_equal(why, "/proc/nonexistent/x.ini: cannot be opened: No such file or directory");
	assert_int_equal(qs_config_load("/", &cfg, why, sizeof(why)), -EIO);
	assert_null(cfg);
	assert_int_equal(qs_config_load("/proc/nonexistent/x.ini", &cfg, NULL, 0), -ENOENT);
}

static void zero_byte(void **state)
{
	static char text[] = "[port 0]\nrate\0 = 1kbit\n";
	FILE *f = fmemopen(text, sizeof(text) - 1, "r");
	struct qs_config *cfg = NULL;

	assert_int_equal(qs_config_read(f, "t.ini", &cfg, why, sizeof(why)), -EINVAL);
	assert_string_equal(why, "t.ini:2: a zero byte: only text is allowed");
	fclose(f);
}

/* A message is one line, whatever the file holds. */
static void control_characters(void **state)
{
	assert_null(read_text("[port 0]\nrate = 1\r\x1b[31mgbit\n"));
	assert_null(strpbrk(why, "\r\n\x1b"));
	assert_non_null(strstr(why, "'1??[31mgbit'"));
}

/* A shell's view: one key at a time, and what was set is saved. */
static void set_and_get(void **state)
{
	struct qs_stream_config s;
	char buf[QS_CONFIG_TEXT];

	qs_config_defaults(QS_CONFIG_STREAM, &s);
	assert_int_equal(qs_config_set(QS_CONFIG_STREAM, &s, "ipg", "2ms", why, sizeof(why)), 0);
	assert_int_equal(s.conf.ipg_ns, 2000000);
	assert_int_equal(qs_config_get(QS_CONFIG_STREAM, &s, "ipg", buf, sizeof(buf)), 0);
	assert_string_equal(buf, "2ms");
	assert_int_equal(qs_config_set(QS_CONFIG_STREAM, &s, "ipg", "2ns", why, sizeof(why)), -ERANGE);
	assert_string_equal(why, "'2ns' is out of range: 1us .. 1000s");
	assert_int_equal(s.conf.ipg_ns, 2000000);
	assert_int_equal(qs_config_set(QS_CONFIG_STREAM, &s, "foo", "2", why, sizeof(why)), -ENOENT);
	assert_int_equal(qs_config_get(QS_CONFIG_STREAM, &s, "foo", buf, sizeof(buf)), -ENOENT);
	assert_int_equal(qs_config_set(QS_CONFIG_STREAM, &s, "pcap", "a ;b", why, sizeof(why)), -EINVAL);
	assert_int_equal(qs_config_set(QS_CONFIG_STREAM, &s, "pcap", "a\nb", why, sizeof(why)), -EINVAL);
	assert_int_equal(qs_config_set(QS_CONFIG_STREAM, &s, "pcap", "", why, sizeof(why)), -EINVAL);
	assert_int_equal(qs_config_set(QS_CONFIG_STREAM, &s, "dst", "10.0.0.1:80", why, sizeof(why)), 0);
	assert_int_equal(qs_config_get(QS_CONFIG_STREAM, &s, "dst", buf, sizeof(buf)), 0);
	assert_string_equal(buf, "10.0.0.1:80");
	assert_int_equal(qs_config_set(QS_CONFIG_STREAM, &s, "dst", "2001:db8::1:80", why, sizeof(why)),
			 -EINVAL);
	assert_int_equal(qs_config_set(QS_CONFIG_STREAM, &s, "dst", ":80", why, sizeof(why)), -EINVAL);
	assert_int_equal(qs_config_set(QS_CONFIG_STREAM, &s, "dst", "[:80", why, sizeof(why)), -EINVAL);
	assert_int_equal(qs_config_set(QS_CONFIG_STREAM, &s, "dst", "10.0.0.1:0", why, sizeof(why)), -EINVAL);
	assert_true(qs_config_given(&s.head, QS_STREAM_DST));
	assert_false(qs_config_given(&s.head, QS_STREAM_SRC));
}

/* A hundred thousand streams take no quadratic time, and are all found. */
static void many_streams(void **state)
{
	enum { N = 100000 };
	struct qs_config *cfg;
	size_t len;
	char *text;
	FILE *f = open_memstream(&text, &len);
	int i;

	fputs("[port 0]\nscheduler=fifo\n", f);
	for (i = 0; i < N; i++)
		fprintf(f, "[stream s%d]\nqueue=%d\n", i, i % 65536 + 1);
	fclose(f);
	cfg = read_text(text);
	if (cfg == NULL)
		fail_msg("%s", why);
	assert_int_equal(cfg->n_streams, N);
	assert_int_equal(qs_config_stream(cfg, "s99999"), 99999);
	assert_int_equal(cfg->streams[70000].conf.queue_packets, 70000 % 65536 + 1);
	qs_config_free(cfg);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_files),   cmocka_unit_test(good_files_save_and_load),
		cmocka_unit_test(defaults),    cmocka_unit_test(values_and_lines),
		cmocka_unit_test(long_lines),  cmocka_unit_test(unreadable),
		cmocka_unit_test(zero_byte),   cmocka_unit_test(control_characters),
		cmocka_unit_test(set_and_get), cmocka_unit_test(many_streams),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
