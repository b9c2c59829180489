/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a TX core without anything to do costs, and how it is woken up; and what sockets without anything
 * to do cost one that has. Beside a wake-up: a bare eventfd between the same two CPUs, in turn.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_malloc.h>

#include "core/qs_port.h"
#include "perf.h"
#include "util/qs_histogram.h"

#define SLEEP_AFTER_NS 1000000u
#define WAKE_AFTER_NS 50000u /* where it is woken up again and again */
#define WAKE_APART_US 1500u
#define IDLE_NS UINT64_C(2000000000)
#define IDLE_MIN_NS UINT64_C(20000000)
#define WAKES 200u /* of a repetition */
#define WAKES_MIN 10u
#define ACTIVE 1024u
#define QUEUE 64u

/* An egress that notes when it was called. */
struct idle_egress {
	struct rte_qsock_egress head;
	uint64_t sent_ns; /* 0: nothing since it was cleared */
};

static uint16_t idle_tx_burst(struct rte_qsock_egress *e, struct rte_mbuf **pkts, uint16_t n)
{
	struct idle_egress *egress = (struct idle_egress *)e;

	__atomic_store_n(&egress->sent_ns, rte_qsock_now_ns(), __ATOMIC_RELEASE);
	rte_pktmbuf_free_bulk(pkts, n);
	return n;
}

static uint64_t idle_rate_bps(const struct rte_qsock_egress *e)
{
	return 0;
}

static uint32_t idle_max_frame_bytes(const struct rte_qsock_egress *e)
{
	return 1518;
}

static void idle_free(struct rte_qsock_egress *e)
{
}

static const struct rte_qsock_egress_ops idle_ops = {
	.name = "idle",
	.tx_burst = idle_tx_burst,
	.rate_bps = idle_rate_bps,
	.max_frame_bytes = idle_max_frame_bytes,
	.free = idle_free,
};

static struct idle_egress egress = {.head.ops = &idle_ops};

static void row(const struct perf_options *o, const char *what, const char *unit, uint32_t sockets,
		const struct perf_values *v, const struct perf_values *floor)
{
	perf_result(&(struct perf_row){.mode = "idle",
				       .what = what,
				       .sched = o->scheduler,
				       .unit = unit,
				       .sockets = sockets,
				       .v = v,
				       .floor = floor});
}

static struct rte_qsock_port *launch(const struct perf_options *o, uint64_t sleep_after_ns)
{
	struct rte_qsock_port_conf conf = {
		.size = sizeof(conf),
		.name = "idle",
		.scheduler = o->scheduler,
		.egress = &egress.head,
		.rate_bps = RTE_QSOCK_RATE_MAX_BPS,
		.sleep_after_ns = sleep_after_ns,
		.socket_id = SOCKET_ID_ANY,
	};
	struct rte_qsock_port *port = rte_qsock_port_create(&conf);

	if (port != NULL && rte_qsock_tx_launch(port, rte_get_next_lcore(-1, 1, 0)) == 0)
		return port;
	fprintf(stderr, "dpdk-qsock-perf: idle: %s\n", rte_strerror(rte_errno));
	rte_qsock_port_free(port);
	return NULL;
}

/* ---- CPU */

