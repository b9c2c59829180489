/* SPDX-License-Identifier: BSD-3-Clause */
/* The cap beside a port, looked after by its thread: replaced by another program, gone with its interface. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include <rte_errno.h>
#include <rte_log.h>

#include "net_eal.h"
#include "net_ns.h"
#include "service/qs_cap.h"

#define LIMIT_S 10
#define MAKE "ip link add va type veth peer name vb && ip link set va up && ip link set vb up"

static const struct qs_qdisc_conf conf = {.rate_bps = 20000000, .overhead_bytes = 24};
static struct qs_service *svc;
static struct qs_cap *cap;

static char *said;
static size_t said_bytes;
static FILE *saying;

/* What the library says from now on. */
static void listen(void)
{
	saying = open_memstream(&said, &said_bytes);
	assert_non_null(saying);
	assert_int_equal(rte_openlog_stream(saying), 0);
	rte_log_set_level_pattern("lib.qsock", RTE_LOG_NOTICE);
}

/* How often it said that. */
static int times_said(const char *text)
{
	const char *at;
	int n = 0;

	fflush(saying);
	for (at = said; at != NULL && (at = strstr(at, text)) != NULL; at++)
		n++;
	return n;
}

static void deafen(void)
{
	rte_log_set_level_pattern("lib.qsock", RTE_LOG_CRIT);
	rte_openlog_stream(NULL);
	fclose(saying);
	free(said);
}

static struct qs_cap_info info_of(void)
{
	struct qs_cap_info info;

	qs_cap_info_get(cap, &info);
	return info;
}

static bool has(const char *text)
{
	return sh("tc qdisc show dev va | grep -q '%s'", text) == 0;
}

static void await(bool (*so)(const struct qs_cap_info *info))
{
	struct timespec end, now;
	struct qs_cap_info info;

	clock_gettime(CLOCK_MONOTONIC, &end);
	do {
		info = info_of();
		if (so(&info))
			return;
		usleep(10000);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec < end.tv_sec + LIMIT_S);
	fail_msg("what is awaited does not come: state %d, replaced %d, renewed %d", (int)info.state,
		 (int)info.replaced, (int)info.renewed);
}

static bool is_replaced(const struct qs_cap_info *info)
{
	return info->state == QS_CAP_REPLACED;
}

static bool waits(const struct qs_cap_info *info)
{
	return info->state == QS_CAP_WAITS;
}

static bool is_renewed(const struct qs_cap_info *info)
{
	return info->state == QS_CAP_IN_PLACE && info->renewed == 1;
}

static bool is_refused(const struct qs_cap_info *info)
{
	return info->state == QS_CAP_REFUSED;
}

static bool fits_large_frames(const struct qs_cap_info *info)
{
	(void)info;
	return sh("ping -q -c 1 -W 1 -s 4000 10.9.0.2 >/dev/null; tc -s qdisc show dev va | grep -A1 tbf | "
		  "grep -qE 'Sent ([4-9]|[1-9][0-9])[0-9]{3} bytes'") == 0;
}

static void test_follows_the_mtu(void **state)
{
	(void)state;
	assert_int_equal(
		sh("ip addr add 10.9.0.1/24 dev va; ip neigh add 10.9.0.2 lladdr 02:00:00:00:00:02 dev va; "
		   "ip link set va mtu 9000"),
		0);
	await(fits_large_frames);
	assert_int_equal(info_of().state, QS_CAP_IN_PLACE);
}

static void test_another_program_replaces_it(void **state)
{
	(void)state;
	listen();
	assert_int_equal(sh("tc qdisc replace dev va root handle 7: pfifo limit 77"), 0);
	await(is_replaced);
	usleep(1200000); /* it is looked at once more */
	assert_int_equal(info_of().replaced, 1);
	assert_int_equal(times_said("another program replaced ours on va by pfifo 7:; theirs stays"), 1);
	qs_service_free(svc);
	svc = NULL;
	qs_cap_close(cap);
	cap = NULL;
	assert_true(has("pfifo 7: root.* limit 77p"));
	assert_int_equal(times_said("another program"), 1);
	deafen();
}

static void test_interface_made_again(void **state)
{
	(void)state;
	assert_int_equal(sh("ip link del va"), 0);
	await(waits);
	assert_int_equal(sh(MAKE), 0);
	await(is_renewed);
	assert_true(has("htb 5153: root"));
	assert_int_equal(info_of().replaced, 0);
}

/* A queueing discipline that somebody has put there first stays. */
static void test_interface_made_again_with_anothers(void **state)
{
	(void)state;
	listen();
	assert_int_equal(sh("ip link del va"), 0);
	await(waits);
	assert_int_equal(
		sh("ip link add vc type veth peer name vb && tc qdisc add dev vc root handle 7: pfifo && "
		   "ip link set vc name va"),
		0);
	await(is_refused);
	usleep(300000); /* it is not asked again and again */
	assert_int_equal(times_said("an incompatible queueing discipline is installed on va"), 1);
	assert_true(has("pfifo 7: root"));
	assert_int_equal(info_of().renewed, 0);
	deafen();
}

static void test_refused(void **state)
{
	struct qs_cap *none = qs_cap_open(svc, "nowhere", &conf);

	(void)state;
	assert_null(none);
	assert_int_equal(rte_errno, ENODEV);
	none = qs_cap_open(svc, "va", &conf); /* it has one, of a living process */
	assert_null(none);
	assert_int_equal(rte_errno, EBUSY);
	assert_true(has("htb 5153: root"));
}

static uint64_t idle_hook(void *arg, uint64_t now_ns)
{
	(void)arg;
	(void)now_ns;
	return QS_SERVICE_NEVER;
}

static void test_too_many_hooks(void **state)
{
	struct qs_service *full = qs_service_create("full");
	static char args[QS_SERVICE_HOOKS_MAX];

	(void)state;
	assert_non_null(full);
	for (int i = 0; i < QS_SERVICE_HOOKS_MAX; i++)
		assert_int_equal(qs_service_hook_add(full, idle_hook, &args[i]), 0);
	assert_null(qs_cap_open(full, "vb", &conf));
	assert_int_equal(rte_errno, ENOSPC);
	assert_int_not_equal(sh("tc qdisc show dev vb | grep -q 5153:"), 0);
	qs_service_free(full);
}

static int up(void **state)
{
	(void)state;
	if (sh(MAKE) != 0)
		return -1;
	svc = qs_service_create("cap");
	cap = svc != NULL ? qs_cap_open(svc, "va", &conf) : NULL;
	return cap != NULL ? 0 : -1;
}

static int down(void **state)
{
	(void)state;
	qs_service_free(svc);
	qs_cap_close(cap);
	return sh("ip link del va");
}

static int group_up(void **state)
{
	(void)state;
	return net_eal_up(63);
}

static int group_down(void **state)
{
	(void)state;
	return net_eal_down();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, up, down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_follows_the_mtu),
		TEST(test_another_program_replaces_it),
		TEST(test_interface_made_again),
		TEST(test_interface_made_again_with_anothers),
		TEST(test_refused),
		TEST(test_too_many_hooks),
	};

	if (!net_ns_enter()) {
		puts("SKIP: needs root, for a network namespace");
		return 77;
	}
	return cmocka_run_group_tests(tests, group_up, group_down);
}
