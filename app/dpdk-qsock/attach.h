/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Sockets of programs that know nothing of us: what the kernel sends of them is a stream's, from now on until
 * they end, or are detached. One is named as PID:FD, or all of a cgroup are, those of programs that are still
 * to start as well. On a port with a twin nothing of theirs is changed: their packets are told by their ends.
 * Where the kernel sends beside the port, they get a class of the port's HTB: that of the stream's class.
 *
 * All of it belongs to the main thread.
 */
#ifndef DQ_ATTACH_H
#define DQ_ATTACH_H

#include "instance.h"
#include "loop.h"

#define DQ_ATTACHED_NAME 256

struct dq_classed;

/** One that was asked for. */
struct dq_attached {
	char name[DQ_ATTACHED_NAME]; /* PID:FD, or the cgroup's directory */
	struct dq_stream *stream;
	bool cgroup;
	uint64_t cookie;  /* of the socket */
	uint64_t *groups; /* the cgroup and those in it, in order of their numbers */
	uint32_t n_groups;
	uint32_t sockets;	    /* whose packets are known now, or that have the class */
	uint32_t ambiguous;	    /* whose ends are another's as well, which came first */
	struct dq_classed *classed; /* NULL: by the twin */
};

/** Look after the sockets while the main thread waits. @return 0; negative errno */
int dq_attach_start(struct dq_instance *in, struct dq_loop *loop, struct dq_error *e);
void dq_attach_stop(struct dq_instance *in);

/**
 * The socket PID:FD sends into a stream, in its place among all that is sent.
 * @return 0; negative errno as dq_foreign_look(), and -EEXIST it is attached, -ENOTCONN it only listens, or
 * has no local port yet where a twin is to know it, -EINVAL the stream's port has neither twin nor HTB,
 * -ESTALE another program has replaced that
 */
int dq_attach_socket(struct dq_instance *in, const char *word, struct dq_stream *s, struct dq_error *e);

/** All sockets of a cgroup (v2) and those within. @param path under /sys/fs/cgroup, or from its root
 * @return 0; -EEXIST, -ENOENT no such cgroup, -ENOTSUP the kernel does not tell cgroups of sockets */
int dq_attach_cgroup(struct dq_instance *in, const char *path, struct dq_stream *s, struct dq_error *e);

/** Their packets go where they went before. @return 0; -ENOENT */
int dq_detach(struct dq_instance *in, const char *name, struct dq_error *e);

/** Look again who is there. */
void dq_attach_sweep(struct dq_instance *in);

/** All of them, of struct dq_attached. */
const struct dq_list *dq_attached_list(const struct dq_instance *in);

/** Something that leads to a stream; NULL: nothing does. */
const struct dq_attached *dq_attached_to(const struct dq_instance *in, const struct dq_stream *s);

#endif
