/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * What the caller has set on the kernel socket with ordinary calls, read back.
 */
#ifndef QS_OPTIONS_H
#define QS_OPTIONS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One end of a flow. IPv4 stands in the first four bytes; an IPv4-mapped address is IPv4. No byte is unset.
 */
struct qs_end {
	union {
		struct {
			struct in6_addr addr;
			uint32_t scope;	 /**< interface of a link-local address; 0: none */
			in_port_t port;	 /**< network order; 0: none */
			uint16_t family; /**< AF_INET or AF_INET6; 0: no address at all */
		};
		uint64_t word[3]; /**< to compare and to write all at once */
	};
};

static inline bool qs_end_same(const struct qs_end *a, const struct qs_end *b)
{
	return ((a->word[0] ^ b->word[0]) | (a->word[1] ^ b->word[1]) | (a->word[2] ^ b->word[2])) == 0;
}

/** What sort of socket it is: does not change while it lives. */
struct qs_kind {
	uint64_t cookie; /**< the kernel's, never used twice; 0 where it is not told */
	uint64_t inode;
	uint16_t domain; /**< AF_INET or AF_INET6 */
	bool tcp;
};

/** Options for multicasts, read when one is sent. */
struct qs_multicast {
	struct in6_addr source; /**< IP_MULTICAST_IF, as an IPv4 address; all 0: not said, or by index, which
				   is not told */
	uint32_t ifindex;	/**< IPV6_MULTICAST_IF; 0: not said */
	uint8_t ttl;
	bool loop;
};

/** What may change. Compared as bytes: zeroed before it is filled. */
struct qs_options {
	struct qs_end local, peer;
	uint32_t bound_ifindex; /**< SO_BINDTODEVICE */
	uint32_t path_mtu;	/**< of a connected socket; 0: not known */
	uint8_t tos, tclass;
	uint8_t ttl, hop_limit;
	bool dont_fragment; /**< IPv4: what fits leaves with DF */
	bool must_fit;	    /**< what does not fit is refused */
	bool must_fit6;
	bool device_mtu; /**< it fits the device's MTU: what is known of the way does not count */
	bool device_mtu6;
	bool v6only;
	struct qs_multicast multicast, multicast6; /**< where asked for */
};

/** Families whose options for multicasts are followed. */
#define QS_MULTICAST4 0x1u
#define QS_MULTICAST6 0x2u

/** @return 0; -EBADF, -ENOTSOCK, -EAFNOSUPPORT, -ESOCKTNOSUPPORT, -EPROTONOSUPPORT. [any] */
int qs_kind_read(int fd, struct qs_kind *kind);

/** Whether the descriptor is still that socket. @return 0; -EBADF closed; -ENOTSOCK another. [any] */
int qs_kind_check(int fd, const struct qs_kind *kind);

/**
 * Read them. [any]
 * @param multicasts the families whose options for multicasts are read too
 * @return 0; negative errno
 */
int qs_options_read(int fd, const struct qs_kind *kind, uint8_t multicasts, struct qs_options *options);

/** @param family of the group. @return 0; negative errno. [any] */
int qs_multicast_read(int fd, uint16_t family, struct qs_multicast *multicast);

struct qs_attr;

/** Have the kernel mark what it sends of a socket, where its attributes say so. It is read back like any
 * option. [ctl] */
void qs_options_dscp_set(int fd, const struct qs_kind *kind, const struct qs_attr *attr);

/** The pending error of a socket, which is cleared as by any call that reports it. @return 0 or a positive
 * errno. [any] */
int qs_error_take(int fd);

/**
 * An address as the caller gave it. [any]
 *
 * @param domain of the socket
 * @return 0, and a family of 0 where it stands for the peer; -EINVAL too short, or no port; -EAFNOSUPPORT
 * another family
 */
int qs_end_read(struct qs_end *end, const struct sockaddr *addr, socklen_t len, uint16_t domain);

/** An address as the kernel wants it. @return its length. [any] */
socklen_t qs_end_write(const struct qs_end *end, uint16_t domain, struct sockaddr_storage *addr);

/** Whether no address was said: all 0. [any] */
static inline bool qs_end_is_any(const struct qs_end *end)
{
	return IN6_IS_ADDR_UNSPECIFIED(&end->addr);
}

#ifdef __cplusplus
}
#endif
#endif
