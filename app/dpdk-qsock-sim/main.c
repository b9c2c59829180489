/* SPDX-License-Identifier: BSD-3-Clause */
/* dpdk-qsock-sim: the library's disciplines in virtual time. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include <util/qs_units.h>

#include "events.h"
#include "report.h"

#define EXIT_USAGE 2

static const char usage[] =
	"usage: dpdk-qsock-sim --scenario FILE.ini [--arrivals FILE.csv [--polls FILE.csv]]\n"
	"                      [--events OUT.csv] [--json] [--until TIME]\n"
	"\n"
	"Runs packets through a port's discipline in virtual time, and says what became of them.\n"
	"\n"
	"  --scenario FILE.ini   port and streams, as in the configuration of dpdk-qsock\n"
	"  --arrivals FILE.csv   packets, instead of the built-in sources:\n"
	"                        time_ns,stream,bytes,deadline_ns,flags\n"
	"  --polls FILE.csv      replay a live port: decide at these readings of its clock (clock_ns)\n"
	"  --events OUT.csv      write the end of each packet, in the order decided\n"
	"  --json                the summary as one JSON object\n"
	"  --until TIME          make no decision after TIME (ns us ms s; a bare number is ns)\n"
	"  --keys                list the keys of a scenario, and what each may be\n"
	"  --help, --version\n"
	"\n"
	"Exit status: 0 done, 1 failed, 2 usage.\n";

struct options {
	const char *scenario;
	const char *arrivals;
	const char *polls;
	const char *events;
	uint64_t until_ns;
	bool json;
};

__attribute__((noreturn)) static void wrong_usage(const char *what, const char *value)
{
	fprintf(stderr, "dpdk-qsock-sim: %s%s\n%s", what, value, usage);
	exit(EXIT_USAGE);
}

static void parse_until(const char *text, uint64_t *until_ns)
{
	char why[256];

	if (qs_time_parse(text, 0, SIM_TIME_MAX_NS, until_ns, why, sizeof(why)) != 0)
		wrong_usage("--until: ", why);
}

/* An option given twice is as likely a mistake as any. */
static void set_once(const char **option, const char *name)
{
	if (*option != NULL)
		wrong_usage("given twice: ", name);
	*option = optarg;
}

static void parse_options(int argc, char **argv, struct options *o)
{
	static const struct option options[] = {
		{"scenario", required_argument, NULL, 's'}, {"arrivals", required_argument, NULL, 'a'},
		{"polls", required_argument, NULL, 'p'},    {"events", required_argument, NULL, 'e'},
		{"until", required_argument, NULL, 'u'},    {"json", no_argument, NULL, 'j'},
		{"keys", no_argument, NULL, 'k'},	    {"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'v'},	    {NULL, 0, NULL, 0},
	};
	const char *until = NULL;
	int c;

	*o = (struct options){.until_ns = RTE_QSOCK_NEVER};
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 's':
			set_once(&o->scenario, "--scenario");
			break;
		case 'a':
			set_once(&o->arrivals, "--arrivals");
			break;
		case 'p':
			set_once(&o->polls, "--polls");
			break;
		case 'e':
			set_once(&o->events, "--events");
			break;
		case 'u':
			set_once(&until, "--until");
			parse_until(optarg, &o->until_ns);
			break;
		case 'j':
			o->json = true;
			break;
		case 'k':
			qs_config_print_keys(stdout);
			exit(EXIT_SUCCESS);
		case 'h':
			fputs(usage, stdout);
			exit(EXIT_SUCCESS);
		case 'v':
			puts("dpdk-qsock-sim " QSOCK_VERSION);
			exit(EXIT_SUCCESS);
		default:
			fputs(usage, stderr);
			exit(EXIT_USAGE);
		}
	}
	if (optind < argc)
		wrong_usage("not an option: ", argv[optind]);
	if (o->scenario == NULL)
		wrong_usage("--scenario is missing", "");
	if (o->polls != NULL && o->arrivals == NULL)
		wrong_usage("--polls needs --arrivals", "");
}

