/* SPDX-License-Identifier: BSD-3-Clause */
/* dpdk-qsock: ports, their kernel twins and scheduled streams, from a file and a shell. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_version.h>

#include <eal/qs_eal_files.h>

#include "args.h"
#include "attach.h"
#include "capture.h"
#include "check/command.h"
#include "client.h"
#include "control.h"
#include "hugefiles.h"
#include "shell.h"
#include "start.h"
#include "stats.h"

#define EXIT_USAGE 2
#define END_TRIES 5 /* each takes a second */

static int complain(const char *what)
{
	fprintf(stderr, "dpdk-qsock: %s\n", what);
	return EXIT_FAILURE;
}

/* Without them the first files that are opened, such as a device's, would be what is read and printed to. */
static void open_standard(void)
{
	int fd = open("/dev/null", O_RDWR);

	while (fd >= 0 && fd <= STDERR_FILENO)
		fd = dup(fd);
	if (fd > STDERR_FILENO)
		close(fd);
}

/* EAL takes the arguments before "--", and shuffles them. */
static int start_eal(int argc, char **argv)
{
	char **copy = calloc((size_t)argc + 1, sizeof(*copy));
	int rc;

	if (copy == NULL)
		return EXIT_FAILURE;
	memcpy(copy, argv, (size_t)argc * sizeof(*copy));
	dq_capture_init();
	qs_eal_files_end();
	rc = rte_eal_init(argc, copy);
	/* EAL keeps pointers to the strings, not to the array. */
	free(copy);
	if (rc >= 0)
		return EXIT_SUCCESS;
	fprintf(stderr, "dpdk-qsock: EAL cannot be initialised: %s\n", rte_strerror(rte_errno));
	return rte_errno == EINVAL ? EXIT_USAGE : EXIT_FAILURE;
}

static void say_start(const struct dq_instance *in)
{
	const char *memory = rte_eal_has_hugepages() ? "hugepages" : "no hugepages (--no-huge)";

	printf("dpdk-qsock %s: %s, %u lcores, ports %u, streams %u, rules %u\n", QSOCK_VERSION, memory,
	       rte_lcore_count(), in->ports.count, in->streams.count, in->rules.count);
	fflush(stdout);
}

/* Without a shell: until the end, with statistics now and then. */
static void run_batch(struct dq_instance *in, struct dq_loop *loop, uint64_t period_ns)
{
	uint64_t next_ns = period_ns == 0 ? 0 : dq_now_ns() + period_ns;
	struct dq_error e;

	while (dq_loop_wait(loop, next_ns, false) != DQ_WAKE_STOP) {
		if (dq_stats_all(in, stdout, &e) < 0)
			complain(e.text);
		fflush(stdout);
		next_ns += period_ns;
	}
}

