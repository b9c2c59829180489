#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The daemon over the driver kernel: frames in the urgent class of the interface's root qdisc, whatever else the
# kernel sends behind them; at the end all is as before.
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
driver = kernel
rate = 20mbit
in-flight = 2ms

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
printf 'show port 0\nset port 0 rate 10mbit\n' >"$QS_TMP/cmds"

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
until_true 20 eval 'in_a tc class show dev v0 | grep -q "5153:10 .* ceil 10Mbit"' ||
	fail "the qdisc does not follow the rate: $(cat "$QS_TMP/err")"
check "the kernel answers while it sends" in_b ping -q -c 5 -i 0.1 -W 5 10.9.0.1
check "and asks" in_a ping -q -c 5 -i 0.1 -W 5 fd09::2
check "addresses stay where they are, and there is no twin" eval \
	'in_a ip addr show dev v0 | grep -q "inet 10.9.0.1/24" && ! in_a ip link show qs0 2>/dev/null'
check "the interface is not promiscuous" eval 'in_a ip -d link show dev v0 | grep -q "promiscuity 0"'
wait "$RUN"
check "it ends well" [ $? = 0 ]
check "the driver is shown" grep -qE '^ *0 +v0 +dwcs .* kernel *$' "$OUT"
check "IPv4 came, its neighbour found by the kernel" [ $(($(v4) - from4)) -ge 100 ]
check "IPv6 came" [ $(($(v6) - from6)) -ge 100 ]
all_sent() {
	[ "$(cell "$OUT" kernel v0 submitted)" -gt 200 ] && [ "$(cell "$OUT" kernel v0 dropped)" = 0 ] && return
	grep -A2 "kernel  *submitted" "$OUT"
	return 1
}
check "the kernel took every frame" all_sent
check "its qdisc was in place" grep -q "qdisc: in place" "$OUT"
check "all is as before" eval 'state | diff "$QS_TMP/before" -'

check "a device of EAL's is refused" refused "'kernel' is for kernel interfaces, and device 'net_null0' is EAL's" net_null0 \
	'driver = kernel'
check "a twin is refused" refused "twin: is not for driver kernel" v0 $'driver = kernel\ntwin = qs0'
check "what others cap is refused" refused "cap-foreign: is not for driver kernel" v0 \
	$'driver = kernel\ncap-foreign = 1mbit'
check "several queues are" refused "tx-queues: '2': driver kernel has one" v0 $'driver = kernel\ntx-queues = 2'
check "force is for it alone" refused "force: is not for driver af_xdp" v0 $'driver = af_xdp\nforce = yes'

# Frames longer than a usual buffer: the port's are as long as its interface takes, but for one without a bound.
jumbo() { # DEVICE DRIVER BYTES
	printf '[port 0]\ndevice = %s\ndriver = %s\nrate = 1gbit\n[stream s]\nclass = best-effort\nsource = cbr\ninterval = 5ms\npacket = %s\ndst = 10.9.0.2:5000\n' \
		"$1" "$2" "$3" >"$QS_TMP/jumbo.ini"
	daemon --config "$QS_TMP/jumbo.ini" --duration 500ms
}
sent_all() { [ "$(cell "$OUT" came s offered)" -gt 0 ] && balanced "$OUT"; }
in_a ip link set v0 mtu 9000 && in_b ip link set v1 mtu 9000
check "frames of 9014 bytes" jumbo v0 kernel 9014
check "are sent" sent_all
check "by af_xdp they are counted" jumbo v0 af_xdp 9014
check "each of them" sent_all
check "longer ones are refused" eval '! jumbo v0 kernel 9015 && grep -q "42 .. 9014" "$QS_TMP/err"'
check "and on lo what is longer than the buffers" eval '! jumbo lo kernel 9000 && grep -q "42 .. 2048" "$QS_TMP/err"'
in_a ip link set v0 mtu 1500 && in_b ip link set v1 mtu 1500

in_a tc qdisc add dev v0 root handle 7: pfifo limit 77
check "a qdisc of the administrator's is in the way" refused "incompatible queueing discipline" v0 'driver = kernel'
printf '[port 0]\ndevice = v0\nrate = 10mbit\ndriver = kernel\nforce = yes\n' >"$QS_TMP/force.ini"
check "unless forced" daemon --config "$QS_TMP/force.ini" --duration 1ms
check "it is back" eval 'in_a tc qdisc show dev v0 | grep -q "pfifo 7: root .* limit 77p"'
finish
