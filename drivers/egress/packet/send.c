/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the TX core does with the socket.
 *
 * sendmmsg(2) stops at the first frame that fails, and tells of it with the next call: an error is always
 * that of the first frame that is offered. So a burst is offered until all of it went or the kernel has no
 * room; nothing is left to be told later.
 */
#include <errno.h>
#include <sys/ioctl.h>

#include <linux/sockios.h>

#include "common/frames.h"
#include "packet.h"

static struct qs_packet *packet_of(struct rte_qsock_egress *e)
{
	return (struct qs_packet *)e;
}

/* @return parts that its bytes lie in; 0: it can never be sent */
static uint32_t frame_parts(const struct rte_mbuf *m, uint32_t max_bytes)
{
	return m->pkt_len > max_bytes || m->pkt_len < RTE_ETHER_HDR_LEN || m->nb_segs > QS_PACKET_SEGMENTS
		       ? 0
		       : m->nb_segs;
}

/* Messages of the first frames, up to one that can never be sent. @return how many */
static uint32_t gather(struct qs_packet *p, struct rte_mbuf *const *pkts, uint32_t n)
{
	const uint32_t max_bytes = __atomic_load_n(&p->interface.max_bytes, __ATOMIC_RELAXED);
	struct iovec *iov = p->iovs, *const end = p->iovs + QS_PACKET_IOVS;
	uint32_t i;

	for (i = 0; i < n && i < QS_PACKET_BURST; i++) {
		const uint32_t parts = frame_parts(pkts[i], max_bytes);
		const struct rte_mbuf *m = pkts[i];

		if (unlikely(parts == 0 || iov + parts > end))
			break;
		p->messages[i].msg_hdr.msg_iov = iov;
		p->messages[i].msg_hdr.msg_iovlen = parts;
		for (; m != NULL; m = m->next)
			*iov++ = (struct iovec){rte_pktmbuf_mtod(m, void *), m->data_len};
	}
	return i;
}

/* The call failed, and with it its first frame. @return whether that is done with, so that the next is due */
static bool failed(struct qs_packet *p, struct rte_mbuf **m, int error)
{
	switch (error) {
	case EAGAIN:
		return false;
	case ENOBUFS: /* of the qdisc's: the kernel has freed it */
		qs_frames_count(&p->counts.dropped, 1);
		qs_frame_fail(&p->head, m);
		return true;
	case EMSGSIZE: /* the MTU is another by now */
	case EINVAL:
		qs_frame_fail(&p->head, m);
		return true;
	default: /* ENETDOWN, ENXIO: the news of it are under way */
		qs_frames_count(&p->counts.call_errors, 1);
		__atomic_store_n(&p->counts.call_error, error, __ATOMIC_RELAXED);
		return false;
	}
}

/* @return frames that are done with, sent or failed; fewer than n: no more of them now */
static uint16_t send_all(struct qs_packet *p, struct rte_mbuf **pkts, uint16_t n)
{
	uint16_t done = 0;

	while (done < n) {
		const uint32_t offered = gather(p, pkts + done, (uint32_t)(n - done));
		int sent;

		if (unlikely(offered == 0)) {
			qs_frame_fail(&p->head, &pkts[done++]);
			continue;
		}
		sent = sendmmsg(p->fd, p->messages, offered, MSG_DONTWAIT);
		qs_frames_count(&p->counts.calls, 1);
		if (likely(sent > 0)) {
			qs_frames_count(&p->counts.submitted, (uint64_t)sent);
			done = (uint16_t)(done + sent);
		} else if (failed(p, &pkts[done], errno)) {
			done++;
		} else {
			break;
		}
	}
	return done;
}

uint16_t qs_packet_tx_burst(struct rte_qsock_egress *egress, struct rte_mbuf **pkts, uint16_t n)
{
	struct qs_packet *p = packet_of(egress);
	uint16_t done;

	if (unlikely(__atomic_load_n(&egress->link_down, __ATOMIC_ACQUIRE)))
		return 0;
	done = send_all(p, pkts, n);
	if (likely(done > 0))
		rte_pktmbuf_free_bulk(pkts, done);
	if (unlikely(done < n))
		qs_frames_count(&p->counts.held, 1);
	return done;
}

uint64_t qs_packet_in_flight(const struct qs_packet *p)
{
	int bytes = 0;

	return ioctl(p->fd, SIOCOUTQ, &bytes) < 0 || bytes < 0 ? 0 : (uint64_t)bytes;
}

void qs_packet_poll(struct rte_qsock_egress *egress, uint64_t now_ns)
{
	struct qs_packet *p = packet_of(egress);
	const uint64_t bytes = qs_packet_in_flight(p);

	if (bytes > p->counts.in_flight_max_bytes)
		__atomic_store_n(&p->counts.in_flight_max_bytes, bytes, __ATOMIC_RELAXED);
}
