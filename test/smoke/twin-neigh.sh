#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Native datagrams and the kernel's neighbours: they wait, arrive, follow a changed MAC, or are counted.
set -u
# shellcheck source=test/smoke/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=test/smoke/twin-lib.sh
. "$(dirname "$0")/twin-lib.sh"

hosts_up || skip "no network namespaces"
in_b sysctl -qw net.ipv4.conf.v1.arp_notify=1
twin_up neigh=8 || { fail "start"; finish; }
twin_addresses
check "socket" tell_ok sock app

# received N: at least N datagrams have come to port 7000 of the peer.
received() { [ "$(cat "$QS_TMP/received" 2>/dev/null || echo 0)" -ge "$1" ]; }
ip netns exec "$QS_B" python3 - "$QS_TMP/received" <<'PY' &
import os, select, socket, sys, time
socks = []
for family, address in ((socket.AF_INET, '0.0.0.0'), (socket.AF_INET6, '::')):
    s = socket.socket(family, socket.SOCK_DGRAM)
    if family == socket.AF_INET6:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    s.bind((address, 7000))
    socks.append(s)
n, end = 0, time.monotonic() + 60
while time.monotonic() < end:
    for s in select.select(socks, [], [], 0.2)[0]:
        s.recv(65536)
        n += 1
        with open(sys.argv[1] + '.new', 'w') as f:
            f.write(str(n))
        os.replace(sys.argv[1] + '.new', sys.argv[1])
PY
QS_PIDS+=("$!")
until_true 5 listens "$QS_B" 7000

ip -n "$QS_A" neigh flush dev qs0
check "send to a neighbour not yet known" tell_ok send app 10.9.0.2 7000 100 5
check "they arrive" until_true 5 received 5
check "they had waited" at_least neigh_wait 1
check "and were resolved" is neigh_failed 0
check "the same in IPv6" tell_ok send app fd09::2 7000 100 5
check "they arrive too" until_true 5 received 10

ip -n "$QS_B" link set v1 address 02:00:00:00:0b:0b
sees_mac() { ip -n "$QS_A" neigh show 10.9.0.2 | grep -qi 02:00:00:00:0b:0b; }
check "the peer's MAC changes, the kernel learns it" until_true 5 sees_mac
check "send to the new MAC" tell_ok send app 10.9.0.2 7000 100 5
check "they arrive there" until_true 5 received 15

check "send to nobody" tell_ok send app 10.9.0.99 7000 100 12
check "8 wait, 4 are beyond the limit" until_true 2 is neigh_overflow 4
check "all are counted when nobody answers" until_true 8 is app.neigh_drop 12
check "nothing waits any more" is app.queued 0
no_route() { tell send app 198.51.100.1 7000 100 1 | grep -q 'error=Network is unreachable'; }
check "no route: the sender is told" no_route
ip -n "$QS_A" route add 198.51.100.0/24 via 10.9.0.2 dev qs0
until_sent() { tell_ok send app 198.51.100.1 7000 100 1; }
check "a new route is followed" until_true 3 until_sent

check "every packet is accounted for" balanced
check "orderly end" twin_down
finish
