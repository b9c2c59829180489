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

/* Another process's file of the same interface: alive, or left over. @return 0: there is none any more */
static int predecessor_check(const char *path)
{
	struct qs_move *old = qs_move_load(path);
	bool lives;

	if (old == NULL)
		return rte_errno == ENOENT ? 0 : -1;
	lives = qs_move_owner_lives(old);
	if (lives)
		qs_fail(EBUSY, "move: %s: process %d has moved it to %s", old->from, (int)old->owner,
			old->to);
	qs_move_free(old);
	return lives ? -1 : 0;
}

struct qs_move *qs_move_begin(const char *from, const char *to)
{
	struct qs_move *move;
	int error;

	if (strlen(from) >= IFNAMSIZ || strlen(to) >= IFNAMSIZ || if_nametoindex(from) == 0 ||
	    if_nametoindex(to) == 0)
		return qs_fail_null(ENODEV, "move: no interface %s or %s", from, to);
	move = qs_move_alloc();
	if (move == NULL)
		return NULL;
	strcpy(move->from, from);
	strcpy(move->to, to);
	move->owner = getpid();
	move->owner_start = qs_move_start_of(move->owner);
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
	if (qs_move_add(move, move->from) < 0)
		return -1; /* the file stays, for another try */
	unlink(move->path);
	return 0;
}

void qs_move_end(struct qs_move *move)
{
	if (move == NULL)
		return;
	if (give_back(move) < 0)
		QS_LOG(ERR, "move: %s lacks something: %s has it\n", move->from, move->path);
	qs_move_free(move);
}

/* @return 1: given back, 0: its owner lives, -1: failed */
static int recover_one(const char *path)
{
	struct qs_move *move = qs_move_load(path);
	int ret;

	if (move == NULL)
		return -1;
	ret = qs_move_owner_lives(move) ? 0 : give_back(move) == 0 ? 1 : -1;
	if (ret > 0)
		QS_LOG(NOTICE, "move: %s has again what process %d had moved to %s\n", move->from,
		       (int)move->owner, move->to);
	qs_move_free(move);
	return ret;
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
		size_t bytes = strlen(entry->d_name);
		int ret;

		if (strncmp(entry->d_name, name, strlen(name)) != 0 ||
		    (bytes > 4 && strcmp(entry->d_name + bytes - 4, ".new") == 0))
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
