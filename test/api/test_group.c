/* SPDX-License-Identifier: BSD-3-Clause */
/* A group of ports, from one thread: what a socket takes along when it moves, and where it may not. */
#include <stddef.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <rte_malloc.h>

#include "core/qs_migrate.h"
#include "group_rig.h"

static struct group_rig r;

static struct rte_qsock *open_on(uint32_t member, const char *name)
{
	struct rte_qsock_conf conf = api_socket_conf(name);
	struct rte_qsock *qs;

	conf.stream.droppable = false;
	qs = rte_qsock_open(rte_qsock_group_port(r.group, member), &conf);
	assert_non_null(qs);
	return qs;
}

static struct rte_qsock_info info_of(struct rte_qsock *qs)
{
	struct rte_qsock_info info;

	assert_int_equal(rte_qsock_info_get(qs, &info), 0);
	api_balance(&info.counts);
	return info;
}

static struct rte_qsock_port_info port_info(uint32_t member)
{
	struct rte_qsock_port_info info;

	assert_int_equal(rte_qsock_port_info_get(rte_qsock_group_port(r.group, member), &info), 0);
	api_balance(&info.total);
	return info;
}

static void move(struct rte_qsock *qs, uint32_t member)
{
	assert_int_equal(rte_qsock_group_move(r.group, qs, member), 0);
	assert_ptr_equal(qs->port, rte_qsock_group_port(r.group, member));
}

static void until_sent(uint64_t frames)
{
	while (r.seen.frames < frames)
		group_polls(&r, 1);
}

static int count_one(struct rte_qsock *qs, void *arg)
{
	(*(uint32_t *)arg)++;
	return 0;
}

static uint32_t sockets_of(uint32_t member)
{
	uint32_t n = 0;

	assert_int_equal(rte_qsock_foreach(rte_qsock_group_port(r.group, member), count_one, &n), 0);
	assert_int_equal(port_info(member).sockets, n);
	return n;
}

/* Sockets spread over the members; one name is one socket, wherever it is. */
static void test_places(void **state)
{
	struct rte_qsock_group_conf gc = group_conf(&r, 3, "dwcs");
	struct rte_qsock_conf conf = api_socket_conf(NULL);
	struct rte_qsock *qs[6], *a;
	uint32_t i;

	group_make(&r, &gc);
	assert_string_equal(rte_qsock_port_name(rte_qsock_group_port(r.group, 2)), "group.2");
	assert_ptr_equal(rte_qsock_port_lookup("group.1"), rte_qsock_group_port(r.group, 1));
	for (i = 0; i < 6; i++)
		assert_non_null(qs[i] = rte_qsock_group_open(r.group, &conf));
	for (i = 0; i < 3; i++)
		assert_int_equal(sockets_of(i), 2);
	a = open_on(1, "a");
	assert_ptr_equal(rte_qsock_group_lookup(r.group, "a"), a);
	assert_null(rte_qsock_lookup(rte_qsock_group_port(r.group, 0), "a"));
	conf.name = "a";
	assert_null(rte_qsock_group_open(r.group, &conf));
	assert_int_equal(rte_errno, EEXIST);
	move(a, 0);
	move(a, 0);
	assert_ptr_equal(rte_qsock_group_lookup(r.group, "a"), a);
	assert_ptr_equal(rte_qsock_lookup(rte_qsock_group_port(r.group, 0), "a"), a);
	assert_null(rte_qsock_lookup(rte_qsock_group_port(r.group, 1), "a"));
	assert_int_equal(sockets_of(0), 3);
	assert_int_equal(sockets_of(1), 2);
	assert_int_equal(group_info(&r).moves, 1);
	assert_int_equal(rte_qsock_close(a), 0);
	assert_int_equal(rte_qsock_close(qs[0]), 0);
	assert_null(rte_qsock_group_lookup(r.group, "a"));
	assert_int_equal(group_info(&r).sockets, 5);
	/* Ids come free again, though the socket had left the port where it was opened. */
	conf.name = NULL;
	for (i = 5; i < GROUP_SOCKETS; i++)
		assert_non_null(rte_qsock_group_open(r.group, &conf));
	assert_null(rte_qsock_group_open(r.group, &conf));
	assert_int_equal(rte_errno, ENOSPC);
	group_end(&r);
}

