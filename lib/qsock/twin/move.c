/* SPDX-License-Identifier: BSD-3-Clause */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rte_errno.h>

#include "core/qs_log.h"
#include "twin/qs_move.h"
#include "twin/qs_move_priv.h"

#define ASIDE ".failed"

/* A file that is of no use to us stays for whoever wants to look, and is not tried again. */
static void put_aside(const char *path)
{
	char aside[PATH_MAX + NAME_MAX + sizeof(ASIDE)];
	int bytes = snprintf(aside, sizeof(aside), "%s" ASIDE, path);

	if (bytes > 0 && (size_t)bytes < sizeof(aside) && rename(path, aside) == 0)
		QS_LOG(ERR, "move: %s: could not be applied, it is %s now\n", path, aside);
	else
		unlink(path);
}

/* Another interface of that name, or a namespace with the inode of an older one: nothing is given to it. */
static bool stale_end(const struct qs_move *move)
{
	if (qs_move_owner_lives(move) && move->id.netns == qs_move_identify(move->from).netns)
		return false;
	if (!qs_move_is_stale(move))
		return false;
	QS_LOG(NOTICE, "move: %s is about another interface than today's %s: removed\n", move->path,
	       move->from);
	unlink(move->path);
	return true;
}

/* Another process's file of the same interface: alive, or left over. @return 0: there is none any more */
static int predecessor_check(const char *path)
{
	struct qs_move *old = qs_move_load(path);
	bool lives;

	if (old == NULL && rte_errno == EINVAL) {
		put_aside(path);
		return 0;
	}
	if (old == NULL)
		return rte_errno == ENOENT ? 0 : -1;
	lives = !stale_end(old) && qs_move_owner_lives(old);
	if (lives)
		qs_fail(EBUSY, "move: %s: process %d has moved it to %s", old->from, (int)old->owner,
			old->to);
	qs_move_free(old);
	return lives ? -1 : 0;
}

static int interface_check(const char *name)
{
	if (strlen(name) >= IFNAMSIZ)
		return qs_fail(ENODEV, "move: no interface %s", name);
	if (if_nametoindex(name) != 0)
		return 0;
	/* Asking takes a descriptor. */
	return qs_fail(errno == ENODEV ? ENODEV : EIO, "move: interface %s: %s", name, strerror(errno));
}

struct qs_move *qs_move_begin(const char *from, const char *to)
{
	struct qs_move *move;
	int error;

	if (interface_check(from) < 0 || interface_check(to) < 0)
		return NULL;
	move = qs_move_alloc();
	if (move == NULL)
		return NULL;
	strcpy(move->from, from);
	strcpy(move->to, to);
	move->owner = getpid();
	move->owner_start = qs_move_start_of(move->owner);
	move->id = qs_move_identify(from);
	move->at = move->id.ifindex;
	qs_move_path(move->path, from);
	if (predecessor_check(move->path) < 0 || qs_move_collect(move) < 0 || qs_move_save(move) < 0) {
		qs_move_free(move);
		return NULL;
	}
	qs_move_remove(move, from);
	if (qs_move_add(move, to) == 0)
		return move;
	error = rte_errno;
	qs_move_end(move);
	rte_errno = error;
	return NULL;
}

/* @return 0: the file is gone, everything is back */
static int give_back(struct qs_move *move)
{
	qs_move_remove(move, move->to);
	if (qs_move_add(move, move->from) < 0) {
		if (rte_errno != EPERM) /* somebody with more rights may try again */
			put_aside(move->path);
		return -1;
	}
	unlink(move->path);
	return 0;
}

void qs_move_end(struct qs_move *move)
{
	if (move == NULL)
		return;
	if (give_back(move) < 0)
		QS_LOG(ERR, "move: %s lacks something: the files of %s have it\n", move->from, QS_MOVE_DIR);
	qs_move_free(move);
}

/* @return 1: given back, 0: its owner lives, or it is about nothing that is here, -1: failed */
static int recover_one(const char *path)
{
	struct qs_move *move = qs_move_load(path);
	int ret;

	if (move == NULL) {
		if (rte_errno == EINVAL)
			put_aside(path);
		return -1;
	}
	ret = stale_end(move) || qs_move_owner_lives(move) ? 0 : give_back(move) == 0 ? 1 : -1;
	if (ret > 0)
		QS_LOG(NOTICE, "move: %s has again what process %d had moved to %s\n", move->from,
		       (int)move->owner, move->to);
	qs_move_free(move);
	return ret;
}

static bool ends_with(const char *text, const char *end)
{
	size_t bytes = strlen(text), n = strlen(end);

	return bytes > n && strcmp(text + bytes - n, end) == 0;
}

int qs_move_recover(void)
{
	char prefix[PATH_MAX], path[PATH_MAX + NAME_MAX];
	const char *name;
	DIR *dir = opendir(QS_MOVE_DIR);
	struct dirent *entry;
	int given_back = 0, failed = 0;

	if (dir == NULL)
		return 0;
	qs_move_path(prefix, "");
	name = strrchr(prefix, '/') + 1;
	while ((entry = readdir(dir)) != NULL) {
		int ret;

		if (strncmp(entry->d_name, name, strlen(name)) != 0 || ends_with(entry->d_name, ".new") ||
		    ends_with(entry->d_name, ASIDE))
			continue;
		snprintf(path, sizeof(path), "%s/%s", QS_MOVE_DIR, entry->d_name);
		ret = recover_one(path);
		given_back += ret > 0;
		failed += ret < 0;
	}
	closedir(dir);
	return failed ? qs_fail(EIO, "move: %d files under %s could not be used", failed, QS_MOVE_DIR)
		      : given_back;
}
