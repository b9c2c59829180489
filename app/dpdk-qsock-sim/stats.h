/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * What became of each stream's packets, and how long they waited.
 *
 * Delays are kept one by one, so that percentiles are exact, up to a number in all; beyond that they go
 * into histograms.
 */
#ifndef SIM_STATS_H
#define SIM_STATS_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_qsock_sched.h>
#include <util/qs_histogram.h>

#define STATS_SAMPLES_MAX (UINT64_C(1) << 24) /* 128 MiB */

struct stream_stats {
	uint64_t offered;
	uint64_t sent;
	uint64_t late;
	uint64_t late_drop;
	uint64_t frame_drop;
	uint64_t queue_drop;
	uint64_t bytes;
	uint64_t *samples;
	uint64_t n_samples;
	struct qs_histogram *histogram; /**< instead of samples */
};

struct stats {
	struct stream_stats *streams;
	uint32_t n_streams;
	uint64_t n_samples; /**< of all streams */
	bool exact;	    /**< delays are in samples */
};

/** The distribution of a stream's delays; count 0: there is none. */
struct delays {
	uint64_t count, min_ns, mean_ns, p50_ns, p99_ns, p999_ns, max_ns;
};

/** @return 0; -ENOMEM */
int stats_init(struct stats *st, uint32_t n_streams);

void stats_free(struct stats *st);

/** Count the end of a packet. @return 0; -ENOMEM */
int stats_event(struct stats *st, const struct rte_qsock_event *ev);

/** Packets that arrived and have not ended. */
uint64_t stats_queued(const struct stream_stats *s);

/** Sorts the stream's samples. */
void stats_delays(struct stats *st, uint32_t stream, struct delays *out);

#endif
