/* SPDX-License-Identifier: BSD-3-Clause */
/* The file that outlives a crash: its head, `item HEX` (netlink) for each qdisc and class, `end`. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_errno.h>

#include "eal/qs_log.h"
#include "net/qs_qdisc_priv.h"

struct qs_qdisc *qs_qdisc_alloc(void)
{
	struct qs_qdisc *q = calloc(1, sizeof(*q));

	if (q == NULL)
		return qs_fail_null(ENOMEM, "qdisc: no memory");
	q->sk = qs_tc_socket();
	if (q->sk != NULL)
		return q;
	free(q);
	return NULL;
}

void qs_qdisc_free(struct qs_qdisc *q)
{
	nl_socket_free(q->sk);
	qs_tc_items_free(&q->before);
	free(q);
}

static bool lines_write(FILE *f, const void *arg)
{
	const struct qs_qdisc *q = arg;
	bool ok = qs_state_head_write(f, &q->head);

	for (uint32_t i = 0; ok && i < q->before.n; i++)
		ok = qs_state_message_write(f, "item", q->before.list[i]);
	return ok && fputs("end\n", f) >= 0;
}

int qs_qdisc_save(const struct qs_qdisc *q)
{
	return qs_state_save(q->path, lines_write, q);
}

static int item_read(struct qs_qdisc *q, const char *digits)
{
	struct nlmsghdr *nlh = qs_state_message_read(digits);
	int ret;

	if (nlh == NULL)
		return -1;
	ret = qs_tc_items_add(&q->before, nlh);
	free(nlh);
	return ret;
}

static int line_read(const char *line, void *arg)
{
	struct qs_qdisc *q = arg;

	if (strncmp(line, "item ", 5) == 0)
		return item_read(q, line + 5);
	if (qs_state_head_read(&q->head, line))
		return 0;
	if (strcmp(line, "end\n") == 0 && q->head.id.ifindex != 0)
		return 1;
	rte_errno = EINVAL;
	return -1;
}

struct qs_qdisc *qs_qdisc_load(const char *path)
{
	struct qs_qdisc *q = qs_qdisc_alloc();

	if (q == NULL)
		return NULL;
	snprintf(q->path, sizeof(q->path), "%s", path);
	if (qs_state_load(path, line_read, q) == 0)
		return q;
	qs_qdisc_free(q);
	return NULL;
}
