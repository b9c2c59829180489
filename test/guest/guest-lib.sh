# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
# guest-lib.sh - what the cases share. Sourced in the guest, after `set -u`.
#
# A case is test/guest/cases/NAME.sh, with a line "# machine: " and options of run-guest.sh. It is a smoke test
# (test/smoke/lib.sh) of a machine that nobody else uses.
CASES=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034  # lib.sh reads them
QSOCK_BUILD=${CASES%/test/guest}/build
# shellcheck disable=SC2034
QSOCK_EAL="--no-shconf --file-prefix=qs"
# shellcheck source=test/smoke/lib.sh
. "$CASES/../smoke/lib.sh"
# shellcheck source=test/smoke/dpdk-qsock-lib.sh
. "$CASES/../smoke/dpdk-qsock-lib.sh"
# shellcheck disable=SC2034
TOOLS=$QSOCK_BUILD/test/guest/tools

# hugepages COUNT: so many of 2 MiB on each NUMA node.
hugepages() {
	local node
	for node in /sys/devices/system/node/node[0-9]*; do
		echo "$1" >"$node/hugepages/hugepages-2048kB/nr_hugepages"
	done
}

# NICs by their number on run-guest.sh's command line, from 1: PCI address, kernel interface, driver.
nic_pci() { # before any driver but kernel ones was bound: by its MAC address
	local net
	for net in /sys/class/net/*; do
		[ "$(cat "$net/address")" = "52:54:00:00:00:0$1" ] || continue
		net=$(readlink -f "$net/device")
		case $net in */virtio*) net=${net%/*} ;; esac
		basename "$net"
	done
}
nic_net() { ls "/sys/bus/pci/devices/$1/net" 2>/dev/null || ls "/sys/bus/pci/devices/$1"/virtio*/net 2>/dev/null; } # PCI
nic_driver() { basename "$(readlink -f "/sys/bus/pci/devices/$1/driver")"; }				       # PCI

# devbind DRIVER PCI...: as a user does it; its own output only where it fails.
devbind() {
	local driver=$1
	shift
	dpdk-devbind.py "--bind=$driver" "$@" >"$QS_TMP/devbind" 2>&1 || { cat "$QS_TMP/devbind"; return 1; }
	[ "$(nic_driver "$1")" = "$driver" ]
}
# bind DRIVER PCI...: the same by sysfs, as devbind takes seconds; for who tests something else.
bind() {
	local driver=$1 pci
	shift
	for pci in "$@"; do
		echo "$driver" >"/sys/bus/pci/devices/$pci/driver_override"
		echo "$pci" >"/sys/bus/pci/devices/$pci/driver/unbind"
		echo "$pci" >/sys/bus/pci/drivers_probe
		[ "$(nic_driver "$pci")" = "$driver" ] || return 1
	done
}
