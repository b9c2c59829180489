/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Signals are the program's: a thread of the library takes none, whatever the program blocks later to wait
 * for it by sigwait(3) or signalfd(2). A thread is made with the mask of its maker.
 */
#ifndef QS_SIGNALS_H
#define QS_SIGNALS_H

#include <pthread.h>
#include <signal.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Have threads that are made from now on take none, but those of their own mistakes. [ctl] */
static inline void qs_signals_block(sigset_t *before)
{
	sigset_t others;

	sigfillset(&others);
	sigdelset(&others, SIGBUS);
	sigdelset(&others, SIGSEGV);
	sigdelset(&others, SIGFPE);
	sigdelset(&others, SIGILL);
	sigdelset(&others, SIGTRAP);
	pthread_sigmask(SIG_SETMASK, &others, before);
}

/** As before. [ctl] */
static inline void qs_signals_restore(const sigset_t *before)
{
	pthread_sigmask(SIG_SETMASK, before, NULL);
}

#ifdef __cplusplus
}
#endif
#endif
