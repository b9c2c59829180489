/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <string.h>

#include <util/qs_units.h>

#include "qs_config.h"

/* Where a complaint goes. */
struct complaint {
	const struct qs_config *cfg;
	char *why;
	size_t why_len;
};

__attribute__((format(printf, 4, 5))) static int complain(const struct complaint *c,
							  const struct qs_config_head *head, unsigned int key,
							  const char *format, ...)
{
	size_t used;
	va_list ap;

	if (c->why == NULL || c->why_len == 0)
		return -EINVAL;
	qs_config_where(c->cfg, head, key, c->why, c->why_len);
	used = strlen(c->why);
	va_start(ap, format);
	vsnprintf(c->why + used, c->why_len - used, format, ap);
	va_end(ap);
	return -EINVAL;
}

__attribute__((format(printf, 5, 6))) static int blame(unsigned int *key, unsigned int which, char *why,
						       size_t why_len, const char *format, ...)
{
	va_list ap;

	if (key != NULL)
		*key = which;
	va_start(ap, format);
	if (why != NULL)
		vsnprintf(why, why_len, format, ap);
	va_end(ap);
	return -EINVAL;
}

/* What its discipline asks of a real-time stream; a registered one is asked itself. */
static int check_discipline(const struct qs_port_config *port, const struct qs_stream_config *s,
			    unsigned int *key, char *why, size_t why_len)
{
	bool vds = strcmp(port->scheduler, "vds") == 0;
	char text[256] = "refused";
	int rc;

	if (s->conf.cls == RTE_QSOCK_REALTIME && (vds || strcmp(port->scheduler, "dwcs") == 0) &&
	    s->conf.ipg_ns == 0)
		return blame(key, QS_STREAM_IPG, why, why_len,
			     "[stream %s]: ipg is missing: real time in %s needs it, 1us .. 1000s", s->name,
			     port->scheduler);
	if (s->conf.cls == RTE_QSOCK_REALTIME && vds && s->conf.old == 0)
		return blame(key, QS_STREAM_OLD, why, why_len,
			     "[stream %s]: old: 0 is not allowed in vds: 1 .. %u", s->name,
			     RTE_QSOCK_WINDOW_MAX);
	if (s->conf.cls == RTE_QSOCK_REALTIME && strcmp(port->scheduler, "edf") == 0 &&
	    s->conf.deadline_ns == 0)
		return blame(key, QS_STREAM_DEADLINE, why, why_len,
			     "[stream %s]: deadline is missing: real time in edf needs it, 1ns .. 1000s",
			     s->name);
	rc = rte_qsock_stream_check(port->scheduler, &s->conf, text, sizeof(text));
	if (rc == -ENOENT)
		return blame(key, QS_STREAM_PORT, why, why_len,
			     "[stream %s]: scheduler '%s' of port %u is not known: dwcs, vds, edf, fifo",
			     s->name, port->scheduler, port->id);
	if (rc != 0)
		return blame(key, QS_STREAM_CLASS, why, why_len, "[stream %s]: %s", s->name, text);
	return 0;
}

static int check_source(const struct qs_stream_config *s, unsigned int *key, char *why, size_t why_len)
{
	char start[QS_UNITS_TEXT], stop[QS_UNITS_TEXT];
	bool paced =
		s->source == QS_SOURCE_CBR || s->source == QS_SOURCE_POISSON || s->source == QS_SOURCE_ONOFF;

	if (paced && s->interval_ns == 0)
		return blame(
			key, QS_STREAM_INTERVAL, why, why_len,
			"[stream %s]: interval is missing, and so is ipg: the source needs it, 1ns .. 1000s",
			s->name);
	if (s->source == QS_SOURCE_ONOFF && (s->on_ns == 0 || s->off_ns == 0))
		return blame(key, s->on_ns == 0 ? QS_STREAM_ON : QS_STREAM_OFF, why, why_len,
			     "[stream %s]: %s is missing: source = onoff needs it, 1ns .. 1000s", s->name,
			     s->on_ns == 0 ? "on" : "off");
	if (s->source == QS_SOURCE_PCAP && s->pcap[0] == '\0')
		return blame(key, QS_STREAM_PCAP, why, why_len,
			     "[stream %s]: pcap is missing: source = pcap needs the path of a file", s->name);
	if (s->stop_ns != 0 && s->stop_ns <= s->start_ns) {
		qs_time_print(start, sizeof(start), s->start_ns);
		qs_time_print(stop, sizeof(stop), s->stop_ns);
		return blame(key, QS_STREAM_STOP, why, why_len,
			     "[stream %s]: stop: '%s' is not after start: more than %s", s->name, stop,
			     start);
	}
	return 0;
}

