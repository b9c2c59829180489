/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Packet disciplines: what orders the packets of many streams on one link.
 *
 * Pure integer code on an injected clock: no EAL, no mbuf, no system call, no
 * allocation after rte_qsock_sched_create(). The TX core and the simulator call
 * the same object code. One scheduler belongs to one thread at a time; its
 * functions are [tx] on a live port and [any] elsewhere, never concurrent.
 *
 * Functions here return 0 or a count, or a negative errno value: they may not
 * touch rte_errno, which is EAL's.
 */
#ifndef RTE_QSOCK_SCHED_H
#define RTE_QSOCK_SCHED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RTE_QSOCK_NAMESIZE 32                       /**< a name with its final 0 */
#define RTE_QSOCK_IPG_MIN_NS UINT64_C(1000)         /**< shortest request period: 1 us */
#define RTE_QSOCK_IPG_MAX_NS UINT64_C(1000000000000) /**< longest: 1000 s */
#define RTE_QSOCK_WINDOW_MAX 65535u                 /**< largest oln and old */
#define RTE_QSOCK_DEADLINE_MAX_NS UINT64_C(1000000000000) /**< longest relative deadline */
#define RTE_QSOCK_QUEUE_MAX 65536u                  /**< most packets in a stream's queue */
#define RTE_QSOCK_QUEUE_DEFAULT 1024u                 /**< where nothing else is said */
#define RTE_QSOCK_RATE_MIN_BPS UINT64_C(1000)          /**< slowest link: 1 kbit/s */
#define RTE_QSOCK_RATE_MAX_BPS UINT64_C(1000000000000) /**< fastest: 1 Tbit/s */
#define RTE_QSOCK_TIME_MAX_NS (UINT64_C(1) << 62)   /**< clocks end here: 146 years */
#define RTE_QSOCK_STREAMS_MAX (UINT32_C(1) << 24)   /**< most streams of a scheduler */
#define RTE_QSOCK_PACKETS_MAX (UINT32_C(1) << 28)   /**< most packets queued in a scheduler */
#define RTE_QSOCK_NEVER UINT64_MAX                  /**< a time that does not come */

/** Whether a stream's packets have deadlines, or take what is left. */
enum rte_qsock_class {
	RTE_QSOCK_REALTIME,
	RTE_QSOCK_BEST_EFFORT,
};

/** What one request is: a packet, or a frame of packets. */
enum rte_qsock_unit {
	RTE_QSOCK_UNIT_PACKET,
	RTE_QSOCK_UNIT_FRAME,
};

/** Which comes first in dwcs: the window-constraint (1999) or the deadline (2004). */
enum rte_qsock_precedence {
	RTE_QSOCK_PRECEDENCE_WINDOW,
	RTE_QSOCK_PRECEDENCE_DEADLINE,
};

/** Parameters of a stream. Zeroed is a best guess only for best effort: see rte_qsock_stream_defaults(). */
struct rte_qsock_stream_conf {
	uint64_t ipg_ns;         /**< request period T, 1 us .. 1000 s; required for real time in dwcs and vds */
	uint64_t deadline_ns;    /**< relative deadline, 1 ns .. 1000 s; required for real time in edf */
	uint32_t oln;            /**< x: at most this many ... */
	uint32_t old;            /**< y: ... of so many requests lost or late; 0 <= x <= y <= 65535 */
	uint32_t queue_packets;  /**< limit of the queue, 1 .. 65536 */
	uint8_t cls;             /**< enum rte_qsock_class */
	uint8_t unit;            /**< enum rte_qsock_unit */
	bool droppable;          /**< a late packet that does not say otherwise is dropped */
	bool in_order;           /**< edf: only the head of the queue competes */
};

/** What a packet says of itself. */
enum rte_qsock_pkt_flags {
	RTE_QSOCK_PKT_DROPPABLE = 1 << 0,     /**< drop me when late, whatever the stream says */
	RTE_QSOCK_PKT_NON_DROPPABLE = 1 << 1, /**< never; both flags together are refused */
	RTE_QSOCK_PKT_FRAME_START = 1 << 2,
	RTE_QSOCK_PKT_FRAME_END = 1 << 3,
};

