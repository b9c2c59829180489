/* SPDX-License-Identifier: BSD-3-Clause */
#include <netinet/in.h>
#include <string.h>

#include "common/drivers.h"
#include "net/qs_classify.h"
#include "qs_config_keys.h"

#define US_NS UINT64_C(1000)
#define MS_NS UINT64_C(1000000)
#define S_NS UINT64_C(1000000000)

/* Far beyond any run, and far from an overflow of start + period. */
#define TIME_MAX_NS (S_NS * 1000000000)

static const struct qs_word precedences[] = {
	{"window", RTE_QSOCK_PRECEDENCE_WINDOW},
	{"deadline", RTE_QSOCK_PRECEDENCE_DEADLINE},
	{NULL, 0},
};

static const struct qs_word drivers[] = {
	{"auto", QS_DRIVER_AUTO},
	{"ethdev", QS_DRIVER_ETHDEV},
	{"af_xdp", QS_DRIVER_AF_XDP},
	{"kernel", QS_DRIVER_PACKET},
	{NULL, 0},
};

static const struct qs_word ways[] = {
	{"auto", QS_CLASSIFY_AUTO},
	{"priority", QS_CLASSIFY_PRIORITY},
	{"bpf", QS_CLASSIFY_BPF},
	{NULL, 0},
};

static const struct qs_word classes[] = {
	{"realtime", RTE_QSOCK_REALTIME},
	{"best-effort", RTE_QSOCK_BEST_EFFORT},
	{NULL, 0},
};

static const struct qs_word units[] = {
	{"packet", RTE_QSOCK_UNIT_PACKET},
	{"frame", RTE_QSOCK_UNIT_FRAME},
	{NULL, 0},
};

static const struct qs_word sources[] = {
	{"none", QS_SOURCE_NONE},
	{"cbr", QS_SOURCE_CBR},
	{"poisson", QS_SOURCE_POISSON},
	{"onoff", QS_SOURCE_ONOFF},
	{"greedy", QS_SOURCE_GREEDY},
	{"pcap", QS_SOURCE_PCAP},
	{NULL, 0},
};

static const struct qs_word protocols[] = {
	{"icmp", IPPROTO_ICMP},
	{"tcp", IPPROTO_TCP},
	{"udp", IPPROTO_UDP},
	{NULL, 0},
};

#define MEMBER(section, member)                                                                              \
	.offset = offsetof(struct section, member), .size = sizeof(((struct section *)NULL)->member)
#define IN_PORT(member) MEMBER(qs_port_config, member)
#define IN_STREAM(member) MEMBER(qs_stream_config, member)
#define IN_RULE(member) MEMBER(qs_rule_config, member)

