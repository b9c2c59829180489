/* SPDX-License-Identifier: BSD-3-Clause */
/* Folders and links under the root; qs_sysfs.h has what is in files. */
#include <dirent.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

bool check_there(const struct check *c, const char *fmt, ...)
{
	char path[PATH_MAX];
	size_t used = (size_t)snprintf(path, sizeof(path), "%s", c->root);
	struct stat st;
	va_list args;

	va_start(args, fmt);
	vsnprintf(path + used, sizeof(path) - used, fmt, args);
	va_end(args);
	return stat(path, &st) == 0;
}

bool check_link(const struct check *c, char *base, size_t len, const char *fmt, ...)
{
	char path[PATH_MAX], to[PATH_MAX], *slash;
	size_t used = (size_t)snprintf(path, sizeof(path), "%s", c->root);
	va_list args;
	ssize_t n;

	va_start(args, fmt);
	vsnprintf(path + used, sizeof(path) - used, fmt, args);
	va_end(args);
	n = readlink(path, to, sizeof(to) - 1);
	if (n < 0)
		return false;
	to[n] = '\0';
	slash = strrchr(to, '/');
	snprintf(base, len, "%s", slash != NULL ? slash + 1 : to);
	return true;
}

unsigned int check_each(struct check *c, const char *folder, void (*take)(struct check *c, const char *name))
{
	char path[PATH_MAX];
	unsigned int taken = 0;
	struct dirent **names;
	int n, i;

	snprintf(path, sizeof(path), "%s%s", c->root, folder);
	n = scandir(path, &names, NULL, versionsort);
	for (i = 0; i < n; i++) {
		if (names[i]->d_name[0] != '.') {
			taken++;
			if (take != NULL)
				take(c, names[i]->d_name);
		}
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	return taken;
}
