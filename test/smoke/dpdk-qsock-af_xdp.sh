#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The daemon over the driver af_xdp: the kernel keeps the interface, its addresses and what is received, streams
# find their neighbours by it, and what it sends itself is capped; at the end all is as before.
set -u
# shellcheck source=test/smoke/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=test/smoke/dpdk-qsock-lib.sh
. "$(dirname "$0")/dpdk-qsock-lib.sh"

hosts_up v0 v1 || skip "no network namespaces"
OUT=$QS_TMP/out

cat >"$QS_TMP/c.ini" <<'INI'
[port 0]
device = v0
driver = af_xdp
rate = 20mbit
in-flight = 2ms
cap-foreign = 5mbit

[stream four]
ipg = 5ms
droppable = no
source = cbr
packet = 500
dst = 10.9.0.2:5000
stop = 2s
linger = 500ms

[stream six]
ipg = 5ms
droppable = no
source = cbr
packet = 300
dst = [fd09::2]:5000
stop = 2s
linger = 500ms
INI
cat >"$QS_TMP/cmds" <<'CMDS'
show drivers
show port 0
CMDS

state() {
	in_a ip -o link show | sed 's/^[0-9]*: //; s/ mtu.*state/ state/; s/ mode .*//'
	in_a ip -o addr show | awk '{print $2, $3, $4}' | sort
	in_a ip route show
	in_a tc qdisc show dev v0 | sed 's/ refcnt.*//'
}
state >"$QS_TMP/before"

daemon() {
	# shellcheck disable=SC2086
	in_a timeout 60 "$DAEMON" $EAL --vdev=net_null0 -- "$@" >"$OUT" 2>"$QS_TMP/err" </dev/null
}
refused() {
	printf '[port 0]\ndevice = %s\nrate = 10mbit\n%s\n' "$2" "$3" >"$QS_TMP/bad.ini"
	daemon --config "$QS_TMP/bad.ini" --duration 1ms && return 1
	grep -q "$1" "$QS_TMP/err" || { sed 's/^/      | /' "$QS_TMP/err"; return 1; }
}
v4() { in_b awk '/^Udp: [0-9]/ {print $3}' /proc/net/snmp; } # NoPorts: nobody listens
v6() { in_b awk '$1 == "Udp6NoPorts" {print $2}' /proc/net/snmp6; }

in_a ip neigh flush dev v0
from4=$(v4) from6=$(v6)
daemon --config "$QS_TMP/c.ini" --cmdline-file "$QS_TMP/cmds" --duration 3s &
RUN=$!
QS_PIDS+=("$RUN")
until_true 20 eval 'in_a tc qdisc show dev v0 | grep -q "qdisc htb 5153:"' || fail "no cap: $(cat "$QS_TMP/err")"
check "the kernel answers while it sends" in_b ping -q -c 5 -i 0.1 -W 5 10.9.0.1
check "and asks" in_a ping -q -c 5 -i 0.1 -W 5 fd09::2
check "addresses stay where they are, and there is no twin" eval \
	'in_a ip addr show dev v0 | grep -q "inet 10.9.0.1/24" && ! in_a ip link show qs0 2>/dev/null'
check "no XDP program is there" eval '! in_a ip link show dev v0 | grep -q xdp'
wait "$RUN"
check "it ends well" [ $? = 0 ]
check "the driver is shown" grep -qE '^ *0 +v0 +dwcs .* af_xdp *$' "$OUT"
check "what holds with it is shown" grep -q "^receive .*by the twin .*by the kernel, as before" "$OUT"
# What the program says of the drivers, the guide says: each cell of its table.
documented() {
	local cell
	while read -r cell; do
		grep -qF -- "- $cell" "$QS_TOP/doc/guides/drivers.rst" || { echo "not in drivers.rst: $cell"; return 1; }
	done < <(awk '/ethdev +af_xdp +kernel/ {on = 1; next} on && /^port/ {exit} on' "$OUT" | sed 's/  \+/\n/g' | grep .)
}
check "as the guide says it" documented
check "IPv4 came, its neighbour found by the kernel" [ $(($(v4) - from4)) -ge 100 ]
check "IPv6 came" [ $(($(v6) - from6)) -ge 100 ]
all_completed() {
	local submitted
	submitted=$(cell "$OUT" af_xdp 0 submitted)
	[ "${submitted:-0}" -gt 200 ] && [ "$(cell "$OUT" af_xdp 0 completed)" = "$submitted" ] && return
	grep -A2 "af_xdp queue" "$OUT"
	return 1
}
check "every frame was completed" all_completed
check "all is as before" eval 'state | diff "$QS_TMP/before" -'

check "a device of EAL's is refused" refused "is for kernel interfaces, and device 'net_null0' is EAL's" net_null0 \
	'driver = af_xdp'
check "a twin is refused" refused "twin: is not for driver af_xdp" v0 $'driver = af_xdp\ntwin = qs0'
check "addresses are refused" refused "addresses: is not for driver af_xdp" v0 $'driver = af_xdp\naddresses = yes'
check "its keys are for it" refused "in-flight: is not for driver ethdev" v0 $'driver = ethdev\nin-flight = 1ms'
check "another driver is not known" refused "driver: 'xdp'" v0 'driver = xdp'
check "without a twin it is chosen" eval \
	'printf "[port 0]\ndevice = v0\nrate = 10mbit\ntwin = no\n" >"$QS_TMP/auto.ini" &&
	daemon --config "$QS_TMP/auto.ini" --cmdline-file "$QS_TMP/cmds" --duration 1ms && grep -qE "^ *0 +v0 .* af_xdp *$" "$OUT"'

# A socket a queue, each with a share of the rate, by which its frames in flight are bounded.
in_a ip link add q0 numtxqueues 2 numrxqueues 2 type veth peer name q1 numtxqueues 2 numrxqueues 2
in_a ip link set q0 up && in_a ip link set q1 up
in_a ip addr add 10.8.0.1/24 dev q0
in_a ip neigh add 10.8.0.2 lladdr 02:00:00:00:00:02 dev q0
{
	printf '[port 0]\ndevice = q0\ndriver = af_xdp\nrate = 100mbit\ntx-queues = 2\n'
	for n in 1 2 3 4; do printf '[stream s%s]\nipg = 1ms\nsource = cbr\npacket = 500\ndst = 10.8.0.2:500%s\n' $n $n; done
} >"$QS_TMP/two.ini"
LCORES_TWO="--lcores 0,1@(0,1),2@(0,1)"
queue_sent() { [ "$(cell "$OUT" af_xdp "$1" submitted)" -gt 0 ] && [ "$(cell "$OUT" af_xdp "$1" "of at most")" -lt 12500 ]; }
EAL=${EAL/$LCORES/$LCORES_TWO}
check "two queues" daemon --config "$QS_TMP/two.ini" --duration 500ms
check "the first sends" queue_sent 0
check "and the second" queue_sent 1
finish
