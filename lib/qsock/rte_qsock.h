/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Sockets with a quality of service, for applications that have their own mbufs.
 *
 * A port is an egress (an ethdev queue), a discipline and a link model. A socket is one
 * stream of that discipline. What the application sends with
 * rte_qsock_tx_burst() is decided packet by packet by the port's TX core, which either
 * runs on an lcore of its own (rte_qsock_tx_launch()) or is polled from the application's
 * loop (rte_qsock_tx_poll()).
 *
 * Each thread that sends has a lane to the TX core of each port: a ring for all the sockets on which it
 * sends, made when it first sends. From the sixty-fourth on, threads share one.
 *
 * Thread contexts: [app] the one thread that sends on this socket at a time (a socket may pass from
 * thread to thread, its packets stay in order);
 * [tx] the one thread that polls the port; [ctl] any thread, may wait for the TX core or for
 * another [ctl] call; [any] any thread, never waits.
 *
 * A [ctl] call that concerns the scheduler is carried out by the port's [tx] thread in its
 * next round, so it takes as long as that thread is away: a busy machine may keep it off its CPU,
 * which the log tells after 1 s; after 10 s the call is withdrawn, has no effect and fails with ETIMEDOUT, and
 * those that follow do after 1 s, until the thread answers again. Where no thread polls the port, and in the [tx] thread
 * itself, it is carried out at once. So whoever polls only now and then polls at least every
 * few milliseconds while others call, or lets go of the port with rte_qsock_tx_stop().
 *
 * Nothing of this is for a child of fork(): it has neither the threads nor all of the memory, and would take its
 * parent's lane for its own.
 *
 * Calls return 0 or -1 with rte_errno set, makers NULL with rte_errno set, bursts a count.
 */
#ifndef RTE_QSOCK_H
#define RTE_QSOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <rte_compat.h>
#include <rte_mbuf.h>
#include <rte_mbuf_dyn.h>

#include "rte_qsock_sched.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rte_qsock_port;
struct rte_qsock;
struct rte_qsock_egress;

/* ------------------------------------------------------------------ metadata of a packet */

/** Bits of rte_qsock_meta.flags beyond enum rte_qsock_pkt_flags. */
enum rte_qsock_meta_flags {
	/** Several frames that are one request: m->next links frames, each linear, not segments. */
	RTE_QSOCK_META_TRAIN = 1 << 8,
	/** Not to be sent: its next hop did not answer. The TX core counts and frees it. */
	RTE_QSOCK_META_NO_NEIGH = 1 << 9,
};

/** What an mbuf carries to the scheduler: 24 bytes in a dynamic field, valid with the dynamic flag. */
struct rte_qsock_meta {
	uint64_t deadline_ns; /**< absolute, CLOCK_MONOTONIC; 0: none of its own */
	uint64_t sent_ns;     /**< producer's stamp, CLOCK_MONOTONIC; 0: not stamped. Statistics only */
	uint32_t stream;      /**< written by the library */
	uint16_t flags;       /**< enum rte_qsock_pkt_flags and rte_qsock_meta_flags */
	uint16_t frames;      /**< of a train; written by whoever makes one */
};

extern int rte_qsock_meta_offset;       /**< of the field; -1 before rte_qsock_meta_register() */
extern uint64_t rte_qsock_meta_dynflag; /**< mask in ol_flags that says the field is valid */

/**
 * Register the mbuf field and flag; called by rte_qsock_port_create(), harmless twice. [ctl]
 * @return 0; -1: ENOSPC no room in the mbuf, EEXIST registered otherwise by somebody else
 */
__rte_experimental
int rte_qsock_meta_register(void);

/** The field of an mbuf, valid or not. [any] */
static inline struct rte_qsock_meta *
rte_qsock_meta(const struct rte_mbuf *m)
{
	return RTE_MBUF_DYNFIELD(m, rte_qsock_meta_offset, struct rte_qsock_meta *);
}

/** Whether the field says something. [any] */
static inline bool
rte_qsock_meta_valid(const struct rte_mbuf *m)
{
	return (m->ol_flags & rte_qsock_meta_dynflag) != 0;
}

/** The field, cleared if it said nothing before, and marked valid. [any] */
static inline struct rte_qsock_meta *
rte_qsock_meta_init(struct rte_mbuf *m)
{
	struct rte_qsock_meta *meta = rte_qsock_meta(m);

	if (!rte_qsock_meta_valid(m)) {
		memset(meta, 0, sizeof(*meta));
		m->ol_flags |= rte_qsock_meta_dynflag;
	}
	return meta;
}

