/* SPDX-License-Identifier: BSD-3-Clause */
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <util/qs_sysfs.h>

#include "check.h"

#define LOCKED_WANTED_MIB 256

static const struct {
	const char *name;
	unsigned int bit;
	unsigned int instead; /* another that includes it, or itself */
	unsigned int needed_by;
	const char *use;
} rights[] = {
	{"CAP_NET_ADMIN", CAP_NET_ADMIN, CAP_NET_ADMIN, CHECK_FOR_ALL,
	 "twins, addresses, queueing disciplines"},
	{"CAP_NET_RAW", CAP_NET_RAW, CAP_NET_RAW, CHECK_FOR(CHECK_AF_XDP), "AF_XDP sockets"},
	{"CAP_BPF", CAP_BPF, CAP_SYS_ADMIN, CHECK_FOR_NONE, "XDP programs, classes by socket"},
	{"CAP_SYS_ADMIN", CAP_SYS_ADMIN, CAP_SYS_ADMIN, CHECK_FOR_NONE,
	 "physical addresses, for uio: as root"},
	{"CAP_IPC_LOCK", CAP_IPC_LOCK, CAP_IPC_LOCK, CHECK_FOR_NONE, "memory that devices read"},
};

#define N_RIGHTS (sizeof(rights) / sizeof(rights[0]))

static uint64_t effective(const struct check *c)
{
	char text[8192];
	const char *at;

	if (qs_sysfs_read(c->root, text, sizeof(text), "/proc/self/status") < 0)
		return 0;
	at = strstr(text, "CapEff:");
	return at != NULL ? strtoull(at + 7, NULL, 16) : 0;
}

static void program_path(const struct check *c, char *path, size_t len)
{
	ssize_t n = c->live ? readlink("/proc/self/exe", path, len - 1) : -1;

	if (n < 0)
		snprintf(path, len, "/usr/local/bin/dpdk-qsock");
	else
		path[n] = '\0';
}

/* @return bytes; -1: no limit */
static long long locked_limit(const struct check *c)
{
	char text[4096];
	const char *at;

	if (qs_sysfs_read(c->root, text, sizeof(text), "/proc/self/limits") < 0)
		return 0;
	at = strstr(text, "Max locked memory");
	if (at == NULL)
		return 0;
	at += strlen("Max locked memory");
	at += strspn(at, " ");
	return strncmp(at, "unlimited", 9) == 0 ? -1 : strtoll(at, NULL, 10);
}

static void check_locked(struct check *c, bool may_lock, const char *mend)
{
	long long bytes = locked_limit(c);

	if (bytes < 0)
		check_line(c, CHECK_OK, CHECK_FOR_NONE, "locked memory", NULL, "no limit");
	else if (may_lock || bytes >= LOCKED_WANTED_MIB * 1048576ll)
		check_line(c, CHECK_OK, CHECK_FOR_NONE, "locked memory", NULL, "%lld MiB%s", bytes / 1048576,
			   may_lock ? ", which CAP_IPC_LOCK passes by" : "");
	else
		check_line(c, CHECK_MISSING, CHECK_FOR(CHECK_ETHDEV) | CHECK_FOR(CHECK_AF_XDP),
			   "locked memory", mend, "%lld MiB: vfio and AF_XDP want %d", bytes / 1048576,
			   LOCKED_WANTED_MIB);
}

void check_privileges(struct check *c)
{
	const uint64_t caps = effective(c);
	char path[CHECK_TEXT / 2], mend[CHECK_TEXT];
	unsigned int i;
	bool has;

	program_path(c, path, sizeof(path));
	snprintf(mend, sizeof(mend), "setcap cap_net_admin,cap_net_raw,cap_bpf,cap_ipc_lock=ep %s", path);
	for (i = 0; i < N_RIGHTS; i++) {
		has = caps & (UINT64_C(1) << rights[i].bit | UINT64_C(1) << rights[i].instead);
		check_line(c,
			   has			      ? CHECK_OK
			   : rights[i].needed_by != 0 ? CHECK_MISSING
						      : CHECK_WARNING,
			   has ? CHECK_FOR_NONE : rights[i].needed_by, rights[i].name,
			   has || rights[i].bit == CAP_SYS_ADMIN ? NULL : mend, "%s", rights[i].use);
	}
	check_locked(c, caps & UINT64_C(1) << CAP_IPC_LOCK, mend);
}