/* What is in a lane, in the queue and sent, before and after; counts stay where things happened. */
static void whole(const char *scheduler)
{
	struct rte_qsock_group_conf gc = group_conf(&r, 2, scheduler);
	struct rte_qsock_conf conf = api_socket_conf("whole");
	struct rte_qsock *qs;
	uint32_t number = 0;

	gc.port.work_conserving = true;
	group_make(&r, &gc);
	conf.stream.droppable = false;
	conf.stream.in_order = true;
	conf.stream.ipg_ns = UINT64_C(100000000000);
	conf.stream.deadline_ns = UINT64_C(100000000000);
	qs = rte_qsock_open(rte_qsock_group_port(r.group, 0), &conf);
	assert_non_null(qs);
	while (number < 5)
		assert_true(group_send(qs, 1, number++));
	until_sent(5);
	/* These are in the queue, */
	r.egress[0].accept = 0;
	assert_true(group_send(qs, 1, number++)); /* but for one that is decided */
	while (number < 20)
		assert_true(group_send(qs, 1, number++));
	rte_qsock_tx_poll(rte_qsock_group_port(r.group, 0));
	r.egress[0].accept = UINT32_MAX;
	rte_qsock_tx_poll(rte_qsock_group_port(r.group, 0));
	until_sent(20);
	/* and these in the lane. */
	while (number < 30)
		assert_true(group_send(qs, 1, number++));
	move(qs, 1);
	assert_int_equal(info_of(qs).counts.on_time, 20);
	assert_int_equal(info_of(qs).counts.queued, 10);
	assert_int_equal(info_of(qs).ring_used, 0);
	assert_int_equal(port_info(0).total.on_time, 20);
	assert_int_equal(port_info(0).total.queued, 0);
	assert_int_equal(port_info(0).total.offered, 20);
	assert_int_equal(port_info(1).total.queued, 10);
	assert_int_equal(port_info(1).total.offered, 10);
	while (number < 40)
		assert_true(group_send(qs, 1, number++));
	until_sent(40);
	assert_int_equal(r.egress[0].frames, 20);
	assert_int_equal(r.egress[1].frames, 20);
	while (number < 50)
		assert_true(group_send(qs, 1, number++));
	move(qs, 0);
	move(qs, 1);
	move(qs, 0);
	until_sent(50);
	assert_int_equal(r.egress[0].frames, 30);
	assert_int_equal(info_of(qs).counts.on_time, 50);
	assert_int_equal(group_info(&r).total.on_time, 50);
	assert_int_equal(rte_qsock_port_stats_reset(rte_qsock_group_port(r.group, 0)), 0);
	assert_int_equal(port_info(0).total.offered, 0);
	while (number < 55)
		assert_true(group_send(qs, 1, number++));
	move(qs, 1);
	until_sent(55);
	assert_int_equal(port_info(0).total.offered, 0);
	assert_int_equal(port_info(1).total.on_time, 25);
	assert_int_equal(info_of(qs).counts.on_time, 5); /* since the reset */
	assert_int_equal(rte_qsock_close(qs), 0);
	group_end(&r);
}

static void test_whole(void **state)
{
	whole("dwcs");
	whole("vds");
	whole("edf");
	whole("fifo");
}

/* A stream in the middle of its window, late and tagged: it stays so. */
static void state_survives(const char *scheduler)
{
	struct rte_qsock_group_conf gc = group_conf(&r, 2, scheduler);
	struct rte_qsock_conf conf = api_socket_conf("state");
	struct rte_qsock_info before, after;
	struct rte_qsock *qs;
	uint32_t number = 0;

	gc.port.rate_bps = 1000000; /* a frame takes 1.4 ms of a share, so that periods pass */
	group_make(&r, &gc);
	conf.stream.ipg_ns = 1000000;
	conf.stream.deadline_ns = 1000000;
	conf.stream.oln = 1;
	conf.stream.old = 3;
	qs = rte_qsock_open(rte_qsock_group_port(r.group, 0), &conf);
	assert_non_null(qs);
	do {
		number += group_send(qs, 1, number);
		rte_qsock_tx_poll(rte_qsock_group_port(r.group, 0));
		before = info_of(qs);
	} while (before.counts.late_drop < 5 || before.state.backlog_packets < 3);
	move(qs, 1);
	after = info_of(qs);
	assert_memory_equal(&after.state, &before.state, sizeof(after.state));
	assert_memory_equal(&after.conf, &before.conf, sizeof(after.conf));
	assert_memory_equal(&after.counts, &before.counts, sizeof(after.counts));
	assert_int_equal(after.delay.count, before.delay.count);
	assert_int_equal(after.id, before.id);
	assert_int_equal(port_info(0).total.violations, before.counts.violations);
	assert_int_equal(port_info(1).total.violations, 0);
	/* It can be changed there as here. */
	conf.stream.old = 4;
	assert_int_equal(rte_qsock_change(qs, &conf.stream), 0);
	assert_int_equal(info_of(qs).conf.old, 4);
	assert_int_equal(rte_qsock_stats_reset(qs), 0);
	assert_int_equal(info_of(qs).counts.late_drop, 0);
	group_end(&r);
}

