/* SPDX-License-Identifier: BSD-3-Clause */
#include <dirent.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "eal/qs_fork.h"
#include "bsd/qs_xsk.h"

static bool is_xsk(int fd)
{
	int domain = 0;
	socklen_t len = sizeof(domain);

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 && domain == AF_XDP;
}

void qs_xsk_list(struct qs_xsk *xsk)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;

	xsk->count = 0;
	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL && xsk->count < QS_XSK_MAX) {
		int fd = entry->d_name[0] == '.' ? -1 : atoi(entry->d_name);

		if (fd >= 0 && is_xsk(fd))
			xsk->fd[xsk->count++] = fd;
	}
	closedir(dir);
}

static bool has(const struct qs_xsk *xsk, int fd)
{
	int i;

	for (i = 0; i < xsk->count && xsk->fd[i] != fd; i++)
		continue;
	return i < xsk->count;
}

void qs_xsk_subtract(struct qs_xsk *xsk, const struct qs_xsk *before)
{
	int i, n = 0;

	for (i = 0; i < xsk->count; i++) {
		if (!has(before, xsk->fd[i]))
			xsk->fd[n++] = xsk->fd[i];
	}
	xsk->count = n;
}

void qs_xsk_own(const struct qs_xsk *xsk)
{
	int i;

	for (i = 0; i < xsk->count; i++) {
		qs_fork_close(xsk->fd[i]);
		qs_fork_unmap(xsk->fd[i]);
	}
}

void qs_xsk_disown(const struct qs_xsk *xsk)
{
	int i;

	for (i = 0; i < xsk->count; i++)
		qs_fork_forget(xsk->fd[i]);
}

void qs_xsk_close(const struct qs_xsk *xsk)
{
	int i;

	for (i = 0; i < xsk->count; i++) {
		if (is_xsk(xsk->fd[i]))
			close(xsk->fd[i]);
	}
}

void qs_xsk_close_new(const struct qs_xsk *before)
{
	struct qs_xsk xsk;

	qs_xsk_list(&xsk);
	qs_xsk_subtract(&xsk, before);
	qs_xsk_close(&xsk);
}
