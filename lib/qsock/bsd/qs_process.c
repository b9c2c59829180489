/* SPDX-License-Identifier: BSD-3-Clause */
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rte_atomic.h>
#include <rte_common.h>

#include "bsd/qs_dev.h"
#include "eal/qs_fork.h"
#include "bsd/qs_process.h"

__thread struct qs_thread qs_process_self __attribute__((tls_model("initial-exec")));
bool qs_process_is_child;
uint64_t qs_process_away_ticks;
uint64_t qs_process_long_ticks;
uint64_t qs_process_stall_ticks;
uint64_t qs_process_fresh_ticks;

#define TRIES 256
#define AWAY_MIN_NS 40	     /* no machine is quicker */
#define STALLS_PER_S 1000000 /* a microsecond */
#define FRESH_PER_S 1000     /* options are never older than a millisecond */

/* The child has no TX core and no threads of ours. It keeps what it shares with the parent's memory alone,
 * and nothing that would keep the kernel from giving the device to the next. */
static void in_child(void)
{
	qs_process_is_child = true;
	qs_fork_in_child();
}

static void at_exit(void)
{
	if (!qs_process_is_child)
		qs_dev_end_all();
}

/*
 * Three quarters of the least time that setsockopt() of a UDP socket was seen to take; none of those that
 * matter is quicker. A thread that was away for less than that has made no such call.
 */
static uint64_t away_measure(void)
{
	uint64_t least = rte_get_tsc_hz() / 1000000, start;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), ttl = 64, i;

	for (i = 0; fd >= 0 && i < TRIES; i++) {
		start = rte_rdtsc();
		if (setsockopt(fd, IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl)) == 0)
			least = RTE_MIN(least, rte_rdtsc() - start);
	}
	if (fd >= 0)
		close(fd);
	return RTE_MAX(least * 3 / 4, rte_get_tsc_hz() * AWAY_MIN_NS / 1000000000);
}

/*
 * Where the TX core's CPU is far, the stores of one call hold up what comes after it, as if the thread had
 * been away. A thread to which that may have happened lately has its stores done before it looks.
 */
void qs_thread_look(struct qs_thread *t)
{
	if (t->settle > 0) {
		t->settle--;
		rte_smp_mb();
		rte_rmb();
	}
	t->end_tsc = rte_rdtsc();
}

static void watch(void)
{
	pthread_atfork(NULL, NULL, in_child);
	atexit(at_exit);
}

static void measure(void)
{
	qs_process_away_ticks = away_measure();
	qs_process_long_ticks = qs_process_away_ticks / 2;
	qs_process_stall_ticks = rte_get_tsc_hz() / STALLS_PER_S;
	qs_process_fresh_ticks = rte_get_tsc_hz() / FRESH_PER_S;
}

void qs_process_watch(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, watch);
}

void qs_process_measure(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, measure);
}
