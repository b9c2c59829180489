/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Parts of a datagram (MSG_MORE) above the kernel's stack, collected until the last one: what waits in a
 * queue meanwhile must not come between them.
 */
#ifndef QS_PARTS_H
#define QS_PARTS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Zero is none. */
struct qs_parts {
	bool begun;
	uint8_t *data;
	size_t len;
	struct sockaddr_in6 addr; /**< that of the first part, which counts for all */
	socklen_t addrlen;	  /**< 0: the peer */
};

/**
 * Add a part. [app], one at a time
 * @param addr NULL: the peer; not looked at but in the first part
 * @return 0; -EMSGSIZE longer than max with it, -ENOMEM: and nothing was added
 */
int qs_parts_add(struct qs_parts *parts, const void *buf, size_t len, size_t max, const struct sockaddr *addr,
		 socklen_t addrlen);

/** Forget them. */
void qs_parts_end(struct qs_parts *parts);

#ifdef __cplusplus
}
#endif
#endif
