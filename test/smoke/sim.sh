#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# sim.sh - dpdk-qsock-sim as a user runs it: exit status, messages, known answers, replay.
set -u
# shellcheck source=test/smoke/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$QS_TMP" || exit 1

SIM=$QSOCK_BUILD/app/dpdk-qsock-sim/dpdk-qsock-sim
VECTORS=$QS_TOP/test/oracle/vectors
HEADER=time_ns,stream,bytes,deadline_ns,flags
[ -x "$SIM" ] || { fail "no program $SIM"; finish; }

# ends STATUS ARG...: run it; output goes to out and err.
ends() {
	local want=$1 got
	shift
	"$SIM" "$@" >out 2>err
	got=$?
	[ "$got" -eq "$want" ] || { echo "status $got, not $want: $*"; cat err; return 1; }
}

# refused MESSAGE ARG...: exit 1, one line on stderr, nothing on stdout.
refused() {
	local message=$1
	shift
	ends 1 "$@" || return 1
	[ "$(cat err)" = "$message" ] && [ ! -s out ] && return
	printf 'expected: %s\n     got: %s\n' "$message" "$(cat err)"
	return 1
}

# usage_error ARG...: exit 2, the usage on stderr.
usage_error() { ends 2 "$@" && grep -q '^usage: dpdk-qsock-sim' err && [ ! -s out ]; }

# scenario [LINE...]: s.ini, of one stream a and what is given for it.
scenario() {
	printf '%s\n' '[port 0]' 'rate = 8gbit' 'overhead = 0' "scheduler = ${DISCIPLINE:-dwcs}" '' '[stream a]' "$@" >s.ini
}

# arrivals ROW...
arrivals() { printf '%s\n' "$HEADER" "$@" >a.csv; }

# json EXPRESSION: a condition on the summary o, which is in out.
json() { python3 -c 'import json, sys; o = json.load(open("out")); s = o["streams"]; sys.exit(not eval(sys.argv[1]))' "$1"; }

# ---------------------------------------------------------------- options
check "--help" ends 0 --help
check "--help says what it is" grep -q -- '--scenario FILE.ini' out
check "--version" ends 0 --version
check "--version is VERSION" [ "$(cat out)" = "dpdk-qsock-sim $(cat "$QS_TOP/VERSION")" ]
check "--keys" ends 0 --keys
check "--keys names all sections" [ "$(grep -c '^\[' out)" = 3 ]
check "no argument" usage_error
check "unknown option" usage_error --scenario s.ini --foo
check "argument without option" usage_error --scenario s.ini x
check "option without argument" usage_error --scenario
check "bad --until" usage_error --scenario s.ini --until 5parsecs
check "option twice" usage_error --scenario s.ini --scenario s.ini
check "--polls alone" usage_error --scenario s.ini --polls p.csv

# ---------------------------------------------------------------- what is refused
scenario 'ipg = 1ms'
arrivals
check "no file" refused 'x.ini: cannot be opened: No such file or directory' --scenario x.ini
check "no arrivals" refused 's.ini: nothing arrives: a stream needs a source, or the run --arrivals FILE.csv' \
	--scenario s.ini
check "no arrivals file" refused 'x.csv: cannot be opened: No such file or directory' \
	--scenario s.ini --arrivals x.csv
check "events not writable" refused '/proc/nonexistent/e.csv: cannot be written: No such file or directory' \
	--scenario s.ini --arrivals a.csv --events /proc/nonexistent/e.csv
arrivals '1,a,1000,0,'
check "events to a full disk" refused '/dev/full: cannot be written: No space left on device' \
	--scenario s.ini --arrivals a.csv --events /dev/full
"$SIM" --scenario s.ini --arrivals a.csv >/dev/full 2>err
check "standard output full" [ $? -eq 1 ]
arrivals '2,a,1000,0,' '1,a,1000,0,'
check "not sorted" refused "a.csv:3: not sorted by time: '1' is before the line above: 2 or later" \
	--scenario s.ini --arrivals a.csv
