/* SPDX-License-Identifier: BSD-3-Clause */
/* dpdk-qsock-perf: what the library costs, beside the least that it could cost. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_eal.h>

#include "perf.h"

#define EXIT_USAGE 2

static const char usage[] =
	"usage: dpdk-qsock-perf [EAL OPTIONS --] [--mode MODE]... [--json] [--scheduler NAME]\n"
	"                       [--precedence NAME] [--sockets N[,N...]] [--reps N] [--packets N]\n"
	"                       [--catchup NS] [--histogram] [--interface NAME [--driver NAME]]\n"
	"\n"
	"  --mode decide      a decision: the discipline alone, gated and work-conserving, and in the live "
	"core\n"
	"  --mode e2e         mbuf, 64 bytes, socket, decision, tx_burst into net_null, on one core\n"
	"  --mode pipe        the same on two cores, beside a bare ring between them\n"
	"  --mode pace        a paced port: how late frames are, and how far rates are off\n"
	"  --mode rate        a paced port: the rates of the port and of each socket over a second, and what "
	"catch-up\n"
	"                     does for them\n"
	"  --mode compare     e2e, librte_sched, the driver alone and the kernel, in one run\n"
	"  --mode send        rte_qsock_tx_burst, beside sendto, sendmmsg and UDP_SEGMENT on loopback\n"
	"  --mode qsend       qsendto, beside sendto on a veth pair (root)\n"
	"  --mode memory      bytes a socket\n"
	"  --mode control     how long the TX core is held by an open, a change, a close (two cores)\n"
	"  --mode group       two TX cores that share a device, beside one; moves between them\n"
	"  --mode idle        what a TX core, or a socket, without anything to do costs; waking up\n"
	"  --mode wire        e2e over a device among the EAL OPTIONS, or over --interface: see "
	"test/perf/af_xdp.sh\n"
	"                     default: all of these\n"
	"  --json             one JSON object instead of a table\n"
	"  --scheduler NAME   dwcs | vds | edf | fifo; default dwcs\n"
	"  --precedence NAME  of dwcs: window | deadline; default window\n"
	"  --sockets N,...    1 .. 1048576, up to 8 numbers; default 1,16,1024,65536\n"
	"  --reps N           repetitions of each measurement, 5 .. 25; default 5\n"
	"  --packets N        of a repetition, 1000 .. 1000000000; default 1000000\n"
	"  --catchup NS       that a paced port makes up for, 0 .. 1000000000; default 100000\n"
	"  --histogram        sockets with their delay histograms\n"
	"  --interface NAME   of wire: a kernel interface\n"
	"  --driver NAME      of wire: over it af_xdp | kernel; default af_xdp\n"
	"\n"
	"Medians, with the least and the most of all repetitions. Exit status: 0 done, 1 failed, 2 usage.\n";

static const struct {
	const char *name;
	int (*run)(const struct perf_world *w, const struct perf_options *o);
} modes[] = {
	{"decide", perf_decide},   {"e2e", perf_e2e},	      {"send", perf_send},     {"pipe", perf_pipe},
	{"pace", perf_pace},	   {"compare", perf_compare}, {"memory", perf_memory}, {"qsend", perf_qsend},
	{"control", perf_control}, {"rate", perf_rate},	      {"idle", perf_idle},     {"wire", perf_wire},
	{"group", perf_group},
};
#define NR_MODES (sizeof(modes) / sizeof(modes[0]))

__attribute__((noreturn)) static void wrong_usage(const char *what, const char *value)
{
	fprintf(stderr, "dpdk-qsock-perf: %s '%s'\n%s", what, value, usage);
	exit(EXIT_USAGE);
}

static uint64_t number(const char *what, const char *text, char **end, uint64_t min, uint64_t max)
{
	char *stop;
	uint64_t value;

	errno = 0;
	value = strtoull(text, &stop, 10);
	if (errno != 0 || stop == text || text[0] == '-' || (end == NULL && *stop != 0) || value < min ||
	    value > max)
		wrong_usage(what, text);
	if (end != NULL)
		*end = stop;
	return value;
}

static void parse_sockets(struct perf_options *o, const char *text)
{
	char *at = (char *)(uintptr_t)text;

	o->nr_sockets = 0;
	do {
		if (o->nr_sockets == sizeof(o->sockets) / sizeof(o->sockets[0]))
			wrong_usage("--sockets: more than 8 numbers:", text);
		o->sockets[o->nr_sockets++] = (uint32_t)number("--sockets:", at, &at, 1, 1u << 20);
	} while (*at++ == ',');
	if (at[-1] != 0)
		wrong_usage("--sockets:", text);
}

static uint32_t parse_mode(const char *name)
{
	uint32_t i;

	for (i = 0; i < NR_MODES; i++)
		if (strcmp(name, modes[i].name) == 0)
			return 1u << i;
	wrong_usage("--mode: decide, e2e, pipe, pace, rate, compare, send, qsend, memory, control, group, "
		    "idle or wire, not",
		    name);
}

static uint8_t parse_precedence(const char *name)
{
	if (strcmp(name, "window") == 0)
		return RTE_QSOCK_PRECEDENCE_WINDOW;
	if (strcmp(name, "deadline") == 0)
		return RTE_QSOCK_PRECEDENCE_DEADLINE;
	wrong_usage("--precedence: window or deadline, not", name);
}

/* @return whether it is kernel */
static bool parse_driver(const char *name)
{
	if (strcmp(name, "kernel") != 0 && strcmp(name, "af_xdp") != 0)
		wrong_usage("--driver: af_xdp or kernel, not", name);
	return name[0] == 'k';
}

