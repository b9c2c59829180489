/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Egress to an AF_XDP socket that only sends, on an interface that stays the kernel's.
 *
 * A frame that the kernel has cannot be overtaken any more, and in its queues it may wait for long. So no
 * more is in flight than the wire takes in in_flight_ns: what is beyond is left to the scheduler.
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include <rte_errno.h>
#include <rte_malloc.h>

#include "af_xdp.h"
#include "eal/qs_log.h"

#define FRAMES_DEFAULT 1024u
#define IN_FLIGHT_DEFAULT_NS UINT64_C(1000000)
#define IN_FLIGHT_MIN_NS UINT64_C(1000)
#define IN_FLIGHT_MAX_NS UINT64_C(1000000000)
#define IN_FLIGHT_FRAMES_MIN 2u /* the wire must not wait for the kernel's completion */
#define BUSY_DEFAULT_NS UINT64_C(3000000000)
#define BUSY_MAX_NS UINT64_C(60000000000)
#define BUSY_PAUSE_NS 50000000
#define BUSY_POLL_MAX_US 10000u
#define TX_BUDGET_DEFAULT 64u /* a burst */
#define TX_BUDGET_MIN 32u     /* the kernel's own */
#define RATE_DEFAULT_BPS UINT64_C(1000000000)
#define LAST_NS UINT64_C(50000000) /* that what is in flight may take at the end */
#define LAST_PAUSE_NS 200000

static struct qs_af_xdp *af_xdp_of(struct rte_qsock_egress *e)
{
	return (struct qs_af_xdp *)e;
}

/* ------------------------------------------------------------------ [tx] */

static void reap(struct qs_af_xdp *a)
{
	const uint32_t n = qs_txsk_reap(a->xsk);

	if (n > 0)
		__atomic_store_n(&a->counts.completed, a->counts.completed + n, __ATOMIC_RELEASE);
}

static void kick(struct qs_af_xdp *a)
{
	const struct qs_txsk_kicked k = qs_txsk_kick(a->xsk);

	qs_frames_count(&a->counts.kicks, k.calls);
	if (unlikely(k.dropped > 0))
		qs_frames_count(&a->counts.dropped, k.dropped);
	if (unlikely(k.error != 0)) {
		qs_frames_count(&a->counts.kick_errors, 1);
		__atomic_store_n(&a->counts.kick_error, k.error, __ATOMIC_RELAXED);
	}
}

/* The service has made a new socket. What was in flight on the old one nobody will tell of. */
static void adopt(struct qs_af_xdp *a)
{
	struct qs_txsk *x = __atomic_exchange_n(&a->next, NULL, __ATOMIC_ACQUIRE), *old = a->xsk;

	if (x == NULL)
		return;
	reap(a);
	__atomic_store_n(&a->counts.lost, a->counts.lost + qs_txsk_in_flight(old), __ATOMIC_RELEASE);
	a->xsk = x;
	old->next = __atomic_load_n(&a->retired, __ATOMIC_RELAXED);
	while (!__atomic_compare_exchange_n(&a->retired, &old->next, old, false, __ATOMIC_RELEASE,
					    __ATOMIC_RELAXED))
		continue;
}

static inline bool adopt_due(const struct qs_af_xdp *a)
{
	return unlikely(__atomic_load_n(&a->next, __ATOMIC_RELAXED) != NULL);
}

/* @return frames that were taken, sent or failed */
static uint16_t put_all(struct qs_af_xdp *a, struct rte_mbuf **pkts, uint16_t n)
{
	const uint32_t max_bytes = __atomic_load_n(&a->interface.max_bytes, __ATOMIC_RELAXED);
	struct qs_txsk *x = a->xsk;
	const uint32_t before = x->put;
	uint16_t i;

	for (i = 0; i < n; i++) {
		const uint32_t len = pkts[i]->pkt_len;

		if (unlikely(len > max_bytes || len < RTE_ETHER_HDR_LEN)) {
			qs_frame_fail(&a->head, &pkts[i]);
			continue;
		}
		if (x->free_count == 0 || x->in_flight_wire_bytes + len + QS_TXSK_WIRE_BYTES > a->limit_bytes)
			break;
		qs_txsk_put(x, pkts[i], len);
	}
	if (likely(x->put != before)) {
		qs_frames_count(&a->counts.submitted, x->put - before);
		qs_txsk_submit(x);
	}
	return i;
}

static void in_flight_note(struct qs_af_xdp *a)
{
	const uint64_t bytes = a->xsk->in_flight_wire_bytes;

	__atomic_store_n(&a->counts.in_flight_bytes, bytes, __ATOMIC_RELAXED);
	if (unlikely(bytes > a->counts.in_flight_max_bytes))
		__atomic_store_n(&a->counts.in_flight_max_bytes, bytes, __ATOMIC_RELAXED);
}

