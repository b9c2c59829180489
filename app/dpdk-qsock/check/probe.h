/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * What a kernel can do is tried, not read: in a child, in a network namespace of its own, so that nothing is
 * changed. Of another machine the answers are in a file "probes" at its root: lines NAME yes|no.
 */
#ifndef DQ_PROBE_H
#define DQ_PROBE_H

#include "check.h"

enum probe_answer {
	PROBE_UNKNOWN, /* this user may not try, or nobody did */
	PROBE_NO,
	PROBE_YES,
};

/** Ask for one: see the table in probe.c, and zerocopy.IF. */
enum probe_answer check_probe(const struct check *c, const char *name);

/** What a probe does. @return 0: the kernel has it; -ENOENT: it has not; another: it cannot be told */
typedef int (*probe_fn)(void);

/** Whether what is tried is tried in a namespace that goes with the child. */
bool probe_in_own_namespace(void);

/* probe_qdisc.c: on its lo */
int probe_htb(void);
int probe_tbf(void);
int probe_fq(void);
int probe_etf(void);
int probe_clsact(void);
int probe_cls_bpf(void);

/* probe_socket.c */
int probe_af_xdp(void);
int probe_need_wakeup(void);
int probe_busy_poll(void);
int probe_tx_budget(void);
int probe_txtime(void);
int probe_priority_cmsg(void);
int probe_udp_segment(void);
int probe_pidfd_getfd(void);

/* probe_bpf.c */
int probe_sk_storage(void);
int probe_cgroup_sock(void);

/* probe_netdev.c: of an interface, by its name */
int probe_zerocopy(const char *ifname);

#endif
