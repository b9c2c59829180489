/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * How [ctl] reaches [tx]: a port is owned by one thread at a time, and others leave messages for it.
 *
 * The first poller claims the port and keeps it. When nobody has it, or when the caller has it itself, a
 * control call runs at once in the caller. A message that is not taken for ten seconds is withdrawn, since on
 * a busy machine a thread may be kept off its CPU for one; whether it was taken or withdrawn is one
 * compare-and-swap, so it cannot take effect later. From then on until the owner answers again, a second is
 * enough.
 */
#ifndef QS_CTL_H
#define QS_CTL_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_branch_prediction.h>

struct rte_qsock;
struct rte_qsock_port;

#define QS_CTL_MESSAGES 16u
#define QS_CTL_TIMEOUT_NS UINT64_C(10000000000)
#define QS_CTL_TELL_NS UINT64_C(1000000000) /* then it is said that somebody waits, once a call */
#define QS_OWNER_POLLER (UINT64_C(1) << 32) /* with the thread's id: it keeps the port */

/** What a message asks for; its argument. */
enum qs_op {
	QS_OP_ADD,	  /**< struct rte_qsock_stream_conf */
	QS_OP_CHANGE,	  /**< struct rte_qsock_stream_conf */
	QS_OP_CLOSE,	  /**< none; the linger time is the socket's */
	QS_OP_INFO,	  /**< struct rte_qsock_info */
	QS_OP_PORT_INFO,  /**< struct qs_port_snapshot */
	QS_OP_RESET,	  /**< none; a socket's counters */
	QS_OP_PORT_RESET, /**< none; the port's */
	QS_OP_RATE,	  /**< uint64_t, bit/s */
	QS_OP_CLOSE_ALL,  /**< none; everything that is queued ends now */
	QS_OP_RESERVE,	  /**< struct qs_move, as the next four: see qs_migrate.h */
	QS_OP_GIVE_BACK,
	QS_OP_LEAVE,
	QS_OP_ENTER,
	QS_OP_DRAIN,
	QS_OP_SHARE, /**< struct qs_share */
};

/** How long a call waits for the owner: QS_CTL_TIMEOUT_NS. Tests of an owner that never answers wait for
 * less. */
extern uint64_t qs_ctl_timeout_ns;

/** One message. state decides whose it is. */
struct qs_msg {
	uint32_t state; /**< see ctl.c */
	uint32_t op;	/**< enum qs_op */
	struct rte_qsock *qs;
	void *arg;
	int result; /**< 0 or a negative errno value */
};

/** The messages of a port. */
struct qs_ctl {
	uint32_t posted; /**< bits of messages to look at; the only word that an idle TX core reads */
	uint32_t deaf;	 /**< the last one was withdrawn */
	struct qs_msg msg[QS_CTL_MESSAGES];
};

/** Carry an operation out. @return 0 or a negative errno value. [tx] */
int qs_op_run(struct rte_qsock_port *port, enum qs_op op, struct rte_qsock *qs, void *arg);

/**
 * Have an operation carried out by whoever owns the port.
 * @return 0; -1: rte_errno ETIMEDOUT the owner does not poll, or what the operation says. [ctl]
 */
int qs_ctl_call(struct rte_qsock_port *port, enum qs_op op, struct rte_qsock *qs, void *arg);

/** Run what is posted. [tx] */
void qs_ctl_serve(struct rte_qsock_port *port);

/** How a claim ended. */
enum qs_claim {
	QS_CLAIM_NEW,	/**< nobody had it; now the caller has */
	QS_CLAIM_HAD,	/**< the caller had it already */
	QS_CLAIM_OTHER, /**< another thread has it for a moment */
	QS_CLAIM_POLLED /**< another thread polls it */
};

/** Try to own the port; as a poller if keep. [any] */
enum qs_claim qs_port_claim(struct rte_qsock_port *port, bool keep);

/** The same, waiting while another thread has it for a moment only. [ctl] */
enum qs_claim qs_port_claim_wait(struct rte_qsock_port *port, bool keep);

/** Give it back. [its owner] */
void qs_port_release(struct rte_qsock_port *port);

/** Whether the caller owns the port. [any] */
bool qs_port_owned(const struct rte_qsock_port *port);

#endif
