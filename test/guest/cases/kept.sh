#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# A NIC that stays with its kernel driver, and a distribution's default qdisc (fq_codel): a program of qsocket.h whose messages are
# decided above the kernel's stack. Everything arrives in order, by way of the HTB's class, and the qdisc is back afterwards; whichever
# way sockets come into their class, and by default that is BPF where this kernel, Debian's, can have it.
# machine: -c 2 -n e1000e -n e1000e
set -u
. "$(dirname "$0")/../guest-lib.sh"
. "$(dirname "$0")/../peer-lib.sh"

modprobe -a e1000e sch_htb
until_true 5 nic_pci 2 >/dev/null
NIC=$(nic_pci 1) other=$(nic_pci 4)
peer_up "$(nic_net "${other:-$(nic_pci 2)}")" # on the machine of the case nic, too
IF=$(nic_net "$NIC")
ip addr add 10.9.0.1/24 dev "$IF"
ip link set "$IF" up
until_true 20 ping -qc 1 -W 1 10.9.0.2 >/dev/null
qdisc() { tc qdisc show dev "$IF" | sed 's/ refcnt.*//'; }
before=$(qdisc)
echo "# $IF: $(nic_driver "$NIC"), $before"

# What BPF needs of a kernel, looked for by other means than ours: types, and the hook with its programs, which it loads by itself.
right=priority
[ -e /sys/kernel/btf/vmlinux ] && modprobe -qna sch_ingress cls_bpf && right=bpf

# by WAY COUNT: so many messages with that setting. What the hook and the classes are meanwhile is in WAY.filters and WAY.classes.
by() {
	local program
	rm -f "$QS_TMP/go" "$QS_TMP/program"
	listen 5004
	QSOCK_PORT_ARGS="driver=kernel,rate=20mbit,classify=$1" timeout 60 "$QSOCK_BUILD/test/smoke/tools/qsocket-do" init "$IF" dwcs \
		udp 1 512 connect 10.9.0.2 5004 send "$2" 700 sent "$2" info say sent await "$QS_TMP/go" >"$QS_TMP/program" 2>&1 &
	program=$!
	until_true 40 grep -qs '^sent' "$QS_TMP/program"
	tc filter show dev "$IF" egress >"$QS_TMP/$1.filters"
	tc -s class show dev "$IF" >"$QS_TMP/$1.classes"
	touch "$QS_TMP/go"
	program_arrived "$1" $program "$2" 700
	same "$1: packets of the urgent class" "$(awk '$1 == "class" {on = $3 == "5153:10"} on && $1 == "Sent" {print $4}' "$QS_TMP/$1.classes")" "$2"
	same "$1: the qdisc afterwards" "$(qdisc)" "$before"
	same "$1: filters afterwards" "$(tc filter show dev "$IF" egress 2>/dev/null)" ""
	[ $QS_FAILED = 0 ] || cat "$QS_TMP/$1.classes" "$QS_TMP/$1.filters"
}
way() { if grep -q qsock_class "$QS_TMP/$1.filters"; then echo bpf; else echo priority; fi; }
by auto 200
same "auto: the way that this kernel ($(uname -r)) can have" "$(way auto)" $right
by priority 100
same "priority: the way that was asked for" "$(way priority)" priority
finish
