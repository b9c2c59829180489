/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_errno.h>

#include "capture.h"
#include "instance.h"

static uint8_t address_family(uint8_t family)
{
	return family == 4 ? AF_INET : family == 6 ? AF_INET6 : 0;
}

static struct rte_qsock_rule as_rule(const struct qs_rule_config *conf)
{
	struct rte_qsock_rule rule = {
		.size = sizeof(rule),
		.family = address_family(conf->src.family != 0 ? conf->src.family : conf->dst.family),
		.protocol = conf->protocol == QS_CONFIG_UNSET ? 0 : (uint8_t)conf->protocol,
		.match_dscp = conf->dscp != QS_CONFIG_UNSET,
		.match_vlan = conf->vlan != QS_CONFIG_UNSET,
		.src_len = conf->src.bits,
		.dst_len = conf->dst.bits,
		.sport_min = conf->sport.min,
		.sport_max = conf->sport.max,
		.dport_min = conf->dport.min,
		.dport_max = conf->dport.max,
		.priority = (uint16_t)conf->priority,
	};

	rule.dscp = rule.match_dscp ? (uint8_t)conf->dscp : 0;
	rule.vlan = rule.match_vlan ? (uint16_t)conf->vlan : 0;
	snprintf(rule.name, sizeof(rule.name), "%s", conf->name);
	memcpy(&rule.src, conf->src.bytes, sizeof(rule.src));
	memcpy(&rule.dst, conf->dst.bytes, sizeof(rule.dst));
	return rule;
}

struct dq_rule *dq_rule_find(const struct dq_instance *in, const char *name)
{
	struct dq_rule *r;

	DQ_FOREACH(r, &in->rules)
	{
		if (strcmp(r->conf.name, name) == 0)
			return r;
	}
	return NULL;
}

int dq_rule_add(struct dq_instance *in, const struct qs_rule_config *conf, struct dq_error *e)
{
	const struct dq_stream *s = dq_stream_find(in, conf->stream);
	const struct rte_qsock_rule rule = as_rule(conf);
	struct dq_rule *r;
	int rc;

	if (s == NULL)
		return dq_fail(e, ENOENT, QS_RULE_STREAM, "[rule %s]: stream: '%s' does not exist",
			       conf->name, conf->stream);
	if (s->port->twin == NULL)
		return dq_fail(e, EINVAL, QS_RULE_STREAM,
			       "[rule %s]: stream: '%s' is on port %u, which has no twin: nothing comes from "
			       "the kernel",
			       conf->name, conf->stream, s->port->conf.id);
	r = calloc(1, sizeof(*r));
	if (r == NULL || dq_list_add(&in->rules, r) < 0) {
		free(r);
		return dq_fail(e, ENOMEM, DQ_NO_KEY, "no memory");
	}
	r->conf = *conf;
	r->port = s->port;
	dq_capture_begin();
	rc = rte_qsock_twin_rule_add(s->port->twin, &rule, s->qs);
	dq_capture_end();
	if (rc == 0)
		return 0;
	dq_list_del(&in->rules, r);
	free(r);
	return dq_fail(e, rte_errno, DQ_NO_KEY, "[rule %s]: %s", conf->name, dq_captured());
}

int dq_rule_del(struct dq_instance *in, struct dq_rule *r, struct dq_error *e)
{
	int rc;

	dq_capture_begin();
	rc = rte_qsock_twin_rule_del(r->port->twin, r->conf.name);
	dq_capture_end();
	if (rc < 0 && rte_errno != ENOENT)
		return dq_fail(e, rte_errno, DQ_NO_KEY, "[rule %s]: %s", r->conf.name, dq_captured());
	dq_list_del(&in->rules, r);
	free(r);
	return 0;
}
