/* SPDX-License-Identifier: BSD-3-Clause */
/* The files of a machine that is not there, under a folder of their own. */
#ifndef FAKE_TREE_H
#define FAKE_TREE_H

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char fake_root[64];

static void fake_begin(void)
{
	snprintf(fake_root, sizeof(fake_root), "/tmp/qsock-fake-XXXXXX");
	assert_non_null(mkdtemp(fake_root));
}

static void fake_end(void)
{
	char command[96];

	assert_true(strncmp(fake_root, "/tmp/qsock-fake-", 16) == 0);
	snprintf(command, sizeof(command), "rm -rf '%s'", fake_root);
	assert_int_equal(system(command), 0);
}

/* The path of a file in it, its folders made. */
static const char *fake_path(const char *path)
{
	static char full[512];
	char *slash;

	snprintf(full, sizeof(full), "%s%s", fake_root, path);
	for (slash = strchr(full + strlen(fake_root) + 1, '/'); slash != NULL;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		assert_true(mkdir(full, 0755) == 0 || errno == EEXIST);
		*slash = '/';
	}
	return full;
}

static void fake_file(const char *path, const char *text)
{
	FILE *f = fopen(fake_path(path), "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

/* @param to relative to where the link is */
static inline void fake_link(const char *path, const char *to)
{
	const char *full = fake_path(path);

	unlink(full);
	assert_int_equal(symlink(to, full), 0);
}

/* Two nodes of four CPUs each, 21 apart. */
static void fake_two_nodes(void)
{
	fake_file("/sys/devices/system/node/online", "0-1\n");
	fake_file("/sys/devices/system/node/node0/cpulist", "0-3\n");
	fake_file("/sys/devices/system/node/node1/cpulist", "4-7\n");
	fake_file("/sys/devices/system/node/node0/distance", "10 21\n");
	fake_file("/sys/devices/system/node/node1/distance", "21 10\n");
}

#endif
