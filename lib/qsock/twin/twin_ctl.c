/* SPDX-License-Identifier: BSD-3-Clause */
/* What can be asked of a twin and told to it while it runs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_errno.h>

#include "core/qs_socket.h"
#include "eal/qs_log.h"
#include "net/qs_neigh.h"
#include "net/qs_route_priv.h"
#include "twin/qs_twin_priv.h"

/* A change of the classifier, made on the twin's thread. */
struct change {
	struct rte_qsock_twin *twin;
	const struct rte_qsock_rule *rule;
	const char *name;
	struct qs_flow_key key;
	struct rte_qsock *qs;
};

static int change_call(struct change *c, int (*fn)(void *arg), const char *what, const char *name)
{
	int ret = qs_service_call(c->twin->service, fn, c);

	return ret == 0 ? 0
			: qs_fail(-ret, "twin %s: %s %s: %s", c->twin->tap.name, what, name, strerror(-ret));
}

static int do_rule_add(void *arg)
{
	struct change *c = arg;

	return qs_classifier_rule_add(c->twin->classifier, c->rule, c->qs);
}

static int do_rule_del(void *arg)
{
	struct change *c = arg;

	return qs_classifier_rule_del(c->twin->classifier, c->name);
}

static int do_flow_add(void *arg)
{
	struct change *c = arg;

	return qs_classifier_flow_add(c->twin->classifier, &c->key, c->qs);
}

static int do_flow_del(void *arg)
{
	struct change *c = arg;

	return qs_classifier_flow_del(c->twin->classifier, &c->key);
}

static int do_forget(void *arg)
{
	struct change *c = arg;

	qs_classifier_forget(c->twin->classifier, c->qs);
	return 0;
}

int rte_qsock_twin_rule_add(struct rte_qsock_twin *twin, const struct rte_qsock_rule *given,
			    struct rte_qsock *qs)
{
	struct rte_qsock_rule rule;
	struct change c = {.twin = twin, .rule = &rule, .qs = qs};

	if (twin == NULL || qs == NULL)
		return qs_fail(EINVAL, "rule: no %s given", twin == NULL ? "twin" : "socket");
	if (qs_conf_take(&rule, sizeof(rule), given, "rule") < 0 || qs_rule_check(&rule) < 0)
		return -1;
	return change_call(&c, do_rule_add, "rule", rule.name);
}

int rte_qsock_twin_rule_del(struct rte_qsock_twin *twin, const char *name)
{
	struct change c = {.twin = twin, .name = name};

	if (twin == NULL || name == NULL)
		return qs_fail(EINVAL, "rule: no %s given", twin == NULL ? "twin" : "name");
	return change_call(&c, do_rule_del, "rule", name);
}

int rte_qsock_twin_forget(struct rte_qsock_twin *twin, struct rte_qsock *qs)
{
	struct change c = {.twin = twin, .qs = qs};

	if (twin == NULL || qs == NULL)
		return qs_fail(EINVAL, "forget: no %s given", twin == NULL ? "twin" : "socket");
	qs_service_call(twin->service, do_forget, &c);
	qs_neigh_forget(twin->route, qs);
	return 0;
}

static int flow_key(struct qs_flow_key *key, uint8_t family, uint8_t protocol, const struct in6_addr *local,
		    rte_be16_t lport, const struct in6_addr *remote, rte_be16_t rport)
{
	size_t bytes = family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr);

	if (family != AF_INET && family != AF_INET6)
		return qs_fail(EINVAL, "flow: family %u, allowed are AF_INET and AF_INET6", family);
	if (protocol == 0 || lport == 0)
		return qs_fail(EINVAL, "flow: a %s is required", protocol == 0 ? "protocol" : "local port");
	*key = (struct qs_flow_key){.family = family, .protocol = protocol, .lport = lport, .rport = rport};
	if (local != NULL)
		memcpy(&key->local, local, bytes);
	if (remote != NULL)
		memcpy(&key->remote, remote, bytes);
	return 0;
}

int qs_twin_flow_add(struct rte_qsock_twin *twin, uint8_t family, uint8_t protocol,
		     const struct in6_addr *local, rte_be16_t lport, const struct in6_addr *remote,
		     rte_be16_t rport, struct rte_qsock *qs)
{
	struct change c = {.twin = twin, .qs = qs};
	char own[RTE_QSOCK_NAMESIZE];

	if (twin == NULL || qs == NULL)
		return qs_fail(EINVAL, "flow: no %s given", twin == NULL ? "twin" : "socket");
	if (flow_key(&c.key, family, protocol, local, lport, remote, rport) < 0)
		return -1;
	return change_call(&c, do_flow_add, "flow to", qs_socket_name(qs, own));
}

int qs_twin_flow_del(struct rte_qsock_twin *twin, uint8_t family, uint8_t protocol,
		     const struct in6_addr *local, rte_be16_t lport, const struct in6_addr *remote,
		     rte_be16_t rport)
{
	struct change c = {.twin = twin};

	if (twin == NULL)
		return qs_fail(EINVAL, "flow: no twin given");
	if (flow_key(&c.key, family, protocol, local, lport, remote, rport) < 0)
		return -1;
	return change_call(&c, do_flow_del, "flow", "not removed");
}

int rte_qsock_twin_flow_add(struct rte_qsock_twin *twin, const struct rte_qsock_flow *given,
			    struct rte_qsock *qs)
{
	struct rte_qsock_flow flow;

