/* SPDX-License-Identifier: BSD-3-Clause */
/* Flows, rules and fragments, and the order in which they are asked. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_hash.h>
#include <rte_jhash.h>

#include "eal/qs_log.h"
#include "twin/qs_classify.h"

#define FRAGMENTS 256u /* power of two */

/* Which parts of a flow's key are given. A larger mask is the more exact flow. */
enum mask {
	MASK_LOCAL = 1,
	MASK_LPORT = 2,
	MASK_RPORT = 4,
	MASK_REMOTE = 8,
	MASKS = 16,
};

struct rule_slot {
	struct rte_qsock_rule rule;
	struct rte_qsock *qs;
};

/* A datagram of which the first fragment was seen. */
struct fragment {
	struct in6_addr local, remote;
	uint32_t id;
	uint8_t family, protocol;
	struct rte_qsock *qs;
};

struct qs_classifier {
	struct rule_slot rules[QS_RULES_MAX];
	uint32_t n_rules;
	struct rte_hash *flows;
	uint32_t n_flows;
	uint32_t masks[MASKS]; /* flows of each; 0: it need not be looked up */
	struct fragment fragments[FRAGMENTS];
};

struct qs_classifier *qs_classifier_create(void)
{
	static uint32_t number;
	char name[RTE_HASH_NAMESIZE];
	struct rte_hash_parameters params = {
		.name = name,
		.entries = QS_FLOWS_MAX,
		.key_len = sizeof(struct qs_flow_key),
		.hash_func = rte_jhash,
		.socket_id = SOCKET_ID_ANY,
		.extra_flag = RTE_HASH_EXTRA_FLAGS_EXT_TABLE,
	};
	struct qs_classifier *c = calloc(1, sizeof(*c));

	snprintf(name, sizeof(name), "qs_flows_%u", __atomic_fetch_add(&number, 1, __ATOMIC_RELAXED));
	if (c != NULL)
		c->flows = rte_hash_create(&params);
	if (c == NULL || c->flows == NULL) {
		free(c);
		return qs_fail_null(ENOMEM, "classifier: no memory for %u flows", QS_FLOWS_MAX);
	}
	return c;
}

void qs_classifier_free(struct qs_classifier *c)
{
	if (c == NULL)
		return;
	rte_hash_free(c->flows);
	free(c);
}

static bool is_any(const struct in6_addr *a)
{
	static const struct in6_addr any;

	return memcmp(a, &any, sizeof(any)) == 0;
}

static uint32_t mask_of(const struct qs_flow_key *key)
{
	return (is_any(&key->local) ? 0u : MASK_LOCAL) | (key->lport ? MASK_LPORT : 0u) |
	       (key->rport ? MASK_RPORT : 0u) | (is_any(&key->remote) ? 0u : MASK_REMOTE);
}

static struct qs_flow_key masked(const struct qs_flow_key *key, uint32_t mask)
{
	struct qs_flow_key k = {.family = key->family, .protocol = key->protocol};

	if (mask & MASK_LOCAL)
		k.local = key->local;
	if (mask & MASK_REMOTE)
		k.remote = key->remote;
	if (mask & MASK_LPORT)
		k.lport = key->lport;
	if (mask & MASK_RPORT)
		k.rport = key->rport;
	return k;
}

static struct rte_qsock *flow_find(const struct qs_classifier *c, const struct qs_packet *p)
{
	void *qs;

	for (uint32_t mask = MASKS; c->n_flows > 0 && mask-- > 0;) {
		struct qs_flow_key key;

		if (c->masks[mask] == 0)
			continue;
		key = masked(&p->flow, mask);
		if (rte_hash_lookup_data(c->flows, &key, &qs) >= 0)
			return qs;
	}
	return NULL;
}

static struct rte_qsock *rule_find(const struct qs_classifier *c, const struct qs_packet *p)
{
	for (uint32_t i = 0; i < c->n_rules; i++)
		if (qs_rule_matches(&c->rules[i].rule, p))
			return c->rules[i].qs;
	return NULL;
}

static struct fragment *fragment_slot(struct qs_classifier *c, const struct qs_packet *p)
{
	uint32_t h = rte_jhash(&p->flow.local, 2 * sizeof(p->flow.local), p->frag_id);

	return &c->fragments[h & (FRAGMENTS - 1)];
}

static bool fragment_is(const struct fragment *f, const struct qs_packet *p)
{
	return f->id == p->frag_id && f->family == p->flow.family && f->protocol == p->flow.protocol &&
	       memcmp(&f->local, &p->flow.local, sizeof(f->local)) == 0 &&
	       memcmp(&f->remote, &p->flow.remote, sizeof(f->remote)) == 0;
}

