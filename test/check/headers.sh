#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Every header compiles alone; the public ones also as C++.
# shellcheck disable=SC2317 # functions are called through xargs
set -u
cd "$(dirname "$0")/../.." || exit 1
FLAGS="-Wall -Wextra -Wno-unused-parameter -Werror -D_GNU_SOURCE -DALLOW_EXPERIMENTAL_API -Ilib/qsock -Idrivers/egress"
FLAGS="$FLAGS $(pkg-config --cflags libdpdk libnl-route-3.0 | sed 's/-I/-isystem/g')"
export FLAGS
failed=0

# one LANGUAGE HEADER COMPILER...: it compiles.
one() {
	local language=$1 header=$2
	shift 2
	# shellcheck disable=SC2086 # a list of words
	"$@" $FLAGS -I"$(dirname "$header")" -fsyntax-only -x "$language" - <<<"#include \"$(basename "$header")\"" ||
		{ echo "does not compile alone: $header ($*)"; return 1; }
}

# alone HEADER: as C, and a public one as C++.
alone() {
	one c "$1" gcc -std=gnu11 -Iapp/common || return 1
	case $1 in lib/qsock/*/*) ;; lib/qsock/*.h) one c++ "$1" g++ ;; esac
}
export -f one alone

git ls-files '*.h' ':!examples' | grep -v '^test/' | xargs -P "$(nproc)" -I{} bash -c 'alone {}' || failed=1

# sched/, util/ and numa/ know nothing of DPDK.
if git grep -nE '#include <(rte_|eal)' -- lib/qsock/sched lib/qsock/util lib/qsock/numa lib/qsock/rte_qsock_sched.h; then
	echo 'a pure file includes DPDK'
	failed=1
fi
exit $failed
