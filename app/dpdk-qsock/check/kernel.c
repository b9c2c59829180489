/* SPDX-License-Identifier: BSD-3-Clause */
/* What the running kernel can do. */
#include <unistd.h>

#include <util/qs_sysfs.h>

#include "probe.h"

struct feature {
	const char *probe;  /* its name too */
	const char *module; /* that has it; NULL: none */
	unsigned int needed_by;
	const char *use; /* what it is good for */
};

static const struct feature features[] = {
	{"af_xdp", NULL, CHECK_FOR(CHECK_AF_XDP), "sockets on a NIC's queue"},
	{"xsk.need_wakeup", NULL, CHECK_FOR_NONE, "fewer system calls (5.4)"},
	{"xsk.busy_poll", NULL, CHECK_FOR_NONE, "sending without interrupts (5.11)"},
	{"xsk.tx_budget", NULL, CHECK_FOR_NONE, "more than 32 packets a call"},
	{"qdisc.htb", "sch_htb", CHECK_FOR(CHECK_KERNEL), "classes; caps what passes by the TX core"},
	{"qdisc.tbf", "sch_tbf", CHECK_FOR_NONE, "links of a known rate, in tests"},
	{"qdisc.fq", "sch_fq", CHECK_FOR_NONE, "packets sent at their time"},
	{"qdisc.etf", "sch_etf", CHECK_FOR_NONE, "lossy EDF below the stack"},
	{"qdisc.clsact", "sch_ingress", CHECK_FOR_NONE, "classes by socket, by BPF"},
	{"cls.bpf", "cls_bpf", CHECK_FOR_NONE, "the same"},
	{"so_txtime", NULL, CHECK_FOR_NONE, "a time a message (4.19)"},
	{"cmsg.so_priority", NULL, CHECK_FOR_NONE, "a class a message (6.14)"},
	{"udp_segment", NULL, CHECK_FOR_NONE, "a frame in one call (4.18)"},
	{"pidfd_getfd", NULL, CHECK_FOR_NONE, "sockets of running programs (5.6)"},
	{"bpf.sk_storage", NULL, CHECK_FOR_NONE, "classes that a program cannot leave (5.2, BTF)"},
	{"bpf.cgroup_sock", NULL, CHECK_FOR_NONE, "classes of a cgroup's new sockets (5.14)"},
};

static void say(struct check *c, const struct feature *f)
{
	char mend[CHECK_TEXT] = "";

	switch (check_probe(c, f->probe)) {
	case PROBE_YES:
		check_line(c, CHECK_OK, CHECK_FOR_NONE, f->probe, NULL, "%s", f->use);
		return;
	case PROBE_UNKNOWN:
		/* The modules are there for everybody to see. */
		if (f->module != NULL &&
		    (check_module_there(c, f->module) || check_module_loadable(c, f->module)))
			check_line(c, CHECK_OK, CHECK_FOR_NONE, f->probe, NULL, "%s (module %s)", f->use,
				   f->module);
		else
			check_line(c, CHECK_WARNING, CHECK_FOR_NONE, f->probe,
				   c->live && geteuid() != 0 ? "sudo dpdk-qsock check" : NULL,
				   "cannot be seen %s; %s", c->live ? "by this user" : "in copied files",
				   f->use);
		return;
	case PROBE_NO:
		if (f->module != NULL && check_module_loadable(c, f->module))
			snprintf(mend, sizeof(mend), "modprobe %s", f->module);
		check_line(c, CHECK_MISSING, f->needed_by, f->probe, mend, "%s", f->use);
		return;
	}
}

void check_kernel(struct check *c)
{
	unsigned int i;

	for (i = 0; i < sizeof(features) / sizeof(features[0]); i++)
		say(c, &features[i]);
	if (check_there(c, "/sys/kernel/btf/vmlinux"))
		check_line(c, CHECK_OK, CHECK_FOR_NONE, "BTF", NULL, "BPF that fits this kernel");
	else
		check_line(c, CHECK_MISSING, CHECK_FOR_NONE, "BTF", NULL,
			   "BPF that fits this kernel: it needs CONFIG_DEBUG_INFO_BTF");
}

/* How each interface would be sent on by AF_XDP. */
void check_xdp(struct check *c)
{
	char probe[CHECK_NAME + 16];
	enum probe_answer zerocopy;
	unsigned int i;

	for (i = 0; i < c->n_nics; i++) {
		if (c->nics[i].use != CHECK_AF_XDP || !c->nics[i].up)
			continue;
		snprintf(probe, sizeof(probe), "zerocopy.%s", c->nics[i].name);
		zerocopy = check_probe(c, probe);
		check_line(c, CHECK_OK, CHECK_FOR_NONE, c->nics[i].name, NULL, "AF_XDP with a copy%s",
			   zerocopy == PROBE_YES  ? ", or without: its driver can"
			   : zerocopy == PROBE_NO ? " only: its driver cannot without"
						  : "; whether its driver can without is not told");
	}
}
