#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The daemon between two hosts: addresses move to the twin and come back, ping and iperf3 go through
# it while streams run, a rule moves iperf3 into a stream, and at the end nothing is left.
set -u
. "$(dirname "$0")/lib.sh"
# shellcheck source=test/smoke/dpdk-qsock-lib.sh
. "$(dirname "$0")/dpdk-qsock-lib.sh"

hosts_up v0 v1 || skip "no network namespaces"

cat >"$QS_TMP/c.ini" <<'INI'
[port 0]
device = v0
rate = 20mbit
twin = qs0
addresses = yes

[stream camera]
ipg = 20ms
oln = 1
old = 10
droppable = no
source = cbr
packet = 500
dst = 10.9.0.2:5000
linger = 500ms

[stream six]
ipg = 50ms
oln = 1
old = 2
droppable = no
source = cbr
packet = 300
dst = [fd09::2]:5000

[stream bulk]
ipg = 1ms
oln = 9
old = 10
droppable = no
linger = 100ms
INI

state >"$QS_TMP/before"
check "the daemon starts" up -- --config "$QS_TMP/c.ini"

# ---------------------------------------------------------------- who owns the device
# refused NAME STATUS TEXT COMMAND...: it ends at once, and its only line of its own names who has the device.
refused() {
	local status=$2 text=$3 begin=$SECONDS got
	in_a timeout 20 "${@:4}" >"$QS_TMP/refused" 2>&1 </dev/null
	got=$?
	own_lines <"$QS_TMP/refused" >"$QS_TMP/own"
	check "$1 is refused" [ "$got" = "$status" ]
	check "at once" [ $((SECONDS - begin)) -lt 10 ]
	check "in one line" [ "$(wc -l <"$QS_TMP/own")" = 1 ]
	grep -Eq "$text" "$QS_TMP/own" || cat "$QS_TMP/refused"
	check "that says who has it" grep -Eq "$text" "$QS_TMP/own"
}
# shellcheck disable=SC2086  # lists of words
refused "a second daemon on the interface" 1 "c.ini:2: \[port 0\]: device: 'v0' cannot be taken: device v0: process [0-9]+ owns it" \
	"$DAEMON" ${EAL/"$QSOCK_EAL"/"${QSOCK_EAL}b"} -- --config "$QS_TMP/c.ini"
HELLO=$QSOCK_BUILD/examples/hello-qsocket/hello-qsocket
if [ -x "$HELLO" ]; then
	in_a timeout 20 env QSOCK_EAL_ARGS="${QSOCK_EAL}b --log-level=*:critical" "$HELLO" v0 10.9.0.2 5999 >"$QS_TMP/refused" 2>&1
	check "a program's qsockinit is refused" [ $? = 1 ]
	check "as the device is busy" grep -q "^v0: Device or resource busy$" "$QS_TMP/refused"
else
	echo "SKIP: a program's qsockinit beside the daemon: no $HELLO"
fi

# ---------------------------------------------------------------- addresses
check "the twin has the addresses" bash -c "ip -n $QS_A -o addr show qs0 | grep -q 10.9.0.1/24 && ip -n $QS_A -o addr show qs0 | grep -q fd09::1/64"
check "the interface has them no more" bash -c "! ip -n $QS_A -o addr show v0 | grep -Eq '10.9.0.1|fd09::1'"

# ---------------------------------------------------------------- the kernel's traffic, beside the streams
cat >"$QS_TMP/receive.py" <<'PYTHON'
import socket, struct, sys
s = socket.socket(socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM)
s.bind((sys.argv[1], 5000))
s.settimeout(10)
last = None
for _ in range(20):
    data, peer = s.recvfrom(2000)
    seq = struct.unpack_from('>Q', data)[0]
    assert last is None or seq == last + 1, (last, seq)
    last = seq
print(len(data), peer[0])
PYTHON
check "a receiver gets the camera, in order" [ "$(in_b timeout 20 python3 "$QS_TMP/receive.py" 10.9.0.2)" = "458 10.9.0.1" ]
check "and the IPv6 stream" [ "$(in_b timeout 20 python3 "$QS_TMP/receive.py" fd09::2)" = "238 fd09::1" ]
check "ping" in_a ping -qc 5 -i 0.2 -W 5 10.9.0.2
check "ping over IPv6" in_a ping -6 -qc 5 -i 0.2 -W 5 fd09::2
check "ping from the other side" in_b ping -qc 3 -i 0.2 -W 5 10.9.0.1

in_b iperf3 -s -D --pidfile "$QS_TMP/iperf3.pid" --logfile "$QS_TMP/iperf3.log"
until_true 5 test -s "$QS_TMP/iperf3.pid" && QS_PIDS+=("$(tr -d '\0' <"$QS_TMP/iperf3.pid")")
# transfer: 400 kB by TCP; how they are scheduled is the daemon's.
transfer() { in_a timeout 30 iperf3 -c 10.9.0.2 -n 400K >"$QS_TMP/iperf3.out" 2>&1 || { cat "$QS_TMP/iperf3.out"; false; }; }
check "TCP through the twin" transfer
stats
# Far more than the pings; iperf3 ends when the kernel has taken all, not when all has arrived.
check "it was best effort" [ "$(count left qs0.best-effort 'frame bytes')" -gt 100000 ]
check "and no stream's" [ "$(count left bulk sent)" = 0 ]