static void test_state(void **state)
{
	state_survives("dwcs");
	state_survives("vds");
	state_survives("edf");
}

/* A bound in time, and one whose packets are dropped untold: they go with it. */
static void test_bounded(void **state)
{
	struct rte_qsock_group_conf gc = group_conf(&r, 2, "fifo");
	struct rte_qsock_conf conf = api_socket_conf("bounded");
	struct rte_qsock *qs;
	uint32_t i, queued;

	gc.port.rate_bps = 2000000;
	group_make(&r, &gc);
	conf.queue_limit_ns = 10000000; /* 10 ms at 1 Mbit/s: 14 of 88 bytes */
	conf.drop_when_full = true;
	qs = rte_qsock_open(rte_qsock_group_port(r.group, 0), &conf);
	for (i = 0; i < 40; i++)
		assert_true(group_send(qs, 2, i));
	group_polls(&r, 1);
	queued = info_of(qs).state.backlog_packets;
	assert_in_range(queued, 13, 15);
	assert_int_equal(info_of(qs).counts.queue_drop + queued + info_of(qs).counts.on_time, 40);
	move(qs, 1);
	for (i = 40; i < 80; i++)
		assert_true(group_send(qs, 2, i));
	group_polls(&r, 1);
	assert_in_range(info_of(qs).state.backlog_packets, 12, 15);
	while (info_of(qs).counts.queued > 0)
		group_polls(&r, 1);
	assert_int_equal(qs->tx->queued, 0);
	assert_int_equal(qs_tx_rare(qs->tx)->queued_bytes, 0);
	group_end(&r);
}

/* Shares are one another's: what one member does not want the other has; the sum is the rate. */
static void test_shares(void **state)
{
	struct rte_qsock_group_conf gc = group_conf(&r, 4, "fifo");
	struct rte_qsock_group_info info;
	struct rte_qsock *qs;
	uint32_t number = 0, i;

	gc.port.rate_bps = UINT64_C(100000000);
	group_make(&r, &gc);
	info = group_info(&r);
	for (i = 0; i < 4; i++)
		assert_int_equal(info.member[i].share_bps, 25000000);
	qs = open_on(2, "busy");
	for (i = 0; i < 20000; i++) {
		number += group_send(qs, 3, number);
		group_polls(&r, 1);
		if (i % 100 == 0) {
			assert_int_equal(rte_qsock_group_balance(r.group), 0);
			info = group_info(&r);
		}
	}
	/* Floors of the others: 62 thousandths of a quarter each. */
	assert_true(info.member[2].share_bps > 90000000);
	for (i = 0; i < 4; i++)
		assert_true(info.member[i].share_bps >= 1550000);
	assert_int_equal(port_info(2).rate_bps, info.member[2].share_bps);
	assert_true(info.member[2].demand_bps > info.member[0].demand_bps);
	/* The busy member is where no more sockets go. */
	assert_non_null(rte_qsock_group_open(r.group, &(struct rte_qsock_conf){
							      .size = sizeof(struct rte_qsock_conf),
							      .stream = api_socket_conf(NULL).stream,
						      }));
	assert_int_equal(sockets_of(2), 1);
	/* Less for all, at once. */
	assert_int_equal(rte_qsock_group_rate_set(r.group, 50000000), 0);
	info = group_info(&r);
	assert_int_equal(info.rate_bps, 50000000);
	assert_true(info.shared_bps <= 50000000);
	/* It asks for nothing any more: after some time shares are equal again. */
	for (i = 0; i < 200; i++) {
		group_polls(&r, 20);
		assert_int_equal(rte_qsock_group_balance(r.group), 0);
	}
	while (group_info(&r).total.queued > 0)
		group_polls(&r, 100);
	for (i = 0; i < 300; i++)
		assert_int_equal(rte_qsock_group_balance(r.group), 0);
	info = group_info(&r);
	for (i = 0; i < 4; i++)
		assert_in_range(info.member[i].share_bps, 12000000, 13000000);
	group_end(&r);
}

