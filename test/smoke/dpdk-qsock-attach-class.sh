#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Sockets that exist, where the kernel sends beside the port: attached by PID:FD or by cgroup they get a class of the
# port's HTB, and what they had comes back: at detach, at the end, and after a crash at the next start.
# shellcheck disable=SC2317 # functions are called by name
set -u
# shellcheck source=test/smoke/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=test/smoke/dpdk-qsock-lib.sh
. "$(dirname "$0")/dpdk-qsock-lib.sh"

hosts_up v0 v1 || skip "no network namespaces"
OUT=$QS_TMP/out SAID=$QS_TMP/said
PREFIX=qs$QS_ID
in_a ip neigh replace 10.9.0.2 lladdr "$(in_b cat /sys/class/net/v1/address)" dev v0

cat >"$QS_TMP/c.ini" <<'INI'
[port 0]
device = v0
driver = af_xdp
rate = 20mbit
cap-foreign = 20mbit
classify = priority

[stream video]
ipg = 1ms
oln = 9
old = 10

[stream files]
class = best-effort
INI

# WRAP: what the daemon is started by.
start() {
	sweep_eal
	rm -f "$OUT"
	# shellcheck disable=SC2086,SC2016  # lists of words; the inner shell's
	background ip netns exec "$QS_A" sh -c 'mount -t cgroup2 none /sys/fs/cgroup 2>/dev/null; exec "$@"' sh \
		${WRAP:-} "$DAEMON" $EAL -- --config "$QS_TMP/c.ini" >"$OUT" 2>"$QS_TMP/err"
	RUNNING=$QS_LAST
	until_true 20 grep -qs '^dpdk-qsock .*: ' "$OUT" || { cat "$QS_TMP/err"; fail "start"; finish; }
}
quit() { ctl quit; wait "$RUNNING"; }
ctl() { "$DAEMON" ctl --file-prefix "$PREFIX" "$@" >"$SAID" 2>"$SAID.err"; }
refused() { local want=$1; shift; ! "$@" && grep -q -- "$want" "$SAID.err" && return; cat "$SAID.err"; return 1; }
attached() { ctl show attached; grep -q "^ *$1 " "$SAID"; }
is_where() { ctl show attached; grep -q "^ *$1 .*  $2\$" "$SAID"; }
where() { until_true 3 is_where "$@" || { cat "$SAID"; return 1; }; }
left() { in_a tc -s class show dev v0 classid "${1##* }" | awk '/Sent/ {print $4}'; }
more() { [ "$(left "$1")" -ge "$2" ]; }
grows() { until_true 3 more "$1" $(($(left "$1") + 5)); }
still() { local before; before=$(left "$1"); sleep 0.2; [ "$(left "$1")" -eq "$before" ]; }

# A sender as anybody's, which owns no privilege: a datagram each 20 ms; on SIGUSR1 it takes a priority of its own, on SIGUSR2 it
# makes another socket, on SIGHUP it has a child that has the socket, too, and does nothing. It tells its priority when that has
# changed.
cat >"$QS_TMP/sender.py" <<'PY'
import os, signal, socket, sys, time
def make():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    if len(sys.argv) > 1:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_PRIORITY, int(sys.argv[1]))
    return s
s = make()
os.setuid(65534)
def own(*_): s.setsockopt(socket.SOL_SOCKET, socket.SO_PRIORITY, 3)
def anew(*_):
    global s
    s.close()
    s = make()
signal.signal(signal.SIGUSR1, own)
def twice(*_):
    child = os.fork()
    if child == 0:
        signal.alarm(60)
        signal.pause()
    print('child', child, flush=True)
    print('priority', told and '%x' % told, flush=True)
signal.signal(signal.SIGUSR2, anew)
signal.signal(signal.SIGHUP, twice)
print('fd', s.fileno(), flush=True)
told = None
while True:
    s.sendto(b'x' * 100, ('10.9.0.2', 5000))
    is_now = s.getsockopt(socket.SOL_SOCKET, socket.SO_PRIORITY)
    if is_now != told:
        print('priority %x' % is_now, flush=True)
        told = is_now
    time.sleep(0.02)
PY
# sender [PRIORITY]: start it; its PID:FD is in $SOCK, what it says in $HEARD.
NUMBER=0
sender() {
	NUMBER=$((NUMBER + 1)) HEARD=$QS_TMP/heard.$NUMBER
	background ip netns exec "$QS_A" python3 "$QS_TMP/sender.py" "$@" >"$HEARD" 2>&1
	until_true 10 grep -q priority "$HEARD" || fail "sender"
	SOCK=$QS_LAST:$(awk '/^fd/ {print $2}' "$HEARD")
}
has() { [ "$(tail -n 1 "${2:-$HEARD}")" = "priority $1" ]; }
soon() { until_true 3 has "$@" || { cat "${2:-$HEARD}"; return 1; }; }
NETNS=$(in_a stat -L -c %i /proc/self/ns/net)
our_files() { [ "$(find /run/qsock -name "class-$NETNS-*" | wc -l)" = "$1" ]; }