static uint16_t af_xdp_tx_burst(struct rte_qsock_egress *egress, struct rte_mbuf **pkts, uint16_t n)
{
	struct qs_af_xdp *a = af_xdp_of(egress);
	uint16_t taken;

	if (unlikely(__atomic_load_n(&egress->link_down, __ATOMIC_ACQUIRE)))
		return 0;
	if (adopt_due(a))
		adopt(a);
	reap(a);
	taken = put_all(a, pkts, n);
	in_flight_note(a);
	if (qs_txsk_waiting(a->xsk))
		kick(a);
	if (likely(taken > 0))
		rte_pktmbuf_free_bulk(pkts, taken);
	if (unlikely(taken < n))
		qs_frames_count(&a->counts.held, 1);
	return taken;
}

static void af_xdp_poll(struct rte_qsock_egress *egress, uint64_t now_ns)
{
	struct qs_af_xdp *a = af_xdp_of(egress);

	if (adopt_due(a))
		adopt(a);
	reap(a);
	in_flight_note(a);
	if (qs_txsk_waiting(a->xsk) && !__atomic_load_n(&egress->link_down, __ATOMIC_RELAXED))
		kick(a);
}

/* Two frames at least, and no more than there are places for. */
static void af_xdp_rate_set(struct rte_qsock_egress *egress, uint64_t rate_bps)
{
	struct qs_af_xdp *a = af_xdp_of(egress);
	const uint64_t frame = a->interface.largest_bytes + QS_TXSK_WIRE_BYTES;
	const uint64_t bytes = qs_frames_bytes(rate_bps, a->in_flight_ns);

	__atomic_store_n(&a->limit_bytes,
			 RTE_MIN(RTE_MAX(bytes, IN_FLIGHT_FRAMES_MIN * frame), a->conf.frames * frame),
			 __ATOMIC_RELAXED);
}

/* ------------------------------------------------------------------ [ctl] */

static uint64_t af_xdp_rate_bps(const struct rte_qsock_egress *egress)
{
	return ((const struct qs_af_xdp *)egress)->interface.device_rate_bps;
}

static uint32_t af_xdp_max_frame_bytes(const struct rte_qsock_egress *egress)
{
	return ((const struct qs_af_xdp *)egress)->interface.largest_bytes;
}

/* What was counted as sent shall be: the kernel may need some more kicks, and a moment. */
static void send_last(struct qs_af_xdp *a)
{
	const struct timespec pause = {0, LAST_PAUSE_NS};
	uint64_t waited_ns;
	uint32_t left;

	for (waited_ns = 0; waited_ns < LAST_NS && !a->head.link_down; waited_ns += LAST_PAUSE_NS) {
		reap(a);
		if (qs_txsk_in_flight(a->xsk) == 0)
			return;
		kick(a);
		nanosleep(&pause, NULL);
	}
	left = qs_txsk_in_flight(a->xsk);
	if (left > 0)
		QS_LOG(NOTICE, "af_xdp on %s: %u frames are lost that were in flight at the end\n",
		       a->interface.name, left);
}

static void af_xdp_free(struct rte_qsock_egress *egress)
{
	struct qs_af_xdp *a = af_xdp_of(egress);

	qs_interface_close(&a->interface);
	if (a->xsk != NULL)
		send_last(a);
	qs_af_xdp_tidy(a);
	qs_txsk_close(a->next);
	qs_txsk_close(a->xsk);
	rte_free(a);
}

const struct rte_qsock_egress_ops qs_af_xdp_ops = {
	.name = "af_xdp",
	.tx_burst = af_xdp_tx_burst,
	.poll = af_xdp_poll,
	.rate_bps = af_xdp_rate_bps,
	.max_frame_bytes = af_xdp_max_frame_bytes,
	.free = af_xdp_free,
	.rate_set = af_xdp_rate_set,
};

static int range(const char *what, uint64_t value, uint64_t min, uint64_t max)
{
	if (value >= min && value <= max)
		return 0;
	return qs_fail(EINVAL, "af_xdp: %s %llu: allowed are %llu .. %llu", what, (unsigned long long)value,
		       (unsigned long long)min, (unsigned long long)max);
}

/* Defaults, and what can be found wrong without the kernel. */
static int conf_settle(struct rte_qsock_af_xdp_conf *conf)
{
	if (conf->ifname == NULL || conf->ifname[0] == '\0')
		return qs_fail(EINVAL, "af_xdp: no interface given");
	if (strlen(conf->ifname) >= IFNAMSIZ)
		return qs_fail(EINVAL, "af_xdp: interface '%.64s': names have 1 .. %d characters",
			       conf->ifname, IFNAMSIZ - 1);
	conf->frames = conf->frames != 0 ? conf->frames : FRAMES_DEFAULT;
	conf->in_flight_ns = conf->in_flight_ns != 0 ? conf->in_flight_ns : IN_FLIGHT_DEFAULT_NS;
	conf->busy_wait_ns = conf->busy_wait_ns != 0 ? conf->busy_wait_ns : BUSY_DEFAULT_NS;
	conf->tx_budget = conf->tx_budget != 0 ? conf->tx_budget : TX_BUDGET_DEFAULT;
	if (!rte_is_power_of_2(conf->frames))
		return qs_fail(EINVAL, "af_xdp on %s: frames %u: a power of two", conf->ifname, conf->frames);
	if (range("frames", conf->frames, QS_TXSK_FRAMES_MIN, QS_TXSK_FRAMES_MAX) != 0 ||
	    range("in_flight_ns", conf->in_flight_ns, IN_FLIGHT_MIN_NS, IN_FLIGHT_MAX_NS) != 0 ||
	    range("busy_wait_ns", conf->busy_wait_ns, 0, BUSY_MAX_NS) != 0 ||
	    range("busy_poll_us", conf->busy_poll_us, 0, BUSY_POLL_MAX_US) != 0)
		return -1;
	return range("tx_budget", conf->tx_budget, TX_BUDGET_MIN, conf->frames);
}