/* Two queues of a device, and one that has not so many. */
static void test_device(void **state)
{
	struct rte_qsock_ethdev_conf ec = {.size = sizeof(ec), .rx_pool = api_pool, .tx_queues = 2};
	struct rte_qsock_group_conf gc = group_conf(&r, 2, "dwcs");
	uint16_t id = api_device("net_null0");
	struct rte_qsock_egress *queues[2];
	struct rte_eth_stats stats;
	struct rte_qsock *qs;
	uint32_t number = 0;

	assert_int_equal(rte_eth_dev_stop(id), 0);
	assert_int_equal(rte_qsock_ethdev_setup(id, &ec), 0);
	assert_null(rte_qsock_egress_ethdev(id, 2));
	assert_int_equal(rte_errno, EINVAL);
	queues[0] = rte_qsock_egress_ethdev(id, 0);
	queues[1] = rte_qsock_egress_ethdev(id, 1);
	gc.egress = queues;
	gc.port.work_conserving = true;
	group_make(&r, &gc);
	rte_eth_stats_reset(id);
	qs = open_on(0, "a");
	while (number < 10)
		assert_true(group_send(qs, 1, number++));
	move(qs, 1);
	while (group_info(&r).total.queued > 0)
		group_polls(&r, 1);
	while (number < 30)
		assert_true(group_send(qs, 1, number++));
	move(qs, 0);
	while (group_info(&r).total.queued > 0)
		group_polls(&r, 1);
	assert_int_equal(rte_eth_stats_get(id, &stats), 0);
	assert_int_equal(stats.q_opackets[0], 20);
	assert_int_equal(stats.q_opackets[1], 10);
	assert_int_equal(rte_qsock_group_free(r.group), 0);
	api_pool_whole();
	assert_int_equal(rte_eth_dev_stop(id), 0);
	ec.tx_queues = UINT16_MAX;
	assert_int_equal(rte_qsock_ethdev_setup(id, &ec), -1);
	assert_int_equal(rte_errno, EINVAL);
	ec.tx_queues = 0;
	assert_int_equal(rte_qsock_ethdev_setup(id, &ec), 0);
}

/* ---- what does not go */

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
	qs = open_on(0, "a");
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
	closed = open_on(0, "closed");
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
	uint64_t frames = r.egress[0].frames + info_of(qs).counts.queued;

	assert_ptr_equal(qs->port, rte_qsock_group_port(r.group, 0));
	assert_int_equal(qs->moving, QS_SOCKET_MOBILE);
	assert_true(group_send(qs, 1, number));
	while (r.egress[0].frames < frames + 1)
		rte_qsock_tx_poll(rte_qsock_group_port(r.group, 0));
	assert_int_equal(r.seen.disorder, 0);
}

static void test_move_errors(void **state)
{
	struct rte_qsock_group_conf gc = group_conf(&r, 2, "fifo");
	struct rte_qsock *qs, *full;
	struct rte_qsock_conf conf = api_socket_conf("full");
	struct sleepy s;
	pthread_t thread;
	uint32_t i;

	gc.port.max_packets = 64;
	group_make(&r, &gc);
	qs = open_on(0, "a");
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
	r.egress[1].accept = UINT32_MAX;
	while (info_of(full).counts.queued > 0)
		rte_qsock_tx_poll(rte_qsock_group_port(r.group, 1));
	/* Nobody polls the other one. */
	rte_qsock_tx_stop(rte_qsock_group_port(r.group, 1));
	thread = sleepy_start(&s);
	for (i = 14; i < 17; i++)
		assert_true(group_send(qs, 1, i));
	fails(rte_qsock_group_move(r.group, qs, 1), ETIMEDOUT);
	still_there(qs, 17);
	fails(rte_qsock_group_balance(r.group), ETIMEDOUT);
	fails(rte_qsock_group_rate_set(r.group, UINT64_C(1000000000)), ETIMEDOUT);
	sleepy_end(&s, thread);
	assert_int_equal(rte_qsock_group_balance(r.group), 0);
	move(qs, 1);
	for (i = 18; i < 20; i++)
		assert_true(group_send(qs, 1, i));
	until_sent(64 + 20);
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
	qs = open_on(0, "a");
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
	fails(rte_qsock_info_get(qs, &info), ETIMEDOUT);
	fails(rte_qsock_group_move(r.group, qs, 0), ETIMEDOUT);
	/* Its sender goes on. */
	for (; i < 10; i++)
		assert_true(group_send(qs, 1, i));
	sleepy_end(&s, thread);
	assert_int_equal(
		info_of(qs).counts.queued + info_of(qs).counts.on_time + info_of(qs).counts.late_drop, 10);
	assert_int_equal(mg->move.step, QS_MOVE_NONE);
	for (; i < 15; i++)
		assert_true(group_send(qs, 1, i));
	while (group_info(&r).total.queued > 0)
		group_polls(&r, 1);
	move(qs, 0);
	group_end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),	      cmocka_unit_test(test_whole),
		cmocka_unit_test(test_state),	      cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_shares),	      cmocka_unit_test(test_device),
		cmocka_unit_test(test_create_errors), cmocka_unit_test(test_no_barrier),
		cmocka_unit_test(test_call_errors),   cmocka_unit_test(test_move_errors),
		cmocka_unit_test(test_half_way),
	};
	int ret;

	api_eal_start("qsgroup");
	rte_log_set_level_pattern("lib.qsock", RTE_LOG_CRIT);
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	api_eal_stop();
	return ret;
}