# By its descriptor.
start
sender
check "nothing of it is urgent before" still "urgent 5153:10"
check "attach" ctl attach "$SOCK" video
check "it is urgent" grows "urgent 5153:10"
check "its socket says so" soon 51530010
check "it is listed" where "$SOCK" "class 5153:10"
counted() { [ "$(cell "$SAID" class "urgent 5153:10" packets)" -gt 0 ]; }
check "with the counters of the class" counted
check "not twice" refused "attached already" ctl attach "$SOCK" files
check "its file" our_files 1
check "a stream becomes best effort" ctl change stream video class best-effort
check "the class follows" soon 51530020
check "back" ctl change stream video class realtime
check "and again" soon 51530010
kill -USR1 "${SOCK%:*}"
check "what its program takes is its own" soon 3
check "and is told" where "$SOCK" "class 5153:10, now 0:3"
check "detach" ctl detach "$SOCK"
check "its program's stays" soon 3
check "no file" our_files 0
check "attach to what is best effort" ctl attach "$SOCK" files
check "it is managed" grows "managed 5153:20"
check "a socket that is not bound, or sends nothing, has one as well" where "$SOCK" "class 5153:20"
kill -USR2 "${SOCK%:*}"
gone() { ! attached "$SOCK"; }
check "a socket's end is noticed, whatever has its descriptor" until_true 3 gone
check "the new one is not touched" soon 0
end_process "${SOCK%:*}"
sender 5
check "a priority of its own" soon 5
ctl attach "$SOCK" video
check "becomes the class" soon 51530010
FIRST=$SOCK FIRST_HEARD=$HEARD

# iperf3 as it is, in the middle of its life: TCP, then UDP.
fds() { in_a ss -npH "$1" "dport = $PORT" | grep -o "pid=$IPERF,fd=[0-9]*" | cut -d= -f3; }
# iperf SOCKETS KIND [OPTION]: how many it has to have, and ss's and its own option.
iperf() {
	local fd want=$1 kind=$2
	PORT=$((5200 + want)) # a server that has lost its client is busy for a while
	background ip netns exec "$QS_B" iperf3 -s -p "$PORT" >/dev/null 2>&1
	listens() { in_b ss -lntH "sport = $PORT" | grep -q .; }
	until_true 5 listens
	background ip netns exec "$QS_A" iperf3 -c 10.9.0.2 -p "$PORT" -t 20 -b 2M -l 1000 "${@:3}" >/dev/null 2>&1
	IPERF=$QS_LAST
	runs() { [ "$(fds "$kind" | wc -l)" -ge "$want" ]; }
	check "iperf3 $kind runs" until_true 5 runs
	check "iperf3 $kind: nothing is managed before" still "managed 5153:20"
	for fd in $(fds "$kind"); do ctl attach "$IPERF:$fd" files; done
	check "iperf3 $kind is managed" grows "managed 5153:20"
	for fd in $(fds "$kind"); do ctl detach "$IPERF:$fd"; done
	check "iperf3 $kind is not, after it" still "managed 5153:20"
	end_process "$IPERF"
}
iperf 2 -t
iperf 1 -u -u

# What cannot be.
check "no such descriptor" refused "descriptor 999: Bad file descriptor" ctl attach "${SOCK%:*}:999" video
check "not a socket" refused "is not a socket" ctl attach "${SOCK%:*}:1" video
check "no such process" refused "No such process" ctl attach 4194304:3 video
silent() {
	rm -f "$QS_TMP/silent"
	background ip netns exec "$1" python3 -c "import socket, time; s = socket.socket(); $2; print(s.fileno(), flush=True); time.sleep(60)" >"$QS_TMP/silent"
	until_true 15 test -s "$QS_TMP/silent" || fail "silent"
	SILENT=$QS_LAST:$(cat "$QS_TMP/silent")
}
silent "$QS_B" 's.bind(("", 0))'
check "another network namespace" refused "another network namespace" ctl attach "$SILENT" video
silent "$QS_A" 's.listen()'
check "one that only listens" refused "only listens" ctl attach "$SILENT" video

