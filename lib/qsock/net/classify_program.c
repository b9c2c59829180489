/* SPDX-License-Identifier: BSD-3-Clause */
/* The classifier as the kernel runs it: a map from a socket to its class, and a dozen instructions. */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <linux/btf.h>
#include <linux/pkt_cls.h>

#include <rte_errno.h>

#include "eal/qs_log.h"
#include "net/qs_bpf.h"
#include "net/qs_classify_priv.h"

/* The map's key and value have types: both are int, which is all there is. */
static const struct {
	struct btf_header head;
	struct btf_type type;
	uint32_t integer;
	char names[5];
} types = {
	.head = {.magic = BTF_MAGIC,
		 .version = BTF_VERSION,
		 .hdr_len = sizeof(struct btf_header),
		 .type_len = sizeof(struct btf_type) + sizeof(uint32_t),
		 .str_off = sizeof(struct btf_type) + sizeof(uint32_t),
		 .str_len = sizeof("\0int")},
	.type = {.name_off = 1, .info = BTF_KIND_INT << 24, .size = sizeof(int)},
	.integer = BTF_INT_SIGNED << 24 | 8 * sizeof(int),
	.names = "\0int",
};

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

static int map_make(void)
{
	union bpf_attr load = {
		.btf = (uint64_t)(uintptr_t)&types,
		.btf_size = offsetof(typeof(types), names) + sizeof(types.names),
	};
	union bpf_attr make = {
		.map_type = BPF_MAP_TYPE_SK_STORAGE,
		.key_size = sizeof(int),
		.value_size = sizeof(uint32_t),
		.map_flags = BPF_F_NO_PREALLOC,
		.map_name = "qsock_class",
		.btf_key_type_id = 1,
		.btf_value_type_id = 1,
	};
	int btf = qs_bpf(BPF_BTF_LOAD, &load), map;

	if (btf < 0)
		return refused("BTF", btf);
	make.btf_fd = (uint32_t)btf;
	map = qs_bpf(BPF_MAP_CREATE, &make);
	close(btf);
	return map < 0 ? refused("SK_STORAGE", map) : map;
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
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SCHED_CLS,
		.insns = (uint64_t)(uintptr_t)code,
		.insn_cnt = sizeof(code) / sizeof(code[0]),
		.license = (uint64_t)(uintptr_t) "Dual BSD/GPL",
		.prog_name = "qsock_class",
	};
	int rc = qs_bpf(BPF_PROG_LOAD, &attr);

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

	c->map_fd = map_make();
	if (c->map_fd < 0)
		return -1;
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
