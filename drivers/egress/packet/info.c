/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>

#include "eal/qs_log.h"
#include "packet.h"

#define READ(field) __atomic_load_n(&(field), __ATOMIC_RELAXED)

int rte_qsock_kernel_info_get(const struct rte_qsock_egress *egress, struct rte_qsock_kernel_info *into)
{
	const struct qs_packet *p = (const struct qs_packet *)egress;
	struct rte_qsock_kernel_info info = {0};

	if (egress == NULL || egress->ops != &qs_packet_ops)
		return qs_fail(EINVAL, "kernel: no egress of this driver given");
	memcpy(info.ifname, p->interface.name, sizeof(info.ifname));
	info.max_frame_bytes = READ(p->interface.max_bytes);
	info.link_down = READ(p->head.link_down);
	info.qdisc_lost = READ(p->qdisc_lost);
	info.submitted = READ(p->counts.submitted);
	info.dropped = READ(p->counts.dropped);
	info.in_flight_bytes = qs_packet_in_flight(p);
	info.in_flight_max_bytes = READ(p->counts.in_flight_max_bytes);
	info.in_flight_limit_bytes = READ(p->limit_bytes);
	info.held = READ(p->counts.held);
	info.calls = READ(p->counts.calls);
	info.call_errors = READ(p->counts.call_errors);
	info.call_error = READ(p->counts.call_error);
	info.link_changes = READ(p->interface.link_changes);
	info.mtu_changes = READ(p->interface.mtu_changes);
	info.rebinds = READ(p->interface.rebinds);
	return qs_info_give(into, &info, sizeof(info), "kernel");
}
