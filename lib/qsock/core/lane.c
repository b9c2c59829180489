/* SPDX-License-Identifier: BSD-3-Clause */
#include <rte_malloc.h>

#include "core/qs_lane.h"
#include "core/qs_port.h"
#include "core/qs_thread.h"
#include "eal/qs_wait.h"

uint32_t qs_lane_entries(uint32_t max_packets)
{
	uint32_t entries = RTE_MAX(max_packets, QS_LANE_ENTRIES_MIN);

	return rte_align32pow2(RTE_MIN(entries, QS_LANE_ENTRIES_MAX));
}

void qs_lanes_init(struct qs_lanes *lanes, uint32_t max_packets)
{
	lanes->entries = qs_lane_entries(max_packets);
	rte_spinlock_init(&lanes->lock);
}

void qs_lanes_free(struct qs_lanes *lanes)
{
	uint32_t i;

	for (i = 0; i < lanes->count; i++)
		rte_free(lanes->lane[i]);
}

/* Entries stand behind the lane's own lines. */
static struct qs_lane *lane_alloc(uint32_t entries, uint32_t max_frame_bytes, struct qs_idle *idle, int node)
{
	size_t bytes = sizeof(struct qs_lane) + entries * sizeof(struct qs_slot);
	struct qs_lane *lane = rte_malloc_socket("qsock_lane", bytes, RTE_CACHE_LINE_SIZE, node);

	if (lane == NULL)
		return NULL;
	qs_ring_init(&lane->put, (struct qs_slot *)(lane + 1), entries);
	lane->max_frame_bytes = max_frame_bytes;
	lane->plain_lengths = RTE_MAX(max_frame_bytes, QS_FRAME_MIN_BYTES - 1) - (QS_FRAME_MIN_BYTES - 1);
	lane->idle = idle;
	lane->take = 0;
	rte_spinlock_init(&lane->lock);
	return lane;
}

struct qs_lane *qs_lane_waiting(uint32_t entries, uint32_t max_frame_bytes, struct qs_idle *idle, int node)
{
	struct qs_lane *lane = lane_alloc(entries, max_frame_bytes, idle, node);

	if (lane == NULL)
		return NULL;
	lane->thread = QS_LANE_ANYBODY;
	lane->index = QS_LANES;
	return lane;
}

static struct qs_lane *lane_make(struct rte_qsock_port *port, uint32_t thread)
{
	struct qs_lanes *lanes = &port->lanes;
	struct qs_lane *lane =
		lane_alloc(lanes->entries, port->max_frame_bytes, &port->idle, port->socket_id);

	if (lane == NULL)
		return NULL;
	lane->thread = thread;
	lane->index = lanes->count;
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
		if (qs_thread_ended(lanes->lane[i]->thread & ~lanes->mark)) {
			lanes->lane[i]->thread = thread;
			return lanes->lane[i];
		}
	return NULL;
}

struct qs_lane *qs_lane_own(struct rte_qsock_port *port)
{
	struct qs_lanes *lanes = &port->lanes;
	uint32_t thread = qs_thread_self() | lanes->mark, i,
		 n = __atomic_load_n(&lanes->count, __ATOMIC_ACQUIRE);
	struct qs_lane *lane;

	/* Only the thread itself makes a lane its own: without the lock this finds it or does not. */
	for (i = 0; i < n; i++)
		if (__atomic_load_n(&lanes->lane[i]->thread, __ATOMIC_RELAXED) == thread)
			return lanes->lane[i];
	qs_spin_lock(&lanes->lock);
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
