#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Every header compiles alone; the public ones also as C++.
set -u
cd "$(dirname "$0")/../.." || exit 1
read -ra DPDK <<<"$(pkg-config --cflags libdpdk libnl-route-3.0)"
FLAGS=(-Wall -Wextra -Wno-unused-parameter -Werror -D_GNU_SOURCE -DALLOW_EXPERIMENTAL_API -Ilib/qsock -Idrivers/egress)
failed=0

# alone HEADER COMPILER ARG...
alone() {
	local header=$1
	shift
	"$@" "${FLAGS[@]}" "${DPDK[@]/#-I/-isystem}" -I"$(dirname "$header")" -fsyntax-only -x "$LANGUAGE" - \
		<<<"#include \"$(basename "$header")\"" || { echo "does not compile alone: $header ($*)"; failed=1; }
}

while read -r header; do
	LANGUAGE=c alone "$header" gcc -std=gnu11 -Iapp/common
	case $header in lib/qsock/*/*) continue ;; lib/qsock/*.h) LANGUAGE=c++ alone "$header" g++ ;; esac
done < <(git ls-files '*.h' ':!examples' | grep -v '^test/')

# sched/, util/ and numa/ know nothing of DPDK.
if git grep -nE '#include <(rte_|eal)' -- lib/qsock/sched lib/qsock/util lib/qsock/numa lib/qsock/rte_qsock_sched.h; then
	echo 'a pure file includes DPDK'
	failed=1
fi
exit $failed
