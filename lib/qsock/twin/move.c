/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rte_errno.h>

#include "eal/qs_log.h"
#include "twin/qs_move.h"
#include "twin/qs_move_priv.h"

/* @return true: it is about another interface than today's, and gone */
static bool stale_end(const struct qs_move *move)
{
	if (!qs_state_head_is_stale(&move->head) && move->at != 0)
		return false;
	QS_LOG(NOTICE, "move: %s is about another interface than today's %s: removed\n", move->path,
	       move->head.ifname);
	unlink(move->path);
	return true;
}

/* Another process's file of the same interface: alive, or left over. @return 0: there is none any more */
static int predecessor_check(const char *path)
{
	struct qs_move *old = qs_move_load(path);
	bool lives;

	if (old == NULL && rte_errno == EINVAL) {
		qs_state_put_aside(path);
		return 0;
	}
	if (old == NULL)
		return rte_errno == ENOENT ? 0 : -1;
	lives = !stale_end(old) && qs_owner_lives(&old->head.owner);
	if (lives)
		qs_fail(EBUSY, "move: %s: process %d has moved it to %s", old->head.ifname,
			(int)old->head.owner.pid, old->to);
	qs_move_free(old);
	return lives ? -1 : 0;
}

struct qs_move *qs_move_begin(const char *from, const char *to)
{
	struct qs_move *move;
	int error;

	if (qs_ifid_check("move", from) < 0 || qs_ifid_check("move", to) < 0)
		return NULL;
	move = qs_move_alloc();
	if (move == NULL)
		return NULL;
	qs_state_head_fill(&move->head, from);
	strcpy(move->to, to);
	move->at = move->head.id.ifindex;
	qs_state_path(move->path, QS_MOVE_KIND, from);
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
	if (qs_move_add(move, move->head.ifname) < 0) {
		if (rte_errno != EPERM) /* somebody with more rights may try again */
			qs_state_put_aside(move->path);
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
		QS_LOG(ERR, "move: %s lacks something: the files of %s have it\n", move->head.ifname,
		       QS_STATE_DIR);
	qs_move_free(move);
}

/* @return 1: given back, 0: its owner lives, or it is about nothing that is here, -1: failed */
static int recover_one(const char *path)
{
	struct qs_move *move = qs_move_load(path);
	int ret;

	if (move == NULL) {
		if (rte_errno == EINVAL)
			qs_state_put_aside(path);
		return -1;
	}
	ret = stale_end(move) || qs_owner_lives(&move->head.owner) ? 0 : give_back(move) == 0 ? 1 : -1;
	if (ret > 0)
		QS_LOG(NOTICE, "move: %s has again what process %d had moved to %s\n", move->head.ifname,
		       (int)move->head.owner.pid, move->to);
	qs_move_free(move);
	return ret;
}

int qs_move_recover(void)
{
	return qs_state_foreach(QS_MOVE_KIND, recover_one);
}
