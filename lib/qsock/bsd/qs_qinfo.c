/* SPDX-License-Identifier: BSD-3-Clause */
/* qinfo(): what the TX core, the kernel socket and its TCP know. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/sockios.h>
#include <linux/tcp.h>

#include <rte_common.h>
#include <rte_errno.h>

#include "bsd/qs_dev.h"
#include "bsd/qs_qinfo.h"
#include "bsd/qs_sock.h"
#include "core/qs_socket.h"
#include "net/qs_sock_lock.h"
#include "qsocket.h"

#define INFO_FIRST offsetof(struct q_info, late_queue) /* before this it was as in the first release */

static void counts_fill(const struct rte_qsock_counts *c, struct q_info *info)
{
	info->sent_bytes = c->sent_bytes;
	info->offered = c->offered;
	info->refused = c->refused;
	info->queue_drop = c->queue_drop;
	info->accepted = c->accepted;
	info->sent = c->on_time + c->late;
	info->late_drop = c->late_drop;
	info->frame_drop = c->frame_drop;
	info->closed = c->closed;
	info->neigh_drop = c->neigh_drop;
	info->tx_error = c->tx_error;
	info->queued = c->queued;
	info->met = c->on_time;
	info->missed = c->late + c->late_drop + c->frame_drop;
	info->late = c->late;
	info->violations = c->violations;
	info->late_queue = c->late_queue;
	info->late_stall = c->late_stall;
	info->late_driver = c->late_driver;
}

static void delay_fill(const struct rte_qsock_delay *d, struct q_info *info)
{
	info->delay_count = d->count;
	info->delay_mean_ns = d->mean_ns;
	info->delay_min_ns = d->min_ns;
	info->delay_p50_ns = d->p50_ns;
	info->delay_p99_ns = d->p99_ns;
	info->delay_max_ns = d->max_ns;
}

void qs_qinfo_scheduler(const struct rte_qsock_info *native, const struct qs_dev *dev, struct q_info *info)
{
	snprintf(info->driver, sizeof(info->driver), "%s", qs_drivers[dev->driver].name);
	info->now_ns = native->now_ns;
	info->rate_bps = native->rate_bps;
	counts_fill(&native->counts, info);
	delay_fill(&native->delay, info);
	info->queue_packets = native->conf.queue_packets;
	info->queue_bytes = native->state.backlog_bytes;
	if (native->conf.cls == RTE_QSOCK_REALTIME &&
	    (strcmp(dev->discipline, "dwcs") == 0 || strcmp(dev->discipline, "vds") == 0)) {
		info->window_x = native->state.x;
		info->window_y = native->state.y;
		info->valid |= Q_INFO_WINDOW;
	}
	memcpy(info->dev, dev->name, sizeof(info->dev));
	memcpy(info->name, dev->discipline, sizeof(info->name));
}

static int scheduler_fill(struct qs_bsd_sock *s, struct q_info *info)
{
	struct rte_qsock_info native;

	if (rte_qsock_info_get(s->qs, &native) < 0)
		return -rte_errno;
	qs_qinfo_scheduler(&native, s->dev, info);
	info->queue_room = qs_socket_room(s->qs);
	return 0;
}

static uint32_t asked(int fd, unsigned long request)
{
	int value = 0;

	return ioctl(fd, request, &value) < 0 ? 0 : (uint32_t)value;
}

static uint32_t option(int fd, int name)
{
	socklen_t len = sizeof(int);
	int value = 0;

	return getsockopt(fd, SOL_SOCKET, name, &value, &len) < 0 ? 0 : (uint32_t)value;
}

static void buffers_fill(int fd, struct q_info *info)
{
	info->sndbuf = option(fd, SO_SNDBUF);
	info->rcvbuf = option(fd, SO_RCVBUF);
	info->sndbuf_used = asked(fd, SIOCOUTQ);
	info->rcvbuf_used = asked(fd, SIOCINQ);
}

/* Older kernels fill less of tcp_info: the rest stays 0. */
static void tcp_fill(int fd, struct q_info *info)
{
	struct tcp_info tcp;
	socklen_t len = sizeof(tcp);

	memset(&tcp, 0, sizeof(tcp));
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &tcp, &len) < 0)
		return;
	info->valid |= Q_INFO_TCP;
	info->tcp_state = tcp.tcpi_state;
	info->tcp_rtt_us = tcp.tcpi_rtt;
	info->tcp_rttvar_us = tcp.tcpi_rttvar;
	info->tcp_snd_mss = tcp.tcpi_snd_mss;
	info->tcp_cwnd = tcp.tcpi_snd_cwnd;
	info->tcp_ssthresh = tcp.tcpi_snd_ssthresh;
	info->tcp_snd_wnd = tcp.tcpi_snd_wnd;
	info->tcp_rcv_wnd = tcp.tcpi_rcv_space;
	info->tcp_unacked = tcp.tcpi_unacked;
	info->tcp_retrans_now = tcp.tcpi_retrans;
	info->tcp_retrans = tcp.tcpi_total_retrans;
	info->tcp_delivery_bps = tcp.tcpi_delivery_rate * 8;
}

void qs_qinfo_kernel(int fd, bool tcp, struct q_info *info)
{
	buffers_fill(fd, info);
	if (tcp)
		tcp_fill(fd, info);
}

static int fill(struct qs_bsd_sock *s, struct q_info *info)
{
	int ret = qs_sock_refresh(s);

	if (ret < 0)
		return ret;
	ret = scheduler_fill(s, info);
	if (ret < 0)
		return ret;
	info->attr = s->attr.as_given;
	info->kernel_path = __atomic_load_n(&s->kernel_path, __ATOMIC_RELAXED);
	qs_qinfo_kernel(s->fd, s->tcp, info);
	return 0;
}

int qs_qinfo_give(struct q_info *to, const struct q_info *all)
{
	struct q_info from = *all;

	from.size = RTE_MIN(to->size, sizeof(from));
	memcpy(to, &from, from.size);
	return 0;
}

bool qs_qinfo_takes(const struct q_info *info)
{
	return info != NULL && info->size >= INFO_FIRST;
}

int qs_sock_info(int fd, struct q_info *info)
{
	struct q_info all = {0};
	struct qs_bsd_sock *s;
	int ret;

	s = qs_sock_hold(fd, &ret);
	if (s == NULL)
		return ret;
	ret = qs_qinfo_takes(info) ? fill(s, &all) : -EINVAL;
	qs_sock_release(s);
	return ret < 0 ? ret : qs_qinfo_give(info, &all);
}