/** Give a packet its own deadline: absolute CLOCK_MONOTONIC ns, 0 for none. [any] */
static inline void
rte_qsock_set_deadline(struct rte_mbuf *m, uint64_t deadline_ns)
{
	rte_qsock_meta_init(m)->deadline_ns = deadline_ns;
}

/** @return the deadline of its own; 0: none. [any] */
static inline uint64_t
rte_qsock_get_deadline(const struct rte_mbuf *m)
{
	return rte_qsock_meta_valid(m) ? rte_qsock_meta(m)->deadline_ns : 0;
}

/** Say when a packet was made: its delay counts from then on. Absolute CLOCK_MONOTONIC ns, 0 for not at all. [any] */
static inline void
rte_qsock_set_sent(struct rte_mbuf *m, uint64_t sent_ns)
{
	rte_qsock_meta_init(m)->sent_ns = sent_ns;
}

/** @return when the packet was made; 0: not stamped. [any] */
static inline uint64_t
rte_qsock_get_sent(const struct rte_mbuf *m)
{
	return rte_qsock_meta_valid(m) ? rte_qsock_meta(m)->sent_ns : 0;
}

/** Say whether a packet may be dropped when late, whatever its stream says. [any] */
static inline void
rte_qsock_set_droppable(struct rte_mbuf *m, bool droppable)
{
	struct rte_qsock_meta *meta = rte_qsock_meta_init(m);

	meta->flags &= (uint16_t)~(RTE_QSOCK_PKT_DROPPABLE | RTE_QSOCK_PKT_NON_DROPPABLE);
	meta->flags |= droppable ? RTE_QSOCK_PKT_DROPPABLE : RTE_QSOCK_PKT_NON_DROPPABLE;
}

/** @return 1: it may be dropped when late; 0: it may not; -1: as its stream says. [any] */
static inline int
rte_qsock_get_droppable(const struct rte_mbuf *m)
{
	uint16_t flags = rte_qsock_meta_valid(m) ? rte_qsock_meta(m)->flags : 0;

	if (flags & RTE_QSOCK_PKT_DROPPABLE)
		return 1;
	return flags & RTE_QSOCK_PKT_NON_DROPPABLE ? 0 : -1;
}

/** Mark a packet as the first or last (or both) of a frame. [any] */
static inline void
rte_qsock_set_frame(struct rte_mbuf *m, bool start, bool end)
{
	struct rte_qsock_meta *meta = rte_qsock_meta_init(m);

	meta->flags &= (uint16_t)~(RTE_QSOCK_PKT_FRAME_START | RTE_QSOCK_PKT_FRAME_END);
	meta->flags |= (start ? RTE_QSOCK_PKT_FRAME_START : 0) | (end ? RTE_QSOCK_PKT_FRAME_END : 0);
}

/** Whether a packet is marked as the first, and as the last, of a frame. start and end may be NULL. [any] */
static inline void
rte_qsock_get_frame(const struct rte_mbuf *m, bool *start, bool *end)
{
	uint16_t flags = rte_qsock_meta_valid(m) ? rte_qsock_meta(m)->flags : 0;

	if (start != NULL)
		*start = (flags & RTE_QSOCK_PKT_FRAME_START) != 0;
	if (end != NULL)
		*end = (flags & RTE_QSOCK_PKT_FRAME_END) != 0;
}

/* ------------------------------------------------------------------ ports */

/** What a port is made with. Set size to sizeof; zero means the default. */
struct rte_qsock_port_conf {
	size_t size;              /**< sizeof(struct rte_qsock_port_conf) */
	const char *name;         /**< unique, shorter than RTE_QSOCK_NAMESIZE; required */
	const char *scheduler;    /**< dwcs | vds | edf | fifo or a registered one; default dwcs */
	struct rte_qsock_egress *egress; /**< where frames go; required; owned by the port afterwards */
	uint64_t rate_bps;        /**< of the link, 1 kbit/s .. 1 Tbit/s; default the egress's own, EINVAL if it has none */
	uint64_t ahead_ns;        /**< decisions up to this long before the link is free, 0 .. 10 ms; default 0: never early */
	uint64_t catchup_ns;      /**< idle or stalled time that may be made up, 0 .. 1 s; default 0 */
	uint32_t max_sockets;     /**< 1 .. 2^20; default 1024 */
	uint32_t max_packets;     /**< queued in all streams together, 64 .. 2^26; default 65536 */
	uint8_t overhead_set;     /**< 1: overhead_bytes counts, even 0 */
	uint8_t overhead_bytes;   /**< per frame on the wire, 0 .. 255; default 24 */
	uint8_t precedence;       /**< enum rte_qsock_precedence */
	bool work_conserving;
	int socket_id;            /**< NUMA node of its memory; default 0; SOCKET_ID_ANY for any */
	const char *record;       /**< path prefix: a run recorded as PREFIX.arrivals.csv, .polls.csv and .events.csv for
	                               the simulator (written by a thread of its own); NULL: none */
	uint64_t sleep_after_ns;  /**< a launched TX core without anything to do for so long sleeps until there is
	                               something, 0 .. 10 s; default 0: it never sleeps. A packet that wakes
	                               it up leaves some tens of us later */
	uint64_t stall_ns;        /**< a longer gap in the TX core's loop is a stall, 1 us .. 1 s; default 50 us */
};

