/* SPDX-License-Identifier: BSD-3-Clause */
/* The public calls: what all disciplines share. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "qs_queue.h"

#define LINE 64u

/* calloc() leaves untouched what is zero anyway: of tables for millions of packets only what is used is had.
 * Where its own begins stands before the first line. */
static void *default_alloc(void *arg, size_t bytes)
{
	char *own = calloc(1, bytes + LINE), *p;

	if (own == NULL)
		return NULL;
	p = own + LINE - (uintptr_t)own % LINE;
	memcpy(p - sizeof(own), &own, sizeof(own));
	return p;
}

static void default_release(void *arg, void *p)
{
	char *own;

	memcpy(&own, (char *)p - sizeof(own), sizeof(own));
	free(own);
}

static size_t whole_lines(size_t bytes)
{
	return (bytes + LINE - 1) & ~(size_t)(LINE - 1);
}

static void *alloc_with(struct rte_qsock_sched *s, size_t bytes, void *(*alloc)(void *arg, size_t bytes))
{
	if (s->nr_allocs == QS_MAX_ALLOCS)
		return NULL;

	void *p = alloc(s->alloc_arg, whole_lines(bytes != 0 ? bytes : 1));

	if (p != NULL)
		s->allocs[s->nr_allocs++] = p;
	return p;
}

void *rte_qsock_sched_alloc(struct rte_qsock_sched *s, size_t bytes)
{
	return alloc_with(s, bytes, s->alloc);
}

void *qs_sched_reserve(struct rte_qsock_sched *s, struct qs_reserve how)
{
	if (s->nr_reserves == QS_RESERVES_MAX)
		return NULL;
	how.at = alloc_with(s, how.bytes, s->reserve);
	if (how.at != NULL)
		s->reserves[s->nr_reserves++] = how;
	return how.at;
}

/*
 * Memory of packets comes with the first stream in use, where streams are many beside packets, and it does
 * not take long.
 */
void *qs_sched_reserve_packets(struct rte_qsock_sched *s, size_t bytes)
{
	if (s->max_packets / 4 > s->max_streams || bytes > QS_PACKETS_BYTES_MAX)
		return rte_qsock_sched_alloc(s, bytes);
	return qs_sched_reserve(s, QS_RESERVE_AT_ONCE(bytes));
}

void rte_qsock_sched_priv_set(struct rte_qsock_sched *s, void *priv)
{
	s->priv = priv;
}

void *rte_qsock_sched_priv(const struct rte_qsock_sched *s)
{
	return s->priv;
}

static int create_tables(struct rte_qsock_sched *s)
{
	s->streams = qs_sched_reserve(s, QS_RESERVE_BY_ID(s->max_streams, sizeof(*s->streams)));
	s->colds = qs_sched_reserve(s, QS_RESERVE_BY_ID(s->max_streams, sizeof(*s->colds)));
	/* One more for a packet that is dropped where all others are in use. */
	s->recs = qs_sched_reserve_packets(s, ((size_t)s->max_packets + 1) * sizeof(*s->recs));
	s->free_recs = qs_sched_reserve_packets(s, ((size_t)s->max_packets + 1) * sizeof(*s->free_recs));
	s->alone = rte_qsock_sched_alloc(s, sizeof(*s->alone));
	s->touched = rte_qsock_sched_alloc(s, ((size_t)s->max_streams + 63) / 64 * sizeof(*s->touched));
	if (s->alone == NULL || s->streams == NULL || s->colds == NULL || s->recs == NULL ||
	    s->free_recs == NULL || s->touched == NULL)
		return -ENOMEM;
	s->beside = (const void *)s->streams;
	s->fifo_head = QS_NIL;
	s->fifo_tail = QS_NIL;
	s->barren = true;
	return 0;
}

