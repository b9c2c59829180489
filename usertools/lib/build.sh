# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
# build.sh - the project built before a tool runs it. Sourced.

# build_project NAME TOP BUILD: configure where that was not done, compile what has changed; says why not after NAME.
build_project() {
	local log
	log=$(mktemp "/tmp/$1-build-XXXXXX")
	echo "building in $3"
	if { [ -f "$3/build.ninja" ] || meson setup "$3" "$2"; } >"$log" 2>&1 && ninja -C "$3" >>"$log" 2>&1; then
		rm -f "$log"
		return 0
	fi
	tail -n 20 "$log" >&2
	echo "$1: the build failed; its log is $log" >&2
	return 1
}
