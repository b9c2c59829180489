#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The daemon's arguments, configurations and commands: what is wrong is told in one line that names
# the place, with the right status, and nothing half applied; what is right can be saved and loaded.
set -u
. "$(dirname "$0")/lib.sh"
# shellcheck source=test/smoke/dpdk-qsock-lib.sh
. "$(dirname "$0")/dpdk-qsock-lib.sh"

VDEV="--vdev=net_null0 --vdev=net_null1"

# wrong STATUS TEXT NAME COMMAND...: it ends so, and its only line of its own holds the text.
wrong() {
	local status=$1 text=$2 name=$3 got lines
	shift 3
	timeout 20 "$@" >"$QS_TMP/out" 2>"$QS_TMP/err" </dev/null
	got=$?
	own_lines <"$QS_TMP/err" >"$QS_TMP/own"
	lines=$(wc -l <"$QS_TMP/own")
	if [ "$got" = "$status" ] && [ "$lines" = 1 ] && grep -qF -- "$text" "$QS_TMP/own"; then
		pass "$name"
	else
		fail "$name: status $got for $status, $lines lines, '$text' in: $(cat "$QS_TMP/own")"
	fi
}

# ---------------------------------------------------------------- arguments
args() { wrong 2 "$1" "arguments: ${*:2}" "$DAEMON" "${@:2}"; }
args "'--confg' is not an option" -- --confg x
args "--config needs a value" -- --config
args "--stats-period: '0' is out of range" -- -i --stats-period 0
args "--duration: '1x' is not a time" -- -i --duration 1x
args "'--config' belongs after '--'" --config x
args "nothing to run" --no-huge --
args "nothing to run" --no-huge
args "--stats-period is for runs without -i" -- -i --stats-period 1
wrong 1 "$QS_TMP/none.ini" "a file that is not there" "$DAEMON" -- --config "$QS_TMP/none.ini"

"$DAEMON" -- --help >"$QS_TMP/out" 2>&1 && grep -q -- '--cmdline-file FILE' "$QS_TMP/out" && pass "--help" || fail "--help"
[[ $("$DAEMON" --version) == "dpdk-qsock "*" (DPDK "* ]] && pass "--version" || fail "--version"

# ---------------------------------------------------------------- configurations that EAL is not even started for
# conf LINE TEXT: standard input is the file; what is wrong in which line.
conf() {
	cat >"$QS_TMP/c.ini"
	# shellcheck disable=SC2086  # lists of words
	wrong 1 "$2" "line $1: $2" "$DAEMON" $EAL $VDEV -- --config "$QS_TMP/c.ini"
	grep -q "^dpdk-qsock: $QS_TMP/c.ini:$1: " "$QS_TMP/own" || fail "not in line $1: $(cat "$QS_TMP/own")"
}
LONG=$(printf 'x%.0s' $(seq 150))

conf 1 "not a section: '[port'" <<<$'[port\n'
conf 1 "unknown section: '[ports 0]'" <<<$'[ports 0]\nrate = 1gbit'
conf 2 "unknown key: 'rte'" <<<$'[port 0]\nrte = 1gbit'
conf 2 "'1gbitt' is not a rate" <<<$'[port 0]\nrate = 1gbitt'
conf 2 "'999bit' is out of range: 1kbit .. 1tbit" <<<$'[port 0]\nrate = 999bit'
conf 2 "1 .. 127 characters" <<<$'[port 0]\ndevice = '"$LONG"
conf 2 "line too long: 309 characters" <<<$'[port 0]\ndevice = '"$LONG$LONG"
conf 3 "twice" <<<$'[port 0]\nrate = 1gbit\nrate = 2gbit'
conf 3 "section twice" <<<$'[port 0]\nrate = 1gbit\n[port 0]'
conf 3 "'wfq' is not known: dwcs, vds, edf, fifo" <<<$'[port 0]\ndevice = net_null0\nscheduler = wfq'
conf 5 "port: '1' does not exist" <<<$'[port 0]\ndevice = net_null0\nrate = 1gbit\n[stream s]\nport = 1'

# ---------------------------------------------------------------- configurations that fail when they meet the machine
P=$'[port 0]\ndevice = net_null0\nrate = 10mbit\ntwin = no\n' # 4 lines
S=$'[stream s]\nipg = 10ms\nsource = cbr\n'                   # 3 lines
TO=$'dst = 10.0.0.2:5000\nsrc = 10.0.0.1:5000\ndst-mac = 02:00:00:00:00:02\n'

