/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <net/qs_state_file.h>
#include <util/qs_bpf.h>

#include "born.h"

static int program(uint32_t priority)
{
	const uint64_t netns = qs_ifid_read("lo").netns;
	/* A UDP or TCP socket, of our namespace: no other has our classes. */
	const struct bpf_insn code[] = {
		QS_BPF_MOVE(BPF_REG_6, BPF_REG_1),
		QS_BPF_LOAD_WORD(BPF_REG_2, BPF_REG_6, offsetof(struct bpf_sock, protocol)),
		QS_BPF_JUMP_IF_NUMBER(BPF_REG_2, IPPROTO_UDP, 1),
		QS_BPF_JUMP_UNLESS_NUMBER(BPF_REG_2, IPPROTO_TCP, 7),
		QS_BPF_MOVE(BPF_REG_1, BPF_REG_6),
		QS_BPF_CALL(BPF_FUNC_get_netns_cookie),
		QS_BPF_MOVE_LONG(BPF_REG_2, netns),
		QS_BPF_JUMP_UNLESS(BPF_REG_0, BPF_REG_2, 2),
		QS_BPF_MOVE_NUMBER(BPF_REG_2, priority),
		QS_BPF_STORE_WORD(BPF_REG_6, offsetof(struct bpf_sock, priority), BPF_REG_2),
		QS_BPF_MOVE_NUMBER(BPF_REG_0, 1), /* it may be made */
		QS_BPF_EXIT,
	};

	/* The helper is older than the option. */
	if (netns == 0)
		return -ENOSYS;
	return qs_bpf_load(BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET_SOCK_CREATE, "qsock_born", code,
			   sizeof(code) / sizeof(code[0]));
}

int dq_born_attach(const char *dir, uint32_t priority)
{
	union bpf_attr attr = {.link_create.attach_type = BPF_CGROUP_INET_SOCK_CREATE};
	int group = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), code, rc;

	if (group < 0)
		return -errno;
	code = program(priority);
	rc = code;
	if (code >= 0) {
		attr.link_create.prog_fd = (uint32_t)code;
		attr.link_create.target_fd = (uint32_t)group;
		rc = qs_bpf(BPF_LINK_CREATE, &attr);
		close(code);
	}
	close(group);
	return rc;
}

bool dq_born_holds(int fd)
{
	struct bpf_link_info info = {0};
	union bpf_attr attr = {.info = {.bpf_fd = (uint32_t)fd,
					.info_len = sizeof(info),
					.info = (uint64_t)(uintptr_t)&info}};

	return qs_bpf(BPF_OBJ_GET_INFO_BY_FD, &attr) >= 0 && info.cgroup.cgroup_id != 0;
}
