# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
# tool.sh - what a tool does that sets a bed up, runs a program in it, and leaves nothing. Sourced, after hugepages.sh.

TOOL_RUNNER='' TOOL_DOWN=''

tool_clean_up() {
	local down
	trap '' INT TERM
	[ -n "$TOOL_RUNNER" ] && kill "$TOOL_RUNNER" 2>/dev/null && wait "$TOOL_RUNNER"
	for down in $TOOL_DOWN; do "$down"; done
	hugepages_down
}

# tool_traps DOWN...: at the end, also by a signal, the program is ended and each DOWN called.
tool_traps() {
	TOOL_DOWN=$*
	trap tool_clean_up EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
}

# tool_memory HUGE: hugepages, where HUGE is not empty and they can be had. Adds to EAL, and says in MEMORY what there is.
# shellcheck disable=SC2034 # MEMORY is for whoever sources this
tool_memory() {
	if [ -n "$1" ] && hugepages_up 192; then
		MEMORY="hugepages: 192 of 2 MiB"
		EAL="$EAL --in-memory -m 320"
	else
		MEMORY="no hugepages (--no-huge)"
		EAL="$EAL --no-huge --no-shconf -m 320"
	fi
}

# tool_run COMMAND...: run it so that a signal to this shell ends it. Its status.
tool_run() {
	local status
	"$@" </dev/null &
	TOOL_RUNNER=$!
	wait "$TOOL_RUNNER"
	status=$?
	TOOL_RUNNER=''
	return $status
}