static const struct qs_key port_keys[QS_PORT_KEYS] = {
	[QS_PORT_RATE] = {"rate", .type = QS_KEY_RATE, .min = RTE_QSOCK_RATE_MIN_BPS,
			  .max = RTE_QSOCK_RATE_MAX_BPS,
			  .no_default = "the device's own; the simulator needs it",
			  .help = "rate of the link", IN_PORT(rate_bps)},
	[QS_PORT_OVERHEAD] = {"overhead", .type = QS_KEY_NUMBER, .max = 255, .number = 24,
			      .help = "bytes that a frame takes on the wire beyond its length",
			      IN_PORT(overhead_bytes)},
	[QS_PORT_SCHEDULER] = {"scheduler", .type = QS_KEY_NAME, .text = "dwcs",
			       .help = "discipline: dwcs, vds, edf, fifo, or one registered",
			       IN_PORT(scheduler)},
	[QS_PORT_PRECEDENCE] = {"precedence", .type = QS_KEY_WORD, .words = precedences,
				.number = RTE_QSOCK_PRECEDENCE_WINDOW,
				.help = "dwcs: what decides first, the window-constraint or the deadline",
				IN_PORT(precedence)},
	[QS_PORT_WORK_CONSERVING] =
		{"work-conserving", .type = QS_KEY_YES_NO,
		 .help = "dwcs, vds: serve a stream more than once a period rather than idle",
		 IN_PORT(work_conserving)},
	[QS_PORT_DEVICE] = {"device", .type = QS_KEY_TEXT, .text = "", .no_default = "none",
			    .help = "EAL port (0000:01:00.0, net_af_xdp0) or kernel interface (eth1)",
			    IN_PORT(device)},
	[QS_PORT_TWIN] = {"twin", .type = QS_KEY_NAME, .text = "", .no_default = "qsN",
			  .help = "TAP that stands for the port in the kernel; no: none", IN_PORT(twin)},
	[QS_PORT_AHEAD] = {"ahead", .type = QS_KEY_TIME, .max = 10 * MS_NS,
			   .help = "how long before the link is free a live port may decide",
			   IN_PORT(ahead_ns)},
	[QS_PORT_CATCHUP] = {"catchup", .type = QS_KEY_TIME, .max = S_NS,
			     .help = "how much idle or stalled time a live port may make up",
			     IN_PORT(catchup_ns)},
	[QS_PORT_SLEEP_AFTER] = {"sleep-after", .type = QS_KEY_TIME, .max = 10 * S_NS,
				 .help = "a TX core without anything to do for so long sleeps; 0: never",
				 IN_PORT(sleep_after_ns)},
	[QS_PORT_STALL] = {"stall", .type = QS_KEY_TIME, .min = 1000, .max = S_NS, .number = 50 * US_NS,
			   .help = "a longer gap in the TX core's loop counts as a stall", IN_PORT(stall_ns)},
	[QS_PORT_BEST_EFFORT_LIMIT] =
		{"best-effort-limit", .type = QS_KEY_TIME, .min = 1000, .max = 10 * S_NS,
		 .number = 50 * MS_NS,
		 .help = "bound of the twin's best-effort queue, as time at the link's rate",
		 IN_PORT(best_effort_limit_ns)},
	[QS_PORT_MTU] = {"mtu", .type = QS_KEY_NUMBER, .min = 68, .max = 16000,
			 .no_default = "the device's own", .help = "largest IP packet, bytes",
			 IN_PORT(mtu_bytes)},
	[QS_PORT_TXD] = {"txd", .type = QS_KEY_NUMBER, .min = 32, .max = 32768, .no_default = "256",
			 .help = "transmit descriptors", IN_PORT(txd)},
	[QS_PORT_RXD] = {"rxd", .type = QS_KEY_NUMBER, .min = 32, .max = 32768, .no_default = "512",
			 .help = "receive descriptors", IN_PORT(rxd)},
	[QS_PORT_ADDRESSES] = {"addresses", .type = QS_KEY_YES_NO,
			       .help = "move the kernel interface's addresses and routes to the twin",
			       IN_PORT(addresses)},
	[QS_PORT_RECORD] = {"record", .type = QS_KEY_TEXT, .text = "", .no_default = "not recorded",
			    .help = "path prefix: record the run for the simulator", IN_PORT(record)},
	[QS_PORT_TX_LCORE] = {"tx-lcore", .type = QS_KEY_NUMBER, .max = 1023, .number = QS_CONFIG_UNSET,
			      .no_default = "the nearest free", .help = "lcore that sends", IN_PORT(tx_lcore)},
	[QS_PORT_TX_QUEUES] = {"tx-queues", .type = QS_KEY_NUMBER, .min = 1, .max = 16, .number = 1,
			       .help = "queues of the device, each with an lcore that sends; several: twin no",
			       IN_PORT(tx_queues)},
	[QS_PORT_DRIVER] = {"driver", .type = QS_KEY_WORD, .words = drivers, .number = QS_DRIVER_AUTO,
			    .help = "auto: ethdev, else af_xdp, else kernel",
			    IN_PORT(driver)},
	[QS_PORT_IN_FLIGHT] = {"in-flight", .type = QS_KEY_TIME, .min = 1000, .max = S_NS, .number = MS_NS,
			       .help = "af_xdp, kernel: most that the kernel has of the port, as time at its rate",
			       IN_PORT(in_flight_ns)},
	[QS_PORT_ZERO_COPY] = {"zero-copy", .type = QS_KEY_YES_NO,
			       .help = "af_xdp: tried, and used where a frame proves it", IN_PORT(zero_copy)},
	[QS_PORT_BUSY_POLL] = {"busy-poll", .type = QS_KEY_NUMBER, .max = 10000,
			       .help = "af_xdp: busy polling of the device, in us; 0: none",
			       IN_PORT(busy_poll_us)},
	[QS_PORT_CAP_FOREIGN] = {"cap-foreign", .type = QS_KEY_RATE, .min = RTE_QSOCK_RATE_MIN_BPS,
				 .max = RTE_QSOCK_RATE_MAX_BPS, .no_default = "no bound",
				 .help = "af_xdp: most that the kernel itself may send on the interface",
				 IN_PORT(cap_foreign_bps)},
	[QS_PORT_FORCE] = {"force", .type = QS_KEY_YES_NO,
			   .help = "kernel: replace an incompatible root qdisc, and give it back at the end",
			   IN_PORT(force)},
	[QS_PORT_CLASSIFY] = {"classify", .type = QS_KEY_WORD, .words = ways, .number = QS_CLASSIFY_AUTO,
			      .help = "af_xdp, kernel: what gives an attached socket its class",
			      IN_PORT(classify)},
};

