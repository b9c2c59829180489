/* SPDX-License-Identifier: BSD-3-Clause */
/* Traffic control over netlink: what stands at an interface's root, kept as messages and put back. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <netlink/attr.h>
#include <netlink/errno.h>
#include <netlink/handlers.h>

#include <rte_errno.h>

#include "eal/qs_log.h"
#include "net/qs_qdisc_priv.h"

#define REPLY_TIMEOUT_S 2

static int errno_of(int error)
{
	switch (abs(error)) {
	case NLE_PERM:
	case NLE_NOACCESS:
		return EPERM;
	case NLE_NODEV:
		return ENODEV;
	case NLE_OBJ_NOTFOUND:
		return ENOENT;
	case NLE_EXIST:
		return EEXIST;
	case NLE_OPNOTSUPP:
		return EOPNOTSUPP;
	case NLE_NOMEM:
		return ENOMEM;
	default:
		return EIO;
	}
}

static int fail(int error)
{
	rte_errno = errno_of(error);
	return -1;
}

struct nl_sock *qs_tc_socket(void)
{
	struct nl_sock *sk = nl_socket_alloc();
	struct timeval tv = {.tv_sec = REPLY_TIMEOUT_S};
	int ret;

	if (sk == NULL)
		return qs_fail_null(ENOMEM, "qdisc: no memory for a netlink socket");
	ret = nl_connect(sk, NETLINK_ROUTE);
	if (ret == 0 && setsockopt(nl_socket_get_fd(sk), SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)) == 0)
		return sk;
	nl_socket_free(sk);
	return qs_fail_null(EIO, "qdisc: netlink: %s", ret < 0 ? nl_geterror(ret) : strerror(errno));
}

struct nl_msg *qs_tc_message(int type, int flags, int ifindex, uint32_t parent, uint32_t handle)
{
	struct nl_msg *msg = nlmsg_alloc_simple(type, flags);
	struct tcmsg tcm = {
		.tcm_family = AF_UNSPEC,
		.tcm_ifindex = ifindex,
		.tcm_parent = parent,
		.tcm_handle = handle,
	};

	if (msg != NULL && nlmsg_append(msg, &tcm, sizeof(tcm), NLMSG_ALIGNTO) == 0)
		return msg;
	nlmsg_free(msg);
	return qs_fail_null(ENOMEM, "qdisc: no memory for a message");
}

int qs_tc_send(struct nl_sock *sk, struct nl_msg *msg)
{
	int ret = nl_send_sync(sk, msg);

	return ret < 0 ? fail(ret) : 0;
}

/* ------------------------------------------------------------------ what is there */

struct each {
	qs_tc_each_fn fn;
	void *arg;
	int ifindex;
	int ret;
};

static int on_message(struct nl_msg *msg, void *arg)
{
	const struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct nlattr *attrs[TCA_MAX + 1];
	struct each *each = arg;
	const struct tcmsg *tcm;

	if (nlmsg_parse((struct nlmsghdr *)(uintptr_t)nlh, sizeof(*tcm), attrs, TCA_MAX, NULL) < 0)
		return NL_SKIP;
	tcm = nlmsg_data(nlh);
	/* Qdiscs are told of all interfaces. */
	if (tcm->tcm_ifindex == each->ifindex && each->ret == 0)
		each->ret = each->fn(nlh, tcm, attrs, each->arg);
	return NL_OK;
}

int qs_tc_each(struct nl_sock *sk, int type, int ifindex, uint32_t parent, qs_tc_each_fn fn, void *arg)
{
	struct tcmsg tcm = {.tcm_family = AF_UNSPEC, .tcm_ifindex = ifindex, .tcm_parent = parent};
	struct each each = {.fn = fn, .arg = arg, .ifindex = ifindex};
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int ret;

	if (cb == NULL)
		return qs_fail(ENOMEM, "qdisc: no memory for a question");
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_message, &each);
	ret = nl_send_simple(sk, type, NLM_F_DUMP, &tcm, sizeof(tcm));
	if (ret >= 0)
		ret = nl_recvmsgs(sk, cb);
	nl_cb_put(cb);
	if (ret < 0)
		return fail(ret);
	return each.ret;
}

static int root_look(const struct nlmsghdr *nlh, const struct tcmsg *tcm, struct nlattr **attrs, void *arg)
{
	struct qs_tc_root *root = arg;

	(void)nlh;
	if (tcm->tcm_parent != TC_H_ROOT)
		return 0;
	root->handle = tcm->tcm_handle;
	if (attrs[TCA_KIND] != NULL)
		nla_strlcpy(root->kind, attrs[TCA_KIND], sizeof(root->kind));
	return 0;
}

static int filter_look(const struct nlmsghdr *nlh, const struct tcmsg *tcm, struct nlattr **attrs, void *arg)
{
	(void)nlh, (void)tcm, (void)attrs;
	*(bool *)arg = true;
	return 0;
}

int qs_tc_root(struct nl_sock *sk, int ifindex, struct qs_tc_root *root)
{
	memset(root, 0, sizeof(*root));
	if (qs_tc_each(sk, RTM_GETQDISC, ifindex, 0, root_look, root) < 0)
		return -1;
	/* A kernel without filters says no. */
	if (root->handle != 0 &&
	    qs_tc_each(sk, RTM_GETTFILTER, ifindex, root->handle, filter_look, &root->filters) < 0)
		root->filters = false;
	return 0;
}

bool qs_tc_root_is_ours(const struct qs_tc_root *root)
{
	return root->handle == QS_QDISC_ROOT_HANDLE && strcmp(root->kind, "htb") == 0;
}

/* ------------------------------------------------------------------ kept and put back */

