/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * What the library knows of its process and threads: fork, exit, and how long a thread was away.
 */
#ifndef QS_PROCESS_H
#define QS_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_branch_prediction.h>
#include <rte_cycles.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The TSC at a thread's q-calls. */
struct qs_thread {
	uint64_t enter_tsc; /**< when it entered the last one */
	uint64_t end_tsc;   /**< when it left it; when it entered it, where that was not looked at */
	uint64_t back_tsc;  /**< when it entered one after it had been away */
	bool look;	    /**< to look when it leaves */
	uint8_t settle;	    /**< so many calls more wait for their stores before they look */
};

#define QS_THREAD_SETTLE 64u

/** A thread that was away for so long may have made a system call that changed its socket; see
 * qs_process_watch(). */
extern uint64_t qs_process_away_ticks;

/** Half of it. */
extern uint64_t qs_process_long_ticks;

/** Who was away no longer than this may have waited for a CPU's cache only. */
extern uint64_t qs_process_stall_ticks;

/** What was read of a socket is never older. */
extern uint64_t qs_process_fresh_ticks;

extern __thread struct qs_thread qs_process_self __attribute__((tls_model("initial-exec")));
extern bool qs_process_is_child;

/** Whether this is a child of the process that called qsockinit(). [any] */
static inline bool qs_process_forked(void)
{
	return __builtin_expect(qs_process_is_child, false);
}

/** What tells a thread from others. [any] */
static inline const void *qs_process_thread(void)
{
	return &qs_process_self;
}

/**
 * A q-call begins. [any]
 *
 * Where one follows the other quickly, the time that both take together says enough, and the TSC, whose
 * reading is a good part of a q-call, is not read when one ends.
 *
 * @return the thread, with the time it came back
 */
static inline struct qs_thread *qs_thread_enter(uint64_t tsc)
{
	struct qs_thread *t = &qs_process_self;

	if (unlikely(tsc - t->end_tsc > qs_process_away_ticks)) {
		t->back_tsc = tsc;
		if (tsc - t->end_tsc < qs_process_stall_ticks)
			t->settle = QS_THREAD_SETTLE;
	}
	t->look = tsc - t->enter_tsc > qs_process_long_ticks;
	t->enter_tsc = tsc;
	t->end_tsc = tsc;
	return t;
}

/** It takes longer than usual. [any] */
static inline void qs_thread_linger(struct qs_thread *t)
{
	t->look = true;
}

/** Look when it ends. */
void qs_thread_look(struct qs_thread *t);

/** It ends. [any] */
static inline void qs_thread_leave(struct qs_thread *t)
{
	if (unlikely(t->look))
		qs_thread_look(t);
}

/** Learn of fork() and exit(); once. [ctl] */
void qs_process_watch(void);

/** Learn how long the quickest system call takes that changes a socket; once, and EAL is there. [ctl] */
void qs_process_measure(void);

#ifdef __cplusplus
}
#endif
#endif