static uint64_t now_of(clockid_t clock)
{
	struct timespec t = {0};

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* The CPU time of the port's TX core: of a thread, by its kernel id, as the kernel builds such clocks. */
static uint64_t tx_cpu_ns(const struct rte_qsock_port *port)
{
	uint32_t tid = (uint32_t)__atomic_load_n(&port->owner, __ATOMIC_RELAXED);

	return now_of((clockid_t)(~tid << 3 | 6));
}

static void idle_cpu(const struct perf_options *o, uint64_t sleep_after_ns, const char *what)
{
	struct rte_qsock_port *port = launch(o, sleep_after_ns);
	uint64_t run_ns = RTE_MIN(RTE_MAX(o->packets * 2000, IDLE_MIN_NS), IDLE_NS);
	struct perf_values v = {0};
	uint32_t i;

	if (port == NULL)
		return;
	usleep(100000);
	for (i = 0; i < o->reps; i++) {
		uint64_t cpu_ns = tx_cpu_ns(port), from_ns = now_of(CLOCK_MONOTONIC);

		usleep((useconds_t)(run_ns / 1000));
		cpu_ns = tx_cpu_ns(port) - cpu_ns;
		perf_add(&v, 100.0 * (double)cpu_ns / (double)(now_of(CLOCK_MONOTONIC) - from_ns));
	}
	row(o, what, "% of a CPU", 0, &v, NULL);
	rte_qsock_port_free(port);
}

/* ---- waking up */

struct wakes {
	struct qs_histogram latency, call; /* of one repetition */
	struct perf_values p50, p99, paid;
};

static void wakes_add(struct wakes *w)
{
	perf_add(&w->p50, (double)qs_histogram_percentile(&w->latency, 500));
	perf_add(&w->p99, (double)qs_histogram_percentile(&w->latency, 990));
	perf_add(&w->paid, (double)qs_histogram_percentile(&w->call, 500));
	qs_histogram_clear(&w->latency);
	qs_histogram_clear(&w->call);
}

/* Send one packet to a TX core that sleeps, or does not. @return 0; -1: no buffer */
static int wake_once(const struct perf_world *pw, struct rte_qsock *qs, bool asleep, struct wakes *w)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(pw->pool);
	uint64_t from_ns, sent_ns;

	if (m == NULL)
		return -1;
	perf_write(m);
	__atomic_store_n(&egress.sent_ns, 0, __ATOMIC_RELAXED);
	if (asleep)
		usleep(WAKE_APART_US);
	/* It gets up every 20 ms to look at the link. */
	while (asleep && __atomic_load_n(&qs->port->idle.asleep, __ATOMIC_RELAXED) == 0)
		usleep(100);
	from_ns = rte_qsock_now_ns();
	rte_qsock_tx_burst(qs, &m, 1);
	qs_histogram_add(&w->call, rte_qsock_now_ns() - from_ns);
	while ((sent_ns = __atomic_load_n(&egress.sent_ns, __ATOMIC_ACQUIRE)) == 0)
		rte_pause();
	qs_histogram_add(&w->latency, sent_ns > from_ns ? sent_ns - from_ns : 0);
	return 0;
}

static struct rte_qsock *wake_socket(struct rte_qsock_port *port)
{
	struct rte_qsock_conf conf = {.size = sizeof(conf), .no_histogram = true};

	rte_qsock_stream_defaults(&conf.stream);
	conf.stream.cls = RTE_QSOCK_BEST_EFFORT;
	return rte_qsock_open(port, &conf);
}

static int wake_rep(const struct perf_world *pw, const struct perf_options *o, uint64_t sleep_after_ns,
		    uint32_t n, struct wakes *w)
{
	struct rte_qsock_port *port = launch(o, sleep_after_ns);
	struct rte_qsock *qs = port != NULL ? wake_socket(port) : NULL;
	int ret = qs != NULL ? 0 : -1;

	while (ret == 0 && n-- > 0)
		ret = wake_once(pw, qs, sleep_after_ns != 0, w);
	if (port != NULL)
		rte_qsock_port_free(port);
	if (ret == 0)
		wakes_add(w);
	return ret;
}

/* A thread that waits for an eventfd, and notes when it is woken up. */
struct bare {
	int fd;
	uint64_t woken_ns;
	bool stop;
};

static int bare_main(void *arg)
{
	struct bare *b = arg;
	struct pollfd p = {.fd = b->fd, .events = POLLIN};
	uint64_t told;

	while (!__atomic_load_n(&b->stop, __ATOMIC_ACQUIRE)) {
		ppoll(&p, 1, NULL, NULL);
		__atomic_store_n(&b->woken_ns, rte_qsock_now_ns(), __ATOMIC_RELEASE);
		if (read(b->fd, &told, sizeof(told)) < 0)
			break;
	}
	return 0;
}

static void bare_wake(struct bare *b, struct wakes *w)
{
	uint64_t one = 1, from_ns, woken_ns;

	usleep(WAKE_APART_US);
	__atomic_store_n(&b->woken_ns, 0, __ATOMIC_RELAXED);
	from_ns = rte_qsock_now_ns();
	if (write(b->fd, &one, sizeof(one)) < 0)
		return;
	qs_histogram_add(&w->call, rte_qsock_now_ns() - from_ns);
	while ((woken_ns = __atomic_load_n(&b->woken_ns, __ATOMIC_ACQUIRE)) == 0)
		rte_pause();
	qs_histogram_add(&w->latency, woken_ns > from_ns ? woken_ns - from_ns : 0);
}

