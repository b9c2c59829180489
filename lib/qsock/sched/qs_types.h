/* SPDX-License-Identifier: BSD-3-Clause */
/* What a scheduler is made of. Packets and streams are named by 32-bit indices, never by pointers. */
#ifndef QS_TYPES_H
#define QS_TYPES_H

#include "qs_brief.h"
#include "qs_reserve.h"
#include "rte_qsock_sched.h"

#define QS_NIL UINT32_MAX /* no such index */
#define QS_TIME_MAX RTE_QSOCK_TIME_MAX_NS
#define QS_MAX_ALLOCS 24 /* blocks that one scheduler may hold */

#define qs_likely(x) __builtin_expect(!!(x), 1)
#define qs_unlikely(x) __builtin_expect(!!(x), 0)
#define QS_INLINE static inline __attribute__((always_inline))
#define QS_COLD __attribute__((noinline, cold))
#define QS_ALIGNED __attribute__((aligned(64)))

/* A packet's flags of our own, above the public ones in pkt.flags. */
#define QS_PKT_FRAME (RTE_QSOCK_PKT_FRAME_START | RTE_QSOCK_PKT_FRAME_END)
#define QS_PKT_SAYS_DROP (RTE_QSOCK_PKT_DROPPABLE | RTE_QSOCK_PKT_NON_DROPPABLE)
#define QS_PKT_PUBLIC (QS_PKT_SAYS_DROP | QS_PKT_FRAME)
#define QS_REC_LATE (1u << 11)	   /* it has missed a deadline; the bit of QS_ST_MISSED */
#define QS_REC_CONSUMED (1u << 13) /* its own deadline was missed: from now on D decides */
#define QS_REC_DIRTY (1u << 14)	   /* an earlier or later packet of its frame was a queue_drop */

/* A queued packet: one cache line. */
struct qs_rec {
	struct rte_qsock_pkt pkt;
	union {
		uint64_t missed_ns; /* of a late one: the first deadline that it missed; 0: not known */
		struct {
			uint32_t gnext, gprev; /* in the scheduler's one fifo (best effort, fifo) */
		};
	};
	uint32_t seq;	     /* the low half of its number */
	uint32_t next, prev; /* in its stream's queue; prev of the head means nothing */
	uint32_t frame;	     /* 0: none */
	uint32_t stream;     /* QS_NIL: it was dropped */
} QS_ALIGNED;

enum qs_stream_flags {
	QS_ST_USED = 1 << 0,
	QS_ST_REALTIME = 1 << 1,
	QS_ST_DROPPABLE = 1 << 2,
	QS_ST_FRAMES = 1 << 3,	 /* unit = frame, in a discipline that knows it */
	QS_ST_IN_ORDER = 1 << 4, /* edf */
	QS_ST_FIFO = 1 << 5,	 /* its packets are in the one fifo */
	QS_ST_TAGGED = 1 << 6,
	QS_ST_READY = 1 << 7,	  /* in the priority structure */
	QS_ST_OWN = 1 << 8,	  /* a packet with its own deadline was queued since the queue was empty */
	QS_ST_CONDEMNED = 1 << 9, /* unit = packet: the open frame has lost a packet to its deadline */
	QS_ST_OPEN_DIRTY =
		1 << 10,	 /* unit = frame: the open frame has a queue_drop that no record tells of */
	QS_ST_MISSED = 1 << 11,	 /* unit = frame: the current frame has had its miss */
	QS_ST_DIRTY = 1 << 12,	 /* unit = frame: a packet of the current frame was a queue_drop */
	QS_ST_LADDER = 1 << 13,	 /* ready, and in the ladder */
	QS_ST_OPEN = 1 << 14,	 /* a frame has begun and not ended */
	QS_ST_CLOSING = 1 << 15, /* not in use any more, but packets of it are still to be closed */
};
#define QS_ST_STATE                                                                                          \
	(QS_ST_TAGGED | QS_ST_READY | QS_ST_OWN | QS_ST_CONDEMNED | QS_ST_OPEN_DIRTY | QS_ST_MISSED |        \
	 QS_ST_DIRTY | QS_ST_LADDER | QS_ST_OPEN)

/* What arrivals and decisions read and write of a stream: one cache line. */
struct qs_stream {
	uint64_t ts_ns;	       /* D - T */
	uint64_t ipg_ns;       /* T; edf: the relative deadline */
	uint64_t armed_ns;     /* time of its one valid timer; RTE_QSOCK_NEVER: none */
	uint64_t bytes;	       /* of all packets in the queue */
	uint32_t x_now, y_now; /* x', y' (vds: m', k') */
	uint16_t x, y;	       /* what they are reset to */
	uint32_t head, tail;   /* head QS_NIL: not backlogged, and tail means nothing */
	int32_t room;	       /* packets the queue still takes; below 0 where its limit was lowered */
	uint32_t seq;	       /* of the next packet to arrive, the low half */
	uint32_t flags;
} QS_ALIGNED;

/* What is rarely looked at. */
struct qs_cold {
	struct qs_brief conf;
	uint32_t seq_high; /* the high half of seq */
	uint64_t violations;
	uint32_t last_frame; /* number last given to a frame */
	uint32_t open_frame; /* the frame that has begun and not ended; 0: none */
};