arrivals '2,b,1000,0,'
check "unknown stream" refused "a.csv:2: stream: 'b' does not exist: the name of a [stream NAME] in s.ini" \
	--scenario s.ini --arrivals a.csv
arrivals '2,a,1000,0,nd'
check "both n and d" refused "a.csv:2: flags: 'nd' has both n and d: only one of them is allowed" \
	--scenario s.ini --arrivals a.csv
scenario 'ipg = 1us' 'old = 0.5'
check "bad value" refused "s.ini:8: old: '0.5' is not a number: decimal digits, 0 .. 65535" --scenario s.ini
scenario 'ipg = 1ms' 'prio = 7'
check "unknown key" ends 1 --scenario s.ini
check "the message names it and what is allowed" grep -q "^s.ini:8: unknown key: 'prio', allowed in .* ipg oln old" err
scenario 'source = greedy' 'ipg = 1ms'
check "endless source" refused 's.ini:7: [stream a]: the source never ends: it needs stop, or the run --until TIME' \
	--scenario s.ini
check "endless source until" ends 0 --scenario s.ini --until 1ms
printf '[stream a]\n[port 1]\n' >s.ini
check "no port 0" refused "s.ini:1: [stream a]: port: '0' does not exist: the number of a [port N]" --scenario s.ini
printf '[port 0]\n[port 1]\n' >s.ini
check "two ports" refused 's.ini:2: [port 1]: a second port: the simulator has one' --scenario s.ini
printf '[port 0]\n' >s.ini
check "no rate" refused 's.ini:1: [port 0]: rate is missing: the simulator needs it, 1kbit .. 1tbit' --scenario s.ini
printf '[port 0]\nrate = 1gbit\n' >s.ini
check "no stream" refused 's.ini: no section [stream NAME]: the simulator needs one' --scenario s.ini
: >s.ini
check "empty scenario" refused 's.ini: no section [port N]: the simulator needs one' --scenario s.ini

