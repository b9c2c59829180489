/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * BPF programs of a few instructions, written as such: no compiler of them and no library is needed.
 */
#ifndef QS_BPF_H
#define QS_BPF_H

#include <stddef.h>
#include <stdint.h>

#include <linux/bpf.h>

#ifdef __cplusplus
extern "C" {
#endif

/** bpf(2). @return what it returns; negative errno. [any] */
int qs_bpf(enum bpf_cmd cmd, union bpf_attr *attr);

/**
 * Load a program. [any]
 * @param attach_type where it will be attached, of kinds that are told so; else 0
 * @param name at most 15 characters
 * @return a descriptor; negative errno
 */
int qs_bpf_load(enum bpf_prog_type type, enum bpf_attach_type attach_type, const char *name,
		const struct bpf_insn *code, size_t n);

/** Make a map from a socket to a number (SK_STORAGE), whose types the kernel wants to know (BTF). [any]
 * @return a descriptor; negative errno */
int qs_bpf_sk_storage(const char *name);

/* Instructions, by what they do. Jumps say how many are left out. */
#define QS_BPF_MOVE(to, from)                                                                                \
	{                                                                                                    \
		.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = (to), .src_reg = (from)                      \
	}
#define QS_BPF_MOVE_NUMBER(to, number)                                                                       \
	{                                                                                                    \
		.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = (to), .imm = (int32_t)(number)               \
	}
#define QS_BPF_MOVE_LONG(to, number)                                                                         \
	{.code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = (to), .imm = (int32_t)(uint32_t)(number)},            \
	{                                                                                                    \
		.imm = (int32_t)((number) >> 32)                                                             \
	}
#define QS_BPF_MOVE_MAP(to, fd)                                                                              \
	{.code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = (to), .src_reg = BPF_PSEUDO_MAP_FD, .imm = (fd)},     \
	{                                                                                                    \
		.imm = 0                                                                                     \
	}
#define QS_BPF_LOAD_LONG(to, from, offset)                                                                   \
	{                                                                                                    \
		.code = BPF_LDX | BPF_MEM | BPF_DW, .dst_reg = (to), .src_reg = (from),                      \
		.off = (int16_t)(offset)                                                                     \
	}
#define QS_BPF_LOAD_WORD(to, from, offset)                                                                   \
	{                                                                                                    \
		.code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = (to), .src_reg = (from),                       \
		.off = (int16_t)(offset)                                                                     \
	}
#define QS_BPF_STORE_WORD(to, offset, from)                                                                  \
	{                                                                                                    \
		.code = BPF_STX | BPF_MEM | BPF_W, .dst_reg = (to), .src_reg = (from),                       \
		.off = (int16_t)(offset)                                                                     \
	}
#define QS_BPF_JUMP_IF_NUMBER(reg, number, over)                                                             \
	{                                                                                                    \
		.code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = (reg), .imm = (int32_t)(number), .off = (over) \
	}
#define QS_BPF_JUMP_UNLESS_NUMBER(reg, number, over)                                                         \
	{                                                                                                    \
		.code = BPF_JMP | BPF_JNE | BPF_K, .dst_reg = (reg), .imm = (int32_t)(number), .off = (over) \
	}
#define QS_BPF_JUMP_UNLESS(reg, other, over)                                                                 \
	{                                                                                                    \
		.code = BPF_JMP | BPF_JNE | BPF_X, .dst_reg = (reg), .src_reg = (other), .off = (over)       \
	}
#define QS_BPF_CALL(helper)                                                                                  \
	{                                                                                                    \
		.code = BPF_JMP | BPF_CALL, .imm = (helper)                                                  \
	}
#define QS_BPF_EXIT                                                                                          \
	{                                                                                                    \
		.code = BPF_JMP | BPF_EXIT                                                                   \
	}

#ifdef __cplusplus
}
#endif
#endif