int rte_qsock_sched_create(const struct rte_qsock_sched_conf *conf, struct rte_qsock_sched **out)
{
	if (conf == NULL || out == NULL || conf->on_drop == NULL)
		return -EINVAL;
	if (conf->max_streams == 0 || conf->max_streams > RTE_QSOCK_STREAMS_MAX || conf->max_packets == 0 ||
	    conf->max_packets > RTE_QSOCK_PACKETS_MAX || conf->precedence > RTE_QSOCK_PRECEDENCE_DEADLINE)
		return -EINVAL;
	if ((conf->alloc == NULL) != (conf->release == NULL) ||
	    (conf->reserve != NULL && conf->alloc == NULL))
		return -EINVAL;

	const struct rte_qsock_sched_ops *ops = qs_ops_find(conf->name);

	if (ops == NULL)
		return -ENOENT;

	void *(*alloc)(void *, size_t) = conf->alloc != NULL ? conf->alloc : default_alloc;
	struct rte_qsock_sched *s = alloc(conf->alloc_arg, whole_lines(sizeof(*s)));

	if (s == NULL)
		return -ENOMEM;
	qs_sched_bind(s, ops);
	s->max_streams = conf->max_streams;
	s->max_packets = conf->max_packets;
	s->on_drop = conf->on_drop;
	s->on_drop_arg = conf->on_drop_arg;
	s->alloc = alloc;
	s->reserve = conf->reserve != NULL ? conf->reserve : alloc;
	s->release = conf->release != NULL ? conf->release : default_release;
	s->alloc_arg = conf->alloc_arg;

	int rc = create_tables(s);

	if (rc == 0 && ops->create != NULL)
		rc = ops->create(s, conf);
	if (rc != 0) {
		rte_qsock_sched_free(s);
		return rc;
	}
	*out = s;
	return 0;
}

void rte_qsock_sched_free(struct rte_qsock_sched *s)
{
	if (s == NULL)
		return;
	for (unsigned int i = 0; i < s->nr_allocs; i++)
		s->release(s->alloc_arg, s->allocs[i]);
	s->release(s->alloc_arg, s);
}

static bool in_use(const struct rte_qsock_sched *s, uint32_t id)
{
	return id < s->max_streams && s->streams[id].flags & QS_ST_USED;
}

/* What a stream's parameters set in its state, whether it is new or changed. */
static void apply(struct rte_qsock_sched *s, uint32_t id, const struct rte_qsock_stream_conf *conf)
{
	struct qs_stream *st = &s->streams[id];

	st->room += (int32_t)conf->queue_packets - (int32_t)s->colds[id].conf.queue_packets;
	s->colds[id].conf = qs_brief_of(conf);
	st->ipg_ns = conf->ipg_ns;
	st->x = (uint16_t)conf->oln;
	st->y = (uint16_t)conf->old;
	st->x_now = conf->oln;
	st->y_now = conf->old;
	st->flags = (st->flags & QS_ST_STATE & ~QS_ST_TAGGED) | QS_ST_USED;
	st->flags |= conf->cls == RTE_QSOCK_REALTIME ? QS_ST_REALTIME : QS_ST_FIFO;
	st->flags |= conf->droppable ? QS_ST_DROPPABLE : 0;
	st->flags |= conf->in_order ? QS_ST_IN_ORDER : 0;
}

int rte_qsock_sched_add(struct rte_qsock_sched *s, uint32_t id, const struct rte_qsock_stream_conf *conf)
{
	if (id >= s->max_streams)
		return -EINVAL;
	if (s->streams[id].flags & (QS_ST_USED | QS_ST_CLOSING))
		return -EEXIST;

	int rc = rte_qsock_stream_check(s->ops->name, conf, NULL, 0);

	if (rc != 0)
		return rc;

	/* A timer of a stream that had the id before may still be set: it is kept, and does no harm. */
	struct qs_stream *st = &s->streams[id];

	*st = (struct qs_stream){
		.head = QS_NIL,
		.armed_ns = qs_stream_unused(st) ? RTE_QSOCK_NEVER : st->armed_ns,
	};
	s->colds[id] = (struct qs_cold){0};
	apply(s, id, conf);
	if (s->ops->add != NULL)
		s->ops->add(s, id);
	s->nr_fifo += (st->flags & QS_ST_FIFO) != 0;
	return 0;
}

