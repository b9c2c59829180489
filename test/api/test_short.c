/* SPDX-License-Identifier: BSD-3-Clause */
/* Refusals for want of something: room in the mbuf, EAL's memory, libc's. What fails leaves nothing behind.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_malloc.h>
#include <rte_mbuf_dyn.h>

#include "rig.h"
#include "scarce.h"

#define STEP_BYTES 16384
#define STEPS_MAX 2000

static struct rig r;

/* The first port of a process with the mbuf as it is: it cannot be made. @return 0: for that reason */
static int meta_refused(int error)
{
	struct rte_qsock_port_conf conf = api_port_conf("none");

	rte_log_set_level_pattern("lib.qsock", RTE_LOG_CRIT);
	rte_errno = 0;
	if (rte_qsock_meta_register() != -1 || rte_errno != error)
		return 1;
	rte_errno = 0;
	return rte_qsock_port_create(&conf) == NULL && rte_errno == error ? 0 : 1;
}

static int no_field_left(void)
{
	struct rte_mbuf_dynfield field = {.size = 4, .align = 4};
	int i;

	for (i = 0; i < 64; i++) {
		snprintf(field.name, sizeof(field.name), "others%d", i);
		if (rte_mbuf_dynfield_register(&field) < 0)
			break;
	}
	return meta_refused(ENOSPC);
}

static int no_flag_left(void)
{
	struct rte_mbuf_dynflag flag = {.flags = 0};
	int i;

	for (i = 0; i < 64; i++) {
		snprintf(flag.name, sizeof(flag.name), "others%d", i);
		if (rte_mbuf_dynflag_register(&flag) < 0)
			break;
	}
	return meta_refused(ENOSPC);
}

static int field_of_another_size(void)
{
	const struct rte_mbuf_dynfield field = {.name = "rte_qsock_dynfield_meta", .size = 8, .align = 8};

	return rte_mbuf_dynfield_register(&field) < 0 ? 2 : meta_refused(EEXIST);
}

/* What is once registered stays: each in a process of its own, which has an EAL of its own. */
static void in_child(const char *name, int (*fn)(void))
{
	pid_t pid = fork();
	int status, ret;

	if (pid == 0) {
		api_eal_start(name);
		ret = fn();
		api_eal_stop();
		exit(ret);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		exit(1);
	if (WEXITSTATUS(status) == 0)
		return;
	printf("%s: %d\n", name, WEXITSTATUS(status));
	exit(WEXITSTATUS(status));
}

static struct rte_malloc_socket_stats heap(void)
{
	struct rte_malloc_socket_stats stats;

	rte_malloc_get_socket_stats(0, &stats);
	return stats;
}

/* Make something with a little more each time, until it is made. */
static void sweep(void (*scarce)(size_t spare), void *(*make)(void), void (*unmake)(void *what))
{
	const struct rte_malloc_socket_stats before = heap();
	void *what = NULL;
	size_t n;

	for (n = 0; n < STEPS_MAX && what == NULL; n++) {
		int error;

		rte_errno = 0;
		scarce(n * STEP_BYTES);
		what = make();
		error = rte_errno;
		scarce_end();
		if (what != NULL)
			break;
		assert_int_equal(error, ENOMEM);
		assert_int_equal(heap().alloc_count, before.alloc_count);
		assert_int_equal(heap().heap_allocsz_bytes, before.heap_allocsz_bytes);
	}
	assert_non_null(what);
	assert_true(n > 0);
	unmake(what);
	assert_int_equal(heap().alloc_count, before.alloc_count);
}

static const char *record;

static void *port_make(void)
{
	struct rte_qsock_port_conf conf = {.size = sizeof(conf),
					   .name = "short",
					   .egress = api_egress_init(&r.egress),
					   .max_sockets = 1024,
					   .max_packets = 4096,
					   .socket_id = SOCKET_ID_ANY,
					   .record = record};

	return rte_qsock_port_create(&conf);
}

static void port_unmake(void *port)
{
	assert_int_equal(rte_qsock_port_free(port), 0);
	assert_int_equal(r.egress.freed, 1);
}

static void test_port(void **state)
{
	sweep(scarce_eal, port_make, port_unmake);
}

static void test_record(void **state)
{
	char prefix[64], command[128];

	if (!scarce_memory_works()) {
		printf("SKIP: a sanitizer needs memory itself\n");
		return;
	}
	snprintf(prefix, sizeof(prefix), "/tmp/qsshort%d", (int)getpid());
	record = prefix;
	sweep(scarce_memory, port_make, port_unmake);
	record = NULL;
	snprintf(command, sizeof(command), "rm -f %s.*", prefix);
	assert_int_equal(system(command), 0);
}

static void *egress_make(void)
{
	return rte_qsock_egress_ethdev(api_device("net_null0"), 0);
}

static void egress_unmake(void *what)
{
	struct rte_qsock_egress *e = what;

	e->ops->free(e);
}

static void test_egress(void **state)
{
	sweep(scarce_eal, egress_make, egress_unmake);
}

static void *socket_make(void)
{
	struct rte_qsock_conf conf = api_socket_conf("short");

	return rte_qsock_open(r.port, &conf);
}

static void socket_unmake(void *qs)
{
	assert_int_equal(rte_qsock_close(qs), 0);
}

/* What a port keeps of its sockets' memory is there after the first. */
static void test_open(void **state)
{
	rig_port(&r, .name = "open");
	socket_unmake(socket_make());
	rig_rounds(&r, MS);
	sweep(scarce_eal, socket_make, socket_unmake);
	rig_end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_egress),
		cmocka_unit_test(test_port),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_record),
	};
	int ret;

	in_child("qsshortfield", no_field_left);
	in_child("qsshortflag", no_flag_left);
	in_child("qsshortother", field_of_another_size);
	scarce_start();
	api_eal_start("qsshort");
	rte_log_set_level_pattern("lib.qsock", RTE_LOG_CRIT);
	assert_int_equal(rte_qsock_meta_register(), 0);
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	api_eal_stop();
	return ret;
}
