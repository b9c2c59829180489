/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * A port above the kernel's stack: messages wait and are decided here, and what is decided is released into
 * the kernel socket that it came for. A thread per port is its TX core: it sleeps until something is due. No
 * EAL, no hugepages.
 *
 * Functions return 0 or a negative errno value: they may be called before EAL is, or without it.
 */
#ifndef QS_KPORT_H
#define QS_KPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "net/qs_classify.h"
#include "rte_qsock.h"
#include "rte_qsock_sched.h"

#ifdef __cplusplus
extern "C" {
#endif

#define QS_KPORT_BELOW_NS UINT64_C(2000000) /**< what may be below the scheduler, as a time at its rate */
#define QS_KPORT_BELOW_MAX_NS UINT64_C(1000000000)
#define QS_KPORT_AHEAD_NS UINT64_C(200000)    /**< a thread wakes late by less, mostly */
#define QS_KPORT_CATCHUP_NS UINT64_C(1000000) /**< and by more, sometimes: the rate stays what it is */
#define QS_KPORT_STALL_NS UINT64_C(1000000)
#define QS_KPORT_MEMORY_BYTES (UINT64_C(64) << 20)
#define QS_KPORT_STREAM_MAX_BYTES (UINT32_C(1) << 20) /**< the longest message of a TCP socket */

/** Zero means the default. */
struct qs_kport_conf {
	const char *ifname;    /**< a kernel interface */
	const char *scheduler; /**< dwcs | vds | edf | fifo */
	uint64_t rate_bps;     /**< default what the interface says, else 1 Gbit/s */
	uint64_t below_ns;
	uint64_t ahead_ns, catchup_ns, stall_ns;
	uint32_t max_sockets; /**< default 1024 */
	uint32_t max_packets; /**< messages in all queues; default 65536 */
	uint64_t max_bytes;   /**< of memory that they take; default QS_KPORT_MEMORY_BYTES */
	uint32_t overhead_bytes;
	uint16_t mtu; /**< default the interface's */
	uint8_t precedence;
	bool work_conserving;
	bool force; /**< replace whatever qdisc is there */
	bool etf;   /**< what may be dropped when late is dropped below, too */
	enum qs_classify_way classify;
	void (*on_watch)(
		void *arg); /**< called several times a second, by a thread that may wait; NULL: none */
	void *on_watch_arg;
	uint32_t best_effort_share; /**< guaranteed to what is not scheduled, per mille; default 50 */
};

/** What a sender says of a message. */
struct qs_kmessage {
	const void *buf;
	size_t len;
	const struct sockaddr *addr; /**< of a datagram */
	socklen_t addrlen;
	int flags;	      /**< of sendmsg(2) */
	uint64_t deadline_ns; /**< 0: the stream's */
	uint16_t pkt_flags;   /**< enum rte_qsock_pkt_flags */
	bool ipv6;	      /**< it leaves as */
	bool connected;	      /**< addr is the peer */
};

struct qs_kport;
struct qs_kstream;

/**
 * Install the qdisc and start the thread. [ctl]
 * @return 0; -EPERM, -EBUSY (an incompatible qdisc), -ENODEV, -EINVAL, -ENOENT (no such discipline),
 *   -EOPNOTSUPP (the kernel has no HTB; or not what BPF or etf needs, where that was asked for), -EIO,
 * -ENOMEM
 */
int qs_kport_create(const struct qs_kport_conf *conf, struct qs_kport **port);

/** Close and drain what is open, give the qdisc back, end the thread. [ctl] */
void qs_kport_free(struct qs_kport *port);

/**
 * Give a socket a stream. The stream has a descriptor of its own of the socket, by which it sends;
 * TCP_NOTSENT_LOWAT and, where not BPF does it, SO_PRIORITY are set, and what they were comes back at the
 * end. [ctl]
 * @param on_room called by the port's thread when a sender that was refused may try again; it may not block
 * @return 0; -EINVAL parameters, -ENOSPC max_sockets, -EMFILE, -ENOMEM
 */
int qs_kstream_open(struct qs_kport *port, int fd, bool tcp, const struct rte_qsock_stream_conf *conf,
		    void (*on_room)(void *arg), void *arg, struct qs_kstream **stream);

/** Take a message, whole, or refuse it. [app]
 * @return 0; -EAGAIN no room, in messages or bytes, which on_room will tell; -ENOMEM; or an error that the
 * kernel told of an earlier message, once
 */
int qs_kstream_send(struct qs_kstream *stream, const struct qs_kmessage *msg);

/** Messages that would be taken now, as far as their length does not matter. [any] */
uint32_t qs_kstream_room(const struct qs_kstream *stream);

/** [ctl] @return 0; -EINVAL, -EBUSY class or unit with messages queued */
int qs_kstream_change(struct qs_kstream *stream, const struct rte_qsock_stream_conf *conf);

/** What is known of a stream here alone. */
struct qs_kstream_more {
	uint64_t held_bytes;		 /**< memory that its waiting messages take */
	uint64_t txtime_drop;		 /**< sent on time, and dropped by ETF */
	uint64_t port_txtime_drop;	 /**< of all streams, those that are closed too */
	uint64_t port_txtime_unreported; /**< that ETF dropped without telling whose they were */
};

/** One snapshot. [ctl] */
void qs_kstream_info(struct qs_kstream *stream, struct rte_qsock_info *info, struct qs_kstream_more *more);

/** No more messages; what was taken drains for linger_ns. on_room is not called any more. [ctl] */
void qs_kstream_close(struct qs_kstream *stream, uint64_t linger_ns);

/** In a child of fork(2): close the descriptors by which streams send, so that their sockets end with the
 * parent's. Nothing here but close(2). */
void qs_kport_in_child(struct qs_kport *port);

#ifdef __cplusplus
}
#endif
#endif
