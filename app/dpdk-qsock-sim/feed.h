/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Where packets come from: a recorded list, or the built-in sources.
 */
#ifndef SIM_FEED_H
#define SIM_FEED_H

#include <stdbool.h>
#include <stdint.h>

#include <qs_source.h>

/** Times are below it, so that the stream clock's sums do not overflow. */
#define SIM_TIME_MAX_NS QS_SOURCE_TIME_MAX_NS

/** One packet that arrives. */
struct arrival {
	uint64_t time_ns;
	uint64_t deadline_ns; /**< absolute; 0: none of its own */
	uint32_t stream;      /**< its number */
	uint32_t bytes;
	uint32_t row;	/**< in its file; orders what else is equal */
	uint16_t flags; /**< enum rte_qsock_pkt_flags */
};

/** Arrivals in order of (time, stream, position). Every slot is required. */
struct feed {
	/** The time of the next arrival; now_ns or earlier if at once, RTE_QSOCK_NEVER if there is none. */
	uint64_t (*next_ns)(struct feed *feed, uint64_t now_ns);
	/** Take the next arrival at or before now_ns; false: there is none. */
	bool (*take)(struct feed *feed, uint64_t now_ns, struct arrival *out);
	/** A packet of this stream was sent or dropped. */
	void (*left)(struct feed *feed, uint32_t stream);
	void (*free)(struct feed *feed);
};

/** A list from a CSV file, read and checked as a whole. @return 0; negative errno, and why says what */
int feed_from_file(const char *path, const struct qs_config *cfg, struct feed **out, char *why,
		   size_t why_len);

/** The sources of the streams that have one. @return 0; negative errno */
int feed_from_sources(const struct qs_config *cfg, struct feed **out, char *why, size_t why_len);

#endif
