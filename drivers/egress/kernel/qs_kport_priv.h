/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * What a port above the kernel's stack is made of.
 *
 * Two locks. `inbox` is held by senders while they append a message, and by the thread while it takes them.
 * `state` is held by the thread while it works, and by control while it looks at the scheduler; who has it
 * may take the inbox, not the other way round.
 */
#ifndef QS_KPORT_PRIV_H
#define QS_KPORT_PRIV_H

#include <net/if.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/queue.h>

#include "kernel/qs_kport.h"
#include "net/qs_classify.h"
#include "net/qs_qdisc.h"
#include "obs/qs_counts.h"
#include "obs/qs_rate.h"
#include "obs/qs_stalls.h"
#include "sched/qs_idset.h"
#include "sched/qs_link.h"
#include "util/qs_histogram.h"

#ifdef __cplusplus
extern "C" {
#endif

#define QS_KPORT_SOCKETS_MAX 65536u

/** A message, with its bytes. */
struct qs_kmsg {
	STAILQ_ENTRY(qs_kmsg) next;
	struct qs_kstream *of;
	uint64_t sent_ns;
	uint64_t deadline_ns;
	uint32_t len;
	uint32_t done;	      /**< bytes that the kernel has taken */
	uint32_t frame_bytes; /**< of all its frames */
	uint32_t frame;	      /**< of its stream, which it is a part of; 0: of none */
	uint64_t txtime_ns;   /**< CLOCK_TAI: ETF drops it after; 0: it goes not by ETF */
	uint16_t frames;
	uint16_t pkt_flags;
	int flags;
	bool connected;	    /* the socket was, to addr */
	enum qs_cause late; /**< once it is decided */
	socklen_t addrlen;
	union {
		struct sockaddr any;
		struct sockaddr_in6 in6;
	} addr;
	unsigned char data[];
};
STAILQ_HEAD(qs_kmsgs, qs_kmsg);

/** What was found on a socket. */
struct qs_kfound {
	int priority;
	int lowat;	 /**< TCP_NOTSENT_LOWAT; -1: not known */
	int rcvbuf;	 /**< SO_RCVBUF, where ETF's reports got more room; 0: they did not */
	int level;	 /**< of its error queue */
	bool tell_drops; /**< its error queue is nobody's */
};

struct qs_kstream {
	/* Constant. */
	struct qs_kport *port;
	uint32_t id;
	int fd;
	bool tcp;
	struct qs_kfound found;

	/* Under inbox. */
	struct qs_kmsgs in;
	uint64_t put, refused;
	uint32_t limit;
	uint64_t limit_bytes;	 /* of memory, as SO_SNDBUF says; read by senders without */
	uint64_t limit_until_ns; /* then it may be another */
	uint32_t frame_last;	 /* that began */
	bool frame_open;
	bool wanted; /* somebody waits for room */
	bool closed; /* no more messages */
	bool gated;  /* it is ready, but its connection takes nothing */
	int error;   /* what the kernel told of an earlier message; 0: nothing */
	void (*on_room)(void *arg);
	void *on_room_arg;

	uint32_t held;	     /* messages: added to under inbox, taken from by the thread */
	uint64_t held_bytes; /* of memory; likewise */

	/* The thread's. */
	struct qs_kmsgs out; /* decided, and not wholly in the kernel: of a connection */
	bool armed;	     /* the thread is told when the connection takes more */
	bool touched;	     /* one of the next two */
	bool told;	     /* IP_RECVERR is set, by the thread */
	bool in_timed;	     /* SO_PRIORITY says ETF's class, by the thread */
	bool plain;	     /* its datagrams cannot be joined */
	SLIST_ENTRY(qs_kstream) touched_next;
	uint32_t class; /* its SO_PRIORITY otherwise */
	bool timed;	/* ETF may drop what is lossy of it, and its error queue is read */
	bool lossy;	/* its stream is droppable */
	bool expires;
	uint64_t relative_ns; /* deadline of a message without one of its own; 0: none */
	uint64_t txtime_drop;
	struct qs_ends ends;
	struct qs_rare_ends rare;
	uint64_t left;
	struct qs_rate rate;
	uint8_t rate_newest;
	uint64_t rate_next_ns;
	struct qs_histogram delay, lateness;
	uint64_t linger_ns;
	uint64_t linger_until_ns; /* 0: it is open */
	TAILQ_ENTRY(qs_kstream) closing_next;

	/* What the kernel has of it and the wire has not, as the kernel counts. */
	uint32_t below, stuck;
	uint64_t added, expected; /* since it was asked: of payload, and as it may count */
	uint64_t moved_ns;
	bool is_below;
	TAILQ_ENTRY(qs_kstream) below_next;
};
TAILQ_HEAD(qs_kstreams, qs_kstream);

struct qs_kport {
	struct qs_kport_conf conf;
	char ifname[IFNAMSIZ];
	int ifindex;
	struct qs_qdisc *qdisc;	      /* the watcher's */
	struct qs_classify *classify; /* NULL: by SO_PRIORITY; to check it is the watcher's */
	int state_error;	      /* -ESTALE, -ENODEV; 0: all is well; the watcher's */

	pthread_mutex_t inbox;
	struct qs_idset ready; /* streams with messages in their inboxes */
	uint32_t held;	       /* messages of all streams */
	uint64_t held_bytes;
	bool starved; /* somebody was refused because of the others */

	pthread_mutex_t state;
	uint32_t waiters; /* for state */
	struct rte_qsock_sched *sched;
	struct qs_kstream **streams; /* by id */
	uint32_t *free_ids;
	uint32_t nr_free;
	struct qs_link link;
	uint64_t free_ns; /* end of the last transmission, as modelled */
	uint64_t clock_ns;
	struct qs_kmsgs decided;   /* and not in the kernel, in that order */
	uint64_t refused_since_ns; /* the first of them; 0: it was not */
	SLIST_HEAD(, qs_kstream) touched;
	uint32_t nr_armed, nr_timed;
	uint64_t timed_last_ns; /* CLOCK_TAI: the latest that ETF was given */
	int64_t tai_ahead_ns;	/* CLOCK_TAI, of CLOCK_MONOTONIC; at least */
	uint64_t txtime_drop;
	uint64_t timed_reports; /* of ETF's drops, those of the callers' own messages too */
	uint64_t timed_drops;	/* as ETF counts; under watch */
	uint32_t timed_drops_read;
	bool joins; /* the kernel has UDP_SEGMENT */
	struct qs_kstreams below, closing;
	uint64_t below_bytes, below_max; /* as the kernel counts */
	struct qs_stalls stalls;

	pthread_t thread, watcher;
	int event_fd, epoll_fd;
	uint64_t taken_ns; /* when messages came last */
	bool brisk;	   /* not long after those before */
	bool asleep, stop;
	pthread_mutex_t watch;
	pthread_cond_t watch_cond;
	bool watch_stop;
};

/* message.c */

/** A copy. @return NULL: no memory. [any] */
struct qs_kmsg *qs_kmsg_make(const struct qs_kport *port, bool tcp, const struct qs_kmessage *from);
void qs_kmsg_free(struct qs_kmsg *msg);
/** What it takes: its bytes, and what is known of it. */
static inline uint64_t qs_kmsg_memory(const struct qs_kmsg *msg)
{
	return sizeof(*msg) + msg->len;
}

/* account.c: the ends of messages; the thread's, with state held. Each frees the message. */

void qs_kend_sent(struct qs_kmsg *msg);
void qs_kend_error(struct qs_kmsg *msg);
void qs_kend_closed(struct qs_kmsg *msg);
/** What the scheduler tells of what it does not send. */
void qs_kend_drop(void *arg, const struct rte_qsock_event *ev);
/** A message was decided on: how long it waited, and whether it is late. */
void qs_kdecided(struct qs_kport *port, const struct rte_qsock_event *ev, uint64_t start_ns);
/** Tell who waits for room, where there is some. */
void qs_kroom_tell(struct qs_kport *port, struct qs_kstream *s);

/* release.c; with state held */

/** A message was decided: it leaves after those of before, in this turn. */
void qs_krelease(struct qs_kport *port, struct qs_kmsg *msg);
/** Give to the kernel what was decided. @return false: it takes the first datagram not yet */
bool qs_krelease_all(struct qs_kport *port);
/** Go on with the connections that take more. */
void qs_krelease_ready(struct qs_kport *port);
/** A stream ends: the thread is told nothing of it any more. */
void qs_krelease_forget(struct qs_kstream *s);
/** What the next call of the caller's fails with. */
void qs_kerror_keep(struct qs_kstream *s, int error);
/** Set, and give back, what a released message needs of its socket. */
void qs_kfound_take(struct qs_kstream *s);
void qs_kfound_give(struct qs_kstream *s);
/** An option of a socket that is a number. @return it; otherwise where the kernel does not tell. [any] */
int qs_koption(int fd, int level, int name, int otherwise);
/** Whether nobody but the kernel uses the socket's error queue. */
bool qs_kerrors_are_nobodys(struct qs_kstream *s);

/* class.c */

/** Install the HTB, and what puts sockets into its classes. [ctl] @return 0; negative errno as
 * qs_kport_create() */
int qs_kclasses_begin(struct qs_kport *port);
/** Whether they are there. The watcher's. @return 0; -ESTALE another program replaced something of it,
 * -ENODEV */
int qs_kclasses_check(struct qs_kport *port);
/** Give back what was there. [ctl] */
void qs_kclasses_end(struct qs_kport *port);
/** What the socket sends from now on goes through this class. @return 0; negative errno */
int qs_kclass_use(const struct qs_kstream *s, uint32_t class);
/** Put a stream's socket into the class that it has by its attributes. [ctl] */
void qs_kclass_set(struct qs_kstream *s, const struct rte_qsock_stream_conf *conf);
/** And out of it. With state held. */
void qs_kclass_give(struct qs_kstream *s);

/* datagram.c; with state held */

/** Give to the kernel the first datagram that was decided, and those after it that go with it. @return false:
 * it takes the first one not yet */
bool qs_kdatagrams_send(struct qs_kport *port);
/** Whether the kernel sends several at once. */
bool qs_kdatagrams_joins(void);
/** The end of a turn: sockets are what they were. */
void qs_kdatagrams_end(struct qs_kport *port);

/* timed.c; with state held */

/** Whether the kernel takes times. @return 0; -EOPNOTSUPP, -EPERM and others of setsockopt(). [ctl] */
int qs_ktimed_probe(const char *ifname);
/** What ETF needs of a socket. The id is known. [ctl] */
void qs_ktimed_begin(struct qs_kstream *s);
void qs_ktimed_conf(struct qs_kstream *s, const struct rte_qsock_stream_conf *conf);
void qs_ktimed_end(struct qs_kstream *s);
/** A message was decided: whether ETF may drop it, and when. */
void qs_ktimed_stamp(struct qs_kport *port, const struct rte_qsock_event *ev);
/** Its time goes with it. */
void qs_ktimed_say(struct msghdr *mh, void *control, size_t room, uint64_t txtime_ns);
/** The class of what the socket sends next. */
void qs_ktimed_class(struct qs_kstream *s, bool timed);
/** Count what ETF has dropped. */
void qs_ktimed_reports(struct qs_kstream *s);
/** Ask ETF what it has dropped; without state, since that takes its time. [ctl] */
void qs_ktimed_drops_look(struct qs_kport *port);
/** How many of them it never reported. All reports have been read after that look. */
uint64_t qs_ktimed_unreported(const struct qs_kport *port);

/* below.c; with state held */

void qs_kbelow_init(struct qs_kport *port);
/** A datagram of so many bytes is about to be released. */
void qs_kbelow_expect(struct qs_kport *port, struct qs_kstream *s, uint32_t bytes);
/** Whether as much may be below as may be, for all that is known without asking. */
bool qs_kbelow_seems_full(const struct qs_kport *port);
/** Whether as much is below as may be. Asks the kernel where it seems so: what was expected is there. */
bool qs_kbelow_full(struct qs_kport *port);
/** Whether nothing of a socket's datagrams is below, but what does not move. */
bool qs_kbelow_empty(struct qs_kport *port, struct qs_kstream *s);
/** When to look again. */
uint64_t qs_kbelow_next_ns(const struct qs_kport *port);
/** Whether what the socket has below does not move: its next hop does not answer. */
bool qs_kbelow_stuck(struct qs_kport *port, struct qs_kstream *s);
void qs_kbelow_forget(struct qs_kport *port, struct qs_kstream *s);

/* loop.c */

void *qs_kloop(void *port);
/** Have the thread look. [any] */
void qs_kloop_wake(struct qs_kport *port);
/** Take state ahead of the thread. [ctl] */
void qs_kstate_lock(struct qs_kport *port);
void qs_kstate_unlock(struct qs_kport *port);
uint64_t qs_know_ns(void);

/* credit.c: how much may wait; with the inbox locked, but the last two */

/** @return 0; -EAGAIN, and on_room will tell */
int qs_kcredit_take(struct qs_kstream *s, const struct qs_kmsg *msg);
/** Whether so much has come free that whoever waits is told. */
bool qs_kcredit_is_back(const struct qs_kport *port, const struct qs_kstream *s);
/** And of the port, for those that wait because of others. */
bool qs_kcredit_is_back_of_all(const struct qs_kport *port);
/** A message has left. [tx] */
void qs_kcredit_give(struct qs_kmsg *msg);
/** Look at the socket's SO_SNDBUF, where it may be another by now. [app] */
void qs_kcredit_look(struct qs_kstream *s, uint64_t now_ns);

/* stream.c */

/** A closed stream that is empty, or whose time is over: gone. With state held. */
void qs_kstream_end(struct qs_kstream *s);

/* watch.c */

void *qs_kwatch(void *port);

#ifdef __cplusplus
}
#endif
#endif
