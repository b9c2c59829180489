/* SPDX-License-Identifier: BSD-3-Clause */
/* Our filter at an interface's clsact: beside those of others, which stay. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include <netlink/attr.h>

#include <rte_errno.h>

#include "eal/qs_log.h"
#include "net/qs_classify_priv.h"

#define NAME "qsock"
#define FIRST 1u /* a filter that ends the search is not to hide ours */
#define EGRESS TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS)
#define INGRESS TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS)

static bool is_ours(const struct tcmsg *tcm, struct nlattr **attrs, struct nlattr **bpf)
{
	return tcm->tcm_handle == QS_CLSACT_HANDLE && attrs[TCA_KIND] != NULL && attrs[TCA_OPTIONS] != NULL &&
	       nla_strcmp(attrs[TCA_KIND], "bpf") == 0 &&
	       nla_parse_nested(bpf, TCA_BPF_MAX, attrs[TCA_OPTIONS], NULL) == 0 &&
	       bpf[TCA_BPF_NAME] != NULL && nla_strcmp(bpf[TCA_BPF_NAME], NAME) == 0;
}

/* ------------------------------------------------------------------ what is there */

struct seen {
	bool qdisc;
	bool first;    /* somebody else is */
	bool other;    /* a filter of others is there */
	uint32_t ours; /* the program; 0: none */
	uint32_t prio;
};

static int filter_look(const struct nlmsghdr *nlh, const struct tcmsg *tcm, struct nlattr **attrs, void *arg)
{
	struct nlattr *bpf[TCA_BPF_MAX + 1];
	struct seen *seen = arg;

	(void)nlh;
	/* Of each priority there is an entry without a handle, which is no filter. */
	if (tcm->tcm_handle == 0)
		return 0;
	if (is_ours(tcm, attrs, bpf)) {
		seen->ours = bpf[TCA_BPF_ID] != NULL ? nla_get_u32(bpf[TCA_BPF_ID]) : UINT32_MAX;
		seen->prio = TC_H_MAJ(tcm->tcm_info) >> 16;
		return 0;
	}
	seen->other = true;
	if (TC_H_MAJ(tcm->tcm_info) >> 16 == FIRST)
		seen->first = true;
	return 0;
}

static int qdisc_look(const struct nlmsghdr *nlh, const struct tcmsg *tcm, struct nlattr **attrs, void *arg)
{
	struct seen *seen = arg;

	(void)nlh, (void)attrs;
	seen->qdisc = seen->qdisc || tcm->tcm_parent == TC_H_CLSACT;
	return 0;
}

static int look(const struct qs_clsact *at, struct seen *seen)
{
	memset(seen, 0, sizeof(*seen));
	if (qs_tc_each(at->sk, RTM_GETQDISC, at->ifindex, 0, qdisc_look, seen) < 0)
		return -1;
	return seen->qdisc ? qs_tc_each(at->sk, RTM_GETTFILTER, at->ifindex, EGRESS, filter_look, seen) : 0;
}

int qs_clsact_look(struct qs_clsact *at)
{
	struct seen seen;

	if (look(at, &seen) < 0)
		return -1;
	at->made = !seen.qdisc;
	at->prio = seen.ours != 0 ? seen.prio : seen.first ? QS_CLSACT_HANDLE : FIRST;
	return 0;
}

int qs_clsact_program(struct qs_clsact *at, uint32_t *id)
{
	struct seen seen;

	if (look(at, &seen) < 0)
		return -1;
	*id = seen.ours;
	if (seen.ours != 0 && seen.prio == at->prio)
		return 0;
	rte_errno = ESTALE;
	return -1;
}

/* ------------------------------------------------------------------ putting there, taking away */

static int no_memory(struct nl_msg *msg)
{
	nlmsg_free(msg);
	return qs_fail(ENOMEM, "classify: no memory for a message");
}

static int qdisc_add(const struct qs_clsact *at)
{
	struct nl_msg *msg = qs_tc_message(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, at->ifindex, TC_H_CLSACT,
					   TC_H_MAKE(TC_H_CLSACT, 0));

	if (msg == NULL)
		return -1;
	return nla_put_string(msg, TCA_KIND, "clsact") < 0 ? no_memory(msg) : qs_tc_send(at->sk, msg);
}

static int qdisc_delete(const struct qs_clsact *at)
{
	struct nl_msg *msg =
		qs_tc_message(RTM_DELQDISC, 0, at->ifindex, TC_H_CLSACT, TC_H_MAKE(TC_H_CLSACT, 0));

	return msg == NULL ? -1 : qs_tc_send(at->sk, msg);
}

static struct nl_msg *filter_message(const struct qs_clsact *at, int type, int flags)
{
	struct nl_msg *msg = qs_tc_message(type, flags, at->ifindex, EGRESS, QS_CLSACT_HANDLE);
	struct tcmsg *tcm;

	if (msg == NULL)
		return NULL;
	tcm = nlmsg_data(nlmsg_hdr(msg));
	tcm->tcm_info = TC_H_MAKE(at->prio << 16, htons(ETH_P_ALL));
	if (nla_put_string(msg, TCA_KIND, "bpf") == 0)
		return msg;
	no_memory(msg);
	return NULL;
}

static int filter_add(const struct qs_clsact *at, int program_fd)
{
	struct nl_msg *msg = filter_message(at, RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_REPLACE);
	struct nlattr *options;

	if (msg == NULL)
		return -1;
	options = nla_nest_start(msg, TCA_OPTIONS);
	if (options == NULL || nla_put_u32(msg, TCA_BPF_FD, (uint32_t)program_fd) < 0 ||
	    nla_put_string(msg, TCA_BPF_NAME, NAME) < 0 ||
	    nla_put_u32(msg, TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT) < 0)
		return no_memory(msg);
	nla_nest_end(msg, options);
	return qs_tc_send(at->sk, msg);
}

static int filter_delete(const struct qs_clsact *at)
{
	struct nl_msg *msg = filter_message(at, RTM_DELTFILTER, 0);

	return msg == NULL ? -1 : qs_tc_send(at->sk, msg);
}

int qs_clsact_add(struct qs_clsact *at, int program_fd)
{
	int error;

	if (at->made && qdisc_add(at) < 0) {
		/* No such kind. */
		if (rte_errno == ENOENT)
			rte_errno = EOPNOTSUPP;
		return -1;
	}
	if (filter_add(at, program_fd) == 0)
		return 0;
	error = rte_errno == ENOENT ? EOPNOTSUPP : rte_errno;
	if (at->made)
		qdisc_delete(at);
	rte_errno = error;
	return -1;
}

int qs_clsact_remove(struct qs_clsact *at, uint32_t program_id)
{
	struct seen out, in = {0};

	if (look(at, &out) < 0)
		return -1;
	if (out.ours == program_id && out.prio == at->prio) {
		if (filter_delete(at) < 0 && rte_errno != ENOENT)
			return -1;
		out.ours = 0;
	}
	if (!at->made || !out.qdisc || out.other || out.ours != 0)
		return 0;
	if (qs_tc_each(at->sk, RTM_GETTFILTER, at->ifindex, INGRESS, filter_look, &in) < 0)
		return -1;
	return in.other || in.ours != 0 ? 0 : qdisc_delete(at);
}
