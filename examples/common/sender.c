/* SPDX-License-Identifier: BSD-3-Clause */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ledger.h"
#include "sender.h"
#include "stamp.h"

#define LEAD_NS UINT64_C(100000000) /* from "go" to the first frame: room to start together */

static bool option_wrong(const char *name, const char *value)
{
	fprintf(stderr, "option %s: wrong value '%s'\n", name, value != NULL ? value : "");
	return false;
}

static void file_open(FILE **file, const char *path)
{
	*file = fopen(path, "w");
	if (*file == NULL) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		exit(1);
	}
}

bool sender_options(struct sender *s, int argc, char **argv, const char *option, bool (*parse)(char *value))
{
	*s = (struct sender){.discipline = "dwcs", .seconds = 10};
	for (int i = 1; i < argc; i++) {
		const char *name = argv[i];
		char *value;

		if (strcmp(name, "--plain") == 0) {
			s->plain = true;
			continue;
		}
		value = i + 1 < argc ? argv[++i] : NULL;
		if (value == NULL)
			return option_wrong(name, value);
		if (strcmp(name, "--dev") == 0)
			s->dev = value;
		else if (strcmp(name, "--discipline") == 0)
			s->discipline = value;
		else if (strcmp(name, "--seconds") == 0)
			s->seconds = atof(value);
		else if (strcmp(name, "--csv") == 0)
			file_open(&s->csv, value);
		else if (strcmp(name, "--json") == 0)
			s->json = value;
		else if (strcmp(name, "--ledger") == 0)
			s->ledger = value;
		else if (strcmp(name, "--to") == 0 ? inet_pton(AF_INET, value, &s->to) != 1
						   : strcmp(name, option) != 0 || !parse(value))
			return option_wrong(name, value);
	}
	if (s->to.s_addr == 0)
		return option_wrong("--to", "");
	return s->plain || s->dev != NULL || option_wrong("--dev", "");
}

int sender_usage(const char *program, const char *own_options)
{
	fprintf(stderr,
		"usage: %s {--dev DEV [--discipline NAME] | --plain} --to ADDRESS [--seconds N]\n"
		"       [--csv FILE] [--json FILE] [--ledger FILE] %s\n",
		program, own_options);
	return 2;
}

static void params_fill(const struct sender *s, struct qos_params *params, void *attributes)
{
	memset(params, 0, sizeof(*params));
	snprintf(params->dev, sizeof(params->dev), "%s", s->dev);
	snprintf(params->name, sizeof(params->name), "%s", s->discipline);
	params->attributes = attributes;
}

bool sender_start(struct sender *s)
{
	struct qos_params params;

	if (s->plain)
		return true;
	params_fill(s, &params, NULL);
	if (qsockinit(&params) == 0)
		return true;
	perror("qsockinit");
	return false;
}

int sender_open(const struct sender *s, struct q_dwcs_attr *attr, const struct sockaddr_in *to)
{
	struct qos_params params;
	int fd;

	if (s->plain) {
		fd = socket(AF_INET, SOCK_DGRAM, 0);
	} else {
		params_fill(s, &params, attr);
		fd = qsocket(AF_INET, SOCK_DGRAM, 0, &params);
	}
	if (fd < 0 || connect(fd, (const struct sockaddr *)to, sizeof(*to)) != 0) {
		perror("socket");
		return -1;
	}
	return fd;
}

uint64_t sender_ready(struct sender *s)
{
	char line[8];

	printf("ready\n");
	fflush(stdout);
	if (fgets(line, sizeof(line), stdin) == NULL)
		clearerr(stdin); /* started by hand, without anyone to say "go" */
	if (s->csv != NULL)
		fprintf(s->csv, "port,frame,type,count,sent,due_ns,made_ns,deadline_ns\n");
	s->start_ns = stamp_now_ns(CLOCK_MONOTONIC) + LEAD_NS;
	s->end_ns = s->start_ns + (uint64_t)(s->seconds * 1e9);
	if (!s->plain && s->ledger != NULL)
		ledger_start(s->dev, s->ledger);
	printf("start %llu\n", (unsigned long long)s->start_ns);
	fflush(stdout);
	return s->start_ns;
}

bool sender_send(const struct sender *s, int fd, const void *data, size_t len_bytes,
		 const struct packet_flags *flags)
{
	struct packet_flags pflags = *flags;
	ssize_t sent;

	if (s->plain)
		sent = send(fd, data, len_bytes, MSG_DONTWAIT);
	else
		sent = qsend(fd, data, len_bytes, MSG_DONTWAIT, &pflags);
	return sent == (ssize_t)len_bytes;
}

#define FIELD(name) fprintf(file, "%s\"" #name "\": %llu", comma++ ? ", " : "", (unsigned long long)info.name)

static bool write_info(FILE *file, int fd)
{
	struct q_info info = {.size = sizeof(info)};
	int comma = 0;

	if (qinfo(fd, &info) != 0) {
		perror("qinfo");
		return false;
	}
	fprintf(file, "{");
	FIELD(offered);
	FIELD(refused);
	FIELD(queue_drop);
	FIELD(accepted);
	FIELD(sent);
	FIELD(late);
	FIELD(late_drop);
	FIELD(frame_drop);
	FIELD(closed);
	FIELD(neigh_drop);
	FIELD(tx_error);
	FIELD(queued);
	FIELD(met);
	FIELD(missed);
	FIELD(violations);
	FIELD(sent_bytes);
	FIELD(kernel_path);
	FIELD(delay_mean_ns);
	FIELD(delay_p50_ns);
	FIELD(delay_p99_ns);
	FIELD(delay_max_ns);
	fprintf(file, "}");
	return true;
}

int sender_finish(struct sender *s, const int *fds, unsigned int n)
{
	bool well = s->csv == NULL || fclose(s->csv) == 0;
	FILE *file;

	/* What is queued has left before anybody counts. */
	stamp_sleep_until(stamp_now_ns(CLOCK_MONOTONIC) + UINT64_C(500000000));
	if (!s->plain && s->json != NULL) {
		file_open(&file, s->json);
		fprintf(file, "{\"sockets\": [");
		for (unsigned int i = 0; i < n; i++) {
			fprintf(file, "%s", i > 0 ? ",\n" : "");
			well = write_info(file, fds[i]) && well;
		}
		fprintf(file, "]}\n");
		well = fclose(file) == 0 && well;
	}
	if (!s->plain && s->ledger != NULL)
		ledger_stop();
	for (unsigned int i = 0; i < n; i++)
		s->plain ? close(fds[i]) : qclose(fds[i]);
	return well ? 0 : 1;
}
