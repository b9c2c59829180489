/* SPDX-License-Identifier: BSD-3-Clause */
/* What the paper's structures mean. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "bsd/qs_attr.h"
#include "bsd/qs_pflags.h"

static struct qs_attr attr;
static char why[256];

static int read_as(const char *discipline, const void *attributes)
{
	why[0] = 0;
	return qs_attr_read(discipline, attributes, &attr, why, sizeof(why));
}

static void test_paper(void **state)
{
	struct q_dwcs_attr a;

	a.oln = 0;
	a.old = 10;
	a.ipg = 10;
	a.stream_flags = DWCS_NON_DROPPABLE;
	assert_int_equal(read_as("dwcs", &a), 0);
	assert_int_equal(attr.stream.ipg_ns, 10000000);
	assert_int_equal(attr.stream.oln, 0);
	assert_int_equal(attr.stream.old, 10);
	assert_int_equal(attr.stream.cls, RTE_QSOCK_REALTIME);
	assert_false(attr.stream.droppable);
	assert_int_equal(attr.as_given.ipg, 10);
}

static void test_null_is_best_effort(void **state)
{
	assert_int_equal(read_as("dwcs", NULL), 0);
	assert_int_equal(attr.stream.cls, RTE_QSOCK_BEST_EFFORT);
	assert_int_equal(read_as("edf", NULL), 0);
	assert_int_equal(read_as("fifo", NULL), 0);
}

/* What Q_BEST_EFFORT leaves unread may hold anything. */
static void test_best_effort_reads_nothing_else(void **state)
{
	struct q_dwcs_attr a = {-1, -2, -3, Q_BEST_EFFORT};

	assert_int_equal(read_as("dwcs", &a), 0);
	assert_int_equal(attr.stream.cls, RTE_QSOCK_BEST_EFFORT);
}

static void test_units(void **state)
{
	struct q_dwcs_attr a = {1, 2, 33333, Q_IPG_US};

	assert_int_equal(read_as("dwcs", &a), 0);
	assert_int_equal(attr.stream.ipg_ns, 33333000);
	a.stream_flags = Q_IPG_NS;
	assert_int_equal(read_as("dwcs", &a), 0);
	assert_int_equal(attr.stream.ipg_ns, 33333);
	a.stream_flags = Q_IPG_NS | Q_IPG_US;
	assert_int_equal(read_as("dwcs", &a), -EINVAL);
	assert_non_null(strstr(why, "not both"));
}

static void test_ranges(void **state)
{
	static const struct q_dwcs_attr bad[] = {
		{0, 0, 0, 0},  /* no period */
		{3, 2, 10, 0}, /* oln > old */
		{-1, 2, 10, 0},
		{0, -1, 10, 0},
		{0, 1, -10, 0},
		{0, 65536, 10, 0},     /* window */
		{0, 1, 1000001, 0},    /* 1000.001 s */
		{0, 1, 999, Q_IPG_NS}, /* under 1 us */
		{0, 1, 10, 0x4000},    /* unknown flag */
		{0, 1, 10, Q_DROPPABLE},
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(read_as("dwcs", &bad[i]), -EINVAL);
		assert_true(strlen(why) > 5);
	}
	assert_int_equal(read_as("cbq", &(struct q_dwcs_attr){0, 1, 10, 0}), -ENOENT);
}

/* In edf the paper's period is the deadline that a packet has by itself. */
static void test_edf(void **state)
{
	struct q_dwcs_attr a = {0, 0, 20, Q_IN_ORDER};
	struct q_attr_ex ex = {.base = {0, 0, 20, Q_ATTR_EX}, .size = sizeof(ex), .deadline_ns = 7};

	assert_int_equal(read_as("edf", &a), 0);
	assert_int_equal(attr.stream.deadline_ns, 20000000);
	assert_true(attr.stream.in_order);
	assert_true(attr.stream.droppable);
	assert_int_equal(read_as("edf", &ex), 0);
	assert_int_equal(attr.stream.deadline_ns, 7);
}

static void test_ex(void **state)
{
	struct q_attr_ex ex = {
		.base = {1, 4, 1, Q_ATTR_EX | Q_UNIT_FRAME | Q_FIXED},
		.size = sizeof(ex),
		.ipg_ns = 12345,
		.queue_packets = 7,
		.dscp_set = 1,
		.dscp = 46,
		.vlan_pcp_set = 1,
		.vlan_pcp = 5,
		.linger_ns = 99,
	};

	assert_int_equal(read_as("dwcs", &ex), 0);
	assert_int_equal(attr.stream.ipg_ns, 12345);
	assert_int_equal(attr.stream.queue_packets, 7);
	assert_int_equal(attr.stream.unit, RTE_QSOCK_UNIT_FRAME);
	assert_true(attr.fixed);
	assert_true(attr.dscp_set);
	assert_int_equal(attr.dscp, 46);
	assert_true(attr.vlan);
	assert_int_equal(attr.vlan_pcp, 5);
	assert_int_equal(attr.linger_ns, 99);
	assert_int_equal(attr.as_given.stream_flags, Q_UNIT_FRAME | Q_FIXED);
}