static const struct qs_key stream_keys[QS_STREAM_KEYS] = {
	[QS_STREAM_PORT] = {"port", .type = QS_KEY_NUMBER, .max = 255, .help = "number of its port",
			    IN_STREAM(port)},
	[QS_STREAM_IPG] = {"ipg", .type = QS_KEY_TIME, .min = RTE_QSOCK_IPG_MIN_NS,
			   .max = RTE_QSOCK_IPG_MAX_NS,
			   .no_default = "required for real time in dwcs and vds",
			   .help = "request period: at most one service in each", IN_STREAM(conf.ipg_ns)},
	[QS_STREAM_OLN] = {"oln", .type = QS_KEY_NUMBER, .max = RTE_QSOCK_WINDOW_MAX,
			   .help = "at most so many of every old requests lost or late; at most old",
			   IN_STREAM(conf.oln)},
	[QS_STREAM_OLD] = {"old", .type = QS_KEY_NUMBER, .max = RTE_QSOCK_WINDOW_MAX,
			   .help = "window of requests; 0: order by deadline alone (not in vds)",
			   IN_STREAM(conf.old)},
	[QS_STREAM_CLASS] = {"class", .type = QS_KEY_WORD, .words = classes, .number = RTE_QSOCK_REALTIME,
			     .help = "with deadlines, or what is left", IN_STREAM(conf.cls)},
	[QS_STREAM_DROPPABLE] = {"droppable", .type = QS_KEY_YES_NO, .number = 1,
				 .help = "drop a late packet that does not say otherwise",
				 IN_STREAM(conf.droppable)},
	[QS_STREAM_DEADLINE] = {"deadline", .type = QS_KEY_TIME, .min = 1, .max = RTE_QSOCK_DEADLINE_MAX_NS,
				.no_default = "required for real time in edf",
				.help = "edf: deadline of a packet, counted from its arrival",
				IN_STREAM(conf.deadline_ns)},
	[QS_STREAM_IN_ORDER] = {"in-order", .type = QS_KEY_YES_NO,
				.help = "edf: never let a packet overtake one of its stream",
				IN_STREAM(conf.in_order)},
	[QS_STREAM_UNIT] = {"unit", .type = QS_KEY_WORD, .words = units, .number = RTE_QSOCK_UNIT_PACKET,
			    .help = "dwcs, vds: what one request is", IN_STREAM(conf.unit)},
	[QS_STREAM_QUEUE] = {"queue", .type = QS_KEY_NUMBER, .min = 1, .max = RTE_QSOCK_QUEUE_MAX,
			     .number = RTE_QSOCK_QUEUE_DEFAULT, .help = "limit of its queue, packets",
			     IN_STREAM(conf.queue_packets)},
	[QS_STREAM_LINGER] = {"linger", .type = QS_KEY_TIME, .max = 1000 * S_NS,
			      .help = "how long it drains after it was closed", IN_STREAM(linger_ns)},
	[QS_STREAM_DSCP] = {"dscp", .type = QS_KEY_NUMBER, .max = 63, .number = QS_CONFIG_UNSET,
			    .no_default = "as it is", .help = "DSCP of what it sends", IN_STREAM(dscp)},
	[QS_STREAM_VLAN_PRIORITY] = {"vlan-priority", .type = QS_KEY_NUMBER, .max = 7,
				     .number = QS_CONFIG_UNSET, .no_default = "as it is",
				     .help = "VLAN priority of what it sends", IN_STREAM(vlan_priority)},
	[QS_STREAM_DST] = {"dst", .type = QS_KEY_ADDR, .no_default = "none",
			   .help = "where a built-in source sends to on a live port", IN_STREAM(dst)},
	[QS_STREAM_DST_MAC] = {"dst-mac", .type = QS_KEY_MAC,
			       .no_default = "the next hop's, as the twin knows it",
			       .help = "where a built-in source's frames go on a live port without a twin",
			       IN_STREAM(dst_mac)},
	[QS_STREAM_SRC] = {"src", .type = QS_KEY_ADDR, .no_default = "as the kernel would choose",
			   .help = "where a built-in source sends from on a live port", IN_STREAM(src)},
	[QS_STREAM_SOURCE] = {"source", .type = QS_KEY_WORD, .words = sources, .number = QS_SOURCE_NONE,
			      .help = "built-in source; the simulator has no pcap", IN_STREAM(source)},
	[QS_STREAM_PACKET] = {"packet", .type = QS_KEY_NUMBER, .min = 1, .max = 65535, .number = 1000,
			      .help = "source: length of each frame, bytes", IN_STREAM(packet_bytes)},
	[QS_STREAM_INTERVAL] = {"interval", .type = QS_KEY_TIME, .min = 1, .max = 1000 * S_NS,
				.no_default = "ipg; required where that is not given",
				.help = "cbr, poisson (mean), onoff (while on): time between packets",
				IN_STREAM(interval_ns)},
	[QS_STREAM_ON] = {"on", .type = QS_KEY_TIME, .min = 1, .max = 1000 * S_NS,
			  .no_default = "required for onoff", .help = "onoff: mean time that it sends",
			  IN_STREAM(on_ns)},
	[QS_STREAM_OFF] = {"off", .type = QS_KEY_TIME, .min = 1, .max = 1000 * S_NS,
			   .no_default = "required for onoff", .help = "onoff: mean time that it is silent",
			   IN_STREAM(off_ns)},
	[QS_STREAM_SEED] = {"seed", .type = QS_KEY_NUMBER, .max = UINT64_MAX, .number = 1,
			    .help = "poisson, onoff: another number, other times; streams of one seed differ",
			    IN_STREAM(seed)},
	[QS_STREAM_START] = {"start", .type = QS_KEY_TIME, .max = TIME_MAX_NS,
			     .help = "source: when it begins, after the run does", IN_STREAM(start_ns)},
	[QS_STREAM_STOP] = {"stop", .type = QS_KEY_TIME, .min = 1, .max = TIME_MAX_NS, .no_default = "never",
			    .help = "source: no packet from then on", IN_STREAM(stop_ns)},
	[QS_STREAM_PCAP] = {"pcap", .type = QS_KEY_TEXT, .text = "", .no_default = "required for pcap",
			    .help = "source = pcap: the file to replay", IN_STREAM(pcap)},
	[QS_STREAM_LOOP] = {"loop", .type = QS_KEY_YES_NO, .help = "source = pcap: begin again at the end",
			    IN_STREAM(loop)},
};

