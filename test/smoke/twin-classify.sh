#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Rules and flows move the kernel's packets into streams; counters prove it.
set -u
# shellcheck source=test/smoke/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=test/smoke/twin-lib.sh
. "$(dirname "$0")/twin-lib.sh"

hosts_up || skip "no network namespaces"
twin_up scheduler=dwcs || { fail "start"; finish; }
twin_addresses
pings "$QS_A" 10.9.0.2

# datagrams DPORT N [BYTES [SPORT]]: from an ordinary socket of the twin's host.
datagrams() {
	in_a python3 - "$@" <<'PY'
import socket, sys
port, n = int(sys.argv[1]), int(sys.argv[2])
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('', int(sys.argv[4]) if len(sys.argv) > 4 else 0))
for _ in range(n):
    s.sendto(b'x' * (int(sys.argv[3]) if len(sys.argv) > 3 else 10), ('10.9.0.2', port))
PY
}

for sock in video voice tagged attached; do check "socket $sock" tell_ok sock $sock; done
check "rule by port" tell_ok rule r-video video proto=17 dport=5001 priority=10
check "rule by DSCP" tell_ok rule r-voice voice dscp=46 priority=20
check "rule by VLAN" tell_ok rule r-tagged tagged vlan=100 priority=30
name_taken() { tell rule r-video video | grep -q 'error=File exists'; }
check "a rule's name is unique" name_taken
check "rules are counted" is rules 3

datagrams 5001 20
check "by port: 20 of 20 in the stream" until_true 3 is video.sent 20
datagrams 5002 20
check "another port is not" is video.sent 20
datagrams 5001 5 4000
check "fragments follow the first: 5 datagrams of 3" until_true 3 is video.sent 35
in_a ping -q -c 5 -i 0.2 -Q 0xb8 10.9.0.2 >/dev/null
check "by DSCP: 5 of 5" until_true 3 is voice.sent 5

tagged_frame "$QS_A" qs0 7
check "by VLAN: 7 of 7 tagged frames" until_true 3 is tagged.sent 7

check "attached UDP flow" tell_ok flow attached proto=17 lport=4555
datagrams 9000 10 100 4555
check "attached UDP: 10 of 10" until_true 3 is attached.sent 10
datagrams 5001 10 100 4555
check "an attached flow comes before rules" until_true 3 is attached.sent 20
check "attached TCP flow" tell_ok flow attached proto=6 local=10.9.0.1 lport=4556 remote=10.9.0.2 rport=5203
ip netns exec "$QS_B" iperf3 -s -1 -p 5203 >/dev/null 2>&1 &
SERVER=$!
QS_PIDS+=("$SERVER")
until_true 5 listens "$QS_B" 5203
in_a timeout 10 iperf3 -c 10.9.0.2 -p 5203 -n 5M --cport 4556 >"$QS_TMP/iperf" 2>&1
check "attached TCP: its segments are in the stream" until_true 3 at_least attached.sent 1000
check "flows are counted" is flows 2
check "forget" tell_ok forget attached
check "no flow is left" is flows 0
datagrams 9000 10 100 4555
check "a forgotten flow is best effort" is attached.queued 0
check "a rule can go" tell_ok unrule r-video
before=$(value video.sent)
datagrams 5001 5
check "and then it does nothing" is video.sent "$before"

check "every packet is accounted for" balanced
check "orderly end" twin_down
finish