static void test_ex_ranges(void **state)
{
	const struct q_attr_ex good = {.base = {1, 4, 1, Q_ATTR_EX}, .size = sizeof(good)};
	struct {
		struct q_attr_ex ex;
		char beyond[8];
	} newer = {.ex = good};
	struct q_attr_ex ex;

	ex = good, ex.dscp_set = 1, ex.dscp = 64;
	assert_int_equal(read_as("dwcs", &ex), -EINVAL);
	assert_non_null(strstr(why, "dscp 64"));
	ex = good, ex.vlan_pcp_set = 1, ex.vlan_pcp = 8;
	assert_int_equal(read_as("dwcs", &ex), -EINVAL);
	ex = good, ex.vlan_id = 4095;
	assert_int_equal(read_as("dwcs", &ex), -EINVAL);
	ex = good, ex.linger_ns = QS_LINGER_MAX_NS + 1;
	assert_int_equal(read_as("dwcs", &ex), -EINVAL);
	ex = good, ex.reserved = 1;
	assert_int_equal(read_as("dwcs", &ex), -EINVAL);
	ex = good, ex.size = 8;
	assert_int_equal(read_as("dwcs", &ex), -EINVAL);
	newer.ex.size = sizeof(newer);
	assert_int_equal(read_as("dwcs", &newer), 0);
	newer.beyond[3] = 1;
	assert_int_equal(read_as("dwcs", &newer), -EINVAL);
}

static void test_names(void **state)
{
	char name[IFNAMSIZ + 1];

	assert_int_equal(qs_name_read(name, "eth0\0xxxxxxxxxxx", IFNAMSIZ), 0);
	assert_string_equal(name, "eth0");
	assert_int_equal(qs_name_read(name, "0123456789abcdefgh", IFNAMSIZ), 0); /* fills its field */
	assert_string_equal(name, "0123456789abcdef");
	assert_int_equal(qs_name_read(name, "", IFNAMSIZ), -EINVAL);
}

static void test_packet_flags(void **state)
{
	static const struct {
		int drop_flag;
		int flags; /* -1: refused */
	} cases[] = {
		{0, 0},
		{DWCS_NON_DROPPABLE, RTE_QSOCK_PKT_NON_DROPPABLE},
		{Q_DROPPABLE, RTE_QSOCK_PKT_DROPPABLE},
		{Q_DROPPABLE | DWCS_NON_DROPPABLE, -1},
		{Q_FRAME_START, RTE_QSOCK_PKT_FRAME_START},
		{Q_FRAME_END | DWCS_NON_DROPPABLE, RTE_QSOCK_PKT_FRAME_END | RTE_QSOCK_PKT_NON_DROPPABLE},
		{Q_FRAME_START | Q_FRAME_END, RTE_QSOCK_PKT_FRAME_START | RTE_QSOCK_PKT_FRAME_END},
		{4, -1},
		{Q_BEST_EFFORT << 4, -1},
		{-1, -1},
	};
	struct packet_flags p = {.deadline = 77};
	uint64_t deadline_ns;
	uint16_t flags;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		p.drop_flag = cases[i].drop_flag;
		assert_int_equal(qs_pflags_read(&p, 1000, &flags, &deadline_ns), cases[i].flags >= 0);
		if (cases[i].flags >= 0) {
			assert_int_equal(flags, cases[i].flags);
			assert_int_equal(deadline_ns, 77);
		}
	}
	p.drop_flag = Q_DEADLINE_RELATIVE;
	assert_true(qs_pflags_read(&p, 1000, &flags, &deadline_ns));
	assert_int_equal(deadline_ns, 1077);
	p.deadline = RTE_QSOCK_DEADLINE_MAX_NS + 1;
	assert_false(qs_pflags_read(&p, 1000, &flags, &deadline_ns));
}

/* The paper's fields and no other. */
_Static_assert(sizeof(struct q_dwcs_attr) == 4 * sizeof(int), "four numbers");
_Static_assert(sizeof(struct qos_params) == 2 * IFNAMSIZ + sizeof(void *), "two names and a pointer");
_Static_assert(offsetof(struct packet_flags, drop_flag) == 0, "first");
_Static_assert(sizeof(struct packet_flags) == 16, "a flag and a deadline");

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paper),
		cmocka_unit_test(test_null_is_best_effort),
		cmocka_unit_test(test_best_effort_reads_nothing_else),
		cmocka_unit_test(test_units),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_edf),
		cmocka_unit_test(test_ex),
		cmocka_unit_test(test_ex_ranges),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_packet_flags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