/** A packet as a discipline sees it. */
struct rte_qsock_pkt {
	uint64_t cookie;      /**< the caller's: an mbuf's address, an index */
	uint64_t arrival_ns;  /**< never earlier than that of the packet enqueued before */
	uint64_t deadline_ns; /**< absolute; 0: the stream's */
	uint32_t len_bytes;   /**< frame bytes without overhead; of all its frames, if it is several */
	uint16_t frames;      /**< frames on the wire, 1 .. 65535 (a datagram in fragments is one packet) */
	uint16_t flags;       /**< enum rte_qsock_pkt_flags */
};

/** What became of a packet. */
enum rte_qsock_event_type {
	RTE_QSOCK_EV_SENT,
	RTE_QSOCK_EV_LATE_DROP,
	RTE_QSOCK_EV_FRAME_DROP,
	RTE_QSOCK_EV_QUEUE_DROP,
	RTE_QSOCK_EV_CLOSED, /**< still queued when its stream was removed */
};

/** The end of one packet. */
struct rte_qsock_event {
	uint64_t time_ns;    /**< the decision's now */
	uint64_t seq;        /**< the packet's number in its stream, over everything that arrived */
	uint64_t violations; /**< of its stream, so far */
	struct rte_qsock_pkt pkt;
	uint32_t stream;
	uint32_t x;          /**< x' after the event (vds: m') */
	uint32_t y;          /**< y' after the event (vds: k') */
	uint8_t type;        /**< enum rte_qsock_event_type */
	bool late;           /**< it missed a deadline at some time */
};

/** Told of every packet that is not sent. Must not call back into the scheduler. */
typedef void (*rte_qsock_drop_fn)(void *arg, const struct rte_qsock_event *ev);

/** What a scheduler is made with. */
struct rte_qsock_sched_conf {
	const char *name;      /**< dwcs | vds | edf | fifo, or a registered one */
	uint8_t precedence;    /**< enum rte_qsock_precedence (dwcs) */
	bool work_conserving;  /**< a stream may be served more than once a period (dwcs, vds) */
	uint32_t max_streams;  /**< ids are 0 .. max_streams - 1; 1 .. 2^24 */
	uint32_t max_packets;  /**< records for all queues together; 1 .. 2^28 */
	rte_qsock_drop_fn on_drop; /**< required */
	void *on_drop_arg;
	/** Memory, zeroed, aligned to 64; NULL means calloc and free. */
	void *(*alloc)(void *arg, size_t bytes);
	void (*release)(void *arg, void *p);
	/** The same for what most streams never touch: its memory may come with the first write. NULL: alloc. */
	void *(*reserve)(void *arg, size_t bytes);
	void *alloc_arg;
};

/** A stream as the discipline has it now. */
struct rte_qsock_stream_state {
	uint64_t deadline_ns;  /**< D, or the head packet's own */
	uint64_t eligible_ns;  /**< when it may be served; RTE_QSOCK_NEVER if not backlogged */
	uint64_t violations;
	uint64_t backlog_bytes;
	uint32_t backlog_packets;
	uint32_t x, y;         /**< x', y' (vds: m', k') */
	bool tagged;
};

struct rte_qsock_sched;

/**
 * A discipline. The built-in ones stand in a table in sched/table.c; one from outside the tree is
 * registered with rte_qsock_sched_register(). Every slot is called by the thread that owns the
 * scheduler; none may block, allocate (but create), print or exit. What all disciplines share is done
 * by the caller of a slot: ids and flags are checked, arrival times do not go backwards, and now_ns is
 * never earlier than in an earlier call.
 */
