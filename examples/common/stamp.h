/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the demonstration's senders put at the front of every datagram, and its receiver reads:
 * an RTP header, so that any RTP tool can judge the stream, and a stamp that says which packet
 * of which frame this is, when the frame was made, and when it is of no more use.
 */
#ifndef QSOCK_DEMO_STAMP_H
#define QSOCK_DEMO_STAMP_H

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#define STAMP_MAGIC 0x51534f43u /* "QSOC" */
#define STAMP_VIDEO 32		/* static: MPEG video, 90 kHz; so a tool knows the clock */
#define STAMP_SENSOR 96		/* dynamic */
#define STAMP_VIDEO_HZ 90000u

/* All in network byte order; packed by its layout. */
struct stamp_wire {
	uint8_t version, marker_type;
	uint16_t seq;
	uint32_t rtp_time, ssrc;
	uint32_t magic, frame;
	uint16_t index, count;
	uint8_t type, reserved[3];
	uint32_t deadline_hi, deadline_lo, made_hi, made_lo;
};

struct stamp {
	uint64_t made_ns;     /* CLOCK_MONOTONIC */
	uint64_t deadline_ns; /* CLOCK_MONOTONIC; 0: none */
	uint32_t frame;
	uint32_t ssrc, rtp_time;
	uint16_t seq;
	uint16_t index, count; /* packet index of the frame's count */
	char type;	       /* I, P, B; S for a sensor's sample */
	uint8_t payload_type;
};

static inline void stamp_write(void *at, const struct stamp *s)
{
	bool last = s->index + 1 == s->count;
	struct stamp_wire w = {
		.version = 0x80,
		.marker_type = (uint8_t)(s->payload_type | (last ? 0x80 : 0)),
		.seq = htobe16(s->seq),
		.rtp_time = htobe32(s->rtp_time),
		.ssrc = htobe32(s->ssrc),
		.magic = htobe32(STAMP_MAGIC),
		.frame = htobe32(s->frame),
		.index = htobe16(s->index),
		.count = htobe16(s->count),
		.type = (uint8_t)s->type,
		.deadline_hi = htobe32((uint32_t)(s->deadline_ns >> 32)),
		.deadline_lo = htobe32((uint32_t)s->deadline_ns),
		.made_hi = htobe32((uint32_t)(s->made_ns >> 32)),
		.made_lo = htobe32((uint32_t)s->made_ns),
	};

	memcpy(at, &w, sizeof(w));
}

/* False if it is not a packet of ours. */
static inline bool stamp_read(const void *from, size_t len_bytes, struct stamp *s)
{
	struct stamp_wire w;

	if (len_bytes < sizeof(w))
		return false;
	memcpy(&w, from, sizeof(w));
	if (w.magic != htobe32(STAMP_MAGIC))
		return false;
	*s = (struct stamp){
		.made_ns = (uint64_t)be32toh(w.made_hi) << 32 | be32toh(w.made_lo),
		.deadline_ns = (uint64_t)be32toh(w.deadline_hi) << 32 | be32toh(w.deadline_lo),
		.frame = be32toh(w.frame),
		.ssrc = be32toh(w.ssrc),
		.rtp_time = be32toh(w.rtp_time),
		.seq = be16toh(w.seq),
		.index = be16toh(w.index),
		.count = be16toh(w.count),
		.type = (char)w.type,
		.payload_type = w.marker_type & 0x7f,
	};
	return true;
}

static inline uint64_t stamp_now_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static inline void stamp_sleep_until(uint64_t when_ns)
{
	struct timespec ts = {.tv_sec = (time_t)(when_ns / 1000000000u),
			      .tv_nsec = (long)(when_ns % 1000000000u)};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) != 0)
		;
}

/* splitmix64: the same seed gives the same run to every sender that is compared. */
static inline uint64_t stamp_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* Evenly from low .. high. */
static inline uint64_t stamp_random_in(uint64_t *state, uint64_t low, uint64_t high)
{
	return low + stamp_random(state) % (high - low + 1);
}

#endif
