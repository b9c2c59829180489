/* SPDX-License-Identifier: BSD-3-Clause */
#include <rte_qsock.h>

#include "source_kinds.h"

/* So that one that has fallen behind does not keep the others waiting for long. */
#define BURST 64

static void finish(struct dq_source *src)
{
	src->state = DQ_SOURCE_FINISHED;
	src->next_ns = RTE_QSOCK_NEVER;
}

static void aim(struct dq_source *src, uint64_t since_ns)
{
	if (qs_source_over(&src->conf, since_ns))
		finish(src);
	else
		src->next_ns = src->began_ns + since_ns;
}

static void aim_replay(struct dq_source *src)
{
	const uint8_t *bytes;
	uint64_t time_ns;
	uint32_t len;

	if (dq_replay_packet(src->replay, &time_ns, &bytes, &len))
		aim(src, src->conf.start_ns + time_ns);
	else
		finish(src);
}

bool dq_source_rewind(struct dq_source *src, uint64_t began_ns, uint64_t skip_ns)
{
	struct qs_stream_config conf = src->conf;

	src->began_ns = began_ns;
	src->state = DQ_SOURCE_RUNNING;
	if (src->replay != NULL) {
		if (!dq_replay_rewind(src->replay)) {
			finish(src);
			return false;
		}
		aim_replay(src);
		return true;
	}
	if (conf.start_ns < skip_ns)
		conf.start_ns = skip_ns;
	qs_source_start(&src->times, &conf);
	aim(src, src->times.next_ns);
	return true;
}

static void send_replay(struct dq_source *src)
{
	const uint8_t *bytes;
	uint64_t time_ns;
	uint32_t len;

	if (dq_replay_packet(src->replay, &time_ns, &bytes, &len))
		dq_sender_raw(&src->sender, bytes, len);
	dq_replay_next(src->replay);
	aim_replay(src);
}

/*
 * The pool holds as many packets as the queue, where packets of an earlier source of the stream have room, too. What the
 * driver has freed is in the pool a moment before it is accounted for: only then is there room for another.
 */
static void send_greedy(struct dq_source *src, uint64_t now_ns)
{
	const uint32_t free = rte_mempool_avail_count(src->pool), others = dq_pools_reap(&src->former);
	uint32_t n = RTE_MIN(free > others ? free - others : 0, rte_qsock_tx_room(src->sender.qs));

	while (n-- > 0 && dq_sender_frame(&src->sender, src->conf.packet_bytes))
		;
	aim(src, now_ns - src->began_ns + src->greedy_period_ns);
}

static void send_timed(struct dq_source *src)
{
	dq_sender_frame(&src->sender, src->conf.packet_bytes);
	qs_source_advance(&src->times, &src->conf);
	aim(src, src->times.next_ns);
}

void dq_source_send(struct dq_source *src, uint64_t now_ns)
{
	unsigned int n;

	if (src->conf.source == QS_SOURCE_GREEDY) {
		send_greedy(src, now_ns);
		return;
	}
	for (n = 0; n < BURST && src->next_ns <= now_ns; n++) {
		if (src->replay != NULL)
			send_replay(src);
		else
			send_timed(src);
	}
}
