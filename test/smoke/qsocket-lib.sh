# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
# qsocket-lib.sh - what the smoke tests of qsocket.h share. Sourced after lib.sh.

DO=$QSOCK_BUILD/test/smoke/tools/qsocket-do
RECV=$QS_TOP/test/smoke/tools/qsocket_recv.py

[ -x "$DO" ] || skip "$DO is not built"
[ "$(id -u)" = 0 ] || skip 'needs root'
[ -c /dev/net/tun ] || skip 'no /dev/net/tun'

# receive ARG...: a receiver in host B, ready when this returns; received ends it and says what came.
receive() {
	rm -f "$QS_TMP/ready"
	in_b python3 "$RECV" "$@" --ready "$QS_TMP/ready" >"$QS_TMP/received" 2>&1 &
	RECEIVER=$!
	QS_PIDS+=("$RECEIVER")
	until_true 5 test -e "$QS_TMP/ready"
}
received() {
	wait "$RECEIVER"
	local status=$?
	cat "$QS_TMP/received"
	return $status
}

# send WORD...: qsocket-do in host A on v0 with dwcs; its output in $QS_TMP/sent.
send() {
	in_a timeout 60 "$DO" init v0 "${DISCIPLINE:-dwcs}" "$@" >"$QS_TMP/sent" 2>"$QS_TMP/sent.err"
	local status=$?
	[ $status = 0 ] || { cat "$QS_TMP/sent" "$QS_TMP/sent.err"; return $status; }
}

# said PATTERN FILE: a line of FILE matches.
said() { grep -qE -- "$1" "$2" || { echo "   no '$1' in:"; sed 's/^/   /' "$2"; return 1; }; }

# home: addresses of host A are on v0 again.
home() { in_a ip addr show dev v0 | grep -q 'inet 10.9.0.1/24' && in_a ip addr show dev v0 | grep -q 'inet6 fd09::1/64'; }