/* @return modes asked for, a bit each */
static uint32_t parse(struct perf_options *o, int argc, char **argv)
{
	static const struct option options[] = {
		{"mode", required_argument, NULL, 'm'},	     {"json", no_argument, NULL, 'j'},
		{"scheduler", required_argument, NULL, 's'}, {"sockets", required_argument, NULL, 'n'},
		{"reps", required_argument, NULL, 'r'},	     {"packets", required_argument, NULL, 'p'},
		{"histogram", no_argument, NULL, 'H'},	     {"precedence", required_argument, NULL, 'P'},
		{"catchup", required_argument, NULL, 'C'},   {"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},	     {"interface", required_argument, NULL, 'I'},
		{"driver", required_argument, NULL, 'D'},    {NULL, 0, NULL, 0},
	};
	uint32_t asked = 0;
	int c;

	optind = 1;
	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case 'm':
			asked |= parse_mode(optarg);
			break;
		case 'j':
			o->json = true;
			break;
		case 's':
			o->scheduler = optarg;
			break;
		case 'n':
			parse_sockets(o, optarg);
			break;
		case 'r':
			o->reps = (uint32_t)number("--reps: 5 .. 25, not", optarg, NULL, 5, PERF_REPS_MAX);
			break;
		case 'p':
			o->packets =
				number("--packets: 1000 .. 1000000000, not", optarg, NULL, 1000, 1000000000);
			break;
		case 'H':
			o->histogram = true;
			break;
		case 'P':
			o->precedence = parse_precedence(optarg);
			break;
		case 'C':
			o->catchup_ns =
				number("--catchup: 0 .. 1000000000, not", optarg, NULL, 0, 1000000000);
			break;
		case 'I':
			o->interface = optarg;
			break;
		case 'D':
			o->through_kernel = parse_driver(optarg);
			break;
		case 'h':
			fputs(usage, stdout);
			exit(0);
		case 'V':
			puts("dpdk-qsock-perf " QSOCK_VERSION);
			exit(0);
		default:
			exit(EXIT_USAGE);
		}
	}
	if (optind < argc)
		wrong_usage("not an option:", argv[optind]);
	return asked != 0 ? asked : (1u << NR_MODES) - 1;
}

/* Our options stand after "--", or alone. @return how many arguments are EAL's, argv[0] included; 0: no "--" */
static int eal_arguments(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		if (strcmp(argv[i], "--") == 0)
			return i;
	return 0;
}

int main(int argc, char **argv)
{
	struct perf_options o = {.scheduler = "dwcs",
				 .reps = 5,
				 .sockets = {1, 16, 1024, 65536},
				 .nr_sockets = 4,
				 .packets = 1000000,
				 .catchup_ns = 100000,
				 .slot_ns = 200};
	struct perf_world w;
	int eal = eal_arguments(argc, argv), ret = 0;
	uint32_t asked, i;

	asked = parse(&o, argc - eal, argv + eal);
	if (perf_world_start(&w, &o, eal, argv) != 0)
		return 1;
	for (i = 0; i < NR_MODES && ret == 0; i++)
		if (asked & 1u << i)
			ret = modes[i].run(&w, &o);
	perf_print(o.json);
	rte_eal_cleanup();
	return ret == 0 ? 0 : 1;
}