struct rte_qsock_sched_ops {
	/** Unique, at most RTE_QSOCK_NAMESIZE - 1 characters. Never NULL. */
	const char *name;
	/**
	 * Check what only this discipline asks of a stream, beyond the ranges of all. Called before add and
	 * change. Return 0, or -EINVAL with one line in why. NULL: nothing to check.
	 */
	int (*check)(const struct rte_qsock_stream_conf *conf, char *why, size_t why_len);
	/**
	 * Make the private state: rte_qsock_sched_alloc(), then rte_qsock_sched_priv_set(). Called once.
	 * Return 0 or a negative errno value; what was allocated is released by the caller. NULL: no state.
	 */
	int (*create)(struct rte_qsock_sched *s, const struct rte_qsock_sched_conf *conf);
	/** A stream was added, with an empty queue. NULL: nothing to do. */
	void (*add)(struct rte_qsock_sched *s, uint32_t id);
	/**
	 * Its parameters were changed; packets may be queued. old is what they were, until the call returns.
	 * NULL: nothing to do.
	 */
	void (*change)(struct rte_qsock_sched *s, uint32_t id, const struct rte_qsock_stream_conf *old);
	/** It is about to go, with its queue as it is: forget it. Its packets are closed after. NULL: nothing. */
	void (*remove)(struct rte_qsock_sched *s, uint32_t id);
	/**
	 * A packet arrives, and there is a record for it: rte_qsock_sched_push() it or drop it with
	 * rte_qsock_sched_drop_arrival(). Return 0 queued, 1 dropped. Never NULL.
	 */
	int (*enqueue)(struct rte_qsock_sched *s, uint32_t id, const struct rte_qsock_pkt *pkt, uint64_t now_ns);
	/** One decision: return true with *sent filled by rte_qsock_sched_take(), or false. Never NULL. */
	bool (*decide)(struct rte_qsock_sched *s, uint64_t now_ns, struct rte_qsock_event *sent);
	/** As rte_qsock_sched_next_ns(). NULL: 0 while anything is queued. */
	uint64_t (*next_ns)(const struct rte_qsock_sched *s);
	/** Fill deadline_ns and eligible_ns of a backlogged stream; 0 stands in both before. NULL: leave them. */
	void (*state)(const struct rte_qsock_sched *s, uint32_t id, struct rte_qsock_stream_state *state);
};

/**
 * Make a discipline known under its name. Before any scheduler is created, from one thread. [ctl]
 * @param ops must stay as it is for ever
 * @return 0; -EINVAL a slot that may not be NULL is, or the name is too long; -EEXIST the name is taken;
 *   -ENOSPC too many
 */
int rte_qsock_sched_register(const struct rte_qsock_sched_ops *ops);

/** Register before main(). Link the object whole: a plain static library drops it. */
#define RTE_QSOCK_SCHED_REGISTER(ops)                                                                        \
	static void __attribute__((constructor)) rte_qsock_sched_register_##ops(void)                        \
	{                                                                                                    \
		(void)rte_qsock_sched_register(&ops);                                                        \
	}

/** The name of the discipline number i of those known, from 0; NULL beyond the last. [any] */
const char *rte_qsock_sched_name(unsigned int i);

/** Defaults: real time, droppable, unit packet, queue of 1024, all else 0. [any] */
void rte_qsock_stream_defaults(struct rte_qsock_stream_conf *conf);

/**
 * Check a stream's parameters against a discipline's ranges. [any]
 *
 * @param discipline name of the discipline
 * @param conf the parameters
 * @param why  buffer for one line that names the value and what is allowed; may be NULL
 * @param why_len its size in bytes
 * @return 0; -EINVAL out of range; -ENOENT no such discipline
 */
int rte_qsock_stream_check(const char *discipline, const struct rte_qsock_stream_conf *conf, char *why,
			   size_t why_len);

/**
 * Make a scheduler. All memory it will ever use is allocated here.
 * @return 0; -EINVAL a value out of range; -ENOENT no such discipline; -ENOMEM
 */
int rte_qsock_sched_create(const struct rte_qsock_sched_conf *conf, struct rte_qsock_sched **out);

/** Free it; queued packets are forgotten without an event. NULL is allowed. */
void rte_qsock_sched_free(struct rte_qsock_sched *s);

/**
 * Add a stream under an id that is not in use.
 * @return 0; -EINVAL parameters (see rte_qsock_stream_check()) or id; -EEXIST id in use
 */
int rte_qsock_sched_add(struct rte_qsock_sched *s, uint32_t id, const struct rte_qsock_stream_conf *conf);

/**
 * Change a stream's parameters. Keeps ts and the violations, resets the window and the tag;
 * a smaller queue limit affects later arrivals only.
 * @return 0; -EINVAL parameters; -ENOENT no such stream; -EBUSY class or unit of a stream with packets queued
 */
int rte_qsock_sched_change(struct rte_qsock_sched *s, uint32_t id, const struct rte_qsock_stream_conf *conf);

