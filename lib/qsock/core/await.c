/* SPDX-License-Identifier: BSD-3-Clause */
#include "core/qs_await.h"
#include "core/qs_clock.h"
#include "core/qs_txcore.h"

#define LEAD_MIN_NS 40u /* beside what is found out: two looks at the clock */
#define LEAD_UP_NS 16u	/* where a decision was not made in time; */
#define LEAD_DOWN_NS 1u /* where it was: so 16 of 17 are */
#define MARGIN_NS 20	/* two looks at the clock */

uint64_t qs_await_due(const struct rte_qsock_port *port)
{
	const struct qs_pace *pace = &port->tx.pace;
	uint64_t free_ns = pace->free_ns - RTE_MIN(pace->free_ns, pace->ahead_ns), next_ns;

	if (qs_egress_left(port) || port->tx.closing.count > 0 || port->tx.free_count > 0)
		return 0;
	if (pace->want)
		return free_ns;
	next_ns = rte_qsock_sched_next_ns(port->tx.sched);
	return next_ns <= pace->free_ns ? free_ns : next_ns;
}

void qs_await_init(struct qs_await *await, bool launched)
{
	*await = (struct qs_await){.most = QS_INGEST_MAX, .launched = launched};
}

/* What was left while a decision was held comes before the next one is, so that no packet waits for ever. */
static bool await_owes(const struct rte_qsock_port *port)
{
	return port->tx.await.most == 0 && qs_txcore_told(port);
}

static bool await_near(const struct qs_await *await, uint64_t due_ns, uint64_t now_ns)
{
	return due_ns - now_ns <= await->lead_ns + LEAD_MIN_NS;
}

/* Until there is something to do. @return the clock */
static uint64_t await_wait(struct rte_qsock_port *port, uint64_t due_ns, uint64_t now_ns)
{
	struct qs_txcore *tx = &port->tx;
	const uint64_t until_ns = RTE_MIN(due_ns, now_ns + QS_AWAIT_MAX_NS);

	while (now_ns < until_ns && !await_near(&tx->await, due_ns, now_ns) && !qs_txcore_told(port)) {
		now_ns = qs_txcore_clock(port);
		qs_stalls_gap(&tx->stalls, tx->round_ns, now_ns);
		tx->round_ns = now_ns;
		if (qs_idle_tired(&port->idle, now_ns, due_ns))
			qs_idle_rest(port);
	}
	return now_ns;
}

uint64_t qs_await_round(struct rte_qsock_port *port)
{
	struct qs_await *await = &port->tx.await;
	const uint64_t due_ns = qs_await_due(port);
	uint64_t now_ns = qs_txcore_clock(port);
	const bool owes = await_owes(port);

	await->hold_ns = 0;
	if (!owes)
		now_ns = await_wait(port, due_ns, now_ns);
	await->most = due_ns - now_ns < QS_AWAIT_MAX_NS ? QS_AWAIT_FEW : QS_INGEST_MAX;
	if (owes || now_ns >= due_ns || !await_near(await, due_ns, now_ns))
		return now_ns;
	await->hold_ns = due_ns;
	await->most = 0;
	return due_ns;
}

void qs_await_hold(struct rte_qsock_port *port)
{
	struct qs_await *await = &port->tx.await;
	const uint64_t until_ns = await->hold_ns;
	uint64_t now_ns = qs_clock_now();

	await->hold_ns = 0;
	if (now_ns + MARGIN_NS > until_ns)
		await->lead_ns = RTE_MIN(await->lead_ns + LEAD_UP_NS, QS_AWAIT_LEAD_MAX_NS);
	else
		await->lead_ns -= RTE_MIN(await->lead_ns, LEAD_DOWN_NS);
	while (now_ns < until_ns)
		now_ns = qs_clock_now();
}