conf 1 "device is missing" <<<$'[port 0]\nrate = 1gbit\ntwin = no'
conf 2 "device: 'nope' is neither an EAL port (net_null0, net_null1) nor a kernel interface" \
	<<<$'[port 0]\ndevice = nope\nrate = 1gbit'
conf 5 "tx-lcore: '7' is no worker" <<<"${P}tx-lcore = 7"
conf 5 "tx-lcore: '0' is no worker" <<<"${P}tx-lcore = 0"
conf 5 "addresses: 'yes' needs a twin" <<<"${P}addresses = yes"
conf 5 "tx-queues: '17' is out of range: 1 .. 16" <<<"${P}tx-queues = 17"
conf 4 "tx-queues: '2' goes without a twin only" <<<$'[port 0]\ndevice = net_null0\nrate = 1gbit\ntx-queues = 2'
conf 5 "tx-queues: '2' cannot be recorded" <<<"${P}tx-queues = 2"$'\n'"record = $QS_TMP/r"
conf 1 "[port 0]: no lcore is left to send: EAL has 2" <<<"${P}tx-queues = 2"
conf 5 "[port 1]: no lcore is left to send: EAL has 2" <<<"$P"$'[port 1]\ndevice = net_null1\nrate = 1gbit\ntwin = no'
conf 5 "[stream s]: dst, src, dst-mac are missing: port 0 has no twin" <<<"$P$S"
conf 5 "[stream s]: src, dst-mac are missing" <<<"$P$S"$'dst = 10.0.0.2:5000'
conf 5 "[stream s]: src is missing" <<<"$P$S"$'dst = 10.0.0.2:5000\ndst-mac = 02:00:00:00:00:02'
conf 5 "[stream s]: dst-mac is missing" <<<"$P$S"$'dst = 10.0.0.2:5000\nsrc = 10.0.0.1:5000'
conf 11 "[stream s]: packet: '41' is out of range for UDP frames of port 0: 42 .. 1514" <<<"$P$S${TO}packet = 41"
conf 11 "packet: '1515' is out of range" <<<"$P$S${TO}packet = 1515"
conf 7 "pcap: '$QS_TMP/none.pcap'" <<<"$P"$'[stream s]\nipg = 1ms\npcap = '"$QS_TMP/none.pcap"$'\nsource = pcap'
conf 8 "[rule r]: stream: 's' is on port 0, which has no twin" \
	<<<"$P"$'[stream s]\nipg = 1ms\n[rule r]\nstream = s'
# At the level of messages that users have.
printf '%s' "$P$S" >"$QS_TMP/c.ini"
# shellcheck disable=SC2086
timeout 20 "$DAEMON" $LCORES $QSOCK_EAL $VDEV -- --config "$QS_TMP/c.ini" >"$QS_TMP/out" 2>"$QS_TMP/err" </dev/null
check "nothing is stopped that was not started" eval '! grep -i "already stopped" "$QS_TMP/out" "$QS_TMP/err"'
printf 'no capture at all' >"$QS_TMP/bad.pcap"
conf 7 "pcap: '$QS_TMP/bad.pcap'" <<<"$P"$'[stream s]\nipg = 1ms\npcap = '"$QS_TMP/bad.pcap"$'\nsource = pcap'

# ---------------------------------------------------------------- commands
cat >"$QS_TMP/good.ini" <<<"$P$S${TO}oln = 1
old = 10
[stream be]
class = best-effort
queue = 64"

# cmd TEXT COMMAND: a line of a file of commands; what is wrong, and that it changed nothing.
cmd() {
	printf 'wait 100ms\n%s\n' "$2" >"$QS_TMP/cmds"
	# shellcheck disable=SC2086
	wrong 1 "cmds:2: $1" "command: $2" "$DAEMON" $EAL $VDEV -- --config "$QS_TMP/good.ini" --cmdline-file "$QS_TMP/cmds"
}
cmd "'shw' is not a command" "shw port 0"
cmd "'al' cannot follow 'stats'" "clear stats al"
cmd "'/proc/nonexistent' cannot be opened" "load /proc/nonexistent"
mkdir "$QS_TMP/dir"
wrong 1 "$QS_TMP/dir:0: cannot be read: Is a directory" "a directory of commands" "$DAEMON" $EAL -- --cmdline-file "$QS_TMP/dir"
wrong 1 "$QS_TMP/dir:0: cannot be read: Is a directory" "a directory as configuration" "$DAEMON" -- --config "$QS_TMP/dir"

