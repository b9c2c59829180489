/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Sockets of other processes, which know nothing of us. A socket is known by the kernel's own number of it,
 * its cookie, wherever it lies: descriptors and processes come again.
 */
#ifndef DQ_FOREIGN_H
#define DQ_FOREIGN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "error.h"

/** A UDP or TCP socket of this network namespace, and where it was seen last. */
struct dq_foreign {
	pid_t pid;
	int fd;
	uint64_t inode;	 /**< as /proc shows it */
	uint64_t cookie; /**< its own, for as long as it lives */
};

/**
 * Look at a descriptor of another process; it is not kept open.
 * @param word PID:FD, as /proc and ss(8) show them
 * @return 0; negative errno: -EINVAL not PID:FD, or the descriptor is no UDP or TCP socket of this network
 * namespace; -ESRCH no such process; -EBADF no such descriptor; -EPERM the process is not ours to look at;
 * -ENOSYS the kernel has no pidfd_getfd(2)
 */
int dq_foreign_look(const char *word, struct dq_foreign *f, struct dq_error *e);

/** Whether a process has it still; f tells where. */
bool dq_foreign_lives(struct dq_foreign *f);

/**
 * A descriptor of our own of it. To be closed at once: as long as we have it, it does not end with its
 * process.
 * @return it; -ESRCH it has ended, -EPERM the process is not ours to look at
 */
int dq_foreign_take(struct dq_foreign *f);

/** Call fn for each of a process. sock is a descriptor of our own, which is closed after it.
 * @return 0; -EPERM the process is not ours to look at, -ENOSYS the kernel has no pidfd_getfd(2). One that is
 * gone has none. */
int dq_foreign_each(pid_t pid, void (*fn)(const struct dq_foreign *f, int sock, void *arg), void *arg);

/** Why a descriptor could not be had: what -EPERM and -ENOSYS are here. */
const char *dq_foreign_strerror(int error);

#endif
