/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "report.h"

#define EXIT_USAGE 2

static const struct {
	const char *name;
	void (*look)(struct check *c);
} groups[] = {
	{"interfaces", check_interfaces}, {"AF_XDP", check_xdp},
	{"hugepages", check_hugepages},	  {"DPDK's way to NICs", check_iommu},
	{"kernel", check_kernel},	  {"privileges", check_privileges},
	{"clock", check_clock},		  {"CPUs", check_cpus},
};

static const char help[] =
	"usage: dpdk-qsock check [options]\n\n"
	"What this machine has, what it lacks, and the command that mends it (as root).\n\n"
	"  --json           for programs\n"
	"  --driver DRIVER  what ethdev, af_xdp or kernel needs; else the best that an interface could use\n"
	"  --root DIR       files of another machine: its /sys and /proc, copied to DIR\n"
	"  -h, --help       print this\n\n"
	"Exit status: 0 complete, 1 failed, 2 usage, 7 degraded: something is missing that the driver "
	"needs.\n";

static int find_driver(const char *name)
{
	int i;

	for (i = 0; i < CHECK_DRIVERS; i++) {
		if (strcmp(check_driver_name((enum check_driver)i), name) == 0)
			return i;
	}
	return -1;
}

static int complain(const char *what, const char *value)
{
	fprintf(stderr, "dpdk-qsock: check: %s%s\n", what, value);
	return EXIT_USAGE;
}

/* What an option takes: behind a '=', or the next word. @return NULL: it is another option, or nothing is
 * there */
static const char *value_of(const char *option, char **argv, int *i)
{
	const size_t len = strlen(option);

	if (strncmp(argv[*i], option, len) != 0)
		return NULL;
	if (argv[*i][len] == '=')
		return argv[*i] + len + 1;
	return argv[*i][len] == '\0' && argv[*i + 1] != NULL ? argv[++*i] : NULL;
}

/* @return -1: go on; else the exit status */
static int take_args(struct check *c, int argc, char **argv, bool *json)
{
	const char *value;
	int i;

	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0) {
			*json = true;
		} else if (strcmp(argv[i], "-h") == 0 || strcmp(argv[i], "--help") == 0) {
			fputs(help, stdout);
			return EXIT_SUCCESS;
		} else if ((value = value_of("--root", argv, &i)) != NULL) {
			c->root = value;
			c->live = false;
		} else if ((value = value_of("--driver", argv, &i)) != NULL) {
			c->wanted = find_driver(value);
			if (c->wanted < 0)
				return complain("--driver: ethdev, af_xdp or kernel, not ", value);
		} else {
			return complain("no option, or without its value; see dpdk-qsock check --help: ",
					argv[i]);
		}
	}
	return -1;
}

int check_command(int argc, char **argv)
{
	struct check c = {.root = "", .live = true, .wanted = -1};
	bool json = false;
	unsigned int i;
	int status = take_args(&c, argc, argv, &json);

	if (status >= 0)
		return status;
	qs_topology_read(&c.topology, c.root);
	check_find_nics(&c);
	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		c.group = groups[i].name;
		groups[i].look(&c);
	}
	if (json)
		check_print_json(&c, stdout);
	else
		check_print(&c, stdout);
	status = check_degraded(&c) ? CHECK_EXIT_DEGRADED : EXIT_SUCCESS;
	free(c.lines);
	free(c.nics);
	return fflush(stdout) == 0 && !ferror(stdout) ? status : EXIT_FAILURE;
}