# Many more through one daemon: each line is a mistake, and the configuration is as before.
cat >"$QS_TMP/cmds" <<'COMMANDS'
show config
add stream s ipg 1ms
add stream all ipg 1ms
add stream x[ ipg 1ms
add stream x ipg 1ms ipg 2ms
add stream x ipg 1mss
add stream x ipg 999ns
add stream x ipg
add stream x iipg 1ms
add stream x oln 2 old 1 ipg 1ms
add stream x ipg 1ms port 9
add stream x ipg 1ms source cbr
add stream x ipg 1ms source cbr dst 10.0.0.2:5000 src 10.0.0.1:5000 dst-mac 02:00:00:00:00:0g
add stream x ipg 1ms source cbr dst 10.0.0.2:5000 src [::1]:5000 dst-mac 02:00:00:00:00:02
add stream x ipg 1ms source onoff dst 10.0.0.2:5000 src 10.0.0.1:5000 dst-mac 02:00:00:00:00:02
add stream x
change stream s ipg 0
change stream s oln 11
change stream s ipg 5ms packet 9000
change stream s ipg 5ms linger 3s
change stream s port 1
change stream y ipg 1ms
del stream y
set port 0 rate 1
set port 0 rate 20mbit overhead 3
set port 1 rate 1mbit
add rule r stream s protocol udp
add rule r protocol udp
add rule r stream y
del rule r
add port 0 device net_null1
add port 256 device net_null1
add port 1 device net_null1 rate 1mbit twin no
start source be
start source y
show stats y
show neigh 0
show port 3
show port 0 stats period 0
show port all period 1 count x
save config /proc/nonexistent/x
clear stats port 4
clear stats stream y
wait 0
show config
COMMANDS
# shellcheck disable=SC2086
timeout 60 "$DAEMON" $EAL $VDEV -- --config "$QS_TMP/good.ini" -i <"$QS_TMP/cmds" >"$QS_TMP/out" 2>"$QS_TMP/err"
check "a script with mistakes ends with status 1" [ $? = 1 ]
own_lines <"$QS_TMP/err" >"$QS_TMP/own"
n=$(wc -l <"$QS_TMP/cmds")
for i in $(seq 2 $((n - 1))); do
	[ "$(grep -c "^stdin:$i: " "$QS_TMP/own")" = 1 ] || fail "not one line for: $(sed -n "${i}p" "$QS_TMP/cmds")"
done
check "each mistake is one line" [ "$(wc -l <"$QS_TMP/own")" = $((n - 2)) ]
sections "$QS_TMP/out" >"$QS_TMP/two"
half=$(($(wc -l <"$QS_TMP/two") / 2))
check "the configuration was shown twice" [ "$half" -ge 10 ]
check "and no mistake changed it" cmp <(head -n $half "$QS_TMP/two") <(tail -n $half "$QS_TMP/two")

# ---------------------------------------------------------------- save and load
cat >"$QS_TMP/cmds" <<COMMANDS
change stream s ipg 20ms oln 2
add stream extra port 0 ipg 3ms oln 0 old 4 unit frame queue 12 linger 2s droppable no
add stream tone source onoff on 10ms off 20ms interval 1ms dst [fd00::2]:9 src [fd00::1]:9 dst-mac 02:00:00:00:00:03 packet 200 ipg 500us dscp 46 vlan-priority 5 seed 7
set port 0 rate 12500kbit
del stream be
save config $QS_TMP/saved.ini
show config
COMMANDS
# shellcheck disable=SC2086
timeout 30 "$DAEMON" $EAL $VDEV -- --config "$QS_TMP/good.ini" --cmdline-file "$QS_TMP/cmds" -i </dev/null >"$QS_TMP/first" 2>"$QS_TMP/err"
check "a script of good commands ends with status 0" [ $? = 0 ]
# shellcheck disable=SC2086
echo show config | timeout 30 "$DAEMON" $EAL $VDEV -- --config "$QS_TMP/saved.ini" -i >"$QS_TMP/second" 2>&1
sections "$QS_TMP/first" >"$QS_TMP/first.ini"
check "what was saved is what was shown" cmp "$QS_TMP/first.ini" "$QS_TMP/saved.ini"
check "and loads to the same" cmp "$QS_TMP/first.ini" <(sections "$QS_TMP/second")
ln -s saved.ini "$QS_TMP/link.ini"
chmod 600 "$QS_TMP/saved.ini"
mknod "$QS_TMP/null" c 1 3
printf 'save config %s\n' "$QS_TMP/link.ini" "$QS_TMP/null" /dev/stdout >"$QS_TMP/cmds"
# shellcheck disable=SC2086
timeout 30 "$DAEMON" $EAL $VDEV -- --config "$QS_TMP/saved.ini" -i <"$QS_TMP/cmds" >"$QS_TMP/third" 2>&1
check "it is saved into what a link names, with its rights" eval \
	'[ -L "$QS_TMP/link.ini" ] && [ "$(stat -c %a "$QS_TMP/saved.ini")" = 600 ] && cmp "$QS_TMP/first.ini" "$QS_TMP/saved.ini"'
check "into a device, which stays one" [ -c "$QS_TMP/null" ]
check "and to standard output" cmp "$QS_TMP/first.ini" <(sections "$QS_TMP/third")
check "nothing is left beside" [ -z "$(find "$QS_TMP" -name '*.ini.*')" ]
check "as the changes say" grep -q '^rate = 12500kbit' "$QS_TMP/saved.ini"

check "without hugepages it says so" grep -q "^dpdk-qsock .*: no hugepages (--no-huge), 2 lcores" "$QS_TMP/first"

# ---------------------------------------------------------------- without standard descriptors
# shellcheck disable=SC2086
timeout 30 "$DAEMON" $EAL $VDEV -- --config "$QS_TMP/good.ini" -i <&- >"$QS_TMP/out" 2>&1
check "a closed standard input is an empty one" [ $? = 0 ]
# shellcheck disable=SC2086
timeout 30 "$DAEMON" $EAL $VDEV -- --config "$QS_TMP/good.ini" --duration 100ms <&- >&- 2>&-
check "nor does it need the others" [ $? = 0 ]

# ---------------------------------------------------------------- EAL's files, without hugepages
timeout 30 "$DAEMON" "${LCORES% *}" "${LCORES#* }" --no-huge --no-pci -m 256 "--file-prefix=qs$QS_ID" --log-level='*:error' --vdev=net_null0 \
	--vdev=net_null1 -- --config "$QS_TMP/good.ini" --duration 100ms >"$QS_TMP/out" 2>"$QS_TMP/err"
check "with a configuration that others could share it runs" [ $? = 0 ]
check "and leaves nothing of it" [ -z "$(left_behind)" ]

# ---------------------------------------------------------------- hugepages
if [ "${QSOCK_HUGE:-0}" = 1 ]; then
	# shellcheck disable=SC2086
	timeout 30 "$DAEMON" $LCORES --no-pci -m 128 "--file-prefix=qs$QS_ID" --log-level='*:error' --vdev=net_null0 \
		--vdev=net_null1 -- --config "$QS_TMP/good.ini" --duration 300ms >"$QS_TMP/out" 2>"$QS_TMP/err"
	check "with hugepages it runs" [ $? = 0 ]
	check "and says so" grep -q "^dpdk-qsock .*: hugepages, 2 lcores" "$QS_TMP/out"
	check "and leaves nothing" [ -z "$(left_behind)" ]
	# As long as another process has memory of it mapped, which a lock tells, EAL's files stay.
	# shellcheck disable=SC2086
	background timeout 30 "$DAEMON" $LCORES --no-pci -m 128 "--file-prefix=qs$QS_ID" --log-level='*:error' \
		--vdev=net_null0 --vdev=net_null1 -- --config "$QS_TMP/good.ini" --stats-period 1 >"$QS_TMP/out" 2>"$QS_TMP/err"
	check "it runs beside another process" until_true 10 grep -q '^dpdk-qsock' "$QS_TMP/out"
	(exec flock --shared "$QS_EAL_FILES/qs$QS_ID/fbarray_memseg-2048k-0-0" sleep 60) &
	other=$!
	QS_PIDS+=("$other")
	until_true 5 sh -c "! flock --nonblock '$QS_EAL_FILES/qs$QS_ID/fbarray_memseg-2048k-0-0' true"
	end_process "$QS_LAST"
	check "what that one has stays" [ -e "$QS_EAL_FILES/qs$QS_ID/config" ]
	end_process "$other"
	sweep_eal
else
	echo "SKIP: no hugepages: the start with them"
fi

finish
