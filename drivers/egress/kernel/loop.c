/* SPDX-License-Identifier: BSD-3-Clause */
/* The thread of a port: take what came, decide as long as the link is free, release, sleep until more is due.
 */
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "eal/qs_log.h"
#include "kernel/qs_kport_priv.h"

#define FRAME_MIN 60u
#define WAY_NS 10000 /* for control, which has waited */
#define WAYS_MAX 20
#define NICE -20
#define CLOSING_LOOK_NS UINT64_C(1000000)
#define ROUND_MAX 64u		  /* decisions before the clock is looked at again */
#define NAP_NS 40000		  /* what comes meanwhile leaves together */
#define BRISK_NS UINT64_C(200000) /* messages that come as closely are worth it */

uint64_t qs_know_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

void qs_kloop_wake(struct qs_kport *port)
{
	uint64_t one = 1;

	/* Once is enough, however many come until it is awake. */
	if (__atomic_load_n(&port->asleep, __ATOMIC_SEQ_CST) &&
	    __atomic_exchange_n(&port->asleep, false, __ATOMIC_SEQ_CST) &&
	    write(port->event_fd, &one, sizeof(one)) < 0)
		return; /* it is set: that is what was wanted */
}

void qs_kstate_lock(struct qs_kport *port)
{
	__atomic_fetch_add(&port->waiters, 1, __ATOMIC_SEQ_CST);
	pthread_mutex_lock(&port->state);
	__atomic_fetch_sub(&port->waiters, 1, __ATOMIC_SEQ_CST);
}

void qs_kstate_unlock(struct qs_kport *port)
{
	pthread_mutex_unlock(&port->state);
}

/* ------------------------------------------------------------------ what came */

static void message_enqueue(struct qs_kport *port, struct qs_kmsg *msg)
{
	struct rte_qsock_pkt pkt = {
		.cookie = (uintptr_t)msg,
		.arrival_ns = port->clock_ns,
		.deadline_ns = msg->deadline_ns,
		.len_bytes = msg->frame_bytes,
		.frames = msg->frames,
		.flags = msg->pkt_flags,
	};

	/* What was dropped on arrival is accounted for already; what is refused is malformed. */
	if (rte_qsock_sched_enqueue(port->sched, msg->of->id, &pkt, port->clock_ns) < 0)
		qs_kend_error(msg);
}

/* In order of id. What a connection that takes nothing would send waits outside, so that its place in the
 * scheduler is not taken for nothing. */
static void ingest(struct qs_kport *port)
{
	struct qs_kmsgs taken = STAILQ_HEAD_INITIALIZER(taken);
	struct qs_kmsg *msg;

	pthread_mutex_lock(&port->inbox);
	while (port->ready.count > 0) {
		struct qs_kstream *s = port->streams[qs_idset_pop(&port->ready)];

		if (s == NULL)
			continue;
		s->gated = !STAILQ_EMPTY(&s->out);
		if (!s->gated)
			STAILQ_CONCAT(&taken, &s->in);
	}
	pthread_mutex_unlock(&port->inbox);
	if (!STAILQ_EMPTY(&taken)) {
		port->brisk = port->clock_ns - port->taken_ns < BRISK_NS;
		port->taken_ns = port->clock_ns;
	}
	while ((msg = STAILQ_FIRST(&taken)) != NULL) {
		STAILQ_REMOVE_HEAD(&taken, next);
		message_enqueue(port, msg);
	}
}

/* ------------------------------------------------------------------ decisions */

/* One decision at the end of the transmission before, or now. @return false: nothing may be sent */
static bool decide(struct qs_kport *port)
{
	uint64_t clock_ns = port->clock_ns, now_ns = clock_ns > port->free_ns ? clock_ns : port->free_ns;
	uint64_t start_ns = clock_ns > port->conf.catchup_ns ? clock_ns - port->conf.catchup_ns : 0;
	struct rte_qsock_event ev;
	uint32_t bytes;

	if (!rte_qsock_sched_decide(port->sched, now_ns, &ev))
		return false;
	if (start_ns < port->free_ns)
		start_ns = port->free_ns;
	bytes = ev.pkt.len_bytes < FRAME_MIN ? FRAME_MIN : ev.pkt.len_bytes;
	port->free_ns = start_ns + qs_link_time_ns(&port->link, bytes, ev.pkt.frames);
	qs_kdecided(port, &ev, start_ns);
	qs_ktimed_stamp(port, &ev);
	qs_krelease(port, (struct qs_kmsg *)(uintptr_t)ev.pkt.cookie);
	return true;
}

static bool is_free(const struct qs_kport *port)
{
	return port->clock_ns + port->conf.ahead_ns >= port->free_ns;
}

/* The kernel is asked only when it seems to have enough, and then it has to have all that was decided. */
static bool may_add(struct qs_kport *port)
{
	return !qs_kbelow_seems_full(port) || (qs_krelease_all(port) && !qs_kbelow_full(port));
}

