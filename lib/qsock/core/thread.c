/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/qs_thread.h"

__thread uint32_t qs_thread_id __attribute__((tls_model("initial-exec")));

uint32_t qs_thread_ask(void)
{
	qs_thread_id = (uint32_t)gettid();
	return qs_thread_id;
}

bool qs_thread_ended(uint32_t thread)
{
	return syscall(SYS_tgkill, getpid(), (pid_t)thread, 0) != 0 && errno == ESRCH;
}