# A cgroup: sockets that are there, and those that are made later.
CGROUPS=$(awk '$3 == "cgroup2" {print $2; exit}' /proc/self/mounts)
GROUP=$CGROUPS/qsock$QS_ID SEEN=/sys/fs/cgroup/qsock$QS_ID
if [ -n "$CGROUPS" ] && mkdir -p "$GROUP/in" 2>/dev/null; then
	trap 'qs_cleanup; rmdir "$GROUP/in" "$GROUP" 2>/dev/null' EXIT
	group_sender() {
		NUMBER=$((NUMBER + 1)) HEARD=$QS_TMP/heard.$NUMBER
		# shellcheck disable=SC2016 # the inner shell's
		background bash -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$GROUP/in" \
			ip netns exec "$QS_A" python3 "$QS_TMP/sender.py" "$@" >"$HEARD" 2>&1
		until_true 10 grep -q priority "$HEARD" || fail "sender"
		SOCK=$QS_LAST:$(awk '/^fd/ {print $2}' "$HEARD")
	}
	group_sender 4
	OLD=$HEARD OLD_SOCK=$SOCK
	check "cgroup: attach" ctl attach cgroup "qsock$QS_ID" files
	check "cgroup: who runs in one within it has the class" soon 51530020
	check "cgroup: it is managed" grows "managed 5153:20"
	check "cgroup: it is listed" where "$SEEN" "class 5153:20"
	check "cgroup: one of its sockets by itself" ctl attach "$SOCK" video
	check "cgroup: that counts" soon 51530010
	check "cgroup: and ends" ctl detach "$SOCK"
	check "cgroup: with the cgroup's class" soon 51530020
	group_sender
	check "cgroup: who comes later is born with it" [ "$(grep -c priority "$HEARD")$(tail -n 1 "$HEARD")" = "1priority 51530020" ]
	# Who moves takes its sockets along.
	move() { echo "${1%:*}" >"$2/cgroup.procs"; }
	move "$OLD_SOCK" "$CGROUPS"
	check "cgroup: who moves out has what it had" soon 4 "$OLD"
	move "$SOCK" "$CGROUPS"
	check "cgroup: or nothing" soon 0
	move "$SOCK" "$GROUP"
	check "cgroup: who moves in has the class" soon 51530020
	move "$OLD_SOCK" "$GROUP/in"
	check "cgroup: again, too" soon 51530020 "$OLD"
	move "$OLD_SOCK" "$CGROUPS"
	soon 4 "$OLD"
	kill -USR1 "${OLD_SOCK%:*}"
	move "$OLD_SOCK" "$GROUP/in"
	sleep 0.5 # two looks
	check "cgroup: but not in the place of what its program has set" has 3 "$OLD"
	kill -HUP "${SOCK%:*}"
	until_true 3 grep -q child "$HEARD"
	move "$SOCK" "$CGROUPS"
	sleep 0.5
	check "cgroup: a socket that one within has, too, stays" has 51530020
	kill "$(awk '/^child/ {print $2}' "$HEARD")"
	# Two of them, one within the other.
	move "$SOCK" "$GROUP"
	soon 51530020
	ctl attach cgroup "qsock$QS_ID/in" video
	move "$SOCK" "$GROUP/in"
	check "cgroup: into one within another" soon 51530010
	move "$SOCK" "$GROUP"
	check "cgroup: out of the inner one, into the outer one" soon 51530020
	move "$SOCK" "$GROUP/in"
	check "cgroup: and back" soon 51530010
	move "$SOCK" "$CGROUPS"
	check "cgroup: out of both" soon 0
	ctl detach "qsock$QS_ID/in"
	move "$SOCK" "$GROUP"
	check "cgroup: others are not" has 51530010 "$FIRST_HEARD"
	check "cgroup: detach" ctl detach "qsock$QS_ID"
	check "cgroup: what its program has set stays" soon 3 "$OLD"
	check "cgroup: what was born in between has nothing" soon 0
	kill -USR2 "${SOCK%:*}"
	sleep 0.2
	check "cgroup: and what is born later" has 0
	ctl attach cgroup "qsock$QS_ID" files
	check "cgroup: again" soon 51530020
	OURS=2
else
	echo "SKIP: cgroups: no cgroup2 file system that can be written to"
	OURS=1 GROUP=
fi

