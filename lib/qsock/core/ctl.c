/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>

#include <rte_errno.h>

#include "core/qs_clock.h"
#include "core/qs_ctl.h"
#include "core/qs_port.h"
#include "core/qs_thread.h"
#include "eal/qs_log.h"
#include "eal/qs_wait.h"

uint64_t qs_ctl_timeout_ns = QS_CTL_TIMEOUT_NS;

/* The life of a message. Who moves it on stands to the right. */
enum {
	QS_MSG_FREE,	/* -> FILLING by the caller that takes it */
	QS_MSG_FILLING, /* -> POSTED by the caller */
	QS_MSG_POSTED,	/* -> RUNNING by the TX core, or -> FREE by the caller that withdraws it */
	QS_MSG_RUNNING, /* -> DONE by the TX core */
	QS_MSG_DONE,	/* -> FREE by the caller */
};

static bool msg_move(struct qs_msg *m, uint32_t from, uint32_t to)
{
	return __atomic_compare_exchange_n(&m->state, &from, to, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

enum qs_claim qs_port_claim(struct rte_qsock_port *port, bool keep)
{
	uint64_t self = qs_thread_self();
	uint64_t owner = __atomic_load_n(&port->owner, __ATOMIC_RELAXED);

	if ((uint32_t)owner == self) {
		if (keep)
			__atomic_store_n(&port->owner, self | QS_OWNER_POLLER, __ATOMIC_RELAXED);
		return QS_CLAIM_HAD;
	}
	/* Who has ended has let go. */
	if (owner != 0 && !qs_thread_ended((uint32_t)owner))
		return owner & QS_OWNER_POLLER ? QS_CLAIM_POLLED : QS_CLAIM_OTHER;
	if (__atomic_compare_exchange_n(&port->owner, &owner, self | (keep ? QS_OWNER_POLLER : 0), false,
					__ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return QS_CLAIM_NEW;
	return QS_CLAIM_OTHER;
}

enum qs_claim qs_port_claim_wait(struct rte_qsock_port *port, bool keep)
{
	uint64_t until_ns = qs_clock_now() + qs_ctl_timeout_ns;
	unsigned int spins = 0;
	enum qs_claim claim;

	while ((claim = qs_port_claim(port, keep)) == QS_CLAIM_OTHER && qs_clock_now() < until_ns)
		qs_wait(&spins);
	return claim;
}

void qs_port_release(struct rte_qsock_port *port)
{
	__atomic_store_n(&port->owner, 0, __ATOMIC_RELEASE);
}

bool qs_port_owned(const struct rte_qsock_port *port)
{
	return (uint32_t)__atomic_load_n(&port->owner, __ATOMIC_RELAXED) == qs_thread_self();
}

/** How long somebody waits. */
struct patience {
	struct rte_qsock_port *port;
	uint64_t begin_ns, limit_ns;
	bool told;
};

static struct patience patience_of(struct rte_qsock_port *port)
{
	const bool deaf = __atomic_load_n(&port->ctl.deaf, __ATOMIC_RELAXED) != 0;

	return (struct patience){
		.port = port,
		.begin_ns = qs_clock_now(),
		.limit_ns = deaf ? RTE_MIN(qs_ctl_timeout_ns, QS_CTL_TELL_NS) : qs_ctl_timeout_ns,
	};
}

/* A busy machine is no error, but worth a word. */
static bool is_over(struct patience *p)
{
	const uint64_t waited_ns = qs_clock_now() - p->begin_ns;

	if (waited_ns >= p->limit_ns)
		return true;
	if (waited_ns >= QS_CTL_TELL_NS && !p->told) {
		p->told = true;
		QS_LOG(NOTICE, "port %s: its TX core has not polled for %u ms: waiting, %u ms at most\n",
		       p->port->name, (unsigned int)(waited_ns / 1000000),
		       (unsigned int)(p->limit_ns / 1000000));
	}
	return false;
}

/* Take a free message; wait for one as long as for an answer. */
static struct qs_msg *msg_take(struct qs_ctl *ctl, struct patience *p)
{
	unsigned int i, spins = 0;

	do {
		for (i = 0; i < QS_CTL_MESSAGES; i++)
			if (msg_move(&ctl->msg[i], QS_MSG_FREE, QS_MSG_FILLING))
				return &ctl->msg[i];
		qs_wait(&spins);
	} while (!is_over(p));
	return NULL;
}

/* Run a message if it is still to be run. */
static void msg_run(struct rte_qsock_port *port, struct qs_msg *m)
{
	if (!msg_move(m, QS_MSG_POSTED, QS_MSG_RUNNING))
		return;
	m->result = qs_op_run(port, m->op, m->qs, m->arg);
	__atomic_store_n(&m->state, QS_MSG_DONE, __ATOMIC_RELEASE);
}

void qs_ctl_serve(struct rte_qsock_port *port)
{
	uint32_t posted;

	if (likely(__atomic_load_n(&port->ctl.posted, __ATOMIC_RELAXED) == 0))
		return;
	posted = __atomic_exchange_n(&port->ctl.posted, 0, __ATOMIC_ACQUIRE);
	for (; posted != 0; posted &= posted - 1)
		msg_run(port, &port->ctl.msg[__builtin_ctz(posted)]);
}

/*
 * The owner may have gone since the message was posted: then it is the caller's to run. Whether it has ended
 * is a system call, which a caller that naps makes, too.
 */
static void msg_run_if_left(struct rte_qsock_port *port, struct qs_msg *m, bool naps)
{
	if ((__atomic_load_n(&port->owner, __ATOMIC_RELAXED) != 0 && !naps) ||
	    qs_port_claim(port, false) != QS_CLAIM_NEW)
		return;
	msg_run(port, m);
	qs_port_release(port);
}

/* Wait for the answer. @return 0; -ETIMEDOUT: it was withdrawn */
static int msg_wait(struct rte_qsock_port *port, struct qs_msg *m, struct patience *p)
{
	unsigned int spins = 0;

	while (__atomic_load_n(&m->state, __ATOMIC_ACQUIRE) != QS_MSG_DONE) {
		/* Once it runs it ends soon, and its argument is in use till then. */
		if (is_over(p) && msg_move(m, QS_MSG_POSTED, QS_MSG_FREE))
			return -ETIMEDOUT;
		msg_run_if_left(port, m, spins >= QS_WAIT_SPINS);
		qs_wait(&spins);
	}
	return 0;
}

static int msg_call(struct rte_qsock_port *port, enum qs_op op, struct rte_qsock *qs, void *arg,
		    struct patience *p)
{
	struct qs_msg *m;
	int ret;

	*p = patience_of(port);
	m = msg_take(&port->ctl, p);
	if (m == NULL)
		return -ETIMEDOUT;
	m->op = op;
	m->qs = qs;
	m->arg = arg;
	__atomic_store_n(&m->state, QS_MSG_POSTED, __ATOMIC_RELEASE);
	__atomic_fetch_or(&port->ctl.posted, UINT32_C(1) << (m - port->ctl.msg), __ATOMIC_RELEASE);
	qs_idle_told(&port->idle);
	ret = msg_wait(port, m, p);
	__atomic_store_n(&port->ctl.deaf, ret != 0, __ATOMIC_RELAXED);
	if (ret != 0)
		return ret;
	ret = m->result;
	__atomic_store_n(&m->state, QS_MSG_FREE, __ATOMIC_RELEASE);
	return ret;
}

int qs_ctl_call(struct rte_qsock_port *port, enum qs_op op, struct rte_qsock *qs, void *arg)
{
	enum qs_claim claim = qs_port_claim(port, false);
	struct patience p = {0};
	int ret;

	if (claim == QS_CLAIM_NEW || claim == QS_CLAIM_HAD)
		ret = qs_op_run(port, op, qs, arg);
	else
		ret = msg_call(port, op, qs, arg, &p);
	if (claim == QS_CLAIM_NEW)
		qs_port_release(port);
	if (ret == 0)
		return 0;
	if (ret == -ETIMEDOUT)
		return qs_fail(ETIMEDOUT, "port %s: its TX core did not poll for %u ms", port->name,
			       (unsigned int)(p.limit_ns / 1000000));
	rte_errno = -ret;
	return -1;
}
