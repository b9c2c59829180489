/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sensor - samples of random sizes at random times, each of use until its own random deadline.
 *
 *     sensor --dev DEV [--discipline edf|fifo] [--seconds N] [--csv FILE] [--json FILE]
 *            --to ADDRESS --samples port=5004[,link-mbit=10][,lossless][,seed=1]
 *     sensor --plain ...            the same samples on an ordinary kernel socket
 *
 * The sensor tells the scheduler a deadline 5 ms before the one in the payload: the way takes time
 * too. Lossy: a sample that would be late is not sent, which leaves the link to those that can
 * still be in time. Lossless: it is sent all the same.
 */
#include <arpa/inet.h>
#include <math.h>
#include <stdlib.h>

#include "qsocket.h"
#include "sender.h"
#include "stamp.h"

#define WAY_NS UINT64_C(5000000)
#define HEADERS_BYTES 66 /* Ethernet, IPv4, UDP, and the wire's own 24 */
#define SAMPLE_LEAST_BYTES 100
#define SAMPLE_MOST_BYTES 1400
#define USE_LEAST_NS UINT64_C(15000000) /* a sample is of use for so long */
#define USE_MOST_NS UINT64_C(80000000)

/* Something happens from time to time, and then there are more samples than the link can take. */
static const struct mood {
	double load;   /* of the link */
	double mean_s; /* how long it stays so */
} moods[] = {{0.60, 1.0}, {1.15, 0.25}};

static struct sender sender;
static struct sockaddr_in to = {.sin_family = AF_INET};
static uint64_t random_state = 1;
static double link_bps = 10e6;
static bool lossless;

static bool parse_samples(char *text)
{
	char *key, *value;

	while ((key = strsep(&text, ",")) != NULL) {
		value = strchr(key, '=');
		if (value != NULL)
			*value++ = '\0';
		if (strcmp(key, "lossless") == 0 && value == NULL)
			lossless = true;
		else if (strcmp(key, "port") == 0 && value != NULL)
			to.sin_port = htons((uint16_t)atoi(value));
		else if (strcmp(key, "link-mbit") == 0 && value != NULL)
			link_bps = atof(value) * 1e6;
		else if (strcmp(key, "seed") == 0 && value != NULL)
			random_state = strtoull(value, NULL, 10);
		else
			return false;
	}
	return to.sin_port != 0 && link_bps >= 1e5 && link_bps <= 1e9;
}

/* Exponentially distributed, as times between independent events are. */
static double random_time_ns(double mean_ns)
{
	double even = (double)(stamp_random(&random_state) >> 11) / (double)(UINT64_C(1) << 53);

	return -mean_ns * log(1 - even);
}

static void send_sample(int fd, uint32_t number, uint64_t due_ns, FILE *csv)
{
	char data[SAMPLE_MOST_BYTES] = {0};
	size_t bytes = stamp_random_in(&random_state, SAMPLE_LEAST_BYTES, SAMPLE_MOST_BYTES);
	uint64_t use_ns = stamp_random_in(&random_state, USE_LEAST_NS, USE_MOST_NS);
	struct stamp stamp = {
		.made_ns = stamp_now_ns(CLOCK_MONOTONIC),
		.frame = number,
		.seq = (uint16_t)number,
		.ssrc = ntohs(to.sin_port),
		.rtp_time = number,
		.count = 1,
		.type = 'S',
		.payload_type = STAMP_SENSOR,
	};
	struct packet_flags flags = {.drop_flag = lossless ? DWCS_NON_DROPPABLE : Q_DROPPABLE};
	bool sent;

	stamp.deadline_ns = stamp.made_ns + use_ns;
	flags.deadline = stamp.deadline_ns - WAY_NS;
	stamp_write(data, &stamp);
	sent = sender_send(&sender, fd, data, bytes, &flags);
	if (csv != NULL)
		fprintf(csv, "%u,%u,S,1,%d,%llu,%llu,%llu\n", ntohs(to.sin_port), number, sent,
			(unsigned long long)due_ns, (unsigned long long)stamp.made_ns,
			(unsigned long long)stamp.deadline_ns);
}

int main(int argc, char **argv)
{
	struct q_dwcs_attr attr = {.ipg = USE_MOST_NS / 1000000};
	const double mean_bytes = (SAMPLE_LEAST_BYTES + SAMPLE_MOST_BYTES) / 2.0 + HEADERS_BYTES;
	double due_ns, mood_end_ns;
	unsigned int mood = 0;
	uint32_t number = 0;
	int fd;

	if (!sender_options(&sender, argc, argv, "--samples", parse_samples) || to.sin_port == 0)
		return sender_usage("sensor", "--samples port=N[,link-mbit=10][,lossless][,seed=N]");
	if (!sender_start(&sender))
		return 1;
	to.sin_addr = sender.to;
	if (lossless)
		attr.stream_flags |= DWCS_NON_DROPPABLE;
	fd = sender_open(&sender, &attr, &to);
	if (fd < 0)
		return 1;
	due_ns = (double)sender_ready(&sender);
	mood_end_ns = due_ns + random_time_ns(moods[mood].mean_s * 1e9);
	while (due_ns < (double)sender.end_ns) {
		stamp_sleep_until((uint64_t)due_ns);
		send_sample(fd, number++, (uint64_t)due_ns, sender.csv);
		due_ns += random_time_ns(mean_bytes * 8e9 / (moods[mood].load * link_bps));
		while (due_ns >= mood_end_ns) {
			mood = !mood;
			mood_end_ns += random_time_ns(moods[mood].mean_s * 1e9);
		}
	}
	return sender_finish(&sender, &fd, 1);
}