# A crash, and the next start.
check "a file for each" our_files $OURS
kill -KILL "$RUNNING"
wait "$RUNNING" 2>/dev/null
check "after a crash a socket is what it was" has 51530010 "$FIRST_HEARD"
[ -z "$GROUP" ] || kill -USR2 "${OLD_SOCK%:*}"
[ -z "$GROUP" ] || check "cgroup: a crash ends the program" soon 4 "$OLD"
start
check "the next start gives back" soon 5 "$FIRST_HEARD"
[ -z "$GROUP" ] || check "cgroup: the next start gives back" soon 0
check "no file of it" our_files 0
if [ -n "$GROUP" ]; then
	ctl attach cgroup "qsock$QS_ID" files
	end_process "${SOCK%:*}"
	end_process "${OLD_SOCK%:*}"
	rmdir "$GROUP/in" "$GROUP"
	check "cgroup: its end is told" where "$SEEN" "class 5153:20, but not of NEW sockets"
	ctl detach "$SEEN"
fi

# Another program replaces the HTB.
ctl attach "$FIRST" video
in_a tc qdisc replace dev v0 root pfifo
check "another's HTB: told" where "$FIRST" "class 5153:10, which is GONE"
sender
check "another's HTB: refused" refused "another program has replaced it" ctl attach "$SOCK" video
check "quit" quit
check "what is attached at the end has what it had" soon 5 "$FIRST_HEARD"
check "no file at the end" our_files 0
in_a tc qdisc del dev v0 root 2>/dev/null

# Who may not look at others' processes, or load programs; a port without classes.
WRAP='setpriv --bounding-set -sys_ptrace,-sys_admin,-bpf --inh-caps -sys_ptrace,-sys_admin,-bpf' start
check "without the right to trace" refused "descriptor .*: Operation not permitted: .*CAP_SYS_PTRACE" ctl attach "$SOCK" video
[ -z "$GROUP" ] || check "without the right to load programs" refused "new sockets their class: Operation not permitted" \
	ctl attach cgroup / video
check "quit again" quit
sed -i '/^cap-foreign/d' "$QS_TMP/c.ini"
start
check "without cap-foreign" refused "has no cap-foreign" ctl attach "$SOCK" video
check "quit once more" quit

# By BPF the socket is as it was, and stays in its class whatever its program does. Another program may end that.
by_bpf() { is_where "$SOCK" "class $1 by BPF"; }
sed -i '/^classify/d' "$QS_TMP/c.ini"
sed -i 's/^driver.*/driver = af_xdp\ncap-foreign = 20mbit/' "$QS_TMP/c.ini"
start
SECOND=$SOCK
check "by BPF: attach" ctl attach "$SOCK" video
check "by BPF: it is listed" by_bpf 5153:10
kill -USR1 "${SOCK%:*}"
check "by BPF: what its program takes is its own" soon 3
check "by BPF: and it is urgent" grows "urgent 5153:10"
check "by BPF: the class follows the stream's" eval 'ctl change stream video class best-effort && until_true 3 by_bpf 5153:20'
check "by BPF: it is managed" grows "managed 5153:20"
in_a tc filter del dev v0 egress
check "by BPF: another program ends it, which is told" where "$SOCK" "class 5153:20 by BPF, now 0:0"
sender
check "by BPF: no more with it" refused "another program has ended the classes by BPF" ctl attach "$SOCK" video
SOCK=$SECOND
check "by BPF: detach" ctl detach "$SOCK"
check "by BPF: nothing is left" eval '! in_a tc qdisc show dev v0 | grep -q clsact'
check "by BPF: again" ctl attach "$SOCK" video
kill -KILL "$RUNNING"
wait "$RUNNING" 2>/dev/null
check "by BPF: a crash leaves it" eval 'in_a tc filter show dev v0 egress | grep -q qsock'
WRAP="$QSOCK_BUILD/test/smoke/tools/without pidfd_getfd --" start
check "by BPF: the next start ends it" eval '! in_a tc qdisc show dev v0 | grep -q clsact'
in_one_line() { refused "$@" && [ "$(wc -l <"$SAID.err")" = 1 ] && ! grep "given back" "$QS_TMP/err"; }
check "a kernel that gives nobody's descriptors" in_one_line "descriptor .*: Function not implemented: .*pidfd_getfd" ctl attach "$SOCK" video
[ -z "$GROUP" ] || check "and where a cgroup would want them" in_one_line "cgroup .*: Function not implemented: .*pidfd_getfd" \
	ctl attach cgroup / video
check "by BPF: quit" quit

# Frames through the qdisc: urgent is what the TX core sends, so that all that is attached is managed.
sed -i '/^cap-foreign/d; s/^driver.*/driver = kernel\nclassify = priority/' "$QS_TMP/c.ini"
start
check "driver kernel: attach" ctl attach "$SOCK" video
check "driver kernel: it is managed" grows "managed 5153:20"
check "driver kernel: it is listed" where "$SOCK" "class 5153:20"
check "driver kernel: quit" quit
check "driver kernel: it is as before" soon 0
finish
