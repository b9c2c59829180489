/* SPDX-License-Identifier: BSD-3-Clause */
/* What a process may lack: a child gives it up, and tries. */
#ifndef GIVE_UP_H
#define GIVE_UP_H

#include <linux/capability.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__ /* it has its own memory, and ends without */
#define SANITIZED true
#else
#define SANITIZED false
#endif

static inline void cap_drop(unsigned int cap)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];

	syscall(SYS_capget, &head, data);
	data[cap / 32].effective &= ~(1u << (cap % 32));
	syscall(SYS_capset, &head, data);
}

static inline void give_up_raw(void)
{
	cap_drop(CAP_NET_RAW);
}

static inline void give_up_descriptors(void)
{
	const struct rlimit few = {3, 3};

	setrlimit(RLIMIT_NOFILE, &few);
}

/* Whether a child that has given something up is refused with this. */
static inline bool give_up_child(void (*give_up)(void), bool (*is_refused)(int error), int error)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		give_up();
		_exit(is_refused(error) ? 0 : 1);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* No room for the stack of a thread; for the frames there is. */
static inline void give_up_memory(void)
{
	char text[64] = "";
	struct rlimit limit;
	pthread_attr_t attr;
	FILE *f = fopen("/proc/self/statm", "r");

	if (f == NULL || fgets(text, sizeof(text), f) == NULL)
		_exit(1);
	fclose(f);
	limit.rlim_cur = limit.rlim_max = strtoul(text, NULL, 10) * (rlim_t)getpagesize() + (4 << 20);
	setrlimit(RLIMIT_AS, &limit);
	/* The stacks of threads that have ended are kept, and are smaller. */
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 64 << 20);
	pthread_setattr_default_np(&attr);
}

static inline void give_up_all_memory(void)
{
	const struct rlimit none = {1, 1};

	setrlimit(RLIMIT_AS, &none);
}

#endif
