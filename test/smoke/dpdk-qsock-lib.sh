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

# up [OPTION...]: the daemon in host A, its commands through descriptor 7; QS_LAST is its process.
up() {
	: >"$OUT"
	TOLD=0
	rm -f "$QS_TMP/fifo"
	mkfifo "$QS_TMP/fifo"
	exec 7<>"$QS_TMP/fifo"
	# shellcheck disable=SC2086  # lists of words
	background bash -c 'exec "$@" <&7' bash ip netns exec "$QS_A" "$DAEMON" $EAL "$@" -i >"$OUT" 2>"$QS_TMP/err"
	until_true 20 grep -q '^dpdk-qsock .*: ' "$OUT" && return
	cat "$QS_TMP/err"
	fail "the daemon does not start"
	finish
}
OUT=$QS_TMP/out
# tell COMMAND...: run a command, and wait until it has run; its output is in $QS_TMP/said.
tell() {
	local lines
	lines=$(wc -l <"$OUT")
	echo "$*" >&7
	echo "help quit" >&7 # a mistake, whose line says that what came before is done
	TOLD=$((TOLD + 2))
	until_true 10 grep -q "^stdin:$TOLD: " "$QS_TMP/err" || fail "no answer to: $*"
	tail -n +$((lines + 1)) "$OUT" >"$QS_TMP/said"
	! grep -q "^stdin:$((TOLD - 1)): " "$QS_TMP/err"
}
stats() { tell show stats all; }
count() { cell "$QS_TMP/said" "$@"; } # TABLE ROW COLUMN
said() { grep -Eq "$1" "$QS_TMP/said"; }
# quit: end the daemon in its own way, which succeeds but for the mistakes of tell.
quit() {
	echo quit >&7
	exec 7>&-
	wait "$QS_LAST"
	[ $? = $((TOLD > 0)) ]
}
# balanced FILE: there is a balance, and each row of it says ok.
balanced() {
	local rows
	rows=$(awk '/balance$/ {on = 1; next} NF == 0 {on = 0} on' "$1")
	[ -n "$rows" ] && ! grep -v ' ok$' <<<"$rows"
}
