/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * adaptive-sender - the paper's feedback: qinfo() steers the frame rate.
 *
 *     adaptive-sender DEVICE IPV4 PORT [SECONDS [FRAME-BYTES]]       (as root)
 *
 * A source that could make 60 frames a second asks four times a second how its stream fares. Where frames
 * were lost or late, or wait long, it makes a quarter fewer, and tells the scheduler so; where all is well it
 * adds one. So it finds the rate that the link has for it, as others come and go.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <qsocket.h>

#define FPS_MIN 5
#define FPS_MAX 60
#define LOOK_NS UINT64_C(250000000)
#define NS_PER_S UINT64_C(1000000000)

static volatile sig_atomic_t stop;

static void on_signal(int signal)
{
	(void)signal;
	stop = 1;
}

/* A frame is one message, however many packets it takes; three of thirty may be lost. */
static struct q_dwcs_attr attr_of(int fps)
{
	return (struct q_dwcs_attr){.oln = 3, .old = 30, .ipg = 1000000 / fps, .stream_flags = Q_IPG_US};
}

static void rate_set(int fd, int fps)
{
	struct q_dwcs_attr attr = attr_of(fps);
	struct qos_params params = {.attributes = &attr}; /* dev and name empty: as they are */

	if (qchange(fd, &params) < 0)
		perror("qchange");
}

/* The next rate, by what happened since the last look. */
static int rate_next(const struct q_info *now, const struct q_info *last, int fps)
{
	uint64_t period_ns = NS_PER_S / (uint64_t)fps;
	uint64_t missed = now->missed - last->missed, refused = now->refused - last->refused;
	bool waits = now->queued > 3 || now->delay_p50_ns > 4 * period_ns;

	if (missed > 0 || refused > 0 || waits)
		return fps * 3 / 4 < FPS_MIN ? FPS_MIN : fps * 3 / 4;
	return fps < FPS_MAX ? fps + 1 : FPS_MAX;
}

static int look(int fd, int fps, struct q_info *last)
{
	struct q_info now = {.size = sizeof(now)};
	int next;

	if (qinfo(fd, &now) < 0) {
		perror("qinfo");
		return fps;
	}
	next = rate_next(&now, last, fps);
	printf("%2d frames/s  sent %llu  missed %llu  queued %llu  p99 %.1f ms  %.2f Mbit/s\n", fps,
	       (unsigned long long)now.sent, (unsigned long long)now.missed, (unsigned long long)now.queued,
	       (double)now.delay_p99_ns / 1e6, (double)now.rate_bps / 1e6);
	if (next != fps)
		rate_set(fd, next);
	*last = now;
	return next;
}

static void sleep_until(uint64_t at_ns)
{
	struct timespec ts = {(time_t)(at_ns / NS_PER_S), (long)(at_ns % NS_PER_S)};

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

static void run(int fd, uint64_t seconds, const char *frame, size_t bytes)
{
	uint64_t next_ns = qnow(), look_ns = next_ns + LOOK_NS, end_ns = next_ns + seconds * NS_PER_S;
	struct q_info last = {0};
	int fps = 20;

	while (!stop && next_ns < end_ns) {
		/* A source does not wait: what does not fit is a frame less. */
		if (qsend(fd, frame, bytes, MSG_DONTWAIT, NULL) < 0 && errno != EAGAIN)
			perror("qsend");
		next_ns += NS_PER_S / (uint64_t)fps;
		if (next_ns >= look_ns) {
			fps = look(fd, fps, &last);
			look_ns += LOOK_NS;
		}
		sleep_until(next_ns);
	}
}

int main(int argc, char **argv)
{
	struct q_dwcs_attr attr = attr_of(20);
	struct qos_params params = {.name = "dwcs", .attributes = &attr};
	struct sockaddr_in to = {.sin_family = AF_INET};
	static char frame[65000];
	long seconds = argc > 4 ? atol(argv[4]) : 10, bytes = argc > 5 ? atol(argv[5]) : 20000;
	int fd;

	if (argc < 4 || argc > 6 || inet_pton(AF_INET, argv[2], &to.sin_addr) != 1 || seconds < 1 ||
	    bytes < 1 || bytes > (long)sizeof(frame)) {
		fprintf(stderr, "usage: %s DEVICE IPV4 PORT [SECONDS [FRAME-BYTES, at most %zu]]\n", argv[0],
			sizeof(frame));
		return 2;
	}
	signal(SIGINT, on_signal);
	strncpy(params.dev, argv[1], IFNAMSIZ - 1);
	to.sin_port = htons((uint16_t)atoi(argv[3]));
	if (qsockinit(&params) < 0 || (fd = qsocket(AF_INET, SOCK_DGRAM, 0, &params)) < 0 ||
	    connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
		perror(argv[1]);
		return 1;
	}
	run(fd, (uint64_t)seconds, frame, (size_t)bytes);
	return qclose(fd) < 0;
}