# ---------------------------------------------------------------- known answers
for vector in "$VECTORS"/*/; do
	name=$(basename "$vector")
	until=()
	[ -f "$vector/until" ] && until=(--until "$(cat "$vector/until")")
	check "vector $name" ends 0 --scenario "$vector/scenario.ini" --arrivals "$vector/arrivals.csv" \
		--events e.csv "${until[@]}"
	check "events of $name" cmp "$vector/events.csv" e.csv
done

# A clock read every nanosecond misses no moment: a replay decides as virtual time does.
seq 0 20000 | sed '1i clock_ns' >p.csv
v=$VECTORS/dwcs-three-streams
check "replay" ends 0 --scenario "$v/scenario.ini" --arrivals "$v/arrivals.csv" --until 20000 --events e1.csv \
	--polls p.csv
check "virtual time" ends 0 --scenario "$v/scenario.ini" --arrivals "$v/arrivals.csv" --until 20000 --events e2.csv
check "both decide alike" cmp e1.csv e2.csv

# A late poll decides late; catchup makes up for it on the link, ahead decides before its end.
replay() {
	DISCIPLINE=fifo scenario
	sed -i "2a $1" s.ini
	arrivals '0,a,1000,0,' '0,a,1000,0,' '0,a,1000,0,' '0,a,1000,0,'
	{ echo clock_ns; printf '%s\n' "${@:2}"; } >p.csv
	ends 0 --scenario s.ini --arrivals a.csv --polls p.csv --events e.csv
	times=$(sed 1d e.csv | cut -d, -f1 | xargs)
}
replay 'ahead = 0' 0 999 1500 2499 2500 9000
check "late polls" [ "$times" = "0 1500 2500 9000" ]
replay 'catchup = 1ms' 0 3500
check "catchup" [ "$times" = "0 3500 3500 3500" ]
replay 'ahead = 1us' 0 1500
check "ahead" [ "$times" = "0 1000 2000" ]
replay 'catchup = 1ms' 0 3500 3500 3600
check "one row a decision" [ "$times" = "0 3500 3500 3600" ]
printf 'clock_ns\n5\n4\n' >p.csv
check "clock backwards" refused "p.csv:3: not sorted: '4' is before the line above: 5 or later" \
	--scenario s.ini --arrivals a.csv --polls p.csv

# ---------------------------------------------------------------- summary
DISCIPLINE=fifo scenario 'queue = 2'
arrivals '0,a,1000,0,' '0,a,1000,0,' '0,a,1000,0,' '1000,a,500,0,'
check "summary" ends 0 --scenario s.ini --arrivals a.csv --json
check "counters" json 's[0]["name"] == "a" and [s[0][k] for k in ("offered", "sent", "on_time", "late", "late_drop",
	"frame_drop", "queue_drop", "queued", "violations", "bytes")] == [4, 3, 3, 0, 0, 0, 1, 0, 0, 2500]'
check "delays" json 's[0]["delay_ns"] == {"min": 0, "mean": 666, "p50": 1000, "p99": 1000, "p99.9": 1000, "max": 1000}'
check "port" json 'o["port"]["rate_bps"] == 8 * 10**9 and o["port"]["utilisation"] == 1 and s[0]["rate_bps"] == 8 * 10**9'
check "until" ends 0 --scenario s.ini --arrivals a.csv --json --until 999ns
check "until counts what is queued" json '(s[0]["offered"], s[0]["sent"], s[0]["queued"]) == (3, 1, 1)'
check "until leaves the transmission whole" json 'o["port"]["busy_ns"] == 1000 == o["port"]["end_ns"]'
check "and so its rate" json 's[0]["rate_bps"] == 8 * 10**9 and o["port"]["utilisation"] == 1'
arrivals
check "nothing arrives" ends 0 --scenario s.ini --arrivals a.csv --json
check "no delay is null" json 's[0]["delay_ns"] is None and o["port"]["utilisation"] == 0'
check "table" ends 0 --scenario s.ini --arrivals a.csv
check "table names the stream" grep -q '^a  *0 ' out

# ---------------------------------------------------------------- sources
# Two streams of 1 in 2 and a best-effort one that takes the rest: figures that follow from the periods.
cat >s.ini <<'INI'
[port 0]
rate = 10mbit
[stream cbr]
ipg = 10ms
old = 1
source = cbr
[stream greedy]
ipg = 20ms
old = 1
source = greedy
queue = 4
[stream poisson]
class = best-effort
source = poisson
interval = 5ms
[stream onoff]
class = best-effort
source = onoff
interval = 1ms
on = 100ms
off = 100ms
INI
check "sources" ends 0 --scenario s.ini --until 10s --json
check "cbr sends one an interval" json 's[0]["sent"] == s[0]["offered"] == 1000 or s[0]["offered"] == 1001'
check "greedy is served once a period" json 's[1]["sent"] in (500, 501) and s[1]["queued"] + s[1]["sent"] == s[1]["offered"]'
check "poisson keeps its mean" json '1800 < s[2]["offered"] < 2200'
check "onoff sends half the time" json '3500 < s[3]["offered"] < 6500'
cp out first
check "again" ends 0 --scenario s.ini --until 10s --json
check "the same again" cmp out first
sed -i 's/^interval = 5ms/&\nseed = 2/' s.ini
check "another seed" ends 0 --scenario s.ini --until 10s --json
check "another outcome" eval '! cmp -s out first'

# A daemon's file can be planned.
check "daemon's keys" ends 1 --scenario "$QS_TOP/test/unit/data/good_daemon.ini"
check "only its second port is refused" grep -q 'a second port' err

# ---------------------------------------------------------------- documentation
guide=$QS_TOP/doc/guides/configuration.rst
[ -f "$guide" ] || fail "no $guide"
for key in $("$SIM" --keys | sed -n 's/^  \([a-z-]*\)$/\1/p' | sort -u); do
	grep -qF "\`\`$key\`\`" "$guide" 2>/dev/null || fail "key $key is not in doc/guides/configuration.rst"
done
pass "the guide knows every key"
finish
