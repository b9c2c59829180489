/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Q.Sockets: Berkeley sockets with a quality of service, with the names and the structures
 * of Abbasi, Poellabauer, Schwan, Losik and West, "A Quality-of-Service Enhanced Socket API
 * in GNU/Linux".
 *
 * A descriptor from qsocket() is a real kernel socket: poll, epoll, recv, getsockname,
 * setsockopt, plain send and close work on it. Datagrams sent with qsend() and qsendto()
 * bypass the kernel and are scheduled by deadline and window-constraint; what is sent with
 * plain send(), and all that a TCP socket sends, reaches the same stream through the kernel
 * and the port's twin interface.
 *
 * This header needs nothing of DPDK. Link with `pkg-config --libs librte_qsock`.
 *
 * **Results**: 0, a count or a descriptor; or -1 with errno set, as a BSD call does. The log
 * names the value that was refused.
 *
 * **Threads**: any thread may make any call; calls on one socket are serialised. After fork()
 * every call fails in the child with EPERM; the descriptor stays a kernel socket there. The mark of a call:
 * [ctl] takes mutexes, and may ask the TX core and the kernel: not for the loop that sends. [app] is for that
 * loop: it waits for other senders on the same socket, and for room where it may block. [any] waits for
 * nobody, and is the only one that a signal handler may call. The library's own threads take no signals.
 *
 * **Structures**: qos_params, q_dwcs_attr and packet_flags have the paper's fields and no
 * other, and no call reads a byte beyond them unless a bit announces it (Q_ATTR_EX).
 * Structures that are not the paper's carry a size, so that they may grow: set it to sizeof.
 *
 * **Time**: deadlines are CLOCK_MONOTONIC ns. The paper's ipg is in ms.
 *
 * **What the caller changes with ordinary calls** (connect, bind, setsockopt, close): a q-call reads the
 * socket's addresses and options again when its thread has been away since its last q-call for long enough
 * to have made such a call (three quarters of the time that the quickest of them takes on this machine: some
 * 100 ns, measured by qsockinit()), and every millisecond at the latest. So what a thread changes counts for
 * its own next q-call; what another thread changes counts within a millisecond, or at once after qrefresh().
 * A tight loop of qsendto() makes no system call; a sender that does other things between its messages pays
 * for some, unless its stream is Q_FIXED. For plain send() and TCP, the flow that leads to the stream
 * follows a bind or connect at the next q-call on the socket, or within a second. A dup of the descriptor is
 * a plain kernel socket to the library. shutdown() of a UDP socket is not seen.
 */
#ifndef QSOCKET_H
#define QSOCKET_H

#include <net/if.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------ the paper's structures */

/** Which device, which scheduler, and its attributes. */
struct qos_params {
	char dev[IFNAMSIZ];  /**< kernel interface, or EAL port name (net_null0, 0000:01:00.0) */
	char name[IFNAMSIZ]; /**< discipline: dwcs | vds | edf | fifo */
	void *attributes;    /**< struct q_dwcs_attr; NULL: best effort (and for qsockinit()) */
};

/** Attributes of a stream. */
struct q_dwcs_attr {
	int oln;          /**< at most oln ... */
	int old;          /**< ... of every old packets may be lost or late; 0 <= oln <= old <= 65535 */
	int ipg;          /**< request period in ms (or us, ns: Q_IPG_US, Q_IPG_NS), 1 us .. 1000 s;
	                       edf: the relative deadline of packets that have none of their own */
	int stream_flags; /**< 0: real time, packets are droppable when late; or the bits below */
};

/** What one message says to the scheduler. */
struct packet_flags {
	int drop_flag;          /**< 0: as the stream says; or the bits below */
	unsigned long deadline; /**< absolute, CLOCK_MONOTONIC ns; 0: none of its own */
};

/** In stream_flags and drop_flag: never dropped for being late, but sent late. */
#define DWCS_NON_DROPPABLE 0x0001

/* ------------------------------------------------------------------ bits that the paper does not have */

