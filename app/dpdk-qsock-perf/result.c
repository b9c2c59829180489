/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "perf.h"

#define RESULTS_MAX 128

static struct result {
	char mode[16], name[48], unit[16];
	uint32_t sockets;
	double median, min, max, ratio;
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

void perf_result(const char *mode, const char *name, uint32_t sockets, const char *unit,
		 const struct perf_values *v, const struct perf_values *floor)
{
	struct result *r = &results[nr_results];
	double s[PERF_REPS_MAX], base = floor != NULL ? perf_median(floor) : 0;

	if (nr_results == RESULTS_MAX || v->count == 0)
		return;
	nr_results++;
	sorted(v, s);
	snprintf(r->mode, sizeof(r->mode), "%s", mode);
	snprintf(r->name, sizeof(r->name), "%s", name);
	snprintf(r->unit, sizeof(r->unit), "%s", unit);
	r->sockets = sockets;
	r->median = perf_median(v);
	r->min = s[0];
	r->max = s[v->count - 1];
	r->ratio = base > 0 ? r->median / base : 0;
}

static void print_table(void)
{
	unsigned int i;

	printf("%-8s %-34s %8s %12s %12s %12s %-12s %s\n", "mode", "what", "sockets", "median", "min", "max",
	       "unit", "x floor");
	for (i = 0; i < nr_results; i++) {
		const struct result *r = &results[i];

		printf("%-8s %-34s %8u %12.1f %12.1f %12.1f %-12s", r->mode, r->name, r->sockets, r->median,
		       r->min, r->max, r->unit);
		if (r->ratio > 0)
			printf(" %.2f", r->ratio);
		printf("\n");
	}
}

static void print_json(void)
{
	unsigned int i;

	printf("{\"program\": \"dpdk-qsock-perf\", \"version\": \"%s\", \"results\": [", QSOCK_VERSION);
	for (i = 0; i < nr_results; i++) {
		const struct result *r = &results[i];

		printf("%s\n  {\"mode\": \"%s\", \"what\": \"%s\", \"sockets\": %u, \"unit\": \"%s\", "
		       "\"median\": %.3f, "
		       "\"min\": %.3f, \"max\": %.3f",
		       i > 0 ? "," : "", r->mode, r->name, r->sockets, r->unit, r->median, r->min, r->max);
		if (r->ratio > 0)
			printf(", \"ratio_to_floor\": %.3f", r->ratio);
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
