#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# qsocket-multicast.sh - multicasts of qsocket.h: interface, TTL, loop.
set -u
# shellcheck source=test/smoke/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=test/smoke/qsocket-lib.sh
. "$(dirname "$0")/qsocket-lib.sh"
hosts_up || skip 'no namespaces'
export QSOCK_PORT_ARGS=rate=100mbit,twin=qs0

receive 5000 20 --group 239.1.2.3 --interface 10.9.0.2
check 'IPv4 multicast' send udp 1 64 mif 10.9.0.1 sendto 239.1.2.3 5000 20 500 info
check 'it came' received
check 'TTL 1' said 'ttl=1 .*from=10.9.0.1' "$QS_TMP/received"
check 'not through the kernel' said 'kernel=0' "$QS_TMP/sent"

receive 5000 2 --group 239.1.2.3 --interface 10.9.0.2
check 'its TTL' send udp 1 64 mif 10.9.0.1 sendto 239.1.2.3 5000 1 64 set mttl 5 sendto 239.1.2.3 5000 1 64
check 'it came' received
check 'TTL 5' said 'ttl=5' "$QS_TMP/received"

# A member on the sending host gets a copy, unless the loop is off.
receive 5000 4 --group 239.1.2.3 --interface 10.9.0.2
check 'looped' send udp 1 64 bind 0.0.0.0 5000 join 239.1.2.3 10.9.0.1 mif 10.9.0.1 sendto 239.1.2.3 5000 4 64 recv 4 info
check 'and on the wire' received
check 'by the kernel' said 'kernel=4' "$QS_TMP/sent"
receive 5000 4 --group 239.1.2.3 --interface 10.9.0.2
if send udp 1 64 bind 0.0.0.0 5000 join 239.1.2.3 10.9.0.1 mif 10.9.0.1 set mloop 0 sendto 239.1.2.3 5000 4 64 recv 1 \
	>/dev/null; then fail 'loop off: no copy'; else pass 'loop off: no copy'; fi
check 'but on the wire' received

receive 5000 10 --six --group ff15::77 --interface v1
check 'IPv6 multicast' send udp6 1 64 set mhops 3 sendto ff15::77 5000 10 500 info
check 'it came' received
check 'hop limit 3' said 'ttl=3' "$QS_TMP/received"
check 'not through the kernel' said 'kernel=0' "$QS_TMP/sent"

# Each family's options are followed, those of the one that was used before, too.
receive 5000 2 --group 239.1.2.3 --interface 10.9.0.2
check 'both families in turn' send udp6 1 64 mif 10.9.0.1 set mloop 0 set mttl 3 sendto ::ffff:239.1.2.3 5000 1 64 \
	sendto ff15::77 5000 1 64 set mttl 9 sendto ::ffff:239.1.2.3 5000 1 64 info
check 'they came' received
check 'TTL 9' said 'ttl=9' "$QS_TMP/received"
check 'not through the kernel' said 'kernel=0' "$QS_TMP/sent"

# Bound to a group, as who receives from it may be: no group is a source.
receive 5000 5 --six
check 'bound to a group' send udp6 1 64 bind ff15::77 5000 sendto fd09::2 5000 5 64 info
check 'it came' received
check 'from an address of its own' said 'from=fd09::1' "$QS_TMP/received"
check 'not through the kernel' said 'kernel=0' "$QS_TMP/sent"

# A group of one interface is not for others' ears.
check 'an interface-local group' send udp6 1 64 sendto ff11::77 5000 2 64 info
check 'is the kernel'"'"'s affair' said 'kernel=2' "$QS_TMP/sent"

finish
