/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/btf.h>

#include "util/qs_bpf.h"

int qs_bpf(enum bpf_cmd cmd, union bpf_attr *attr)
{
	int rc = (int)syscall(SYS_bpf, cmd, attr, sizeof(*attr));

	return rc < 0 ? -errno : rc;
}

int qs_bpf_load(enum bpf_prog_type type, enum bpf_attach_type attach_type, const char *name,
		const struct bpf_insn *code, size_t n)
{
	union bpf_attr attr = {
		.prog_type = type,
		.expected_attach_type = attach_type,
		.insns = (uint64_t)(uintptr_t)code,
		.insn_cnt = (uint32_t)n,
		.license = (uint64_t)(uintptr_t) "Dual BSD/GPL",
	};

	memcpy(attr.prog_name, name, strnlen(name, sizeof(attr.prog_name) - 1));
	return qs_bpf(BPF_PROG_LOAD, &attr);
}

/* Key and value are both int, which is all there is. */
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

int qs_bpf_sk_storage(const char *name)
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
		.btf_key_type_id = 1,
		.btf_value_type_id = 1,
	};
	int btf = qs_bpf(BPF_BTF_LOAD, &load), map;

	if (btf < 0)
		return btf;
	make.btf_fd = (uint32_t)btf;
	memcpy(make.map_name, name, strnlen(name, sizeof(make.map_name) - 1));
	map = qs_bpf(BPF_MAP_CREATE, &make);
	close(btf);
	return map;
}
