/* SPDX-License-Identifier: BSD-3-Clause */
#include <pthread.h>
#include <stdlib.h>

#include "bsd/qs_dev.h"
#include "bsd/qs_process.h"

__thread struct qs_thread qs_thread_self __attribute__((tls_model("initial-exec")));
bool qs_process_is_child;

/* The child has no TX core and no threads of ours. It keeps what it shares with the parent's memory alone. */
static void in_child(void)
{
	qs_process_is_child = true;
	qs_dev_forked();
}

static void at_exit(void)
{
	if (!qs_process_is_child)
		qs_dev_end_all();
}

static void watch(void)
{
	pthread_atfork(NULL, NULL, in_child);
	atexit(at_exit);
}

void qs_process_watch(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, watch);
}
