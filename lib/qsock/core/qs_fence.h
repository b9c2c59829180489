/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * A memory barrier that one thread runs in all threads of the process, membarrier(2), so that those who come
 * by often need none of their own.
 */
#ifndef QS_FENCE_H
#define QS_FENCE_H

#include <stdbool.h>

/** Be allowed to; harmless twice. @return false: the kernel has no such barrier. [ctl] */
bool qs_fence_ready(void);

/** Run one in every thread that runs. A system call of a microsecond or so; after qs_fence_ready(). [any] */
void qs_fence_all(void);

#endif
