/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Statistics as text: where every packet went, and when.
 */
#ifndef DQ_STATS_H
#define DQ_STATS_H

#include "instance.h"

/** A socket of a port and its figures. */
struct dq_sample {
	struct rte_qsock *qs;
	struct rte_qsock_info info;
};

/** All sockets of a port, in order of id; free them with free(). @return how many; negative errno: see e */
int dq_samples_take(const struct dq_port *port, struct dq_sample **out, struct dq_error *e);

/** A port's figures. @return 0; negative errno */
int dq_port_info(const struct dq_port *port, struct rte_qsock_port_info *info, struct dq_error *e);

/** One stream's. @return 0; negative errno */
int dq_sample_take(const struct dq_stream *s, struct dq_sample *sample, struct dq_error *e);

/** Print one port with its streams, and its twin. @return 0; negative errno: it does not answer */
int dq_stats_port(const struct dq_port *port, FILE *out, struct dq_error *e);

/** Every port. */
int dq_stats_all(const struct dq_instance *in, FILE *out, struct dq_error *e);

/** Delays of samples: min, mean, percentiles, max. */
void dq_stats_latency(const struct dq_sample *samples, unsigned int n, FILE *out);

/** Packets of samples; total may be NULL. */
void dq_stats_packets(const struct dq_sample *samples, unsigned int n, const struct rte_qsock_counts *total,
		      FILE *out);

/** "ok", or by how many packets the two sides of the balance differ. */
void dq_balance_text(const struct rte_qsock_counts *c, char *buf, size_t len);

/** What a driver has to say of its own, if it has. */
void dq_stats_driver(const struct dq_port *port, FILE *out);

/** What the kernel counts of the classes of a port's HTB, which it has. */
void dq_stats_classes(const struct dq_port *port, FILE *out);

#endif
