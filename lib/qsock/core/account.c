/* SPDX-License-Identifier: BSD-3-Clause */
#include "core/qs_account.h"

void qs_account_stamps(const struct rte_qsock_port *port, const struct qs_picked *picked, uint32_t n,
		       uint64_t *sent_ns)
{
	uint32_t i;

	for (i = 0; i < n; i++) {
		const struct qs_rec *rec = qs_rec_at(port->tx.sched, picked[i].rec);

		if (rec->pkt.cookie & QS_COOKIE_STAMP && qs_port_tx(port, rec->stream)->watched)
			sent_ns[i] = rte_qsock_meta(qs_cookie_mbuf(rec->pkt.cookie))->sent_ns;
	}
}

enum qs_cause qs_account_cause(const struct rte_qsock_port *port, const struct qs_picked *p,
			       const struct qs_rec *rec)
{
	uint64_t missed_ns = rec->missed_ns != 0 ? rec->missed_ns : p->now_ns;

	return qs_stalls_cause(&port->tx.stalls, rec->pkt.arrival_ns, missed_ns,
			       p->start_ns > missed_ns ? p->start_ns - missed_ns : 0);
}