static const struct qs_key rule_keys[QS_RULE_KEYS] = {
	[QS_RULE_STREAM] = {"stream", .type = QS_KEY_NAME, .text = "", .no_default = "required",
			    .help = "where what matches goes", IN_RULE(stream)},
	[QS_RULE_PORT] = {"port", .type = QS_KEY_NUMBER, .max = 255, .number = QS_CONFIG_UNSET,
			  .no_default = "that of the stream", .help = "number of the port", IN_RULE(port)},
	[QS_RULE_PROTOCOL] = {"protocol", .type = QS_KEY_NUMBER_OR_WORD, .words = protocols, .max = 255,
			      .number = QS_CONFIG_UNSET, .no_default = "any", .help = "IP protocol",
			      IN_RULE(protocol)},
	[QS_RULE_SRC] = {"src", .type = QS_KEY_PREFIX, .no_default = "any", .help = "source", IN_RULE(src)},
	[QS_RULE_DST] = {"dst", .type = QS_KEY_PREFIX, .no_default = "any", .help = "destination",
			 IN_RULE(dst)},
	[QS_RULE_SPORT] = {"sport", .type = QS_KEY_RANGE, .no_default = "any", .help = "source port",
			   IN_RULE(sport)},
	[QS_RULE_DPORT] = {"dport", .type = QS_KEY_RANGE, .no_default = "any", .help = "destination port",
			   IN_RULE(dport)},
	[QS_RULE_DSCP] = {"dscp", .type = QS_KEY_NUMBER, .max = 63, .number = QS_CONFIG_UNSET,
			  .no_default = "any", .help = "DSCP", IN_RULE(dscp)},
	[QS_RULE_VLAN] = {"vlan", .type = QS_KEY_NUMBER, .max = 4094, .number = QS_CONFIG_UNSET,
			  .no_default = "any", .help = "VLAN number", IN_RULE(vlan)},
	[QS_RULE_PRIORITY] = {"priority", .type = QS_KEY_NUMBER, .max = 65535,
			      .help = "lower is asked first; ties in the order of the file",
			      IN_RULE(priority)},
};

const struct qs_section qs_sections[QS_CONFIG_KINDS] = {
	[QS_CONFIG_PORT] = {"port", "N", port_keys, QS_PORT_KEYS, sizeof(struct qs_port_config)},
	[QS_CONFIG_STREAM] = {"stream", "NAME", stream_keys, QS_STREAM_KEYS, sizeof(struct qs_stream_config)},
	[QS_CONFIG_RULE] = {"rule", "NAME", rule_keys, QS_RULE_KEYS, sizeof(struct qs_rule_config)},
};

_Static_assert(QS_STREAM_KEYS <= QS_CONFIG_KEYS_MAX, "more keys than a section's structure keeps lines of");

int qs_key_find(enum qs_config_kind kind, const char *name)
{
	unsigned int i;

	for (i = 0; i < qs_sections[kind].n_keys; i++) {
		if (strcmp(name, qs_sections[kind].keys[i].name) == 0)
			return (int)i;
	}
	return -1;
}
