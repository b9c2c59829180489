/* SPDX-License-Identifier: BSD-3-Clause */
/* The kernel's modules: which are there, which could be, and which is made for a device. */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include <util/qs_sysfs.h>

#include "check.h"

/* The kernel takes - and _ in a module's name for the same. */
static bool same_name(const char *file, size_t len, const char *name)
{
	size_t i;

	if (len != strlen(name))
		return false;
	for (i = 0; i < len; i++) {
		if ((file[i] == '-' ? '_' : file[i]) != (name[i] == '-' ? '_' : name[i]))
			return false;
	}
	return true;
}

static FILE *open_list(const struct check *c, const char *list)
{
	char path[512], release[128];
	struct utsname name;

	if (qs_sysfs_read(c->root, release, sizeof(release), "/proc/sys/kernel/osrelease") <= 0) {
		uname(&name);
		snprintf(release, sizeof(release), "%s", name.release);
	}
	snprintf(path, sizeof(path), "%s/lib/modules/%s/%s", c->root, release, list);
	return fopen(path, "re");
}

/* Whether a list of modules' files has one: lines PATH/NAME.ko[.xz][: what it needs]. */
static bool listed(const struct check *c, const char *list, const char *name)
{
	FILE *f = open_list(c, list);
	char *line = NULL, *base;
	bool found = false;
	size_t room = 0;

	if (f == NULL)
		return false;
	while (!found && getline(&line, &room, f) >= 0) {
		line[strcspn(line, ":\n")] = '\0';
		base = strrchr(line, '/');
		base = base != NULL ? base + 1 : line;
		found = same_name(base, strcspn(base, "."), name);
	}
	free(line);
	fclose(f);
	return found;
}

bool check_module_there(const struct check *c, const char *name)
{
	char own[CHECK_NAME], *p;

	snprintf(own, sizeof(own), "%s", name);
	while ((p = strchr(own, '-')) != NULL)
		*p = '_';
	return check_there(c, "/sys/module/%s", own) || listed(c, "modules.builtin", name);
}

bool check_module_loadable(const struct check *c, const char *name)
{
	return listed(c, "modules.dep", name);
}

bool check_module_of(const struct check *c, const char *pci, char *name, size_t len)
{
	char alias[128], *line = NULL, *pattern, *module;
	bool found = false;
	size_t room = 0;
	FILE *f;

	if (qs_sysfs_read(c->root, alias, sizeof(alias), "/sys/bus/pci/devices/%s/modalias", pci) <= 0)
		return false;
	f = open_list(c, "modules.alias");
	if (f == NULL)
		return false;
	/* alias PATTERN MODULE */
	while (!found && getline(&line, &room, f) >= 0) {
		pattern = strchr(line, ' ');
		module = pattern != NULL ? strchr(pattern + 1, ' ') : NULL;
		if (module == NULL)
			continue;
		*module++ = '\0';
		module[strcspn(module, "\n")] = '\0';
		found = fnmatch(pattern + 1, alias, 0) == 0;
		if (found)
			snprintf(name, len, "%s", module);
	}
	free(line);
	fclose(f);
	return found;
}
