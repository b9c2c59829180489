/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <rte_cpuflags.h>
#include <rte_cycles.h>
#include <rte_pause.h>
#include <rte_power_intrinsics.h>

#include "core/qs_fence.h"
#include "core/qs_idle.h"
#include "core/qs_txcore.h"
#include "eal/qs_log.h"

/* A CPU that knows UMONITOR or MONITORX, and a DPDK that knows that it does. */
static bool idle_monitors(void)
{
	struct rte_cpu_intrinsics cpu = {0};

	rte_cpu_get_intrinsics_support(&cpu);
	return cpu.power_monitor;
}

int qs_idle_init(struct qs_idle *idle, uint64_t after_ns)
{
	idle->fd = -1;
	idle->after_ns = after_ns;
	idle->monitors = idle_monitors();
	if (after_ns == 0)
		return 0;
	if (!qs_fence_ready()) {
		QS_LOG(WARNING, "no private expedited membarrier(2) here: TX cores never sleep\n");
		return 0;
	}
	idle->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (idle->fd < 0)
		return qs_fail(errno, "sleep_after_ns: eventfd: %s", strerror(errno));
	return 0;
}

void qs_idle_fini(struct qs_idle *idle)
{
	if (idle->fd >= 0)
		close(idle->fd);
	idle->fd = -1;
}

void qs_idle_wake(struct qs_idle *idle)
{
	uint64_t one = 1;

	/* One of those who find it asleep is enough. */
	if (__atomic_exchange_n(&idle->asleep, 0, __ATOMIC_ACQ_REL) != 0 &&
	    write(idle->fd, &one, sizeof(one)) < 0)
		return; /* it is set: that is what was wanted */
}

/* @return -1: there is something in the lane already */
static int idle_lane_written(const uint64_t pos, const uint64_t opaque[RTE_POWER_MONITOR_OPAQUE_SZ])
{
	return pos != opaque[0] ? -1 : 0;
}

/* @return whether it rested: not without a lane to watch, nor with several */
static bool idle_monitor(struct rte_qsock_port *port)
{
	struct rte_power_monitor_cond until = {.size = sizeof(uint64_t), .fn = idle_lane_written};
	struct qs_lane *lane;

	if (__atomic_load_n(&port->lanes.count, __ATOMIC_ACQUIRE) != 1)
		return false;
	lane = port->lanes.lane[0];
	until.addr = &lane->put.pos;
	until.opaque[0] = lane->take;
	return rte_power_monitor(&until, rte_rdtsc() + rte_get_tsc_hz() / (1000000000 / QS_IDLE_REST_NS)) ==
	       0;
}

void qs_idle_rest(struct rte_qsock_port *port)
{
	struct qs_idle *idle = &port->idle;

	idle->rests++;
	if (idle->monitors && idle_monitor(port))
		port->tx.round_ns = 0; /* to rest is no stall */
	else
		rte_pause();
}

uint32_t qs_idle_steps(const struct qs_idle *idle)
{
	return RTE_QSOCK_IDLE_PAUSE | (idle->monitors ? RTE_QSOCK_IDLE_MONITOR : 0) |
	       (idle->fd >= 0 ? RTE_QSOCK_IDLE_SLEEP : 0);
}

static void idle_sleep(struct rte_qsock_port *port, uint64_t for_ns)
{
	struct qs_idle *idle = &port->idle;
	struct timespec ts = {.tv_nsec = (long)for_ns};
	struct pollfd p = {.fd = idle->fd, .events = POLLIN};
	uint64_t from_ns = qs_txcore_clock(port), told;

	__atomic_store_n(&idle->asleep, 1, __ATOMIC_RELAXED);
	qs_fence_all();
	if (!qs_txcore_told(port)) {
		idle->sleeps++;
		ppoll(&p, 1, &ts, NULL);
	}
	/* Whoever has found it asleep has written, or is about to: then the next sleep is short. */
	idle->woken += __atomic_exchange_n(&idle->asleep, 0, __ATOMIC_ACQ_REL) == 0;
	if (read(idle->fd, &told, sizeof(told)) < 0)
		told = 0;
	idle->slept_ns += qs_txcore_clock(port) - from_ns;
	port->tx.round_ns = 0; /* to sleep is no stall */
}

void qs_idle_round(struct rte_qsock_port *port, uint16_t frames)
{
	struct qs_idle *idle = &port->idle;
	const uint64_t now_ns = port->tx.pace.clock_ns;
	uint64_t until_ns;

	if (frames > 0 || qs_txcore_told(port)) {
		idle->busy_ns = now_ns;
		return;
	}
	if (idle->fd < 0 || now_ns - idle->busy_ns < idle->after_ns)
		return;
	until_ns = RTE_MIN(qs_await_due(port), now_ns + QS_IDLE_LONGEST_NS);
	if (until_ns > now_ns + 2 * QS_IDLE_EARLY_NS)
		idle_sleep(port, until_ns - now_ns - QS_IDLE_EARLY_NS);
}
