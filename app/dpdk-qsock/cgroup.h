/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * A cgroup (v2) and those within it, by their numbers; and who runs in them.
 */
#ifndef DQ_CGROUP_H
#define DQ_CGROUP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * The directory of a cgroup.
 * @param path whole, or from the root of the hierarchy on
 * @return 0; -ENOENT there is none, -ENOTSUP no hierarchy is mounted, -ENAMETOOLONG
 */
int dq_cgroup_find(const char *path, char *dir, size_t len);

/** Numbers of a cgroup and all within, in order. To be freed. @return how many; negative errno */
int dq_cgroup_numbers(const char *dir, uint64_t **numbers);

/** Call fn for each process of a cgroup and all within. @return 0; negative errno: there is no such cgroup */
int dq_cgroup_processes(const char *dir, void (*fn)(pid_t pid, void *arg), void *arg);

#endif