# ---------------------------------------------------------------- a rule
check "a rule is added" tell add rule iperf stream bulk protocol tcp dport 5201
check "and shown" tell show rule all
check "as it was given" said '^iperf +0 +0 +tcp +any +any +any +5201 +any +any +bulk'
check "TCP through the stream" transfer
stats
check "it was the stream's" [ "$(count left bulk 'frame bytes')" -gt 200000 ]
check "a stream with a rule is not deleted" eval '! tell del stream bulk'
check "the rule is deleted" tell del rule iperf
stats
was=$(count left bulk sent)
check "TCP once more" transfer
stats
check "it is best effort again" [ "$(count left bulk sent)" = "$was" ]
check "neighbours" tell show neigh 0
check "as the kernel has them" said "^10.9.0.2 +$(ip -n "$QS_B" link show v1 | awk '/ether/ {print toupper($2)}') "
check "the twin" tell show twin 0
check "has classified" said 'classified into streams [1-9]'
check "a stream on its way can be deleted" tell del stream six
check "and added" tell add stream seven ipg 10ms source cbr packet 100 dst 10.9.0.2:5000 dscp 34
check "a source without a route says so" tell add stream lost ipg 10ms source cbr packet 100 dst 172.16.5.5:9
sleep 0.3
tell show source all
check "and sends nothing" said '^lost +cbr +running +0 +0 +[1-9]'
check "a neighbour that does not answer" tell add stream gone ipg 10ms source cbr packet 100 dst 10.9.0.77:9
until_true 15 eval 'stats; [ "$(count ended gone "+ neigh-drop")" -gt 0 ]'
check "costs its packets, and they are counted" [ "$(count ended gone '+ neigh-drop')" -gt 0 ]
check "the configuration is saved" tell save config "$QS_TMP/saved.ini"

# ---------------------------------------------------------------- SIGTERM
kill -TERM "$QS_LAST"
exec 7>&-
wait "$QS_LAST"
check "the balance at the end" balanced "$OUT"
state >"$QS_TMP/after"
check "links, addresses and routes are as before" diff "$QS_TMP/before" "$QS_TMP/after"
check "the network works as before" in_a ping -qc 2 -i 0.2 -W 5 10.9.0.2

# ---------------------------------------------------------------- what fails leaves nothing
cp "$QS_TMP/c.ini" "$QS_TMP/bad.ini"
printf '[port 1]\ndevice = nope\nrate = 1gbit\n' >>"$QS_TMP/bad.ini"
# shellcheck disable=SC2086
in_a timeout 20 "$DAEMON" ${EAL/"$LCORES"/"$LCORES,2@(0,1)"} -- --config "$QS_TMP/bad.ini" >"$OUT" 2>"$QS_TMP/err"
check "a configuration whose second port fails" [ $? = 1 ]
check "names it" grep -q "bad.ini:[0-9]*: \[port 1\]: device: 'nope'" "$QS_TMP/err"
check "and leaves nothing" diff "$QS_TMP/before" <(state)

# ---------------------------------------------------------------- after a crash
check "it starts with what was saved" up -- --config "$QS_TMP/saved.ini"
kill -KILL "$QS_LAST"
exec 7>&-
wait "$QS_LAST" 2>/dev/null
check "killed, its addresses are gone" bash -c "! ip -n $QS_A -o addr show v0 | grep -q 10.9.0.1"
sweep_eal
check "the next start has them on the twin" up -- --config "$QS_TMP/saved.ini" --no-rx
check "as before" bash -c "ip -n $QS_A -o addr show qs0 | grep -q 10.9.0.1/24"
check "quit ends it with status 0" quit
check "and gives back what the crash had kept" diff "$QS_TMP/before" <(state)

# A start without a twin gives back, too.
check "it starts once more" up -- --config "$QS_TMP/saved.ini"
kill -KILL "$QS_LAST"
exec 7>&-
wait "$QS_LAST" 2>/dev/null
sweep_eal
printf '[port 0]\ndevice = v0\nrate = 1mbit\ntwin = no\n' >"$QS_TMP/plain.ini"
# shellcheck disable=SC2086
check "and is killed; a start without a twin" in_a timeout 20 "$DAEMON" $EAL -- --config "$QS_TMP/plain.ini" --duration 300ms >"$OUT" 2>&1
check "gives back what the crash had kept, too" diff "$QS_TMP/before" <(state)

# ---------------------------------------------------------------- an interface that was down
in_a ip link add d0 type veth peer name d1
printf '[port 0]\ndevice = d0\nrate = 1mbit\ntwin = no\n' >"$QS_TMP/down.ini"
# shellcheck disable=SC2086
check "an interface that is down" in_a timeout 20 "$DAEMON" $EAL -- --config "$QS_TMP/down.ini" --duration 300ms >"$OUT" 2>&1
check "is down afterwards" bash -c "ip -n $QS_A link show d0 | grep -q 'state DOWN'"
finish
