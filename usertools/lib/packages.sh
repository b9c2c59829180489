# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
# packages.sh - install the Debian packages that a script misses. Sourced.

# What building needs, on a machine with nothing but git.
# shellcheck disable=SC2034  # used by who sources this
QS_BUILD_PACKAGES="gcc libc6-dev meson ninja-build pkg-config libdpdk-dev dpdk-dev libnl-3-dev
	libnl-route-3-dev libinih-dev libcmocka-dev libpcap-dev"

# need_packages NAME...: install those of them that are not installed; says what it does, on stderr.
need_packages() {
	local missing=() p
	for p in "$@"; do
		[ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$p" 2>/dev/null)" = "ii " ] || missing+=("$p")
	done
	[ ${#missing[@]} -eq 0 ] && return 0
	if [ "$(id -u)" -ne 0 ]; then
		echo "missing packages, and only root can install them: ${missing[*]}" >&2
		return 1
	fi
	echo "installing: ${missing[*]}" >&2
	export DEBIAN_FRONTEND=noninteractive
	apt_get install "${missing[@]}" && return 0
	# An old or empty package list is the usual reason.
	apt_get update && apt_get install "${missing[@]}"
}

apt_get() {
	local log
	log=$(mktemp)
	if apt-get -q -y -o DPkg::Lock::Timeout=120 --no-install-recommends "$@" >"$log" 2>&1 </dev/null; then
		rm -f "$log"
		return 0
	fi
	[ "$1" = update ] || tail -n 5 "$log" >&2
	rm -f "$log"
	return 1
}
