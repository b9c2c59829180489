/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Streams that were closed and are not empty: packets that wait for a neighbour keep them open, then they
 * drain on the TX core for their linger time.
 */
#ifndef QS_DRAIN_H
#define QS_DRAIN_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct qs_dev;
struct rte_qsock;

/** Close a native socket, at once or when no packet of it waits for a neighbour any more. [ctl] */
void qs_drain_close(struct qs_dev *dev, struct rte_qsock *qs);

/** Close what can be closed. @return when to look again, UINT64_MAX: nothing waits. [keeper] */
uint64_t qs_drain_look(uint64_t now_ns);

/**
 * Wait until the kernel has nothing of the attached TCP sockets of a device that was not acknowledged, or
 * their linger time is over: while they have their streams, and the twin is there. [ctl]
 */
void qs_drain_tcp(struct qs_dev *dev);

/** Wait until all streams of a device that were closed are empty, or their linger time is over. [ctl] */
void qs_drain_wait(struct qs_dev *dev, uint64_t linger_ns);

#ifdef __cplusplus
}
#endif
#endif