/**
 * Remove a stream: each packet still queued ends as RTE_QSOCK_EV_CLOSED, in order, and the id is free.
 * @return packets closed, 0 or more; -ENOENT
 */
int rte_qsock_sched_remove(struct rte_qsock_sched *s, uint32_t id, uint64_t now_ns);

/**
 * A packet arrives. Calls come in order of (arrival, stream id); now_ns is the coming decision's.
 * @return 0: queued; 1: dropped, and on_drop was told why; -ENOENT no such stream;
 *   -ENOBUFS no record left though the queue has room, nothing was done; -EINVAL both drop flags, no
 *   frames, an unknown flag, or an arrival after RTE_QSOCK_TIME_MAX_NS or before that of the packet
 *   enqueued last
 */
int rte_qsock_sched_enqueue(struct rte_qsock_sched *s, uint32_t id, const struct rte_qsock_pkt *pkt,
			    uint64_t now_ns);

/**
 * One decision at now_ns: expire, then select and take the best packet.
 *
 * A call where no decision is due changes nothing: after one that returned false, that is a call
 * without an arrival or a stream that has become eligible in between. So one may poll.
 * A now_ns before that of an earlier call counts as that one.
 * @param s the scheduler
 * @param now_ns the time of the decision, never earlier than that of the one before
 * @param sent filled with the packet taken and its stream's state after
 * @return true: *sent is valid; false: nothing is eligible and the link idles
 */
bool rte_qsock_sched_decide(struct rte_qsock_sched *s, uint64_t now_ns, struct rte_qsock_event *sent);

/**
 * The earliest time at which rte_qsock_sched_decide() could send something that is queued now:
 * 0 if at once, RTE_QSOCK_NEVER if nothing is queued. Never later than the truth; it may be earlier,
 * and then rte_qsock_sched_decide() returns false and the next answer is later than that call's now_ns.
 */
uint64_t rte_qsock_sched_next_ns(const struct rte_qsock_sched *s);

/** Packets that can still be queued before rte_qsock_sched_enqueue() says -ENOBUFS. */
uint32_t rte_qsock_sched_room(const struct rte_qsock_sched *s);

/** @return 0; -ENOENT */
int rte_qsock_sched_state(const struct rte_qsock_sched *s, uint32_t id, struct rte_qsock_stream_state *state);

/** @return 0; -ENOENT. The parameters as last set. */
int rte_qsock_sched_conf_get(const struct rte_qsock_sched *s, uint32_t id, struct rte_qsock_stream_conf *conf);

/*
 * For a discipline's slots only.
 */

/** Zeroed memory, aligned to 64, released with the scheduler. Only inside create. @return NULL: none left */
void *rte_qsock_sched_alloc(struct rte_qsock_sched *s, size_t bytes);

/** Keep a discipline's private state. */
void rte_qsock_sched_priv_set(struct rte_qsock_sched *s, void *priv);

/** The private state; NULL if there is none. */
void *rte_qsock_sched_priv(const struct rte_qsock_sched *s);

/** Put a packet at the end of its stream's queue. @return 0; 1: the queue was full, it ended as queue_drop */
int rte_qsock_sched_push(struct rte_qsock_sched *s, uint32_t id, const struct rte_qsock_pkt *pkt, uint64_t now_ns);

/** The head of a queue; NULL if it is empty. Valid until the next call. */
const struct rte_qsock_pkt *rte_qsock_sched_head(const struct rte_qsock_sched *s, uint32_t id);

/** Take the head of a queue that is not empty, to be sent. */
void rte_qsock_sched_take(struct rte_qsock_sched *s, uint32_t id, uint64_t now_ns, bool late,
			  struct rte_qsock_event *sent);

/** Drop the head of a queue that is not empty: enum rte_qsock_event_type but SENT. */
void rte_qsock_sched_drop_head(struct rte_qsock_sched *s, uint32_t id, uint64_t now_ns, uint8_t type);

/** Drop a packet that arrives. */
void rte_qsock_sched_drop_arrival(struct rte_qsock_sched *s, uint32_t id, const struct rte_qsock_pkt *pkt,
				  uint64_t now_ns, uint8_t type);

#ifdef __cplusplus
}
#endif
#endif
