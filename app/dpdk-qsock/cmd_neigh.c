/* SPDX-License-Identifier: BSD-3-Clause */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/neighbour.h>
#include <string.h>

#include "cmd.h"
#include "table.h"

static const struct {
	uint16_t bit;
	const char *name;
} states[] = {
	{NUD_PERMANENT, "permanent"},	{NUD_NOARP, "no ARP"},	{NUD_REACHABLE, "reachable"},
	{NUD_PROBE, "probe"},		{NUD_DELAY, "delay"},	{NUD_STALE, "stale"},
	{NUD_INCOMPLETE, "incomplete"}, {NUD_FAILED, "failed"},
};

static const char *state_name(uint16_t state)
{
	unsigned int i;

	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if (state & states[i].bit)
			return states[i].name;
	}
	return "none";
}

static int add_row(const struct rte_qsock_neigh *n, void *arg)
{
	struct dq_table *t = arg;
	char text[INET6_ADDRSTRLEN] = "";

	inet_ntop(n->family, &n->addr, text, sizeof(text));
	dq_table_text(t, text);
	rte_ether_format_addr(text, sizeof(text), &n->mac);
	dq_table_text(t, n->nud_state & (NUD_INCOMPLETE | NUD_FAILED) ? "-" : text);
	dq_table_number(t, n->waiting);
	dq_table_text(t, state_name(n->nud_state));
	return 0;
}

static struct dq_port *find_twin(struct shell *sh, const char *word)
{
	struct dq_port *p = cmd_find_port(sh, word);

	if (p != NULL && p->twin == NULL) {
		shell_complain(sh, "port '%s' has no twin: a port with one", word);
		return NULL;
	}
	return p;
}

static int show_neigh(struct shell *sh, const struct shell_words *words)
{
	struct dq_port *p = find_twin(sh, words->at[2]);
	struct dq_table *t;

	if (p == NULL)
		return -ENOENT;
	t = dq_table_new("<neighbour|<mac|waiting|<state");
	rte_qsock_twin_neigh_foreach(p->twin, add_row, t);
	dq_table_print(t, stdout, "");
	return 0;
}

static int show_twin(struct shell *sh, const struct shell_words *words)
{
	struct rte_qsock_twin_info info = {0};
	struct dq_port *p = find_twin(sh, words->at[2]);
	struct dq_table *t;

	if (p == NULL)
		return -ENOENT;
	if (rte_qsock_twin_info_get(p->twin, &info) < 0)
		return cmd_no_answer(sh, p);
	printf("twin %s of port %u, interface %u%s%s\n", info.name, p->conf.id, info.ifindex,
	       p->conf.addresses ? ", with the addresses of " : "",
	       p->conf.addresses ? p->device.ifname : "");
	t = dq_table_new("<  direction|packets|bytes|lost");
	dq_table_text(t, "  from kernel");
	dq_table_number(t, info.from_kernel);
	dq_table_number(t, info.from_kernel_bytes);
	dq_table_number(t, info.no_mbuf);
	dq_table_text(t, "  to kernel");
	dq_table_number(t, info.to_kernel);
	dq_table_number(t, info.to_kernel_bytes);
	dq_table_number(t, info.to_kernel_drop);
	dq_table_print(t, stdout, "");
	printf("  classified into streams %lu, best effort %lu\n", (unsigned long)info.classified,
	       (unsigned long)info.best_effort);
	printf("  for a neighbour: waited %lu, resolved %lu, failed %lu, no room %lu\n",
	       (unsigned long)info.neigh_wait, (unsigned long)info.neigh_resolved,
	       (unsigned long)info.neigh_failed, (unsigned long)info.neigh_overflow);
	printf("  neighbours %u, routes %u, rules %u, flows %u\n", info.neighbours, info.routes, info.rules,
	       info.flows);
	return 0;
}

const struct shell_command cmd_neigh[] = {
	{"show neigh PORT", "neighbours of a port's twin, as the kernel has them", show_neigh},
	{"show twin PORT", "what went through a port's twin", show_twin},
	{0},
};
