/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Sockets on their way from one port to another of the same table: whole, with their queue and their state,
 * while their senders go on.
 *
 * What the senders of a moving socket put goes into a lane apart, which waits; its first entry says what
 * comes before in the port that the socket leaves. Once that is taken, the stream and its queue are taken out
 * there, put in here, and then what waits is taken here. A sender takes part in this by two bytes of the
 * socket: it sets `sending` and looks at `moving`, the mover sets `moving` and, after a barrier in all
 * threads, waits until `sending` is clear. So it knows that nobody has an eye on the old lane any more.
 *
 * One socket moves at a time, under the table's lock. Where a TX core does not answer, a move that can be
 * called off is; else it stays as it is until somebody asks for the socket again.
 */
#ifndef QS_MIGRATE_H
#define QS_MIGRATE_H

#include "core/qs_port.h"
#include "sched/qs_carry.h"

#define QS_WAITING_LANE QS_LANES /* its index in all ports of the table */

/** How far a move is. */
enum qs_move_step {
	QS_MOVE_NONE,
	QS_MOVE_BEGIN, /**< nothing has happened that counts */
	QS_MOVE_ENTER, /**< it has left the one port, and is not in the other */
	QS_MOVE_DRAIN, /**< done or called off: what waits is to be taken where it is */
};

/** A socket's move: [ctl]'s, and for the time of an operation [tx]'s. */
struct qs_move {
	enum qs_move_step step;
	struct rte_qsock *qs;
	struct rte_qsock_port *to;
	uint64_t first_pos;	  /**< of the waiting lane, when it began */
	uint64_t clock_ns;	  /**< of the port that it left */
	uint64_t free_ns;	  /**< what it has sent there has left by then */
	struct qs_carried stream; /**< recs in memory of its own */
	uint32_t *recs;		  /**< of the port that it goes to */
	uint32_t nr_recs;	  /**< so many of them are reserved */
	uint32_t max_recs;	  /**< and so many packets it may have */
};

/** What a table has whose sockets move. */
struct qs_migration {
	struct qs_lane *waiting;  /**< of any thread, in no port's round */
	struct qs_idle nobody;	  /**< that lane's: it wakes nobody */
	struct qs_offers *before; /**< of each socket, what it did before it came to the port where it is */
	struct qs_move move;
	uint64_t moves; /**< completed */
};

/** Let the sockets of a table move. @return 0; -1: ENOMEM, ENOTSUP no membarrier(2). [ctl] */
int qs_migration_make(struct qs_table *table, uint32_t max_packets, uint32_t max_frame_bytes);

/** NULL is allowed. [ctl] */
void qs_migration_free(struct qs_migration *migration);

/** A port of the table is made: it knows the lane that waits. [ctl] */
void qs_migration_join(struct rte_qsock_port *port);

/** A new socket of that id. NULL: it is not to move. @return its enum qs_socket_moving. The lock is held.
 * [ctl] */
uint8_t qs_migration_begin(struct qs_migration *migration, uint32_t id);

/**
 * Move an open socket to another port of its table. The lock is held. [ctl]
 * @return 0; -1: EBUSY its sender, or the driver with its packets, does not come to an end, ENOBUFS too few
 * records there, ENOMEM, ETIMEDOUT a TX core does not poll
 */
int qs_migrate(struct rte_qsock *qs, struct rte_qsock_port *to);

/** End a move that was left as it is. The lock is held. @return 0 none is left; -1: ETIMEDOUT. [ctl] */
int qs_migration_finish(struct qs_table *table);

/** The parts that are a TX core's; arg is the move. @return 0 or a negative errno value. [tx] */
int qs_move_reserve(struct rte_qsock_port *port, struct qs_move *mv);
int qs_move_give_back(struct rte_qsock_port *port, struct qs_move *mv);
int qs_move_leave(struct rte_qsock_port *port, struct qs_move *mv);
int qs_move_enter(struct rte_qsock_port *port, struct qs_move *mv);
int qs_move_drain(struct rte_qsock_port *port, struct qs_move *mv);

#endif
