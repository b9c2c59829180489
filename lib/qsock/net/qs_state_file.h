/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Files that outlive a crash: what a process changed of an interface, and how it was before. Whoever finds
 * one whose owner does not live any more restores what it tells of. They lie under QS_STATE_DIR, are written
 * whole or not at all, and name the interface so that another one of its name is not taken for it.
 */
#ifndef QS_STATE_FILE_H
#define QS_STATE_FILE_H

#include <limits.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include <netlink/msg.h>

#ifdef __cplusplus
extern "C" {
#endif

#define QS_STATE_DIR "/run/qsock"
#define QS_STATE_LINE_MAX 65536 /**< of a line, with what ends it */

/** What tells an interface from another of its name, in a namespace that has the inode of an older one. */
struct qs_ifid {
	uint64_t netns; /**< cookie, never given twice; 0 on kernels before 5.14 */
	int ifindex;	/**< 0: not known */
	unsigned char mac[6];
};

/** A process; pids come again. */
struct qs_owner_id {
	pid_t pid;
	uint64_t start; /**< clock ticks after boot; 0: not known */
};

/** What stands at the top of every file: who changed which interface. */
struct qs_state_head {
	char ifname[IFNAMSIZ];
	struct qs_ifid id;
	struct qs_owner_id owner;
};

/** This process, and an interface as it is here. [ctl] */
void qs_state_head_fill(struct qs_state_head *head, const char *ifname);

/** Its lines: `owner PID START`, `netns COOKIE`, `from IFNAME IFINDEX MAC`. [any] */
bool qs_state_head_write(FILE *f, const struct qs_state_head *head);

/** Take a line that is one of them; of `from` an older format has the name only. [any] @return false: it is
 * not */
bool qs_state_head_read(struct qs_state_head *head, const char *line);

/** Whether a file is about an interface that is no more, as far as its owner does not live here. [ctl] */
bool qs_state_head_is_stale(const struct qs_state_head *head);

/** @return what an interface is here, ifindex 0 if there is none. [ctl] */
struct qs_ifid qs_ifid_read(const char *ifname);

/** Whether both are known and the same. [any] */
bool qs_ifid_same(const struct qs_ifid *a, const struct qs_ifid *b);

/** @return 0; -1: ENODEV no such interface (or no such name), EIO it could not be asked. [ctl] */
int qs_ifid_check(const char *who, const char *ifname);

/** @return the calling process. [any] */
struct qs_owner_id qs_owner_self(void);

/** @return when a process started; 0: there is none. [any] */
uint64_t qs_owner_start(pid_t pid);

/** Whether that very process lives. [any] */
bool qs_owner_lives(const struct qs_owner_id *owner);

/** The file of a kind ("move") about an interface in this network namespace. [any] */
void qs_state_path(char path[PATH_MAX], const char *kind, const char *ifname);

/**
 * Write and sync a file. [ctl]
 * @param write all its lines; false: it could not
 * @return 0; -1: EIO
 */
int qs_state_save(const char *path, bool (*write)(FILE *f, const void *arg), const void *arg);

/**
 * Read a file, line by line. [ctl]
 * @param read takes a line, with its newline. 1: it was the last one, 0: more, -1: EINVAL nonsense, ENOMEM
 * @return 0; -1: ENOENT, EINVAL it says nothing sensible or was cut short, EIO it cannot be read now, ENOMEM
 */
int qs_state_load(const char *path, int (*read)(const char *line, void *arg), void *arg);

/** A file that is of no use to us stays for whoever wants to look, and is not tried again. [ctl] */
void qs_state_put_aside(const char *path);

/**
 * Call fn for each file of a kind in this network namespace but those put aside. [ctl]
 * @param fn 1: something was restored, 0: nothing to do, -1: failed
 * @return how many were; -1: EIO some failed
 */
int qs_state_foreach(const char *kind, int (*fn)(const char *path));

/** A netlink message as a line: the word, then hexadecimal digits. [any] @return false: it could not be
 * written
 */
bool qs_state_message_write(FILE *f, const char *word, const struct nlmsghdr *nlh);

/** The message of such a line's digits. [any] @return to be freed; NULL: EINVAL, ENOMEM */
struct nlmsghdr *qs_state_message_read(const char *digits);

#ifdef __cplusplus
}
#endif
#endif