static int run(struct dq_instance *in, struct dq_loop *loop, const struct dq_args *args)
{
	struct shell sh = {.instance = in, .loop = loop};
	int rc = 0;

	if (args->duration_ns != 0)
		loop->end_ns = dq_now_ns() + args->duration_ns;
	if (args->cmdline_file != NULL)
		rc = shell_file(&sh, args->cmdline_file);
	fflush(stdout);
	if (rc < 0 && !args->interactive)
		return EXIT_FAILURE;
	if (sh.quit || loop->stopped)
		return EXIT_SUCCESS;
	if (!args->interactive) {
		run_batch(in, loop, args->stats_period_ns);
		return EXIT_SUCCESS;
	}
	if (isatty(STDIN_FILENO))
		return shell_tty(&sh) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	/* Nobody sees what went wrong in a script but by its status. */
	return shell_pipe(&sh) < 0 || sh.errors > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* The last figures of a port are worth some patience where its TX core is kept from running. */
static int say_port_end(const struct dq_port *p)
{
	struct dq_error e;
	int tries;

	for (tries = 0; tries < END_TRIES; tries++) {
		if (dq_stats_port(p, stdout, &e) == 0)
			return EXIT_SUCCESS;
	}
	return complain(e.text);
}

static int say_end(const struct dq_instance *in, const struct dq_loop *loop)
{
	const struct dq_port *p;
	int status = EXIT_SUCCESS;

	if (loop->signal != 0)
		printf("dpdk-qsock: ended by SIG%s\n", sigabbrev_np(loop->signal));
	DQ_FOREACH(p, &in->ports)
	{
		if (say_port_end(p) != EXIT_SUCCESS)
			status = EXIT_FAILURE;
	}
	fflush(stdout);
	return status;
}

/* What EAL was told of on its command line belongs to us too: TAPs and sockets of drivers go. None runs:
 * those of ports were stopped with them, and the others never started. */
static void close_devices(void)
{
	uint16_t id;

	RTE_ETH_FOREACH_DEV (id)
		rte_eth_dev_close(id);
}

static int start_and_run(struct dq_loop *loop, const struct dq_args *args, const struct qs_config *cfg)
{
	struct dq_instance in = {.no_rx = args->no_rx};
	struct dq_control *control;
	struct dq_error e;
	int status, ended;

	if (dq_instance_start(&in, cfg, &e) < 0)
		return complain(e.text);
	if (dq_attach_start(&in, loop, &e) < 0) {
		dq_instance_stop(&in);
		return complain(e.text);
	}
	control = dq_control_start(&in, loop);
	say_start(&in);
	status = run(&in, loop, args);
	dq_control_stop(control);
	dq_instance_drain(&in, loop);
	ended = say_end(&in, loop);
	dq_instance_stop(&in);
	return status != EXIT_SUCCESS ? status : ended;
}

static int with_config(int argc, char **argv, const struct dq_args *args, const struct qs_config *cfg)
{
	struct dq_loop loop;
	char **files;
	int status;

	if (dq_loop_open(&loop) < 0)
		return complain("no descriptor for signals");
	status = start_eal(args->eal_argc, argv);
	if (status != EXIT_SUCCESS)
		return status;
	status = start_and_run(&loop, args, cfg);
	close_devices();
	files = dq_hugefiles_find();
	rte_eal_cleanup();
	dq_hugefiles_remove(files);
	return status;
}

static int check_args(const struct dq_args *args, char *why, size_t len)
{
	if (args->config == NULL && args->cmdline_file == NULL && !args->interactive)
		snprintf(why, len,
			 "nothing to run: give --config FILE, --cmdline-file FILE or -i after '--'");
	else if (args->interactive && args->stats_period_ns != 0)
		snprintf(why, len,
			 "--stats-period is for runs without -i: there, use show stats all period N");
	else
		return 0;
	return -EINVAL;
}

int main(int argc, char **argv)
{
	struct qs_config *cfg = NULL;
	char why[QS_CONFIG_WHY];
	struct dq_args args;
	int status;

	open_standard();
	if (dq_client_asked(argc, argv))
		return dq_client_run(argc, argv);
	if (argc > 1 && strcmp(argv[1], "check") == 0)
		return check_command(argc - 1, argv + 1);
	switch (dq_args_parse(argc, argv, &args, why, sizeof(why))) {
	case DQ_ARGS_HELP:
		dq_args_help(stdout);
		return EXIT_SUCCESS;
	case DQ_ARGS_VERSION:
		printf("dpdk-qsock %s (%s)\n", QSOCK_VERSION, rte_version());
		return EXIT_SUCCESS;
	case DQ_ARGS_RUN:
		if (check_args(&args, why, sizeof(why)) == 0)
			break;
		/* fallthrough */
	case DQ_ARGS_BAD:
		complain(why);
		return EXIT_USAGE;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (args.config != NULL && qs_config_load(args.config, &cfg, why, sizeof(why)) < 0)
		return complain(why);
	status = with_config(argc, argv, &args, cfg);
	qs_config_free(cfg);
	return status;
}
