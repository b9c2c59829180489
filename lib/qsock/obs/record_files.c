/* SPDX-License-Identifier: BSD-3-Clause */
/* The files of a record, as dpdk-qsock-sim reads them. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "eal/qs_log.h"
#include "obs/qs_record_ring.h"

#define NR_FILES 4

struct stream {
	struct rte_qsock_stream_conf conf;
	char name[RTE_QSOCK_NAMESIZE];
	bool used;
};

struct qs_record_files {
	FILE *file[NR_FILES];
	struct qs_record_port port;
	char scheduler[RTE_QSOCK_NAMESIZE];
	struct stream *streams;
	uint32_t nr_streams;	       /* ids seen are below */
	struct qs_record_entry *early; /* events that wait for a decision's time */
	size_t nr_early, room_early;
	uint64_t reopened; /* ids that another socket had before */
	bool failed;
};

enum { INI, ARRIVALS, POLLS, EVENTS };

static const char *const file_suffix[NR_FILES] = {"ini", "arrivals.csv", "polls.csv", "events.csv"};
static const char *const file_header[NR_FILES] = {
	"",
	"time_ns,stream,bytes,deadline_ns,flags\n",
	"clock_ns\n",
	"time_ns,event,stream,seq,late,x,y,violations\n",
};

static void files_free(struct qs_record_files *f)
{
	free(f->streams);
	free(f->early);
	free(f);
}

struct qs_record_files *qs_record_files_open(const char *prefix, const struct qs_record_port *port)
{
	struct qs_record_files *f = calloc(1, sizeof(*f));
	char path[4096];
	unsigned int i;

	if (f != NULL)
		f->streams = calloc(port->max_sockets, sizeof(*f->streams));
	if (f == NULL || f->streams == NULL) {
		free(f);
		return qs_fail_null(ENOMEM, "record %s: no memory", prefix);
	}
	f->port = *port;
	snprintf(f->scheduler, sizeof(f->scheduler), "%s", port->scheduler);
	for (i = 0; i < NR_FILES; i++) {
		snprintf(path, sizeof(path), "%s.%s", prefix, file_suffix[i]);
		f->file[i] = fopen(path, "w");
		if (f->file[i] == NULL) {
			int error = errno;

			while (i-- > 0)
				fclose(f->file[i]);
			files_free(f);
			return qs_fail_null(error == ENOMEM ? ENOMEM : EINVAL, "record: %s: %s", path,
					    strerror(error));
		}
		fputs(file_header[i], f->file[i]);
	}
	return f;
}

static void write_open(struct qs_record_files *f, const struct qs_record_entry *e)
{
	struct stream *s = &f->streams[e->stream];

	f->reopened += s->used;
	s->conf = e->open.conf;
	memcpy(s->name, e->open.name, sizeof(s->name));
	s->used = true;
	if (e->stream >= f->nr_streams)
		f->nr_streams = e->stream + 1;
}

static void write_arrival(struct qs_record_files *f, const struct qs_record_entry *e)
{
	uint16_t flags = e->arrival.flags;

	fprintf(f->file[ARRIVALS], "%" PRIu64 ",%s,%" PRIu64 ",%" PRIu64 ",%s%s%s%s\n", e->time_ns,
		f->streams[e->stream].name, e->arrival.bytes, e->arrival.deadline_ns,
		flags & RTE_QSOCK_PKT_NON_DROPPABLE ? "n" : "", flags & RTE_QSOCK_PKT_DROPPABLE ? "d" : "",
		flags & RTE_QSOCK_PKT_FRAME_START ? "s" : "", flags & RTE_QSOCK_PKT_FRAME_END ? "e" : "");
}

static void write_event(struct qs_record_files *f, const struct qs_record_entry *e, uint64_t time_ns)
{
	static const char *const names[] = {"sent", "late_drop", "frame_drop", "queue_drop"};

	fprintf(f->file[EVENTS], "%" PRIu64 ",%s,%s,%" PRIu64 ",%d,%u,%u,%" PRIu64 "\n", time_ns,
		names[e->event], f->streams[e->stream].name, e->event_of.seq, e->late, e->event_of.x,
		e->event_of.y, e->event_of.violations);
}

