/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether an interface's driver sends from AF_XDP's memory without copying: the generic netlink family
 * "netdev" knows, since 6.3. */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "probe.h"

/* include/uapi/linux/netdev.h, which is newer than some systems' headers */
#define DEV_GET 1
#define DEV_IFINDEX 1
#define DEV_XDP_FEATURES 3
#define ZEROCOPY UINT64_C(8)

struct message {
	struct nlmsghdr head;
	struct genlmsghdr genl;
	char attributes[4096];
};

static const void *find(const struct message *m, size_t len, uint16_t type, size_t bytes)
{
	const struct nlattr *a = (const struct nlattr *)m->attributes;
	const char *end = (const char *)m + len;

	while ((const char *)a + NLA_HDRLEN <= end && a->nla_len >= NLA_HDRLEN &&
	       (const char *)a + a->nla_len <= end) {
		if ((a->nla_type & NLA_TYPE_MASK) == type && a->nla_len >= NLA_HDRLEN + bytes)
			return (const char *)a + NLA_HDRLEN;
		a = (const struct nlattr *)((const char *)a + NLA_ALIGN(a->nla_len));
	}
	return NULL;
}

/* Ask with one attribute. @return length of the answer in m; negative errno */
static ssize_t ask(int fd, struct message *m, uint16_t family, uint8_t command, uint16_t type,
		   const void *value, size_t bytes)
{
	struct nlattr *a = (struct nlattr *)m->attributes;
	ssize_t n;

	memset(m, 0, sizeof(m->head) + sizeof(m->genl) + 64);
	m->head.nlmsg_type = family;
	m->head.nlmsg_flags = NLM_F_REQUEST;
	m->genl.cmd = command;
	m->genl.version = 1;
	a->nla_type = type;
	a->nla_len = (uint16_t)(NLA_HDRLEN + bytes);
	memcpy((char *)a + NLA_HDRLEN, value, bytes);
	m->head.nlmsg_len = (uint32_t)(NLMSG_LENGTH(GENL_HDRLEN) + NLA_ALIGN(a->nla_len));
	if (send(fd, m, m->head.nlmsg_len, 0) < 0)
		return -errno;
	n = recv(fd, m, sizeof(*m), 0);
	if (n < (ssize_t)sizeof(m->head) + (ssize_t)sizeof(m->genl))
		return n < 0 ? -errno : -EIO;
	return m->head.nlmsg_type == NLMSG_ERROR ? -EOPNOTSUPP : n;
}

static int features(int fd, uint32_t ifindex, uint64_t *flags)
{
	static struct message m;
	const void *value;
	uint16_t family;
	ssize_t n;

	n = ask(fd, &m, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_NAME, "netdev", sizeof("netdev"));
	value = n < 0 ? NULL : find(&m, (size_t)n, CTRL_ATTR_FAMILY_ID, sizeof(family));
	if (value == NULL)
		return -EOPNOTSUPP;
	memcpy(&family, value, sizeof(family));
	n = ask(fd, &m, family, DEV_GET, DEV_IFINDEX, &ifindex, sizeof(ifindex));
	value = n < 0 ? NULL : find(&m, (size_t)n, DEV_XDP_FEATURES, sizeof(*flags));
	if (value == NULL)
		return -EOPNOTSUPP;
	memcpy(flags, value, sizeof(*flags));
	return 0;
}

int probe_zerocopy(const char *ifname)
{
	uint32_t ifindex = if_nametoindex(ifname);
	uint64_t flags = 0;
	int fd, rc;

	if (ifindex == 0)
		return -ENODEV;
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (fd < 0)
		return -errno;
	rc = features(fd, ifindex, &flags);
	close(fd);
	return rc < 0 ? rc : flags & ZEROCOPY ? 0 : -ENOENT;
}
