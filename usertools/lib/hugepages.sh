# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
# hugepages.sh - have some 2 MiB hugepages for the time of a script. Sourced.

QS_HUGE_NR=/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
QS_HUGE_BEFORE=
QS_HUGE_MOUNTED=

# hugepages_up COUNT: have COUNT free pages and /dev/hugepages mounted. Fails where that may not be.
hugepages_up() {
	local want=$1 free now
	[ -w $QS_HUGE_NR ] || return 1
	free=$(cat "${QS_HUGE_NR%/*}/free_hugepages")
	now=$(cat $QS_HUGE_NR)
	if [ "$free" -lt "$want" ]; then
		QS_HUGE_BEFORE=$now
		echo $((now + want - free)) >$QS_HUGE_NR 2>/dev/null
		free=$(cat "${QS_HUGE_NR%/*}/free_hugepages")
		[ "$free" -lt "$want" ] && { hugepages_down; return 1; }
	fi
	if ! mountpoint -q /dev/hugepages; then
		mkdir -p /dev/hugepages && mount -t hugetlbfs nodev /dev/hugepages || { hugepages_down; return 1; }
		QS_HUGE_MOUNTED=1
	fi
	return 0
}

# hugepages_down: leave them as they were found.
hugepages_down() {
	[ -n "$QS_HUGE_MOUNTED" ] && umount /dev/hugepages 2>/dev/null
	[ -n "$QS_HUGE_BEFORE" ] && echo "$QS_HUGE_BEFORE" >$QS_HUGE_NR 2>/dev/null
	QS_HUGE_BEFORE='' QS_HUGE_MOUNTED=''
	return 0
}
