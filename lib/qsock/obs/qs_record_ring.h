/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * What goes from the TX core to the thread that writes a record.
 */
#ifndef QS_RECORD_RING_H
#define QS_RECORD_RING_H

#include <stdio.h>

#include <rte_common.h>

#include "obs/qs_record.h"

#define QS_RECORD_ENTRIES 65536u

enum qs_record_type {
	QS_RECORD_OPEN,
	QS_RECORD_ARRIVAL,
	QS_RECORD_EVENT,   /**< in a decision */
	QS_RECORD_EARLY,   /**< an event before the decision whose time it gets */
	QS_RECORD_NOTHING, /**< a decision that sent nothing */
	QS_RECORD_POLL,
};

/** One line of a file, or what leads to one. */
struct qs_record_entry {
	uint64_t time_ns;
	uint32_t stream;
	uint8_t type;  /**< enum qs_record_type */
	uint8_t event; /**< enum rte_qsock_event_type */
	bool late;
	union {
		struct {
			struct rte_qsock_stream_conf conf;
			char name[RTE_QSOCK_NAMESIZE];
		} open;
		struct {
			uint64_t deadline_ns;
			uint64_t bytes;
			uint16_t flags;
		} arrival;
		struct {
			uint64_t seq, violations;
			uint32_t x, y;
		} event_of;
	};
};

/** Both ends on lines of their own. */
struct qs_record_ring {
	uint64_t put __rte_cache_aligned;
	uint64_t take __rte_cache_aligned;
	struct qs_record_entry *entry;
};

/** What the thread does with an entry; record_files.c. */
struct qs_record_files;
struct qs_record_files *qs_record_files_open(const char *prefix, const struct qs_record_port *port);
void qs_record_files_write(struct qs_record_files *f, const struct qs_record_entry *e);
/** What the simulator cannot do again is added to unlike. @return 0; -1: something could not be written */
int qs_record_files_close(struct qs_record_files *f, uint64_t *unlike);

#endif
