/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The priority that sockets of a cgroup (v2) are born with: a BPF program of a few instructions, which the
 * kernel runs where a UDP or TCP socket is made in the cgroup, or one below it, in this network namespace.
 * The kernel takes it away when its descriptor is closed, also by a crash.
 */
#ifndef DQ_BORN_H
#define DQ_BORN_H

#include <stdbool.h>
#include <stdint.h>

/**
 * @param dir the cgroup's directory
 * @return a descriptor; negative errno: -EPERM no CAP_BPF and CAP_NET_ADMIN, -EINVAL or -ENOSYS the kernel
 * has no such programs (CONFIG_CGROUP_BPF, Linux 5.14), -ENOENT no such directory
 */
int dq_born_attach(const char *dir, uint32_t priority);

/** Whether it is in force: another program may have detached it, and the cgroup may be gone. */
bool dq_born_holds(int fd);

#endif
