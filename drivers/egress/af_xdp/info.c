/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>

#include "af_xdp.h"
#include "eal/qs_log.h"

#define READ(field) __atomic_load_n(&(field), __ATOMIC_RELAXED)

/* What is in flight follows from the rest, so that the sum holds whatever is counted meanwhile. */
static void frames_read(const struct qs_af_xdp_counts *c, struct rte_qsock_af_xdp_info *info)
{
	info->completed = __atomic_load_n(&c->completed, __ATOMIC_ACQUIRE);
	info->lost = __atomic_load_n(&c->lost, __ATOMIC_ACQUIRE);
	info->submitted = READ(c->submitted);
	info->in_flight_frames = info->submitted - info->completed - info->lost;
}

int rte_qsock_af_xdp_info_get(const struct rte_qsock_egress *egress, struct rte_qsock_af_xdp_info *into)
{
	const struct qs_af_xdp *a = (const struct qs_af_xdp *)egress;
	struct rte_qsock_af_xdp_info info = {0};

	if (egress == NULL || egress->ops != &qs_af_xdp_ops)
		return qs_fail(EINVAL, "af_xdp: no egress of this driver given");
	frames_read(&a->counts, &info);
	memcpy(info.ifname, a->interface.name, sizeof(info.ifname));
	info.queue_id = a->conf.queue_id;
	info.features = READ(a->features);
	info.link_down = READ(a->head.link_down);
	info.max_frame_bytes = READ(a->interface.max_bytes);
	info.in_flight_bytes = READ(a->counts.in_flight_bytes);
	info.in_flight_max_bytes = READ(a->counts.in_flight_max_bytes);
	info.in_flight_limit_bytes = READ(a->limit_bytes);
	info.held = READ(a->counts.held);
	info.dropped = READ(a->counts.dropped);
	info.kicks = READ(a->counts.kicks);
	info.kick_errors = READ(a->counts.kick_errors);
	info.kick_error = READ(a->counts.kick_error);
	info.link_changes = READ(a->interface.link_changes);
	info.mtu_changes = READ(a->interface.mtu_changes);
	info.rebinds = READ(a->interface.rebinds);
	return qs_info_give(into, &info, sizeof(info), "af_xdp");
}