int qs_config_check_stream(const struct qs_port_config *port, const struct qs_stream_config *s,
			   unsigned int *key, char *why, size_t why_len)
{
	int rc;

	if (s->conf.oln > s->conf.old)
		return blame(key, qs_config_given(&s->head, QS_STREAM_OLN) ? QS_STREAM_OLN : QS_STREAM_OLD,
			     why, why_len, "[stream %s]: oln: '%u' is more than old: 0 .. %u", s->name,
			     s->conf.oln, s->conf.old);
	if (s->dst.family != 0 && s->src.family != 0 && s->dst.family != s->src.family)
		return blame(key, QS_STREAM_SRC, why, why_len,
			     "[stream %s]: src is an IPv%u address and dst an IPv%u one: both alike", s->name,
			     s->src.family, s->dst.family);
	rc = check_source(s, key, why, why_len);
	return rc != 0 ? rc : check_discipline(port, s, key, why, why_len);
}

static int check_port(const struct complaint *c, const struct qs_port_config *port)
{
	struct rte_qsock_stream_conf conf = {.cls = RTE_QSOCK_BEST_EFFORT, .queue_packets = 1};
	const struct qs_port_config *other;

	/* A discipline knows its name, even where no stream asks for it. */
	if (rte_qsock_stream_check(port->scheduler, &conf, NULL, 0) == -ENOENT)
		return complain(c, &port->head, QS_PORT_SCHEDULER,
				"[port %u]: scheduler: '%s' is not known: dwcs, vds, edf, fifo", port->id,
				port->scheduler);
	if (strpbrk(port->twin, "/:%") != NULL)
		return complain(c, &port->head, QS_PORT_TWIN,
				"[port %u]: twin: '%s' is no name of an interface: no / : %%", port->id,
				port->twin);
	for (other = c->cfg->ports; other < port; other++) {
		if (port->device[0] != '\0' && strcmp(other->device, port->device) == 0)
			return complain(c, &port->head, QS_PORT_DEVICE,
					"[port %u]: device: '%s' is that of port %u: one port each", port->id,
					port->device, other->id);
		if (strcmp(port->twin, "no") != 0 && strcmp(other->twin, port->twin) == 0)
			return complain(c, &port->head, QS_PORT_TWIN,
					"[port %u]: twin: '%s' is that of port %u: a name of its own, or no",
					port->id, port->twin, other->id);
	}
	return 0;
}

static int check_stream(const struct complaint *c, const struct qs_stream_config *s)
{
	const struct qs_port_config *port = qs_config_port(c->cfg, s->port);
	char text[QS_CONFIG_WHY];
	unsigned int key;

	if (port == NULL)
		return complain(c, &s->head, QS_STREAM_PORT,
				"[stream %s]: port: '%u' does not exist: the number of a [port N]", s->name,
				s->port);
	if (qs_config_check_stream(port, s, &key, text, sizeof(text)) != 0)
		return complain(c, &s->head, key, "%s", text);
	return 0;
}

static int check_rule(const struct complaint *c, struct qs_rule_config *rule)
{
	bool ports = rule->sport.max != 0 || rule->dport.max != 0;
	const struct qs_stream_config *s;
	char protocol[QS_CONFIG_TEXT];
	int64_t i;

	if (rule->stream[0] == '\0')
		return complain(c, &rule->head, QS_RULE_STREAM,
				"[rule %s]: stream is missing: the name of a [stream NAME]", rule->name);
	i = qs_config_stream(c->cfg, rule->stream);
	if (i < 0)
		return complain(c, &rule->head, QS_RULE_STREAM,
				"[rule %s]: stream: '%s' does not exist: the name of a [stream NAME]",
				rule->name, rule->stream);
	s = &c->cfg->streams[i];
	if (rule->port == QS_CONFIG_UNSET)
		rule->port = s->port;
	if (rule->port != s->port)
		return complain(c, &rule->head, QS_RULE_PORT,
				"[rule %s]: port: '%u' is not that of stream %s: %u", rule->name, rule->port,
				s->name, s->port);
	if (ports && rule->protocol != QS_CONFIG_UNSET && rule->protocol != IPPROTO_TCP &&
	    rule->protocol != IPPROTO_UDP) {
		qs_config_get(QS_CONFIG_RULE, rule, "protocol", protocol, sizeof(protocol));
		return complain(
			c, &rule->head, QS_RULE_PROTOCOL,
			"[rule %s]: protocol: '%s' has no ports, and sport or dport is given: udp, tcp",
			rule->name, protocol);
	}
	if (rule->src.family != 0 && rule->dst.family != 0 && rule->src.family != rule->dst.family)
		return complain(c, &rule->head, QS_RULE_SRC,
				"[rule %s]: src is an IPv%u prefix and dst an IPv%u one: both alike",
				rule->name, rule->src.family, rule->dst.family);
	return 0;
}

int qs_config_check(struct qs_config *cfg, char *why, size_t why_len)
{
	const struct complaint c = {cfg, why, why_len};
	int rc = 0;
	uint32_t i;

	for (i = 0; i < cfg->n_ports && rc == 0; i++)
		rc = check_port(&c, &cfg->ports[i]);
	for (i = 0; i < cfg->n_streams && rc == 0; i++)
		rc = check_stream(&c, &cfg->streams[i]);
	for (i = 0; i < cfg->n_rules && rc == 0; i++)
		rc = check_rule(&c, &cfg->rules[i]);
	return rc;
}