#define Q_IPG_US 0x0010      /**< stream_flags: ipg is in microseconds */
#define Q_IPG_NS 0x0020      /**< stream_flags: ipg is in nanoseconds */
#define Q_BEST_EFFORT 0x0040 /**< stream_flags: no deadlines; the other attributes are not read */
#define Q_UNIT_FRAME 0x0080  /**< stream_flags: a request is a frame, not a packet */
#define Q_IN_ORDER 0x0100    /**< stream_flags: edf does not reorder the stream's packets */
#define Q_FIXED 0x0200       /**< stream_flags: addresses and options do not change but before a qrefresh();
                                  no send reads them again (close() is still noticed within a second) */
#define Q_ATTR_EX 0x1000     /**< stream_flags: the structure is the head of a struct q_attr_ex */

#define Q_DROPPABLE 0x0002         /**< drop_flag: drop me when late, whatever the stream says */
#define Q_FRAME_START 0x0010       /**< drop_flag: first packet of a frame */
#define Q_FRAME_END 0x0020         /**< drop_flag: last packet of a frame; both: a frame of one */
#define Q_DEADLINE_RELATIVE 0x0040 /**< drop_flag: deadline is in ns from now */

/**
 * More about a stream: attributes points to it, and base.stream_flags has Q_ATTR_EX. Zero means the default.
 */
struct q_attr_ex {
	struct q_dwcs_attr base;
	size_t size;            /**< sizeof(struct q_attr_ex) */
	uint64_t ipg_ns;        /**< request period, instead of base.ipg */
	uint64_t deadline_ns;   /**< edf: relative deadline; default the period */
	uint32_t queue_packets; /**< limit of the queue, 1 .. 65536; default 1024 */
	uint8_t dscp_set;       /**< 1: IP_TOS and IPV6_TCLASS are set to dscp, even 0; what is set later counts */
	uint8_t dscp;           /**< 0 .. 63 */
	uint8_t vlan_pcp_set;   /**< 1: vlan_pcp counts, even 0; frames get a VLAN tag */
	uint8_t vlan_pcp;       /**< VLAN priority, 0 .. 7 */
	uint16_t vlan_id;       /**< 0 (priority tag) .. 4094 */
	uint16_t reserved;      /**< 0 */
	uint64_t linger_ns;     /**< how long it drains once closed, up to 1000 s; default the port's */
};

#define Q_DRIVER_AUTO 0   /**< ethdev, unless twin is "none"; on a kernel interface else af_xdp, else kernel: the first
                               that can be had. The log says why it is not the first; q_info.driver which it is */
#define Q_DRIVER_ETHDEV 1 /**< a port of DPDK's */
#define Q_DRIVER_AF_XDP 2 /**< AF_XDP on a kernel interface */
#define Q_DRIVER_KERNEL 3 /**< above the kernel's stack: no EAL, no hugepages; see doc/guides/kernel_driver.rst */

#define Q_CLASSIFY_AUTO 0     /**< by BPF where the kernel and the caller's rights allow it, else by SO_PRIORITY */
#define Q_CLASSIFY_PRIORITY 1 /**< the sockets' SO_PRIORITY is set, and given back */
#define Q_CLASSIFY_BPF 2      /**< the sockets stay as they are, and cannot take their class away */

