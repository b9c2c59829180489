#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# No layer reaches up: a folder of the library includes its own headers and those of folders that
# lib/qsock/meson.build lists before it. A driver knows the library up to service/, never what is above.
set -u
cd "$(dirname "$0")/../.." || exit 1
failed=0

mapfile -t order < <(sed -n "s/^subdir('\(.*\)')/\1/p" lib/qsock/meson.build)
[ ${#order[@]} -ge 8 ] || { echo "lib/qsock/meson.build lists no folders"; exit 1; }

# above NAME FOLDER TOP: nothing in FOLDER includes from a folder of the library above TOP.
above() {
	local name=$1 folder=$2 top=$3 over='' seen='' layer
	for layer in "${order[@]}"; do
		[ -n "$seen" ] && over="$over|$layer"
		[ "$layer" = "$top" ] && seen=1
	done
	[ -n "$seen" ] || { echo "no folder $top in lib/qsock/meson.build"; failed=1; }
	[ -n "$over" ] || return
	if git grep -nE "#include [\"<](${over#|})/" -- "$folder"; then
		echo "$name reaches up: it stands below ${over#|}"
		failed=1
	fi
}

for layer in "${order[@]}"; do above "$layer" "lib/qsock/$layer" "$layer"; done
above drivers drivers service
if git grep -nE '#include ["<](common/qs_config|dpdk-qsock)' -- lib drivers; then
	echo 'the library reaches up to app/'
	failed=1
fi
exit $failed
