/* SPDX-License-Identifier: BSD-3-Clause */
/* What BPF can do for sockets: each is loaded, and gone with its descriptor. */
#include <errno.h>
#include <unistd.h>

#include <util/qs_bpf.h>

#include "probe.h"

static int meaning(int rc)
{
	if (rc < 0)
		return rc == -EINVAL || rc == -ENOSYS || rc == -EOPNOTSUPP ? -ENOENT : rc;
	close(rc);
	return 0;
}

int probe_sk_storage(void)
{
	return meaning(qs_bpf_sk_storage("qsock_check"));
}

int probe_cgroup_sock(void)
{
	static const struct bpf_insn code[] = {
		QS_BPF_CALL(BPF_FUNC_get_netns_cookie),
		QS_BPF_MOVE_NUMBER(BPF_REG_0, 1),
		QS_BPF_EXIT,
	};

	return meaning(qs_bpf_load(BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET_SOCK_CREATE, "qsock_check",
				   code, sizeof(code) / sizeof(code[0])));
}
