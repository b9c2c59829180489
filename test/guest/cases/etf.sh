#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The kernel's ETF qdisc against the EDF of the specification. A plan hands packets with times to ETF, and the same arrivals
# with the same deadlines to dpdk-qsock-sim: where both agree, order and drops are the same; where ETF differs, it is told how.
# machine: -c 2
set -u
. "$(dirname "$0")/../guest-lib.sh"

SIM=$QSOCK_BUILD/app/dpdk-qsock-sim/dpdk-qsock-sim
modprobe -a veth sch_etf sch_tbf
hosts_up v0 v1
# ETF drops whatever has no time, ARP included.
ip -n "$QS_A" neigh replace 10.9.0.2 lladdr "$(in_b cat /sys/class/net/v1/address)" dev v0 nud permanent

# The qdisc cannot be changed in place. Times are far apart, and delta is long: a guest stalls.
DELTA_US=500000
strict() {
	in_a tc qdisc del dev v0 root 2>/dev/null
	in_a tc qdisc add dev v0 root etf clockid CLOCK_TAI delta $((DELTA_US * 1000))
}
deadline() {
	in_a tc qdisc del dev v0 root 2>/dev/null
	in_a tc qdisc add dev v0 root etf clockid CLOCK_TAI delta 0 deadline_mode
}
# Below a shaper that is as good as shut: it lets one packet of 242 bytes through, then holds what comes for two seconds.
SHAPER="root handle 1: tbf burst 250 limit 100000 rate"
held() {
	in_a tc qdisc del dev v0 root 2>/dev/null
	# shellcheck disable=SC2086  # a list of words
	in_a tc qdisc add dev v0 $SHAPER 1kbit
	in_a tc qdisc add dev v0 parent 1:1 handle 10: etf clockid CLOCK_TAI delta 0 deadline_mode
}

# both NAME QDISC MODE: the plan on standard input, in the kernel (NAME.etf) and in the simulator (NAME.edf), as lines
# "arrived ID..." and "refused ID..." or "missed ID..."; the simulator has one word, dropped, sorted.
both() {
	local name=$QS_TMP/$1
	cat >"$name.plan"
	$2
	in_a "$TOOLS/etf-order" "$3" "$QS_B" 10.9.0.2 "$([ "$3" = strict ] && echo $DELTA_US || echo 100000000)" <"$name.plan" >"$name.etf" ||
		{ fail "$1: etf-order"; return; }
	printf '[port 0]\nrate = 1mbit\nscheduler = edf\n[stream s]\ndeadline = 1000s\n' >"$name.ini"
	# What is handed over together arrives at one time; a wait is as long as the link needs.
	awk 'BEGIN {print "time_ns,stream,bytes,deadline_ns,flags"; t = 1000000000}
		$1 == "send" {printf "%.0f,s,%d,%.0f,\n", t, $4 ? $4 : 242, 1000000000 + $3 * 1000}
		$1 == "wait" {t += 10000000}' "$name.plan" >"$name.csv"
	"$SIM" --scenario "$name.ini" --arrivals "$name.csv" --events "$name.events" >/dev/null || fail "$1: the simulator"
	awk -F, 'FILENAME ~ /plan$/ {if (split($0, w, " ") && w[1] == "send") id[n++] = w[2]; next}
		$2 == "sent" {sent = sent " " id[$4]} $2 == "late_drop" {print id[$4] >(FILENAME ".dropped")}
		END {print "arrived" sent}' "$name.plan" "$name.events" >"$name.edf"
	echo "dropped$(sort -n "$name.events.dropped" 2>/dev/null | sed 's/^/ /' | tr -d '\n')" >>"$name.edf"
	sed 's/^/   etf: /' "$name.etf"
	sed 's/^/   edf: /' "$name.edf"
}
etf() { sed -n "s/^$2 *//p" "$QS_TMP/$1.etf"; }  # NAME WORD
edf() { sed -n "s/^$2 *//p" "$QS_TMP/$1.edf"; }  # NAME WORD
sorted() { tr ' ' '\n' <<<"$1" | sort -n | tr '\n' ' ' | sed 's/ $//'; }

# ---------------------------------------------------------------- where both agree
# Handed over in no order, four of them past their time: the rest in order of time, the four dropped.
for i in $(seq 0 19); do
	id=$(((i * 7 + 3) % 20))
	echo "send $id $((id < 4 ? -1000 * (id + 1) : 3000000 + 10000 * id))"
done | { cat && echo "wait 16"; } | both order strict strict
check "strict: what arrives, and its order, is EDF's" [ "$(etf order arrived)" = "$(edf order arrived)" ]
check "strict: 16 of 20" [ "$(etf order arrived | wc -w)" = 16 ]
check "strict: what is past its time is refused, as EDF drops it" [ "$(sorted "$(etf order refused)")" = "$(edf order dropped)" ]
check "strict: nothing missed its time in the queue" [ -z "$(etf order missed)" ]
# ETF paces: nothing before its time less delta. EDF keeps the link busy, and is done before ETF begins.
check "strict: nothing came before its time less delta" [ "$(etf order early)" = 0 ]
check "while EDF has sent all by then" awk -F, '$2 == "sent" && $1 >= 3500000000 {exit 1}' "$QS_TMP/order.events"

# Equal times.
for id in 8 2 5 1 7 4 0 6 3; do echo "send $id $((3000000 + 30000 * (id / 3)))"; done |
	{ cat && echo "wait 9"; } | both ties strict strict
check "equal times: the one that was handed over first, as EDF" [ "$(etf ties arrived)" = "$(edf ties arrived)" ]
check "equal times: all" [ "$(etf ties arrived | wc -w)" = 9 ]

# A backlog: in order of deadline, and what expires in the queue is dropped. The first holds the link meanwhile.
{
	# The first is due before all that are to arrive: ETF would refuse what is due before it (below).
	echo "send 0 400000 187500"
	echo "wait 1"
	for i in $(seq 0 11); do
		id=$(((i * 5 + 2) % 12 + 1))
		echo "send $id $((id < 4 ? 500000 + 10000 * id : 60000000 + 1000000 * id))"
	done
	echo "run sleep 1; tc qdisc change dev v0 $SHAPER 1mbit"
	# A call that finds something expired drops it and sends nothing, and ETF is not called again before the next one's
	# time: each of these two makes a call.
	echo "send 13 90000000"
	echo "send 14 91000000"
	echo "wait 12"
} | both backlog held deadline
check "deadline mode, a backlog: what arrives, and its order, is EDF's" [ "$(etf backlog arrived)" = "$(edf backlog arrived)" ]
check "deadline mode, a backlog: 12 of 15" [ "$(etf backlog arrived | wc -w)" = 12 ]
check "deadline mode, a backlog: what expires in the queue is dropped, as EDF does" \
	[ "$(sorted "$(etf backlog missed)")" = "$(edf backlog dropped)" ]

# ---------------------------------------------------------------- where ETF differs
# It refuses what is due before the last that it sent, in time or not. EDF sends it.
printf 'send %s\n' '1 30000000' | cat - <(echo "wait 1") <(printf 'send %s\n' '2 20000000' '3 40000000') <(echo "wait 2") \
	<(printf 'send %s\n' '4 35000000' '5 50000000') <(echo "wait 3") | both last deadline deadline
check "deadline mode: EDF sends all, whatever came before" [ "$(edf last arrived)" = "1 2 3 4 5" ]
check "deadline mode: ETF refuses what is due before the last that it sent" [ "$(etf last refused)" = "2 4" ]
check "deadline mode: and sends the others" [ "$(etf last arrived)" = "1 3 5" ]
finish