int rte_qsock_sched_change(struct rte_qsock_sched *s, uint32_t id, const struct rte_qsock_stream_conf *conf)
{
	if (!in_use(s, id))
		return -ENOENT;

	int rc = rte_qsock_stream_check(s->ops->name, conf, NULL, 0);

	if (rc != 0)
		return rc;

	const struct rte_qsock_stream_conf old = qs_brief_whole(&s->colds[id].conf);

	if (conf->cls != old.cls || conf->unit != old.unit) {
		if (s->streams[id].head != QS_NIL)
			return -EBUSY;
		/* A frame half gone means nothing to the new kind. */
		s->colds[id].open_frame = 0;
		s->streams[id].flags &= ~(uint32_t)QS_ST_STATE;
	}
	s->nr_fifo -= (s->streams[id].flags & QS_ST_FIFO) != 0;
	apply(s, id, conf);
	if (s->ops->change != NULL)
		s->ops->change(s, id, &old);
	s->nr_fifo += (s->streams[id].flags & QS_ST_FIFO) != 0;
	return 0;
}

uint32_t qs_sched_close(struct rte_qsock_sched *s, uint32_t id, uint64_t now_ns, uint32_t max)
{
	struct qs_stream *st = &s->streams[id];

	if (now_ns > s->now_ns && now_ns <= QS_TIME_MAX)
		s->now_ns = now_ns;
	if (!(st->flags & (QS_ST_USED | QS_ST_CLOSING)))
		return 0;
	if (st->flags & QS_ST_USED) {
		if (s->ops->remove != NULL)
			s->ops->remove(s, id);
		/* Its packets may be in the one fifo. */
		st->flags = (st->flags & QS_ST_FIFO) | QS_ST_CLOSING;
	}
	for (; st->head != QS_NIL && max > 0; max--)
		qs_drop_rec(s, st->head, s->now_ns, RTE_QSOCK_EV_CLOSED);
	if (st->head != QS_NIL)
		return qs_queue_len(s, id);
	s->nr_fifo -= (st->flags & QS_ST_FIFO) != 0;
	st->flags = 0;
	return 0;
}

uint32_t qs_sched_closing(const struct rte_qsock_sched *s, uint32_t id, uint64_t *cookies, uint32_t max)
{
	uint32_t n = 0, i = s->streams[id].head;

	for (; n < max && i != QS_NIL; i = s->recs[i].next)
		cookies[n++] = s->recs[i].pkt.cookie;
	return n;
}

int rte_qsock_sched_remove(struct rte_qsock_sched *s, uint32_t id, uint64_t now_ns)
{
	if (!in_use(s, id))
		return -ENOENT;

	uint32_t queued = qs_queue_len(s, id);

	(void)qs_sched_close(s, id, now_ns, UINT32_MAX);
	return (int)queued;
}

uint64_t rte_qsock_sched_next_ns(const struct rte_qsock_sched *s)
{
	if (s->ops->next_ns != NULL)
		return s->ops->next_ns(s);
	return s->nr_queued != 0 ? 0 : RTE_QSOCK_NEVER;
}

uint32_t rte_qsock_sched_room(const struct rte_qsock_sched *s)
{
	return s->nr_free + s->max_packets - s->fresh_rec;
}

int rte_qsock_sched_state(const struct rte_qsock_sched *s, uint32_t id, struct rte_qsock_stream_state *state)
{
	if (!in_use(s, id))
		return -ENOENT;

	const struct qs_stream *st = &s->streams[id];

	*state = (struct rte_qsock_stream_state){
		.eligible_ns = RTE_QSOCK_NEVER,
		.violations = s->colds[id].violations,
		.backlog_bytes = st->bytes,
		.backlog_packets = qs_queue_len(s, id),
		.x = st->x_now,
		.y = st->y_now,
		.tagged = st->flags & QS_ST_TAGGED,
	};
	if (st->head == QS_NIL)
		return 0;
	state->eligible_ns = 0;
	if (s->ops->state != NULL)
		s->ops->state(s, id, state);
	return 0;
}

void qs_sched_state_new(const struct rte_qsock_sched *s, const struct rte_qsock_stream_conf *conf,
			struct rte_qsock_stream_state *state)
{
	const struct qs_discipline *d = qs_discipline_of(s->ops);

	*state = (struct rte_qsock_stream_state){
		.eligible_ns = RTE_QSOCK_NEVER,
		.x = d != NULL && d->met ? conf->old - conf->oln : conf->oln,
		.y = conf->old,
	};
}

int rte_qsock_sched_conf_get(const struct rte_qsock_sched *s, uint32_t id, struct rte_qsock_stream_conf *conf)
{
	if (!in_use(s, id))
		return -ENOENT;
	*conf = qs_brief_whole(&s->colds[id].conf);
	return 0;
}