static int bare_rep(uint32_t n, struct wakes *w)
{
	unsigned int lcore = rte_get_next_lcore(-1, 1, 0);
	struct bare b = {.fd = eventfd(0, EFD_CLOEXEC)};
	uint64_t one = 1;

	if (b.fd < 0)
		return -1;
	rte_eal_remote_launch(bare_main, &b, lcore);
	while (n-- > 0)
		bare_wake(&b, w);
	__atomic_store_n(&b.stop, true, __ATOMIC_RELEASE);
	if (write(b.fd, &one, sizeof(one)) < 0)
		return -1;
	rte_eal_wait_lcore(lcore);
	close(b.fd);
	wakes_add(w);
	return 0;
}

static int idle_wakes(const struct perf_world *pw, const struct perf_options *o)
{
	static struct wakes asleep, awake, bare; /* large */
	uint32_t i, n = (uint32_t)RTE_MIN(RTE_MAX(o->packets / 5000, WAKES_MIN), WAKES);

	for (i = 0; i < o->reps; i++)
		if (bare_rep(n, &bare) != 0 || wake_rep(pw, o, WAKE_AFTER_NS, n, &asleep) != 0 ||
		    wake_rep(pw, o, 0, n, &awake) != 0)
			return -1;
	row(o, "send to tx_burst, asleep, p50", "ns", 1, &asleep.p50, &bare.p50);
	row(o, "send to tx_burst, asleep, p99", "ns", 1, &asleep.p99, &bare.p99);
	row(o, "bare eventfd: write to woken up, p50", "ns", 1, &bare.p50, NULL);
	row(o, "bare eventfd: write to woken up, p99", "ns", 1, &bare.p99, NULL);
	row(o, "send to tx_burst, awake, p50", "ns", 1, &awake.p50, NULL);
	row(o, "rte_qsock_tx_burst, asleep, with clock", "ns", 1, &asleep.paid, &bare.paid);
	row(o, "bare eventfd: write, with clock", "ns", 1, &bare.paid, NULL);
	row(o, "rte_qsock_tx_burst, awake, with clock", "ns", 1, &awake.paid, NULL);
	return 0;
}

/* ---- sockets that are idle */

/*
 * 1,024 of a port's sockets, from all over it; not at equal distances, which would put all of them into
 * the same few sets of the caches.
 */
static struct perf_port actives(const struct perf_port *p)
{
	struct perf_port some = {.port = p->port, .nr_sockets = RTE_MIN(ACTIVE, p->nr_sockets)};
	uint32_t i, apart = p->nr_sockets / some.nr_sockets, state = 1;

	some.sockets = malloc(some.nr_sockets * sizeof(*some.sockets));
	for (i = 0; some.sockets != NULL && i < some.nr_sockets; i++) {
		state = state * 1664525 + 1013904223;
		some.sockets[i] = p->sockets[i * apart + (uint32_t)(((uint64_t)state * apart) >> 32)];
	}
	return some;
}

static void active_rows(const struct perf_world *w, const struct perf_options *o, struct perf_port *few,
			struct perf_port *many, uint32_t open)
{
	struct perf_values alone = {0}, among = {0};
	uint32_t i;

	perf_e2e_once(w, few, o->packets / 4);
	perf_e2e_once(w, many, o->packets / 4);
	for (i = 0; i < o->reps; i++) {
		perf_add(&alone, perf_e2e_once(w, few, o->packets));
		perf_add(&among, perf_e2e_once(w, many, o->packets));
	}
	row(o, "1,024 active, of 1,024 open", PERF_NS_PACKET, ACTIVE, &alone, NULL);
	row(o, "1,024 active, of all open", PERF_NS_PACKET, open, &among, &alone);
}

static int idle_sockets(const struct perf_world *w, const struct perf_options *o)
{
	uint32_t open = perf_sockets_max(o);
	struct perf_port few = {0}, many = {0}, some;
	int ret = -1;

	if (open <= ACTIVE)
		return 0;
	if (perf_port_open(&few, w, o, ACTIVE, QUEUE, NULL) != 0)
		return -1;
	if (perf_port_open(&many, w, o, open, QUEUE, NULL) == 0) {
		some = actives(&many);
		if (some.sockets != NULL) {
			active_rows(w, o, &few, &some, open);
			ret = 0;
		}
		free(some.sockets);
		perf_port_close(&many);
	}
	perf_port_close(&few);
	return ret;
}

int perf_idle(const struct perf_world *w, const struct perf_options *o)
{
	if (idle_sockets(w, o) != 0)
		return -1;
	if (!perf_two_cores("idle"))
		return 0;
	idle_cpu(o, SLEEP_AFTER_NS, "idle TX core that may sleep");
	idle_cpu(o, 0, "idle TX core that may not");
	return idle_wakes(w, o);
}
