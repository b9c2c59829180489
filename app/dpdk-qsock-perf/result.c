/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "perf.h"

#define RESULTS_MAX 512

static struct result {
	char mode[16], what[56], sched[32], unit[24], how[160];
	uint32_t sockets;
	double median, min, max, floor; /* floor 0: none */
} results[RESULTS_MAX];
static unsigned int nr_results;

double perf_cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

void perf_add(struct perf_values *v, double value)
{
	if (v->count < PERF_REPS_MAX)
		v->value[v->count++] = value;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void sorted(const struct perf_values *v, double *into)
{
	memcpy(into, v->value, v->count * sizeof(*into));
	qsort(into, v->count, sizeof(*into), compare);
}

double perf_median(const struct perf_values *v)
{
	double s[PERF_REPS_MAX];

	if (v->count == 0)
		return 0;
	sorted(v, s);
	return v->count % 2 ? s[v->count / 2] : (s[v->count / 2 - 1] + s[v->count / 2]) / 2;
}

uint32_t perf_sockets_max(const struct perf_options *o)
{
	uint32_t i, most = 1;

	for (i = 0; i < o->nr_sockets; i++)
		most = o->sockets[i] > most ? o->sockets[i] : most;
	return most;
}

void perf_result(const struct perf_row *row)
{
	struct result *r = &results[nr_results];
	double s[PERF_REPS_MAX];

	if (nr_results == RESULTS_MAX || row->v->count == 0)
		return;
	nr_results++;
	sorted(row->v, s);
	snprintf(r->mode, sizeof(r->mode), "%s", row->mode);
	snprintf(r->what, sizeof(r->what), "%s", row->what);
	snprintf(r->unit, sizeof(r->unit), "%s", row->unit);
	snprintf(r->sched, sizeof(r->sched), "%s", row->sched != NULL ? row->sched : "");
	snprintf(r->how, sizeof(r->how), "%s", row->how != NULL ? row->how : "");
	r->sockets = row->sockets;
	r->median = perf_median(row->v);
	r->min = s[0];
	r->max = s[row->v->count - 1];
	r->floor = row->floor != NULL ? perf_median(row->floor) : 0;
}

static double ratio(const struct result *r)
{
	return r->floor > 0 ? r->median / r->floor : 0;
}

static void print_table(void)
{
	unsigned int i;

	printf("%-8s %-44s %8s %12s %12s %12s %-12s %s\n", "mode", "what", "sockets", "median", "min", "max",
	       "unit", "x floor");
	for (i = 0; i < nr_results; i++) {
		const struct result *r = &results[i];

		printf("%-8s %-44s %8u %12.1f %12.1f %12.1f %-12s", r->mode, r->what, r->sockets, r->median,
		       r->min, r->max, r->unit);
		if (r->floor > 0)
			printf(" %.2f", ratio(r));
		printf("%s%s\n", r->how[0] != 0 ? "  " : "", r->how);
	}
}

/* A text of ours, or the JSON word for none. */
static void print_text(const char *key, const char *text)
{
	printf(text[0] != 0 ? ", \"%s\": \"%s\"" : ", \"%s\": null", key, text);
}

static void print_per_packet(const struct result *r)
{
	printf(", \"ns_per_packet\": {\"median\": %.3f, \"min\": %.3f, \"max\": %.3f}, \"mpps\": %.4f",
	       r->median, r->min, r->max, r->median > 0 ? 1000 / r->median : 0);
	if (r->floor > 0)
		printf(", \"floor_ns\": %.3f, \"ratio\": %.3f", r->floor, ratio(r));
	else
		printf(", \"floor_ns\": null, \"ratio\": null");
}

static void print_json(void)
{
	unsigned int i;

	printf("{\"program\": \"dpdk-qsock-perf\", \"version\": \"%s\", \"results\": [", QSOCK_VERSION);
	for (i = 0; i < nr_results; i++) {
		const struct result *r = &results[i];

		printf("%s\n  {\"mode\": \"%s\", \"what\": \"%s\"", i > 0 ? "," : "", r->mode, r->what);
		print_text("sched", r->sched);
		printf(", \"sockets\": %u, \"unit\": \"%s\", \"median\": %.3f, \"min\": %.3f, \"max\": %.3f",
		       r->sockets, r->unit, r->median, r->min, r->max);
		if (strcmp(r->unit, PERF_NS_PACKET) == 0)
			print_per_packet(r);
		if (r->how[0] != 0)
			print_text("how", r->how);
		printf("}");
	}
	printf("\n]}\n");
}

void perf_print(bool json)
{
	if (json)
		print_json();
	else
		print_table();
}
