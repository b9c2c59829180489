/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>

#include "diag.h"

#define ATTRS_MAX 32 /* more than INET_DIAG_SOCKOPT */

struct dump {
	void (*fn)(const struct dq_diag_socket *s, void *arg);
	void *arg;
	uint8_t protocol;
};

static bool is_mapped(const __be32 *addr)
{
	return addr[0] == 0 && addr[1] == 0 && addr[2] == htonl(0xffff);
}

static bool is_any(const __be32 *addr)
{
	return (addr[0] | addr[1] | addr[2] | addr[3]) == 0;
}

/* An IPv6 socket may talk to an IPv4 peer, and then is IPv4. */
static void take_ends(struct dq_diag_socket *s, const struct inet_diag_msg *m)
{
	const bool mapped =
		m->idiag_family == AF_INET6 && (is_mapped(m->id.idiag_dst) || is_mapped(m->id.idiag_src));
	const unsigned int from = mapped ? 3 : 0;
	const size_t bytes = mapped || m->idiag_family == AF_INET ? 4 : 16;

	s->flow.family = mapped ? AF_INET : m->idiag_family;
	memcpy(&s->flow.local, &m->id.idiag_src[from], bytes);
	memcpy(&s->flow.remote, &m->id.idiag_dst[from], bytes);
	s->flow.local_port = ntohs(m->id.idiag_sport);
	s->flow.remote_port = ntohs(m->id.idiag_dport);
}

static int on_socket(struct nl_msg *msg, void *arg)
{
	const struct dump *d = arg;
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	const struct inet_diag_msg *m = nlmsg_data(nlh);
	struct nlattr *tb[ATTRS_MAX + 1];
	struct dq_diag_socket s = {.flow = {.size = sizeof(s.flow), .protocol = d->protocol}};

	if (nlmsg_parse(nlh, sizeof(*m), tb, ATTRS_MAX, NULL) < 0 || m->id.idiag_sport == 0)
		return NL_OK;
	s.cookie = (uint64_t)m->id.idiag_cookie[1] << 32 | m->id.idiag_cookie[0];
	s.cgroup = tb[INET_DIAG_CGROUP_ID] != NULL ? nla_get_u64(tb[INET_DIAG_CGROUP_ID]) : 0;
	take_ends(&s, m);
	s.dual = s.flow.family == AF_INET6 && is_any(m->id.idiag_src) && is_any(m->id.idiag_dst) &&
		 tb[INET_DIAG_SKV6ONLY] != NULL && nla_get_u8(tb[INET_DIAG_SKV6ONLY]) == 0;
	d->fn(&s, d->arg);
	return NL_OK;
}

static int dump(struct nl_sock *nl, uint8_t family, uint8_t protocol)
{
	/* Who listens sends nothing, and who waits for the end hardly anything. */
	const uint32_t quiet = protocol == IPPROTO_TCP ? 1u << TCP_LISTEN | 1u << TCP_TIME_WAIT : 0;
	struct inet_diag_req_v2 req = {
		.sdiag_family = family,
		.sdiag_protocol = protocol,
		.idiag_states = ~quiet,
	};
	int rc = nl_send_simple(nl, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP, &req, sizeof(req));

	return rc < 0 ? rc : nl_recvmsgs_default(nl);
}

int dq_diag_each(void (*fn)(const struct dq_diag_socket *s, void *arg), void *arg)
{
	static const uint8_t families[] = {AF_INET, AF_INET6}, protocols[] = {IPPROTO_UDP, IPPROTO_TCP};
	struct nl_sock *nl = nl_socket_alloc();
	struct dump d = {.fn = fn, .arg = arg};
	unsigned int i;
	int rc;

	if (nl == NULL)
		return -ENOMEM;
	nl_socket_modify_cb(nl, NL_CB_VALID, NL_CB_CUSTOM, on_socket, &d);
	rc = nl_connect(nl, NETLINK_SOCK_DIAG);
	for (i = 0; i < 4 && rc >= 0; i++) {
		d.protocol = protocols[i % 2];
		rc = dump(nl, families[i / 2], protocols[i % 2]);
	}
	nl_socket_free(nl);
	return rc < 0 ? -EIO : 0;
}
