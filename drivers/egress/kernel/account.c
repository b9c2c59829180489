/* SPDX-License-Identifier: BSD-3-Clause */
/* Each message ends in exactly one counter. */
#include "kernel/qs_kport_priv.h"

/* The inbox is locked. */
static void room_tell_locked(struct qs_kport *port, struct qs_kstream *s)
{
	if (!s->wanted || !qs_kcredit_is_back(port, s))
		return;
	s->wanted = false;
	if (s->on_room != NULL)
		s->on_room(s->on_room_arg);
}

void qs_kroom_tell(struct qs_kport *port, struct qs_kstream *s)
{
	uint32_t i;

	if (!__atomic_load_n(&s->wanted, __ATOMIC_RELAXED) &&
	    !__atomic_load_n(&port->starved, __ATOMIC_RELAXED))
		return;
	pthread_mutex_lock(&port->inbox);
	room_tell_locked(port, s);
	if (port->starved && qs_kcredit_is_back_of_all(port)) {
		port->starved = false;
		for (i = 0; i < port->conf.max_sockets; i++) {
			if (port->streams[i] != NULL)
				room_tell_locked(port, port->streams[i]);
		}
	}
	pthread_mutex_unlock(&port->inbox);
}

static void left(struct qs_kmsg *msg)
{
	struct qs_kstream *s = msg->of;

	s->left++;
	qs_kcredit_give(msg);
	qs_kmsg_free(msg);
	qs_kroom_tell(s->port, s);
}

void qs_kend_sent(struct qs_kmsg *msg)
{
	struct qs_kstream *s = msg->of;
	uint64_t now_ns = s->port->clock_ns;

	if (now_ns >= s->rate_next_ns) {
		s->rate_newest = qs_rate_mark(&s->rate, s->rate_newest, now_ns, s->ends.sent_bytes);
		s->rate_next_ns = now_ns + QS_RATE_STEP_NS;
	}
	s->ends.sent_bytes += msg->frame_bytes;
	if (msg->late == QS_CAUSE_NONE) {
		s->ends.on_time++;
	} else {
		s->ends.late++;
		qs_stalls_count(&s->rare, msg->late);
	}
	left(msg);
}

void qs_kend_error(struct qs_kmsg *msg)
{
	msg->of->rare.tx_error++;
	left(msg);
}

void qs_kend_closed(struct qs_kmsg *msg)
{
	msg->of->rare.closed++;
	left(msg);
}

void qs_kend_drop(void *arg, const struct rte_qsock_event *ev)
{
	struct qs_kmsg *msg = (struct qs_kmsg *)(uintptr_t)ev->pkt.cookie;
	struct qs_kport *port = arg;
	struct qs_kstream *s = msg->of;

	switch (ev->type) {
	case RTE_QSOCK_EV_LATE_DROP:
		s->ends.late_drop++;
		qs_stalls_count(&s->rare, qs_stalls_cause(&port->stalls, ev->pkt.arrival_ns, ev->time_ns, 0));
		break;
	case RTE_QSOCK_EV_FRAME_DROP:
		s->ends.frame_drop++;
		break;
	case RTE_QSOCK_EV_QUEUE_DROP:
		s->rare.queue_drop++;
		break;
	default:
		s->rare.closed++;
		break;
	}
	left(msg);
}

/* The deadline that a late one missed, as far as it is told. */
static uint64_t missed_ns(const struct qs_kmsg *msg, const struct rte_qsock_event *ev)
{
	return msg->deadline_ns != 0 && msg->deadline_ns < ev->time_ns ? msg->deadline_ns : ev->time_ns;
}

void qs_kdecided(struct qs_kport *port, const struct rte_qsock_event *ev, uint64_t start_ns)
{
	struct qs_kmsg *msg = (struct qs_kmsg *)(uintptr_t)ev->pkt.cookie;
	uint64_t deadline_ns, late_ns;

	qs_histogram_add(&msg->of->delay, ev->time_ns > msg->sent_ns ? ev->time_ns - msg->sent_ns : 0);
	if (!ev->late)
		return;
	deadline_ns = missed_ns(msg, ev);
	late_ns = start_ns > deadline_ns ? start_ns - deadline_ns : 0;
	if (msg->deadline_ns != 0)
		qs_histogram_add(&msg->of->lateness, late_ns);
	msg->late = qs_stalls_cause(&port->stalls, ev->pkt.arrival_ns, deadline_ns, late_ns);
}
