/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * What runs: ports, streams and rules, each with the section of the configuration that it was made
 * from, which is kept up to date. All of it belongs to the main thread, but for the sources, which
 * their own thread drives (see source.h).
 *
 * Functions return 0 or a negative errno value and then explain it in e; what failed left nothing behind.
 */
#ifndef DQ_INSTANCE_H
#define DQ_INSTANCE_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_mempool.h>
#include <rte_qsock.h>
#include <rte_qsock_twin.h>

#include "device.h"
#include "error.h"

struct dq_source;
struct dq_driver;
struct dq_queues;
struct dq_attach;

#define DQ_QUEUES_MAX 16 /* of a port: tx-queues */

struct dq_port {
	struct qs_port_config conf;
	struct dq_device device;
	struct rte_mempool *tx_pool; /* what the twin and the sources send */
	struct rte_mempool *rx_pool;
	struct rte_qsock_port *port;	    /* of several queues: that of the first */
	struct dq_queues *queues;	    /* NULL: one queue */
	struct rte_qsock_twin *twin;	    /* NULL: none */
	struct rte_qsock_egress *egress[DQ_QUEUES_MAX]; /* the ports', one a queue */
	unsigned int lcores[DQ_QUEUES_MAX]; /* one a queue */
	unsigned int n_lcores;
	int node;		       /* of the device; -1: none, or not known */
	char name[RTE_QSOCK_NAMESIZE]; /* of the library's port */
};

struct dq_stream {
	struct qs_stream_config conf;
	struct dq_port *port;
	struct rte_qsock *qs;
	struct dq_source *source; /* NULL: none */
};

struct dq_rule {
	struct qs_rule_config conf;
	struct dq_port *port;
};

/* A list of pointers that keeps its order. */
struct dq_list {
	void **at;
	unsigned int count;
};

struct dq_instance {
	struct dq_list ports, streams, rules;
	struct dq_driver *driver; /* of the sources */
	struct dq_attach *attach; /* sockets of other programs; NULL: none can be */
	bool no_rx;
};

/* as a whole: running.c; its beginning and end: start.h */
/** What runs, as a configuration, with at most one section more or instead of the one of its name.
 * Free it with qs_config_free(). NULL: no memory */
struct qs_config *dq_instance_config(const struct dq_instance *in, enum qs_config_kind kind,
				     const void *section);

/** Whether a section may be added, or take the place of the one of its name. Completes what follows from
 * others. */
int dq_instance_check(const struct dq_instance *in, enum qs_config_kind kind, void *section,
		      struct dq_error *e);

/* ports: port.c */
struct dq_port *dq_port_find(const struct dq_instance *in, uint32_t id);
/** @param cfg the streams that will be on it, to size its memory; may be NULL */
int dq_port_add(struct dq_instance *in, const struct qs_port_config *conf, const struct qs_config *cfg,
		struct dq_error *e);
int dq_port_rate_set(struct dq_port *port, uint64_t rate_bps, struct dq_error *e);
void dq_port_del(struct dq_instance *in, struct dq_port *port);

/* streams: stream.c */
struct dq_stream *dq_stream_find(const struct dq_instance *in, const char *name);
/** The stream of a socket, NULL: not one of ours, as the twin's best effort. */
struct dq_stream *dq_stream_of(const struct dq_instance *in, const struct rte_qsock *qs);
int dq_stream_add(struct dq_instance *in, const struct qs_stream_config *conf, struct dq_error *e);
int dq_stream_change(struct dq_instance *in, struct dq_stream *s, const struct qs_stream_config *conf,
		     struct dq_error *e);
int dq_stream_del(struct dq_instance *in, struct dq_stream *s, struct dq_error *e);

/* rules: rule.c */
struct dq_rule *dq_rule_find(const struct dq_instance *in, const char *name);
int dq_rule_add(struct dq_instance *in, const struct qs_rule_config *conf, struct dq_error *e);
int dq_rule_del(struct dq_instance *in, struct dq_rule *rule, struct dq_error *e);

/* lists: list.c */
int dq_list_add(struct dq_list *list, void *p);
void dq_list_del(struct dq_list *list, const void *p);

#define DQ_FOREACH(var, list)                                                                                \
	for (unsigned int i_##var = 0; i_##var < (list)->count && ((var) = (list)->at[i_##var], true);       \
	     i_##var++)

#endif
