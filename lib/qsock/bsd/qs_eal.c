/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_launch.h>
#include <rte_lcore.h>

#include "bsd/qs_cpus.h"
#include "bsd/qs_eal.h"
#include "bsd/qs_node.h"
#include "bsd/qs_words.h"
#include "eal/qs_eal_files.h"
#include "eal/qs_log.h"
#include "eal/qs_signals.h"
#include "util/qs_sysfs.h"

#define MEMORY_MIB 512	    /* without hugepages: reserved, used as it is touched */
#define HUGE_MIB_WANTED 192 /* what the pools of one port take, and some */
#define ARGS_MAX 64
#define HUGE_FREE "hugepages-2048kB/free_hugepages"

/* EAL keeps pointers into its arguments, so they stay; a second start is not possible anyway. */
static struct {
	char *argv[ARGS_MAX + 1];
	int argc;
	char **words;
	char lcores[QS_CPUS_TEXT];
	char prefix[32];
	char memory[16];
} eal;

bool qs_eal_is_pci(const char *dev)
{
	unsigned int domain, bus, device, function;
	int end = -1;

	if (sscanf(dev, "%x:%x:%x.%u%n", &domain, &bus, &device, &function, &end) == 4 && end >= 0 &&
	    dev[end] == 0)
		return true;
	end = -1;
	return sscanf(dev, "%x:%x.%u%n", &bus, &device, &function, &end) == 3 && end >= 0 && dev[end] == 0;
}

/* Where EAL could have them: its main lcore has the caller's CPUs, and where these are all on one node EAL
 * does not start without memory there. */
static long long free_huge_mib(const struct qs_topology *t, const cpu_set_t *allowed)
{
	const char *root = qs_sysfs_root();
	const int node = qs_topology_cpus(t, allowed);
	long long pages = 0;

	if (node < 0 ||
	    qs_sysfs_number(root, &pages, "/sys/devices/system/node/node%d/hugepages/" HUGE_FREE, node) < 0)
		qs_sysfs_number(root, &pages, "/sys/kernel/mm/hugepages/" HUGE_FREE);
	return pages * 2;
}

static void add(const char *arg)
{
	if (eal.argc < ARGS_MAX)
		eal.argv[eal.argc++] = (char *)(uintptr_t)arg;
}

/* Files of hugepages would outlive a killed process: --in-memory has none. */
static void add_memory(bool huge)
{
	snprintf(eal.prefix, sizeof(eal.prefix), "--file-prefix=qsock-%d", getpid());
	snprintf(eal.memory, sizeof(eal.memory), "%d", MEMORY_MIB);
	add(eal.prefix);
	if (huge) {
		add("--in-memory");
		return;
	}
	add("--no-huge");
	add("--no-shconf");
	add("-m");
	add(eal.memory);
}

static void add_defaults(const char *dev, bool huge)
{
	add("--log-level=*:error");
	add("--log-level=lib.qsock:notice");
	if (qs_eal_is_pci(dev)) {
		add("-a");
		add(dev);
	} else {
		add("--no-pci");
	}
	add_memory(huge);
}

static bool says_lcores(int n)
{
	int i;

	for (i = 0; i < n; i++) {
		if (strncmp(eal.words[i], "-l", 2) == 0 || strncmp(eal.words[i], "-c", 2) == 0 ||
		    strncmp(eal.words[i], "--lcores", 8) == 0 || strncmp(eal.words[i], "-S", 2) == 0 ||
		    strncmp(eal.words[i], "-s", 2) == 0)
			return true;
	}
	return false;
}

static int add_given(const char *line)
{
	int n = qs_words_split(line, &eal.words), i;

	if (n < 0 || n > ARGS_MAX - 4) {
		QS_LOG(ERR, "QSOCK_EAL_ARGS '%s': %s\n", line,
		       n < 0 ? "a quote or a backslash is open" : "too many words");
		return n == -ENOMEM ? n : -EINVAL;
	}
	for (i = 0; i < n; i++)
		add(eal.words[i]);
	return n;
}

static int args_make(const char *dev, const char *line, const cpu_set_t *allowed)
{
	struct qs_topology t;
	int n = 0;

	eal.argc = 0;
	qs_topology_read(&t, qs_sysfs_root());
	add("qsock");
	if (line == NULL)
		add_defaults(dev, free_huge_mib(&t, allowed) >= HUGE_MIB_WANTED);
	else
		n = add_given(line);
	if (n < 0)
		return n;
	if (line != NULL && says_lcores(n))
		return 0;
	if (qs_cpus_plan(allowed, &t, qs_node_of_device(dev), eal.lcores, sizeof(eal.lcores)) == 1)
		QS_LOG(WARNING, "one CPU only: the TX core shares it with the program, times will be poor\n");
	add("--lcores");
	add(eal.lcores);
	return 0;
}

int qs_eal_ensure(const char *dev, const char *args)
{
	const char *line = args != NULL ? args : getenv("QSOCK_EAL_ARGS");
	cpu_set_t allowed;
	sigset_t before;
	int ret;

	if (rte_lcore_count() != 0)
		return 0;
	if (pthread_getaffinity_np(pthread_self(), sizeof(allowed), &allowed) != 0)
		return -EIO;
	ret = args_make(dev, line, &allowed);
	if (ret < 0)
		return ret;
	qs_eal_files_end();
	qs_signals_block(&before);
	ret = rte_eal_init(eal.argc, eal.argv);
	qs_signals_restore(&before);
	pthread_setaffinity_np(pthread_self(), sizeof(allowed), &allowed);
	if (ret < 0) {
		QS_LOG(ERR, "EAL did not start: %s\n", rte_strerror(rte_errno));
		return -EIO;
	}
	return 0;
}

static bool is_idle(unsigned int lcore, void *arg)
{
	return rte_eal_get_lcore_state(lcore) == WAIT;
}

int qs_eal_idle_worker(int node)
{
	return qs_node_lcore(node, is_idle, NULL);
}
