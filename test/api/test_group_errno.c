/* SPDX-License-Identifier: BSD-3-Clause */
/* A group of ports: every errno of its calls, and that nothing is half done where one is met. */
#include <stddef.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <rte_malloc.h>

#include "core/qs_migrate.h"
#include "group_rig.h"
#include "impatient.h"
#include "scarce.h"

static struct group_rig r;

#define fails(call, error)                                                                                   \
	do {                                                                                                 \
		rte_errno = 0;                                                                               \
		assert_int_equal(call, -1);                                                                  \
		assert_int_equal(rte_errno, error);                                                          \
	} while (0)
#define fails_null(call, error)                                                                              \
	do {                                                                                                 \
		rte_errno = 0;                                                                               \
		assert_null(call);                                                                           \
		assert_int_equal(rte_errno, error);                                                          \
	} while (0)

static void test_create_errors(void **state)
{
	static const struct rte_qsock_egress_ops no_ops = {.name = "none"};
	struct rte_qsock_egress bare = {.ops = &no_ops};
	struct rte_qsock_group_conf good = group_conf(&r, 2, "dwcs"), gc;
	struct rte_malloc_socket_stats before, after;
	struct rte_qsock_port *port;
	struct rte_qsock_port_conf pc;

	assert_int_equal(rte_qsock_meta_register(), 0);
	rte_malloc_get_socket_stats(0, &before);
	fails_null(rte_qsock_group_create(NULL), EINVAL);
#define bad(error, ...)                                                                                      \
	do {                                                                                                 \
		gc = good;                                                                                   \
		__VA_ARGS__;                                                                                 \
		fails_null(rte_qsock_group_create(&gc), error);                                              \
	} while (0)
	bad(EINVAL, gc.size = 3);
	bad(EINVAL, gc.members = 0);
	bad(EINVAL, gc.members = RTE_QSOCK_GROUP_MAX + 1);
	bad(EINVAL, gc.floor_permille = 1001);
	bad(EINVAL, gc.egress = NULL);
	bad(EINVAL, gc.port.egress = r.heads[0]);
	bad(EINVAL, gc.port.record = "/tmp/x");
	bad(EINVAL, gc.port.name = NULL);
	bad(EINVAL, gc.port.name = "a name that is too long for this");
	bad(EINVAL, gc.port.rate_bps = 2000; gc.members = 2); /* floors of less than 1 kbit/s */
	bad(EINVAL, gc.port.rate_bps = 999);
	bad(EINVAL, gc.port.max_sockets = UINT32_MAX);
	bad(ENOENT, gc.port.scheduler = "nobody's");
	bad(ENOMEM, gc.port.max_sockets = 1 << 20; gc.port.max_packets = 1 << 26);
	bad(EINVAL, gc.egress = (struct rte_qsock_egress *[]){r.heads[0], NULL});
	bad(EINVAL, gc.egress = ((struct rte_qsock_egress *[]){r.heads[0], &bare}));
	bad(EBUSY, gc.egress = ((struct rte_qsock_egress *[]){r.heads[0], r.heads[0]}));
	/* A port has the second member's name: the first one is not left behind. */
	pc = good.port;
	pc.name = "group.1";
	pc.egress = r.heads[5];
	port = api_port(&pc);
	bad(EEXIST, );
	fails_null(rte_qsock_port_lookup("group.0"), ENOENT);
	assert_int_equal(r.egress[0].freed, 0);
	assert_int_equal(rte_qsock_port_free(port), 0);
	rte_malloc_get_socket_stats(0, &after);
	assert_int_equal(after.alloc_count, before.alloc_count);
	/* The rate of the first egress is the default. */
	good.port.rate_bps = 0;
	group_make(&r, &good);
	assert_int_equal(group_info(&r).rate_bps, 1000000000);
	group_end(&r);
}

