/* SPDX-License-Identifier: BSD-3-Clause */
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "eal/qs_fork.h"
#include "eal/qs_log.h"

#define FDS_MAX 512

/* Numbers plus one, so that 0 is none. */
static int fds[FDS_MAX];

/* Find a place that has one number, and give it another. @return whether there was one */
static bool place_swap(int from, int to)
{
	int i, expected;

	for (i = 0; i < FDS_MAX; i++) {
		expected = from;
		if (__atomic_compare_exchange_n(&fds[i], &expected, to, false, __ATOMIC_RELAXED,
						__ATOMIC_RELAXED))
			return true;
	}
	return false;
}

void qs_fork_close(int fd)
{
	if (fd < 0)
		return;
	/* A child of posix_spawn() and system() runs no handler. */
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	if (!place_swap(0, fd + 1))
		QS_LOG(WARNING, "descriptor %d stays open in children\n", fd);
}

void qs_fork_forget(int fd)
{
	if (fd >= 0)
		(void)place_swap(fd + 1, 0);
}

/* A line of /proc/self/maps: from-to perms offset device inode path. */
static void unmap_line(const char *line, uint64_t inode)
{
	uintptr_t from, to;
	uint64_t of;
	int path = -1;

	if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %*s %*s %*s %" SCNu64 " %n", &from, &to, &of, &path) <
		    3 ||
	    path < 0 || of != inode || strncmp(line + path, "socket:", 7) != 0)
		return;
	if (madvise((void *)from, to - from, MADV_DONTFORK) < 0)
		QS_LOG(WARNING, "the ring at %" PRIxPTR " stays mapped in children\n", from);
}

void qs_fork_unmap(int fd)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	struct stat st;
	char line[512];

	if (maps == NULL)
		return;
	while (fstat(fd, &st) == 0 && fgets(line, sizeof(line), maps) != NULL)
		unmap_line(line, st.st_ino);
	fclose(maps);
}

void qs_fork_in_child(void)
{
	int i;

	for (i = 0; i < FDS_MAX; i++) {
		if (fds[i] != 0)
			close(fds[i] - 1);
		fds[i] = 0;
	}
}
