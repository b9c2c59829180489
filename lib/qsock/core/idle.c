/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "core/qs_fence.h"
#include "core/qs_idle.h"
#include "core/qs_log.h"
#include "core/qs_txcore.h"

int qs_idle_init(struct qs_idle *idle, uint64_t after_ns)
{
	idle->fd = -1;
	idle->after_ns = after_ns;
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
	if (now_ns - idle->busy_ns < idle->after_ns)
		return;
	until_ns = RTE_MIN(qs_await_due(port), now_ns + QS_IDLE_LONGEST_NS);
	if (until_ns > now_ns + 2 * QS_IDLE_EARLY_NS)
		idle_sleep(port, until_ns - now_ns - QS_IDLE_EARLY_NS);
}
