/* SPDX-License-Identifier: BSD-3-Clause */
/* The TX core's side of a record, and the thread. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "eal/qs_compat.h"
#include "eal/qs_log.h"
#include "obs/qs_record_ring.h"

#define WRITER_NAP_NS 500000

struct qs_record {
	struct qs_record_ring ring;
	/* [tx] */
	uint64_t lost;	 /* entries for which there was no room */
	uint64_t unlike; /* what the simulator cannot do again */
	bool deciding;
	bool decided; /* in this round */
	uint32_t overhead_bytes;
	/* [ctl] and the thread */
	bool stop;
	pthread_t thread;
	struct qs_record_files *files;
};

/* Room for one more entry; NULL: it is lost, because the TX core does not wait. */
static struct qs_record_entry *entry_begin(struct qs_record *r, uint8_t type)
{
	struct qs_record_entry *e = &r->ring.entry[r->ring.put % QS_RECORD_ENTRIES];

	if (r->ring.put - __atomic_load_n(&r->ring.take, __ATOMIC_ACQUIRE) == QS_RECORD_ENTRIES) {
		r->lost++;
		return NULL;
	}
	e->type = type;
	return e;
}

static void entry_end(struct qs_record *r)
{
	__atomic_store_n(&r->ring.put, r->ring.put + 1, __ATOMIC_RELEASE);
}

void qs_record_put_open(struct qs_record *r, uint32_t id, const char *name,
			const struct rte_qsock_stream_conf *conf)
{
	struct qs_record_entry *e = entry_begin(r, QS_RECORD_OPEN);

	if (e == NULL)
		return;
	e->stream = id;
	e->open.conf = *conf;
	memcpy(e->open.name, name, sizeof(e->open.name));
	entry_end(r);
}

void qs_record_put_arrival(struct qs_record *r, uint32_t id, const struct rte_qsock_pkt *pkt)
{
	struct qs_record_entry *e = entry_begin(r, QS_RECORD_ARRIVAL);

	if (e == NULL)
		return;
	e->stream = id;
	e->time_ns = pkt->arrival_ns;
	e->arrival.deadline_ns = pkt->deadline_ns;
	/* The simulator knows packets of one frame: the overhead of the others goes among the bytes. */
	e->arrival.bytes = pkt->len_bytes + (uint64_t)(pkt->frames - 1) * r->overhead_bytes;
	e->arrival.flags = pkt->flags;
	entry_end(r);
}

void qs_record_put_event(struct qs_record *r, const struct rte_qsock_event *ev)
{
	struct qs_record_entry *e;

	if (ev->type == RTE_QSOCK_EV_CLOSED) {
		r->unlike++;
		return;
	}
	e = entry_begin(r, r->deciding ? QS_RECORD_EVENT : QS_RECORD_EARLY);
	if (e == NULL)
		return;
	e->stream = ev->stream;
	e->time_ns = ev->time_ns;
	e->event = ev->type;
	e->late = ev->late;
	e->event_of.seq = ev->seq;
	e->event_of.violations = ev->violations;
	e->event_of.x = ev->x;
	e->event_of.y = ev->y;
	entry_end(r);
}

void qs_record_put_begin(struct qs_record *r)
{
	r->deciding = true;
}

void qs_record_put_decided(struct qs_record *r, uint64_t now_ns, const struct rte_qsock_event *sent)
{
	struct qs_record_entry *e;

	r->decided = true;
	if (sent != NULL) {
		qs_record_put_event(r, sent);
		return;
	}
	e = entry_begin(r, QS_RECORD_NOTHING);
	if (e == NULL)
		return;
	e->time_ns = now_ns;
	entry_end(r);
}

void qs_record_put_end(struct qs_record *r)
{
	r->deciding = false;
}

void qs_record_put_round(struct qs_record *r, uint64_t clock_ns)
{
	struct qs_record_entry *e;

	if (!r->decided)
		return;
	r->decided = false;
	e = entry_begin(r, QS_RECORD_POLL);
	if (e == NULL)
		return;
	e->time_ns = clock_ns;
	entry_end(r);
}

void qs_record_put_unlike(struct qs_record *r)
{
	r->unlike++;
}

static void writer_drain(struct qs_record *r)
{
	uint64_t put = __atomic_load_n(&r->ring.put, __ATOMIC_ACQUIRE), at;

	for (at = r->ring.take; at != put; at++)
		qs_record_files_write(r->files, &r->ring.entry[at % QS_RECORD_ENTRIES]);
	__atomic_store_n(&r->ring.take, at, __ATOMIC_RELEASE);
}

static void *writer(void *arg)
{
	const struct timespec nap = {.tv_nsec = WRITER_NAP_NS};
	struct qs_record *r = arg;

	while (!__atomic_load_n(&r->stop, __ATOMIC_ACQUIRE)) {
		writer_drain(r);
		nanosleep(&nap, NULL);
	}
	writer_drain(r);
	return NULL;
}

struct qs_record *qs_record_start(const char *prefix, const struct qs_record_port *port)
{
	struct qs_record *r = aligned_alloc(RTE_CACHE_LINE_SIZE, sizeof(*r));
	int ret;

	if (r == NULL)
		return qs_fail_null(ENOMEM, "record %s: no memory", prefix);
	memset(r, 0, sizeof(*r));
	r->overhead_bytes = port->overhead_bytes;
	r->ring.entry = calloc(QS_RECORD_ENTRIES, sizeof(*r->ring.entry));
	if (r->ring.entry == NULL) {
		free(r);
		return qs_fail_null(ENOMEM, "record %s: no memory for %u entries", prefix, QS_RECORD_ENTRIES);
	}
	r->files = qs_record_files_open(prefix, port);
	ret = r->files != NULL ? qs_thread_create(&r->thread, "qsock-record", writer, r) : 0;
	if (r->files == NULL || ret != 0) {
		if (ret != 0)
			qs_fail(ENOMEM, "record %s: no thread: %s", prefix, strerror(ret));
		if (r->files != NULL)
			qs_record_files_close(r->files, &r->unlike);
		free(r->ring.entry);
		free(r);
		return NULL;
	}
	return r;
}

void qs_record_stop(struct qs_record *r)
{
	if (r == NULL)
		return;
	__atomic_store_n(&r->stop, true, __ATOMIC_RELEASE);
	pthread_join(r->thread, NULL);
	if (qs_record_files_close(r->files, &r->unlike) != 0)
		QS_LOG(ERR, "record: not all of it could be written\n");
	if (r->lost > 0)
		QS_LOG(ERR, "record: %lu entries lost, the disk was too slow: it cannot be replayed\n",
		       (unsigned long)r->lost);
	if (r->unlike > 0)
		QS_LOG(WARNING,
		       "record: %lu times something that the simulator does not know: it may differ\n",
		       (unsigned long)r->unlike);
	free(r->ring.entry);
	free(r);
}
