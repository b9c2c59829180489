/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"

static int show_config(struct shell *sh, const struct shell_words *words)
{
	struct qs_config *cfg = dq_instance_config(sh->instance, QS_CONFIG_KINDS, NULL);
	int rc;

	if (cfg == NULL)
		return shell_complain(sh, "no memory");
	rc = qs_config_save(cfg, stdout);
	qs_config_free(cfg);
	return rc;
}

static int show_keys(struct shell *sh, const struct shell_words *words)
{
	qs_config_print_keys(stdout);
	return 0;
}

/* Into a file beside the old one, which goes when the new one is whole. */
static int save_to(const struct qs_config *cfg, const char *path, const char *temporary)
{
	FILE *f = fopen(temporary, "we");
	int rc;

	if (f == NULL)
		return -errno;
	rc = qs_config_save(cfg, f);
	if (rc == 0 && fsync(fileno(f)) < 0 && errno != EINVAL)
		rc = -errno;
	if (fclose(f) != 0 && rc == 0)
		rc = -errno;
	if (rc == 0 && rename(temporary, path) < 0)
		rc = -errno;
	if (rc < 0)
		unlink(temporary);
	return rc;
}

static int save_config(struct shell *sh, const struct shell_words *words)
{
	struct qs_config *cfg = dq_instance_config(sh->instance, QS_CONFIG_KINDS, NULL);
	const char *path = words->at[2];
	char temporary[PATH_MAX];
	int rc = -ENAMETOOLONG;

	if (cfg == NULL)
		return shell_complain(sh, "no memory");
	if ((size_t)snprintf(temporary, sizeof(temporary), "%s.new", path) < sizeof(temporary))
		rc = save_to(cfg, path, temporary);
	qs_config_free(cfg);
	return rc < 0 ? shell_complain(sh, "'%s' cannot be written: %s", path, strerror(-rc)) : 0;
}

const struct shell_command cmd_config[] = {
	{"show config", "what runs, as a file that can be loaded", show_config},
	{"show keys", "every key of a configuration, and what it may be", show_keys},
	{"save config FILE", "write what runs as a file for --config", save_config},
	{0},
};