/**
 * Make a port. Nothing is sent until someone polls it. [ctl]
 * @return the port; NULL: EINVAL a value out of range (the log names it), ENOENT no such
 *   discipline, EEXIST name in use, or as rte_qsock_meta_register(), EBUSY the egress is another port's,
 *   ENOMEM, ENOSPC no room in the mbuf,
 *   EMFILE no descriptor for a TX core that sleeps
 */
__rte_experimental
struct rte_qsock_port *rte_qsock_port_create(const struct rte_qsock_port_conf *conf);

/**
 * Free a port: its TX core is stopped, its sockets are closed, what is queued counts as closed. [ctl]
 * @return 0; -1: EINVAL no port, EBUSY another thread polls it, or it is a member of a group
 */
__rte_experimental
int rte_qsock_port_free(struct rte_qsock_port *port);

/** @return the port of that name; NULL: ENOENT. Never waits for a TX core. [ctl] */
__rte_experimental
struct rte_qsock_port *rte_qsock_port_lookup(const char *name);

/** @return its name; valid as long as the port. [any] */
__rte_experimental
const char *rte_qsock_port_name(const struct rte_qsock_port *port);

/** Every end that a packet can have, in packets. offered = refused + queue_drop + accepted;
 * accepted = sent + late_drop + frame_drop + closed + neigh_drop + tx_error + queued. */
struct rte_qsock_counts {
	uint64_t offered;
	uint64_t refused;     /**< the sender was told: its socket, or its lane, was full */
	uint64_t queue_drop;  /**< the queue was full, and no sender to tell */
	uint64_t accepted;
	uint64_t on_time;     /**< sent = on_time + late */
	uint64_t late;
	uint64_t late_drop;
	uint64_t frame_drop;
	uint64_t closed;      /**< still queued when the socket's linger time was over */
	uint64_t neigh_drop;  /**< the next hop did not answer */
	uint64_t tx_error;    /**< the driver could not send it, ever, or it was malformed: see rte_qsock_tx_burst() */
	uint64_t queued;      /**< in a lane, in the queue, or decided and not yet taken by the driver */
	uint64_t sent_bytes;  /**< of frames, without overhead */
	uint64_t violations;  /**< of the window-constraint */
	/* Why: late + late_drop = late_queue + late_stall + late_driver. */
	uint64_t late_queue;  /**< their own queueing */
	uint64_t late_stall;  /**< the TX core was away, at the deadline or shortly before: see rte_qsock_stalls */
	uint64_t late_driver; /**< the driver took nothing then */
};

/** A distribution of times. */
struct rte_qsock_delay {
	uint64_t count, min_ns, mean_ns, p50_ns, p99_ns, p999_ns, max_ns;
};

#define RTE_QSOCK_STALLS_KEPT 16 /**< of the latest stalls */

/** One stall. */
struct rte_qsock_stall {
	uint64_t start_ns; /**< CLOCK_MONOTONIC */
	uint64_t length_ns;
};

/**
 * The TX core's ledger of stalls: gaps in its own loop over stall_ns.
 *
 * A late packet is put down to a stall if its deadline falls into it, or after it by no more than the stall
 * lasted; or if it was sent, and was away from its deadline no longer than stalls held it up while it waited.
 * Else to the driver, by the same rule of the times in which it took nothing; else to its own queueing. Of a
 * packet that was dropped, when it was found to be late stands for the deadline, where it had none of its own.
 */
