/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"

#define SAVED_MODE 0644 /* of a new file */

static int show_config(struct shell *sh, const struct shell_words *words)
{
	struct qs_config *cfg = dq_instance_config(sh->instance, QS_CONFIG_KINDS, NULL);
	int rc;

	if (cfg == NULL)
		return shell_complain(sh, "no memory");
	rc = qs_config_save(cfg, stdout);
	qs_config_free(cfg);
	return rc < 0 ? shell_complain(sh, "cannot be written: %s", strerror(-rc)) : 0;
}

static int show_keys(struct shell *sh, const struct shell_words *words)
{
	qs_config_print_keys(stdout);
	return 0;
}

/* Write all of it, and close the file. */
static int write_to(const struct qs_config *cfg, FILE *f)
{
	int rc = qs_config_save(cfg, f);

	if (rc == 0 && fsync(fileno(f)) < 0 && errno != EINVAL)
		rc = -errno;
	if (fclose(f) != 0 && rc == 0)
		rc = -errno;
	return rc;
}

/* A file of that name beside it, with the rights that it has; it is nobody else's. */
static FILE *open_beside(const char *path, mode_t mode, char *temporary, size_t len)
{
	int fd;
	FILE *f;

	if ((size_t)snprintf(temporary, len, "%s.XXXXXX", path) >= len) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return NULL;
	f = fchmod(fd, mode) == 0 ? fdopen(fd, "w") : NULL;
	if (f == NULL) {
		close(fd);
		unlink(temporary);
	}
	return f;
}

/* Into a file beside the old one, which goes when the new one is whole. */
static int replace(const struct qs_config *cfg, const char *path, mode_t mode)
{
	char temporary[PATH_MAX];
	FILE *f = open_beside(path, mode, temporary, sizeof(temporary));
	int rc;

	if (f == NULL)
		return -errno;
	rc = write_to(cfg, f);
	if (rc == 0 && rename(temporary, path) < 0)
		rc = -errno;
	if (rc < 0)
		unlink(temporary);
	return rc;
}

/* What is no file, such as /dev/stdout, is written to; a link stays one. */
static int save_to(const struct qs_config *cfg, const char *path)
{
	char real[PATH_MAX];
	struct stat st;
	FILE *f;

	if (stat(path, &st) < 0)
		return errno == ENOENT ? replace(cfg, path, SAVED_MODE) : -errno;
	if (S_ISREG(st.st_mode))
		return realpath(path, real) == NULL ? -errno : replace(cfg, real, st.st_mode & 07777);
	f = fopen(path, "we");
	return f == NULL ? -errno : write_to(cfg, f);
}

static int save_config(struct shell *sh, const struct shell_words *words)
{
	struct qs_config *cfg = dq_instance_config(sh->instance, QS_CONFIG_KINDS, NULL);
	const char *path = words->at[2];
	int rc;

	if (cfg == NULL)
		return shell_complain(sh, "no memory");
	fflush(stdout);
	rc = save_to(cfg, path);
	qs_config_free(cfg);
	return rc < 0 ? shell_complain(sh, "'%s' cannot be written: %s", path, strerror(-rc)) : 0;
}

const struct shell_command cmd_config[] = {
	{"show config", "what runs, as a file that can be loaded", show_config},
	{"show keys", "every key of a configuration, and what it may be", show_keys},
	{"save config FILE", "write what runs as a file for --config", save_config},
	{0},
};