/* @return when to look again; RTE_QSOCK_NEVER: when something comes */
static uint64_t decide_all(struct qs_kport *port)
{
	uint64_t due_ns = rte_qsock_sched_next_ns(port->sched), free_ns;
	uint32_t n;

	if (due_ns == RTE_QSOCK_NEVER && STAILQ_EMPTY(&port->decided))
		return RTE_QSOCK_NEVER;
	if (!qs_krelease_all(port) || qs_kbelow_full(port)) {
		qs_stalls_refused(&port->stalls, port->clock_ns);
		return qs_kbelow_next_ns(port);
	}
	qs_stalls_taken(&port->stalls, port->clock_ns);
	for (n = 0; n < ROUND_MAX && is_free(port) && may_add(port); n++) {
		if (!decide(port))
			break;
	}
	due_ns = rte_qsock_sched_next_ns(port->sched);
	if (!qs_krelease_all(port) || n == ROUND_MAX)
		return port->clock_ns;
	if (due_ns == RTE_QSOCK_NEVER)
		return due_ns;
	free_ns = port->free_ns > port->conf.ahead_ns ? port->free_ns - port->conf.ahead_ns : 0;
	return due_ns > free_ns ? due_ns : free_ns;
}

/* ------------------------------------------------------------------ closed streams */

static uint64_t closing_look(struct qs_kport *port)
{
	struct qs_kstream *s, *next;
	uint64_t first_ns = RTE_QSOCK_NEVER;

	for (s = TAILQ_FIRST(&port->closing); s != NULL; s = next) {
		next = TAILQ_NEXT(s, closing_next);
		bool empty = __atomic_load_n(&s->held, __ATOMIC_ACQUIRE) == 0;
		uint64_t again_ns = empty ? port->clock_ns + CLOSING_LOOK_NS : s->linger_until_ns;

		if (port->clock_ns >= s->linger_until_ns || (empty && qs_kbelow_empty(port, s)))
			qs_kstream_end(s);
		else if (again_ns < first_ns)
			first_ns = again_ns;
	}
	return first_ns;
}

/* ------------------------------------------------------------------ the thread */

static void clock_look(struct qs_kport *port, uint64_t due_ns)
{
	uint64_t now_ns = qs_know_ns();

	if (due_ns != 0 && now_ns > due_ns && now_ns - due_ns > port->stalls.over_ns)
		qs_stalls_add(&port->stalls, due_ns, now_ns);
	if (now_ns > port->clock_ns)
		port->clock_ns = now_ns;
}

/* @return when to look again */
static uint64_t round_of(struct qs_kport *port, uint64_t due_ns)
{
	uint64_t next_ns, closing_ns;

	clock_look(port, due_ns);
	port->stalls.polls++;
	qs_krelease_ready(port);
	ingest(port);
	next_ns = decide_all(port);
	closing_ns = closing_look(port);
	return next_ns < closing_ns ? next_ns : closing_ns;
}

static bool is_empty(struct qs_kport *port)
{
	bool empty;

	pthread_mutex_lock(&port->inbox);
	empty = port->ready.count == 0 && !__atomic_load_n(&port->stop, __ATOMIC_ACQUIRE);
	pthread_mutex_unlock(&port->inbox);
	return empty;
}

/* Messages that follow one another closely are not each worth a wake-up: from the second on, those that come
 * within a moment leave together. Nothing that is due waits for it. */
static void nap(struct qs_kport *port, uint64_t until_ns)
{
	const struct timespec moment = {0, NAP_NS};

	if (port->brisk && port->taken_ns == port->clock_ns && until_ns > port->clock_ns + NAP_NS)
		nanosleep(&moment, NULL);
}

/* @return when it should have woken up; 0: it was woken */
static uint64_t sleep_until(struct qs_kport *port, uint64_t until_ns)
{
	struct pollfd fds[] = {{port->event_fd, POLLIN, 0}, {port->epoll_fd, POLLIN, 0}};
	uint64_t now_ns = qs_know_ns(), wait_ns, count;
	struct timespec ts;
	int n = 0;

	if (until_ns <= now_ns)
		return 0;
	wait_ns = until_ns - now_ns;
	ts = (struct timespec){(time_t)(wait_ns / 1000000000u), (long)(wait_ns % 1000000000u)};
	__atomic_store_n(&port->asleep, true, __ATOMIC_SEQ_CST);
	if (is_empty(port))
		n = ppoll(fds, 2, until_ns == RTE_QSOCK_NEVER ? NULL : &ts, NULL);
	else
		n = 1;
	__atomic_store_n(&port->asleep, false, __ATOMIC_SEQ_CST);
	if ((fds[0].revents & POLLIN) && read(port->event_fd, &count, sizeof(count)) < 0)
		count = 0; /* it was not set */
	return n == 0 ? until_ns : 0;
}

static void give_way(struct qs_kport *port)
{
	const struct timespec moment = {0, WAY_NS};

	for (int i = 0; i < WAYS_MAX && __atomic_load_n(&port->waiters, __ATOMIC_SEQ_CST) != 0; i++)
		nanosleep(&moment, NULL);
}

/* It has little to do at a time, and that in time: before whatever else has the CPU, which senders that it
 * leaves nothing to do get back. Who may not (CAP_SYS_NICE, or a group without) goes without. */
static void priority_raise(void)
{
	struct sched_param lowest = {.sched_priority = 1};

	if (sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &lowest) < 0)
		(void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
}

void *qs_kloop(void *arg)
{
	struct qs_kport *port = arg;
	uint64_t next_ns, due_ns = 0;

	prctl(PR_SET_NAME, "qsock-kernel");
	prctl(PR_SET_TIMERSLACK, 1UL);
	priority_raise();
	while (!__atomic_load_n(&port->stop, __ATOMIC_ACQUIRE)) {
		pthread_mutex_lock(&port->state);
		next_ns = round_of(port, due_ns);
		pthread_mutex_unlock(&port->state);
		give_way(port);
		nap(port, next_ns);
		due_ns = sleep_until(port, next_ns);
	}
	return NULL;
}
