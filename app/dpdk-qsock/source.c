/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>

#include <rte_errno.h>
#include <rte_mbuf.h>

#include "driver.h"
#include "source_kinds.h"
#include "stats.h"

#define GREEDY_PACKETS_MAX 4096u
#define GREEDY_PERIOD_MIN_NS UINT64_C(50000)
#define GREEDY_PERIOD_MAX_NS UINT64_C(1000000)

/* Fill the queue again when a quarter of it may have been sent. */
static uint64_t greedy_period_ns(uint32_t packets, uint32_t packet_bytes, uint64_t rate_bps)
{
	uint64_t drain_ns = (uint64_t)((unsigned __int128)packets * packet_bytes * 8 * 1000000000 / rate_bps);

	drain_ns /= 4;
	if (drain_ns < GREEDY_PERIOD_MIN_NS)
		return GREEDY_PERIOD_MIN_NS;
	return drain_ns > GREEDY_PERIOD_MAX_NS ? GREEDY_PERIOD_MAX_NS : drain_ns;
}

static int make_greedy(struct dq_source *src, const struct dq_port *port, struct dq_error *e)
{
	static unsigned int number;
	uint32_t packets = src->conf.conf.queue_packets;
	struct rte_qsock_port_info info;
	char name[RTE_MEMPOOL_NAMESIZE];

	if (packets > GREEDY_PACKETS_MAX)
		packets = GREEDY_PACKETS_MAX;
	if (dq_port_info(port, &info, e) < 0)
		return -ETIMEDOUT;
	src->greedy_period_ns = greedy_period_ns(packets, src->conf.packet_bytes, info.rate_bps);
	snprintf(name, sizeof(name), "qs_greedy_%u", number++);
	src->pool = rte_pktmbuf_pool_create_by_ops(name, packets, 0, 0,
						   port->tx_pool->elt_size - sizeof(struct rte_mbuf),
						   port->tx_pool->socket_id, "lf_stack");
	if (src->pool == NULL)
		return dq_fail(e, rte_errno, DQ_NO_KEY, "[stream %s]: no memory for %u packets",
			       src->conf.name, packets);
	src->sender.pool = src->pool;
	return 0;
}

int dq_source_new(struct dq_instance *in, const struct dq_port *port, const struct qs_stream_config *conf,
		  struct dq_source **out, struct dq_error *e)
{
	struct dq_source *src;
	int rc;

	*out = NULL;
	if (conf->source == QS_SOURCE_NONE)
		return 0;
	src = calloc(1, sizeof(*src));
	if (src == NULL)
		return dq_fail(e, ENOMEM, DQ_NO_KEY, "no memory");
	src->conf = *conf;
	src->next_ns = RTE_QSOCK_NEVER;
	rc = dq_sender_init(&src->sender, port, conf, port->tx_pool, e);
	if (rc == 0 && conf->source == QS_SOURCE_PCAP)
		rc = dq_replay_open(conf, dq_frame_max(port), &src->replay, e);
	if (rc == 0 && conf->source == QS_SOURCE_GREEDY)
		rc = make_greedy(src, port, e);
	if (rc == 0 && dq_driver_add(in->driver, src) < 0)
		rc = dq_fail(e, ENOMEM, DQ_NO_KEY, "no memory");
	if (rc < 0) {
		dq_replay_close(src->replay);
		rte_mempool_free(src->pool);
		free(src);
		return rc;
	}
	*out = src;
	return 0;
}

void dq_source_free(struct dq_instance *in, struct dq_source *src)
{
	if (src == NULL)
		return;
	dq_driver_remove(in->driver, src);
	dq_replay_close(src->replay);
	dq_pools_add(&src->former, src->pool);
	dq_driver_retire(in->driver, &src->former);
	free(src);
}

int dq_source_start(struct dq_instance *in, struct dq_source *src, struct rte_qsock *qs, uint64_t began_ns)
{
	bool ok;

	dq_driver_lock(in->driver);
	src->sender.qs = qs;
	ok = dq_source_rewind(src, began_ns, 0);
	dq_driver_unlock(in->driver);
	dq_driver_wake(in->driver);
	return ok ? 0 : -ENOENT;
}

/* What the old one sent, and is in the queue yet. */
static void inherit_pools(struct dq_source *src, struct dq_source *old)
{
	dq_pools_move(&src->former, &old->former);
	dq_pools_add(&src->former, old->pool);
	old->pool = NULL;
	old->next_ns = RTE_QSOCK_NEVER; /* the thread has it yet */
}

void dq_source_replace(struct dq_instance *in, struct dq_source *old, struct dq_source *src,
		       struct rte_qsock *qs)
{
	const uint64_t now_ns = rte_qsock_now_ns();
	uint64_t began_ns = now_ns;
	bool run = true;

	if (old != NULL) {
		dq_driver_lock(in->driver);
		run = old->state == DQ_SOURCE_RUNNING;
		if (src != NULL && src->replay == NULL && old->replay == NULL)
			began_ns = old->began_ns;
		if (src != NULL) {
			src->sender.seq = old->sender.seq;
			inherit_pools(src, old);
		}
		dq_driver_unlock(in->driver);
		dq_source_free(in, old);
	}
	if (src == NULL)
		return;
	dq_driver_lock(in->driver);
	src->sender.qs = qs;
	if (run)
		dq_source_rewind(src, began_ns, now_ns - began_ns);
	dq_driver_unlock(in->driver);
	dq_driver_wake(in->driver);
}

void dq_source_stop(struct dq_instance *in, struct dq_source *src)
{
	dq_driver_lock(in->driver);
	if (src->state == DQ_SOURCE_RUNNING)
		src->state = DQ_SOURCE_STOPPED;
	src->next_ns = RTE_QSOCK_NEVER;
	dq_driver_unlock(in->driver);
}

void dq_source_info(struct dq_instance *in, struct dq_source *src, struct dq_source_info *info)
{
	dq_driver_lock(in->driver);
	info->state = src->state;
	info->packets = src->sender.seq;
	info->no_mbuf = src->sender.no_mbuf;
	info->no_route = src->sender.no_route;
	dq_driver_unlock(in->driver);
}
