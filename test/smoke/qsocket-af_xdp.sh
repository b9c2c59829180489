#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# qsocket-af_xdp.sh - datagrams of qsocket.h over the driver af_xdp: the interface stays the kernel's.
set -u
# shellcheck source=test/smoke/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=test/smoke/qsocket-lib.sh
. "$(dirname "$0")/qsocket-lib.sh"
hosts_up || skip 'no namespaces'
# A TX core that others push aside for a second answers nobody; no time is judged here, but answers are needed.
renice -n -15 $$ >/dev/null 2>&1
# A program that ends waits for what it has queued; where its TX core is pushed aside for seconds, that is long.
export QSOCK_PORT_ARGS=rate=100mbit,driver=af_xdp,in-flight=2ms,linger=30s
xdp() { in_a ip link show dev v0 | grep -q xdp; }
twins() { in_a ip -o link show | grep -q ': qs'; }
refused() { ! send udp 1 64 && said "$1" "$QS_TMP/sent.err"; }

# The first wait for ARP, which the kernel does on v0; ping goes on meanwhile.
in_a ip neigh flush dev v0
in_b ip neigh flush dev v1
receive 5000 1000 --seconds 40
in_b ping -q -c 10 -i 0.05 -W 5 10.9.0.1 >"$QS_TMP/ping" &
PING=$!
check 'a program that sends 1000 and ends' send udp 1 1024 connect 10.9.0.2 5000 send 1000 200
check 'all 1000 came' received
check 'in order' said 'different=1000 bad=0 order=1 .* from=10.9.0.1' "$QS_TMP/received"
wait $PING
check 'the kernel answered all the while' said ' 0% packet loss' "$QS_TMP/ping"
check 'addresses are where they were' home

receive 5000 300 --six
check 'IPv6' send udp6 1 512 connect fd09::2 5000 send 300 1000 sent 300 info
check 'IPv6 came' received
check 'not through the kernel' said 'kernel=0' "$QS_TMP/sent"
check 'the driver is told' said 'driver=af_xdp' "$QS_TMP/sent"

peer=$(in_b ip -6 addr show dev v1 scope link | sed -n 's/.*inet6 \([^/]*\).*/\1/p')
receive 5000 10 --six
check 'link-local' send udp6 1 64 sendto "$peer%v0" 5000 10 64 info
check 'link-local came' received
check 'not through the kernel' said 'kernel=0' "$QS_TMP/sent"

receive 5000 20
check '60000 bytes in fragments' send udp 10 64 connect 10.9.0.2 5000 send 20 60000 info
check 'fragments came whole' received
check 'one request each' said '^accepted=20 ' "$QS_TMP/sent"

# Plain send() and TCP are the kernel's affair; what comes in goes to the descriptor.
receive 5000 105
check 'plain send' send udp 1 1024 connect 10.9.0.2 5000 send 5 64 sent 5 plain 100 64 info
check 'plain came' received
check 'not in the stream' said '^accepted=5 ' "$QS_TMP/sent"
check 'to this host' send udp 1 64 bind 127.0.0.1 7000 sendto 127.0.0.1 7000 3 64 recv 3
check 'nobody there' send udp 1 64 connect 10.9.0.77 5000 send 5 64 info
check 'they wait for the neighbour' said '^accepted=5 sent=0 queued=5 .*kernel=0' "$QS_TMP/sent"
check 'no XDP program, and no twin' eval '! xdp && ! twins'

# The interface is removed, and made again with other MACs: nothing goes through the kernel.
# again NAME ADDR UDP [OPTION...]: five before it, five after it. A child that lives on keeps nothing of the queue, so that
# the next start has it, and loses nothing of the program's own.
again() {
	local sender child
	rm -f "$QS_TMP/sent" "$QS_TMP/sent.err" "$QS_TMP/back"
	receive 5000 10 --seconds 30 "${@:4}"
	send "$3" 1 64 connect "$2" 5000 send 5 64 sent 5 say gone await "$QS_TMP/back" send 5 64 sent 10 info \
		child-keeps 64 child 20 &
	sender=$!
	QS_PIDS+=("$sender")
	until_true 20 grep -qs gone "$QS_TMP/sent"
	in_a ip link del v0
	hosts_join
	until_true 20 grep -qs 'the interface is back' "$QS_TMP/sent.err"
	touch "$QS_TMP/back"
	check "$1: a program goes on when its interface is made again" wait "$sender"
	check "$1: all came" received
	check "$1: not through the kernel" said 'kernel=0' "$QS_TMP/sent"
	check "$1: its child lost nothing" said 'child-lost=0' "$QS_TMP/sent"
	child=$(sed -n 's/^child=//p' "$QS_TMP/sent")
	check "$1: another child lives on" kill -0 "$child"
	check "$1: the queue is free" send udp 1 64
	end_process "$child" KILL
}
again IPv4 10.9.0.2 udp
again IPv6 fd09::2 udp6 --six

QSOCK_PORT_ARGS=rate=100mbit,twin=none
receive 5000 5
check 'without a twin it is chosen' send udp 1 64 connect 10.9.0.2 5000 send 5 64 sent 5 info
check 'and sends' received
check 'as it says' said 'kernel=0 .*driver=af_xdp' "$QS_TMP/sent"

QSOCK_PORT_ARGS=rate=100mbit,driver=af_xdp,cap-foreign=5mbit
receive 5000 5
check 'a cap' send udp 1 64 connect 10.9.0.2 5000 send 5 64
check 'bounds others' received
check 'and is gone at the end' eval '! in_a tc qdisc show dev v0 | grep -q 5153:'
rm -f "$QS_TMP/sent" "$QS_TMP/sent.err"
send udp 1 64 say up await "$QS_TMP/replaced" &
SENDER=$!
QS_PIDS+=("$SENDER")
until_true 20 grep -qs up "$QS_TMP/sent"
in_a tc qdisc replace dev v0 root handle 7: pfifo
check 'another program replaces it: told' until_true 20 grep -qs 'another program replaced ours on v0 by pfifo 7:' "$QS_TMP/sent.err"
touch "$QS_TMP/replaced"
check 'the program ends' wait $SENDER
check 'told once' [ "$(grep -c 'another program replaced' "$QS_TMP/sent.err")" = 1 ]
check 'theirs stays' eval 'in_a tc qdisc show dev v0 | grep -q "pfifo 7: root"'
in_a tc qdisc del dev v0 root

QSOCK_PORT_ARGS=rate=100mbit,driver=af_xdp,twin=qs0
check 'a twin is refused' refused 'driver af_xdp has no twin'
QSOCK_PORT_ARGS=rate=100mbit,driver=ethdev,in-flight=1ms
check 'its settings are for it' refused 'driver ethdev has no in-flight'
QSOCK_PORT_ARGS=rate=100mbit,driver=xdp
check 'another driver is not known' refused 'allowed are auto, ethdev, af_xdp and kernel'
finish
