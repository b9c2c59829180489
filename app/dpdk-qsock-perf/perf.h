/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * What the measurements share. Each mode is a file: it measures, and adds results; main.c prints them.
 */
#ifndef PERF_H
#define PERF_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>
#include <rte_qsock.h>

#define PERF_REPS_MAX 25
#define PERF_BURST 32
#define PERF_FRAME_BYTES 64
#define PERF_PACKETS_MAX 262144u /* that a port holds */

/** What is asked on the command line. */
struct perf_options {
	const char *scheduler;
	uint32_t reps; /**< of every measurement, 5 .. PERF_REPS_MAX */
	uint32_t sockets[8];
	uint32_t nr_sockets;
	uint64_t packets; /**< of one repetition */
	bool histogram;	  /**< with the delay histograms that a socket has by default */
	bool json;
	uint64_t slot_ns;      /**< a period, divided by the number of sockets */
	uint8_t precedence;    /**< enum rte_qsock_precedence */
	uint64_t catchup_ns;   /**< of a paced port */
	const char *interface; /**< of --mode wire; NULL: a device of EAL's */
	bool through_kernel;   /**< the driver kernel on it, not af_xdp */
};

/** Values of one measurement, one a repetition. */
struct perf_values {
	double value[PERF_REPS_MAX];
	uint32_t count;
};

/** Devices and memory, made once. */
struct perf_world {
	uint16_t eth_port_id; /**< a net_null */
	struct rte_mempool *pool;
	double ns_per_tick;
};

/** A port with sockets on it. */
struct perf_port {
	struct rte_qsock_port *port;
	struct rte_qsock **sockets;
	uint32_t nr_sockets;
};

/**
 * The CPU time of this thread in ns. Not the TSC: on a shared machine that would count the time of others.
 */
double perf_cpu_ns(void);

/** Bytes taken from EAL and from libc. */
double perf_allocated(void);

/** Keep one value. */
void perf_add(struct perf_values *v, double value);
double perf_median(const struct perf_values *v);

/** A measurement that is told. */
struct perf_row {
	const char *mode;
	const char *what;
	const char *sched; /**< the discipline; NULL: none has a part in it */
	const char *unit;  /**< PERF_NS_PACKET, or whatever it is */
	const char *how;   /**< how it was set up; NULL: the guide tells */
	uint32_t sockets;
	const struct perf_values *v;
	const struct perf_values *floor; /**< what it is a multiple of; NULL: nothing */
};

#define PERF_NS_PACKET "ns/packet"

/** Put a measurement among the results. */
void perf_result(const struct perf_row *row);
void perf_print(bool json);

/** The most sockets asked for. */
uint32_t perf_sockets_max(const struct perf_options *o);

/** Start DPDK with net_null; the message is printed if it fails. @return 0; -1 */
int perf_world_start(struct perf_world *w, const struct perf_options *o, int argc, char **argv);

/** A link that is never the limit, and sockets that may send at any time. @return 0; -1 */
int perf_port_open(struct perf_port *p, const struct perf_world *w, const struct perf_options *o,
		   uint32_t nr_sockets, uint32_t queue_packets, struct rte_qsock_egress *egress);
/** The same in two steps: the port, and its sockets. @return 0; -1 */
int perf_port_make(struct perf_port *p, const struct perf_world *w, const struct perf_options *o,
		   uint32_t nr_sockets, struct rte_qsock_egress *egress);
int perf_port_sockets(struct perf_port *p, const struct perf_options *o, uint32_t queue_packets);
void perf_port_close(struct perf_port *p);

/** A period that all sockets together can just keep, not alike for all. */
uint64_t perf_ipg_ns(uint32_t nr_sockets, uint32_t i, uint64_t slot_ns);

/** What an application does with a new packet: 64 bytes written. */
void perf_write(struct rte_mbuf *m);

/** Whether there are two CPUs, a core each; if not, the message that a mode is left out is printed. */
bool perf_two_cores(const char *mode);

/** Parts of more than one mode: their results stand under its name. @return 0; -1 */
int perf_e2e_rows(const struct perf_world *w, const struct perf_options *o, const char *mode);
/** Packets to sockets at random, and to the device, on one core. @return ns of CPU time a packet; 0: no
 * buffers */
double perf_e2e_once(const struct perf_world *w, struct perf_port *p, uint64_t packets);
void perf_testpmd(const struct perf_options *o);
int perf_kernel(const struct perf_options *o, const char *mode);

/** librte_sched with so many pipes; floor: tx_burst alone. */
void perf_rtesched(const struct perf_world *w, const struct perf_options *o, uint32_t sockets,
		   const struct perf_values *floor);

/** The modes. @return 0; -1 */
int perf_decide(const struct perf_world *w, const struct perf_options *o);
int perf_e2e(const struct perf_world *w, const struct perf_options *o);
int perf_compare(const struct perf_world *w, const struct perf_options *o);
int perf_pace(const struct perf_world *w, const struct perf_options *o);
int perf_rate(const struct perf_world *w, const struct perf_options *o);
int perf_pipe(const struct perf_world *w, const struct perf_options *o);
int perf_send(const struct perf_world *w, const struct perf_options *o);
int perf_qsend(const struct perf_world *w, const struct perf_options *o);
int perf_control(const struct perf_world *w, const struct perf_options *o);
int perf_group(const struct perf_world *w, const struct perf_options *o);
int perf_idle(const struct perf_world *w, const struct perf_options *o);
int perf_wire(const struct perf_world *w, const struct perf_options *o);
int perf_memory(const struct perf_world *w, const struct perf_options *o);

#endif
