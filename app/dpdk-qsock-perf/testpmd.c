/* SPDX-License-Identifier: BSD-3-Clause */
/* dpdk-testpmd's txonly into a net_null of its own, run beside us: the ceiling that others measure by. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>

#include "perf.h"

#define LINE 256

/* It tells its rate every second; the first is of a run that has just begun. */
static void testpmd_read(FILE *f, struct perf_values *v, uint32_t reps)
{
	char line[LINE], *at;
	uint32_t seconds = 0;

	while (v->count < reps && fgets(line, sizeof(line), f) != NULL) {
		at = strstr(line, "Tx-pps:");
		if (at != NULL && ++seconds > 2 && strtod(at + 7, NULL) > 0)
			perf_add(v, 1e9 / strtod(at + 7, NULL));
	}
}

/* EAL makes it and leaves it, empty here: it lies beside ours. */
static void testpmd_forget(void)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/../qspmd%d", rte_eal_get_runtime_dir(), (int)getpid());
	rmdir(path);
}

static void testpmd_run(const char *memory, struct perf_values *v, uint32_t reps)
{
	const char *lcores = sysconf(_SC_NPROCESSORS_ONLN) > 1 ? "0,1" : "0,1@0";
	char command[2 * LINE];
	FILE *f;

	snprintf(command, sizeof(command),
		 "exec timeout %u dpdk-testpmd --lcores %s -m 256 %s --file-prefix=qspmd%d --no-pci "
		 "--no-telemetry "
		 "--vdev=net_null0,copy=0 -- --forward-mode=txonly --txpkts=64 --burst=32 --nb-cores=1 "
		 "--total-num-mbufs=16384 --stats-period=1 --no-mlockall 2>/dev/null </dev/null",
		 reps + 20, lcores, memory, (int)getpid());
	f = popen(command, "r");
	if (f == NULL)
		return;
	testpmd_read(f, v, reps);
	pclose(f); /* it ends with the pipe, which it writes to every second */
	testpmd_forget();
}

void perf_testpmd(const struct perf_options *o)
{
	struct perf_values v = {0};

	if (system("command -v dpdk-testpmd >/dev/null") != 0) {
		fprintf(stderr, "dpdk-qsock-perf: no dpdk-testpmd is installed: its row is left out\n");
		return;
	}
	testpmd_run("--in-memory", &v, o->reps);
	if (v.count == 0)
		testpmd_run("--no-huge --no-shconf", &v, o->reps);
	perf_result(&(struct perf_row){.mode = "compare",
				       .what = "dpdk-testpmd txonly, net_null",
				       .unit = PERF_NS_PACKET,
				       .how = "a process of its own on lcore 1, 64 bytes, bursts of 32; its "
					      "Tx-pps, once a second",
				       .sockets = 1,
				       .v = &v});
}
