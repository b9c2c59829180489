/* SPDX-License-Identifier: BSD-3-Clause */
#include <rte_malloc.h>

#include "core/qs_lane.h"
#include "core/qs_port.h"
#include "core/qs_thread.h"

void qs_lanes_init(struct qs_lanes *lanes, uint32_t max_packets)
{
	uint32_t entries = RTE_MAX(max_packets, QS_LANE_ENTRIES_MIN);

	lanes->entries = rte_align32pow2(RTE_MIN(entries, QS_LANE_ENTRIES_MAX));
	rte_spinlock_init(&lanes->lock);
}

void qs_lanes_free(struct qs_lanes *lanes)
{
	uint32_t i;

	for (i = 0; i < lanes->count; i++)
		rte_free(lanes->lane[i]);
}

/* Entries stand behind the lane's own lines. */
static struct qs_lane *lane_make(struct rte_qsock_port *port, uint32_t thread)
{
	struct qs_lanes *lanes = &port->lanes;
	size_t bytes = sizeof(struct qs_lane) + lanes->entries * sizeof(struct qs_slot);
	struct qs_lane *lane = rte_malloc_socket("qsock_lane", bytes, RTE_CACHE_LINE_SIZE, port->socket_id);

	if (lane == NULL)
		return NULL;
	qs_ring_init(&lane->put, (struct qs_slot *)(lane + 1), lanes->entries);
	lane->thread = thread;
	lane->max_frame_bytes = port->max_frame_bytes;
	lane->index = lanes->count;
	lane->idle = &port->idle;
	lane->take = 0;
	rte_spinlock_init(&lane->lock);
	lanes->lane[lane->index] = lane;
	__atomic_store_n(&lanes->count, lane->index + 1, __ATOMIC_RELEASE);
	return lane;
}

/* The lane of this thread, or one whose thread has ended. */
static struct qs_lane *lane_find(const struct qs_lanes *lanes, uint32_t thread)
{
	uint32_t i;

	for (i = 0; i < lanes->count; i++)
		if (lanes->lane[i]->thread == thread)
			return lanes->lane[i];
	for (i = 0; i < lanes->count && i != QS_LANE_SHARED; i++)
		if (qs_thread_ended(lanes->lane[i]->thread)) {
			lanes->lane[i]->thread = thread;
			return lanes->lane[i];
		}
	return NULL;
}

struct qs_lane *qs_lane_own(struct rte_qsock_port *port)
{
	struct qs_lanes *lanes = &port->lanes;
	uint32_t thread = qs_thread_self(), i, n = __atomic_load_n(&lanes->count, __ATOMIC_ACQUIRE);
	struct qs_lane *lane;

	/* Only the thread itself makes a lane its own: without the lock this finds it or does not. */
	for (i = 0; i < n; i++)
		if (__atomic_load_n(&lanes->lane[i]->thread, __ATOMIC_RELAXED) == thread)
			return lanes->lane[i];
	rte_spinlock_lock(&lanes->lock);
	lane = lane_find(lanes, thread);
	if (lane == NULL && lanes->count < QS_LANE_SHARED)
		lane = lane_make(port, thread);
	else if (lane == NULL && lanes->count == QS_LANE_SHARED)
		lane = lane_make(port, QS_LANE_ANYBODY);
	else if (lane == NULL)
		lane = lanes->lane[QS_LANE_SHARED];
	rte_spinlock_unlock(&lanes->lock);
	return lane;
}
