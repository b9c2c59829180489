/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "loop.h"

#define S_NS UINT64_C(1000000000)

uint64_t dq_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * S_NS + (uint64_t)ts.tv_nsec;
}

int dq_loop_open(struct dq_loop *loop)
{
	sigset_t set;

	*loop = (struct dq_loop){0};
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	/* A reader of our output that leaves must not keep us from giving addresses back. */
	signal(SIGPIPE, SIG_IGN);
	loop->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return loop->signal_fd < 0 ? -errno : 0;
}

bool dq_loop_signalled(struct dq_loop *loop)
{
	struct signalfd_siginfo info;

	if (read(loop->signal_fd, &info, sizeof(info)) != sizeof(info))
		return false;
	loop->signal = (int)info.ssi_signo;
	loop->stopped = true;
	return true;
}

/* The earlier of two times of which 0 is never. */
static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a == 0 || (b != 0 && b < a) ? b : a;
}

void dq_loop_watch(struct dq_loop *loop, int fd, void (*ready)(void *arg), void *arg)
{
	assert(loop->n_watches < DQ_LOOP_WATCHES);
	loop->watches[loop->n_watches++] = (struct dq_watch){fd, ready, arg};
}

/* What a watch does may stop the loop, or wait itself. */
static void run_watches(struct dq_loop *loop, const struct pollfd *fds)
{
	unsigned int i;

	for (i = 0; i < loop->n_watches && !loop->stopped; i++)
		if (fds[i].revents != 0)
			loop->watches[i].ready(loop->watches[i].arg);
}

enum dq_wake dq_loop_wait(struct dq_loop *loop, uint64_t until_ns, bool input)
{
	struct pollfd fds[2 + DQ_LOOP_WATCHES] = {{.fd = loop->signal_fd, .events = POLLIN},
						  {.fd = input ? 0 : -1, .events = POLLIN}};
	unsigned int i;
	uint64_t now_ns, wake_ns = earlier(until_ns, loop->end_ns), wait_ns;
	struct timespec ts;

	for (i = 0; i < loop->n_watches; i++)
		fds[2 + i] = (struct pollfd){.fd = loop->watches[i].fd, .events = POLLIN};
	while (!loop->stopped) {
		now_ns = dq_now_ns();
		wait_ns = wake_ns > now_ns ? wake_ns - now_ns : 0;
		ts = (struct timespec){(time_t)(wait_ns / S_NS), (long)(wait_ns % S_NS)};
		if (ppoll(fds, 2 + loop->n_watches, wake_ns == 0 ? NULL : &ts, NULL) < 0 && errno != EINTR)
			loop->stopped = true;
		if (fds[0].revents != 0)
			dq_loop_signalled(loop);
		run_watches(loop, fds + 2);
		now_ns = dq_now_ns();
		if (loop->end_ns != 0 && now_ns >= loop->end_ns)
			loop->stopped = true;
		if (loop->stopped)
			break;
		if (fds[1].revents != 0)
			return DQ_WAKE_INPUT;
		if (until_ns != 0 && now_ns >= until_ns)
			return DQ_WAKE_TIME;
	}
	return DQ_WAKE_STOP;
}

void dq_loop_eat_key(void)
{
	char key;

	if (read(STDIN_FILENO, &key, 1) != 1)
		return; /* the end of the input shows itself again */
}
