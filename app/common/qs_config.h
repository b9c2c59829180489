/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The configuration of dpdk-qsock and dpdk-qsock-sim: INI sections as plain structures.
 *
 * Everything is validated when it is read, and the first mistake ends it: a configuration
 * that was returned is whole. Each section and each key keeps the line it came from, for what only
 * a program can find out later (see qs_config_where()). No EAL, no DPDK header.
 *
 * Functions return 0 or a negative errno value, and put one line into why (which may be NULL).
 */
#ifndef QS_CONFIG_H
#define QS_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <rte_qsock_sched.h>

#define QS_CONFIG_WHY 1024	   /**< room for any message */
#define QS_CONFIG_TEXT 128	   /**< longest text value (a path, a device), with its final 0 */
#define QS_CONFIG_IFNAME 16	   /**< IFNAMSIZ */
#define QS_CONFIG_KEYS_MAX 32	   /**< keys of one kind of section */
#define QS_CONFIG_UNSET UINT32_MAX /**< a number that was not given and has no default */

/** Kinds of sections. */
enum qs_config_kind {
	QS_CONFIG_PORT,
	QS_CONFIG_STREAM,
	QS_CONFIG_RULE,
	QS_CONFIG_KINDS,
};

/** [port N], in the order of its table. */
enum qs_port_key {
	QS_PORT_RATE,
	QS_PORT_OVERHEAD,
	QS_PORT_SCHEDULER,
	QS_PORT_PRECEDENCE,
	QS_PORT_WORK_CONSERVING,
	QS_PORT_DEVICE,
	QS_PORT_TWIN,
	QS_PORT_AHEAD,
	QS_PORT_CATCHUP,
	QS_PORT_SLEEP_AFTER,
	QS_PORT_STALL,
	QS_PORT_BEST_EFFORT_LIMIT,
	QS_PORT_MTU,
	QS_PORT_TXD,
	QS_PORT_RXD,
	QS_PORT_ADDRESSES,
	QS_PORT_RECORD,
	QS_PORT_TX_LCORE,
	QS_PORT_TX_QUEUES,
	QS_PORT_DRIVER,
	QS_PORT_IN_FLIGHT,
	QS_PORT_ZERO_COPY,
	QS_PORT_BUSY_POLL,
	QS_PORT_CAP_FOREIGN,
	QS_PORT_FORCE,
	QS_PORT_CLASSIFY,
	QS_PORT_KEYS,
};

/** [stream NAME] */
enum qs_stream_key {
	QS_STREAM_PORT,
	QS_STREAM_IPG,
	QS_STREAM_OLN,
	QS_STREAM_OLD,
	QS_STREAM_CLASS,
	QS_STREAM_DROPPABLE,
	QS_STREAM_DEADLINE,
	QS_STREAM_IN_ORDER,
	QS_STREAM_UNIT,
	QS_STREAM_QUEUE,
	QS_STREAM_LINGER,
	QS_STREAM_DSCP,
	QS_STREAM_VLAN_PRIORITY,
	QS_STREAM_DST,
	QS_STREAM_DST_MAC,
	QS_STREAM_SRC,
	QS_STREAM_SOURCE,
	QS_STREAM_PACKET,
	QS_STREAM_INTERVAL,
	QS_STREAM_ON,
	QS_STREAM_OFF,
	QS_STREAM_SEED,
	QS_STREAM_START,
	QS_STREAM_STOP,
	QS_STREAM_PCAP,
	QS_STREAM_LOOP,
	QS_STREAM_KEYS,
};

/** [rule NAME] */
enum qs_rule_key {
	QS_RULE_STREAM,
	QS_RULE_PORT,
	QS_RULE_PROTOCOL,
	QS_RULE_SRC,
	QS_RULE_DST,
	QS_RULE_SPORT,
	QS_RULE_DPORT,
	QS_RULE_DSCP,
	QS_RULE_VLAN,
	QS_RULE_PRIORITY,
	QS_RULE_KEYS,
};

/** What feeds a stream that no application feeds. */
enum qs_source_kind {
	QS_SOURCE_NONE,
	QS_SOURCE_CBR,
	QS_SOURCE_POISSON,
	QS_SOURCE_ONOFF,
	QS_SOURCE_GREEDY,
	QS_SOURCE_PCAP,
};

