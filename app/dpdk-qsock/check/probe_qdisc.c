/* SPDX-License-Identifier: BSD-3-Clause */
/* Queueing disciplines and classifiers: asked for by name, on lo. One that the kernel has none of is told
 * from one that wants more arguments. */
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "probe.h"

#define ROOT_HANDLE 0x10000

struct request {
	struct nlmsghdr head;
	struct tcmsg tc;
	char attributes[64];
};

/* @return 0 or what the kernel says, negative */
static int ask(struct request *req)
{
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
		char more[512];
	} reply;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), rc = -EIO;
	ssize_t n;

	if (fd < 0)
		return -errno;
	if (send(fd, req, req->head.nlmsg_len, 0) < 0) {
		rc = -errno;
		close(fd);
		return rc;
	}
	n = recv(fd, &reply, sizeof(reply), 0);
	if (n >= (ssize_t)NLMSG_LENGTH(sizeof(reply.error)) && reply.head.nlmsg_type == NLMSG_ERROR)
		rc = reply.error.error;
	close(fd);
	return rc;
}

static int ask_kind(uint16_t type, uint32_t parent, uint32_t handle, uint32_t info, const char *kind)
{
	const size_t len = strlen(kind) + 1;
	struct request req = {
		.head = {.nlmsg_type = type,
			 .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL},
		.tc = {.tcm_ifindex = (int)if_nametoindex("lo"),
		       .tcm_parent = parent,
		       .tcm_handle = handle,
		       .tcm_info = info},
	};
	struct rtattr *kind_attribute = (struct rtattr *)req.attributes;

	kind_attribute->rta_type = TCA_KIND;
	kind_attribute->rta_len = (unsigned short)RTA_LENGTH(len);
	memcpy(RTA_DATA(kind_attribute), kind, len);
	req.head.nlmsg_len = NLMSG_LENGTH(sizeof(req.tc)) + RTA_SPACE(len);
	return ask(&req);
}

/* It wants arguments: then the kernel has it. One without qdiscs says EOPNOTSUPP. */
static int meaning(int rc)
{
	return rc == -EINVAL ? 0 : rc == -EOPNOTSUPP ? -ENOENT : rc;
}

static int try_root(const char *kind)
{
	int rc;

	if (!probe_in_own_namespace())
		return -EPERM;
	rc = ask_kind(RTM_NEWQDISC, TC_H_ROOT, ROOT_HANDLE, 0, kind);
	if (rc == 0)
		ask_kind(RTM_DELQDISC, TC_H_ROOT, ROOT_HANDLE, 0, kind);
	return meaning(rc);
}

int probe_htb(void)
{
	return try_root("htb");
}

int probe_tbf(void)
{
	return try_root("tbf");
}

int probe_fq(void)
{
	return try_root("fq");
}

int probe_etf(void)
{
	return try_root("etf");
}

int probe_clsact(void)
{
	int rc;

	if (!probe_in_own_namespace())
		return -EPERM;
	rc = ask_kind(RTM_NEWQDISC, TC_H_CLSACT, TC_H_MAKE(TC_H_CLSACT, 0), 0, "clsact");
	return rc == -EEXIST ? 0 : meaning(rc);
}

int probe_cls_bpf(void)
{
	int rc = probe_clsact();

	if (rc < 0)
		return rc;
	return meaning(ask_kind(RTM_NEWTFILTER, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS), 0,
				TC_H_MAKE(1u << 16, htons(ETH_P_ALL)), "bpf"));
}