/* What the simulator needs beyond what any configuration must be. */
static int check_scenario(const struct qs_config *cfg, const struct options *o, char *why, size_t why_len)
{
	const struct qs_stream_config *s;
	bool any_source = false;
	size_t used;
	uint32_t i;

	if (cfg->n_ports == 0) {
		snprintf(why, why_len, "%s: no section [port N]: the simulator needs one", cfg->path);
		return -EINVAL;
	}
	if (cfg->n_ports > 1) {
		snprintf(why, why_len, "%s:%u: [port %u]: a second port: the simulator has one", cfg->path,
			 cfg->ports[1].head.line, cfg->ports[1].id);
		return -EINVAL;
	}
	if (cfg->ports[0].rate_bps == 0) {
		snprintf(why, why_len,
			 "%s:%u: [port %u]: rate is missing: the simulator needs it, 1kbit .. 1tbit",
			 cfg->path, cfg->ports[0].head.line, cfg->ports[0].id);
		return -EINVAL;
	}
	if (cfg->n_streams == 0) {
		snprintf(why, why_len, "%s: no section [stream NAME]: the simulator needs one", cfg->path);
		return -EINVAL;
	}
	for (i = 0; i < cfg->n_streams && o->arrivals == NULL; i++) {
		s = &cfg->streams[i];
		if (s->source == QS_SOURCE_PCAP)
			fprintf(stderr, "note: [stream %s]: source = pcap offers nothing in the simulator\n",
				s->name);
		if (s->source == QS_SOURCE_NONE || s->source == QS_SOURCE_PCAP)
			continue;
		any_source = true;
		if (s->stop_ns != 0 || o->until_ns != RTE_QSOCK_NEVER)
			continue;
		qs_config_where(cfg, &s->head, QS_STREAM_SOURCE, why, why_len);
		used = strlen(why);
		snprintf(why + used, why_len - used,
			 "[stream %s]: the source never ends: it needs stop, or the run --until TIME",
			 s->name);
		return -EINVAL;
	}
	if (o->arrivals == NULL && !any_source) {
		snprintf(why, why_len,
			 "%s: nothing arrives: a stream needs a source, or the run --arrivals FILE.csv",
			 cfg->path);
		return -EINVAL;
	}
	return 0;
}

static int open_events(const char *path, FILE **events, char *why, size_t why_len)
{
	int rc;

	if (path == NULL)
		return 0;
	*events = fopen(path, "we");
	if (*events != NULL && events_begin(*events) == 0)
		return 0;
	rc = -errno;
	snprintf(why, why_len, "%s: cannot be written: %s", path, strerror(-rc));
	return rc;
}

static int close_events(const char *path, FILE *events, int rc, char *why, size_t why_len)
{
	bool bad;

	if (events == NULL)
		return rc;
	bad = ferror(events) != 0;
	errno = EIO;
	if ((fclose(events) != 0 || bad) && rc == 0) {
		rc = -errno;
		snprintf(why, why_len, "%s: cannot be written: %s", path, strerror(-rc));
	}
	return rc;
}

static int report(struct sim *sim, bool json, char *why, size_t why_len)
{
	if (json)
		report_json(sim, stdout);
	else
		report_table(sim, stdout);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	snprintf(why, why_len, "standard output: cannot be written: %s", strerror(errno));
	return -EIO;
}

static int run(const struct options *o, const struct qs_config *cfg, char *why, size_t why_len)
{
	struct sim sim = {.cfg = cfg, .port = &cfg->ports[0], .until_ns = o->until_ns};
	int rc;

	rc = o->arrivals != NULL ? feed_from_file(o->arrivals, cfg, &sim.feed, why, why_len)
				 : feed_from_sources(cfg, &sim.feed, why, why_len);
	if (rc != 0)
		return rc;
	rc = sim_init(&sim, why, why_len);
	if (rc == 0)
		rc = open_events(o->events, &sim.events, why, why_len);
	if (rc == 0)
		rc = o->polls != NULL ? sim_replay(&sim, o->polls) : sim_run(&sim);
	rc = close_events(o->events, sim.events, rc, why, why_len);
	if (rc == 0)
		rc = report(&sim, o->json, why, why_len);
	sim_free(&sim);
	sim.feed->free(sim.feed);
	return rc;
}

int main(int argc, char **argv)
{
	char why[QS_CONFIG_WHY] = "";
	struct qs_config *cfg = NULL;
	struct options o;
	int rc;

	parse_options(argc, argv, &o);
	rc = qs_config_load(o.scenario, &cfg, why, sizeof(why));
	if (rc == 0)
		rc = check_scenario(cfg, &o, why, sizeof(why));
	if (rc == 0)
		rc = run(&o, cfg, why, sizeof(why));
	qs_config_free(cfg);
	if (rc != 0)
		fprintf(stderr, "%s\n", why);
	return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
