#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Programs that know nothing of streams: one socket of a running one is attached by PID:FD, all of a cgroup by its
# directory, through commands from outside; what they send is the stream's, until they are detached or end.
# shellcheck disable=SC2317 # functions are called by name
set -u
# shellcheck source=test/smoke/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=test/smoke/dpdk-qsock-lib.sh
. "$(dirname "$0")/dpdk-qsock-lib.sh"

hosts_up v0 v1 || skip "no network namespaces"
OUT=$QS_TMP/out SAID=$QS_TMP/said
PREFIX=qs$QS_ID
unset RUNTIME_DIRECTORY # the place that EAL and its clients choose by themselves
QS_EAL_FILES=/var/run/dpdk/$PREFIX

cat >"$QS_TMP/c.ini" <<'INI'
[port 0]
device = v0
rate = 20mbit
twin = qs0
addresses = yes

[stream video]
ipg = 1ms
oln = 9
old = 10
droppable = no

[stream group]
ipg = 1ms
oln = 9
old = 10
droppable = no
INI

# `ip netns exec` hides the file systems under /sys: the daemon gets its own view of the cgroups.
# shellcheck disable=SC2086,SC2016  # lists of words
background ip netns exec "$QS_A" sh -c 'mount -t cgroup2 none /sys/fs/cgroup 2>/dev/null; exec "$@"' sh \
	"$DAEMON" $EAL -- --config "$QS_TMP/c.ini" >"$OUT" 2>"$QS_TMP/err"
RUNNING=$QS_LAST
until_true 20 grep -q '^dpdk-qsock .*: ' "$OUT" || { cat "$QS_TMP/err"; fail "start"; finish; }

# ctl COMMAND...: through the socket; what it prints is in $SAID, what is wrong in $SAID.err.
ctl() { "$DAEMON" ctl --file-prefix "$PREFIX" "$@" >"$SAID" 2>"$SAID.err"; }
sent() { ctl show stats all && cell "$SAID" left "$1" sent; }
grows() { local before; before=$(sent "$1"); sleep 0.5; [ "$(sent "$1")" -ge $((before + 10)) ]; }
still() { local before; before=$(sent "$1"); sleep 0.5; [ "$(sent "$1")" -eq "$before" ]; }
attached() { ctl show attached; grep -q "^ *$1 " "$SAID"; }
sockets() { ctl show attached; [ "$(cell "$SAID" attached "$1" sockets)" = "$2" ]; }
refused() { local want=$1; shift; ! "$@" && grep -q -- "$want" "$SAID.err"; }
from_outside() { "$DAEMON" "$@" >"$SAID" 2>"$SAID.err"; }

# A sender as anybody's: a datagram each 20 ms until it is ended. WHEN: bound, connected, dual, unbound.
cat >"$QS_TMP/sender.py" <<'PY'
import socket, sys, time
when, port = sys.argv[1], int(sys.argv[2])
if when == 'dual':
    s, to = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM), ('::ffff:10.9.0.2', port)
    s.bind(('::', 0))
else:
    s, to = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), ('10.9.0.2', port)
if when == 'connected':
    s.connect(to)
elif when == 'bound':
    s.bind(('', 0))
print(s.fileno(), flush=True)
if when == 'unbound':
    time.sleep(60)
while True:
    try:
        s.send(b'x' * 100) if when == 'connected' else s.sendto(b'x' * 100, to)
    except ConnectionRefusedError:
        pass # nobody listens there
    time.sleep(0.02)
PY
# sender NS WHEN PORT: start it; its PID:FD is in $SOCK.
sender() {
	rm -f "$QS_TMP/fd.$3"
	background ip netns exec "$1" python3 "$QS_TMP/sender.py" "$2" "$3" >"$QS_TMP/fd.$3" 2>/dev/null
	until_true 10 test -s "$QS_TMP/fd.$3" || fail "sender $3"
	SOCK=$QS_LAST:$(cat "$QS_TMP/fd.$3")
}

check "commands from outside" ctl show rule all
check "a mistake is told, with its status" refused "stream 'nobody' does not exist" ctl show stream nobody
check "no endless command" refused "period" ctl show stats all period 1
echo "show stats all period 1" >"$QS_TMP/endless"
check "nor one that a file has" refused "endless:1: period: not through a socket" ctl load "$QS_TMP/endless"

