/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>

#include <util/qs_units.h>

#include "cmd.h"
#include "queues.h"
#include "stats.h"
#include "table.h"

static int add_row(struct shell *sh, struct dq_table *t, const struct dq_port *p)
{
	struct rte_qsock_port_info info;
	struct dq_error e;
	uint64_t ns;
	char busy[16];

	if (dq_port_info(p, &info, &e) < 0)
		return cmd_failed(sh, &e);
	ns = info.now_ns > info.since_ns ? info.now_ns - info.since_ns : 1;
	snprintf(busy, sizeof(busy), "%.1f%%", 100.0 * (double)info.busy_ns / (double)ns);
	dq_table_number(t, p->conf.id);
	dq_table_text(t, p->conf.device);
	dq_table_text(t, info.scheduler);
	dq_table_rate(t, info.rate_bps);
	dq_table_number(t, p->conf.overhead_bytes);
	dq_table_number(t, p->lcores[0]);
	dq_table_text(t, p->twin != NULL ? p->conf.twin : "none");
	dq_table_number(t, info.sockets);
	dq_table_text(t, info.link_down ? "down" : "up");
	dq_table_text(t, busy);
	dq_table_text(t, info.driver);
	return 0;
}

static int show_port(struct shell *sh, const struct shell_words *words)
{
	const bool all = strcmp(words->at[2], "all") == 0;
	const struct dq_port *one = all ? NULL : cmd_find_port(sh, words->at[2]), *p;
	struct dq_table *t;
	int rc = 0;

	if (!all && one == NULL)
		return -ENOENT;
	t = dq_table_new("port|<device|<scheduler|rate|overhead|lcore|<twin|streams|<link|busy|<driver");
	DQ_FOREACH(p, &sh->instance->ports)
	{
		if (rc == 0 && (all || p == one))
			rc = add_row(sh, t, p);
	}
	dq_table_print(t, stdout, "");
	DQ_FOREACH(p, &sh->instance->ports)
	{
		if (rc == 0 && p->queues != NULL && (all || p == one)) {
			printf("\nport %u", p->conf.id);
			rc = dq_queues_print(p, stdout, "") < 0 ? cmd_no_answer(sh, p) : 0;
		}
	}
	return rc;
}

static int show_port_stats(struct shell *sh, const struct shell_words *words)
{
	const struct dq_port *p;
	struct dq_error e;
	int rc;

	if (strcmp(words->at[2], "all") == 0) {
		rc = dq_stats_all(sh->instance, stdout, &e);
	} else {
		p = cmd_find_port(sh, words->at[2]);
		if (p == NULL)
			return -ENOENT;
		rc = dq_stats_port(p, stdout, &e);
	}
	return rc < 0 ? cmd_failed(sh, &e) : 0;
}

static int add_port(struct shell *sh, const struct shell_words *words)
{
	struct qs_port_config conf;
	struct dq_error e;
	char why[256];
	uint64_t id;

	if (qs_uint_parse(words->at[2], 0, 255, &id, why, sizeof(why)) < 0)
		return shell_complain(sh, "port: %s", why);
	if (dq_port_find(sh->instance, (uint32_t)id) != NULL)
		return shell_complain(sh, "port '%s' exists: another number, or del port %s first",
				      words->at[2], words->at[2]);
	qs_config_defaults(QS_CONFIG_PORT, &conf);
	conf.id = (uint32_t)id;
	qs_config_twin_default(&conf);
	if (cmd_pairs(sh, QS_CONFIG_PORT, &conf, words, 3) < 0)
		return -EINVAL;
	if (dq_instance_check(sh->instance, QS_CONFIG_PORT, &conf, &e) < 0 ||
	    dq_port_add(sh->instance, &conf, NULL, &e) < 0)
		return cmd_failed(sh, &e);
	return 0;
}

static int set_port(struct shell *sh, const struct shell_words *words)
{
	struct dq_port *p = cmd_find_port(sh, words->at[2]);
	struct qs_port_config conf;
	struct dq_error e;
	unsigned int i;

	if (p == NULL)
		return -ENOENT;
	conf = p->conf;
	for (i = 3; i < words->count; i += 2) {
		if (qs_key_find(QS_CONFIG_PORT, words->at[i]) >= 0 && strcmp(words->at[i], "rate") != 0)
			return shell_complain(sh, "%s of a port cannot be changed while it runs: rate can",
					      words->at[i]);
	}
	if (cmd_pairs(sh, QS_CONFIG_PORT, &conf, words, 3) < 0)
		return -EINVAL;
	return dq_port_rate_set(p, conf.rate_bps, &e) < 0 ? cmd_failed(sh, &e) : 0;
}

static int del_port(struct shell *sh, const struct shell_words *words)
{
	struct dq_port *p = cmd_find_port(sh, words->at[2]);
	const struct dq_stream *s;

	if (p == NULL)
		return -ENOENT;
	DQ_FOREACH(s, &sh->instance->streams)
	{
		if (s->port == p)
			return shell_complain(sh, "port '%s' has stream '%s': del stream %s first",
					      words->at[2], s->conf.name, s->conf.name);
	}
	dq_port_del(sh->instance, p);
	return 0;
}

const struct shell_command cmd_port[] = {
	{"show port PORT|all", "device, discipline, rate and lcore of a port", show_port},
	{"show port PORT|all stats", "where every packet of a port went, and when", show_port_stats},
	{"add port N PORT-KEY VALUE ...", "make a port, as a section [port N] would", add_port},
	{"set port PORT PORT-KEY VALUE ...", "change the rate of a port", set_port},
	{"del port PORT", "remove a port that has no streams", del_port},
	{0},
};
