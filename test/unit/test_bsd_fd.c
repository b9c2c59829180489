/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of descriptors, what is read back from a kernel socket, and who owns a device. */
#include <arpa/inet.h>
#include <errno.h>
#include <glob.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <rte_log.h>

#include "bsd/qs_fdtable.h"
#include "bsd/qs_options.h"
#include "bsd/qs_owner.h"

static struct qs_fd *as_sock(int *x)
{
	return (struct qs_fd *)(void *)x;
}

static void test_table(void **state)
{
	int a, b;

	assert_null(qs_fd_get(-1));
	assert_null(qs_fd_get(7));
	assert_null(qs_fd_get(0x7fffffff));
	assert_int_equal(qs_fd_set(7, as_sock(&a)), 0);
	assert_int_equal(qs_fd_set(7, as_sock(&b)), -EEXIST);
	assert_int_equal(qs_fd_set(1000000, as_sock(&b)), 0);
	assert_ptr_equal(qs_fd_get(7), &a);
	assert_ptr_equal(qs_fd_get(1000000), &b);
	assert_null(qs_fd_get(8));
	qs_fd_clear(7, as_sock(&b)); /* not its own */
	assert_ptr_equal(qs_fd_get(7), &a);
	qs_fd_clear(7, as_sock(&a));
	assert_null(qs_fd_get(7));
	qs_fd_clear(1000000, as_sock(&b));
	assert_int_equal(qs_fd_set(-1, as_sock(&a)), -EMFILE);
	assert_int_equal(qs_fd_set(QS_FD_LEAF * QS_FD_TOP, as_sock(&a)), -EMFILE);
}

static void test_kind(void **state)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0), pipes[2], other;
	struct qs_kind kind, none;

	assert_int_equal(qs_kind_read(fd, &kind), 0);
	assert_false(kind.tcp);
	assert_int_equal(kind.domain, AF_INET);
	assert_int_equal(qs_kind_check(fd, &kind), 0);
	close(fd);
	assert_int_equal(qs_kind_check(fd, &kind), -EBADF);
	assert_int_equal(qs_kind_read(fd, &none), -EBADF);
	other = socket(AF_INET, SOCK_DGRAM, 0); /* the number again */
	assert_int_equal(other, fd);
	assert_int_equal(qs_kind_check(other, &kind), -ENOTSOCK);
	close(other);
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(qs_kind_read(pipes[0], &none), -ENOTSOCK);
	close(pipes[0]);
	close(pipes[1]);
	fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	assert_int_equal(qs_kind_read(fd, &none), -EAFNOSUPPORT);
	close(fd);
}

/* Without the kernel's cookie the inode must do. */
static void test_kind_without_cookie(void **state)
{
	int fd = socket(AF_INET6, SOCK_STREAM, 0);
	struct qs_kind kind;

	assert_int_equal(qs_kind_read(fd, &kind), 0);
	assert_true(kind.tcp);
	kind.cookie = 0;
	assert_int_equal(qs_kind_check(fd, &kind), 0);
	kind.inode++;
	assert_int_equal(qs_kind_check(fd, &kind), -ENOTSOCK);
	close(fd);
	assert_int_equal(qs_kind_check(fd, &kind), -EBADF);
}

static void set_int(int fd, int level, int name, int value)
{
	assert_int_equal(setsockopt(fd, level, name, &value, sizeof(value)), 0);
}