/** More about a port. Zero means the default. */
struct q_port_ex {
	size_t size;              /**< sizeof(struct q_port_ex) */
	uint64_t rate_bps;        /**< 1 kbit/s .. 1 Tbit/s; default the device's own, else 1 Gbit/s */
	uint64_t ahead_ns;        /**< decisions before the link is free, 0 .. 10 ms; default 0: never early */
	uint64_t catchup_ns;      /**< idle or stalled time that may be made up, 0 .. 1 s */
	uint64_t linger_ns;       /**< of its sockets; default 5 s */
	uint64_t best_effort_ns;  /**< bound of what the kernel's own packets may queue; default 50 ms */
	const char *twin;         /**< twin interface; default qs0, qs1 ... the first free; "none": no twin */
	const char *devargs;      /**< EAL device to plug in (net_pcap0,tx_pcap=out.pcap); default: the port
	                               named dev, else net_af_xdp on the interface dev */
	const char *eal_args;     /**< overrides QSOCK_EAL_ARGS; counts where EAL is not initialised */
	const char *record;       /**< path prefix of a recording for the simulator; NULL: none */
	uint32_t max_sockets;     /**< default 1024 */
	uint32_t max_packets;     /**< in all queues; default 65536 */
	uint32_t buffers;         /**< packet buffers for q-calls; default 16384 */
	uint16_t mtu;             /**< default the device's */
	uint8_t overhead_set;     /**< 1: overhead_bytes counts, even 0 */
	uint8_t overhead_bytes;   /**< per frame on the wire; default 24, Ethernet's */
	uint8_t precedence;       /**< dwcs: 0 window first, 1 deadline first */
	uint8_t work_conserving;  /**< 1: a stream may be served more than once a period */
	uint8_t no_move;          /**< 1: addresses and routes of dev stay where they are */
	uint8_t driver;           /**< Q_DRIVER_ */
	uint64_t sleep_after_ns;  /**< the TX core sleeps when it had nothing to do for so long, up to 10 s; default 0: never */
	uint64_t stall_ns;        /**< a longer gap in the TX core's loop is a stall, 1 us .. 1 s; default 50 us */
	uint64_t below_ns;        /**< driver kernel: what may be below the scheduler, as a time at the rate, up to 1 s;
	                               default 2 ms */
	uint8_t force;            /**< driver kernel: 1: replace an incompatible root qdisc, and give it back at the end */
	uint8_t zero_copy;        /**< driver af_xdp: 1: tried, and used where a frame proves it */
	uint8_t classify;         /**< driver kernel: Q_CLASSIFY_: how sockets come into their class below; default auto */
	uint8_t etf;              /**< driver kernel: 1: what may be dropped when late is dropped below the scheduler, too */
	uint8_t reserved[4];      /**< 0 */
	uint64_t in_flight_ns;    /**< driver af_xdp: most that the kernel has of the port, as a time at its rate, 1 us ..
	                               1 s; default 1 ms */
	uint64_t cap_foreign_bps; /**< driver af_xdp: most that the kernel itself sends on dev; default: no bound */
	uint64_t memory_bytes;    /**< driver kernel: most that the messages of all sockets take, 64 KiB .. 64 GiB; default
	                               64 MiB. Of one socket: its SO_SNDBUF */
};

/** Bits of q_info.valid. */
#define Q_INFO_TCP 0x0001    /**< the tcp_ fields are filled */
#define Q_INFO_WINDOW 0x0002 /**< window_x and window_y are filled: a real-time stream of dwcs or vds */

/**
 * What the scheduler and the network stack know of a socket. Packets are requests: a datagram in fragments
 * is one.
 */
struct q_info {
	size_t size;             /**< sizeof(struct q_info), before the call; what is filled, after it */
	uint32_t valid;          /**< Q_INFO_ bits */
	char dev[IFNAMSIZ];      /**< as in qsockinit() */
	char name[IFNAMSIZ];     /**< discipline */
	struct q_dwcs_attr attr; /**< as set last; Q_ATTR_EX is cleared */

	uint64_t now_ns;         /**< CLOCK_MONOTONIC when the TX core took the scheduler's counters, all at that
	                              instant; what the kernel is asked (sndbuf .. tcp_) is read just after */
	uint64_t rate_bps;       /**< sent over the last second, frame bytes */
	uint64_t sent_bytes;     /**< frame bytes */

	uint64_t delay_count;    /**< queueing delay, q-call to decision: packets measured */
	uint64_t delay_mean_ns, delay_min_ns, delay_p50_ns, delay_p99_ns, delay_max_ns;

	/* offered = refused + queue_drop + accepted;
	 * accepted = sent + late_drop + frame_drop + closed + neigh_drop + tx_error + queued */
	uint64_t offered;
	uint64_t refused;        /**< the sender was told (EAGAIN), or blocked */
	uint64_t queue_drop;     /**< the queue was full: sent by plain send() */
	uint64_t accepted;
	uint64_t sent;           /**< on time or late */
	uint64_t late_drop;      /**< dropped when its deadline had passed */
	uint64_t frame_drop;     /**< the rest of its frame was lost */
	uint64_t closed;         /**< linger time over */
	uint64_t neigh_drop;     /**< the next hop did not answer */
	uint64_t tx_error;       /**< the driver could not send it */
	uint64_t queued;

	uint64_t met;            /**< deadlines met: sent on time, less txtime_drop */
	uint64_t missed;         /**< deadlines missed: sent late, late_drop, frame_drop and txtime_drop */
	uint64_t late;           /**< sent late */
	uint64_t violations;     /**< of the window-constraint */
	uint32_t window_x, window_y; /**< x' and y' now: so many may be lost of the next so many */

