/* SPDX-License-Identifier: BSD-3-Clause */
/* The life of a stream, and what senders and control do with it. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "eal/qs_log.h"
#include "kernel/qs_kport_priv.h"

/* ------------------------------------------------------------------ opening */

static int stream_add(struct qs_kstream *s, const struct rte_qsock_stream_conf *conf)
{
	struct qs_kport *port = s->port;
	int ret;

	if (port->nr_free == 0)
		return -ENOSPC;
	s->id = port->free_ids[port->nr_free - 1];
	ret = rte_qsock_sched_add(port->sched, s->id, conf);
	if (ret < 0)
		return ret;
	port->nr_free--;
	qs_kfound_take(s);
	qs_kclass_set(s, conf);
	qs_ktimed_begin(s);
	qs_ktimed_conf(s, conf);
	pthread_mutex_lock(&port->inbox);
	port->streams[s->id] = s;
	pthread_mutex_unlock(&port->inbox);
	return 0;
}

int qs_kstream_open(struct qs_kport *port, int fd, bool tcp, const struct rte_qsock_stream_conf *conf,
		    void (*on_room)(void *arg), void *arg, struct qs_kstream **stream)
{
	struct qs_kstream *s = calloc(1, sizeof(*s));
	int ret;

	if (s == NULL)
		return -ENOMEM;
	STAILQ_INIT(&s->in);
	STAILQ_INIT(&s->out);
	s->port = port;
	s->tcp = tcp;
	s->limit = conf->queue_packets;
	s->on_room = on_room;
	s->on_room_arg = arg;
	s->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (s->fd < 0) {
		ret = -errno;
		free(s);
		return ret;
	}
	qs_kcredit_look(s, qs_know_ns());
	qs_kstate_lock(port);
	ret = stream_add(s, conf);
	qs_kstate_unlock(port);
	if (ret < 0) {
		close(s->fd);
		free(s);
		return ret;
	}
	*stream = s;
	return 0;
}

/* ------------------------------------------------------------------ sending */

/* A frame runs to its end, or to the start of another; a dropped part of it leaves the others what they are.
 */
static void frame_number(struct qs_kstream *s, struct qs_kmsg *msg)
{
	if (msg->pkt_flags & RTE_QSOCK_PKT_FRAME_START) {
		s->frame_open = true;
		s->frame_last = s->frame_last == UINT32_MAX ? 1 : s->frame_last + 1;
	}
	msg->frame = s->frame_open ? s->frame_last : 0;
	if (msg->pkt_flags & RTE_QSOCK_PKT_FRAME_END)
		s->frame_open = false;
}

static int message_put(struct qs_kstream *s, struct qs_kmsg *msg)
{
	struct qs_kport *port = s->port;
	int ret;

	if (s->error != 0) {
		int error = s->error;

		s->error = 0;
		return -error;
	}
	ret = qs_kcredit_take(s, msg);
	if (ret < 0)
		return ret;
	s->put++;
	frame_number(s, msg);
	STAILQ_INSERT_TAIL(&s->in, msg, next);
	if (!s->gated)
		qs_idset_add(&port->ready, s->id);
	return 0;
}

int qs_kstream_send(struct qs_kstream *s, const struct qs_kmessage *from)
{
	struct qs_kport *port = s->port;
	struct qs_kmsg *msg = qs_kmsg_make(port, s->tcp, from);
	int ret;

	if (msg == NULL)
		return -ENOMEM;
	msg->of = s;
	msg->sent_ns = qs_know_ns();
	qs_kcredit_look(s, msg->sent_ns);
	pthread_mutex_lock(&port->inbox);
	ret = message_put(s, msg);
	pthread_mutex_unlock(&port->inbox);
	if (ret < 0)
		qs_kmsg_free(msg);
	else
		qs_kloop_wake(port);
	return ret;
}

/* ------------------------------------------------------------------ control */

int qs_kstream_change(struct qs_kstream *s, const struct rte_qsock_stream_conf *conf)
{
	struct rte_qsock_stream_conf before;
	struct qs_kport *port = s->port;
	int ret;

	qs_kstate_lock(port);
	ret = rte_qsock_sched_conf_get(port->sched, s->id, &before);
	/* What was taken and not ingested yet is queued too. */
	if (ret == 0 && (before.cls != conf->cls || before.unit != conf->unit) &&
	    __atomic_load_n(&s->held, __ATOMIC_ACQUIRE) != 0)
		ret = -EBUSY;
	if (ret == 0)
		ret = rte_qsock_sched_change(port->sched, s->id, conf);
	if (ret == 0) {
		qs_kclass_set(s, conf);
		qs_ktimed_conf(s, conf);
		pthread_mutex_lock(&port->inbox);
		s->limit = conf->queue_packets;
		pthread_mutex_unlock(&port->inbox);
		qs_kroom_tell(port, s);
	}
	qs_kstate_unlock(port);
	/* Its streams may be eligible earlier. */
	qs_kloop_wake(port);
	return ret;
}

