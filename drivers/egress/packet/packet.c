/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Egress to a packet socket that only sends, into the qdisc of an interface that stays the kernel's.
 *
 * The discipline decides; the qdisc has to keep the order, and what others send behind it. So the port's
 * frames are in the HTB's first class, and no more is there than the wire takes in in_flight_ns: the kernel
 * itself holds the socket to that.
 */
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rte_errno.h>
#include <rte_malloc.h>

#include "common/frames.h"
#include "eal/qs_log.h"
#include "packet.h"

#define IN_FLIGHT_DEFAULT_NS UINT64_C(1000000)
#define IN_FLIGHT_MIN_NS UINT64_C(1000)
#define IN_FLIGHT_MAX_NS UINT64_C(1000000000)
#define RATE_DEFAULT_BPS UINT64_C(1000000000)
#define LAST_NS UINT64_C(50000000) /* that what is in flight may take at the end */
#define LAST_PAUSE_NS 200000

/* ------------------------------------------------------------------ [ctl] */

static uint64_t packet_rate_bps(const struct rte_qsock_egress *egress)
{
	return ((const struct qs_packet *)egress)->interface.device_rate_bps;
}

static uint32_t packet_max_frame_bytes(const struct rte_qsock_egress *egress)
{
	return ((const struct qs_packet *)egress)->interface.largest_bytes;
}

/* [tx], [ctl]: a qdisc is changed by whoever may wait for the kernel. */
static void packet_rate_set(struct rte_qsock_egress *egress, uint64_t rate_bps)
{
	struct qs_packet *p = (struct qs_packet *)egress;

	__atomic_store_n(&p->rate_bps, rate_bps, __ATOMIC_RELAXED);
	qs_service_wake(p->interface.service);
}

/* What was counted as sent shall be: with the qdisc goes what waits in it. */
static void send_last(const struct qs_packet *p)
{
	const struct timespec pause = {0, LAST_PAUSE_NS};
	uint64_t waited_ns, left = qs_packet_in_flight(p);

	for (waited_ns = 0; left > 0 && waited_ns < LAST_NS && !p->head.link_down;
	     waited_ns += LAST_PAUSE_NS) {
		nanosleep(&pause, NULL);
		left = qs_packet_in_flight(p);
	}
	if (left > 0)
		QS_LOG(NOTICE,
		       "kernel on %s: %llu bytes of memory were in flight at the end: they may be lost\n",
		       p->interface.name, (unsigned long long)left);
}

static void packet_free(struct rte_qsock_egress *egress)
{
	struct qs_packet *p = (struct qs_packet *)egress;

	qs_interface_close(&p->interface);
	if (p->fd >= 0) {
		send_last(p);
		close(p->fd);
	}
	qs_qdisc_end(p->qdisc);
	rte_free(p);
}

const struct rte_qsock_egress_ops qs_packet_ops = {
	.name = "kernel",
	.tx_burst = qs_packet_tx_burst,
	.poll = qs_packet_poll,
	.rate_bps = packet_rate_bps,
	.max_frame_bytes = packet_max_frame_bytes,
	.free = packet_free,
	.rate_set = packet_rate_set,
};

/* Defaults, and what can be found wrong without the kernel. */
static int conf_settle(struct rte_qsock_kernel_conf *conf)
{
	if (conf->ifname == NULL || conf->ifname[0] == '\0')
		return qs_fail(EINVAL, "kernel: no interface given");
	if (strlen(conf->ifname) >= IFNAMSIZ)
		return qs_fail(EINVAL, "kernel: interface '%.64s': names have 1 .. %d characters",
			       conf->ifname, IFNAMSIZ - 1);
	conf->in_flight_ns = conf->in_flight_ns != 0 ? conf->in_flight_ns : IN_FLIGHT_DEFAULT_NS;
	if (conf->in_flight_ns < IN_FLIGHT_MIN_NS || conf->in_flight_ns > IN_FLIGHT_MAX_NS)
		return qs_fail(EINVAL, "kernel: in_flight_ns %llu: allowed are %llu .. %llu",
			       (unsigned long long)conf->in_flight_ns, (unsigned long long)IN_FLIGHT_MIN_NS,
			       (unsigned long long)IN_FLIGHT_MAX_NS);
	return 0;
}

/* What the kernel says, as the constructor's own errors. */
static int failed(const struct qs_packet *p, int error)
{
	if (error == EAFNOSUPPORT || error == ESOCKTNOSUPPORT)
		return qs_fail(ENOTSUP, "kernel on %s: this kernel has no packet sockets: %s",
			       p->interface.name, strerror(error));
	return qs_interface_failed(&p->interface, error);
}

/* The qdisc has told what is wrong with it. */
static int take_failed(const struct qs_packet *p)
{
	const int error = rte_errno;

	switch (error) {
	case EINVAL:
	case EBUSY:
	case EPERM:
	case EOPNOTSUPP:
	case EIO:
		return -1;
	default:
		return failed(p, error);
	}
}

/* Of no protocol: nothing is received. */
static int socket_make(struct qs_packet *p)
{
	const int class = (int)QS_QDISC_URGENT;

	p->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (p->fd < 0 || setsockopt(p->fd, SOL_SOCKET, SO_PRIORITY, &class, sizeof(class)) < 0)
		return failed(p, errno);
	qs_packet_limit(p, p->qdisc_conf.rate_bps);
	return 0;
}

static void qdisc_settle(struct qs_packet *p, const struct rte_qsock_kernel_conf *conf)
{
	const uint64_t device_bps =
		p->interface.device_rate_bps != 0 ? p->interface.device_rate_bps : RATE_DEFAULT_BPS;

	p->qdisc_conf = (struct qs_qdisc_conf){
		.rate_bps = conf->rate_bps != 0 ? conf->rate_bps : device_bps,
		.overhead_bytes = conf->overhead_set ? conf->overhead_bytes : QS_PACKET_WIRE_BYTES,
		.best_effort_share = conf->best_effort_share,
		.urgent_packets = QS_PACKET_QUEUE,
		.managed_cut = true,
		.force = conf->force,
	};
	p->rate_bps = p->qdisc_conf.rate_bps;
}

static int open_all(struct qs_packet *p, const struct rte_qsock_kernel_conf *conf)
{
	const int error = qs_interface_open(&p->interface, &p->head, UINT32_MAX);

	if (error != 0)
		return failed(p, error);
	qdisc_settle(p, conf);
	if (socket_make(p) != 0)
		return -1;
	return qs_packet_take(p) != 0 ? take_failed(p)
				      : qs_interface_start(&p->interface, qs_packet_follow, p);
}

struct rte_qsock_egress *rte_qsock_egress_kernel(const struct rte_qsock_kernel_conf *given)
{
	struct rte_qsock_kernel_conf conf;
	struct qs_packet *p;

	if (qs_conf_take(&conf, sizeof(conf), given, "kernel") != 0 || conf_settle(&conf) != 0)
		return NULL;
	p = rte_zmalloc("qsock_kernel", sizeof(*p), RTE_CACHE_LINE_SIZE);
	if (p == NULL)
		return qs_fail_null(ENOMEM, "kernel on %s: no memory (%zu bytes)", conf.ifname, sizeof(*p));
	strcpy(p->interface.name, conf.ifname);
	p->head.ops = &qs_packet_ops;
	p->fd = -1;
	p->in_flight_ns = conf.in_flight_ns;
	if (open_all(p, &conf) != 0) {
		const int error = rte_errno;

		packet_free(&p->head);
		rte_errno = error;
		return NULL;
	}
	return &p->head;
}