	uint32_t queue_packets;  /**< limit of the queue */
	uint32_t queue_room;     /**< packets that would be taken now (driver kernel: 0 also where its bytes are too many) */
	uint64_t queue_bytes;    /**< frame bytes queued in the scheduler */
	uint64_t kernel_path;    /**< datagrams that q-calls gave to the kernel: see qsendto() */

	uint32_t sndbuf, sndbuf_used; /**< of the kernel socket, bytes: SO_SNDBUF, SIOCOUTQ */
	uint32_t rcvbuf, rcvbuf_used; /**< SO_RCVBUF, SIOCINQ */

	uint32_t tcp_state;      /**< TCP_ESTABLISHED ... of netinet/tcp.h */
	uint32_t tcp_rtt_us, tcp_rttvar_us;
	uint32_t tcp_snd_mss;    /**< bytes */
	uint32_t tcp_cwnd, tcp_ssthresh;       /**< segments */
	uint32_t tcp_snd_wnd;    /**< the peer's window, bytes; 0: the kernel does not tell */
	uint32_t tcp_rcv_wnd;    /**< bytes: tcpi_rcv_space, by which the kernel sizes our receive buffer; the
	                              window that we announce follows from it, and is not told itself */
	uint32_t tcp_unacked, tcp_retrans_now; /**< segments in flight, and of them retransmitted */
	uint64_t tcp_retrans;    /**< segments retransmitted so far */
	uint64_t tcp_delivery_bps;

	/* Why: late + late_drop = late_queue + late_stall + late_driver */
	uint64_t late_queue;     /**< its own queueing */
	uint64_t late_stall;     /**< the TX core was away, at the deadline or shortly before */
	uint64_t late_driver;    /**< the driver took nothing then */

	char driver[16];         /**< of the device: ethdev, af_xdp, kernel */

	/* sent = met + late + txtime_drop */
	uint64_t txtime_drop;    /**< driver kernel with etf: sent on time, and dropped below because it was late there */
	uint64_t port_txtime_drop; /**< the same of all sockets of dev, closed ones too */
	uint64_t held_bytes;     /**< driver kernel: memory that its waiting messages take; bounded by sndbuf */
	uint64_t port_txtime_unreported; /**< driver kernel with etf: dropped below without telling whose they were; each counts as
	                              met of its socket */
};

/* ------------------------------------------------------------------ calls */

/**
 * Install a discipline on a device: the program's first q-call. The caller owns the device until it ends.
 *
 * Initialises EAL where the program has not (QSOCK_EAL_ARGS holds its arguments, quoted as in a shell),
 * brings the port up, starts its TX core, and gives it a twin, a TAP interface to which the addresses and
 * routes of a kernel interface dev move until the end; or, with driver=af_xdp, leaves the interface to the
 * kernel, which receives, and sends what is not sent with q-calls. The caller's CPU affinity is left as it was.
 * QSOCK_PORT_ARGS may hold settings for programs that do not call qsockinit_ex(), with commas between:
 * rate=10mbit twin=qs0 ahead=50us catchup=0 linger=5s sleep-after=1ms stall=50us best-effort=50ms sockets=1024 packets=65536
 * buffers=16384 mtu=1500 overhead=24 precedence=window work-conserving no-move record=PREFIX driver=kernel below=2ms force
 * in-flight=1ms cap-foreign=10mbit zero-copy memory=67108864 etf
 * devargs=net_pcap0,tx_pcap=x.pcap (devargs last: it takes the rest); "DEV:rate=...;DEV2:..." where devices
 * differ. Once more for the same device and discipline does nothing and succeeds.
 *
 * [ctl] Thread context: any thread; concurrent calls are serialised. It takes up to seconds.
 *
 * @param params dev and name; attributes is not used: NULL
 * @return 0; -1 with errno
 *  - EPERM the caller has no CAP_NET_ADMIN, or is a child after fork()
 *  - EBUSY another discipline is installed on dev (driver kernel: also an incompatible root qdisc), or another
 *    process owns it
 *  - EEXIST the twin cannot have that name: an interface has it
 *  - EINVAL params is NULL, dev is empty, or a setting is out of range or unknown
 *  - ENOENT no such discipline
 *  - ENODEV no such interface or port
 *  - EIO EAL, the port, or the twin could not be brought up, for whatever other reason; the log says why: also a TX
 *    core that did not answer within 10 s
 *  - ENOMEM no memory for that many buffers
 */