_Static_assert((uint32_t)QS_ST_MISSED == QS_REC_LATE, "one test for both");
_Static_assert(sizeof(struct qs_rec) == 64, "one line");
_Static_assert(sizeof(struct qs_stream) == 64, "one line");
_Static_assert(sizeof(struct qs_cold) == 40, "a million of them");

/* 128 bits by which packets or streams are ordered. */
struct qs_key {
	uint64_t hi, lo;
};

struct qs_pace;
struct qs_picked;

/* A cache line of somebody else's. */
struct qs_line {
	uint8_t of[64];
};

/* Batches, see qs_pick.h. */
typedef uint32_t (*qs_arrive_fn)(struct rte_qsock_sched *s, uint32_t *recs, uint32_t n);
typedef uint32_t (*qs_pick_fn)(struct rte_qsock_sched *s, struct qs_pace *pace, struct qs_picked *out,
			       uint32_t max);

struct rte_qsock_sched {
	const struct rte_qsock_sched_ops *ops;
	qs_arrive_fn arrive;
	qs_pick_fn pick;
	struct qs_stream *streams;
	struct qs_cold *colds;
	struct qs_rec *recs;
	const struct qs_line *beside; /* of the owner's, by id; else the streams themselves */
	void *priv;
	uint64_t now_ns;     /* of the latest call */
	uint64_t arrival_ns; /* of the packet enqueued last */
	uint32_t max_streams, max_packets;
	struct qs_pace *alone; /* of single decisions: a link that is always free */
	uint32_t *free_recs;   /* records not in use, but for the fresh */
	uint32_t nr_free;
	uint32_t fresh_rec; /* records from here on were never used */
	uint32_t nr_queued;
	uint32_t
		nr_fifo; /* streams whose packets stand in the one fifo; 1 more in disciplines from outside */
	uint64_t violations;	       /* of all streams */
	uint32_t arriving;	       /* outside: the record of the packet that arrives, QS_NIL: none */
	uint32_t taken;		       /* outside: that of the packet taken */
	int returned;		       /* outside: by enqueue */
	uint32_t fifo_head, fifo_tail; /* the one fifo, by gnext */
	bool barren;		       /* the last decision sent nothing, and no packet has arrived since */
	rte_qsock_drop_fn on_drop;
	void *on_drop_arg;
	void *(*alloc)(void *arg, size_t bytes);
	void *(*reserve)(void *arg, size_t bytes);
	void (*release)(void *arg, void *p);
	void *alloc_arg;
	void *allocs[QS_MAX_ALLOCS];
	unsigned int nr_allocs;
	uint32_t nr_reserves;
	struct qs_reserve reserves[QS_RESERVES_MAX];
	uint64_t *touched;   /* bitmap of ids whose memory is there; of who touches */
	uint32_t nr_touched; /* so many */
};

/* A discipline of this tree: it takes and gives batches; ops.enqueue and ops.decide are not used. */
struct qs_discipline {
	struct rte_qsock_sched_ops ops;
	qs_arrive_fn arrive;
	qs_pick_fn pick;
	bool met; /* x' counts what is to be met of y', not what may be missed */
};

extern const struct qs_discipline qs_discipline_dwcs, qs_discipline_vds, qs_discipline_edf,
	qs_discipline_fifo;

const struct rte_qsock_sched_ops *qs_ops_find(const char *name);
/* NULL: it is from outside. */
const struct qs_discipline *qs_discipline_of(const struct rte_qsock_sched_ops *ops);

/*
 * Zeroed memory as rte_qsock_sched_alloc(), of an array that comes into use as is said. Whoever makes it
 * touches nothing of it but what is in use.
 */
void *qs_sched_reserve(struct rte_qsock_sched *s, struct qs_reserve how);
/* The same of one that grows with max_packets. */
void *qs_sched_reserve_packets(struct rte_qsock_sched *s, size_t bytes);

/* The calls of a discipline, whether of this tree or not. */
void qs_sched_bind(struct rte_qsock_sched *s, const struct rte_qsock_sched_ops *ops);

static inline void qs_sched_use(struct rte_qsock_sched *s, const struct qs_discipline *d)
{
	s->ops = &d->ops;
	s->arrive = d->arrive;
	s->pick = d->pick;
}

/* No stream ever had the id: all of it is 0, and a timer is never set for then. */
static inline bool qs_stream_unused(const struct qs_stream *st)
{
	return st->armed_ns == 0;
}

/* n violations more of a stream. */
static inline void qs_violated(struct rte_qsock_sched *s, uint32_t id, uint64_t n)
{
	if (qs_unlikely(n != 0)) {
		s->colds[id].violations += n;
		s->violations += n;
	}
}

static inline bool qs_droppable(const struct qs_stream *st, const struct rte_qsock_pkt *pkt)
{
	if (pkt->flags & QS_PKT_SAYS_DROP)
		return pkt->flags & RTE_QSOCK_PKT_DROPPABLE;
	return st->flags & QS_ST_DROPPABLE;
}

#endif