/* Dropped on arrival: in the terms of the simulator that happened in the decision that came next. */
static void keep_early(struct qs_record_files *f, const struct qs_record_entry *e)
{
	if (f->nr_early == f->room_early) {
		size_t room = f->room_early == 0 ? 64 : f->room_early * 2;
		struct qs_record_entry *grown = reallocarray(f->early, room, sizeof(*grown));

		if (grown == NULL) {
			f->failed = true;
			return;
		}
		f->early = grown;
		f->room_early = room;
	}
	f->early[f->nr_early++] = *e;
}

static void write_early(struct qs_record_files *f, uint64_t time_ns)
{
	size_t i;

	for (i = 0; i < f->nr_early; i++)
		write_event(f, &f->early[i], time_ns);
	f->nr_early = 0;
}

void qs_record_files_write(struct qs_record_files *f, const struct qs_record_entry *e)
{
	switch (e->type) {
	case QS_RECORD_OPEN:
		write_open(f, e);
		break;
	case QS_RECORD_ARRIVAL:
		write_arrival(f, e);
		break;
	case QS_RECORD_EARLY:
		keep_early(f, e);
		break;
	case QS_RECORD_EVENT:
		write_early(f, e->time_ns);
		write_event(f, e, e->time_ns);
		break;
	case QS_RECORD_NOTHING:
		write_early(f, e->time_ns);
		break;
	default:
		fprintf(f->file[POLLS], "%" PRIu64 "\n", e->time_ns);
		break;
	}
}

static void write_stream(FILE *out, const struct stream *s)
{
	const struct rte_qsock_stream_conf *c = &s->conf;

	fprintf(out, "\n[stream %s]\nclass = %s\ndroppable = %s\nunit = %s\nqueue = %u\n", s->name,
		c->cls == RTE_QSOCK_REALTIME ? "realtime" : "best-effort", c->droppable ? "yes" : "no",
		c->unit == RTE_QSOCK_UNIT_FRAME ? "frame" : "packet", c->queue_packets);
	if (c->ipg_ns != 0)
		fprintf(out, "ipg = %" PRIu64 "\n", c->ipg_ns);
	if (c->deadline_ns != 0)
		fprintf(out, "deadline = %" PRIu64 "\n", c->deadline_ns);
	fprintf(out, "oln = %u\nold = %u\nin-order = %s\n", c->oln, c->old, c->in_order ? "yes" : "no");
}

static void write_scenario(struct qs_record_files *f)
{
	FILE *out = f->file[INI];
	uint32_t id;

	fprintf(out, "[port 0]\nrate = %" PRIu64 "\noverhead = %u\nscheduler = %s\nprecedence = %s\n",
		f->port.rate_bps, f->port.overhead_bytes, f->scheduler,
		f->port.precedence == RTE_QSOCK_PRECEDENCE_DEADLINE ? "deadline" : "window");
	fprintf(out, "work-conserving = %s\nahead = %" PRIu64 "\ncatchup = %" PRIu64 "\n",
		f->port.work_conserving ? "yes" : "no", f->port.ahead_ns, f->port.catchup_ns);
	for (id = 0; id < f->nr_streams; id++)
		if (f->streams[id].used)
			write_stream(out, &f->streams[id]);
}

int qs_record_files_close(struct qs_record_files *f, uint64_t *unlike)
{
	bool failed = f->failed;
	unsigned int i;

	*unlike += f->reopened;
	write_scenario(f);
	for (i = 0; i < NR_FILES; i++) {
		failed |= ferror(f->file[i]) != 0;
		failed |= fclose(f->file[i]) != 0;
	}
	files_free(f);
	return failed ? -1 : 0;
}