	if (qs_conf_take(&flow, sizeof(flow), given, "flow") < 0)
		return -1;
	return qs_twin_flow_add(twin, flow.family, flow.protocol, &flow.local,
				rte_cpu_to_be_16(flow.local_port), &flow.remote,
				rte_cpu_to_be_16(flow.remote_port), qs);
}

int rte_qsock_twin_flow_del(struct rte_qsock_twin *twin, const struct rte_qsock_flow *given)
{
	struct rte_qsock_flow flow;

	if (qs_conf_take(&flow, sizeof(flow), given, "flow") < 0)
		return -1;
	return qs_twin_flow_del(twin, flow.family, flow.protocol, &flow.local,
				rte_cpu_to_be_16(flow.local_port), &flow.remote,
				rte_cpu_to_be_16(flow.remote_port));
}

int rte_qsock_twin_info_get(struct rte_qsock_twin *twin, struct rte_qsock_twin_info *info)
{
	const struct qs_route *rt;

	if (twin == NULL || info == NULL)
		return qs_fail(EINVAL, "twin: no %s given", twin == NULL ? "twin" : "info");
	rt = twin->route;
	*info = twin->info;
	info->neigh_wait = __atomic_load_n(&rt->counts.wait, __ATOMIC_RELAXED);
	info->neigh_resolved = __atomic_load_n(&rt->counts.resolved, __ATOMIC_RELAXED);
	info->neigh_failed = __atomic_load_n(&rt->counts.failed, __ATOMIC_RELAXED);
	info->neigh_overflow = __atomic_load_n(&rt->counts.overflow, __ATOMIC_RELAXED);
	info->neighbours = __atomic_load_n(&rt->neighs.used, __ATOMIC_RELAXED);
	info->routes = qs_route_remembered(rt);
	info->rules = qs_classifier_rules(twin->classifier);
	info->flows = qs_classifier_flows(twin->classifier);
	return 0;
}

/* Copies, so that the caller's function runs on the caller's thread and may call us. */
struct rules_copy {
	struct rte_qsock_twin *twin;
	uint32_t n;
	struct rte_qsock_rule rules[QS_RULES_MAX];
	struct rte_qsock *qs[QS_RULES_MAX];
};

static int do_rules_copy(void *arg)
{
	struct rules_copy *copy = arg;
	const struct rte_qsock_rule *rule;

	for (copy->n = 0;
	     (rule = qs_classifier_rule(copy->twin->classifier, copy->n, &copy->qs[copy->n])) != NULL;
	     copy->n++)
		copy->rules[copy->n] = *rule;
	return 0;
}

int rte_qsock_twin_rule_foreach(struct rte_qsock_twin *twin,
				int (*fn)(const struct rte_qsock_rule *rule, struct rte_qsock *qs, void *arg),
				void *arg)
{
	struct rules_copy *copy;
	int ret = 0;

	if (twin == NULL || fn == NULL)
		return qs_fail(EINVAL, "rules: no %s given", twin == NULL ? "twin" : "function");
	copy = calloc(1, sizeof(*copy));
	if (copy == NULL)
		return qs_fail(ENOMEM, "rules: no memory");
	copy->twin = twin;
	qs_service_call(twin->service, do_rules_copy, copy);
	for (uint32_t i = 0; i < copy->n && ret == 0; i++)
		ret = fn(&copy->rules[i], copy->qs[i], arg);
	free(copy);
	return ret;
}

struct neighs_copy {
	struct rte_qsock_twin *twin;
	uint32_t n;
	struct rte_qsock_neigh *neighs;
};

static int do_neighs_copy(void *arg)
{
	struct neighs_copy *copy = arg;
	struct qs_route *rt = copy->twin->route;
	const struct qs_neigh_entry *e;
	uint32_t iter = 0;

	copy->neighs = calloc((size_t)rt->neighs.size + 1, sizeof(*copy->neighs));
	if (copy->neighs == NULL)
		return -ENOMEM;
	for (copy->n = 0; (e = qs_neigh_next(&rt->neighs, &iter)) != NULL; copy->n++)
		copy->neighs[copy->n] =
			(struct rte_qsock_neigh){.family = (uint8_t)e->data.key.family,
						 .addr = e->data.key.addr,
						 .mac = e->data.mac,
						 .nud_state = e->data.nud_state,
						 .waiting = qs_neigh_waiting(rt, &e->data.key)};
	return 0;
}

int rte_qsock_twin_neigh_foreach(struct rte_qsock_twin *twin,
				 int (*fn)(const struct rte_qsock_neigh *neigh, void *arg), void *arg)
{
	struct neighs_copy copy = {.twin = twin};
	int ret;

	if (twin == NULL || fn == NULL)
		return qs_fail(EINVAL, "neighbours: no %s given", twin == NULL ? "twin" : "function");
	ret = qs_service_call(twin->service, do_neighs_copy, &copy);
	if (ret < 0)
		return qs_fail(-ret, "neighbours: no memory");
	for (uint32_t i = 0; i < copy.n && ret == 0; i++)
		ret = fn(&copy.neighs[i], arg);
	free(copy.neighs);
	return ret;
}

int qs_twin_tap_fd(const struct rte_qsock_twin *twin)
{
	return twin->tap.fd;
}