/* No membarrier(2) in this thread. */
static void *create_without_barrier(void *arg)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_membarrier, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = RTE_DIM(code), .filter = code};
	const struct rte_qsock_group_conf *gc = arg;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		return (void *)-1;
	return rte_qsock_group_create(gc) == NULL ? (void *)(intptr_t)rte_errno : NULL;
}

static void test_no_barrier(void **state)
{
	struct rte_qsock_group_conf gc = group_conf(&r, 2, "dwcs");
	pthread_t thread;
	void *error;

	assert_int_equal(pthread_create(&thread, NULL, create_without_barrier, &gc), 0);
	pthread_join(thread, &error);
	assert_int_equal((intptr_t)error, ENOTSUP);
}

/* Has polled member 1 once, and does not poll it again until told to. */
struct sleepy {
	bool has, go;
};

static void *poll_once(void *arg)
{
	struct sleepy *s = arg;

	rte_qsock_tx_poll(rte_qsock_group_port(r.group, 1));
	__atomic_store_n(&s->has, true, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&s->go, __ATOMIC_ACQUIRE))
		sched_yield();
	rte_qsock_tx_stop(rte_qsock_group_port(r.group, 1));
	return NULL;
}

static pthread_t sleepy_start(struct sleepy *s)
{
	pthread_t thread;

	*s = (struct sleepy){0};
	assert_int_equal(pthread_create(&thread, NULL, poll_once, s), 0);
	while (!__atomic_load_n(&s->has, __ATOMIC_ACQUIRE))
		sched_yield();
	return thread;
}

