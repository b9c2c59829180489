# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
# What the daemon's tests share. Sourced after lib.sh.

DAEMON=$QSOCK_BUILD/app/dpdk-qsock/dpdk-qsock
[ -x "$DAEMON" ] || skip "no $DAEMON"
[ "$(nproc)" -ge 2 ] || skip "one core: the TX core needs one of its own"
# The worker may run on either core: where others take one for themselves, as on a shared machine, there is the other.
LCORES="--lcores 0,1@(0,1)"
# shellcheck disable=SC2034
EAL="$LCORES $QSOCK_EAL --log-level=*:error --log-level=lib.telemetry:critical"

# A TX core that others push aside for a second answers nobody; the tests judge no times, but need answers.
renice -n -15 $$ >/dev/null 2>&1

# own_lines: what is not EAL's or a driver's.
own_lines() { grep -vE '^(EAL|TELEMETRY|ETHDEV|PMD|AF_XDP|MEMPOOL|libbpf|init_|eth_|rte_|pmd_)'; }

# sections FILE: the sections of configurations that were shown, without what else was printed.
sections() { awk '/^\[/ {on = 1} /^(dpdk-qsock|####)/ {on = 0} on' "$1"; }

# cell FILE TABLE ROW COLUMN: a number out of the tables: TABLE is the first word of the heading.
cell() {
	awk -v table="$2" -v row="$3" -v column="$4" '
		$1 == table || $1 == table "," {
			n = split($0, h, /  +/); at = 0
			for (i = 1; i <= n; i++) if (h[i] == column) at = i
			next
		}
		at && NF == 0 {at = 0}
		at {m = split($0, c, /  +/); if (c[2] == row || c[1] == row) print c[at]}' "$1" | tail -n 1
}
