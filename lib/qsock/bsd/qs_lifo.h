/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Buffers on a stack: what was given back last is taken next. So a pool of 16,384 buffers of which some
 * hundred are under way touches the memory of some hundred, which the caches and the TLB hold, where a ring
 * goes round all of them.
 *
 * Who gives back never waits: where the stack is busy, buffers go aside into a ring.
 */
#ifndef QS_LIFO_H
#define QS_LIFO_H

#ifdef __cplusplus
extern "C" {
#endif

#define QS_LIFO_OPS "qsock_lifo" /* of a mempool */

/** Have rte_mempool know it; harmless twice, but not at the same time. @return 0; negative errno. [ctl] */
int qs_lifo_register(void);

#ifdef __cplusplus
}
#endif
#endif
