/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * video-server - streams like MPEG video, one datagram a packet, real RTP.
 *
 *     video-server --dev DEV [--discipline dwcs|fifo] [--seconds N] [--csv FILE] [--json FILE]
 *                  --to ADDRESS --stream port=5004,fps=20,packets=34.5[,oln=0,old=10][,sizes=uneven][,seed=1]
 * ... video-server --plain ...      the same streams on ordinary kernel sockets
 *
 * A managed stream's frame is the scheduler's request: its packets are handed over at once, and
 * leave together once a period. The period is a little shorter than the time between frames, so
 * that a delay once suffered is worked off and does not stay for ever. Frames of type I may not be
 * dropped. --csv gets a line for each frame made, --json what qinfo() says at the end.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "qsocket.h"
#include "sender.h"
#include "stamp.h"

#define STREAMS_MAX 8
#define PACKET_BYTES 1200
#define PERIOD_PERMILLE 998 /* of the time between frames */

/* Sizes by type, in thousandths of the mean; over the pattern they come to 1000. Even: the largest
 * frame is 1.27 times the mean, so that at 70 % of a link it still fits into its period. */
static const char gop[] = "IBBPBBPBBPBB";
static const struct kind {
	unsigned int least, most;
} even[] = {{1157, 1273}, {1010, 1190}, {836, 1036}}, uneven[] = {{2000, 2400}, {1200, 1400}, {600, 880}};

struct stream {
	struct sockaddr_in to;
	double fps, packets;	  /* mean packets a frame */
	const struct kind *kinds; /* I, P, B */
	int oln, old, fd;
	uint64_t random, interval_ns, due_ns;
	uint32_t frame, unsent; /* unsent: packets refused */
	uint16_t seq;
};

static struct sender sender; /* --dev, --plain and so on */
static struct stream streams[STREAMS_MAX];
static unsigned int n_streams;

static bool parse_stream(char *text)
{
	struct stream *s = &streams[n_streams];
	char *key, *value;

	if (n_streams == STREAMS_MAX)
		return false;
	*s = (struct stream){.fps = 20, .packets = 30, .old = 10, .kinds = even, .random = 1 + n_streams};
	s->to.sin_family = AF_INET;
	while ((key = strsep(&text, ",")) != NULL) {
		value = strchr(key, '=');
		if (value == NULL)
			return false;
		*value++ = '\0';
		if (strcmp(key, "port") == 0)
			s->to.sin_port = htons((uint16_t)atoi(value));
		else if (strcmp(key, "fps") == 0)
			s->fps = atof(value);
		else if (strcmp(key, "packets") == 0)
			s->packets = atof(value);
		else if (strcmp(key, "oln") == 0)
			s->oln = atoi(value);
		else if (strcmp(key, "old") == 0)
			s->old = atoi(value);
		else if (strcmp(key, "seed") == 0)
			s->random = strtoull(value, NULL, 10);
		else if (strcmp(key, "sizes") == 0 && strcmp(value, "uneven") == 0)
			s->kinds = uneven;
		else
			return false;
	}
	n_streams++;
	return s->to.sin_port != 0 && s->fps > 0 && s->fps <= 1000 && s->packets >= 1 && s->packets <= 500;
}

static bool open_stream(struct stream *s)
{
	struct q_dwcs_attr attr = {
		.oln = s->oln,
		.old = s->old,
		.ipg = (int)(1e6 / s->fps * PERIOD_PERMILLE / 1000),
		.stream_flags = Q_IPG_US | Q_UNIT_FRAME,
	};

	s->interval_ns = (uint64_t)(1e9 / s->fps);
	s->fd = sender_open(&sender, &attr, &s->to);
	return s->fd >= 0;
}

/* One frame: all its packets at once. What is refused is lost, as the rest of its frame is then. */
static void send_frame(struct stream *s, FILE *csv)
{
	char data[PACKET_BYTES] = {0};
	char type = gop[s->frame % (sizeof(gop) - 1)];
	const struct kind *k = &s->kinds[type == 'I' ? 0 : type == 'P' ? 1 : 2];
	double permille = (double)stamp_random_in(&s->random, k->least, k->most);
	struct stamp stamp = {
		.made_ns = stamp_now_ns(CLOCK_MONOTONIC),
		.frame = s->frame,
		.ssrc = ntohs(s->to.sin_port),
		.rtp_time = (uint32_t)(s->frame * (STAMP_VIDEO_HZ / s->fps)),
		.count = (uint16_t)(s->packets * permille / 1000 + 0.5),
		.type = type,
		.payload_type = STAMP_VIDEO,
	};

	for (; stamp.index < stamp.count; stamp.index++) {
		struct packet_flags flags = {.drop_flag = type == 'I' ? DWCS_NON_DROPPABLE : Q_DROPPABLE};

		if (stamp.index == 0)
			flags.drop_flag |= Q_FRAME_START;
		if (stamp.index + 1 == stamp.count)
			flags.drop_flag |= Q_FRAME_END;
		stamp.seq = s->seq++;
		stamp_write(data, &stamp);
		if (!sender_send(&sender, s->fd, data, sizeof(data), &flags))
			break;
	}
	s->unsent += stamp.count - stamp.index;
	s->seq = (uint16_t)(s->seq + stamp.count - stamp.index -
			    (stamp.index < stamp.count)); /* a hole in RTP's numbers */
	if (csv != NULL)
		fprintf(csv, "%u,%u,%c,%u,%u,%llu,%llu,0\n", ntohs(s->to.sin_port), s->frame, type,
			stamp.count, stamp.index, (unsigned long long)s->due_ns,
			(unsigned long long)stamp.made_ns);
	s->frame++;
	s->due_ns += s->interval_ns;
}

static struct stream *next_due(void)
{
	struct stream *next = &streams[0];

	for (unsigned int i = 1; i < n_streams; i++)
		if (streams[i].due_ns < next->due_ns)
			next = &streams[i];
	return next;
}

int main(int argc, char **argv)
{
	uint64_t start_ns;
	int fds[STREAMS_MAX];

	if (!sender_options(&sender, argc, argv, "--stream", parse_stream) || n_streams == 0)
		return sender_usage("video-server",
				    "--stream port=N,fps=N,packets=N[,oln=N,old=N,sizes=uneven,seed=N] ...");
	if (!sender_start(&sender))
		return 1;
	for (unsigned int i = 0; i < n_streams; i++) {
		streams[i].to.sin_addr = sender.to;
		if (!open_stream(&streams[i]))
			return 1;
		fds[i] = streams[i].fd;
	}
	start_ns = sender_ready(&sender);
	for (unsigned int i = 0; i < n_streams; i++) /* apart from each other, as strangers would be */
		streams[i].due_ns = start_ns + i * streams[i].interval_ns / 3;
	for (;;) {
		struct stream *s = next_due();

		if (s->due_ns >= sender.end_ns)
			break;
		stamp_sleep_until(s->due_ns);
		send_frame(s, sender.csv);
	}
	return sender_finish(&sender, fds, n_streams);
}
