/* SPDX-License-Identifier: BSD-3-Clause */
/* The mover's side of a move: [ctl]. */
#include <errno.h>
#include <stdlib.h>

#include <rte_errno.h>
#include <rte_malloc.h>

#include "core/qs_alloc.h"
#include "core/qs_clock.h"
#include "core/qs_fence.h"
#include "core/qs_migrate.h"
#include "eal/qs_wait.h"
#include "eal/qs_log.h"

/* For who is there, and does something else: a sender in its call, a driver that takes nothing. */
#define MOVE_TIMEOUT_NS UINT64_C(1000000000)

int qs_migration_make(struct qs_table *table, uint32_t max_packets, uint32_t max_frame_bytes)
{
	struct qs_migration *mg;

	if (!qs_fence_ready())
		return qs_fail(ENOTSUP, "no private expedited membarrier(2) here: sockets cannot move");
	mg = qs_zalloc("qsock_migration", sizeof(*mg), table->socket_id);
	if (mg == NULL)
		return qs_fail(ENOMEM, "no memory (%zu bytes)", sizeof(*mg));
	mg->nobody.fd = -1;
	mg->waiting =
		qs_lane_waiting(qs_lane_entries(max_packets), max_frame_bytes, &mg->nobody, table->socket_id);
	mg->before = qs_zalloc("qsock_before", table->max_sockets * sizeof(*mg->before), table->socket_id);
	if (mg->waiting == NULL || mg->before == NULL) {
		qs_migration_free(mg);
		return qs_fail(ENOMEM, "no memory to move %u sockets", table->max_sockets);
	}
	table->migration = mg;
	return 0;
}

void qs_migration_free(struct qs_migration *mg)
{
	if (mg == NULL)
		return;
	free(mg->move.stream.recs);
	free(mg->move.recs);
	rte_free(mg->waiting);
	rte_free(mg->before);
	rte_free(mg);
}

uint8_t qs_migration_begin(struct qs_migration *mg, uint32_t id)
{
	if (mg == NULL)
		return QS_SOCKET_FIXED;
	mg->before[id] = (struct qs_offers){0};
	return QS_SOCKET_MOBILE;
}

void qs_migration_join(struct rte_qsock_port *port)
{
	port->lanes.mark = QS_LANE_MOBILE;
	port->lanes.lane[QS_WAITING_LANE] = port->table->migration->waiting;
}

/* From now on its senders go to the lane that waits; when nobody is on the old way any more, mark the place
 * where that goes on. @return false: a sender does not come back */
static bool move_divert(struct qs_migration *mg, struct rte_qsock *qs, uint64_t until_ns)
{
	unsigned int spins = 0;

	__atomic_store_n(&qs->moving, QS_SOCKET_MOVING, __ATOMIC_RELEASE);
	qs_fence_all();
	while (__atomic_load_n(&qs->sending, __ATOMIC_ACQUIRE) != 0) {
		if (qs_clock_now() >= until_ns)
			return false;
		qs_wait(&spins);
	}
	qs_lane_divert(qs, mg->waiting);
	return true;
}

/* They go to the socket's port again. What they have put meanwhile comes first. */
static void move_release(struct qs_migration *mg, struct rte_qsock *qs)
{
	qs_spin_lock(&mg->waiting->lock);
	/* Pairs with the sender's look, which takes no lock: it finds the port and the lane as they are now. */
	__atomic_store_n(&qs->moving, QS_SOCKET_MOBILE, __ATOMIC_RELEASE);
	rte_spinlock_unlock(&mg->waiting->lock);
}

/* An operation that a TX core may have to be asked for again. @return 0; -1: rte_errno, EAGAIN when time was
 * over */
static int move_ask(struct rte_qsock_port *port, enum qs_op op, struct qs_move *mv, uint64_t until_ns)
{
	unsigned int spins = 0;

	while (qs_ctl_call(port, op, mv->qs, mv) != 0) {
		if (rte_errno != EAGAIN || qs_clock_now() >= until_ns)
			return -1;
		qs_wait(&spins);
	}
	return 0;
}

static void move_end(struct qs_move *mv)
{
	free(mv->stream.recs);
	free(mv->recs);
	*mv = (struct qs_move){0};
}

