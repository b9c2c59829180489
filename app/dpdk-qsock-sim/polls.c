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

/*
 * One poll; *sending: a transmission has begun, and no decision has been made at its end. A reading that
 * stands once in the file is decided at as long as there is cause. One that stands several times was
 * recorded once a decision: a full driver may have ended a poll before its causes did.
 */
static int poll_at(struct sim *sim, uint64_t clock_ns, uint64_t times, bool *sending)
{
	uint64_t left = times > 1 ? times : UINT64_MAX;
	struct rte_qsock_event sent;
	uint64_t now_ns;
	int rc;

	for (; left > 0 && clock_ns + sim->port->ahead_ns >= sim->free_ns; left--) {
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

/* The readings, equal ones together: one row is read ahead. */
struct readings {
	struct csv csv;
	uint64_t ahead_ns;
	bool any; /* ahead_ns is a reading */
};

static int read_ahead(struct readings *r)
{
	char *fields[CSV_FIELDS_MAX], why[256];
	uint64_t before_ns = r->ahead_ns;
	int rc = csv_next(&r->csv, fields);

	r->any = rc > 0;
	if (rc <= 0)
		return rc;
	if (qs_uint_parse(fields[0], 0, SIM_TIME_MAX_NS, &r->ahead_ns, why, sizeof(why)) != 0)
		return csv_fail(&r->csv, "clock_ns: %s", why);
	if (r->ahead_ns < before_ns)
		return csv_fail(&r->csv, "not sorted: '%s' is before the line above: %llu or later",
				fields[0], (unsigned long long)before_ns);
	return 0;
}

/* The next reading, and how many times it stands there; 0 times: there is none. */
static int next_reading(struct readings *r, uint64_t *clock_ns, uint64_t *times)
{
	int rc = 0;

	*clock_ns = r->ahead_ns;
	for (*times = 0; rc == 0 && r->any && r->ahead_ns == *clock_ns; ++*times)
		rc = read_ahead(r);
	return rc;
}

int sim_replay(struct sim *sim, const char *polls_path)
{
	struct readings r = {.any = false};
	uint64_t clock_ns, times = 1;
	bool sending = false;
	int rc = csv_open(&r.csv, polls_path, "clock_ns", sim->why, sim->why_len);

	if (rc != 0)
		return rc;
	rc = read_ahead(&r);
	while (rc == 0 && r.any && !sim->cut) {
		rc = next_reading(&r, &clock_ns, &times);
		if (rc == 0)
			rc = poll_at(sim, clock_ns, times, &sending);
	}
	csv_close(&r.csv);
	return rc;
}
