/* SPDX-License-Identifier: BSD-3-Clause */
/* A TX core on an lcore of its own. */
#include <errno.h>

#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_pause.h>

#include "core/qs_ctl.h"
#include "core/qs_port.h"
#include "core/qs_thread.h"
#include "core/qs_txcore.h"
#include "eal/qs_log.h"

/* @return whether the port is this thread's; not if it shall stop */
static bool tx_claim(struct rte_qsock_port *port)
{
	while (!__atomic_load_n(&port->stop, __ATOMIC_RELAXED)) {
		if (qs_port_claim(port, true) <= QS_CLAIM_HAD)
			return true;
		rte_pause();
	}
	return false;
}

static int tx_loop(void *arg)
{
	struct rte_qsock_port *port = arg;

	if (!tx_claim(port))
		return 0;
	qs_await_init(&port->tx.await, true);
	while (!__atomic_load_n(&port->stop, __ATOMIC_RELAXED)) {
		uint64_t clock_ns = qs_await_round(port);
		uint16_t frames = qs_txcore_round(port, clock_ns);

		qs_idle_round(port, frames);
	}
	port->tx.round_ns = 0;
	qs_await_init(&port->tx.await, false);
	qs_port_release(port);
	return 0;
}

static int launch_check(const struct rte_qsock_port *port, unsigned int lcore_id)
{
	uint64_t owner = __atomic_load_n(&port->owner, __ATOMIC_RELAXED);

	if (lcore_id >= RTE_MAX_LCORE || rte_eal_lcore_role(lcore_id) != ROLE_RTE ||
	    lcore_id == rte_get_main_lcore())
		return qs_fail(EINVAL, "port %s: lcore %u is not a worker", port->name, lcore_id);
	if (port->lcore >= 0)
		return qs_fail(EBUSY, "port %s: its TX core runs on lcore %d", port->name, port->lcore);
	if ((owner & QS_OWNER_POLLER) && !qs_thread_ended((uint32_t)owner))
		return qs_fail(EBUSY, "port %s: a thread polls it", port->name);
	return 0;
}

int rte_qsock_tx_launch(struct rte_qsock_port *port, unsigned int lcore_id)
{
	int ret;

	if (port == NULL)
		return qs_fail(EINVAL, "launch: no port given");
	pthread_mutex_lock(&port->table->lock);
	ret = launch_check(port, lcore_id);
	if (ret == 0) {
		__atomic_store_n(&port->stop, false, __ATOMIC_RELAXED);
		ret = rte_eal_remote_launch(tx_loop, port, lcore_id);
		if (ret == 0)
			port->lcore = (int)lcore_id;
		else
			ret = qs_fail(EBUSY, "port %s: lcore %u has a job", port->name, lcore_id);
	}
	pthread_mutex_unlock(&port->table->lock);
	return ret;
}

/* End the launched loop; messages that it leaves are run by those who wait for them. */
static void launch_end(struct rte_qsock_port *port)
{
	__atomic_store_n(&port->stop, true, __ATOMIC_RELEASE);
	qs_idle_told(&port->idle);
	rte_eal_wait_lcore((unsigned int)port->lcore);
	port->lcore = -1;
}

int rte_qsock_tx_stop(struct rte_qsock_port *port)
{
	enum qs_claim claim;
	int ret = 0;

	if (port == NULL)
		return qs_fail(EINVAL, "stop: no port given");
	pthread_mutex_lock(&port->table->lock);
	if (port->lcore >= 0) {
		launch_end(port);
	} else {
		claim = qs_port_claim_wait(port, false);
		if (claim == QS_CLAIM_NEW || claim == QS_CLAIM_HAD) {
			port->tx.round_ns = 0;
			qs_port_release(port);
		} else {
			ret = qs_fail(EBUSY, "port %s: another thread polls it", port->name);
		}
	}
	pthread_mutex_unlock(&port->table->lock);
	return ret;
}
