/* SPDX-License-Identifier: BSD-3-Clause */
/* A message and what it is on the wire. */
#include <stdlib.h>
#include <string.h>

#include "kernel/qs_kport_priv.h"

#define ETHERNET 14u
#define IPV4 20u
#define IPV6 40u
#define FRAGMENT6 8u /* an IPv6 fragment's extension header */
#define UDP 8u
#define TCP 32u /* with a time stamp, as Linux has it */
#define FRAME_MIN 60u

static uint32_t min_frames(uint32_t bytes, uint32_t each)
{
	uint32_t frames = (bytes + each - 1) / each;

	return frames == 0 ? 1 : frames > UINT16_MAX ? UINT16_MAX : frames;
}

/* A datagram larger than the MTU leaves in fragments: one request, several frames. */
static void datagram_measure(struct qs_kmsg *msg, uint32_t mtu, bool ipv6)
{
	uint32_t ip = ipv6 ? IPV6 : IPV4, bytes = UDP + msg->len, extra = ipv6 ? FRAGMENT6 : 0;
	uint32_t each = (mtu - ip - extra) & ~7u;

	msg->frames = bytes + ip <= mtu ? 1 : (uint16_t)min_frames(bytes, each);
	msg->frame_bytes =
		bytes + msg->frames * (ETHERNET + ip) + (msg->frames > 1 ? msg->frames * extra : 0);
}

static void segments_measure(struct qs_kmsg *msg, uint32_t mtu, bool ipv6)
{
	uint32_t headers = (ipv6 ? IPV6 : IPV4) + TCP;

	msg->frames = (uint16_t)min_frames(msg->len, mtu - headers);
	msg->frame_bytes = msg->len + msg->frames * (ETHERNET + headers);
}

struct qs_kmsg *qs_kmsg_make(const struct qs_kport *port, bool tcp, const struct qs_kmessage *from)
{
	struct qs_kmsg *msg = malloc(sizeof(*msg) + from->len);

	if (msg == NULL)
		return NULL;
	memset(msg, 0, sizeof(*msg));
	msg->len = (uint32_t)from->len;
	if (from->len != 0)
		memcpy(msg->data, from->buf, from->len);
	if (from->addr != NULL && !tcp) {
		msg->addrlen = from->addrlen < sizeof(msg->addr) ? from->addrlen : sizeof(msg->addr);
		memcpy(&msg->addr, from->addr, msg->addrlen);
	}
	msg->flags = from->flags;
	msg->connected = from->connected;
	msg->deadline_ns = from->deadline_ns;
	msg->pkt_flags = from->pkt_flags;
	if (tcp)
		segments_measure(msg, port->conf.mtu, from->ipv6);
	else
		datagram_measure(msg, port->conf.mtu, from->ipv6);
	if (msg->frame_bytes < FRAME_MIN)
		msg->frame_bytes = FRAME_MIN;
	return msg;
}

void qs_kmsg_free(struct qs_kmsg *msg)
{
	free(msg);
}
