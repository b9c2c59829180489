/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The decisions of a live port again, from the readings of its clock. What a poll does here is
 * what rte_qsock_tx_poll() does with the same reading.
 */
#include <errno.h>

#include <util/qs_units.h>

#include "csv.h"
#include "sim.h"

#define FRAME_MIN_BYTES 60 /* a live frame is padded to it */

/* The modelled start of a transmission: idle or stalled time is made up to a limit. */
static uint64_t start_of(const struct sim *sim, uint64_t clock_ns)
{
	uint64_t earliest_ns = clock_ns > sim->port->catchup_ns ? clock_ns - sim->port->catchup_ns : 0;

	return sim->free_ns > earliest_ns ? sim->free_ns : earliest_ns;
}

/* Whether a poll has anything to decide: an arrival, an end of transmission, or a stream that may be served.
 */
static bool has_reason(struct sim *sim, uint64_t clock_ns, uint64_t now_ns, bool sending)
{
	return sending || sim->feed->next_ns(sim->feed, clock_ns) <= clock_ns ||
	       rte_qsock_sched_next_ns(sim->sched) <= now_ns;
}

/* One poll; *sending: a transmission has begun, and no decision has been made at its end. */
static int poll_at(struct sim *sim, uint64_t clock_ns, bool *sending)
{
	struct rte_qsock_event sent;
	uint64_t now_ns;
	int rc;

	while (clock_ns + sim->port->ahead_ns >= sim->free_ns) {
		now_ns = clock_ns > sim->free_ns ? clock_ns : sim->free_ns;
		if (now_ns > sim->until_ns) {
			sim->cut = true;
			return 0;
		}
		if (!has_reason(sim, clock_ns, now_ns, *sending))
			return 0;
		rc = sim_decide(sim, now_ns, clock_ns, &sent);
		if (rc < 0)
			return rc;
		*sending = rc > 0;
		if (!*sending)
			return 0;
		if (sent.pkt.len_bytes < FRAME_MIN_BYTES)
			sent.pkt.len_bytes = FRAME_MIN_BYTES;
		sim_transmit(sim, &sent, start_of(sim, clock_ns));
	}
	return 0;
}

static int next_clock(struct csv *csv, uint64_t *clock_ns)
{
	char *fields[CSV_FIELDS_MAX], why[256];
	uint64_t before_ns = *clock_ns;
	int rc = csv_next(csv, fields);

	if (rc <= 0)
		return rc;
	if (qs_uint_parse(fields[0], 0, SIM_TIME_MAX_NS, clock_ns, why, sizeof(why)) != 0)
		return csv_fail(csv, "clock_ns: %s", why);
	if (*clock_ns < before_ns)
		return csv_fail(csv, "not sorted: '%s' is before the line above: %llu or later", fields[0],
				(unsigned long long)before_ns);
	return 1;
}

int sim_replay(struct sim *sim, const char *polls_path)
{
	uint64_t clock_ns = 0;
	bool sending = false;
	struct csv csv;
	int rc = csv_open(&csv, polls_path, "clock_ns", sim->why, sim->why_len);

	if (rc != 0)
		return rc;
	while (!sim->cut && (rc = next_clock(&csv, &clock_ns)) > 0) {
		rc = poll_at(sim, clock_ns, &sending);
		if (rc < 0)
			break;
	}
	csv_close(&csv);
	return rc < 0 ? rc : 0;
}