struct rte_qsock_stalls {
	uint64_t polls, count, total_ns, max_ns, last_at_ns;
	uint64_t over_ns; /**< stall_ns of the port */
	struct rte_qsock_stall last[RTE_QSOCK_STALLS_KEPT]; /**< the latest first; 0: none */
};

/** What a launched TX core goes through when it has nothing to do, after it has spun for 10 us. */
enum rte_qsock_idle {
	RTE_QSOCK_IDLE_PAUSE = 1 << 0,   /**< it spins with PAUSE */
	RTE_QSOCK_IDLE_MONITOR = 1 << 1, /**< instead, where one thread sends: it rests until that does; the CPU can */
	RTE_QSOCK_IDLE_SLEEP = 1 << 2,   /**< after sleep_after_ns it sleeps, and its CPU is free */
};

/** A port's figures, taken by the TX core at one instant. */
struct rte_qsock_port_info {
	struct rte_qsock_counts total; /**< over all sockets, closed ones included */
	struct rte_qsock_stalls stalls;
	uint64_t rate_bps;
	uint64_t busy_ns;     /**< modelled time that the link was sending */
	uint64_t since_ns;    /**< CLOCK_MONOTONIC when counting began */
	uint64_t now_ns;
	uint64_t decisions;
	uint32_t sockets;
	uint32_t max_sockets;
	char scheduler[RTE_QSOCK_NAMESIZE];
	bool link_down;       /**< the egress takes nothing; packets wait */
	uint64_t sleeps;      /**< of the TX core, for want of anything to do */
	uint64_t slept_ns;
	uint64_t rests;       /**< PAUSEs, or rests of the CPU, for want of anything to do */
	uint32_t idle;        /**< enum rte_qsock_idle */
	char driver[16];      /**< of the egress: ethdev, af_xdp ... */
};

/** @return 0; -1: EINVAL no port or info, ETIMEDOUT nobody polls the port. [ctl] */
__rte_experimental
int rte_qsock_port_info_get(struct rte_qsock_port *port, struct rte_qsock_port_info *info);

/** Begin counting anew; what is queued stays counted. @return 0; -1: EINVAL, ETIMEDOUT, ENOMEM as
 * rte_qsock_stats_reset(). [ctl] */
__rte_experimental
int rte_qsock_port_stats_reset(struct rte_qsock_port *port);

/** Change the link's rate. @return 0; -1: EINVAL, EBUSY it is a member of a group, ETIMEDOUT. [ctl] */
__rte_experimental
int rte_qsock_port_rate_set(struct rte_qsock_port *port, uint64_t rate_bps);

/**
 * Run the TX core on a worker lcore until rte_qsock_tx_stop(). [ctl]
 * @return 0; -1: EINVAL no such worker lcore, EBUSY the lcore or the port has a job
 */
__rte_experimental
int rte_qsock_tx_launch(struct rte_qsock_port *port, unsigned int lcore_id);

/** End the TX core, or give the port back after polling it. @return 0; -1: EINVAL, EBUSY another thread polls it. [ctl] */
__rte_experimental
int rte_qsock_tx_stop(struct rte_qsock_port *port);

/**
 * One round of the TX core: control, ingest, decide, egress, account. The first caller
 * becomes the port's [tx] thread until rte_qsock_tx_stop(), or until it ends. [tx]
 * @return packets given to the driver in this round
 */
__rte_experimental
uint16_t rte_qsock_tx_poll(struct rte_qsock_port *port);

/* ------------------------------------------------------------------ sockets */

/** What a socket is made with. Set size to sizeof; zero means the default. */
struct rte_qsock_conf {
	size_t size;                         /**< sizeof(struct rte_qsock_conf) */
	const char *name;                    /**< shorter than RTE_QSOCK_NAMESIZE; default "sN"; unique on the port */
	struct rte_qsock_stream_conf stream; /**< see rte_qsock_stream_defaults() */
	uint64_t linger_ns;                  /**< how long a closed socket drains, 0 .. 1000 s; default 0 */
	uint64_t queue_limit_ns;             /**< 0 .. 1000 s: the queue bounded also by the link's time that it holds, overhead included.
	                                          What is beyond either bound counts as queue_drop, and no sender is
	                                          told. 0: no bound in time */
	uint32_t ring_packets;               /**< most packets taken from the sender and not yet given to the driver, 1 ..
	                                          the queue's limit; 0, or more, up to 65536: that limit */
	bool no_histogram;                   /**< save its memory: no delay figures */
	bool drop_when_full;                 /**< a producer that cannot be told, and drops what is not taken: it counts
	                                          as queue_drop, not as refused */
};

