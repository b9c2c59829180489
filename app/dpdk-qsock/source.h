/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Sources: what feeds a stream that no application feeds. One thread drives them all, at absolute
 * times, off the TX cores. The thread's own lock keeps a source from sending into a socket that is being
 * closed: every change to a source goes through the functions here.
 */
#ifndef DQ_SOURCE_H
#define DQ_SOURCE_H

#include "instance.h"

enum dq_source_state {
	DQ_SOURCE_STOPPED,
	DQ_SOURCE_RUNNING,
	DQ_SOURCE_FINISHED, /* at its stop time, or at the end of its file */
};

/** What a source did. */
struct dq_source_info {
	enum dq_source_state state;
	uint64_t packets;  /* given to the socket */
	uint64_t no_mbuf;  /* there was no buffer for */
	uint64_t no_route; /* the kernel had no route for */
};

/** Make a source for a stream, stopped. *out is NULL if the stream asks for none. */
int dq_source_new(struct dq_instance *in, const struct dq_port *port, const struct qs_stream_config *conf,
		  struct dq_source **out, struct dq_error *e);

/** Stop and free it. NULL is allowed. */
void dq_source_free(struct dq_instance *in, struct dq_source *src);

/** Begin from the beginning, into a socket; its times count from began_ns. @return -ENOENT: its file is gone
 */
int dq_source_start(struct dq_instance *in, struct dq_source *src, struct rte_qsock *qs, uint64_t began_ns);

/** Go on with src where old is now in time and state, and free old. A capture begins anew. old may be NULL.
 */
void dq_source_replace(struct dq_instance *in, struct dq_source *old, struct dq_source *src,
		       struct rte_qsock *qs);

void dq_source_stop(struct dq_instance *in, struct dq_source *src);
void dq_source_info(struct dq_instance *in, struct dq_source *src, struct dq_source_info *info);

/** The thread. */
int dq_driver_start(struct dq_instance *in, struct dq_error *e);
void dq_driver_stop(struct dq_instance *in);

#endif
