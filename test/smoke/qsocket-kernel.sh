#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# qsocket-kernel.sh - the programs of qsocket.sh above the kernel's stack: driver=kernel, without EAL and hugepages.
set -u
# shellcheck source=test/smoke/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=test/smoke/qsocket-lib.sh
. "$(dirname "$0")/qsocket-lib.sh"
hosts_up || skip 'no namespaces'
export QSOCK_PORT_ARGS=driver=kernel,rate=100mbit

root_is() { in_a tc qdisc show dev v0 | grep -q "qdisc $1.* root"; }
all_sent() { said "^accepted=$1 sent=$1 queued=0 .*queue_drop=0" "$QS_TMP/sent"; } # whether it had to wait is the machine's

# A program that sends and returns from main() has sent, the first packets waiting for ARP among them. EAL takes
# more addresses than it may have here.
small_send() {
	(
		ulimit -v 1000000
		send "$@"
	)
}
receive 5000 1000 --seconds 15
check 'a program that sends 1000 and ends, in 1 GB of addresses' small_send udp 1 1024 connect 10.9.0.2 5000 send 1000 200
check 'all 1000 came' received
check 'in order' said 'different=1000 bad=0 order=1 .* from=10.9.0.1' "$QS_TMP/received"
check 'the root qdisc is what it was' root_is 'noqueue 0:'

receive 5000 300 --six
check 'IPv6' send udp6 1 512 connect fd09::2 5000 send 300 1000 sent 300 info
check 'IPv6 came' received
check 'counted' all_sent 300

receive 5000 60
check 'unconnected' send udp 1 512 sendto 10.9.0.2 5000 60 64 sent 60 info
check 'unconnected came' received
check 'counted' all_sent 60
receive 5000 40
check 'IPv4 by an IPv6 socket' send udp6 1 512 sendto ::ffff:10.9.0.2 5000 40 64
check 'mapped came' received

receive 5000 20
check '60000 bytes in fragments' send udp 10 64 connect 10.9.0.2 5000 send 20 60000 sent 20 info
check 'fragments came whole' received
check 'one request each' all_sent 20
receive 5000 3
check 'empty datagrams' send udp 1 64 connect 10.9.0.2 5000 send 3 0
check 'empty ones came' received

receive 5000 1
check 'DSCP of the stream' send dscp 46 udp 1 64 connect 10.9.0.2 5000 send 1 64
check 'DSCP came' received
check 'DSCP' said 'tos=184' "$QS_TMP/received"
receive 5002 5
check 'reconnect' send udp 10 64 connect 10.9.0.2 5001 send 5 64 connect 10.9.0.2 5002 send 5 64
check 'each message goes to the peer that it was sent to' received
receive 5000 5
check 'bind' send udp 1 64 bind 10.9.0.1 4321 connect 10.9.0.2 5000 send 5 64
check 'bound' received
check 'from that port' said 'from=10.9.0.1 port=4321' "$QS_TMP/received"
check 'a reply is received' send udp 1 64 bind 0.0.0.0 4322 sendto 10.9.0.1 4322 3 64 recv 3

# An owner that is killed, and the next start.
rm -f "$QS_TMP/owner"
ip netns exec "$QS_A" "$DO" init v0 dwcs udp 1 64 say up sleep 60000 >"$QS_TMP/owner" 2>&1 &
OWNER=$!
QS_PIDS+=("$OWNER")
check 'an owner' until_true 20 grep -qs up "$QS_TMP/owner"
check 'its qdisc' root_is 'htb 5153:'
if send udp 1 64 >"$QS_TMP/second"; then fail 'a second owner is refused'; else pass 'a second owner is refused'; fi
check 'EBUSY' said 'qsockinit: Device or resource busy' "$QS_TMP/second"
kill -KILL "$OWNER"
wait "$OWNER" 2>/dev/null
check 'what it left' root_is 'htb 5153:'
receive 5000 100
check 'the next start' send udp 1 1024 connect 10.9.0.2 5000 send 100 200
check 'sends' received
check 'and gives back' root_is 'noqueue 0:'

finish