/**
 * Open a socket. [ctl]
 * @return the socket; NULL: EINVAL (the log names the value), EEXIST name in use,
 *   ENOSPC max_sockets are open, ENOMEM, ETIMEDOUT nobody polls the port
 */
__rte_experimental
struct rte_qsock *rte_qsock_open(struct rte_qsock_port *port, const struct rte_qsock_conf *conf);

/**
 * Close: what was accepted drains for the linger time, what is then still queued counts
 * as closed. The handle is invalid at once; the library frees it when drained. [ctl], never beside [app]
 * @return 0; -1: EINVAL, ETIMEDOUT
 */
__rte_experimental
int rte_qsock_close(struct rte_qsock *qs);

/**
 * Send packets: Ethernet frames, linear or segmented as the driver takes them. No copy; a
 * taken mbuf belongs to the library. The rest stays the caller's and counts as refused: the
 * socket has as many under way as it may, or the thread's lane is full. What can never be sent is taken, and ends in tx_error: a frame shorter than an
 * Ethernet header (14 bytes) or longer than the egress takes, and one whose flags say both that
 * it may be dropped and that it may not. [app]
 * @return packets taken, 0 .. n
 */
__rte_experimental
uint16_t rte_qsock_tx_burst(struct rte_qsock *qs, struct rte_mbuf **pkts, uint16_t n);

/**
 * Send packets of many sockets at once, pkts[i] on qs[i]: what a classifier has in its hands. Else as
 * rte_qsock_tx_burst(). The sockets are usually of one port; they need not be, nor differ. [app] of all of them
 * @return packets that were refused: they stand in front of pkts now, and their sockets in front of qs, in order
 */
__rte_experimental
uint16_t rte_qsock_tx_scatter(struct rte_qsock **qs, struct rte_mbuf **pkts, uint16_t n);

/** Packets that would be taken from the calling thread now, at least. [app] */
__rte_experimental
uint32_t rte_qsock_tx_room(const struct rte_qsock *qs);

/** @return 0; -1: EINVAL (the log names the value), EBUSY class or unit while packets are queued, ETIMEDOUT. [ctl] */
__rte_experimental
int rte_qsock_change(struct rte_qsock *qs, const struct rte_qsock_stream_conf *conf);

/**
 * A socket's figures, taken by the TX core at one instant; but delay and lateness are read after that, while
 * the TX core goes on counting: they may tell of a few packets more than counts does.
 */
struct rte_qsock_info {
	char name[RTE_QSOCK_NAMESIZE];
	struct rte_qsock_stream_conf conf;
	struct rte_qsock_stream_state state;
	struct rte_qsock_counts counts;
	struct rte_qsock_delay delay;    /**< from the producer's stamp (else arrival) to the decision */
	struct rte_qsock_delay lateness; /**< of late packets that were sent: start less deadline */
	uint64_t rate_bps;               /**< sent over the last second, of frame bytes */
	uint64_t now_ns;
	uint32_t id;
	uint32_t ring_packets; /**< most packets under way */
	uint32_t ring_used;    /**< not yet taken from the sender's lane */
};

/** @return 0; -1: EINVAL, ETIMEDOUT. [ctl] */
__rte_experimental
int rte_qsock_info_get(struct rte_qsock *qs, struct rte_qsock_info *info);

/**
 * Begin counting one socket anew; its port goes on counting. [ctl]
 * @return 0; -1: EINVAL, ETIMEDOUT, ENOMEM for counters of a socket that has only ever been refused
 */
__rte_experimental
int rte_qsock_stats_reset(struct rte_qsock *qs);

/**
 * Call fn for each open socket of a port, until it returns non-zero. fn may close the socket that it is given;
 * others that open or close sockets of the port wait meanwhile. [ctl]
 * @return what fn returned last; 0 if there is no socket; -1 with rte_errno EINVAL: no port or no fn
 */
__rte_experimental
int rte_qsock_foreach(struct rte_qsock_port *port, int (*fn)(struct rte_qsock *qs, void *arg), void *arg);

/** @return the open socket of that name; NULL: ENOENT, EINVAL. [ctl] */
__rte_experimental
struct rte_qsock *rte_qsock_lookup(struct rte_qsock_port *port, const char *name);

/** The clock of deadlines: CLOCK_MONOTONIC ns, read from the TSC. [any] */
__rte_experimental
uint64_t rte_qsock_now_ns(void);

#ifdef __cplusplus
}
#endif
#endif
