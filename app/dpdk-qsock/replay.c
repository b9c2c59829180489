/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <pcap/pcap.h>

#include "replay.h"

#define S_NS UINT64_C(1000000000)

struct dq_replay {
	pcap_t *pcap;
	const uint8_t *bytes; /* of the packet at hand; NULL: none */
	uint64_t time_ns;     /* since the first of the first round */
	uint64_t round_ns;    /* when this round began */
	uint64_t first_ns;    /* stamp of the first packet */
	uint64_t period_ns;   /* of a round: its length and one mean gap, so that no two packets meet */
	uint32_t len;
	uint32_t frame_max; /* longest frame that the port takes */
	bool loop;
	char path[QS_CONFIG_TEXT];
};

static uint64_t stamp_ns(const struct pcap_pkthdr *h)
{
	/* Opened with nanoseconds: tv_usec holds them. */
	return (uint64_t)h->ts.tv_sec * S_NS + (uint64_t)h->ts.tv_usec;
}

static pcap_t *open_file(const char *path, char *why)
{
	return pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, why);
}

/* What is wrong with a packet, in why; false: nothing. */
static bool bad_packet(const struct pcap_pkthdr *h, uint32_t frame_max, uint64_t number, char *why,
		       size_t len)
{
	if (h->caplen < h->len)
		snprintf(why, len, "packet %lu was captured cut: %u of %u bytes; whole packets only",
			 (unsigned long)number, h->caplen, h->len);
	else if (h->len < 14 || h->len > frame_max)
		snprintf(why, len, "packet %lu has %u bytes; the port takes 14 .. %u", (unsigned long)number,
			 h->len, frame_max);
	else
		return false;
	return true;
}

/* Look at every packet; sets the times of the file. 0, or -EINVAL and why. */
static int look_through(struct dq_replay *r, char *why, size_t len)
{
	struct pcap_pkthdr *h;
	const u_char *bytes;
	uint64_t count = 0, last_ns = 0;
	int rc;

	if (pcap_datalink(r->pcap) != DLT_EN10MB) {
		snprintf(why, len, "its packets are %s; Ethernet only",
			 pcap_datalink_val_to_description_or_dlt(pcap_datalink(r->pcap)));
		return -EINVAL;
	}
	while ((rc = pcap_next_ex(r->pcap, &h, &bytes)) == 1) {
		if (bad_packet(h, r->frame_max, ++count, why, len))
			return -EINVAL;
		if (count == 1)
			r->first_ns = stamp_ns(h);
		last_ns = stamp_ns(h) > last_ns ? stamp_ns(h) : last_ns;
	}
	if (rc == PCAP_ERROR || count == 0) {
		snprintf(why, len, "%s", rc == PCAP_ERROR ? pcap_geterr(r->pcap) : "no packet in it");
		return -EINVAL;
	}
	r->period_ns = last_ns - r->first_ns;
	r->period_ns += count > 1 ? r->period_ns / (count - 1) : S_NS;
	if (r->period_ns == 0)
		r->period_ns = S_NS;
	return 0;
}

/* The file may be another one by now than that which was looked through: what cannot be sent is its end. */
static void read_packet(struct dq_replay *r)
{
	struct pcap_pkthdr *h;
	const u_char *bytes;
	uint64_t at_ns;
	char why[128];

	r->bytes = NULL;
	if (pcap_next_ex(r->pcap, &h, &bytes) != 1 || bad_packet(h, r->frame_max, 0, why, sizeof(why)))
		return;
	/* A stamp may go back in a file: then the packet follows at once. */
	at_ns = r->round_ns + (stamp_ns(h) > r->first_ns ? stamp_ns(h) - r->first_ns : 0);
	r->time_ns = at_ns > r->time_ns ? at_ns : r->time_ns;
	r->bytes = bytes;
	r->len = h->len;
}

static bool reopen(struct dq_replay *r)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = open_file(r->path, why);

	if (pcap == NULL)
		return false;
	pcap_close(r->pcap);
	r->pcap = pcap;
	r->bytes = NULL;
	if (pcap_datalink(pcap) != DLT_EN10MB)
		return false;
	read_packet(r);
	return r->bytes != NULL;
}

bool dq_replay_rewind(struct dq_replay *r)
{
	r->round_ns = 0;
	r->time_ns = 0;
	return reopen(r);
}

int dq_replay_open(const struct qs_stream_config *conf, uint32_t frame_max, struct dq_replay **out,
		   struct dq_error *e)
{
	struct dq_replay *r = calloc(1, sizeof(*r));
	char why[PCAP_ERRBUF_SIZE + 128] = "it is being changed";

	if (r == NULL)
		return dq_fail(e, ENOMEM, DQ_NO_KEY, "no memory");
	snprintf(r->path, sizeof(r->path), "%s", conf->pcap);
	r->loop = conf->loop;
	r->frame_max = frame_max;
	r->pcap = open_file(r->path, why);
	if (r->pcap == NULL || look_through(r, why, sizeof(why)) < 0 || !reopen(r)) {
		dq_replay_close(r);
		return dq_fail(e, EINVAL, QS_STREAM_PCAP, "[stream %s]: pcap: '%s': %s", conf->name,
			       conf->pcap, why);
	}
	*out = r;
	return 0;
}

void dq_replay_close(struct dq_replay *r)
{
	if (r == NULL)
		return;
	if (r->pcap != NULL)
		pcap_close(r->pcap);
	free(r);
}

bool dq_replay_packet(const struct dq_replay *r, uint64_t *time_ns, const uint8_t **bytes, uint32_t *len)
{
	if (r->bytes == NULL)
		return false;
	*time_ns = r->time_ns;
	*bytes = r->bytes;
	*len = r->len;
	return true;
}

void dq_replay_next(struct dq_replay *r)
{
	read_packet(r);
	if (r->bytes != NULL || !r->loop)
		return;
	r->round_ns += r->period_ns;
	r->time_ns = r->round_ns;
	reopen(r);
}