static void test_options(void **state)
{
	struct sockaddr_in to = {AF_INET, htons(9), {htonl(INADDR_LOOPBACK)}, {0}};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct qs_options o, same;
	struct qs_kind kind;

	assert_int_equal(qs_kind_read(fd, &kind), 0);
	assert_int_equal(qs_options_read(fd, &kind, 0, &o), 0);
	assert_int_equal(o.local.port, 0);
	assert_int_equal(o.peer.family, 0);
	assert_int_equal(o.ttl, 64);
	assert_true(o.dont_fragment);
	assert_false(o.must_fit);
	assert_int_equal(qs_options_read(fd, &kind, 0, &same), 0);
	assert_memory_equal(&o, &same, sizeof(o));
	set_int(fd, IPPROTO_IP, IP_TTL, 9);
	set_int(fd, IPPROTO_IP, IP_TOS, 0xb8);
	set_int(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	assert_int_equal(qs_options_read(fd, &kind, QS_MULTICAST4, &o), 0);
	assert_int_equal(o.ttl, 9);
	assert_int_equal(o.tos, 0xb8);
	assert_true(o.must_fit);
	assert_int_equal(o.peer.port, htons(9));
	assert_int_not_equal(o.local.port, 0);
	assert_int_not_equal(o.path_mtu, 0);
	assert_int_equal(o.multicast.ttl, 1);
	assert_true(o.multicast.loop);
	close(fd);
}

static void test_ends(void **state)
{
	struct sockaddr_in in = {AF_INET, htons(7), {htonl(0x0a000001)}, {0}};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(7), .sin6_scope_id = 3};
	const struct sockaddr *a = (struct sockaddr *)&in, *a6 = (struct sockaddr *)&in6;
	struct sockaddr_storage back;
	struct qs_end end, mapped;

	inet_pton(AF_INET6, "fd00::1", &in6.sin6_addr);
	assert_int_equal(qs_end_read(&end, a, sizeof(in), AF_INET), 0);
	assert_int_equal(qs_end_read(&end, a, sizeof(in) - 1, AF_INET), -EINVAL);
	assert_int_equal(qs_end_read(&end, a, 0, AF_INET), -EINVAL);
	assert_int_equal(qs_end_read(&end, a6, sizeof(in6), AF_INET), -EAFNOSUPPORT);
	assert_int_equal(qs_end_read(&end, a6, sizeof(in6), AF_INET6), 0);
	assert_int_equal(end.scope, 0); /* counts for link-local ones only */
	inet_pton(AF_INET6, "fe80::1", &in6.sin6_addr);
	assert_int_equal(qs_end_read(&end, a6, sizeof(in6), AF_INET6), 0);
	assert_int_equal(end.scope, 3);
	assert_int_equal(qs_end_write(&end, AF_INET6, &back), sizeof(in6));
	assert_memory_equal(&back, &in6, sizeof(in6));
	in.sin_family = AF_UNSPEC;
	assert_int_equal(qs_end_read(&end, a, sizeof(in), AF_INET), 0);
	assert_int_equal(end.family, AF_INET);
	in.sin_family = AF_INET;
	inet_pton(AF_INET6, "::ffff:10.0.0.1", &in6.sin6_addr);
	assert_int_equal(qs_end_read(&end, a, sizeof(in), AF_INET), 0);
	assert_int_equal(qs_end_read(&mapped, a6, sizeof(in6), AF_INET6), 0);
	assert_memory_equal(&end, &mapped, sizeof(end));
	in.sin_port = 0;
	assert_int_equal(qs_end_read(&end, a, sizeof(in), AF_INET), -EINVAL);
}

static int status_of(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_owner(void **state)
{
	char name[32];
	int fd;
	pid_t pid;

	if (!qs_owner_privileged())
		skip();
	snprintf(name, sizeof(name), "t%d", getpid());
	fd = qs_owner_take(name, true);
	assert_true(fd >= 0);
	pid = fork();
	if (pid == 0)
		_exit(qs_owner_take(name, true) == -EBUSY ? 0 : 1);
	assert_int_equal(status_of(pid), 0);
	qs_owner_release(fd);
	fd = qs_owner_take(name, true);
	assert_true(fd >= 0);
	qs_owner_release(fd);
}

#define OWNERS 4
#define TURNS 100

struct owners {
	int inside; /* processes that have it, by what they are told */
	int too_many;
};

/* In a process of its own: have the device TURNS times. */
static int take_turns(struct owners *shared, const char *name)
{
	int turns = 0, fd;

	while (turns < TURNS) {
		fd = qs_owner_take(name, true);
		if (fd == -EBUSY)
			continue;
		if (fd < 0)
			return 1;
		if (__atomic_add_fetch(&shared->inside, 1, __ATOMIC_SEQ_CST) != 1)
			__atomic_store_n(&shared->too_many, 1, __ATOMIC_SEQ_CST);
		sched_yield();
		__atomic_sub_fetch(&shared->inside, 1, __ATOMIC_SEQ_CST);
		qs_owner_release(fd);
		turns++;
	}
	return 0;
}

/* A lock file goes with its owner, while others wait for it: one has the device all the same. */
static void test_owners_in_turn(void **state)
{
	struct owners *shared =
		mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char name[32], left[64];
	pid_t pid[OWNERS];
	glob_t found;

	if (!qs_owner_privileged())
		skip();
	assert_ptr_not_equal(shared, MAP_FAILED);
	snprintf(name, sizeof(name), "t%d", getpid());
	rte_log_set_level_pattern("lib.qsock", RTE_LOG_CRIT); /* each refusal is told */
	for (int i = 0; i < OWNERS; i++) {
		pid[i] = fork();
		if (pid[i] == 0)
			_exit(take_turns(shared, name));
	}
	for (int i = 0; i < OWNERS; i++)
		assert_int_equal(status_of(pid[i]), 0);
	assert_int_equal(shared->too_many, 0);
	snprintf(left, sizeof(left), "/run/qsock/%s@*", name);
	assert_int_equal(glob(left, 0, NULL, &found), GLOB_NOMATCH);
	munmap(shared, sizeof(*shared));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_kind),
		cmocka_unit_test(test_kind_without_cookie),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_owner),
		cmocka_unit_test(test_owners_in_turn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