int qsockinit(struct qos_params *params);

/**
 * qsockinit() with settings; what ex leaves zero may come from QSOCK_PORT_ARGS. ex may be NULL. Same errors.
 * [ctl]
 */
int qsockinit_ex(struct qos_params *params, const struct q_port_ex *ex);

/**
 * Take the discipline off a device: its sockets drain and lose their streams, their descriptors stay open as
 * kernel sockets, and addresses and routes move back. exit() does the same for every device. [ctl]
 *
 * @param dev the device, or NULL for all
 * @return 0; -1 with errno: ENXIO dev is not initialised, EPERM child after fork()
 */
int qsockfini(const char *dev);

/**
 * Create a socket with a stream: socket(2) and qattach(). [ctl]
 *
 * @param domain AF_INET or AF_INET6
 * @param type SOCK_DGRAM (UDP) or SOCK_STREAM (TCP), with SOCK_NONBLOCK and SOCK_CLOEXEC as socket(2) takes
 * them
 * @param protocol 0, IPPROTO_UDP or IPPROTO_TCP
 * @param params device, discipline, and attributes (NULL: best effort)
 * @return a descriptor; -1 with errno
 *  - ENXIO params->dev is not initialised: qsockinit()
 *  - EINVAL params is NULL, name is not dev's discipline, or an attribute is out of range
 *  - EAFNOSUPPORT, ESOCKTNOSUPPORT, EPROTONOSUPPORT another domain, type or protocol
 *  - ENOSPC dev has as many sockets as it can have
 *  - ENOMEM, EMFILE and others of socket(2)
 *  - ETIMEDOUT the TX core does not answer within 10 s
 *  - EPERM child after fork()
 */
int qsocket(int domain, int type, int protocol, struct qos_params *params);

/**
 * Give an existing socket a stream. What is sent from now on is scheduled. [ctl]
 *
 * @param fd a UDP or TCP socket of any state
 * @param params as qsocket()
 * @return 0; -1 with errno as qsocket(), and
 *  - EBADF fd is not open
 *  - ENOTSOCK fd is not a socket
 *  - EISCONN fd has a stream already: qchange()
 */
int qattach(int fd, struct qos_params *params);

/**
 * Change a stream's attributes. It keeps its place in time and its queue; its window begins anew. [ctl]
 *
 * @param fd a socket with a stream
 * @param params dev must be the socket's (or empty), name its discipline (or empty); attributes NULL: best
 * effort
 * @return 0; -1 with errno
 *  - EBADF fd is not open; ENOTSOCK fd is not a socket; EOPNOTSUPP the socket has no stream
 *  - EINVAL params is NULL, another device or discipline, or an attribute is out of range
 *  - EBUSY packets are queued and Q_BEST_EFFORT or Q_UNIT_FRAME would change
 *  - ETIMEDOUT the TX core does not answer within 10 s
 *  - EPERM child after fork()
 */
int qchange(int fd, struct qos_params *params);

/**
 * What the scheduler and the stack know of a socket. [ctl]
 *
 * @param fd a socket with a stream
 * @param info set info->size first
 * @return 0; -1 with errno
 *  - EBADF, ENOTSOCK, EOPNOTSUPP, ETIMEDOUT, EPERM as qchange()
 *  - EINVAL info is NULL, or info->size is less than that of the first release
 */
int qinfo(int fd, struct q_info *info);

/** qsendto() to the connected peer. Same errors. [app] */
ssize_t qsend(int fd, const void *buf, size_t len, int flags, struct packet_flags *pflags);

