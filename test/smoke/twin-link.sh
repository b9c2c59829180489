#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The kernel interface under net_af_xdp goes down while a stream runs: packets wait, none is lost or counted sent.
set -u
# shellcheck source=test/smoke/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=test/smoke/twin-lib.sh
. "$(dirname "$0")/twin-lib.sh"

hosts_up || skip "no network namespaces"
twin_up || { fail "start"; finish; }
twin_addresses
check "socket" tell_ok sock app

ip netns exec "$QS_B" python3 - "$QS_TMP/received" <<'PY' &
import os, socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('0.0.0.0', 7000))
s.settimeout(60)
n = 0
while True:
    s.recv(65536)
    n += 1
    with open(sys.argv[1] + '.new', 'w') as f:
        f.write(str(n))
    os.replace(sys.argv[1] + '.new', sys.argv[1])
PY
QS_PIDS+=("$!")
SENT=0
# stream N: N times two datagrams, 50 ms apart.
stream() {
	local _
	for _ in $(seq "$1"); do
		tell_ok send app 10.9.0.2 7000 100 2 || return 1
		SENT=$((SENT + 2))
		sleep 0.05
	done
}
all_received() { [ "$(cat "$QS_TMP/received" 2>/dev/null || echo 0)" = "$SENT" ]; }

until_true 5 listens "$QS_B" 7000
check "the link is up" is link_down 0
check "a stream" stream 5
check "arrives" until_true 5 all_received

# down_and_up NAME NETNS IFNAME: of either end.
down_and_up() {
	local before
	ip -n "$2" link set "$3" down
	check "$1 down: the port says so" until_true 3 is link_down 1
	before=$(value app.sent)
	check "$1 down: the stream goes on" stream 10
	sleep 0.5
	check "$1 down: nothing counts as sent" is app.sent "$before"
	check "$1 down: all of it waits" is app.queued 20
	ip -n "$2" link set "$3" up
	check "$1 up: the port says so" until_true 5 is link_down 0
	check "$1 up: the stream goes on" stream 5
	check "$1 up: every packet arrives" until_true 10 all_received
	check "$1 up: nothing waits" until_true 2 is app.queued 0
}
down_and_up "the interface" "$QS_A" v0
down_and_up "its peer" "$QS_B" v1
check "every packet is accounted for" balanced
check "orderly end" twin_down
finish