/* What the kernel says, as the constructor's own errors. */
static int bind_failed(const struct qs_af_xdp *a, int error)
{
	switch (error) {
	case EBUSY:
		return qs_fail(EBUSY, "af_xdp on %s: queue %u is in use by another AF_XDP socket",
			       a->interface.name, a->conf.queue_id);
	case EINVAL:
		return qs_fail(EINVAL, "af_xdp on %s: it has no queue %u", a->interface.name,
			       a->conf.queue_id);
	case ENOMEM:
	case ENOBUFS:
		return qs_fail(ENOMEM, "af_xdp on %s: no memory for %u frames%s", a->interface.name,
			       a->conf.frames,
			       error == ENOBUFS ? ": raise RLIMIT_MEMLOCK, or lower frames" : "");
	case EAFNOSUPPORT:
	case EPROTONOSUPPORT:
	case ESOCKTNOSUPPORT:
	case ENOPROTOOPT:
	case EOPNOTSUPP:
		return qs_fail(ENOTSUP, "af_xdp on %s: this kernel has no AF_XDP, or one older than 5.4: %s",
			       a->interface.name, strerror(error));
	default:
		return qs_interface_failed(&a->interface, error);
	}
}

/* The kernel lets go of a queue some time after its owner has gone. */
static int socket_make(struct qs_af_xdp *a, uint64_t busy_wait_ns)
{
	const struct timespec pause = {0, BUSY_PAUSE_NS};
	uint64_t waited_ns = 0;

	while ((a->xsk = qs_af_xdp_socket(a)) == NULL) {
		if (errno != EBUSY || waited_ns >= busy_wait_ns)
			return bind_failed(a, errno);
		nanosleep(&pause, NULL);
		waited_ns += BUSY_PAUSE_NS;
	}
	a->features = a->xsk->features;
	return 0;
}

static int interface_open(struct qs_af_xdp *a)
{
	struct qs_interface *i = &a->interface;
	const int error = qs_interface_open(i, &a->head, QS_TXSK_FRAME_MAX);

	if (error != 0)
		return bind_failed(a, error);
	if (i->state.mtu_bytes + RTE_ETHER_HDR_LEN + RTE_VLAN_HLEN > QS_TXSK_FRAME_MAX)
		QS_LOG(WARNING, "af_xdp on %s: MTU %u, but frames over %u bytes are not sent\n", i->name,
		       i->state.mtu_bytes, QS_TXSK_FRAME_MAX);
	a->conf.frame_bytes = i->largest_bytes;
	a->conf.in_flight_bytes = (uint64_t)a->conf.frames * i->largest_bytes;
	af_xdp_rate_set(&a->head, i->device_rate_bps != 0 ? i->device_rate_bps : RATE_DEFAULT_BPS);
	return 0;
}

struct rte_qsock_egress *rte_qsock_egress_af_xdp(const struct rte_qsock_af_xdp_conf *given)
{
	struct rte_qsock_af_xdp_conf conf;
	struct qs_af_xdp *a;

	if (qs_conf_take(&conf, sizeof(conf), given, "af_xdp") != 0 || conf_settle(&conf) != 0)
		return NULL;
	a = rte_zmalloc("qsock_af_xdp", sizeof(*a), RTE_CACHE_LINE_SIZE);
	if (a == NULL)
		return qs_fail_null(ENOMEM, "af_xdp on %s: no memory (%zu bytes)", conf.ifname, sizeof(*a));
	strcpy(a->interface.name, conf.ifname);
	a->head.ops = &qs_af_xdp_ops;
	a->in_flight_ns = conf.in_flight_ns;
	a->conf = (struct qs_txsk_conf){.queue_id = conf.queue_id,
					.frames = conf.frames,
					.tx_budget = conf.tx_budget,
					.busy_poll_us = conf.busy_poll_us,
					.zero_copy = conf.zero_copy};
	if (interface_open(a) != 0 || socket_make(a, conf.busy_wait_ns) != 0 ||
	    qs_interface_start(&a->interface, qs_af_xdp_follow, a) != 0) {
		const int error = rte_errno;

		af_xdp_free(&a->head);
		rte_errno = error;
		return NULL;
	}
	return &a->head;
}