static void delay_fill(struct rte_qsock_delay *d, const struct qs_histogram *h)
{
	d->count = h->count;
	d->min_ns = h->count != 0 ? h->min_ns : 0;
	d->mean_ns = qs_histogram_mean(h);
	d->p50_ns = qs_histogram_percentile(h, 500);
	d->p99_ns = qs_histogram_percentile(h, 990);
	d->p999_ns = qs_histogram_percentile(h, 999);
	d->max_ns = h->max_ns;
}

void qs_kstream_info(struct qs_kstream *s, struct rte_qsock_info *info, struct qs_kstream_more *more)
{
	struct qs_kport *port = s->port;
	struct qs_offers offers = {0}, base = {0};

	qs_ktimed_drops_look(port);
	memset(info, 0, sizeof(*info));
	qs_kstate_lock(port);
	(void)rte_qsock_sched_conf_get(port->sched, s->id, &info->conf);
	(void)rte_qsock_sched_state(port->sched, s->id, &info->state);
	s->ends.violations = info->state.violations;
	qs_ktimed_reports(s);
	if (port->conf.etf)
		qs_krelease_ready(port); /* the others' reports */
	more->port_txtime_unreported = qs_ktimed_unreported(port);
	more->txtime_drop = s->txtime_drop;
	more->port_txtime_drop = port->txtime_drop;
	more->held_bytes = __atomic_load_n(&s->held_bytes, __ATOMIC_ACQUIRE);
	info->now_ns = qs_know_ns();
	pthread_mutex_lock(&port->inbox);
	offers.put = s->put;
	offers.refused = s->refused;
	pthread_mutex_unlock(&port->inbox);
	qs_counts_fill(&info->counts, &s->ends, &s->rare, &offers, &base, s->left);
	delay_fill(&info->delay, &s->delay);
	delay_fill(&info->lateness, &s->lateness);
	info->rate_bps = qs_rate_bps(&s->rate, s->rate_newest, info->now_ns, s->ends.sent_bytes);
	info->id = s->id;
	info->ring_packets = s->limit;
	qs_kstate_unlock(port);
}

/* ------------------------------------------------------------------ the end */

void qs_kstream_close(struct qs_kstream *s, uint64_t linger_ns)
{
	struct qs_kport *port = s->port;

	qs_kstate_lock(port);
	pthread_mutex_lock(&port->inbox);
	s->closed = true;
	s->on_room = NULL;
	pthread_mutex_unlock(&port->inbox);
	s->linger_until_ns = qs_know_ns() + linger_ns;
	TAILQ_INSERT_TAIL(&port->closing, s, closing_next);
	if (__atomic_load_n(&s->held, __ATOMIC_ACQUIRE) == 0 && qs_kbelow_empty(port, s))
		qs_kstream_end(s);
	qs_kstate_unlock(port);
	qs_kloop_wake(port);
}

static void messages_close(struct qs_kmsgs *list)
{
	struct qs_kmsg *msg;

	while ((msg = STAILQ_FIRST(list)) != NULL) {
		STAILQ_REMOVE_HEAD(list, next);
		qs_kend_closed(msg);
	}
}

/* Between rounds nothing of it is there, but what a full socket did not take. */
static void decided_close(struct qs_kstream *s)
{
	struct qs_kmsgs others = STAILQ_HEAD_INITIALIZER(others);
	struct qs_kport *port = s->port;
	struct qs_kmsg *msg;

	while ((msg = STAILQ_FIRST(&port->decided)) != NULL) {
		STAILQ_REMOVE_HEAD(&port->decided, next);
		if (msg->of == s)
			qs_kend_closed(msg);
		else
			STAILQ_INSERT_TAIL(&others, msg, next);
	}
	STAILQ_CONCAT(&port->decided, &others);
	port->refused_since_ns = 0;
}

void qs_kstream_end(struct qs_kstream *s)
{
	struct qs_kmsgs rest = STAILQ_HEAD_INITIALIZER(rest);
	struct qs_kport *port = s->port;

	pthread_mutex_lock(&port->inbox);
	STAILQ_CONCAT(&rest, &s->in);
	qs_idset_del(&port->ready, s->id);
	port->streams[s->id] = NULL;
	pthread_mutex_unlock(&port->inbox);
	decided_close(s);
	messages_close(&s->out);
	rte_qsock_sched_remove(port->sched, s->id, port->clock_ns);
	messages_close(&rest);
	qs_kbelow_forget(port, s);
	TAILQ_REMOVE(&port->closing, s, closing_next);
	port->free_ids[port->nr_free++] = s->id;
	qs_ktimed_end(s);
	qs_kclass_give(s);
	qs_kfound_give(s);
	qs_krelease_forget(s);
	close(s->fd);
	free(s);
}
