/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>

#include <util/qs_units.h>

#include "args.h"

enum option_id {
	OPT_CONFIG,
	OPT_INTERACTIVE,
	OPT_CMDLINE_FILE,
	OPT_NO_RX,
	OPT_STATS_PERIOD,
	OPT_DURATION,
	OPT_VERSION,
	OPT_HELP,
};

struct option_row {
	const char *name;
	const char *brief; /* a short form, or NULL */
	const char *value; /* what it takes, or NULL */
	const char *help;
};

static const struct option_row rows[] = {
	[OPT_CONFIG] = {"--config", NULL, "FILE", "ports, streams and rules, as an INI file"},
	[OPT_INTERACTIVE] = {"--interactive", "-i", NULL, "a shell on the terminal, or commands from a pipe"},
	[OPT_CMDLINE_FILE] = {"--cmdline-file", NULL, "FILE", "run the commands in FILE first"},
	[OPT_NO_RX] = {"--no-rx", NULL, NULL, "leave what the ports receive alone: the twins only send"},
	[OPT_STATS_PERIOD] = {"--stats-period", NULL, "N", "print the statistics every N seconds"},
	[OPT_DURATION] = {"--duration", NULL, "TIME", "end after TIME, such as 10s"},
	[OPT_VERSION] = {"--version", NULL, NULL, "print the version"},
	[OPT_HELP] = {"--help", "-h", NULL, "print this"},
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

void dq_args_help(FILE *out)
{
	const struct option_row *row;
	char left[40];

	fprintf(out, "usage: dpdk-qsock [EAL arguments] -- [options]\n"
		     "       dpdk-qsock ctl|attach|detach [--file-prefix PREFIX] ...\n"
		     "       dpdk-qsock check [options]     what this machine has and lacks; see check --help\n\n"
		     "Sockets whose packets are scheduled by dwcs, vds or edf on a poll-mode TX core.\n\n");
	for (row = rows; row < rows + N_ROWS; row++) {
		snprintf(left, sizeof(left), "%s%s%s%s%s", row->brief != NULL ? row->brief : "",
			 row->brief != NULL ? ", " : "", row->name, row->value != NULL ? " " : "",
			 row->value != NULL ? row->value : "");
		fprintf(out, "  %-24s %s\n", left, row->help);
	}
	fprintf(out, "\nEAL arguments are those of every DPDK program, such as -l 0,1 or --no-huge.\n"
		     "Exit status: 0 done, 1 failed, 2 usage.\n");
}

int dq_period_parse(const char *text, uint64_t *ns, char *why, size_t why_len)
{
	uint64_t seconds;

	if (strspn(text, "0123456789") != strlen(text))
		return qs_time_parse(text, DQ_PERIOD_MIN_NS, DQ_PERIOD_MAX_NS, ns, why, why_len);
	if (qs_uint_parse(text, 1, DQ_PERIOD_MAX_NS / 1000000000, &seconds, why, why_len) < 0)
		return -ERANGE;
	*ns = seconds * 1000000000;
	return 0;
}

/* The option that arg begins; value is set to what follows a '='. */
static const struct option_row *find_row(const char *arg, const char **value)
{
	const struct option_row *row;
	size_t len;

	*value = NULL;
	for (row = rows; row < rows + N_ROWS; row++) {
		len = strlen(row->name);
		if (strncmp(arg, row->name, len) == 0 && (arg[len] == '\0' || arg[len] == '=')) {
			*value = arg[len] == '=' ? arg + len + 1 : NULL;
			return row;
		}
		if (row->brief != NULL && strcmp(arg, row->brief) == 0)
			return row;
	}
	return NULL;
}

static enum dq_args_action take_option(struct dq_args *args, const struct option_row *row, const char *value,
				       char *why, size_t why_len)
{
	char reason[256] = "";
	int rc = 0;

	switch ((enum option_id)(row - rows)) {
	case OPT_CONFIG:
		args->config = value;
		break;
	case OPT_CMDLINE_FILE:
		args->cmdline_file = value;
		break;
	case OPT_INTERACTIVE:
		args->interactive = true;
		break;
	case OPT_NO_RX:
		args->no_rx = true;
		break;
	case OPT_STATS_PERIOD:
		rc = dq_period_parse(value, &args->stats_period_ns, reason, sizeof(reason));
		break;
	case OPT_DURATION:
		rc = qs_time_parse(value, 1, UINT64_C(1000000000) * 1000000000, &args->duration_ns, reason,
				   sizeof(reason));
		break;
	case OPT_VERSION:
		return DQ_ARGS_VERSION;
	case OPT_HELP:
		return DQ_ARGS_HELP;
	}
	if (rc == 0)
		return DQ_ARGS_RUN;
	snprintf(why, why_len, "%s: %s", row->name, reason);
	return DQ_ARGS_BAD;
}

/* The options after "--". */
static enum dq_args_action parse_options(int argc, char **argv, struct dq_args *args, char *why,
					 size_t why_len)
{
	enum dq_args_action action = DQ_ARGS_RUN;
	const struct option_row *row;
	const char *value;
	int i;

	for (i = 0; i < argc && action == DQ_ARGS_RUN; i++) {
		row = find_row(argv[i], &value);
		if (row == NULL) {
			snprintf(why, why_len, "'%s' is not an option: see dpdk-qsock -- --help", argv[i]);
			return DQ_ARGS_BAD;
		}
		if (row->value == NULL && value != NULL) {
			snprintf(why, why_len, "%s takes no value, not '%s'", row->name, value);
			return DQ_ARGS_BAD;
		}
		if (row->value != NULL && value == NULL && ++i < argc)
			value = argv[i];
		if (row->value != NULL && (value == NULL || *value == '\0')) {
			snprintf(why, why_len, "%s needs a value: %s %s", row->name, row->name, row->value);
			return DQ_ARGS_BAD;
		}
		action = take_option(args, row, value, why, why_len);
	}
	return action;
}

/* Without "--" all is EAL's, so that one of our options there is a slip, but for --help and --version alone.
 */
static enum dq_args_action check_eal_part(int argc, char **argv, char *why, size_t why_len)
{
	const struct option_row *row;
	const char *value;
	int i;

	for (i = 1; i < argc; i++) {
		row = find_row(argv[i], &value);
		if (row == NULL)
			continue;
		if (row == &rows[OPT_HELP] || row == &rows[OPT_VERSION]) {
			if (argc == 2)
				return row == &rows[OPT_HELP] ? DQ_ARGS_HELP : DQ_ARGS_VERSION;
			continue; /* EAL has these too */
		}
		snprintf(why, why_len, "'%s' belongs after '--': dpdk-qsock [EAL arguments] -- %s", argv[i],
			 argv[i]);
		return DQ_ARGS_BAD;
	}
	return DQ_ARGS_RUN;
}

enum dq_args_action dq_args_parse(int argc, char **argv, struct dq_args *args, char *why, size_t why_len)
{
	enum dq_args_action action;

	*args = (struct dq_args){0};
	while (args->eal_argc < argc && strcmp(argv[args->eal_argc], "--") != 0)
		args->eal_argc++;
	action = check_eal_part(args->eal_argc, argv, why, why_len);
	if (action != DQ_ARGS_RUN || args->eal_argc == argc)
		return action;
	return parse_options(argc - args->eal_argc - 1, argv + args->eal_argc + 1, args, why, why_len);
}
