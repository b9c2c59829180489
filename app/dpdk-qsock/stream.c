/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_errno.h>

#include <net/qs_neigh.h>
#include <qs_config_keys.h>

#include <rte_qsock_group.h>
#include <service/qs_ways.h>

#include "attach.h"
#include "capture.h"
#include "queues.h"
#include "source.h"

struct dq_stream *dq_stream_find(const struct dq_instance *in, const char *name)
{
	struct dq_stream *s;

	DQ_FOREACH(s, &in->streams)
	{
		if (strcmp(s->conf.name, name) == 0)
			return s;
	}
	return NULL;
}

struct dq_stream *dq_stream_of(const struct dq_instance *in, const struct rte_qsock *qs)
{
	struct dq_stream *s;

	DQ_FOREACH(s, &in->streams)
	{
		if (s->qs == qs)
			return s;
	}
	return NULL;
}

static struct rte_qsock *open_socket(const struct dq_port *port, const struct qs_stream_config *conf,
				     struct dq_error *e)
{
	const struct rte_qsock_conf sock = {
		.size = sizeof(sock),
		.name = conf->name,
		.stream = conf->conf,
		.linger_ns = conf->linger_ns,
		.drop_when_full = true, /* neither a source nor the kernel can be told */
	};
	struct rte_qsock *qs;

	dq_capture_begin();
	qs = port->queues != NULL ? rte_qsock_group_open(dq_queues_group(port), &sock)
				  : rte_qsock_open(port->port, &sock);
	dq_capture_end();
	if (qs == NULL)
		dq_fail(e, rte_errno, DQ_NO_KEY, "[stream %s]: %s", conf->name, dq_captured());
	return qs;
}

int dq_stream_add(struct dq_instance *in, const struct qs_stream_config *conf, struct dq_error *e)
{
	struct dq_port *port = dq_port_find(in, conf->port);
	struct dq_stream *s;
	int rc;

	if (port == NULL)
		return dq_fail(e, ENOENT, QS_STREAM_PORT, "[stream %s]: port: '%u' does not exist",
			       conf->name, conf->port);
	s = calloc(1, sizeof(*s));
	if (s == NULL || dq_list_add(&in->streams, s) < 0) {
		free(s);
		return dq_fail(e, ENOMEM, DQ_NO_KEY, "no memory");
	}
	s->conf = *conf;
	s->port = port;
	rc = dq_source_new(in, port, conf, &s->source, e);
	if (rc == 0) {
		s->qs = open_socket(port, conf, e);
		if (s->qs != NULL)
			return 0;
		rc = -rte_errno;
		dq_source_free(in, s->source);
	}
	dq_list_del(&in->streams, s);
	free(s);
	return rc;
}

/* What cannot be changed while the stream lives. */
static int check_change(const struct dq_stream *s, const struct qs_stream_config *conf, struct dq_error *e)
{
	if (conf->port != s->conf.port)
		return dq_fail(e, EINVAL, QS_STREAM_PORT,
			       "[stream %s]: port: '%u' cannot be changed from %u: del and add the stream",
			       conf->name, conf->port, s->conf.port);
	if (conf->linger_ns != s->conf.linger_ns)
		return dq_fail(e, EINVAL, QS_STREAM_LINGER,
			       "[stream %s]: linger cannot be changed: del and add the stream", conf->name);
	return 0;
}

/* Whether the source is another one; what is only the discipline's does not matter to it. */
static bool source_differs(const struct qs_stream_config *a, const struct qs_stream_config *b)
{
	static const unsigned int keys[] = {
		QS_STREAM_DSCP, QS_STREAM_VLAN_PRIORITY, QS_STREAM_DST,	   QS_STREAM_DST_MAC,
		QS_STREAM_SRC,	QS_STREAM_SOURCE,	 QS_STREAM_PACKET, QS_STREAM_ON,
		QS_STREAM_OFF,	QS_STREAM_INTERVAL,	 QS_STREAM_SEED,   QS_STREAM_START,
		QS_STREAM_STOP, QS_STREAM_PCAP,		 QS_STREAM_LOOP,
	};
	char x[QS_CONFIG_TEXT], y[QS_CONFIG_TEXT];
	const char *name;
	unsigned int i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		name = qs_sections[QS_CONFIG_STREAM].keys[keys[i]].name;
		qs_config_get(QS_CONFIG_STREAM, a, name, x, sizeof(x));
		qs_config_get(QS_CONFIG_STREAM, b, name, y, sizeof(y));
		if (strcmp(x, y) != 0)
			return true;
	}
	return a->source == QS_SOURCE_GREEDY && a->conf.queue_packets != b->conf.queue_packets;
}

int dq_stream_change(struct dq_instance *in, struct dq_stream *s, const struct qs_stream_config *conf,
		     struct dq_error *e)
{
	const bool other = source_differs(&s->conf, conf);
	struct dq_source *src = NULL;
	int rc = check_change(s, conf, e);

	if (rc == 0 && other)
		rc = dq_source_new(in, s->port, conf, &src, e);
	if (rc < 0)
		return rc;
	dq_capture_begin();
	rc = rte_qsock_change(s->qs, &conf->conf);
	dq_capture_end();
	if (rc < 0) {
		rc = dq_fail(e, rte_errno, DQ_NO_KEY, "[stream %s]: %s", conf->name, dq_captured());
		dq_source_free(in, src);
		return rc;
	}
	s->conf = *conf;
	if (other) {
		dq_source_replace(in, s->source, src, s->qs);
		s->source = src;
	}
	return 0;
}

int dq_stream_del(struct dq_instance *in, struct dq_stream *s, struct dq_error *e)
{
	const struct dq_attached *a = dq_attached_to(in, s);
	struct dq_rule *r;

	if (a != NULL)
		return dq_fail(e, EBUSY, DQ_NO_KEY, "stream '%s' is where '%s' is attached: detach %s first",
			       s->conf.name, a->name, a->name);
	DQ_FOREACH(r, &in->rules)
	{
		if (strcmp(r->conf.stream, s->conf.name) == 0)
			return dq_fail(e, EBUSY, DQ_NO_KEY,
				       "stream '%s' is where rule '%s' leads: del rule %s first",
				       s->conf.name, r->conf.name, r->conf.name);
	}
	if (s->source != NULL)
		dq_source_stop(in, s->source);
	if (s->port->twin != NULL)
		rte_qsock_twin_forget(s->port->twin, s->qs);
	else if (s->port->device.ways != NULL)
		qs_neigh_forget(qs_ways_route(s->port->device.ways), s->qs);
	dq_capture_begin();
	rte_qsock_close(s->qs);
	dq_capture_end();
	dq_source_free(in, s->source);
	dq_list_del(&in->streams, s);
	free(s);
	return 0;
}
