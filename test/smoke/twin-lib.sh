# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
# twin-lib.sh - a port on one end of a veth pair, with a twin. Sourced after lib.sh.
#
# net_af_xdp takes the receive of v0 from the kernel, so v0 stands for a NIC that DPDK owns; what the kernel
# of $QS_A sends and receives goes through the TAP qs0.

TWIND=$QSOCK_BUILD/test/smoke/twind
TWIN_RUN=0

[ "$(id -u)" = 0 ] || skip "needs root"
[ -x "$TWIND" ] || skip "no $TWIND"
[ -c /dev/net/tun ] || skip "no /dev/net/tun"

# Two lcores, also where there is one processor.
twin_lcores() { [ "$(nproc)" -gt 1 ] && echo '0,1' || echo '(0,1)@0'; }

# twin_up [NAME=VALUE...]: start the daemon, wait until it is ready. Its commands go to descriptor 9.
twin_up() {
	TWIN_RUN=$((TWIN_RUN + 1))
	TWIN_OUT=$QS_TMP/out$TWIN_RUN TWIN_ERR=$QS_TMP/err$TWIN_RUN
	mkfifo "$QS_TMP/in$TWIN_RUN"
	# shellcheck disable=SC2086  # a list of words
	ip netns exec "$QS_A" "$TWIND" $QSOCK_EAL --no-telemetry --lcores "$(twin_lcores)" \
		--vdev net_af_xdp0,iface=v0 -- rate=1000000000 "$@" \
		<"$QS_TMP/in$TWIN_RUN" >"$TWIN_OUT" 2>"$TWIN_ERR" &
	TWIN_PID=$!
	QS_PIDS+=("$TWIN_PID")
	exec 9>"$QS_TMP/in$TWIN_RUN"
	until_true 20 grep -q '^ready' "$TWIN_OUT" || { cat "$TWIN_ERR"; return 1; }
	grep -q '^ok' "$TWIN_OUT" || { cat "$TWIN_ERR"; return 1; }
}

# twin_addresses: those of v0 go to the twin, by hand.
twin_addresses() {
	ip -n "$QS_A" addr flush dev v0 scope global
	in_a sysctl -qw net.ipv6.conf.qs0.accept_dad=0
	ip -n "$QS_A" addr add 10.9.0.1/24 dev qs0
	ip -n "$QS_A" addr add fd09::1/64 dev qs0 nodad
}

answers() { grep -c '^\.$' "$TWIN_OUT"; }
answered() { [ "$(answers)" -gt "$1" ]; }

# tell COMMAND...: give the daemon a command, wait for its answer, which is printed.
tell() {
	local before lines
	before=$(answers)
	lines=$(wc -l <"$TWIN_OUT")
	echo "$*" >&9
	until_true 10 answered "$before" || { echo "no answer to: $*"; return 1; }
	tail -n "+$((lines + 1))" "$TWIN_OUT"
}
tell_ok() { tell "$@" | grep -q '^ok'; }

# value NAME: a counter of the daemon's, now. Balances are checked on the way.
value() {
	tell info >"$QS_TMP/info"
	grep -q unbalanced "$QS_TMP/info" && touch "$QS_TMP/unbalanced"
	sed -n "s/^$1=//p" "$QS_TMP/info"
}
is() { [ "$(value "$1")" = "$2" ]; }
at_least() { [ "$(value "$1")" -ge "$2" ]; }
balanced() { value twin >/dev/null; [ ! -e "$QS_TMP/unbalanced" ]; }

# twin_down: an orderly end.
twin_down() {
	echo quit >&9
	exec 9>&-
	until_true 10 grep -q '^ended' "$TWIN_OUT" || return 1
	wait "$TWIN_PID"
}

# pings NETNS ARG...: an answer comes, if not at once, as a busy machine has it.
pings() { ip netns exec "$1" ping -q -c 1 -i 0.2 -w 10 "${@:2}" >/dev/null; }
no_ping() { ! ip netns exec "$1" ping -q -c 1 -W 1 "${@:2}" >/dev/null 2>&1; }

# tagged_frame NETNS IFNAME N: send N frames of VLAN 100 from a raw socket.
tagged_frame() {
	ip netns exec "$1" python3 - "$2" "$3" <<'PY'
import socket, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind((sys.argv[1], 0))
for i in range(int(sys.argv[2])):
    s.send(bytes.fromhex('ffffffffffff 020000000001 8100 a064 88b5') + b'tagged' * 10)
PY
}

# tagged_passes FROM_NETNS IFNAME TO_NETNS IFNAME: such a frame arrives with its tag, priority included.
tagged_passes() {
	local out=$QS_TMP/tagged dump
	ip netns exec "$3" timeout 10 tcpdump -i "$4" -U -c 1 -e -n vlan 100 >"$out" 2>"$out.err" &
	dump=$!
	QS_PIDS+=("$dump")
	until_true 5 grep -q listening "$out.err"
	tagged_frame "$1" "$2" 3
	until_true 5 grep -q 'vlan 100, p 5.*88b5' "$out"
	local status=$?
	end_process "$dump"
	return $status
}
