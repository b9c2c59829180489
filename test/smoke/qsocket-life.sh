#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# qsocket-life.sh - who owns a device, what is left when its owner is killed, and whom it may not disturb.
set -u
# shellcheck source=test/smoke/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=test/smoke/qsocket-lib.sh
. "$(dirname "$0")/qsocket-lib.sh"
hosts_up || skip 'no namespaces'
in_a ip route add default via 10.9.0.2
export QSOCK_PORT_ARGS=rate=100mbit,twin=qs0

# owner WORD...: qsocket-do in the background of host A; it has said "up" when this returns.
owner() {
	rm -f "$QS_TMP/owner"
	ip netns exec "$QS_A" "$DO" init v0 dwcs "$@" >"$QS_TMP/owner" 2>"$QS_TMP/owner.err" &
	OWNER=$! # ip netns exec becomes the program
	QS_PIDS+=("$OWNER")
	until_true 20 grep -qs up "$QS_TMP/owner"
}
moved() { in_a ip addr show dev qs0 | grep -q 'inet 10.9.0.1/24' && ! in_a ip addr show dev v0 | grep -q 'inet 10.9.0.1/24'; }
route_by() { in_a ip route show default | grep -q "dev $1"; }

check 'an owner' owner udp 1 64 say up sleep 60000
check 'its addresses are on the twin' moved
check 'and its default route' route_by qs0
check 'ping through the twin' in_a ping -q -c 2 -i 0.2 -W 2 10.9.0.2
if send udp 1 64 >"$QS_TMP/second"; then fail 'a second owner is refused'; else pass 'a second owner is refused'; fi
check 'EBUSY, and it says who' said 'process [0-9]+ owns it' "$QS_TMP/second"
check 'busy' said 'qsockinit: Device or resource busy' "$QS_TMP/second"

# A crash: the addresses are gone with the twin, and come back at the next start.
kill -KILL "$OWNER"
wait "$OWNER" 2>/dev/null
receive 5000 100
check 'the next start after a crash' send udp 1 1024 connect 10.9.0.2 5000 send 100 200
check 'sends' received
check 'addresses are home' home
check 'and the default route' route_by v0

check 'SIGTERM: an owner' owner udp 1 64 say up sleep 60000
end_process "$OWNER" TERM
check 'the next start after SIGTERM' send udp 1 64
check 'addresses are home' home

# A child that lives on keeps nothing of it, however its parent ended.
child_lives() { kill -0 "$(sed -n 's/^child=//p' "$QS_TMP/owner")"; }
child_ends() { end_process "$(sed -n 's/^child=//p' "$QS_TMP/owner")" KILL; }
check 'an owner with a child' owner udp 1 64 child 60 say up sleep 60000
kill -KILL "$OWNER"
wait "$OWNER" 2>/dev/null
check 'the child survives a kill of its parent' child_lives
until_true 2 eval '! in_a ip link show qs0 >/dev/null 2>&1'
if in_a ip link show qs0 >/dev/null 2>&1; then fail 'the twin is gone'; else pass 'the twin is gone'; fi
receive 5000 10
check 'the next start beside it' send udp 1 64 connect 10.9.0.2 5000 send 10 200
check 'sends' received
check 'addresses are home' home
child_ends
check 'an owner with a child that returns' owner udp 1 64 child 60 say up
wait "$OWNER" 2>/dev/null
check 'the child survives it' child_lives
check 'addresses are home' home
receive 5000 10
check 'the next start beside it' send udp 1 64 connect 10.9.0.2 5000 send 10 200
check 'sends' received
check 'addresses are home' home
child_ends

# What a crash left comes back also where the next run has no twin.
check 'an owner again' owner udp 1 64 say up sleep 60000
kill -KILL "$OWNER"
wait "$OWNER" 2>/dev/null
check 'a start without a twin' env QSOCK_PORT_ARGS=rate=100mbit,twin=none \
	ip netns exec "$QS_A" timeout 60 "$DO" init v0 dwcs udp 1 64
check 'addresses are home' home

# What a program has accepted it sends, also where it has closed the socket, and not for ever where nobody answers.
receive 5000 200
check 'qclose, then the end' send udp 1 1024 connect 10.9.0.2 5000 send 200 200 qclose
check 'all came' received
start=$SECONDS
check 'a neighbour that does not answer' send udp 1 1024 connect 10.9.0.77 5000 send 20 200
check 'does not hold the end' [ $((SECONDS - start)) -lt 12 ]

# In one process: given back, and taken again.
receive 5000 20
check 'qsockfini, and qsockinit again' send udp 1 64 connect 10.9.0.2 5000 send 10 200 fini v0 \
	init v0 edf udp 10 64 connect 10.9.0.2 5000 send 10 200
check 'all came' received
check 'addresses are home' home

# A queue that another port has: tried for a while, and not told with every try.
ip netns exec "$QS_A" env QSOCK_PORT_ARGS=twin=none,devargs=net_af_xdp9,iface=v0,busy_budget=0 \
	"$DO" init net_af_xdp9 dwcs say up sleep 60000 >"$QS_TMP/other" 2>&1 &
OTHER=$!
QS_PIDS+=("$OTHER")
check 'a port on the interface by another name' until_true 20 grep -qs up "$QS_TMP/other"
if send udp 1 64 >/dev/null; then fail 'its queue is busy'; else pass 'its queue is busy'; fi
check 'EIO' said 'qsockinit: Input/output error' "$QS_TMP/sent"
check 'told at the first and the last try' [ "$(grep -c 'Failed to configure xdp socket' "$QS_TMP/sent.err")" -le 2 ]
check 'and that it was tried again' said 'tried again' "$QS_TMP/sent.err"
end_process "$OTHER" TERM

# EAL as the user wants it.
export QSOCK_EAL_ARGS="--no-huge --no-shconf -m 256 --no-pci --log-level='*:error' --file-prefix=qs$QS_ID"
receive 5000 10
check 'own EAL arguments' send udp 1 64 connect 10.9.0.2 5000 send 10 200
check 'sends' received
QSOCK_EAL_ARGS="--file-prefix='open"
if send udp 1 64 >"$QS_TMP/bad"; then fail 'an open quote is refused'; else pass 'an open quote is refused'; fi
check 'and told' said 'a quote or a backslash is open' "$QS_TMP/bad"
unset QSOCK_EAL_ARGS

# One CPU is enough, with a message.
receive 5000 50
check 'on one CPU' in_a timeout 60 taskset -c 0 "$DO" init v0 dwcs udp 1 64 connect 10.9.0.2 5000 send 50 200 \
	>"$QS_TMP/sent" 2>&1
check 'sends' received
check 'and says so' said 'one CPU only' "$QS_TMP/sent"

sweep_eal # of those that were killed
finish
