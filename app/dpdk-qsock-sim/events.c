/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <inttypes.h>

#include "events.h"

static const char *const names[] = {
	[RTE_QSOCK_EV_SENT] = "sent",
	[RTE_QSOCK_EV_LATE_DROP] = "late_drop",
	[RTE_QSOCK_EV_FRAME_DROP] = "frame_drop",
	[RTE_QSOCK_EV_QUEUE_DROP] = "queue_drop",
	[RTE_QSOCK_EV_CLOSED] = "closed",
};

int events_begin(FILE *out)
{
	return fputs("time_ns,event,stream,seq,late,x,y,violations\n", out) < 0 ? -EIO : 0;
}

void events_write(FILE *out, const struct qs_config *cfg, const struct rte_qsock_event *ev)
{
	fprintf(out, "%" PRIu64 ",%s,%s,%" PRIu64 ",%d,%" PRIu32 ",%" PRIu32 ",%" PRIu64 "\n", ev->time_ns,
		names[ev->type], cfg->streams[ev->stream].name, ev->seq, ev->late, ev->x, ev->y,
		ev->violations);
}
