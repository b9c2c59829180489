#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The daemon over the driver af_xdp: the kernel keeps the interface, its addresses and what is received, streams
# find their neighbours by it, and what it sends itself is capped; at the end all is as before. An interface that is
# removed and made again is found again.
set -u
# shellcheck source=test/smoke/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=test/smoke/dpdk-qsock-lib.sh
. "$(dirname "$0")/dpdk-qsock-lib.sh"

hosts_up v0 v1 || skip "no network namespaces"

# Two streams to host B, over IPv4 and IPv6. The first packets wait for their neighbours, and only so many can.
{
	printf '[port 0]\ndevice = v0\ndriver = af_xdp\nrate = 20mbit\nin-flight = 2ms\ncap-foreign = 5mbit\n'
	printf '[stream %s]\nipg = 5ms\ndroppable = no\nsource = cbr\npacket = %s\ndst = %s:5000\nlinger = 500ms\n' \
		four 500 10.9.0.2 six 300 '[fd09::2]'
} >"$QS_TMP/c.ini"
# The kernel has given back every frame.
sent_is_completed() {
	stats
	[ "$(count af_xdp 0 submitted)" -ge 100 ] && [ "$(count af_xdp 0 submitted)" = "$(count af_xdp 0 completed)" ]
}
v4() { in_b awk '/^Udp: [0-9]/ {print $3}' /proc/net/snmp; } # NoPorts: nobody listens
v6() { in_b awk '$1 == "Udp6NoPorts" {print $2}' /proc/net/snmp6; }
# more_come: from now on fifty more of each.
come() { [ "$(v4)" -ge "$1" ] && [ "$(v6)" -ge "$2" ]; }
more_come() { until_true 30 come $(($(v4) + 50)) $(($(v6) + 50)); }

state >"$QS_TMP/before"
in_a ip neigh flush dev v0
check "the daemon starts" up --vdev=net_null0 -- --config "$QS_TMP/c.ini"
check "with its cap" eval 'in_a tc qdisc show dev v0 | grep -q "qdisc htb 5153:"'
check "the kernel answers while it sends" in_b ping -q -c 5 -i 0.1 -W 5 10.9.0.1
check "and asks" in_a ping -q -c 5 -i 0.1 -W 5 fd09::2
check "addresses stay where they are, and there is no twin" eval \
	'in_a ip addr show dev v0 | grep -q "inet 10.9.0.1/24" && ! in_a ip link show qs0 2>/dev/null'
check "no XDP program is there" eval '! in_a ip link show dev v0 | grep -q xdp'
check "IPv4 and IPv6 come, their neighbours found by the kernel" more_come
tell stop source all
check "every frame is completed" until_true 30 sent_is_completed
check "the driver is shown" eval "tell show port 0; said '^ *0 +v0 +dwcs .* af_xdp *\$'"
check "what holds with it is shown" eval "tell show drivers; said '^receive .*by the twin .*by the kernel, as before'"
# What the program says of the drivers, the guide says: each cell of its table.
documented() {
	local cell
	while read -r cell; do
		grep -qF -- "- $cell" "$QS_TOP/doc/guides/drivers.rst" || { echo "not in drivers.rst: $cell"; return 1; }
	done < <(awk '/ethdev +af_xdp +kernel/ {on = 1; next} on && /^port/ {exit} on' "$QS_TMP/said" | sed 's/  \+/\n/g' | grep .)
}
check "as the guide says it" documented
check "it ends well" quit
check "all is as before" eval 'state | diff "$QS_TMP/before" -'

# ---------------------------------------------------------------- an interface that is removed and made again
check "it starts anew" up -- --config "$QS_TMP/c.ini"
check "streams come" more_come
in_a ip link del v0
source_lost() { tell show source all; [ "$(awk '$1 == "four" {print $6}' "$QS_TMP/said")" -gt 0 ]; }
check "without the interface there is no route" until_true 30 source_lost
hosts_join v0 v1
check "made again, with other addresses, they come again" more_come
check "and its cap is there" until_true 10 eval 'in_a tc qdisc show dev v0 | grep -q "qdisc htb 5153:"'
stats
check "which is counted" said 'cap .*: in place; replaced 0, renewed 1$'
check "bound once more" [ "$(count af_xdp 0 rebinds)" = 1 ]
adds_up() { [ $(($(count af_xdp 0 completed) + $(count af_xdp 0 lost) + $(count af_xdp 0 'in flight'))) = "$(count af_xdp 0 submitted)" ]; }
check "each frame is somewhere" adds_up
check "it ends well" quit
check "every packet is in the balance" balanced "$OUT"
check "nothing is left" eval '! in_a tc qdisc show | grep -q 5153:'

# ---------------------------------------------------------------- zero copy, which veth does not have
printf '[port 0]\ndevice = v0\ndriver = af_xdp\nrate = 20mbit\nzero-copy = yes\n' >"$QS_TMP/zero.ini"
check "with zero copy asked for it starts" up --log-level=lib.qsock:notice -- --config "$QS_TMP/zero.ini"
stats
check "and copies" said '^ +0 +copy'
check "as it says" grep -q 'af_xdp on v0: no zero copy (Operation not supported): frames are copied' "$QS_TMP/err"
check "it ends well" quit

# ---------------------------------------------------------------- what is refused
daemon() {
	# shellcheck disable=SC2086
	in_a timeout 60 "$DAEMON" $EAL --vdev=net_null0 -- "$@" >"$OUT" 2>"$QS_TMP/err" </dev/null
}
refused() {
	printf '[port 0]\ndevice = %s\nrate = 10mbit\n%s\n' "$2" "$3" >"$QS_TMP/bad.ini"
	daemon --config "$QS_TMP/bad.ini" --duration 1ms && return 1
	grep -q "$1" "$QS_TMP/err" || { sed 's/^/      | /' "$QS_TMP/err"; return 1; }
}
check "a device of EAL's is refused" refused "is for kernel interfaces, and device 'net_null0' is EAL's" net_null0 \
	'driver = af_xdp'
check "a twin is refused" refused "twin: is not for driver af_xdp" v0 $'driver = af_xdp\ntwin = qs0'
check "addresses are refused" refused "addresses: is not for driver af_xdp" v0 $'driver = af_xdp\naddresses = yes'
check "its keys are for it" refused "in-flight: is not for driver ethdev" v0 $'driver = ethdev\nin-flight = 1ms'
check "another driver is not known" refused "driver: 'xdp'" v0 'driver = xdp'
echo 'show port 0' >"$QS_TMP/cmds"
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
queue_sends() { stats; [ "$(count af_xdp "$1" submitted)" -gt 0 ] && [ "$(count af_xdp "$1" "of at most")" -lt 12500 ]; }
EAL=${EAL/$LCORES/$LCORES_TWO}
check "two queues" up -- --config "$QS_TMP/two.ini"
check "the first sends" until_true 20 queue_sends 0
check "and the second" until_true 20 queue_sends 1
check "they end well" quit
finish
