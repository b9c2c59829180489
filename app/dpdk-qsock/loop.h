/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Waiting on the main thread: for a time, a key, or the end (a signal, or --duration).
 */
#ifndef DQ_LOOP_H
#define DQ_LOOP_H

#include <stdbool.h>
#include <stdint.h>

enum dq_wake {
	DQ_WAKE_TIME,
	DQ_WAKE_INPUT, /* standard input can be read, or has ended */
	DQ_WAKE_STOP,  /* from then on stopped is true */
};

#define DQ_LOOP_WATCHES 2

/* A descriptor that is looked at while the main thread waits. */
struct dq_watch {
	int fd;
	void (*ready)(void *arg); /* it can be read */
	void *arg;
};

struct dq_loop {
	uint64_t end_ns; /* CLOCK_MONOTONIC; 0: never */
	int signal_fd;
	int signal; /* that ended it; 0: none */
	bool stopped;
	unsigned int n_watches;
	struct dq_watch watches[DQ_LOOP_WATCHES];
};

/** CLOCK_MONOTONIC, without EAL. */
uint64_t dq_now_ns(void);

/** Take over SIGINT, SIGTERM and SIGHUP; before any thread is made, so that no other thread gets them. */
int dq_loop_open(struct dq_loop *loop);

/** Call ready() whenever the main thread waits and fd can be read; for as long as the loop lives. */
void dq_loop_watch(struct dq_loop *loop, int fd, void (*ready)(void *arg), void *arg);

/** Wait until a time (0: none), for input where that is wanted, or for the end. */
enum dq_wake dq_loop_wait(struct dq_loop *loop, uint64_t until_ns, bool input);

/** Whether a signal has come since the last that was waited for. */
bool dq_loop_signalled(struct dq_loop *loop);

/** Take what woke a watch off standard input. */
void dq_loop_eat_key(void);

#endif
