/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <util/qs_sysfs.h>

#include "probe.h"

#define TIMEOUT_S 10

static const struct {
	const char *name;
	probe_fn try;
} probes[] = {
	{"qdisc.htb", probe_htb},
	{"qdisc.tbf", probe_tbf},
	{"qdisc.fq", probe_fq},
	{"qdisc.etf", probe_etf},
	{"qdisc.clsact", probe_clsact},
	{"cls.bpf", probe_cls_bpf},
	{"af_xdp", probe_af_xdp},
	{"xsk.need_wakeup", probe_need_wakeup},
	{"xsk.busy_poll", probe_busy_poll},
	{"xsk.tx_budget", probe_tx_budget},
	{"so_txtime", probe_txtime},
	{"cmsg.so_priority", probe_priority_cmsg},
	{"udp_segment", probe_udp_segment},
	{"pidfd_getfd", probe_pidfd_getfd},
	{"bpf.sk_storage", probe_sk_storage},
	{"bpf.cgroup_sock", probe_cgroup_sock},
};

#define N_PROBES (sizeof(probes) / sizeof(probes[0]))

static enum probe_answer answers[N_PROBES];
static bool asked, own_namespace;

bool probe_in_own_namespace(void)
{
	return own_namespace;
}

static enum probe_answer answer_of(int rc)
{
	return rc == 0 ? PROBE_YES : rc == -ENOENT ? PROBE_NO : PROBE_UNKNOWN;
}

/* The child: whatever it changes goes with its namespace. */
static void try_all(int fd)
{
	enum probe_answer got[N_PROBES];
	unsigned int i;

	alarm(TIMEOUT_S);
	/* A user's namespace needs no privilege, where the system allows it. */
	own_namespace = unshare(CLONE_NEWNET) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
	for (i = 0; i < N_PROBES; i++)
		got[i] = answer_of(probes[i].try());
	_exit(write(fd, got, sizeof(got)) == sizeof(got) ? 0 : 1);
}

static void ask_all(void)
{
	int pipes[2];
	pid_t pid;

	asked = true;
	if (pipe(pipes) < 0)
		return;
	pid = fork();
	if (pid == 0)
		try_all(pipes[1]);
	close(pipes[1]);
	if (pid > 0) {
		if (read(pipes[0], answers, sizeof(answers)) != sizeof(answers))
			memset(answers, 0, sizeof(answers));
		waitpid(pid, NULL, 0);
	}
	close(pipes[0]);
}

/* What the file says. */
static enum probe_answer told(const struct check *c, const char *name)
{
	char text[4096], *line, *rest = text;
	size_t len = strlen(name);

	qs_sysfs_read(c->root, text, sizeof(text), "/probes");
	while ((line = strsep(&rest, "\n")) != NULL) {
		if (strncmp(line, name, len) != 0 || line[len] != ' ')
			continue;
		return strcmp(line + len + 1, "yes") == 0  ? PROBE_YES
		       : strcmp(line + len + 1, "no") == 0 ? PROBE_NO
							   : PROBE_UNKNOWN;
	}
	return PROBE_UNKNOWN;
}

enum probe_answer check_probe(const struct check *c, const char *name)
{
	unsigned int i;

	if (!c->live)
		return told(c, name);
	if (strncmp(name, "zerocopy.", 9) == 0)
		return answer_of(probe_zerocopy(name + 9));
	if (!asked)
		ask_all();
	for (i = 0; i < N_PROBES; i++) {
		if (strcmp(probes[i].name, name) == 0)
			return answers[i];
	}
	return PROBE_UNKNOWN;
}
