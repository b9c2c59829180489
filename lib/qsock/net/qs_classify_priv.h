/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * What a classifier by BPF is made of.
 */
#ifndef QS_CLASSIFY_PRIV_H
#define QS_CLASSIFY_PRIV_H

#include <limits.h>
#include <stdbool.h>

#include "net/qs_classify.h"
#include "net/qs_qdisc_priv.h"

#ifdef __cplusplus
extern "C" {
#endif

#define QS_CLSACT_HANDLE QS_QDISC_MAJOR /**< of our filter */

/** Our filter at an interface's clsact. */
struct qs_clsact {
	struct nl_sock *sk;
	int ifindex;
	uint32_t prio; /**< in which order filters are asked */
	bool made;     /**< the qdisc is ours, too */
};

struct qs_classify {
	struct qs_state_head head;
	char path[PATH_MAX];
	struct qs_clsact at;
	int map_fd;
	uint32_t program_id;
	bool told; /* that it is gone */
};

/** Map and program. @return the program's descriptor; -1: EOPNOTSUPP, EPERM, ENOMEM, EIO. [ctl] */
int qs_classify_program(struct qs_classify *c);

/** See what is at the hook: choose our place. [ctl] @return 0; -1: as qs_tc_send() */
int qs_clsact_look(struct qs_clsact *at);

/** Put our filter there. [ctl] @return 0; -1: as qs_tc_send(), EOPNOTSUPP the kernel has no clsact or no
 * cls_bpf */
int qs_clsact_add(struct qs_clsact *at, int program_fd);

/** Remove our filter, if it is there with our program, and the qdisc if that is ours and nobody else uses it. [ctl]
 * @return 0; -1: as qs_tc_send() */
int qs_clsact_remove(struct qs_clsact *at, uint32_t program_id);

/** The program of our filter. [ctl] @return 0; -1: ESTALE it is not there, or as qs_tc_send() */
int qs_clsact_program(struct qs_clsact *at, uint32_t *id);

#ifdef __cplusplus
}
#endif
#endif
