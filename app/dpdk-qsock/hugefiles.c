/* SPDX-License-Identifier: BSD-3-Clause */
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "hugefiles.h"

static bool in_hugepages(const char *path)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 && fs.f_type == HUGETLBFS_MAGIC;
}

/* Append a path, unless it is the last one: a file of several pages is mapped piece by piece. */
static char **add_path(char **files, size_t *count, const char *path)
{
	char **more;

	if (*count > 0 && strcmp(files[*count - 1], path) == 0)
		return files;
	more = reallocarray(files, *count + 2, sizeof(*more));
	if (more == NULL)
		return files;
	more[*count] = strdup(path);
	if (more[*count] != NULL)
		(*count)++;
	more[*count] = NULL;
	return more;
}

char **dq_hugefiles_find(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char **files = NULL, *line = NULL, *path;
	size_t room = 0, count = 0;

	while (maps != NULL && getline(&line, &room, maps) >= 0) {
		path = strchr(line, '/');
		if (path == NULL || strstr(path, "map_") == NULL)
			continue;
		path[strcspn(path, "\n")] = '\0';
		if (in_hugepages(path))
			files = add_path(files, &count, path);
	}
	free(line);
	if (maps != NULL)
		fclose(maps);
	return files;
}

void dq_hugefiles_remove(char **files)
{
	size_t i;

	for (i = 0; files != NULL && files[i] != NULL; i++) {
		unlink(files[i]);
		free(files[i]);
	}
	free(files);
}