for when in bound connected dual; do
	sender "$QS_A" "$when" 5001
	check "$when: nothing is the stream's before" still video
	check "$when: attach" from_outside attach --file-prefix "$PREFIX" "$SOCK" video
	check "$when: it is the stream's" grows video
	check "$when: it is listed" sockets "$SOCK" 1
	check "$when: not twice" refused "is attached" from_outside attach "--file-prefix=$PREFIX" "$SOCK" group
	check "$when: the stream stays" refused "is where" ctl del stream video
	check "$when: detach" from_outside detach --file-prefix "$PREFIX" "$SOCK"
	check "$when: nothing more is the stream's" still video
	check "$when: and it sends on" kill -0 "${SOCK%:*}"
	check "$when: again" ctl attach "$SOCK" video
	end_process "${SOCK%:*}"
	gone() { ! attached "$SOCK"; }
	check "$when: its end is noticed" until_true 3 gone
	rm -f "$QS_TMP/fd.5001"
done

# TCP: a connection in the middle of its life.
background ip netns exec "$QS_B" iperf3 -s -1 -p 5203 >/dev/null 2>&1
until_true 5 listens "$QS_B" 5203
background ip netns exec "$QS_A" iperf3 -c 10.9.0.2 -p 5203 -t 8 -b 2M >/dev/null 2>&1
IPERF=$QS_LAST
tcp_data() { ss_fd=$(in_a ss -tnpH "dport = 5203" | grep -o "pid=$IPERF,fd=[0-9]*" | tail -n 1); [ -n "$ss_fd" ]; }
check "iperf3 runs" until_true 5 tcp_data
for fd in $(in_a ss -tnpH "dport = 5203" | grep -o "fd=[0-9]*" | cut -d= -f2); do ctl attach "$IPERF:$fd" video; done
check "TCP: its segments are the stream's" grows video
end_process "$IPERF"

# What cannot be.
sender "$QS_A" unbound 5004
check "a socket that is not bound" refused "not bound" ctl attach "$SOCK" video
check "no such descriptor" refused "descriptor 999: Bad file descriptor" ctl attach "${SOCK%:*}:999" video
check "not a socket" refused "is not a socket" ctl attach "${SOCK%:*}:1" video
check "not PID:FD" refused "PID:FD is a process" ctl attach 12 video
check "no such process" refused "No such process" ctl attach 4194304:3 video
check "no such stream" refused "stream 'nobody' does not exist" ctl attach "$SOCK" nobody
check "not attached" refused "is not attached" ctl detach 1:1
sender "$QS_B" bound 5005
check "another network namespace" refused "another network namespace" ctl attach "$SOCK" video
check "no such cgroup" refused "No such file" ctl attach cgroup no-such-group video
check "nobody runs with that prefix" refused "no dpdk-qsock with --file-prefix nobody$QS_ID" \
	from_outside ctl --file-prefix "nobody$QS_ID" show rule all
check "not as anybody" refused "Permission denied" setpriv --reuid 65534 --clear-groups --inh-caps=-all \
	env XDG_RUNTIME_DIR=/var/run "$DAEMON" ctl --file-prefix "$PREFIX" show rule all 2>"$SAID.err"

# A cgroup: a program that runs in it, and one that starts there later.
CGROUPS=$(awk '$3 == "cgroup2" {print $2; exit}' /proc/self/mounts)
GROUP=$CGROUPS/qsock$QS_ID SEEN=/sys/fs/cgroup/qsock$QS_ID
if [ -n "$CGROUPS" ] && mkdir "$GROUP" 2>/dev/null; then
	trap 'qs_cleanup; rmdir "$GROUP" 2>/dev/null' EXIT
	# shellcheck disable=SC2016 # the inner shell's
	group_sender() {
		background bash -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$GROUP" \
			ip netns exec "$QS_A" python3 "$QS_TMP/sender.py" bound "$1" >"$QS_TMP/fd.$1" 2>/dev/null
		until_true 10 test -s "$QS_TMP/fd.$1" || fail "sender $1"
	}
	group_sender 5006
	FIRST=$QS_LAST
	check "cgroup: nothing is the stream's before" still group
	check "cgroup: attach" ctl attach cgroup "qsock$QS_ID" group
	check "cgroup: who runs in it is found" sockets "$SEEN" 1
	check "cgroup: it is the stream's" grows group
	group_sender 5007
	SECOND=$QS_LAST
	check "cgroup: who comes later is found" until_true 3 sockets "$SEEN" 2
	end_process "$FIRST"
	check "cgroup: who ends is forgotten" until_true 3 sockets "$SEEN" 1
	check "cgroup: detach" ctl detach "qsock$QS_ID"
	check "cgroup: nothing more is the stream's" still group
	end_process "$SECOND"
else
	echo "SKIP: cgroups: no cgroup2 file system that can be written to"
fi

check "quit from outside" ctl quit
ended() { ! kill -0 "$RUNNING" 2>/dev/null; }
check "it ends" until_true 10 ended
wait "$RUNNING"
check "with status 0" [ $? = 0 ]
check "its socket is gone, and the directory" [ ! -e "$QS_EAL_FILES" ]
finish
