/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "bsd/qs_attr.h"
#include "bsd/qs_options.h"
#include "eal/qs_log.h"

static int option(int fd, int level, int name)
{
	socklen_t len = sizeof(int);
	int value = 0;

	return getsockopt(fd, level, name, &value, &len) < 0 ? 0 : value;
}

int qs_kind_read(int fd, struct qs_kind *kind)
{
	socklen_t len = sizeof(kind->cookie);
	struct stat st;
	int type, protocol;

	memset(kind, 0, sizeof(*kind));
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISSOCK(st.st_mode))
		return -ENOTSOCK;
	kind->inode = st.st_ino;
	if (getsockopt(fd, SOL_SOCKET, SO_COOKIE, &kind->cookie, &len) < 0)
		kind->cookie = 0;
	kind->domain = (uint16_t)option(fd, SOL_SOCKET, SO_DOMAIN);
	type = option(fd, SOL_SOCKET, SO_TYPE);
	protocol = option(fd, SOL_SOCKET, SO_PROTOCOL);
	/* Closed while it was asked: its answers say nothing. */
	if (fcntl(fd, F_GETFD) < 0)
		return -EBADF;
	if (kind->domain != AF_INET && kind->domain != AF_INET6)
		return -EAFNOSUPPORT;
	if (type != SOCK_DGRAM && type != SOCK_STREAM)
		return -ESOCKTNOSUPPORT;
	if (protocol != (type == SOCK_DGRAM ? IPPROTO_UDP : IPPROTO_TCP))
		return -EPROTONOSUPPORT;
	kind->tcp = type == SOCK_STREAM;
	return 0;
}

int qs_kind_check(int fd, const struct qs_kind *kind)
{
	uint64_t cookie;
	socklen_t len = sizeof(cookie);
	struct stat st;

	/* An inode number may come again, a cookie does not. */
	if (kind->cookie != 0) {
		if (getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len) == 0)
			return cookie == kind->cookie ? 0 : -ENOTSOCK;
		return errno == EBADF ? -EBADF : -ENOTSOCK;
	}
	if (fstat(fd, &st) < 0)
		return -EBADF;
	return S_ISSOCK(st.st_mode) && st.st_ino == kind->inode ? 0 : -ENOTSOCK;
}

static void end_from(struct qs_end *end, const struct sockaddr_storage *addr)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)addr;
	const struct sockaddr_in *in = (const struct sockaddr_in *)addr;

	memset(end, 0, sizeof(*end));
	if (addr->ss_family == AF_INET) {
		end->family = AF_INET;
		end->port = in->sin_port;
		memcpy(&end->addr, &in->sin_addr, sizeof(in->sin_addr));
	} else if (addr->ss_family == AF_INET6) {
		end->port = in6->sin6_port;
		if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
			end->family = AF_INET;
			memcpy(&end->addr, &in6->sin6_addr.s6_addr[12], sizeof(struct in_addr));
			return;
		}
		end->family = AF_INET6;
		end->addr = in6->sin6_addr;
		end->scope =
			IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr) || IN6_IS_ADDR_MC_LINKLOCAL(&in6->sin6_addr)
				? in6->sin6_scope_id
				: 0;
	}
}

int qs_end_read(struct qs_end *end, const struct sockaddr *addr, socklen_t len, uint16_t domain)
{
	/* The kernel lets AF_UNSPEC stand for IPv4 on an IPv4 socket, and for the peer on an IPv6 one, which
	 * takes IPv4, too. */
	sa_family_t family = len >= sizeof(family) ? addr->sa_family : AF_MAX;
	struct sockaddr_storage copy;

	memset(end, 0, sizeof(*end));
	if (family == AF_UNSPEC && domain == AF_INET6)
		return 0;
	if (family == AF_UNSPEC)
		family = AF_INET;
	if (len < (family == AF_INET6
			   ? 24u
			   : sizeof(struct sockaddr_in))) /* 24: without the scope, as the kernel */
		return -EINVAL;
	if (family != AF_INET && !(family == AF_INET6 && domain == AF_INET6))
		return -EAFNOSUPPORT;
	memset(&copy, 0, sizeof(copy));
	memcpy(&copy, addr, len < sizeof(struct sockaddr_in6) ? len : sizeof(struct sockaddr_in6));
	copy.ss_family = family;
	end_from(end, &copy);
	return end->port == 0 ? -EINVAL : 0;
}

socklen_t qs_end_write(const struct qs_end *end, uint16_t domain, struct sockaddr_storage *addr)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)addr;
	struct sockaddr_in *in = (struct sockaddr_in *)addr;

	memset(addr, 0, sizeof(*addr));
	if (domain == AF_INET) {
		in->sin_family = AF_INET;
		in->sin_port = end->port;
		memcpy(&in->sin_addr, &end->addr, sizeof(in->sin_addr));
		return sizeof(*in);
	}
	in6->sin6_family = AF_INET6;
	in6->sin6_port = end->port;
	in6->sin6_scope_id = end->scope;
	if (end->family == AF_INET) {
		in6->sin6_addr.s6_addr[10] = in6->sin6_addr.s6_addr[11] = 0xff;
		memcpy(&in6->sin6_addr.s6_addr[12], &end->addr, sizeof(struct in_addr));
	} else {
		in6->sin6_addr = end->addr;
	}
	return sizeof(*in6);
}

