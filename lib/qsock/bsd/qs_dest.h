/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * A destination kept ready: the headers of a flow, the next hop, and how long that holds.
 */
#ifndef QS_DEST_H
#define QS_DEST_H

#include <stdbool.h>
#include <stdint.h>

#include "bsd/qs_options.h"
#include "net/qs_frame.h"
#include "net/qs_route.h"

#ifdef __cplusplus
extern "C" {
#endif

struct qs_bsd_sock;

/** Which way a datagram goes. */
enum qs_way {
	QS_WAY_NONE,   /**< not known */
	QS_WAY_BYPASS, /**< made here and given to the TX core */
	QS_WAY_WAIT,   /**< the same, once the next hop has told its MAC */
	QS_WAY_KERNEL, /**< sendto() does it */
};

struct qs_dest {
	struct qs_end end;
	uint8_t way;   /**< enum qs_way */
	bool must_fit; /**< EMSGSIZE instead of fragments */
	uint16_t mtu;
	uint32_t single_bytes; /**< largest payload of one frame */
	uint32_t options_seq;  /**< of the socket when it was made */
	uint64_t generation;   /**< of the routes when it was made */
	uint64_t until_ns;     /**< look again afterwards */
	struct qs_frame frame;
	struct qs_hop hop;
};

/**
 * Make a destination of a socket, whose control lock is held; an unbound socket is bound. May ask the kernel.
 * [any]
 * @return 0; negative errno, as sendto(2)
 */
int qs_dest_make(struct qs_bsd_sock *s, const struct qs_end *end, uint64_t now_ns, struct qs_dest *dest);

#ifdef __cplusplus
}
#endif
#endif
