/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Sockets of other programs in a class of a port's HTB: one socket, or all that the programs of a cgroup have
 * and will make. One is put there by BPF (qs_classify.h), which changes nothing of it, where that can be had
 * and is wanted; else, and those of a cgroup, by SO_PRIORITY on a descriptor of our own of each. What is
 * changed stands in a file first, and is restored at the end, or at the next start after a crash, as far as
 * its program has not changed it meanwhile.
 *
 * All of it belongs to the main thread.
 */
#ifndef DQ_CLASSED_H
#define DQ_CLASSED_H

#include <limits.h>

#include <net/qs_classify.h>
#include <net/qs_state_file.h>

#include "foreign.h"
#include "instance.h"

/** A socket, and the priority that it comes back to. */
struct dq_classed_socket {
	struct dq_foreign at;
	uint32_t former;
};

/** Processes, in order of their numbers. */
struct dq_pids {
	pid_t *at;
	uint32_t n;
};

/** What one that was attached holds. */
struct dq_classed {
	struct qs_state_head head;
	char path[PATH_MAX]; /* of its file */
	uint32_t class;
	char cgroup[PATH_MAX];		   /* "": one socket */
	struct dq_classed_socket *sockets; /* of a cgroup: those that had a priority */
	uint32_t n_sockets;
	struct dq_pids members;	      /* of a cgroup: who was in it when it was looked at last */
	struct dq_pids now;	      /* and who is, while it is looked at */
	int born_fd;		      /* of a cgroup, see born.h; -1: none */
	struct qs_classify *classify; /* shared by those of an interface; NULL: by SO_PRIORITY */
};

/** Whether a port's interface has our classes. @return 0; negative errno, e says why not: -EINVAL it never
 * had, -ESTALE another program has replaced them, -ENODEV, -EIO */
int dq_classed_check(const struct dq_port *port, struct dq_error *e);

/** The class that a stream's sockets have. */
uint32_t dq_classed_class(const struct dq_stream *s);

/**
 * Give one socket a class.
 * @param all of this process: a socket of an attached cgroup may be attached by itself, too
 * @return NULL: e says why
 */
struct dq_classed *dq_classed_socket(struct dq_list *all, const struct dq_port *port, uint32_t class,
				     const struct dq_foreign *socket, struct dq_error *e);

/** All sockets of a cgroup, now and later. @param dir its directory. @return NULL: e says why */
struct dq_classed *dq_classed_cgroup(struct dq_list *all, const struct dq_port *port, uint32_t class,
				     const char *dir, struct dq_error *e);

/** Whether it is in force still: the socket lives; the cgroup has our program. */
bool dq_classed_holds(struct dq_classed *c);

/** The class that the socket has now; 0 for one that has ended, or cannot be looked at. */
uint32_t dq_classed_now(struct dq_classed *c);

/** Restore what was found, and free. */
void dq_classed_free(struct dq_list *all, struct dq_classed *c);

/** Restore what crashed processes have left. @return 0; -1: not all could be, the log says what */
int dq_classed_recover(void);

/** The class of who has moved into an attached cgroup, or out of it, follows. */
void dq_classed_follow(struct dq_list *all);

/** A socket's SO_PRIORITY. */
uint32_t dq_priority_of(int sock);
int dq_priority_set(int sock, uint32_t value);

/* classed_group.c */

/** Give a cgroup's sockets their class, those that are there and those to come. @return 0; negative errno, e
 * says why; nothing has changed where born_fd is negative then */
int dq_classed_group_enter(struct dq_list *all, struct dq_classed *c, struct dq_error *e);
/** Take it away from who is in it. @return 0; negative errno: some have it still */
int dq_classed_group_leave(const struct dq_list *all, struct dq_classed *c);

/* classed_file.c */

/** Name its file, and write it. @return 0; -1: EIO */
int dq_classed_file(struct dq_classed *c);
int dq_classed_save(const struct dq_classed *c);
/** NULL: rte_errno */
struct dq_classed *dq_classed_load(const char *path);
/** Call fn for each file of this namespace. @return as qs_state_foreach() */
int dq_classed_files(int (*fn)(const char *path));

/** Room for one more. @return it; NULL: no memory */
struct dq_classed_socket *dq_classed_more(struct dq_classed *c);

#endif