static int ends_read(int fd, struct qs_options *o)
{
	struct sockaddr_storage addr = {0};
	socklen_t len = sizeof(addr);

	if (getsockname(fd, (struct sockaddr *)&addr, &len) < 0)
		return -errno;
	end_from(&o->local, &addr);
	len = sizeof(addr);
	if (getpeername(fd, (struct sockaddr *)&addr, &len) == 0)
		end_from(&o->peer, &addr);
	else if (errno != ENOTCONN && errno != EINVAL)
		return -errno;
	return 0;
}

/* The kernel's rules: WANT sets DF and fragments, DO and PROBE refuse, INTERFACE refuses without DF. */
static void ipv4_read(int fd, struct qs_options *o)
{
	int discover = option(fd, IPPROTO_IP, IP_MTU_DISCOVER);

	o->tos = (uint8_t)option(fd, IPPROTO_IP, IP_TOS);
	o->ttl = (uint8_t)option(fd, IPPROTO_IP, IP_TTL);
	o->dont_fragment =
		discover == IP_PMTUDISC_WANT || discover == IP_PMTUDISC_DO || discover == IP_PMTUDISC_PROBE;
	o->must_fit = discover == IP_PMTUDISC_DO || discover == IP_PMTUDISC_PROBE ||
		      discover == IP_PMTUDISC_INTERFACE;
	/* IP_PMTUDISC_PROBE is for those who look for the path's MTU, those beyond it for those who do not
	 * trust it: what was learned does not count. */
	o->device_mtu = discover >= IP_PMTUDISC_PROBE;
	if (o->peer.family == AF_INET && !o->device_mtu)
		o->path_mtu = (uint32_t)option(fd, IPPROTO_IP, IP_MTU);
}

static void ipv6_read(int fd, struct qs_options *o)
{
	int discover = option(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER);

	o->tclass = (uint8_t)option(fd, IPPROTO_IPV6, IPV6_TCLASS);
	o->hop_limit = (uint8_t)option(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS);
	o->v6only = option(fd, IPPROTO_IPV6, IPV6_V6ONLY) != 0;
	o->must_fit6 = option(fd, IPPROTO_IPV6, IPV6_DONTFRAG) != 0 || discover == IPV6_PMTUDISC_DO ||
		       discover == IPV6_PMTUDISC_PROBE || discover == IPV6_PMTUDISC_INTERFACE;
	o->device_mtu6 = discover >= IPV6_PMTUDISC_PROBE;
	if (o->peer.family == AF_INET6 && !o->device_mtu6)
		o->path_mtu = (uint32_t)option(fd, IPPROTO_IPV6, IPV6_MTU);
}

int qs_options_read(int fd, const struct qs_kind *kind, uint8_t multicasts, struct qs_options *options)
{
	int ret;

	memset(options, 0, sizeof(*options));
	ret = ends_read(fd, options);
	if (ret < 0 || kind->tcp)
		return ret;
	options->bound_ifindex = (uint32_t)option(fd, SOL_SOCKET, SO_BINDTOIFINDEX);
	/* An IPv6 socket has IPv4 options too, for mapped addresses; only then are they worth a system call.
	 */
	if (kind->domain == AF_INET || options->peer.family != AF_INET6)
		ipv4_read(fd, options);
	if (kind->domain == AF_INET6 && options->peer.family != AF_INET)
		ipv6_read(fd, options);
	if (multicasts & QS_MULTICAST4)
		ret = qs_multicast_read(fd, AF_INET, &options->multicast);
	if (ret == 0 && multicasts & QS_MULTICAST6)
		ret = qs_multicast_read(fd, AF_INET6, &options->multicast6);
	return ret;
}

int qs_multicast_read(int fd, uint16_t family, struct qs_multicast *m)
{
	socklen_t len = sizeof(struct in_addr);

	memset(m, 0, sizeof(*m));
	if (family == AF_INET6) {
		m->ifindex = (uint32_t)option(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF);
		m->ttl = (uint8_t)option(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS);
		m->loop = option(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP) != 0;
		return 0;
	}
	if (getsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &m->source, &len) < 0)
		return -errno;
	m->ttl = (uint8_t)option(fd, IPPROTO_IP, IP_MULTICAST_TTL);
	m->loop = option(fd, IPPROTO_IP, IP_MULTICAST_LOOP) != 0;
	return 0;
}

void qs_options_dscp_set(int fd, const struct qs_kind *kind, const struct qs_attr *attr)
{
	int tos = attr->dscp << 2;

	if (!attr->dscp_set)
		return;
	if (setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof(tos)) < 0 ||
	    (kind->domain == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof(tos)) < 0))
		QS_LOG(WARNING, "dscp %u: %s\n", attr->dscp, strerror(errno));
}

int qs_error_take(int fd)
{
	return option(fd, SOL_SOCKET, SO_ERROR);
}
