/* SPDX-License-Identifier: BSD-3-Clause */
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_eal.h>

#include "eal/qs_eal_files.h"

static pid_t owner;

/* Whoever has memory of ours mapped holds a lock on each of these. */
static bool is_shared(const char *name)
{
	return strncmp(name, "fbarray_memseg", strlen("fbarray_memseg")) == 0;
}

static bool remove_unlocked(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	bool unlocked = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0;

	if (unlocked)
		unlinkat(dir, name, 0);
	if (fd >= 0)
		close(fd);
	return unlocked;
}

/* @return whether no other process lives that has them */
static bool remove_shared(DIR *dir)
{
	const struct dirent *entry;
	bool all = true;

	while ((entry = readdir(dir)) != NULL) {
		if (is_shared(entry->d_name))
			all = remove_unlocked(dirfd(dir), entry->d_name) && all;
	}
	return all;
}

/* @return the file whose lock makes a process the primary one of its prefix, locked; -1: another one's, or
 * none */
static int config_lock(int dir)
{
	int fd = openat(dir, "config", O_RDWR | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 || lockf(fd, F_TLOCK, 0) == 0)
		return fd;
	close(fd);
	return -1;
}

/* As EAL does when it looks for what a dead process left: under the directory's lock. */
static void remove_files(DIR *dir)
{
	static const char *const own[] = {"mp_socket", "fbarray_memzone", "fbarray_nohugemem",
					  "hugepage_info",
					  "config" /* the last: nobody starts with the others */};
	int config = config_lock(dirfd(dir));

	if (config < 0)
		return; /* with --no-shconf and --in-memory there is none, nor anything else */
	if (flock(dirfd(dir), LOCK_EX) == 0 && remove_shared(dir)) {
		for (size_t i = 0; i < RTE_DIM(own); i++)
			unlinkat(dirfd(dir), own[i], 0);
	}
	close(config);
}

static void at_exit(void)
{
	const char *path = rte_eal_get_runtime_dir();
	DIR *dir;

	if (getpid() != owner || path[0] == '\0' || rte_eal_process_type() != RTE_PROC_PRIMARY)
		return;
	dir = opendir(path);
	if (dir == NULL)
		return;
	remove_files(dir);
	closedir(dir);
	rmdir(path); /* unless something is in it */
}

void qs_eal_files_end(void)
{
	if (owner == 0 && atexit(at_exit) == 0)
		owner = getpid();
}
