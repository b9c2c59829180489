/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Which thread this is, in one load.
 */
#ifndef QS_THREAD_H
#define QS_THREAD_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_branch_prediction.h>

/** The same; 0 before the thread has asked. */
extern __thread uint32_t qs_thread_id __attribute__((tls_model("initial-exec")));

uint32_t qs_thread_ask(void);

/** Whether the thread of that id is no more. A system call. [any] */
bool qs_thread_ended(uint32_t thread);

/** The kernel's id of the calling thread, never 0. [any] */
static inline uint32_t qs_thread_self(void)
{
	return likely(qs_thread_id != 0) ? qs_thread_id : qs_thread_ask();
}

#endif