struct rte_qsock *qs_classify(struct qs_classifier *c, const struct rte_mbuf *m)
{
	struct qs_packet p;
	struct rte_qsock *qs;

	if (c->n_rules == 0 && c->n_flows == 0)
		return NULL;
	qs_packet_parse(m, &p);
	if (p.later_fragment && fragment_is(fragment_slot(c, &p), &p))
		return fragment_slot(c, &p)->qs;
	qs = p.ip && !p.later_fragment ? flow_find(c, &p) : NULL;
	if (qs == NULL)
		qs = rule_find(c, &p);
	if (p.first_fragment)
		*fragment_slot(c, &p) = (struct fragment){.local = p.flow.local,
							  .remote = p.flow.remote,
							  .id = p.frag_id,
							  .family = p.flow.family,
							  .protocol = p.flow.protocol,
							  .qs = qs};
	return qs;
}

static struct rule_slot *rule_by_name(struct qs_classifier *c, const char *name)
{
	for (uint32_t i = 0; i < c->n_rules; i++)
		if (strcmp(c->rules[i].rule.name, name) == 0)
			return &c->rules[i];
	return NULL;
}

int qs_classifier_rule_add(struct qs_classifier *c, const struct rte_qsock_rule *rule, struct rte_qsock *qs)
{
	uint32_t at = c->n_rules;

	if (rule_by_name(c, rule->name) != NULL)
		return -EEXIST;
	if (c->n_rules == QS_RULES_MAX)
		return -ENOSPC;
	for (; at > 0 && c->rules[at - 1].rule.priority > rule->priority; at--)
		c->rules[at] = c->rules[at - 1];
	c->rules[at] = (struct rule_slot){*rule, qs};
	c->n_rules++;
	return 0;
}

static void rule_remove(struct qs_classifier *c, uint32_t i)
{
	c->n_rules--;
	memmove(&c->rules[i], &c->rules[i + 1], (c->n_rules - i) * sizeof(c->rules[0]));
}

int qs_classifier_rule_del(struct qs_classifier *c, const char *name)
{
	struct rule_slot *slot = rule_by_name(c, name);

	if (slot == NULL)
		return -ENOENT;
	memset(c->fragments, 0, sizeof(c->fragments)); /* what the rule decided */
	rule_remove(c, (uint32_t)(slot - c->rules));
	return 0;
}

const struct rte_qsock_rule *qs_classifier_rule(const struct qs_classifier *c, uint32_t i,
						struct rte_qsock **qs)
{
	if (i >= c->n_rules)
		return NULL;
	*qs = c->rules[i].qs;
	return &c->rules[i].rule;
}

int qs_classifier_flow_add(struct qs_classifier *c, const struct qs_flow_key *key, struct rte_qsock *qs)
{
	if (rte_hash_lookup(c->flows, key) >= 0)
		return -EEXIST;
	if (c->n_flows == QS_FLOWS_MAX || rte_hash_add_key_data(c->flows, key, qs) < 0)
		return -ENOSPC;
	c->n_flows++;
	c->masks[mask_of(key)]++;
	return 0;
}

int qs_classifier_flow_del(struct qs_classifier *c, const struct qs_flow_key *key)
{
	if (rte_hash_del_key(c->flows, key) < 0)
		return -ENOENT;
	memset(c->fragments, 0, sizeof(c->fragments));
	c->n_flows--;
	c->masks[mask_of(key)]--;
	return 0;
}

/* One pass; deleting moves keys about, so it may miss some. @return whether any was found */
static bool flows_forget(struct qs_classifier *c, const struct rte_qsock *qs)
{
	uint32_t iter = 0, before = c->n_flows;
	const void *key;
	void *data;

	while (c->n_flows > 0 && rte_hash_iterate(c->flows, &key, &data, &iter) >= 0) {
		struct qs_flow_key copy = *(const struct qs_flow_key *)key;

		if (data == qs)
			qs_classifier_flow_del(c, &copy);
	}
	return c->n_flows != before;
}

void qs_classifier_forget(struct qs_classifier *c, const struct rte_qsock *qs)
{
	for (uint32_t i = c->n_rules; i-- > 0;)
		if (c->rules[i].qs == qs)
			rule_remove(c, i);
	while (flows_forget(c, qs))
		;
	memset(c->fragments, 0, sizeof(c->fragments));
}

uint32_t qs_classifier_rules(const struct qs_classifier *c)
{
	return __atomic_load_n(&c->n_rules, __ATOMIC_RELAXED);
}

uint32_t qs_classifier_flows(const struct qs_classifier *c)
{
	return __atomic_load_n(&c->n_flows, __ATOMIC_RELAXED);
}
