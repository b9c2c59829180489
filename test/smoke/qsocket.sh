#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# qsocket.sh - datagrams of qsocket.h, on a wire, into ordinary kernel sockets of another host.
set -u
# shellcheck source=test/smoke/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=test/smoke/qsocket-lib.sh
. "$(dirname "$0")/qsocket-lib.sh"
hosts_up || skip 'no namespaces'
export QSOCK_PORT_ARGS=rate=100mbit,twin=qs0

# A program that sends and returns from main() has sent, the first packets waiting for ARP among them.
receive 5000 1000 --seconds 15
check 'a program that sends 1000 and ends' send udp 1 1024 connect 10.9.0.2 5000 send 1000 200
check 'all 1000 came' received
check 'in order' said 'different=1000 bad=0 order=1 .* from=10.9.0.1' "$QS_TMP/received"
check 'addresses are back' home

receive 5000 300 --six
check 'IPv6' send udp6 1 512 connect fd09::2 5000 send 300 1000 info
check 'IPv6 came' received
check 'not through the kernel' said 'kernel=0' "$QS_TMP/sent"

receive 5000 60
check 'unconnected' send udp 1 512 sendto 10.9.0.2 5000 60 64 info
check 'unconnected came' received
check 'not through the kernel' said 'kernel=0' "$QS_TMP/sent"

receive 5000 40
check 'IPv4 by an IPv6 socket' send udp6 1 512 sendto ::ffff:10.9.0.2 5000 40 64 info
check 'mapped came' received
check 'not through the kernel' said 'kernel=0' "$QS_TMP/sent"

peer=$(in_b ip -6 addr show dev v1 scope link | sed -n 's/.*inet6 \([^/]*\).*/\1/p')
receive 5000 20 --six
check 'link-local, of the twin' send udp6 1 64 sendto "$peer%qs0" 5000 10 64 connect "$peer%qs0" 5000 send 10 64 info
check 'link-local came' received
check 'from such an address' said 'from=fe80:' "$QS_TMP/received"
check 'not through the kernel' said 'kernel=0' "$QS_TMP/sent"

# One request, many fragments.
receive 5000 20
check '60000 bytes in fragments' send udp 10 64 connect 10.9.0.2 5000 send 20 60000 info
check 'fragments came whole' received
check 'one request each' said '^accepted=20 ' "$QS_TMP/sent"
receive 5000 20 --six
check 'IPv6 fragments' send udp6 10 64 connect fd09::2 5000 send 20 60000
check 'IPv6 fragments came whole' received
receive 5000 1
check 'the largest datagram' send udp 1 64 connect 10.9.0.2 5000 send 1 65507
check 'the largest came' received
receive 5000 3
check 'empty datagrams' send udp 1 64 connect 10.9.0.2 5000 send 3 0
check 'empty ones came' received

# Ordinary calls are honoured, made right before the send.
receive 5000 4
check 'options' send udp 1 64 connect 10.9.0.2 5000 send 1 64 set ttl 9 send 1 64 set tos 184 send 2 64
check 'options came' received
check 'TTL and TOS' said 'ttl=9 tos=184' "$QS_TMP/received"
receive 5000 2 --six
check 'IPv6 options' send udp6 1 64 connect fd09::2 5000 send 1 64 set hops 7 set tclass 40 send 1 64
check 'IPv6 options came' received
check 'hop limit and class' said 'ttl=7 tos=40' "$QS_TMP/received"
receive 5000 1
check 'DSCP of the stream' send dscp 46 udp 1 64 connect 10.9.0.2 5000 send 1 64
check 'DSCP came' received
check 'DSCP' said 'tos=184' "$QS_TMP/received"
receive 5000 1
check 'priority tag' send pcp 5 udp 1 64 connect 10.9.0.2 5000 send 1 64
check 'tagged came' received

receive 5002 5
check 'reconnect' send udp 1 64 connect 10.9.0.2 5001 send 5 64 connect 10.9.0.2 5002 send 5 64
check 'reconnected' received
receive 5002 5
check 'disconnect' send udp 1 64 connect 10.9.0.2 5001 send 5 64 disconnect sendto 10.9.0.2 5002 5 64
check 'disconnected' received
receive 5000 5
check 'bind' send udp 1 64 bind 10.9.0.1 4321 connect 10.9.0.2 5000 send 5 64
check 'bound' received
check 'from that port' said 'from=10.9.0.1 port=4321' "$QS_TMP/received"
check 'a reply is received' send udp 1 64 bind 0.0.0.0 4322 sendto 10.9.0.1 4322 3 64 recv 3

# Plain send() goes through the kernel and the twin, into the same stream.
receive 5000 105
check 'plain send' send udp 1 1024 connect 10.9.0.2 5000 send 5 64 plain 100 64 sent 105 info
check 'plain came' received
check 'in the same stream' said '^accepted=105 .*queue_drop=0 ' "$QS_TMP/sent"

# What the bypass leaves to the kernel.
receive 5000 5
check 'broadcast' send udp 1 64 set broadcast 1 sendto 10.9.0.255 5000 5 64 info
check 'broadcast came' received
check 'through the kernel' said 'kernel=5' "$QS_TMP/sent"
check 'to this host' send udp 1 64 bind 127.0.0.1 7000 sendto 127.0.0.1 7000 3 64 recv 3

# Another MTU than Ethernet's.
in_a ip link set v0 mtu 1300
in_b ip link set v1 mtu 1300
receive 5000 20
check 'a smaller MTU' send udp 1 64 connect 10.9.0.2 5000 send 10 1272 send 10 1273 sent 20 info
check 'it came' received
check 'ten in fragments' said 'bytes=26880' "$QS_TMP/sent"

finish
