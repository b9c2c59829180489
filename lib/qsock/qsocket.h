/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Q.Sockets: Berkeley sockets with a quality of service, with the names and the structures
 * of Abbasi, Poellabauer, Schwan, Losik and West, "A Quality-of-Service Enhanced Socket API
 * in GNU/Linux".
 *
 * A descriptor from qsocket() is a real kernel socket: poll, epoll, recv, getsockname,
 * setsockopt, plain send and close work on it. What is sent with qsend() and qsendto()
 * bypasses the kernel and is scheduled by deadline and window-constraint.
 *
 * All calls may be made by any thread; calls on one socket are serialised. They return 0 (or
 * a count, or a descriptor) or -1 with errno set, as BSD calls do. After fork() they fail in
 * the child with EPERM... see each call.
 */
#ifndef QSOCKET_H
#define QSOCKET_H

#include <net/if.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------ the paper's structures */

/** Which device, which scheduler, and its attributes. */
struct qos_params {
	char dev[IFNAMSIZ];  /**< kernel interface or EAL port name */
	char name[IFNAMSIZ]; /**< discipline: dwcs | vds | edf | fifo */
	void *attributes;    /**< struct q_dwcs_attr, struct q_attr_ex where stream_flags says so, or NULL */
};

/** Attributes of a stream. */
struct q_dwcs_attr {
	int oln;          /**< at most oln ... */
	int old;          /**< ... of every old packets may be lost or late */
	int ipg;          /**< request period in ms (us or ns: see stream_flags) */
	int stream_flags; /**< bits below; 0: droppable, real time */
};

/** What one message says to the scheduler. Set drop_flag to 0 or to bits; deadline counts only with a bit or DWCS_NON_DROPPABLE alone as in the paper. */
struct packet_flags {
	int drop_flag;
	unsigned long deadline;
};

/** Bits of q_dwcs_attr.stream_flags and packet_flags.drop_flag. */
#define DWCS_NON_DROPPABLE 0x0001

/** @cond: further bits are listed in the socket layer's part below */
/** @endcond */

#ifdef __cplusplus
}
#endif
#endif
