#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Which driver an interface gets by itself, as the machine has less and less: ethdev through net_af_xdp, af_xdp, the
# kernel; each step is told. A driver that was asked for by name is the only one that is tried.
set -u
# shellcheck source=test/smoke/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=test/smoke/dpdk-qsock-lib.sh
. "$(dirname "$0")/dpdk-qsock-lib.sh"

WITHOUT=$QSOCK_BUILD/test/smoke/tools/without
DO=$QSOCK_BUILD/test/smoke/tools/qsocket-do
[ -x "$WITHOUT" ] && [ -x "$DO" ] || skip "no $WITHOUT, no $DO"
hosts_up v0 v1 || skip "no network namespaces"
OUT=$QS_TMP/out ERR=$QS_TMP/err
printf 'show port 0\n' >"$QS_TMP/cmds"
EAL="$EAL --log-level=lib.qsock:notice"

# port LACKS KEYS: a daemon's port on v0 where some of the machine is not there.
port() {
	# shellcheck disable=SC2086
	printf '[port 0]\ndevice = v0\nrate = 10mbit\n%b\n' "$2" >"$QS_TMP/c.ini"
	# shellcheck disable=SC2086
	in_a timeout 60 "$WITHOUT" $1 -- "$DAEMON" $EAL -- --config "$QS_TMP/c.ini" --cmdline-file "$QS_TMP/cmds" \
		--duration 1ms >"$OUT" 2>"$ERR" </dev/null
}
# has DRIVER LACKS KEYS
has() {
	port "$2" "$3" && grep -qE "^ *0 +v0 .* $1 *$" "$OUT" && return
	sed 's/^/      | /' "$OUT" "$ERR"
	return 1
}
# fails WHY LACKS KEYS: and nothing else is tried.
fails() {
	! port "$2" "$3" && grep -q "$1" "$ERR" && ! grep -q 'could not be had' "$ERR" && return
	sed 's/^/      | /' "$ERR"
	return 1
}
told() { grep -qE "device v0: driver $1 could not be had \(.*\): it has $2 now; .*the kernel's own packets: $3" "$ERR"; }
state() { in_a sh -c 'ip -o addr show; tc qdisc show dev v0' | sed 's/ refcnt.*//; s/valid_lft.*//'; }
state >"$QS_TMP/before"

check "with all: net_af_xdp, and a twin" has ethdev "" ""
check "of which nothing is told" eval '! grep -q "could not be had" "$ERR"'
check "without programs for XDP: af_xdp" has af_xdp bpf ""
check "which is told, and what holds now" told ethdev af_xdp 'beside the port'
check "without AF_XDP: the kernel" has kernel af_xdp ""
check "step by step" eval 'told ethdev af_xdp "beside the port" && told af_xdp "kernel: frames" "a class of their own"'
check "without a twin: af_xdp" has af_xdp "" 'twin = no'
check "and the kernel" has kernel af_xdp 'twin = no'
in_a ip link set v0 mtu 9000
check "for frames longer than AF_XDP has: the kernel" has kernel "" 'twin = no'
check "which is told" told af_xdp "kernel: frames" "a class of their own"
in_a ip link set v0 mtu 1500
check "ethdev by name is nothing else" fails "cannot be started" af_xdp 'driver = ethdev'
check "a twin that was asked for has no other" fails "cannot be started" af_xdp 'twin = qs7'
check "af_xdp by name is nothing else" fails "this kernel has no AF_XDP" af_xdp 'driver = af_xdp'
check "keys of one driver hold to it" fails "this kernel has no AF_XDP" af_xdp 'twin = no\ncap-foreign = 1mbit'
check "what is wrong stays wrong" fails "is not for driver ethdev" "" 'in-flight = 1ms'
check "without the privilege none can be had" eval '! port net_raw "twin = no" && grep -q CAP_NET_RAW "$ERR"'
check "no such interface" eval 'printf "[port 0]\ndevice = nowhere\nrate = 1mbit\n" >"$QS_TMP/no.ini" &&
	! in_a timeout 60 "$DAEMON" $EAL -- --config "$QS_TMP/no.ini" --duration 1ms 2>"$ERR" >/dev/null &&
	grep -q "neither an EAL port" "$ERR" && ! grep -q "could not be had" "$ERR"'
check "a name that is too long" eval 'printf "[port 0]\ndevice = sixteen-letters-\nrate = 1mbit\n" >"$QS_TMP/no.ini" &&
	! in_a timeout 60 "$DAEMON" $EAL -- --config "$QS_TMP/no.ini" --duration 1ms 2>"$ERR" >/dev/null &&
	grep -q "neither an EAL port" "$ERR" && ! grep -q "could not be had" "$ERR"'
# sockets LACKS: a program of qsocket.h's, whose socket says which driver it has.
sockets() {
	# shellcheck disable=SC2086
	in_a env QSOCK_EAL_ARGS="$LCORES $QSOCK_EAL --log-level=lib.qsock:notice" QSOCK_PORT_ARGS=rate=10mbit \
		timeout 60 "$WITHOUT" $1 -- "$DO" init v0 dwcs udp 1 64 connect 10.9.0.2 5000 send 5 64 info >"$OUT" 2>"$ERR"
}
check "qsockinit() without AF_XDP" sockets af_xdp
check "has the kernel" grep -q "driver=kernel" "$OUT"
check "step by step, too" eval 'told ethdev af_xdp "beside the port" && told af_xdp "kernel: messages" "a class of their own"'
check "all is as before" eval 'state | diff "$QS_TMP/before" -'
finish
