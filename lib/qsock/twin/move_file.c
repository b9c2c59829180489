/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The file that outlives a crash. Lines beside those of its head: `to IFNAME`, `at IFINDEX` (of the interface
 * that the items name), `item HEX` (netlink), `end`.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_errno.h>

#include "eal/qs_log.h"
#include "twin/qs_move.h"
#include "twin/qs_move_priv.h"

static bool item_write(FILE *f, const struct qs_move_item *item)
{
	struct nl_msg *msg = qs_move_item_message(item);
	bool ok;

	if (msg == NULL)
		return false;
	ok = qs_state_message_write(f, "item", nlmsg_hdr(msg));
	nlmsg_free(msg);
	return ok;
}

static bool move_write(FILE *f, const void *arg)
{
	const struct qs_move *move = arg;
	bool ok = qs_state_head_write(f, &move->head) && fprintf(f, "to %s\nat %d\n", move->to, move->at) > 0;

	for (uint32_t i = 0; ok && i < move->n; i++)
		ok = item_write(f, &move->items[i]);
	return ok && fputs("end\n", f) >= 0;
}

int qs_move_save(const struct qs_move *move)
{
	return qs_state_save(move->path, move_write, move);
}

/* @return 0; -1: EINVAL, ENOMEM */
static int item_read(struct qs_move *move, const char *digits)
{
	struct nlmsghdr *nlh = qs_state_message_read(digits);
	int ret;

	if (nlh == NULL)
		return -1;
	ret = qs_move_item_parse(move, nlh);
	free(nlh);
	return ret;
}

static int line_read(const char *line, void *arg)
{
	struct qs_move *move = arg;

	if (strcmp(line, "end\n") == 0) {
		rte_errno = EINVAL;
		return move->head.ifname[0] != '\0' ? 1 : -1;
	}
	if (qs_state_head_read(&move->head, line) || sscanf(line, "to %15s", move->to) == 1 ||
	    sscanf(line, "at %d", &move->at) == 1)
		return 0;
	if (strncmp(line, "item ", 5) == 0)
		return item_read(move, line + 5);
	rte_errno = EINVAL;
	return -1;
}

struct qs_move *qs_move_load(const char *path)
{
	struct qs_move *move = qs_move_alloc();

	if (move == NULL)
		return NULL;
	snprintf(move->path, sizeof(move->path), "%s", path);
	if (qs_state_load(path, line_read, move) == 0)
		return move;
	qs_move_free(move);
	return NULL;
}