int qs_migration_finish(struct qs_table *table)
{
	struct qs_migration *mg = table->migration;
	uint64_t until_ns = qs_clock_now() + MOVE_TIMEOUT_NS;
	struct qs_move *mv;

	if (mg == NULL || mg->move.step == QS_MOVE_NONE)
		return 0;
	mv = &mg->move;
	if (mv->step == QS_MOVE_ENTER) {
		if (qs_ctl_call(mv->to, QS_OP_ENTER, mv->qs, mv) != 0)
			return -1;
		mg->moves++;
		move_release(mg, mv->qs);
		mv->step = QS_MOVE_DRAIN;
	}
	if (move_ask(mv->qs->port, QS_OP_DRAIN, mv, until_ns) != 0 ||
	    (mv->nr_recs > 0 && qs_ctl_call(mv->to, QS_OP_GIVE_BACK, mv->qs, mv) != 0)) {
		rte_errno = ETIMEDOUT;
		return -1;
	}
	move_end(mv);
	return 0;
}

/* Nothing has changed: its senders go on as before. rte_errno stays. */
static int move_call_off(struct qs_migration *mg)
{
	struct qs_move *mv = &mg->move;
	int error = rte_errno;

	move_release(mg, mv->qs);
	mv->step = QS_MOVE_DRAIN;
	qs_migration_finish(mv->qs->port->table);
	rte_errno = error;
	return -1;
}

/* Memory for all that it may have with it. */
static int move_room(struct qs_move *mv)
{
	char own[RTE_QSOCK_NAMESIZE];

	qs_spin_lock(&mv->to->table->wake_lock);
	qs_sched_touch(mv->qs->port->tx.sched, qs_socket_id(mv->qs));
	qs_sched_touch(mv->to->tx.sched, qs_socket_id(mv->qs));
	rte_spinlock_unlock(&mv->to->table->wake_lock);
	mv->max_recs = qs_socket_used(mv->qs);
	mv->stream.recs =
		aligned_alloc(RTE_CACHE_LINE_SIZE, RTE_MAX(mv->max_recs, 1u) * sizeof(*mv->stream.recs));
	mv->recs = malloc(RTE_MAX(mv->max_recs, 1u) * sizeof(*mv->recs));
	if (mv->stream.recs != NULL && mv->recs != NULL)
		return 0;
	return qs_fail(ENOMEM, "socket %s: no memory to move %u packets", qs_socket_name(mv->qs, own),
		       mv->max_recs);
}

/* The account of the ports: what it did stays counted where it did it, and what is queued goes along. */
static void move_account(struct rte_qsock *qs, struct rte_qsock_port *to)
{
	struct rte_qsock_port *from = qs->port;

	qs_offers_leave(from, qs, qs_socket_left(qs));
	__atomic_fetch_sub(&from->sockets, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&to->sockets, 1, __ATOMIC_RELAXED);
	__atomic_store_n(&qs->port, to, __ATOMIC_RELEASE);
}

/* What it has sent has left the other port's queue, as far as the model tells. */
static void move_wait_sent(const struct qs_move *mv)
{
	unsigned int spins = 0;

	while (qs_clock_now() < mv->free_ns)
		qs_wait(&spins);
}

int qs_migrate(struct rte_qsock *qs, struct rte_qsock_port *to)
{
	struct rte_qsock_port *from = qs->port;
	struct qs_migration *mg = from->table->migration;
	uint64_t until_ns = qs_clock_now() + MOVE_TIMEOUT_NS;
	struct qs_move *mv = &mg->move;
	char own[RTE_QSOCK_NAMESIZE];

	if (qs_migration_finish(from->table) != 0)
		return -1;
	if (to == from)
		return 0;
	*mv = (struct qs_move){.step = QS_MOVE_BEGIN, .qs = qs, .to = to, .first_pos = mg->waiting->put.pos};
	if (!move_divert(mg, qs, until_ns)) {
		rte_errno = EBUSY;
		move_call_off(mg);
		return qs_fail(EBUSY, "socket %s: its sender does not come out of its call",
			       qs_socket_name(qs, own));
	}
	if (move_room(mv) != 0 || qs_ctl_call(to, QS_OP_RESERVE, qs, mv) != 0)
		return move_call_off(mg);
	if (move_ask(from, QS_OP_LEAVE, mv, until_ns) != 0) {
		if (rte_errno != EAGAIN)
			return move_call_off(mg);
		move_call_off(mg);
		return qs_fail(EBUSY,
			       "socket %s: port %s does not take, or its driver does not send, its packets",
			       qs_socket_name(qs, own), from->name);
	}
	mv->step = QS_MOVE_ENTER;
	move_account(qs, to);
	move_wait_sent(mv);
	return qs_migration_finish(to->table);
}
