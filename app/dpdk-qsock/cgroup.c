/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fts.h>
#include <limits.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>

#include <linux/magic.h>

#include "cgroup.h"

static int find_root(char *root, size_t len)
{
	FILE *f = setmntent("/proc/self/mounts", "r");
	struct mntent *m;
	int rc = -ENOTSUP;

	if (f == NULL)
		return -ENOTSUP;
	while (rc != 0 && (m = getmntent(f)) != NULL)
		if (strcmp(m->mnt_type, "cgroup2") == 0)
			rc = (size_t)snprintf(root, len, "%s", m->mnt_dir) < len ? 0 : -ENAMETOOLONG;
	endmntent(f);
	return rc;
}

static int is_cgroup(const char *dir)
{
	struct statfs fs;

	if (statfs(dir, &fs) < 0)
		return -ENOENT;
	return fs.f_type == CGROUP2_SUPER_MAGIC ? 0 : -ENOENT;
}

int dq_cgroup_find(const char *path, char *dir, size_t len)
{
	char root[256];
	int rc;

	if (path[0] == '/' && is_cgroup(path) == 0)
		return (size_t)snprintf(dir, len, "%s", path) < len ? 0 : -ENAMETOOLONG;
	rc = find_root(root, sizeof(root));
	if (rc < 0)
		return rc;
	if ((size_t)snprintf(dir, len, "%s/%s", root, path + strspn(path, "/")) >= len)
		return -ENAMETOOLONG;
	return is_cgroup(dir);
}

static FTS *walk(const char *dir)
{
	char *const paths[] = {(char *)(uintptr_t)dir, NULL};

	return fts_open(paths, FTS_PHYSICAL | FTS_XDEV | FTS_NOCHDIR, NULL);
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static int collect(FTS *fts, uint64_t **numbers)
{
	uint64_t *more;
	int n = 0, room = 0;
	FTSENT *ent;

	while ((ent = fts_read(fts)) != NULL) {
		if (ent->fts_info != FTS_D)
			continue;
		if (n == room) {
			room = room == 0 ? 16 : 2 * room;
			more = realloc(*numbers, (size_t)room * sizeof(**numbers));
			if (more == NULL)
				return -ENOMEM;
			*numbers = more;
		}
		(*numbers)[n++] = ent->fts_ino;
	}
	qsort(*numbers, (size_t)n, sizeof(**numbers), compare);
	return n;
}

int dq_cgroup_numbers(const char *dir, uint64_t **numbers)
{
	FTS *fts = walk(dir);
	int n;

	*numbers = NULL;
	if (fts == NULL)
		return -errno;
	n = collect(fts, numbers);
	fts_close(fts);
	return n;
}

int dq_cgroup_processes(const char *dir, void (*fn)(pid_t pid, void *arg), void *arg)
{
	FTS *fts = walk(dir);
	char path[PATH_MAX];
	FTSENT *ent;
	FILE *f;
	int pid;

	if (fts == NULL)
		return -errno;
	while ((ent = fts_read(fts)) != NULL) {
		if (ent->fts_info != FTS_D ||
		    (size_t)snprintf(path, sizeof(path), "%s/cgroup.procs", ent->fts_path) >= sizeof(path))
			continue;
		f = fopen(path, "re");
		while (f != NULL && fscanf(f, "%d", &pid) == 1)
			fn(pid, arg);
		if (f != NULL)
			fclose(f);
	}
	fts_close(fts);
	return 0;
}
