/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Commands of the shell from outside, one a connection, through a socket in EAL's runtime directory, which
 * only its owner may enter. `dpdk-qsock ctl` is the other end (client.h).
 *
 * A packet of SOCK_SEQPACKET each way: the line, and then the answer in pieces, each behind its kind.
 */
#ifndef DQ_CONTROL_H
#define DQ_CONTROL_H

#include "shell.h"

#define DQ_CONTROL_FILE "dpdk_qsock.ctl" /* in /run/dpdk/PREFIX */
#define DQ_CONTROL_PIECE 8192

enum dq_control_kind {
	DQ_CONTROL_OUT = 'o', /* of standard output */
	DQ_CONTROL_ERR = 'e', /* what was wrong */
	DQ_CONTROL_END = '.', /* and the exit status, one byte */
};

struct dq_control;

/** Listen, and run what comes while the main thread waits. @return NULL: nobody can connect, it was told why
 */
struct dq_control *dq_control_start(struct dq_instance *in, struct dq_loop *loop);

/** NULL is allowed. */
void dq_control_stop(struct dq_control *control);

#endif
