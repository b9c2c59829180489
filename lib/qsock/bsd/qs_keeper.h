/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The keeper: a thread that wakes blocked senders, notices sockets that were closed, and finishes what
 * drains. It is a service thread of its own, since closing a stream waits for the TX core, which a twin's
 * thread may not.
 */
#ifndef QS_KEEPER_H
#define QS_KEEPER_H

#ifdef __cplusplus
extern "C" {
#endif

/** Start it, if it does not run. @return 0; -ENOMEM, -EAGAIN. [ctl] */
int qs_keeper_start(void);

/** Stop it. [ctl] */
void qs_keeper_stop(void);

/** Have it look soon. [any] */
void qs_keeper_wake(void);

#ifdef __cplusplus
}
#endif
#endif