static void sleepy_end(struct sleepy *s, pthread_t thread)
{
	__atomic_store_n(&s->go, true, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
}

static void test_call_errors(void **state)
{
	struct rte_qsock_group_conf gc = group_conf(&r, 2, "dwcs");
	struct rte_qsock_conf conf = api_socket_conf("a");
	struct rte_qsock_group_info info;
	struct rte_qsock_port_conf pc;
	struct rte_qsock_port *lone;
	struct rte_qsock *qs, *other, *closed;
	struct sleepy s;
	pthread_t thread;

	group_make(&r, &gc);
	qs = group_open(&r, 0, "a");
	pc = gc.port;
	pc.name = "lone";
	pc.egress = r.heads[5];
	lone = api_port(&pc);
	other = rte_qsock_open(lone, &conf);
	assert_non_null(other);
	fails(rte_qsock_group_free(NULL), EINVAL);
	assert_int_equal(rte_qsock_group_members(NULL), 0);
	fails_null(rte_qsock_group_port(NULL, 0), EINVAL);
	fails_null(rte_qsock_group_port(r.group, 2), EINVAL);
	fails_null(rte_qsock_group_open(NULL, &conf), EINVAL);
	fails_null(rte_qsock_group_open(r.group, NULL), EINVAL);
	fails_null(rte_qsock_group_lookup(NULL, "a"), EINVAL);
	fails_null(rte_qsock_group_lookup(r.group, NULL), EINVAL);
	fails_null(rte_qsock_group_lookup(r.group, "b"), ENOENT);
	fails(rte_qsock_group_move(NULL, qs, 0), EINVAL);
	fails(rte_qsock_group_move(r.group, NULL, 0), EINVAL);
	fails(rte_qsock_group_move(r.group, qs, 2), EINVAL);
	fails(rte_qsock_group_move(r.group, other, 0), EINVAL);
	closed = group_open(&r, 0, "closed");
	assert_int_equal(rte_qsock_close(closed), 0);
	fails(rte_qsock_group_move(r.group, closed, 1), EINVAL);
	fails(rte_qsock_group_balance(NULL), EINVAL);
	fails(rte_qsock_group_rate_set(NULL, 1000000), EINVAL);
	fails(rte_qsock_group_rate_set(r.group, 999), EINVAL);
	fails(rte_qsock_group_rate_set(r.group, 2000), EINVAL);
	assert_int_equal(group_info(&r).rate_bps, UINT64_C(10000000000));
	fails(rte_qsock_group_info_get(NULL, &info), EINVAL);
	fails(rte_qsock_group_info_get(r.group, NULL), EINVAL);
	fails(rte_qsock_port_rate_set(rte_qsock_group_port(r.group, 0), 1000000), EBUSY);
	fails(rte_qsock_port_free(rte_qsock_group_port(r.group, 0)), EBUSY);
	/* Somebody polls a member: the group stays, and the other member is nobody's. */
	thread = sleepy_start(&s);
	fails(rte_qsock_group_free(r.group), EBUSY);
	sleepy_end(&s, thread);
	assert_int_equal(group_info(&r).sockets, 1);
	assert_int_equal(rte_qsock_port_free(lone), 0);
	group_end(&r);
}

/* Nothing has changed: its packets leave where they were, in order with later ones. */
static void still_there(struct rte_qsock *qs, uint32_t number)
{
	uint64_t frames = r.egress[0].frames + group_socket_info(qs).counts.queued;

	assert_ptr_equal(qs->port, rte_qsock_group_port(r.group, 0));
	assert_int_equal(qs->moving, QS_SOCKET_MOBILE);
	assert_true(group_send(qs, 1, number));
	while (r.egress[0].frames < frames + 1)
		rte_qsock_tx_poll(rte_qsock_group_port(r.group, 0));
	assert_int_equal(r.seen.disorder, 0);
}

/* Memory is short for the packets that it has with it: so many from a number on. */
static void no_memory_to_move(struct rte_qsock *qs, uint32_t number)
{
	uint32_t i;
	int ret, error;

	for (i = 0; i < 39; i++)
		assert_true(group_send(qs, 1, number + i));
	if (scarce_memory_works()) {
		scarce_memory(0);
		ret = rte_qsock_group_move(r.group, qs, 1);
		error = rte_errno;
		scarce_end();
		assert_int_equal(ret, -1);
		assert_int_equal(error, ENOMEM);
	}
	still_there(qs, number + 39);
}

static void test_move_errors(void **state)
{
	struct rte_qsock_group_info info;
	struct rte_qsock_group_conf gc = group_conf(&r, 2, "fifo");
	struct rte_qsock *qs, *full;
	struct rte_qsock_conf conf = api_socket_conf("full");
	struct sleepy s;
	pthread_t thread;
	uint32_t i;

	gc.port.max_packets = 64;
	group_make(&r, &gc);
	qs = group_open(&r, 0, "a");
	/* The sender is somewhere in its call. */
	for (i = 0; i < 5; i++)
		assert_true(group_send(qs, 1, i));
	qs->sending = 1;
	fails(rte_qsock_group_move(r.group, qs, 1), EBUSY);
	qs->sending = 0;
	still_there(qs, 5);
	/* The driver does not take what is decided. */
	r.egress[0].accept = 0;
	for (i = 6; i < 9; i++)
		assert_true(group_send(qs, 1, i));
	rte_qsock_tx_poll(rte_qsock_group_port(r.group, 0));
	fails(rte_qsock_group_move(r.group, qs, 1), EBUSY);
	r.egress[0].accept = UINT32_MAX;
	still_there(qs, 9);
	/* Too few records there. */
	full = rte_qsock_open(rte_qsock_group_port(r.group, 1), &conf);
	r.egress[1].accept = 0;
	for (i = 0; i < 64; i++)
		assert_true(group_send(full, 2, i));
	rte_qsock_tx_poll(rte_qsock_group_port(r.group, 1));
	for (i = 10; i < 13; i++)
		assert_true(group_send(qs, 1, i));
	fails(rte_qsock_group_move(r.group, qs, 1), ENOBUFS);
	still_there(qs, 13);
	no_memory_to_move(qs, 14);
	r.egress[1].accept = UINT32_MAX;
	while (group_socket_info(full).counts.queued > 0)
		rte_qsock_tx_poll(rte_qsock_group_port(r.group, 1));
	/* Nobody polls the other one. */
	rte_qsock_tx_stop(rte_qsock_group_port(r.group, 1));
	thread = sleepy_start(&s);
	for (i = 54; i < 57; i++)
		assert_true(group_send(qs, 1, i));
	impatient(true);
	fails(rte_qsock_group_move(r.group, qs, 1), ETIMEDOUT);
	still_there(qs, 57);
	fails(rte_qsock_group_balance(r.group), ETIMEDOUT);
	fails(rte_qsock_group_info_get(r.group, &info), ETIMEDOUT);
	fails(rte_qsock_group_rate_set(r.group, UINT64_C(1000000000)), ETIMEDOUT);
	impatient(false);
	sleepy_end(&s, thread);
	assert_int_equal(rte_qsock_group_balance(r.group), 0);
	group_move(&r, qs, 1);
	for (i = 58; i < 60; i++)
		assert_true(group_send(qs, 1, i));
	group_until_sent(&r, 64 + 60);
	group_end(&r);
}

/* The other TX core went away in the middle: the socket is between two ports until somebody asks for it. */
static void test_half_way(void **state)
{
	struct rte_qsock_group_conf gc = group_conf(&r, 2, "dwcs");
	struct rte_qsock_info info;
	struct qs_migration *mg;
	struct rte_qsock *qs;
	struct sleepy s;
	pthread_t thread;
	uint32_t i;

	group_make(&r, &gc);
	qs = group_open(&r, 0, "a");
	mg = qs->port->table->migration;
	for (i = 0; i < 5; i++)
		assert_true(group_send(qs, 1, i));
	group_polls(&r, 1);
	/* As far as qs_migrate() comes while that TX core answers. */
	rte_qsock_tx_stop(rte_qsock_group_port(r.group, 1));
	mg->move = (struct qs_move){.step = QS_MOVE_ENTER,
				    .qs = qs,
				    .to = rte_qsock_group_port(r.group, 1),
				    .first_pos = mg->waiting->put.pos,
				    .max_recs = 5};
	mg->move.stream.recs = aligned_alloc(RTE_CACHE_LINE_SIZE, 5 * sizeof(*mg->move.stream.recs));
	mg->move.recs = malloc(5 * sizeof(*mg->move.recs));
	qs->moving = QS_SOCKET_MOVING;
	qs_lane_divert(qs, mg->waiting);
	assert_int_equal(qs_ctl_call(mg->move.to, QS_OP_RESERVE, qs, &mg->move), 0);
	assert_int_equal(qs_ctl_call(qs->port, QS_OP_LEAVE, qs, &mg->move), 0);
	qs_offers_leave(qs->port, qs, qs_socket_left(qs));
	qs->port->sockets--;
	qs->port = mg->move.to;
	qs->port->sockets++;
	thread = sleepy_start(&s);
	impatient(true);
	fails(rte_qsock_info_get(qs, &info), ETIMEDOUT);
	fails(rte_qsock_group_move(r.group, qs, 0), ETIMEDOUT);
	impatient(false);
	/* Its sender goes on. */
	for (; i < 10; i++)
		assert_true(group_send(qs, 1, i));
	sleepy_end(&s, thread);
	assert_int_equal(group_socket_info(qs).counts.queued + group_socket_info(qs).counts.on_time +
				 group_socket_info(qs).counts.late_drop,
			 10);
	assert_int_equal(mg->move.step, QS_MOVE_NONE);
	for (; i < 15; i++)
		assert_true(group_send(qs, 1, i));
	while (group_info(&r).total.queued > 0)
		group_polls(&r, 1);
	group_move(&r, qs, 0);
	group_end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_create_errors), cmocka_unit_test(test_no_barrier),
		cmocka_unit_test(test_call_errors),   cmocka_unit_test(test_move_errors),
		cmocka_unit_test(test_half_way),
	};
	int ret;

	scarce_start();
	api_eal_start("qsgrouperr");
	rte_log_set_level_pattern("lib.qsock", RTE_LOG_CRIT);
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	api_eal_stop();
	return ret;
}
