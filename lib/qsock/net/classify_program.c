/* SPDX-License-Identifier: BSD-3-Clause */
/* The classifier as the kernel runs it: a dozen instructions, and a map from a socket to its class. */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <linux/pkt_cls.h>

#include <rte_errno.h>

#include "eal/qs_log.h"
#include "net/qs_classify_priv.h"
#include "util/qs_bpf.h"

/* What a kernel says that has no such thing. */
static int refused(const char *what, int rc)
{
	const bool unknown =
		rc == -EINVAL || rc == -ENOSYS || rc == -ENOTSUP || rc == -EOPNOTSUPP || rc == -E2BIG;

	return qs_fail(rc == -EPERM || rc == -ENOMEM ? -rc
		       : unknown		     ? EOPNOTSUPP
						     : EIO,
		       "classify: %s: %s", what, strerror(-rc));
}

static int program_load(int map_fd)
{
	/* TC_ACT_UNSPEC: other filters are asked, too. */
	const struct bpf_insn code[] = {
		QS_BPF_MOVE(BPF_REG_6, BPF_REG_1),
		QS_BPF_LOAD_LONG(BPF_REG_1, BPF_REG_6, offsetof(struct __sk_buff, sk)),
		QS_BPF_JUMP_IF_NUMBER(BPF_REG_1, 0, 12),
		QS_BPF_CALL(BPF_FUNC_sk_fullsock),
		QS_BPF_JUMP_IF_NUMBER(BPF_REG_0, 0, 10),
		QS_BPF_MOVE_MAP(BPF_REG_1, map_fd),
		QS_BPF_MOVE(BPF_REG_2, BPF_REG_0),
		QS_BPF_MOVE_NUMBER(BPF_REG_3, 0),
		QS_BPF_MOVE_NUMBER(BPF_REG_4, 0),
		QS_BPF_CALL(BPF_FUNC_sk_storage_get),
		QS_BPF_JUMP_IF_NUMBER(BPF_REG_0, 0, 3),
		QS_BPF_LOAD_WORD(BPF_REG_1, BPF_REG_0, 0),
		QS_BPF_JUMP_IF_NUMBER(BPF_REG_1, 0, 1),
		QS_BPF_STORE_WORD(BPF_REG_6, offsetof(struct __sk_buff, priority), BPF_REG_1),
		QS_BPF_MOVE_NUMBER(BPF_REG_0, TC_ACT_UNSPEC),
		QS_BPF_EXIT,
	};
	int rc = qs_bpf_load(BPF_PROG_TYPE_SCHED_CLS, 0, "qsock_class", code, sizeof(code) / sizeof(code[0]));

	return rc < 0 ? refused("the program", rc) : rc;
}

static int id_read(int program_fd, uint32_t *id)
{
	struct bpf_prog_info info = {0};
	union bpf_attr attr = {.info = {.bpf_fd = (uint32_t)program_fd,
					.info_len = sizeof(info),
					.info = (uint64_t)(uintptr_t)&info}};
	int rc = qs_bpf(BPF_OBJ_GET_INFO_BY_FD, &attr);

	*id = info.id;
	return rc < 0 ? refused("the program's number", rc) : 0;
}

int qs_classify_program(struct qs_classify *c)
{
	int program;

	c->map_fd = qs_bpf_sk_storage("qsock_class");
	if (c->map_fd < 0)
		return refused("a map of sockets (BTF, SK_STORAGE)", c->map_fd);
	program = program_load(c->map_fd);
	if (program >= 0 && id_read(program, &c->program_id) < 0) {
		close(program);
		return -1;
	}
	return program;
}

int qs_classify_set(const struct qs_classify *c, int fd, uint32_t class)
{
	union bpf_attr attr = {.map_fd = (uint32_t)c->map_fd, .key = (uint64_t)(uintptr_t)&fd};
	int rc;

	if (class == 0) {
		rc = qs_bpf(BPF_MAP_DELETE_ELEM, &attr);
		return rc == -ENOENT ? 0 : rc; /* it had none */
	}
	attr.value = (uint64_t)(uintptr_t) & class;
	return qs_bpf(BPF_MAP_UPDATE_ELEM, &attr);
}
