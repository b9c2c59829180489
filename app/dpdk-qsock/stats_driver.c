/* SPDX-License-Identifier: BSD-3-Clause */
#include <inttypes.h>

#include <net/qs_qdisc.h>
#include <rte_qsock_egress_kernel.h>
#include <service/qs_cap.h>

#include "queues.h"
#include "stats.h"
#include "table.h"

static const char *mode_of(const struct rte_qsock_af_xdp_info *info)
{
	if (info->features & RTE_QSOCK_AF_XDP_ZERO_COPY)
		return info->features & RTE_QSOCK_AF_XDP_BUSY_POLL ? "zero copy, busy poll" : "zero copy";
	return info->features & RTE_QSOCK_AF_XDP_TX_BUDGET ? "copy, budget" : "copy";
}

static void add_af_xdp(struct dq_table *t, const struct rte_qsock_egress *egress)
{
	struct rte_qsock_af_xdp_info info = {.size = sizeof(info)};

	if (rte_qsock_af_xdp_info_get(egress, &info) < 0)
		return;
	dq_table_number(t, info.queue_id);
	dq_table_text(t, mode_of(&info));
	dq_table_number(t, info.submitted);
	dq_table_number(t, info.completed);
	dq_table_number(t, info.lost);
	dq_table_number(t, info.dropped);
	dq_table_number(t, info.in_flight_frames);
	dq_table_number(t, info.in_flight_max_bytes);
	dq_table_number(t, info.in_flight_limit_bytes);
	dq_table_number(t, info.held);
	dq_table_number(t, info.kicks);
	dq_table_number(t, info.kick_errors);
	dq_table_number(t, info.link_changes);
	dq_table_number(t, info.rebinds);
}

void dq_stats_classes(const struct dq_port *port, FILE *out)
{
	static const char *const names[QS_QDISC_CLASSES] = {"urgent 5153:10", "managed 5153:20",
							    "best effort 5153:30"};
	struct qs_qdisc_counts counts[QS_QDISC_CLASSES];
	struct dq_table *t;
	unsigned int i;

	if (qs_qdisc_counts_read(port->device.ifname, counts) < 0)
		return;
	t = dq_table_new("<class|packets|bytes|dropped|backlog|backlog bytes");
	for (i = 0; i < QS_QDISC_CLASSES; i++) {
		dq_table_text(t, names[i]);
		dq_table_number(t, counts[i].packets);
		dq_table_number(t, counts[i].bytes);
		dq_table_number(t, counts[i].drops);
		dq_table_number(t, counts[i].backlog_packets);
		dq_table_number(t, counts[i].backlog_bytes);
	}
	dq_table_print(t, out, "  ");
}

static void print_cap(const struct qs_cap *cap, FILE *out)
{
	static const char *const states[] = {
		[QS_CAP_IN_PLACE] = "in place",
		[QS_CAP_REPLACED] = "GONE: another program has replaced it",
		[QS_CAP_WAITS] = "GONE with its interface",
		[QS_CAP_REFUSED] = "GONE: refused on the interface that is back",
	};
	struct qs_cap_info info;

	qs_cap_info_get(cap, &info);
	fprintf(out, "  cap of what the kernel sends: %s; replaced %" PRIu64 ", renewed %" PRIu64 "\n",
		states[info.state], info.replaced, info.renewed);
}

static void print_af_xdp(const struct dq_port *port, FILE *out)
{
	struct dq_table *t;
	uint32_t i;

	t = dq_table_new(
		"af_xdp queue|<mode|submitted|completed|lost|dropped|in flight|most bytes|of at most|held|"
		"kicks|failed|link changes|rebinds");
	for (i = 0; i < port->conf.tx_queues; i++)
		add_af_xdp(t, port->egress[i]);
	dq_table_print(t, out, "  ");
	if (port->device.cap == NULL)
		return;
	print_cap(port->device.cap, out);
	dq_stats_classes(port, out);
}

static void print_kernel(const struct dq_port *port, FILE *out)
{
	struct rte_qsock_kernel_info info = {.size = sizeof(info)};
	struct dq_table *t;

	if (rte_qsock_kernel_info_get(port->egress[0], &info) < 0)
		return;
	t = dq_table_new("<kernel|submitted|dropped|bytes in flight|most bytes|of at most|held|calls|failed|"
			 "link changes|rebinds");
	dq_table_text(t, info.ifname);
	dq_table_number(t, info.submitted);
	dq_table_number(t, info.dropped);
	dq_table_number(t, info.in_flight_bytes);
	dq_table_number(t, info.in_flight_max_bytes);
	dq_table_number(t, info.in_flight_limit_bytes);
	dq_table_number(t, info.held);
	dq_table_number(t, info.calls);
	dq_table_number(t, info.call_errors);
	dq_table_number(t, info.link_changes);
	dq_table_number(t, info.rebinds);
	dq_table_print(t, out, "  ");
	fprintf(out, "  qdisc: %s\n", info.qdisc_lost ? "GONE: another program has replaced it" : "in place");
	if (!info.qdisc_lost)
		dq_stats_classes(port, out);
}

void dq_stats_driver(const struct dq_port *port, FILE *out)
{
	if (port->device.driver == QS_DRIVER_ETHDEV)
		return;
	fputc('\n', out);
	if (port->device.driver == QS_DRIVER_AF_XDP)
		print_af_xdp(port, out);
	else
		print_kernel(port, out);
}
