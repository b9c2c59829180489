#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# What the public headers declare is what the library exports, no more and no less.
set -u
cd "$(dirname "$0")/../.." || exit 1
LIBRARY=${QSOCK_BUILD:-build}/lib/qsock/librte_qsock.so
[ -f "$LIBRARY" ] || { echo "SKIP: no $LIBRARY; build it, or set QSOCK_BUILD"; exit 77; }
read -ra DPDK <<<"$(pkg-config --cflags libdpdk)"
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
failed=0

# The compiler knows what a prototype is; variables are one line each.
for header in lib/qsock/*.h; do echo "#include \"$(basename "$header")\""; done >"$scratch/all.c"
gcc -std=gnu11 -D_GNU_SOURCE -DALLOW_EXPERIMENTAL_API -Ilib/qsock "${DPDK[@]}" -fsyntax-only -aux-info \
	"$scratch/prototypes" "$scratch/all.c" || exit 1
{
	sed -nE 's|^/\* lib/qsock/[a-z_]*\.h:[0-9]*:.*\*/ extern [^(]*[ *]([a-z_0-9]+) \(.*|\1|p' "$scratch/prototypes"
	sed -nE 's|^extern [^(;]*[ *]([a-z_0-9]+);.*|\1|p' lib/qsock/*.h
} | sort -u >"$scratch/declared"
# Absolute symbols are names of versions.
nm -D --defined-only "$LIBRARY" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort -u >"$scratch/exported"
[ -s "$scratch/declared" ] || { echo 'no declaration found in the headers'; failed=1; }

while read -r name; do echo "declared, not exported: $name"; failed=1; done \
	< <(comm -23 "$scratch/declared" "$scratch/exported")
while read -r name; do echo "exported, not declared: $name"; failed=1; done \
	< <(comm -13 "$scratch/declared" "$scratch/exported")
exit $failed