/** Where a section and its keys came from; the first member of each section's structure. */
struct qs_config_head {
	uint64_t given;			       /**< bit k: key k was given */
	uint32_t line;			       /**< of the section; 0: not from a file */
	uint32_t key_line[QS_CONFIG_KEYS_MAX]; /**< 0: not from a file */
};

/** Whether a key was given. [any] */
static inline bool qs_config_given(const struct qs_config_head *head, unsigned int key)
{
	return (head->given >> key & 1) != 0;
}

/** ADDRESS:PORT or [ADDRESS]:PORT. */
struct qs_addr {
	uint8_t family;	   /**< 0 none, 4, 6 */
	uint8_t bytes[16]; /**< network order; IPv4 in the first four */
	uint16_t port;	   /**< host order */
};

/** XX:XX:XX:XX:XX:XX */
struct qs_mac {
	uint8_t given; /**< 0: none */
	uint8_t bytes[6];
};

/** ADDRESS or ADDRESS/BITS; no bit is set beyond the prefix. */
struct qs_prefix {
	uint8_t family; /**< 0 none, 4, 6 */
	uint8_t bits;
	uint8_t bytes[16];
};

/** N or LOW-HIGH. */
struct qs_range {
	uint16_t min;
	uint16_t max; /**< 0, 0: any */
};

struct qs_port_config {
	struct qs_config_head head;
	uint32_t id; /**< N of [port N] */
	uint32_t overhead_bytes;
	uint64_t rate_bps; /**< 0: the device's own */
	uint64_t ahead_ns;
	uint64_t catchup_ns;
	uint64_t sleep_after_ns;
	uint64_t stall_ns;
	uint64_t best_effort_limit_ns;
	uint32_t mtu_bytes; /**< 0: the device's own, as for txd and rxd */
	uint32_t txd;
	uint32_t rxd;
	uint32_t tx_lcore;  /**< QS_CONFIG_UNSET: the nearest free */
	uint32_t tx_queues; /**< each with an lcore of its own */
	uint64_t in_flight_ns;	  /**< of drivers af_xdp and kernel */
	uint64_t cap_foreign_bps; /**< of af_xdp, as the two that follow: of what the kernel sends beside the port; 0: no bound */
	uint32_t busy_poll_us;
	bool zero_copy;
	bool force;	    /**< of driver kernel: replace whatever qdisc is there */
	uint8_t driver;	    /**< enum qs_driver */
	uint8_t classify;   /**< enum qs_classify_way, of sockets that are attached */
	uint8_t precedence; /**< enum rte_qsock_precedence */
	bool work_conserving;
	bool addresses; /**< move the kernel interface's addresses to the twin */
	char scheduler[RTE_QSOCK_NAMESIZE];
	char twin[QS_CONFIG_IFNAME]; /**< of the TAP; "no": none */
	char device[QS_CONFIG_TEXT]; /**< EAL name or kernel interface; "": none given */
	char record[QS_CONFIG_TEXT]; /**< path prefix; "": none */
};

struct qs_stream_config {
	struct qs_config_head head;
	char name[RTE_QSOCK_NAMESIZE];
	struct rte_qsock_stream_conf conf; /**< ready for rte_qsock_sched_add() */
	uint64_t linger_ns;
	uint64_t interval_ns; /**< of its source; the ipg where none was given; 0: neither */
	uint64_t on_ns;
	uint64_t off_ns;
	uint64_t start_ns;
	uint64_t stop_ns; /**< 0: never */
	uint64_t seed;
	uint32_t packet_bytes;
	uint32_t port;		/**< id of its port */
	uint32_t dscp;		/**< QS_CONFIG_UNSET: leave as it is */
	uint32_t vlan_priority; /**< QS_CONFIG_UNSET: leave as it is */
	uint8_t source;		/**< enum qs_source_kind */
	bool loop;
	struct qs_addr dst;
	struct qs_addr src;
	struct qs_mac dst_mac; /**< where the port has no twin that would know */
	char pcap[QS_CONFIG_TEXT];
};