int qs_tc_items_add(struct qs_tc_items *items, const struct nlmsghdr *nlh)
{
	struct nlmsghdr **list, *copy;

	if ((nlh->nlmsg_type != RTM_NEWQDISC && nlh->nlmsg_type != RTM_NEWTCLASS) ||
	    nlh->nlmsg_len < NLMSG_LENGTH(sizeof(struct tcmsg)) || items->n == QS_QDISC_ITEMS_MAX) {
		rte_errno = EINVAL;
		return -1;
	}
	list = realloc(items->list, (items->n + 1) * sizeof(list[0]));
	if (list != NULL)
		items->list = list;
	copy = malloc(nlh->nlmsg_len);
	if (list == NULL || copy == NULL) {
		free(copy);
		return qs_fail(ENOMEM, "qdisc: no memory to keep what is there");
	}
	memcpy(copy, nlh, nlh->nlmsg_len);
	items->list[items->n++] = copy;
	return 0;
}

void qs_tc_items_free(struct qs_tc_items *items)
{
	for (uint32_t i = 0; i < items->n; i++)
		free(items->list[i]);
	free(items->list);
	*items = (struct qs_tc_items){0};
}

/* An HTB tells its whole version, and wants to be told the high half. */
static void version_mend(struct nlattr *options)
{
	struct nlattr *init = nla_find(nla_data(options), nla_len(options), TCA_HTB_INIT);
	struct tc_htb_glob *glob;

	if (init == NULL || nla_len(init) < (int)sizeof(*glob))
		return;
	glob = nla_data(init);
	if (glob->version > TC_HTB_PROTOVER)
		glob->version >>= 16;
}

static int options_copy(struct nl_msg *msg, struct nlattr *from, bool htb)
{
	struct nlattr *copy;

	if (from == NULL)
		return 0;
	if (nla_put(msg, TCA_OPTIONS, nla_len(from), nla_data(from)) < 0)
		return -1;
	copy = nlmsg_find_attr(nlmsg_hdr(msg), sizeof(struct tcmsg), TCA_OPTIONS);
	copy->nla_type = from->nla_type; /* as it was told, whether it is marked as nested or not */
	if (htb)
		version_mend(copy);
	return 0;
}

static int kept(const struct nlmsghdr *nlh, const struct tcmsg *tcm, struct nlattr **attrs, void *arg)
{
	bool htb;
	struct nl_msg *msg;
	int ret;

	/* What the kernel makes by itself, it makes again; what hangs at the other hooks stays as it is. */
	if (tcm->tcm_handle == 0 || attrs[TCA_KIND] == NULL ||
	    TC_H_MAJ(tcm->tcm_handle) == TC_H_MAJ(TC_H_INGRESS))
		return 0;
	msg = qs_tc_message(nlh->nlmsg_type, NLM_F_CREATE | NLM_F_REPLACE, tcm->tcm_ifindex, tcm->tcm_parent,
			    tcm->tcm_handle);
	if (msg == NULL)
		return -1;
	htb = nlh->nlmsg_type == RTM_NEWQDISC && nla_strcmp(attrs[TCA_KIND], "htb") == 0;
	ret = nla_put(msg, TCA_KIND, nla_len(attrs[TCA_KIND]), nla_data(attrs[TCA_KIND]));
	if (ret == 0)
		ret = options_copy(msg, attrs[TCA_OPTIONS], htb);
	ret = ret < 0 ? qs_fail(ENOMEM, "qdisc: no memory for a message")
		      : qs_tc_items_add(arg, nlmsg_hdr(msg));
	nlmsg_free(msg);
	return ret;
}

int qs_tc_snapshot(struct nl_sock *sk, int ifindex, struct qs_tc_items *items)
{
	if (qs_tc_each(sk, RTM_GETQDISC, ifindex, 0, kept, items) == 0 &&
	    qs_tc_each(sk, RTM_GETTCLASS, ifindex, 0, kept, items) == 0)
		return 0;
	qs_tc_items_free(items);
	return -1;
}

static int item_apply(struct nl_sock *sk, const struct nlmsghdr *nlh)
{
	struct nl_msg *msg = nlmsg_convert((struct nlmsghdr *)(uintptr_t)nlh);

	if (msg == NULL)
		return qs_fail(ENOMEM, "qdisc: no memory for a message");
	nlmsg_hdr(msg)->nlmsg_flags |= NLM_F_REQUEST;
	return qs_tc_send(sk, msg);
}

/* Parents before children: what is refused is tried again, as long as anything goes on. Classes of a tbf and
 * its like are no classes that one makes: they are there, and refused for ever. */
int qs_tc_items_apply(struct nl_sock *sk, const struct qs_tc_items *items)
{
	bool *done = calloc(items->n + 1, sizeof(done[0])), more = true;
	int error = 0;

	if (done == NULL)
		return qs_fail(ENOMEM, "qdisc: no memory to give back what was there");
	while (more) {
		more = false;
		error = 0;
		for (uint32_t i = 0; i < items->n; i++) {
			if (done[i])
				continue;
			done[i] = item_apply(sk, items->list[i]) == 0;
			more = more || done[i];
			if (!done[i] && (error == 0 || items->list[i]->nlmsg_type == RTM_NEWQDISC) &&
			    rte_errno != EOPNOTSUPP)
				error = rte_errno;
		}
	}
	free(done);
	if (error == 0)
		return 0;
	rte_errno = error;
	return -1;
}

int qs_tc_root_delete(struct nl_sock *sk, int ifindex, uint32_t handle)
{
	struct nl_msg *msg = qs_tc_message(RTM_DELQDISC, NLM_F_REQUEST, ifindex, TC_H_ROOT, handle);

	return msg == NULL ? -1 : qs_tc_send(sk, msg);
}