/**
 * Send a message, and say to the scheduler what it is. [app]
 *
 * UDP: the datagram is copied into packet buffers and handed to the TX core; a datagram larger than the MTU
 * is one request, and leaves in IP fragments. TCP: as sendto(2); its segments are scheduled by the stream,
 * pflags is checked and not used (Q_DRIVER_KERNEL: the call's bytes, up to 1 MiB, are one message, which is
 * copied and scheduled by pflags; it fails with what the kernel said of an earlier one, once). Given to the kernel as sendto(2) would (and scheduled by the stream,
 * without pflags, where it leaves through the twin) are datagrams that the bypass cannot express:
 * destinations without a route through the device, broadcasts, multicasts with IP_MULTICAST_LOOP to groups
 * that this host has joined (seen within 20 ms), MSG_MORE and MSG_DONTROUTE. An unbound socket is bound to a
 * port, as sendto(2) does. The parts of a datagram (MSG_MORE) go to the kernel until its last one, which has no
 * MSG_MORE, is there; Q_DRIVER_KERNEL collects them, and the whole is scheduled by the pflags of the last. Of
 * TCP, Q_DRIVER_KERNEL takes MSG_MORE for nothing: the bytes stay in order.
 *
 * A full queue blocks, or fails with EAGAIN, by O_NONBLOCK and MSG_DONTWAIT; SO_SNDTIMEO is honoured. A
 * message is accepted whole or not at all. What the scheduler drops later is seen in qinfo(), not here.
 *
 * @param fd a socket with a stream
 * @param buf the message
 * @param len its length in bytes, 0 .. 65507 (IPv6: 65527)
 * @param flags MSG_DONTWAIT, MSG_NOSIGNAL, MSG_CONFIRM, MSG_MORE, MSG_DONTROUTE, MSG_EOR as send(2)
 * @param addr where to; NULL: the connected peer
 * @param addrlen its length in bytes
 * @param pflags NULL: as the stream says
 * @return len; -1 with errno as sendto(2), in particular
 *  - EBADF fd is not open, or was closed under way; ENOTSOCK fd is not a socket; EOPNOTSUPP the socket has
 *    no stream, or MSG_OOB and other flags
 *  - EINVAL pflags has unknown bits, both DWCS_NON_DROPPABLE and Q_DROPPABLE, or a relative deadline over
 *    1000 s; addrlen too small; port 0
 *  - EFAULT buf is NULL and len is not 0
 *  - EDESTADDRREQ not connected and no address
 *  - EAFNOSUPPORT an address of another family
 *  - EMSGSIZE more than 65507 bytes (IPv6: 65527), or more than the MTU where IP_MTU_DISCOVER forbids
 *    fragments
 *  - EAGAIN the queue is full (or out of buffers; driver kernel: or holds SO_SNDBUF bytes) and the call may not
 *    block, or SO_SNDTIMEO is over; or the socket is not bound, and no port is left to bind it to
 *  - EINTR a signal handler ran while the call was blocked
 *  - EACCES a broadcast without SO_BROADCAST
 *  - ENETUNREACH, EHOSTUNREACH no route, or the twin is down
 *  - ECONNREFUSED and other pending errors of a socket that is connected or has IP_RECVERR; EPIPE TCP, with
 *    SIGPIPE unless MSG_NOSIGNAL
 *  - EPERM child after fork()
 */
ssize_t qsendto(int fd, const void *buf, size_t len, int flags, const struct sockaddr *addr,
		socklen_t addrlen, struct packet_flags *pflags);

/**
 * Close the socket. Its stream drains for its linger time, without the caller. [ctl]
 *
 * close(2) does as well: the stream is drained and freed within a second.
 *
 * @return 0; -1 with errno: EBADF, ENOTSOCK, EOPNOTSUPP (not closed: it has no stream), EPERM
 */
int qclose(int fd);

/**
 * A descriptor that polls readable while the queue has room: from the start until a q-call finds the queue
 * full, and again when a quarter of it is free. (POLLOUT on fd itself speaks of the kernel's buffer.) It
 * belongs to the library: do not read, write or close it; it is closed with the stream. For TCP use fd
 * itself. [ctl]
 *
 * @return a descriptor, the same on each call; -1 with errno: EBADF, ENOTSOCK, EOPNOTSUPP (TCP, or no
 * stream), EMFILE, EPERM
 */
int qpollfd(int fd);

/**
 * Read the socket's addresses and options again now: after another thread, or a Q_FIXED stream's owner,
 * changed them; or so that plain send() is scheduled right after bind or connect. [ctl]
 *
 * @return 0; -1 with errno: EBADF, ENOTSOCK, EOPNOTSUPP, EPERM as qchange()
 */
int qrefresh(int fd);

/** The clock of deadlines: CLOCK_MONOTONIC ns, without a system call. [any] */
uint64_t qnow(void);

#ifdef __cplusplus
}
#endif
#endif