struct qs_rule_config {
	struct qs_config_head head;
	char name[RTE_QSOCK_NAMESIZE];
	char stream[RTE_QSOCK_NAMESIZE];
	uint32_t port;	   /**< id; that of its stream */
	uint32_t protocol; /**< IPPROTO_*; QS_CONFIG_UNSET: any */
	uint32_t dscp;	   /**< QS_CONFIG_UNSET: any */
	uint32_t vlan;	   /**< QS_CONFIG_UNSET: any */
	uint32_t priority; /**< lower is asked first */
	struct qs_prefix src;
	struct qs_prefix dst;
	struct qs_range sport;
	struct qs_range dport;
};

struct qs_name_index;

/** All sections, each kind in the order of the file: the number of a stream is its index. */
struct qs_config {
	char *path; /**< as named in messages */
	struct qs_port_config *ports;
	struct qs_stream_config *streams;
	struct qs_rule_config *rules;
	uint32_t n_ports;
	uint32_t n_streams;
	uint32_t n_rules;
	struct qs_name_index *stream_names;
	struct qs_name_index *rule_names;
};

/**
 * Read a file. Only ever returns a configuration that is whole and free of contradictions.
 * @param why "FILE:LINE: what is wrong: the value, what is allowed"
 * @return 0; -EINVAL a mistake in the file; -ENOENT, -EACCES, ... it cannot be opened; -ENOMEM
 */
int qs_config_load(const char *path, struct qs_config **out, char *why, size_t why_len);

/** The same from an open file; name stands in messages for FILE. */
int qs_config_read(FILE *file, const char *name, struct qs_config **out, char *why, size_t why_len);

/** NULL is allowed. */
void qs_config_free(struct qs_config *cfg);

/** @return the port [port id]; NULL: there is none */
const struct qs_port_config *qs_config_port(const struct qs_config *cfg, uint32_t id);

/** @return index of the stream of that name in cfg->streams, -1: there is none. O(1) */
int64_t qs_config_stream(const struct qs_config *cfg, const char *name);

/** "FILE:LINE: " of a key, or of its section where the key was not given; for messages of one's own. */
void qs_config_where(const struct qs_config *cfg, const struct qs_config_head *head, unsigned int key,
		     char *buf, size_t len);

/** A section with nothing but defaults; section is the structure of its kind, which keeps no name. */
void qs_config_defaults(enum qs_config_kind kind, void *section);

/** The default twin of a port: qsN. */
void qs_config_twin_default(struct qs_port_config *port);

/**
 * Set one key of a section from text, as a line of a file would; for a shell. Checks the value
 * alone; follow it with qs_config_check_stream() or qs_config_check().
 * @return 0; -ENOENT no such key; -EINVAL not a value for it; -ERANGE out of range
 */
int qs_config_set(enum qs_config_kind kind, void *section, const char *key, const char *value, char *why,
		  size_t why_len);

/** Print one key's value as a file would hold it. @return 0; -ENOENT no such key */
int qs_config_get(enum qs_config_kind kind, const void *section, const char *key, char *buf, size_t len);

/**
 * Whether a stream can be on a port: what a discipline requires, and what contradicts itself.
 * @param key set to the key to blame, where not NULL
 * @return 0; -EINVAL
 */
int qs_config_check_stream(const struct qs_port_config *port, const struct qs_stream_config *stream,
			   unsigned int *key, char *why, size_t why_len);

/**
 * Whether sections go together: streams with their ports, rules with their streams. Completes what
 * follows from others (a rule's port).
 * @param why begins with qs_config_where()
 * @return 0; -EINVAL
 */
int qs_config_check(struct qs_config *cfg, char *why, size_t why_len);

/** Write one section so that it reads as the same; what is default and was not given is left out. */
void qs_config_save_section(enum qs_config_kind kind, const void *section, FILE *out);

/** Write everything as a file that loads to the same. @return 0; -EIO */
int qs_config_save(const struct qs_config *cfg, FILE *out);

/** Write the reference of all keys: name, allowed values, default, meaning. */
void qs_config_print_keys(FILE *out);

#endif
