/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * What the library knows of its process and threads: fork, exit, and how long a thread was away.
 */
#ifndef QS_PROCESS_H
#define QS_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * A thread away for so long since its last q-call may have made a system call that changed its socket: none
 * is known to take less. What the last call itself took is not subtracted but for its copy.
 */
#define QS_AWAY_NS 90u
#define QS_AWAY_BYTES_SHIFT 5 /* a copy of 32 bytes a ns */

/** The times of a thread, in its own clock. */
struct qs_thread {
	uint64_t last_ns;    /**< its last q-call */
	uint64_t back_ns;    /**< the first q-call after it was away */
	uint32_t last_bytes; /**< of the last q-call */
};

extern __thread struct qs_thread qs_thread_self __attribute__((tls_model("initial-exec")));
extern bool qs_process_is_child;

/** Whether this is a child of the process that called qsockinit(). [any] */
static inline bool qs_process_forked(void)
{
	return __builtin_expect(qs_process_is_child, false);
}

/** What tells a thread from others. [any] */
static inline const void *qs_process_thread(void)
{
	return &qs_thread_self;
}

/** Note a q-call. @return the thread, with the time it came back. [any] */
static inline const struct qs_thread *qs_thread_note(uint64_t now_ns, uint32_t bytes)
{
	struct qs_thread *t = &qs_thread_self;

	if (now_ns - t->last_ns > QS_AWAY_NS + (t->last_bytes >> QS_AWAY_BYTES_SHIFT))
		t->back_ns = now_ns;
	t->last_ns = now_ns;
	t->last_bytes = bytes;
	return t;
}

/** Learn of fork() and exit(); once. [ctl] */
void qs_process_watch(void);

#ifdef __cplusplus
}
#endif
#endif
